"""Meetings as the secretariat prepares and keeps them: day and place, agenda, convocation, attendance, minutes.

The president conducts them from the same page of a meeting; what only the committee does is in `committee.py`.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.meeting import AgendaForm, ArrivalForm, DepartureForm, PlanForm, ReasonForm
from certify.forms.minutes import DebateForm
from certify.models import AgendaItem, Meeting
from certify.operations import agenda as agendas
from certify.operations import meetings as operations
from certify.operations import minutes as proceedings
from certify.queries.committee import get_seat
from certify.queries.convocations import find_mine, list_sent
from certify.queries.dossiers import get_dossier
from certify.queries.errata import list_errata, may_draw_up
from certify.queries.meetings import count_items, get_item, get_meeting, get_stay, list_meetings, list_stays
from certify.queries.minutes import get_proposed
from certify.queries.sitting import get_sitting, list_hearings, list_ready
from certify.queries.users import get_user
from certify.views.following import beat, pulse_of
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.workflows import dossier as dossiers
from certify.workflows.meeting import LIFE, Action
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_

bp = Blueprint("meetings", __name__)

PLAN = ("held_on", "starts_at", "place", "is_urgent", "urgency")

PAGES = {
    Action.CONVENE: "meetings.convocation",
    Action.POSTPONE: "meetings.postponement",
    Action.CANCEL: "meetings.cancellation",
    Action.OPEN: "committee.opening",
    Action.DECLARE_NO_QUORUM: "committee.no_quorum",
    Action.SUSPEND: "committee.suspension",
    Action.RESUME: "committee.resumption",
    Action.CLOSE: "committee.closing",
    Action.DRAW_UP_MINUTES: "meetings.drawing_up",
    Action.ATTEST_MINUTES: "minutes.attestation",
    Action.CORRECT_MINUTES: "meetings.correction",
    Action.SIGN_MINUTES: "committee.signature",
}
"""Where each act on a meeting is done."""

PRESSED = (Action.OPEN, Action.SUSPEND, Action.RESUME)
"""The acts that are one press of a button on the page of the meeting itself."""

POSTPONED = N_("Its members are told. Its items are ready for another meeting, which you plan anew.")

CONSEQUENCES = {
    Action.OPEN: N_("The items are heard one after the other; whoever arrives or leaves is recorded."),
    Action.DECLARE_NO_QUORUM: N_(
        "The meeting ends without having begun. Its items are ready again, and the secretariat may call it a second"
        " time."
    ),
    Action.SUSPEND: N_("A pause: no item opens until you resume. Attendance is still recorded."),
    Action.RESUME: N_("The agenda goes on where it stopped."),
    Action.CLOSE: N_("The meeting ends for good. Items not dealt with go to another meeting, and you say why."),
    Action.POSTPONE: POSTPONED,
}
"""What follows an act, said beside its button while the meeting is live."""


def fetch(meeting_id: int) -> Meeting:
    """Fetch a meeting for whoever asks."""
    return get_meeting(db.session, meeting_id, reader=person())


def fetch_item(item_id: int) -> AgendaItem:
    """Fetch an item of an agenda for whoever asks; its dossier must be open to them."""
    return get_item(db.session, item_id, reader=person())


def shown(template: str, meeting: Meeting, **more: object):
    """Render a page about a meeting, with all that its reader may see of it."""
    pulse = pulse_of(meeting, **more)
    sitting = get_sitting(db.session, meeting, reader=person(), today=today())
    where = {"pages": PAGES, "pressed": PRESSED, "consequences": CONSEQUENCES, "pulse": pulse}
    where |= {"errata": list_errata(db.session, meeting, reader=person())}
    where |= {"may_draw_up": may_draw_up(meeting, reader=person())}
    return render_template(template, meeting=meeting, sitting=sitting, **where, **more)


def pressed(meeting: Meeting, operation: Callable, template: str = "meetings/meeting.html"):
    """Do what one button asks of a meeting; the page of that act, or the meeting's, tells what refuses it."""
    form = form_for(Form, version=meeting.version)
    if not submitted(form):
        return shown(template, meeting, form=form)
    operation(meeting, version=form.version.data, actor=actor())
    return back_to("meetings.meeting", meeting_id=meeting.id)


def reasoned(subject: object, operation: Callable, back: str, version: int, *, title: str, consequence: str):
    """Do an act that needs a written reason, on its own small page."""
    form = form_for(ReasonForm, version=version)
    if not submitted(form):
        return render_template("meetings/reason.html", form=form, title=title, consequence=consequence, back=back)
    operation(subject, reason=form.result(), version=form.version.data, actor=actor())
    return redirect(back, 303)


