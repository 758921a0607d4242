"""What an applicant answers: the complement, a decision asked for as it stands, what the committee waits for."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, g, render_template

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.document import PointForm, chosen
from certify.models import ComplementPoint, Dossier
from certify.operations.documents import answer_point, hand_in_further
from certify.operations.dossiers import answer_complement, ask_decision
from certify.queries.answers import get_complement, get_point, list_further
from certify.queries.documents import label_of
from certify.queries.dossiers import get_dossier
from certify.queries.turns import get_turn
from certify.views.files import received
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import AlreadyDone
from certify.workflows.permissions import Right, Role
from certify.workflows.words import N_

bp = Blueprint("answer", __name__)

SENT = {
    Action.ANSWER_COMPLEMENT: N_("The complement was already sent, or none is asked for: nothing was sent twice."),
    Action.PROVE_CONFORMITY: N_("The proof was already sent, or none is asked for: nothing was sent twice."),
}


@bp.route("/dossiers/<int:dossier_id>/complement", methods=["GET", "POST"])
@access(Action.ANSWER_COMPLEMENT)
@writes
def complement(dossier_id: int):
    """Every point asked for, with its answer; then the sending of all of them."""
    dossier = asked_of(dossier_id, Action.ANSWER_COMPLEMENT)
    form = form_for(Form, version=dossier.version)
    if not submitted(form):
        asked = get_complement(db.session, dossier)
        return answer_page("complement", dossier, form=form, asked=asked, label=labels(dossier))
    answer_complement(dossier, version=form.version.data, actor=actor())
    return back_to("applicant.dossier", dossier_id=dossier.id)


@bp.route("/dossiers/<int:dossier_id>/complement/<int:point_id>", methods=["GET", "POST"])
@access(Action.ANSWER_COMPLEMENT)
@writes
def point(dossier_id: int, point_id: int):
    """One point: a document or words."""
    dossier = asked_of(dossier_id, Action.ANSWER_COMPLEMENT)
    found: ComplementPoint = get_point(db.session, dossier, point_id)
    form = form_for(PointForm, {"answer": found.answer})
    if not submitted(form):
        return answer_page("point", dossier, form=form, point=found, label=labels(dossier))
    answer_point(found, stored=received(chosen(form.file)), answer=form.answer.data, actor=actor())
    return back_to(".complement", dossier_id=dossier.id, _anchor=f"point-{found.id}")


@bp.route("/dossiers/<int:dossier_id>/as-it-stands", methods=["GET", "POST"])
@access(Action.PROVE_CONFORMITY)
@writes
def as_it_stands(dossier_id: int):
    """Ask for a decision on the file as it stands, instead of correcting."""
    dossier = asked_of(dossier_id, Action.PROVE_CONFORMITY)
    form = form_for(Form, version=dossier.version)
    if not submitted(form):
        return answer_page("as_it_stands", dossier, form=form)
    ask_decision(dossier, version=form.version.data, actor=actor())
    return back_to("applicant.dossier", dossier_id=dossier.id)


@bp.route("/dossiers/<int:dossier_id>/further", methods=["GET", "POST"])
@access(Right.EDIT_DRAFT)
@writes
def further(dossier_id: int):
    """Send what the committee waits for, or what lifts a reservation."""
    dossier = get_dossier(db.session, dossier_id, reader=person(), right=Right.EDIT_DRAFT)
    form = form_for(PointForm)
    if not submitted(form):
        turn, sent = get_turn(db.session, dossier, today()), list_further(db.session, dossier)
        return answer_page("further", dossier, form=form, turn=turn, sent=sent, label=labels(dossier))
    hand_in_further(dossier, stored=received(chosen(form.file)), explanation=form.answer.data, actor=actor())
    return back_to(".further", dossier_id=dossier.id, sent=1)


def asked_of(dossier_id: int, action: Action) -> Dossier:
    """Return the person's own dossier, on which the regulation offers `action`; else raise AlreadyDone saying so.

    A form that was just refused comes back all the same, unless it was stale: then somebody else has sent everything.
    """
    dossier = get_dossier(db.session, dossier_id, reader=person(), right=Right.EDIT_DRAFT)
    if action not in LIFE.offered(dossier.state, {Role.APPLICANT}):
        g.refusal = None
        raise AlreadyDone(SENT[action])
    return dossier


def answer_page(page: str, dossier: Dossier, **more: object) -> str:
    """Show a page of this room."""
    return render_template(f"applicant/{page}.html", dossier=dossier, **more)


def labels(dossier: Dossier) -> Callable[[str], object]:
    """Return what names a kind of document of this dossier."""
    return lambda kind: label_of(dossier, kind, today())
