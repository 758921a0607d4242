"""The rapporteur's room: the missions by legal clock, one dossier to examine, its grid, its findings, its report.

The report itself is read by whoever may, under the address of the dossier.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.document import chosen
from certify.forms.finding import FindingForm
from certify.forms.measurement import GridForm, grid_form, grid_values
from certify.models import Dossier
from certify.models.evaluation import Grade
from certify.operations.findings import raise_finding, remove_finding, require_conformity
from certify.operations.measurements import write_measurements
from certify.operations.recording import as_evidence
from certify.operations.storage import StoredFile
from certify.queries.casefile import list_changes
from certify.queries.documents import label_of
from certify.queries.dossiers import get_dossier
from certify.queries.evaluation import get_finding, list_criteria, list_reports
from certify.queries.findings import latest_day
from certify.queries.missions import Examination, Turn, get_examination, list_missions
from certify.queries.recording import observed, photos_of
from certify.queries.reference import get_province, get_region
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.queries.reports import get_reading
from certify.views.files import received
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, who_may, writes
from certify.views.offering import Act, demand, tell_changes
from certify.views.presenting import tongue
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import Stale
from certify.workflows.permissions import Right

bp = Blueprint("evaluation", __name__)

PAGES = {
    Action.SUBMIT_REPORT: "writing.overview",
    Action.PASS_OVER: "writing.overview",
    Action.CORRECT_REPORT: "writing.overview",
    Action.REQUIRE_CONFORMITY: "evaluation.conformity",
    Action.RESUME_EXAMINATION: "office.resume",
    Action.LIFT_RESERVATIONS: "office.lift_all",
}
"""Where each move of a rapporteur is made."""


@bp.route("/missions")
@access(Right.WORK_EVALUATION)
def desk():
    """Show the rapporteur's dossiers, the most pressing first."""
    missions = list_missions(db.session, rapporteur=person(), today=today())
    return render_template("evaluation/desk.html", missions=missions, turns=Turn)


@bp.route("/missions/<int:dossier_id>")
@access(Right.FILL_GRID)
def mission(dossier_id: int):
    """Show one dossier to its rapporteur: what it is, whose turn it is, what may be done."""
    found = _mission(dossier_id)
    site = found.site
    province = get_province(site.province) if site else None
    region = get_region(province.region) if province else None
    return _page("mission", found, province=province, region=region)


@bp.route("/missions/<int:dossier_id>/grid", methods=["GET", "POST"])
@access(Right.FILL_GRID)
@writes
def grid(dossier_id: int):
    """Fill in the grid of a dossier; a page that was overtaken comes back with what is typed and what is saved."""
    found = _mission(dossier_id)
    examination = _examine(found)
    form = _grid_form(found, examination)
    if not submitted(form):
        _tell_rows(form, examination)
        return _page("grid", found, form, examination=examination)
    write_measurements(found, form.result(), seen=form.seen(), actor=actor())
    return back_to(".grid", dossier_id=found.id)


@bp.route("/missions/<int:dossier_id>/findings", methods=["GET", "POST"])
@access(Action.REQUIRE_CONFORMITY)
@writes
def findings(dossier_id: int):
    """Write down something that must be corrected."""
    found = _mission(dossier_id, Action.REQUIRE_CONFORMITY)
    criteria = [("", gettext("None in particular")), *((one.code, tongue(one.label)) for one in list_criteria(found))]
    grades = [(grade, gettext(grade.label)) for grade in Grade]
    photos, shown = _photos(found)
    observation = request.args.get("observation", "")
    first = {"found_on": today()} | shown | observed(db.session, found, observation)
    form = form_for(FindingForm, first, version=found.version, criterion=criteria, grade=grades, photo=photos)
    if not submitted(form):
        return _page("findings", found, form, latest=latest_day(found, today()), grades=Grade)
    evidence = received(chosen(form.evidence)) or _photo(found, form.photo.data)
    told = vars(form.result()) | {"evidence": evidence, "observation": observation or None}
    raise_finding(found, **told, version=form.version.data, actor=actor())
    return back_to(".findings", dossier_id=found.id)


@bp.route("/missions/<int:dossier_id>/findings/<int:finding_id>/remove", methods=["GET", "POST"])
@access(Action.REQUIRE_CONFORMITY)
@writes
def remove(dossier_id: int, finding_id: int):
    """Take back a finding that was not sent."""
    found = _mission(dossier_id, Action.REQUIRE_CONFORMITY)
    finding = get_finding(db.session, found, finding_id)
    form = form_for(Form, version=found.version)
    if not submitted(form):
        return _page("remove", found, form, finding=finding)
    remove_finding(finding, version=form.version.data, actor=actor())
    return back_to(".findings", dossier_id=found.id)