@bp.route("/meetings")
@access(Right.READ_MEETING)
def index():
    """The meetings: those to hold or to finish, the next one first, then those that are over."""
    meetings = list_meetings(db.session, reader=person())
    pending = [each for each in meetings if LIFE.leaving(each.state)]
    return render_template(
        "meetings/index.html",
        pending=pending[::-1],
        over=[each for each in meetings if each not in pending],
        counts=count_items(db.session, meetings, reader=person()),
        may_plan=may(Right.PLAN_MEETING, person().roles),
        may_read_interests=may(Right.READ_INTERESTS, person().roles),
    )


@bp.route("/meetings/new", methods=["GET", "POST"])
@access(Right.PLAN_MEETING)
@writes
def plan():
    """Plan a meeting, or call again the one whose quorum failed (`second_of`)."""
    first_id = request.args.get("second_of", type=int)
    first = fetch(first_id) if first_id else None
    form = form_for(PlanForm, {"starts_at": first.starts_at, "place": first.place} if first else None)
    if not submitted(form):
        return render_template("meetings/plan.html", form=form, first=first, meeting=None)
    planned = operations.plan_meeting(**vars(form.result()), second_of=first, actor=actor())
    return back_to(".agenda", meeting_id=planned.id)


@bp.route("/meetings/<int:meeting_id>")
@access(Right.READ_MEETING)
def meeting(meeting_id: int):
    """One meeting: what to do now, the agenda, who is there."""
    found = fetch(meeting_id)
    return shown("meetings/meeting.html", found, convoked=find_mine(db.session, found, person()))


@bp.route("/meetings/<int:meeting_id>/pulse")
@access(Right.READ_MEETING)
def pulse(meeting_id: int):
    """Tell a page about a meeting whether what it shows is still what its reader would see."""
    return beat(fetch(meeting_id))


@bp.route("/meetings/<int:meeting_id>/plan", methods=["GET", "POST"])
@access(Right.PLAN_MEETING)
@writes
def replan(meeting_id: int):
    """Change the day, time or place of a meeting that nobody was convened to yet."""
    meeting = fetch(meeting_id)
    form = form_for(PlanForm, {name: getattr(meeting, name) for name in PLAN}, version=meeting.version)
    if not submitted(form):
        return render_template("meetings/plan.html", form=form, first=meeting.second_of, meeting=meeting)
    operations.replan_meeting(meeting, **vars(form.result()), version=form.version.data, actor=actor())
    return back_to(".meeting", meeting_id=meeting.id)


@bp.route("/meetings/<int:meeting_id>/agenda", methods=["GET", "POST"])
@access(dossiers.Action.PUT_ON_AGENDA)
@writes
def agenda(meeting_id: int):
    """Choose ready dossiers for the agenda, the most pressing first."""
    meeting = fetch(meeting_id)
    ready = list_ready(db.session, reader=person(), today=today())
    form = form_for(AgendaForm)
    form.offer((dossier.id, dossier.number) for dossier, _ in ready)
    if not submitted(form):
        return shown("meetings/agenda.html", meeting, form=form, ready=ready)
    chosen = [get_dossier(db.session, number, reader=person()) for number in form.result()]
    agendas.fill_agenda(meeting, chosen, actor=actor())
    return back_to(".agenda", meeting_id=meeting.id)


@bp.route("/meetings/items/<int:item_id>/removal", methods=["GET", "POST"])
@access(dossiers.Action.TAKE_OFF_AGENDA)
@writes
def removal(item_id: int):
    """Take an item off the agenda before it opens."""
    item = fetch_item(item_id)
    return reasoned(
        item,
        agendas.take_off_agenda,
        url_for(".meeting", meeting_id=item.meeting_id),
        item.dossier.version,
        title=gettext("Take item %(position)s off the agenda", position=item.position),
        consequence=gettext("The dossier goes back to those that are ready; the minutes keep a trace of it."),
    )


@bp.route("/meetings/<int:meeting_id>/convocation", methods=["GET", "POST"])
@access(Action.CONVENE)
@writes
def convocation(meeting_id: int):
    """Convene the members, in time."""
    return pressed(fetch(meeting_id), operations.convene, "meetings/convocation.html")


@bp.route("/meetings/<int:meeting_id>/postponement", methods=["GET", "POST"])
@access(Action.POSTPONE)
@writes
def postponement(meeting_id: int):
    """Give up a convened meeting."""
    meeting = fetch(meeting_id)
    return reasoned(
        meeting,
        operations.postpone_meeting,
        url_for(".meeting", meeting_id=meeting.id),
        meeting.version,
        title=gettext("Postpone the meeting"),
        consequence=gettext(POSTPONED),
    )


