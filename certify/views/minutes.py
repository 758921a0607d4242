"""The proposed minutes: who sat approves them or sends a remark, the secretariat answers and signs first.

Drawing them up and correcting them is in `meetings.py`, the president's signature in `committee.py`.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.minutes import AnswerForm, RemarkForm
from certify.operations import proposals
from certify.queries.minutes import get_remark, list_remarkable
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, writes
from certify.views.meetings import draft, fetch
from certify.views.presenting import named
from certify.workflows.meeting import Action
from certify.workflows.permissions import Right

bp = Blueprint("minutes", __name__)


@bp.route("/meetings/<int:meeting_id>/minutes/approval", methods=["GET", "POST"])
@access(Right.REVIEW_MINUTES)
@writes
def approval(meeting_id: int):
    """Approve the version that stands."""
    meeting = fetch(meeting_id)
    form = form_for(Form, version=meeting.version)
    if not submitted(form):
        return draft(meeting, approving=form)
    proposals.approve_minutes(meeting, version=form.version.data, actor=actor())
    return back_to("meetings.minutes", meeting_id=meeting.id)


@bp.route("/meetings/<int:meeting_id>/minutes/remarks", methods=["GET", "POST"])
@access(Right.REVIEW_MINUTES)
@writes
def remark(meeting_id: int):
    """Send a remark on an item of the minutes, or on the meeting."""
    meeting = fetch(meeting_id)
    items, whole = list_remarkable(db.session, meeting, reader=person())
    form = form_for(RemarkForm)
    form.offer({item.position: named(item.dossier.product) for item in items}, whole=whole)
    if not submitted(form):
        return render_template("meetings/remark.html", meeting=meeting, form=form)
    position, text = form.result()
    item = next((item for item in items if item.position == position), None)
    proposals.remark_on_minutes(meeting, item, text=text, actor=actor())
    return back_to("meetings.minutes", meeting_id=meeting.id)


@bp.route("/meetings/remarks/<int:minutes_remark_id>", methods=["GET", "POST"])
@access(Right.PLAN_MEETING)
@writes
def answer(minutes_remark_id: int):
    """Answer a remark."""
    found = get_remark(db.session, minutes_remark_id, reader=person())
    form = form_for(AnswerForm)
    if not submitted(form):
        return render_template("meetings/answer.html", remark=found, meeting=found.proposal.meeting, form=form)
    proposals.answer_remark(found, answer=form.result(), actor=actor())
    return back_to("meetings.minutes", meeting_id=found.proposal.meeting_id)


@bp.route("/meetings/<int:meeting_id>/minutes/attestation", methods=["GET", "POST"])
@access(Action.ATTEST_MINUTES)
@writes
def attestation(meeting_id: int):
    """Read the whole minutes, then sign them as secretary."""
    meeting = fetch(meeting_id)
    form = form_for(Form, version=meeting.version)
    if not submitted(form):
        return draft(meeting, form=form, attests=True)
    proposals.attest_minutes(meeting, version=form.version.data, actor=actor())
    return back_to("meetings.minutes", meeting_id=meeting.id)