@bp.route("/missions/<int:dossier_id>/conformity", methods=["GET", "POST"])
@access(Action.REQUIRE_CONFORMITY)
@writes
def conformity(dossier_id: int):
    """Ask the applicant to correct what was found."""
    found = _mission(dossier_id, Action.REQUIRE_CONFORMITY)
    form = form_for(Form, version=found.version)
    if not submitted(form):
        return _page("conformity", found, form)
    require_conformity(found, version=form.version.data, actor=actor())
    return back_to(".mission", dossier_id=found.id)


@bp.route("/dossiers/<int:dossier_id>/report")
@access(Right.READ_REPORT)
def report(dossier_id: int):
    """Read the report on a dossier as it was submitted: the latest version, or the one asked for."""
    version = request.args.get("version", type=int)
    found, reading = get_reading(db.session, dossier_id, reader=person(), today=today(), version=version)
    return render_template(
        "evaluation/report.html",
        dossier=found,
        reading=reading,
        versions=list_reports(db.session, found),
        home=_home(found),
        name=_namer(found),
    )


def _mission(dossier_id: int, action: Action | None = None) -> Dossier:
    """Fetch a dossier that the person was appointed to, for a move that is offered or to read."""
    found = get_dossier(db.session, dossier_id, reader=person(), right=Right.FILL_GRID)
    if action:
        demand(LIFE, found, action, roles_on(db.session, person(), found))
    return found


def _examine(found: Dossier) -> Examination:
    return get_examination(db.session, found, reader=person(), today=today())


def _photos(found: Dossier) -> tuple[list[tuple[str, str]], dict[str, str]]:
    """Offer the photos of the observation that the address names; the first one is chosen until another is."""
    photos = photos_of(db.session, found, request.args.get("observation", ""))
    offered = [(photo.sha256, line.said or gettext("Photo")) for line, photo in photos]
    return [("", gettext("None")), *offered], {"photo": offered[0][0]} if offered else {}


def _photo(found: Dossier, digest: str) -> StoredFile | None:
    """Fetch the photo that was chosen among those of the observation."""
    photos = photos_of(db.session, found, request.args.get("observation", ""))
    return next((as_evidence(photo) for _, photo in photos if photo.sha256 == digest), None)


def _page(name: str, found: Dossier, form: Form | None = None, **more: object) -> str:
    """Render a page of a mission, with everything there is to know of it."""
    examination = more.pop("examination", None) or _examine(found)
    if not isinstance(form, GridForm):
        tell_changes(found.version, lambda count: list_changes(db.session, found, count))
    return render_template(
        f"evaluation/{name}.html",
        dossier=found,
        work=examination,
        acts=_acts(examination),
        form=form,
        name=_namer(found),
        rules=get_regulation(found.regulation),
        **more,
    )


def _acts(examination: Examination) -> list[Act]:
    dossier_id = examination.mission.dossier.id
    return [
        Act(offer.action, url_for(PAGES[offer.action], dossier_id=dossier_id), offer.refusal)
        for offer in examination.offers
        if offer.action in PAGES
    ]


def _namer(found: Dossier) -> Callable[[str], str]:
    """Return what names a kind of document in the language of the page."""
    return lambda kind: tongue(label_of(found, kind, today()))


def _grid_form(found: Dossier, examination: Examination) -> GridForm:
    kind = grid_form([row.criterion for row in examination.grid], _evidence(found, examination))
    saved = {row.criterion.code: (row.criterion, row.measured) for row in examination.grid}
    return form_for(kind, grid_values(saved), version=found.version)


def _evidence(found: Dossier, examination: Examination) -> list[tuple[str, str]]:
    """List the documents that may prove a value: the last version of each, and those that prove one already."""
    proving = {row.measured.evidence_id for row in examination.grid}
    return [
        (str(document.id), f"{tongue(piece.label)} · {document.file_name or gettext('Explanation')}")
        for piece in examination.pieces
        for document in piece.versions
        if document is piece.document or document.id in proving
    ]


def _tell_rows(form: GridForm, examination: Examination) -> None:
    """When the page was refused, bring it up to what is saved, and say which rows were changed meanwhile."""
    refusal = g.get("refusal")
    if refusal is None:
        return
    rows = {row.criterion.code: row for row in examination.grid}
    form.catch_up({code: row.measured for code, row in rows.items()})
    if isinstance(refusal, Stale):
        changed = [rows[code] for code, row in form.rows() if row.meanwhile is not None]
        changed_at = examination.mission.dossier.changed_at
        refusal.changes = [
            (row.measurement.entered_at if row.measurement else changed_at, person().name, tongue(row.criterion.label))
            for row in changed
        ]


def _home(found: Dossier) -> str:
    """Return where a reader of the report came from: their mission, the office, or the committee."""
    if found.rapporteur_id == person().id:
        return url_for(".mission", dossier_id=found.id)
    if who_may(Right.WORK_OFFICE) & person().roles:
        return url_for("office.dossier", dossier_id=found.id)
    return url_for("committee.desk")
