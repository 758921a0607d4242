"""The secretariat's desk: what waits, one dossier on one page, and one small page per act.

The signatory and the auditor read the desk too; what they may do here is what the regulation gives their role.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, url_for
from flask_babel import gettext

from certify.extensions import db
from certify.forms.admissibility import ChecklistForm, ComplementForm, InadmissibilityForm, LiftForm, RapporteurForm
from certify.forms.base import Form
from certify.forms.desk import DeskForm, LicencesForm
from certify.forms.notification import NotificationForm
from certify.models import Document, Dossier
from certify.models.document import Standing
from certify.models.dossier import Channel
from certify.operations import adjournments, admissibility, notifications, reservations
from certify.queries.admissibility import (
    find_decision,
    find_inadmissibility,
    get_reservation,
    last_day_of,
    list_candidates,
    list_complements,
    list_reservations,
    office_facts,
)
from certify.queries.casefile import (
    Casefile,
    Piece,
    find_adjourned,
    get_casefile,
    list_appeals,
    list_changes,
    list_pieces,
)
from certify.queries.cases import count_pending
from certify.queries.desk import Task, get_desk
from certify.queries.documents import label_of
from certify.queries.dossiers import get_dossier
from certify.queries.labels import count_orders
from certify.queries.licences import count_to_sign, get_licences
from certify.queries.pack import may_export
from certify.queries.reference import get_province
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.queries.users import get_user
from certify.views import licensing
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, who_may, writes
from certify.views.offering import demand, dossier_acts, may_check, page_url, read_filters, region_of, tell_changes
from certify.views.presenting import tongue
from certify.workflows import licence
from certify.workflows.dossier import LIFE, Action, State
from certify.workflows.permissions import Right
from certify.workflows.regulation import Regulation

bp = Blueprint("office", __name__)
bp.register_blueprint(licensing.bp)


@bp.route("/office")
@access(Right.WORK_OFFICE)
def desk():
    """Show what must be done today, and the dossiers asked for."""
    form = read_filters(DeskForm, [state for state in State if state is not LIFE.initial])
    return render_template(
        "office/desk.html",
        form=form,
        asked=form.result(),
        desk=get_desk(db.session, reader=person(), filters=form.result(), today=today()),
        to_sign=count_to_sign(db.session, reader=person()),
        copies=count_pending(db.session, reader=person()),
        orders=count_orders(db.session, reader=person()),
        tasks=Task,
        region_of=region_of,
        page_url=page_url,
    )


@bp.route("/office/dossiers/<int:dossier_id>")
@access(Right.WORK_OFFICE)
def dossier(dossier_id: int):
    """Show everything about one dossier, and what the person may do with it."""
    found = _dossier(dossier_id)
    case = get_casefile(db.session, found, reader=person(), today=today())
    return _page(
        "dossier",
        found,
        case=case,
        acts=dossier_acts(case),
        may_check=may_check(found, roles_on(db.session, person(), found)),
        may_sign=_may_sign(case),
        may_export=may_export(db.session, found, reader=person()),
        states=State,
        label_of=lambda kind: label_of(found, kind, today()),
        province=get_province(found.site.province) if found.site else None,
        region=region_of(found),
        appeals={paper: list_appeals(found, told.received_on) for paper, told in case.notifications.items()},
        rules=_rules(found),
    )


@bp.route("/office/dossiers/<int:dossier_id>/take-up", methods=["GET", "POST"])
@access(Action.TAKE_UP)
@writes
def take_up(dossier_id: int):
    """Take up a dossier that has arrived."""
    return _press("take_up", _dossier(dossier_id, Action.TAKE_UP), admissibility.take_up)


@bp.route("/office/dossiers/<int:dossier_id>/documents", methods=["GET", "POST"])
@access(Right.CHECK_DOCUMENTS)
@writes
def documents(dossier_id: int):
    """Go through the checklist of a file."""
    found = _dossier(dossier_id, Action.DECLARE_ADMISSIBLE)
    pieces = {piece.document.id: piece for piece in _pieces(found) if piece.document}
    standing = [_found_of(piece.document) for piece in pieces.values()]
    form = form_for(ChecklistForm, {"checks": standing}, version=found.version)
    form.offer([(standing, gettext(standing.label)) for standing in Standing])
    if not submitted(form):
        return _page("documents", found, form, pieces={str(number): piece for number, piece in pieces.items()})
    admissibility.check_documents(found, form.result().found, version=form.version.data, actor=actor())
    return back_to(".dossier", dossier_id=found.id)


@bp.route("/office/dossiers/<int:dossier_id>/complement", methods=["GET", "POST"])
@access(Action.REQUEST_COMPLEMENT)
@writes
def complement(dossier_id: int):
    """Ask the applicant, once, to complete the file."""
    found = _dossier(dossier_id, Action.REQUEST_COMPLEMENT)
    pieces = {piece.kind: piece for piece in sorted(_pieces(found), key=_is_in_order) if piece.is_listed}
    form = form_for(ComplementForm, {"points": [_wanted_of(piece) for piece in pieces.values()]}, version=found.version)
    if not submitted(form):
        due_on = last_day_of(found, "complement_answer", today())
        return _page("complement", found, form, pieces=pieces, due_on=due_on, asked=list_complements(db.session, found))
    request_ = form.result()
    admissibility.request_complement(found, request_.points, request_.message, version=form.version.data, actor=actor())
    return back_to(".dossier", dossier_id=found.id)


@bp.route("/office/dossiers/<int:dossier_id>/admissible", methods=["GET", "POST"])
@access(Action.DECLARE_ADMISSIBLE)
@writes
def admissible(dossier_id: int):
    """Find a file complete."""
    found = _dossier(dossier_id, Action.DECLARE_ADMISSIBLE)
    facts, due_on = office_facts(db.session, found, today()), last_day_of(found, "decision", today())
    return _press("admissible", found, admissibility.declare_admissible, facts=facts, due_on=due_on)


@bp.route("/office/dossiers/<int:dossier_id>/inadmissible", methods=["GET", "POST"])
@access(Action.DECLARE_INADMISSIBLE)
@writes
def inadmissible(dossier_id: int):
    """Propose that a file be declared inadmissible."""
    found = _dossier(dossier_id, Action.DECLARE_INADMISSIBLE)
    grounds = [(ground.code, tongue(ground.label)) for ground in _rules(found).grounds]
    form = form_for(InadmissibilityForm, version=found.version, ground=grounds)
    if not submitted(form):
        return _page("inadmissible", found, form)
    proposal = form.result()
    admissibility.propose_inadmissibility(
        found, ground=proposal.ground, reason=proposal.reason, version=form.version.data, actor=actor()
    )
    return back_to(".dossier", dossier_id=found.id)


@bp.route("/office/dossiers/<int:dossier_id>/inadmissible/signature", methods=["GET", "POST"])
@access(Action.DECLARE_INADMISSIBLE)
@writes
def sign_inadmissible(dossier_id: int):
    """Sign the inadmissibility that somebody else proposed."""
    found = _dossier(dossier_id, Action.DECLARE_INADMISSIBLE)
    proposal = find_inadmissibility(db.session, found)
    return _press(
        "sign_inadmissible", found, admissibility.sign_inadmissibility, proposal=proposal, rules=_rules(found)
    )


@bp.route("/office/dossiers/<int:dossier_id>/inadmissible/drop", methods=["GET", "POST"])
@access(Action.DECLARE_INADMISSIBLE)
@writes
def drop_inadmissible(dossier_id: int):
    """Drop a proposal of inadmissibility."""
    found = _dossier(dossier_id, Action.DECLARE_INADMISSIBLE)
    proposal = find_inadmissibility(db.session, found)
    return _press(
        "drop_inadmissible", found, admissibility.drop_inadmissibility, proposal=proposal, rules=_rules(found)
    )


@bp.route("/office/dossiers/<int:dossier_id>/rapporteur", methods=["GET", "POST"])
@access(Action.APPOINT_RAPPORTEUR)
@writes
def rapporteur(dossier_id: int):
    """Appoint the rapporteur of a dossier."""
    found = _dossier(dossier_id, Action.APPOINT_RAPPORTEUR)
    candidates = list_candidates(db.session, found, today(), reader=person())
    free = [(one.user.id, one.user.name) for one in candidates if not one.is_conflicted]
    form = form_for(RapporteurForm, version=found.version, rapporteur=free)
    if not submitted(form):
        return _page("rapporteur", found, form, candidates=candidates)
    chosen = get_user(db.session, form.result())
    admissibility.appoint_rapporteur(found, rapporteur=chosen, version=form.version.data, actor=actor())
    return back_to(".dossier", dossier_id=found.id)


@bp.route("/office/dossiers/<int:dossier_id>/resume", methods=["GET", "POST"])
@access(Action.RESUME_EXAMINATION)
@writes
def resume(dossier_id: int):
    """Send an adjourned dossier back to its rapporteur."""
    found = _dossier(dossier_id, Action.RESUME_EXAMINATION)
    return _press("resume", found, adjournments.resume_examination, item=find_adjourned(db.session, found))


@bp.route("/office/dossiers/<int:dossier_id>/return", methods=["GET", "POST"])
@access(Action.RETURN_TO_COMMITTEE)
@writes
def return_to_committee(dossier_id: int):
    """Make an adjourned dossier ready for the next meeting."""
    found = _dossier(dossier_id, Action.RETURN_TO_COMMITTEE)
    return _press("return", found, adjournments.return_to_committee, item=find_adjourned(db.session, found))


@bp.route("/office/dossiers/<int:dossier_id>/reservations", methods=["GET", "POST"])
@access(Action.LIFT_RESERVATIONS)
@writes
def lift_all(dossier_id: int):
    """List the reservations of an approval; once each is lifted, approve the product."""
    found = _dossier(dossier_id, Action.LIFT_RESERVATIONS)
    listed = list_reservations(db.session, found)
    return _press("reservations", found, reservations.lift_reservations, reservations=listed)


@bp.route("/office/dossiers/<int:dossier_id>/reservations/<int:reservation_id>", methods=["GET", "POST"])
@access(Action.LIFT_RESERVATIONS)
@writes
def lift(dossier_id: int, reservation_id: int):
    """Lift one reservation, with its proof."""
    found = _dossier(dossier_id, Action.LIFT_RESERVATIONS)
    reservation = get_reservation(db.session, found, reservation_id)
    form = form_for(LiftForm, version=found.version)
    if not submitted(form):
        return _page("lift", found, form, reservation=reservation)
    reservations.lift_reservation(
        found, reservation=reservation, proof=form.result(), version=form.version.data, actor=actor()
    )
    return back_to(".lift_all", dossier_id=found.id)


@bp.route("/office/dossiers/<int:dossier_id>/notification", methods=["GET", "POST"])
@access(Action.NOTIFY)
@writes
def notification(dossier_id: int):
    """Record how and when a decision reached the applicant."""
    found = _dossier(dossier_id, Action.NOTIFY)
    channels = [(channel, gettext(channel.label)) for channel in Channel]
    form = form_for(NotificationForm, version=found.version, channel=channels)
    if not submitted(form):
        facts = office_facts(db.session, found, today())
        return _page("notification", found, form, decision=find_decision(db.session, found), facts=facts)
    receipt = form.result()
    notifications.record_notification(
        found,
        channel=receipt.channel,
        received_on=receipt.received_on,
        proof=receipt.proof,
        version=form.version.data,
        actor=actor(),
    )
    return back_to(".dossier", dossier_id=found.id)


@bp.route("/licences")
@access(Right.READ_LICENCES)
def licences():
    """List the licences: what is to be signed first, then the latest."""
    form = read_filters(LicencesForm, licence.State)
    found = get_licences(db.session, reader=person(), filters=form.result(), today=today())
    return render_template(
        "office/licences.html",
        form=form,
        asked=form.result(),
        found=found,
        states=licence.State,
        page_url=page_url,
        orders=count_orders(db.session, reader=person()),
    )


def _dossier(dossier_id: int, action: Action | None = None) -> Dossier:
    """Fetch a dossier as the office reads it, for an act or to read."""
    found = get_dossier(db.session, dossier_id, reader=person(), right=Right.READ_REPORT)
    if action:
        demand(LIFE, found, action, roles_on(db.session, person(), found))
    return found


def _press(name: str, found: Dossier, operation: Callable, **more: object):
    """Show the page of an act that asks for nothing but its button; do it when it is pressed."""
    form = form_for(Form, version=found.version)
    if not submitted(form):
        return _page(name, found, form, **more)
    operation(found, version=form.version.data, actor=actor())
    return redirect(_home(found), 303)


def _page(name: str, found: Dossier, form: Form | None = None, **more: object) -> str:
    tell_changes(found.version, lambda count: list_changes(db.session, found, count))
    return render_template(f"office/{name}.html", dossier=found, form=form, home=_home(found), **more)


def _home(found: Dossier) -> str:
    """Return where one goes back to: a rapporteur who comes here for an act has their own desk."""
    if who_may(Right.WORK_OFFICE) & person().roles:
        return url_for(".dossier", dossier_id=found.id)
    return url_for("evaluation.mission", dossier_id=found.id)


def _may_sign(case: Casefile) -> str | None:
    """Tell how the person stands to the proposal that waits: "own", "other", or None when they may not touch it."""
    roles = roles_on(db.session, person(), case.dossier)
    if not case.proposal or Action.DECLARE_INADMISSIBLE not in LIFE.offered(case.dossier.state, roles):
        return None
    return "own" if case.proposal.proposed_by_id == person().id else "other"


def _pieces(found: Dossier) -> list[Piece]:
    return list_pieces(db.session, found, reader=person(), today=today())


def _found_of(document: Document) -> dict[str, object]:
    return {"document": str(document.id), "standing": document.standing, "finding": document.finding}


def _wanted_of(piece: Piece) -> dict[str, object]:
    finding = piece.document.finding if piece.document else None
    return {"kind": piece.kind, "is_wanted": not _is_in_order(piece), "wanted": finding}


def _is_in_order(piece: Piece) -> bool:
    """Tell whether there is nothing to ask for: what is required is there, and nothing was found wrong with it."""
    if piece.document is None:
        return not piece.is_required
    return piece.document.standing is not Standing.NOT_CONFORMING and not piece.is_expired


def _rules(found: Dossier) -> Regulation:
    return get_regulation(found.regulation)
