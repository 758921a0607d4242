"""The applicant's room: my dossiers, where each one is, and what I may do there."""

from __future__ import annotations

from flask import Blueprint, render_template

from certify.extensions import db
from certify.forms.dossier import WithdrawForm
from certify.models import Dossier
from certify.operations.dossiers import withdraw_dossier
from certify.queries.deadlines import read_many
from certify.queries.documents import get_rules, label_of, list_documents, list_papers
from certify.queries.dossiers import get_dossier, list_dossiers
from certify.queries.drafts import check_draft
from certify.queries.evaluation import list_sent
from certify.queries.tasks import list_tasks
from certify.queries.timeline import list_points
from certify.queries.turns import get_turn, list_turns
from certify.queries.visits import list_dossier_visits
from certify.views import answering, drafting
from certify.views.drafting import STEPS
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import AlreadyDone, NotFound
from certify.workflows.identifiers import format_gtin
from certify.workflows.permissions import Right, Role
from certify.workflows.words import N_

bp = Blueprint("applicant", __name__)
bp.register_blueprint(drafting.bp)
bp.register_blueprint(answering.bp)


@bp.route("/dossiers")
@access(Right.START_DOSSIER)
def desk():
    """My dossiers, what waits for me first."""
    mine = list_dossiers(db.session, reader=person(), right=Right.EDIT_DRAFT)
    turns = list_turns(db.session, mine, today())
    waiting = [dossier for dossier in mine if turns[dossier.id].is_yours]
    others = [dossier for dossier in mine if not turns[dossier.id].is_yours]
    return render_template("applicant/desk.html", waiting=waiting, others=others, turns=turns)


@bp.route("/dossiers/<int:dossier_id>")
@access(Right.EDIT_DRAFT)
def dossier(dossier_id: int):
    """Where a dossier is: whose turn it is, what happened, what comes, what was sent, what was issued."""
    found = own(dossier_id)
    offered = LIFE.offered(found.state, {Role.APPLICANT})
    is_draft = Action.FILE in offered
    is_examined = Action.PLAN_VISIT in LIFE.offered(found.state, {Role.RAPPORTEUR})
    return render_template(
        "applicant/dossier.html",
        dossier=found,
        offered=offered,
        turn=get_turn(db.session, found, today()),
        tasks=list_tasks(db.session, found, today()) if is_examined else (),
        visits=list_dossier_visits(db.session, found),
        points=list_points(db.session, found, today()),
        readings=read_many(db.session, [found], today())[found.id],
        check=check_draft(db.session, found, reader=person(), today=today()) if is_draft else None,
        documents=list_documents(db.session, found, reader=person()),
        label=lambda kind: label_of(found, kind, today()),
        papers=list_papers(db.session, found),
        rules=get_rules(found, today()),
        steps=STEPS,
        findings=list_sent(db.session, found),
    )


@bp.route("/dossiers/<int:dossier_id>/filed")
@access(Right.EDIT_DRAFT)
def filed(dossier_id: int):
    """The request has arrived: its number, its receipt, and what happens next."""
    found = own(dossier_id)
    if found.number is None:
        raise NotFound(N_("This request is not filed yet."))
    papers = [paper for paper in list_papers(db.session, found) if paper.dossier_id == found.id]
    readings = read_many(db.session, [found], today())[found.id]
    rules = get_rules(found, today())
    return render_template("applicant/filed.html", dossier=found, receipt=papers[-1], readings=readings, rules=rules)


@bp.route("/dossiers/<int:dossier_id>/withdraw", methods=["GET", "POST"])
@access(Action.WITHDRAW)
@writes
def withdraw(dossier_id: int):
    """Withdraw the request, once its consequence has been read."""
    found = own(dossier_id)
    if Action.WITHDRAW not in LIFE.offered(found.state, {Role.APPLICANT}):
        raise AlreadyDone(N_("This request can no longer be withdrawn: look at where it stands."))
    form = form_for(WithdrawForm, version=found.version)
    if not submitted(form):
        return render_template("applicant/withdraw.html", dossier=found, form=form)
    withdraw_dossier(found, reason=form.reason.data, version=form.version.data, actor=actor())
    return back_to(".dossier", dossier_id=found.id)


def own(dossier_id: int) -> Dossier:
    """Return a dossier of the person's own organisation, draft or filed. Raises NotFound or NotAllowed."""
    return get_dossier(db.session, dossier_id, reader=person(), right=Right.EDIT_DRAFT)


@bp.context_processor
def common() -> dict[str, object]:
    """Give every page of this room how a bar code is written."""
    return {"gtin": format_gtin}