@bp.route("/meetings/<int:meeting_id>/cancellation", methods=["GET", "POST"])
@access(Action.CANCEL)
@writes
def cancellation(meeting_id: int):
    """Cancel a meeting."""
    meeting = fetch(meeting_id)
    return reasoned(
        meeting,
        operations.cancel_meeting,
        url_for(".meeting", meeting_id=meeting.id),
        meeting.version,
        title=gettext("Cancel the meeting"),
        consequence=gettext(
            "It will not be held. Its items are ready for another one; members already convened are told."
        ),
    )


@bp.route("/meetings/<int:meeting_id>/convocations")
@access(Right.PLAN_MEETING)
def convocations(meeting_id: int):
    """Whom the meeting was convened to, by which paper, and when it left."""
    meeting = fetch(meeting_id)
    return shown("meetings/convocations.html", meeting, sent=list_sent(db.session, meeting))


def sheet(meeting: Meeting, **more: object):
    """Show the attendance sheet."""
    return shown("meetings/attendance.html", meeting, stays=list_stays(db.session, meeting), **more)


@bp.route("/meetings/<int:meeting_id>/attendance")
@access(Right.READ_MEETING)
def attendance(meeting_id: int):
    """Who sits where, who arrived and who left."""
    return sheet(fetch(meeting_id))


@bp.route("/meetings/<int:meeting_id>/arrivals", methods=["GET", "POST"])
@access(Right.RECORD_ATTENDANCE)
@writes
def arrivals(meeting_id: int):
    """Record an arrival."""
    meeting = fetch(meeting_id)
    form = form_for(ArrivalForm)
    if not submitted(form):
        return sheet(meeting, form=form)
    typed = form.result()
    seat, user = get_seat(db.session, typed.seat_id), get_user(db.session, typed.user_id)
    operations.record_arrival(meeting, seat, user, is_remote=typed.is_remote, actor=actor())
    return back_to(".attendance", meeting_id=meeting.id)


@bp.route("/meetings/<int:meeting_id>/departures", methods=["GET", "POST"])
@access(Right.RECORD_ATTENDANCE)
@writes
def departures(meeting_id: int):
    """Record a departure."""
    meeting = fetch(meeting_id)
    form = form_for(DepartureForm)
    if not submitted(form):
        return sheet(meeting, form=form)
    operations.record_departure(get_stay(db.session, meeting, form.result()), actor=actor())
    return back_to(".attendance", meeting_id=meeting.id)


@bp.route("/meetings/<int:meeting_id>/minutes")
@access(Right.READ_MEETING)
def minutes(meeting_id: int):
    """The minutes as they stand, item by item; an item closed to the reader leaves its number alone."""
    return draft(fetch(meeting_id))


def draft(meeting: Meeting, **more: object):
    """Show the minutes as they stand."""
    hearings = list_hearings(db.session, meeting, reader=person(), today=today())
    proposed = get_proposed(db.session, meeting, reader=person(), today=today())
    stays = list_stays(db.session, meeting)
    return shown("meetings/minutes.html", meeting, hearings=hearings, stays=stays, proposed=proposed, **more)


@bp.route("/meetings/<int:meeting_id>/minutes/draft", methods=["GET", "POST"])
@access(Action.DRAW_UP_MINUTES)
@writes
def drawing_up(meeting_id: int):
    """Draw up the minutes, for who sat to approve and two people to sign."""
    return pressed(fetch(meeting_id), proceedings.draw_up_minutes, "meetings/drawing_up.html")


@bp.route("/meetings/<int:meeting_id>/minutes/correction", methods=["GET", "POST"])
@access(Action.CORRECT_MINUTES)
@writes
def correction(meeting_id: int):
    """Take minutes not signed yet back for correction."""
    meeting = fetch(meeting_id)
    return reasoned(
        meeting,
        proceedings.correct_minutes,
        url_for(".minutes", meeting_id=meeting.id),
        meeting.version,
        title=gettext("Correct the minutes"),
        consequence=gettext(
            "They go back to the secretariat, which proposes them again; the reason is kept with the next version."
            " A signature already given falls: both sign anew."
        ),
    )


@bp.route("/meetings/items/<int:item_id>/debate", methods=["GET", "POST"])
@access(Right.PLAN_MEETING)
@writes
def debate(item_id: int):
    """Write the summary of the debate on an item."""
    item = fetch_item(item_id)
    form = form_for(DebateForm, {"debate": item.debate})
    if not submitted(form):
        return render_template("meetings/debate.html", item=item, form=form)
    proceedings.record_debate(item, text=form.result(), actor=actor())
    return back_to("meetings.minutes", meeting_id=item.meeting_id)
