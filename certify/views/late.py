"""Late items: added by the secretariat to a closed agenda, agreed to or not by each voting member present."""

from __future__ import annotations

from flask import Blueprint

from certify.extensions import db
from certify.forms.late import AnswerForm, LateForm
from certify.operations.late import add_late_item, answer_late
from certify.queries.dossiers import get_dossier
from certify.queries.sitting import list_ready
from certify.views.committee import heard
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.views.meetings import fetch, fetch_item, shown
from certify.views.presenting import named
from certify.workflows import dossier as dossiers
from certify.workflows.permissions import Right

bp = Blueprint("late", __name__)


@bp.route("/meetings/<int:meeting_id>/late", methods=["GET", "POST"])
@access(dossiers.Action.PUT_ON_AGENDA)
@writes
def addition(meeting_id: int):
    """Add a ready dossier to an agenda that is closed, and say why it cannot wait."""
    meeting = fetch(meeting_id)
    form = form_for(LateForm)
    ready = list_ready(db.session, reader=person(), today=today())
    form.offer((dossier.id, f"{dossier.number} · {named(dossier.product)}") for dossier, _ in ready)
    if not submitted(form):
        return shown("meetings/late.html", meeting, form=form)
    typed = form.result()
    dossier = get_dossier(db.session, typed.dossier_id, reader=person())
    add_late_item(meeting, dossier, reason=typed.reason, actor=actor())
    return back_to("meetings.agenda", meeting_id=meeting.id)


@bp.route("/committee/items/<int:item_id>/late", methods=["GET", "POST"])
@access(Right.VOTE)
@writes
def answer(item_id: int):
    """Agree to hear a late item, or not."""
    item = fetch_item(item_id)
    form = form_for(AnswerForm, version=item.dossier.version)
    if not submitted(form):
        return heard(item, form=form)
    answer_late(item, agrees=form.result(), version=form.version.data, actor=actor())
    return back_to("committee.item", item_id=item.id)
