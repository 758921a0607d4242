"""The report as the rapporteur writes it: its sections, each saved by itself, then the whole, submitted for good.

Until the committee opens the item the same pages correct it: a new version that says why.
"""

from __future__ import annotations

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.report import CorrectionForm, ProposalForm, SectionForm, SubmitForm
from certify.models import Dossier
from certify.models.evaluation import Proposal
from certify.operations.evaluation import FAVOURABLE, correct_report, pass_over, submit_report
from certify.operations.writing import write_section
from certify.queries.casefile import list_changes
from certify.queries.documents import label_of
from certify.queries.dossiers import get_dossier
from certify.queries.made import get_made
from certify.queries.missions import get_examination
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.queries.writing import WrittenSection, get_writing
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.views.offering import demand, tell_changes
from certify.views.presenting import tongue
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import Stale
from certify.workflows.permissions import Right

bp = Blueprint("writing", __name__)

REPORTS = {
    Action.SUBMIT_REPORT: (submit_report, SubmitForm),
    Action.PASS_OVER: (pass_over, SubmitForm),
    Action.CORRECT_REPORT: (correct_report, CorrectionForm),
}
"""What each move that reports does, and what it asks for."""


@bp.route("/missions/<int:dossier_id>/report")
@access(*REPORTS)
def overview(dossier_id: int):
    """Show the sections of the report: what is written, what is still missing."""
    found = _mission(dossier_id)
    return _page("overview", found, _reporting(found))


@bp.route("/missions/<int:dossier_id>/report/<section>", methods=["GET", "POST"])
@access(*REPORTS)
@writes
def section(dossier_id: int, section: str):
    """Write one section, and go on with the next; what somebody else saved meanwhile is shown beside."""
    found = _mission(dossier_id)
    action, writing = _reporting(found), get_writing(db.session, found)
    current = writing.section(section)
    form = _section_form(found, current)
    if not submitted(form):
        meanwhile = _catch_up(form, current)
        return _page("section", found, action, form, current=current, meanwhile=meanwhile)
    write_section(found, section, **vars(form.result()), actor=actor())
    following = writing.after(section)
    if following is None:
        return back_to(".overview", dossier_id=found.id)
    return back_to(".section", dossier_id=found.id, section=following.code)


@bp.route("/missions/<int:dossier_id>/report-as-a-whole", methods=["GET", "POST"])
@access(*REPORTS)
@writes
def whole(dossier_id: int):
    """Read the report once more as the committee will, and submit it for good."""
    found = _mission(dossier_id)
    action, writing = _asked(_reporting(found)), get_writing(db.session, found)
    report, asked = REPORTS[action]
    form = form_for(asked, version=found.version)
    if not submitted(form):
        return _page("whole", found, action, form)
    report(
        found,
        proposal=writing.proposal,
        sections=writing.texts,
        **form.result(),
        version=form.version.data,
        actor=actor(),
    )
    return back_to("evaluation.report", dossier_id=found.id)


def _mission(dossier_id: int) -> Dossier:
    return get_dossier(db.session, dossier_id, reader=person(), right=Right.FILL_GRID)


def _reporting(found: Dossier) -> Action:
    """Return the move that submits a report on this dossier now, or raise what the regulation says."""
    roles = roles_on(db.session, person(), found)
    action = next((one for one in LIFE.offered(found.state, roles) if one in REPORTS), Action.SUBMIT_REPORT)
    demand(LIFE, found, action, roles)
    return action


def _asked(offered: Action) -> Action:
    """Return the move that the page was for: what was a first report when it was read does not become a correction."""
    moved = request.form.get("move") if g.get("refusal") is None else None
    return next((one for one in REPORTS if one == moved), offered)


def _section_form(found: Dossier, current: WrittenSection) -> SectionForm:
    saved = {"text": current.text, "seen": current.trace}
    if not current.proposes:
        return form_for(SectionForm, saved, version=found.version)
    is_blocked = bool(get_examination(db.session, found, reader=person(), today=today()).blocking)
    offered = [(one, gettext(one.label)) for one in Proposal if not (is_blocked and one in FAVOURABLE)]
    return form_for(ProposalForm, saved | {"proposal": current.proposal}, version=found.version, proposal=offered)


def _catch_up(form: SectionForm, current: WrittenSection) -> WrittenSection | None:
    """Return what another page saved of the section meanwhile: the next press replaces it knowingly."""
    refusal = g.get("refusal")
    if not isinstance(refusal, Stale):
        return None
    form.seen.data = current.trace
    refusal.changes = [(current.saved_at, person().name, tongue(current.rule.label))] if current.saved_at else []
    return current


def _page(name: str, found: Dossier, action: Action, form: Form | None = None, **more: object) -> str:
    if name == "whole":
        tell_changes(found.version, lambda count: list_changes(db.session, found, count))
    writing = get_writing(db.session, found)
    steps = [url_for(".section", dossier_id=found.id, section=one.code) for one in writing.sections]
    return render_template(
        f"evaluation/writing/{name}.html",
        dossier=found,
        work=get_examination(db.session, found, reader=person(), today=today()),
        made=get_made(db.session, found, reader=person(), today=today()),
        writing=writing,
        steps=steps,
        action=action,
        form=form,
        name=lambda kind: tongue(label_of(found, kind, today())),
        rules=get_regulation(found.regulation),
        **more,
    )
