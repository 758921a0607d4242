"""Meetings: planned, convened, opened and closed in time; who arrives and who leaves."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from certify.models import Attendance, Mandate, Meeting, Message, Seat, User
from certify.models.meeting import ItemEnd
from certify.operations.acting import Actor
from certify.operations.agenda import explaining, release_items
from certify.operations.moves import move_meeting
from certify.operations.numbers import next_number
from certify.operations.outbox import write
from certify.operations.paper_convocation import issue_convocation
from certify.queries.committee import get_presiding, get_quorum, in_force, list_places
from certify.queries.meetings import RUNNING, count_standing, find_open_item, find_second, notice_of
from certify.queries.regulations import get_regulation_in_force
from certify.workflows.errors import AlreadyDone, Malformed, NotAllowed, Refused
from certify.workflows.meeting import LIFE, Action, Facts, State
from certify.workflows.numbering import meeting_number
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_

NO_QUORUM = N_("The quorum of the meeting was not reached.")


def plan_meeting(
    *,
    held_on: date,
    starts_at: str,
    place: str,
    actor: Actor,
    is_urgent: bool = False,
    urgency: str | None = None,
    second_of: Meeting | None = None,
) -> Meeting:
    """Plan a meeting and give it its number; `second_of` is the meeting whose quorum failed, called again once.

    `starts_at` is the time in Morocco, "09:30". `urgency` is why an urgent one is held at short
    notice. Raises Malformed for a day gone by or an urgency without its reason, Refused for a second convocation of
    a meeting that had its quorum, AlreadyDone when it was called again already.
    """
    need(actor, Right.PLAN_MEETING)
    check_day(held_on, actor=actor)
    check_urgency(is_urgent, urgency)
    if second_of is not None:
        check_second(second_of, actor=actor)
    meeting = Meeting(
        number=meeting_number(held_on.year, next_number(actor.session, "meeting", held_on.year)),
        state=State.DRAFT,
        held_on=held_on,
        starts_at=starts_at,
        place=place,
        regulation=get_regulation_in_force(held_on).version,
        is_urgent=is_urgent,
        urgency=urgency if is_urgent else None,
        second_of=second_of,
        created_by_id=actor.id,
        created_at=actor.at,
    )
    actor.session.add(meeting)
    actor.session.flush()
    if second_of is not None:
        release_items(second_of, reason=NO_QUORUM, end=ItemEnd.POSTPONED, actor=actor)
    return meeting


def replan_meeting(
    meeting: Meeting,
    *,
    held_on: date,
    starts_at: str,
    place: str,
    is_urgent: bool,
    actor: Actor,
    urgency: str | None = None,
    version: int | None = None,
) -> None:
    """Change the day, time or place of a meeting that nobody was convened to yet; its number stays."""
    need(actor, Right.PLAN_MEETING)
    actor.hold(meeting, version)
    if Action.CONVENE not in LIFE.offered(meeting.state, actor.roles):
        raise Refused(N_("The members are convened already: postpone this meeting and plan another one."))
    check_day(held_on, actor=actor)
    check_urgency(is_urgent, urgency)
    meeting.urgency = urgency if is_urgent else None
    meeting.held_on, meeting.starts_at, meeting.place, meeting.is_urgent = held_on, starts_at, place, is_urgent
    meeting.regulation = get_regulation_in_force(held_on).version
    actor.session.flush()


def convene(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """Convene titulars and alternates to a meeting whose agenda is made, in time; each gets a message.

    Raises Refused with the earliest possible day when the notice would be too short.
    """
    actor.hold(meeting, version)
    notice = notice_of(meeting, actor.today)
    places = list_places(actor.session, meeting)
    facts = Facts(items=count_standing(actor.session, meeting), seats=len(places), notice_is_kept=notice.is_kept)
    if facts.items and facts.seats and not notice.is_kept:
        raise Refused(
            N_("The members must be convened earlier than that: the earliest day for this meeting is %(day)s."),
            day=notice.earliest,
        )
    move_meeting(meeting, Action.CONVENE, actor=actor, facts=facts, particulars={"items": facts.items})
    meeting.convened_at = actor.at
    told = tell(meeting, "meeting_convened", actor=actor, counts_items=True)
    held = [mandate for place in places for mandate in place.mandates]
    for rank, mandate in enumerate(held, 1):
        if mandate.user_id in told:
            issue_convocation(meeting, mandate, told[mandate.user_id], rank=rank, actor=actor)


def postpone_meeting(meeting: Meeting, *, reason: str | None, actor: Actor, version: int | None = None) -> None:
    """Give up a convened meeting; its items are ready for another, its members are told."""
    actor.hold(meeting, version)
    move_meeting(meeting, Action.POSTPONE, actor=actor, facts=Facts(has_reason=bool(reason)), reason=reason)
    release_items(meeting, reason=reason, end=ItemEnd.POSTPONED, actor=actor)
    tell(meeting, "meeting_postponed", actor=actor, reason=reason)


def cancel_meeting(meeting: Meeting, *, reason: str | None, actor: Actor, version: int | None = None) -> None:
    """Cancel a meeting; its items are ready for another, and its members are told if they had been convened."""
    actor.hold(meeting, version)
    move_meeting(meeting, Action.CANCEL, actor=actor, facts=Facts(has_reason=bool(reason)), reason=reason)
    release_items(meeting, reason=reason, end=ItemEnd.TAKEN_OFF, actor=actor)
    if meeting.convened_at is not None:
        tell(meeting, "meeting_cancelled", actor=actor, reason=reason)


def open_meeting(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """Open a meeting on its day, with its quorum. Raises QuorumMissing with the figures."""
    actor.hold(meeting, version)
    get_presiding(actor.session, meeting, actor.user, present=True)
    quorum = get_quorum(actor.session, meeting)
    facts = Facts(is_its_day=meeting.held_on == actor.today, has_quorum=quorum.is_reached)
    with explaining(quorum):
        move_meeting(meeting, Action.OPEN, actor=actor, facts=facts, particulars={"present": quorum.present})
    meeting.opened_at = actor.at


def declare_no_quorum(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """End a meeting that never had its quorum: its items are ready again, a second convocation may follow."""
    actor.hold(meeting, version)
    get_presiding(actor.session, meeting, actor.user)
    quorum = get_quorum(actor.session, meeting)
    facts = Facts(is_its_day=meeting.held_on == actor.today, has_quorum=quorum.is_reached)
    particulars = {"present": quorum.present, "required": quorum.required}
    move_meeting(meeting, Action.DECLARE_NO_QUORUM, actor=actor, facts=facts, particulars=particulars)
    release_items(meeting, reason=NO_QUORUM, end=ItemEnd.POSTPONED, actor=actor)


def suspend_meeting(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """Suspend an open meeting; no item may be in deliberation."""
    _conduct(meeting, Action.SUSPEND, actor=actor, version=version)


def resume_meeting(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """Resume a suspended meeting; every item counts its own quorum anyway."""
    _conduct(meeting, Action.RESUME, actor=actor, version=version)


def close_meeting(meeting: Meeting, *, actor: Actor, reason: str | None = None, version: int | None = None) -> None:
    """Close a meeting. Items that were not dealt with are ready for the next one, and `reason` says why.

    What is closed to the president is neither counted nor released here: the secretariat does it with the minutes.
    """
    actor.hold(meeting, version)
    unheard = count_standing(actor.session, meeting, reader=actor.user)
    if unheard and not reason and find_open_item(actor.session, meeting) is None:
        raise Refused(
            N_("Items not dealt with: %(items)s. Say in writing why they go to another meeting."), items=unheard
        )
    _conduct(meeting, Action.CLOSE, actor=actor)
    meeting.closed_at = actor.at
    release_items(meeting, reason=reason or "", end=ItemEnd.POSTPONED, actor=actor)


def record_arrival(meeting: Meeting, seat: Seat, user: User, *, is_remote: bool = False, actor: Actor) -> Attendance:
    """Record that a titular or an alternate takes their seat, in the room or from afar.

    Raises Refused when the seat is taken, the person sits elsewhere, has no mandate on it, or it is not the day.
    """
    need(actor, Right.RECORD_ATTENDANCE)
    actor.hold(meeting)
    check_sheet(meeting, actor=actor)
    mandate = select(Mandate.id).where(
        Mandate.seat_id == seat.id, Mandate.user_id == user.id, in_force(meeting.held_on)
    )
    if actor.session.scalars(mandate).first() is None:
        raise Refused(N_("%(name)s holds no mandate on this seat on the day of the meeting."), name=user.name)
    here = select(Attendance).where(Attendance.meeting_id == meeting.id, Attendance.left_at.is_(None))
    for stay in actor.session.scalars(here.where((Attendance.seat_id == seat.id) | (Attendance.user_id == user.id))):
        if stay.user_id == user.id:
            raise AlreadyDone(N_("%(name)s is already recorded as present."), name=user.name)
        raise Refused(N_("%(name)s sits on this seat: record their departure first."), name=stay.user.name)
    stay = Attendance(meeting=meeting, seat=seat, user=user, is_remote=is_remote, arrived_at=actor.at)
    actor.session.add(stay)
    actor.session.flush()
    return stay


def record_departure(stay: Attendance, *, actor: Actor) -> None:
    """Record that somebody leaves; from now on their seat is absent, for the quorum as for the vote."""
    need(actor, Right.RECORD_ATTENDANCE)
    actor.hold(stay.meeting)
    check_sheet(stay.meeting, actor=actor)
    actor.hold(stay)
    if stay.left_at is not None:
        raise AlreadyDone(N_("The departure of %(name)s is already recorded."), name=stay.user.name)
    stay.left_at = actor.at
    actor.session.flush()


def check_sheet(meeting: Meeting, *, actor: Actor) -> None:
    """Raise Refused unless the attendance sheet of a meeting is open: convened and not over, on its day."""
    if meeting.state not in RUNNING or (meeting.held_on != actor.today and meeting.opened_at is None):
        raise Refused(N_("Attendance is recorded on the day of a meeting, until it is closed."))


def check_day(held_on: date, *, actor: Actor) -> None:
    """Raise Malformed for a day gone by."""
    if held_on < actor.today:
        raise Malformed(N_("Choose a day to come: %(day)s is past."), day=held_on)


def check_urgency(is_urgent: bool, urgency: str | None) -> None:
    """Raise Malformed for an urgent meeting that does not say why: the members and the minutes read it."""
    if is_urgent and not urgency:
        raise Malformed(N_("Write why the meeting is urgent: the members and the minutes read it."))


def check_second(first: Meeting, *, actor: Actor) -> None:
    """Let a meeting be called a second time: its quorum failed and nobody called it again yet."""
    actor.hold(first)
    if first.state is not State.NO_QUORUM:
        raise Refused(N_("Only a meeting whose quorum failed is called a second time."))
    other = find_second(actor.session, first)
    if other is not None:
        raise AlreadyDone(N_("The second convocation is planned already: %(number)s."), number=other.number)


def need(actor: Actor, right: Right) -> None:
    """Raise NotAllowed when the actor does not carry `right`."""
    if not may(right, actor.roles):
        raise NotAllowed(N_("Your role does not allow “%(action)s”."), action=right)


def tell(
    meeting: Meeting, kind: str, *, actor: Actor, counts_items: bool = False, **more: object
) -> dict[int, Message]:
    """Write to everybody who holds a mandate on the day of the meeting; never a word of any dossier.

    With `counts_items`, each is told how many items they will hear: one closed to them is not among these.
    Returns the messages written, by the number of whom they are for.
    """
    actor.session.flush()
    told = {}
    facts = {"number": meeting.number, "meeting_id": meeting.id, "held_on": meeting.held_on, "place": meeting.place}
    facts |= {
        "starts_at": meeting.starts_at,
        "is_urgent": meeting.is_urgent,
        "urgency": meeting.urgency,
        "is_second": meeting.second_of_id is not None,
    }
    people = {held.user for place in list_places(actor.session, meeting) for held in place.mandates}
    for user in sorted(people, key=lambda user: user.id):
        if user.is_active:
            if counts_items:
                facts["items"] = count_standing(actor.session, meeting, reader=user)
            message = write(user, kind, key=f"{kind}:{meeting.id}:{user.id}", facts=facts | more, actor=actor)
            if message is not None:
                told[user.id] = message
    actor.session.flush()
    return told


def _conduct(meeting: Meeting, action: Action, *, actor: Actor, version: int | None = None) -> None:
    actor.hold(meeting, version)
    get_presiding(actor.session, meeting, actor.user)
    open_items = int(find_open_item(actor.session, meeting) is not None)
    move_meeting(meeting, action, actor=actor, facts=Facts(items_in_deliberation=open_items))
