"""Meetings and their agendas, as each person may see them; a dossier closed to its reader leaves its position alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, exists, func, or_, select, true
from sqlalchemy.orm import Session, joinedload

from certify.models import AgendaItem, Attendance, Ballot, Declaration, Dossier, Mandate, Meeting, RollEntry, User
from certify.models.meeting import Interest, ItemEnd
from certify.queries.calendar import MOROCCAN_HOLIDAYS
from certify.queries.committee import in_force
from certify.queries.regulations import get_regulation
from certify.queries.relations import anybody, is_owner, is_recused, visible_to
from certify.workflows import dossier as dossiers
from certify.workflows import meeting as meetings
from certify.workflows.clock import Delay, Unit, add_months, add_working_days
from certify.workflows.errors import Conflicted, NotAllowed, NotFound
from certify.workflows.permissions import Right, Role, may
from certify.workflows.words import N_

PREPARING = frozenset({Role.SECRETARIAT, Role.SIGNATORY, Role.AUDITOR})
"""Who sees a meeting before it is convened."""

RUNNING = (meetings.State.CONVENED, meetings.State.OPEN, meetings.State.SUSPENDED)
"""Convened and not over: the members have something to do."""

HELD = (meetings.State.OPEN, meetings.State.SUSPENDED, meetings.State.CLOSED)
"""Under way or over, its minutes not drawn up: what they will say may still be written."""

BEFORE = (meetings.State.DRAFT, meetings.State.CONVENED)
"""Not begun: its agenda may still change."""

DECIDED = (ItemEnd.APPROVED, ItemEnd.APPROVED_WITH_RESERVATIONS, ItemEnd.REFUSED)
"""What ends a dossier once the minutes are signed."""


@dataclass(frozen=True)
class Line:
    """One line of an agenda. `item` is None when its dossier is closed to the reader, who then learns nothing of it.

    `sits` says that the reader decides on it; `interest` and `has_voted` are the reader's own.
    """

    position: int
    item: AgendaItem | None
    is_recused: bool
    sits: bool = False
    interest: Interest | None = None
    has_voted: bool = False

    @property
    def is_open(self) -> bool:
        """The item is in deliberation."""
        return self.item is not None and self.item.opened_at is not None and self.item.closed_at is None

    @property
    def must_declare(self) -> bool:
        """The reader has not said yet whether they have an interest."""
        return self.sits and self.interest is None and self.item.closed_at is None


@dataclass(frozen=True)
class Notice:
    """How long before a meeting its members must be convened, and the first day it may be held if they are today."""

    delay: Delay
    earliest: date
    is_kept: bool


def get_meeting(session: Session, meeting_id: int, *, reader: User) -> Meeting:
    """Return a meeting that `reader` may read. Raises NotFound, or NotAllowed before it is convened."""
    meeting = session.get(Meeting, meeting_id)
    if meeting is None:
        raise NotFound(N_("There is no such meeting."))
    if not session.scalars(select(Meeting.id).where(Meeting.id == meeting_id, readable_by(reader))).first():
        raise NotAllowed(N_("This meeting is not open to your account."))
    return meeting


def readable_by(reader: User) -> ColumnElement[bool]:
    """Return the condition that `reader` may read a meeting: members know of it once it is convened."""
    if not may(Right.READ_MEETING, reader.roles):
        return ~true()
    return true() if reader.roles & PREPARING else Meeting.state != meetings.State.DRAFT


def list_meetings(
    session: Session, *, reader: User, states: Sequence[meetings.State] | None = None
) -> Sequence[Meeting]:
    """List the meetings that `reader` may read, the latest first."""
    found = select(Meeting).where(readable_by(reader)).order_by(Meeting.held_on.desc(), Meeting.id.desc())
    return session.scalars(found if states is None else found.where(Meeting.state.in_(states))).all()


def list_sittings(session: Session, *, member: User) -> Sequence[Meeting]:
    """List the meetings convened or open at whose date `member` holds a mandate, the next one first."""
    sits = exists(select(Mandate.id).where(Mandate.user_id == member.id, in_force(Meeting.held_on)))
    found = select(Meeting).where(readable_by(member), Meeting.state.in_(RUNNING), sits)
    return session.scalars(found.order_by(Meeting.held_on, Meeting.id)).all()


def list_agenda(session: Session, meeting: Meeting, *, reader: User) -> list[Line]:
    """List the agenda as `reader` may see it; product, organisation and site come along."""
    sits = visible_to(reader, Right.VOTE)
    voted = or_(
        *(
            exists(select(kind.seat_id).where(kind.item_id == AgendaItem.id, kind.user_id == reader.id))
            for kind in (Ballot, RollEntry)
        )
    )
    rows = session.execute(
        select(AgendaItem, visible_to(reader), is_recused(reader), sits, Declaration.interest, voted)
        .join(Dossier, Dossier.id == AgendaItem.dossier_id)
        .outerjoin(Declaration, and_(Declaration.item_id == AgendaItem.id, Declaration.user_id == reader.id))
        .where(AgendaItem.meeting_id == meeting.id)
        .options(
            joinedload(AgendaItem.dossier).options(
                joinedload(Dossier.product), joinedload(Dossier.organisation), joinedload(Dossier.site)
            )
        )
        .order_by(AgendaItem.position)
    )
    return [
        Line(item.position, item, False, *own) if is_shown else Line(item.position, None, is_aside)
        for item, is_shown, is_aside, *own in rows
    ]


def get_item(session: Session, item_id: int, *, reader: User, right: Right = Right.READ_DOSSIER) -> AgendaItem:
    """Return an item on whose dossier `reader` has `right`. Raises NotFound, Conflicted (recused) or NotAllowed."""
    row = session.execute(
        select(AgendaItem, visible_to(reader, right), is_recused(reader))
        .join(Dossier, Dossier.id == AgendaItem.dossier_id)
        .where(AgendaItem.id == item_id)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such item on an agenda."))
    item, is_open, is_aside = row
    if is_aside:
        raise Conflicted(N_("A conflict of interest ties you to this dossier: it is closed to you."))
    if not is_open or not may(Right.READ_MEETING, reader.roles):
        raise NotAllowed(N_("This item is not open to your account."))
    return item


def find_open_item(session: Session, meeting: Meeting) -> AgendaItem | None:
    """Return the item in deliberation, whoever asks: what is shown of it is for the caller to filter."""
    under_way = (AgendaItem.opened_at.is_not(None), AgendaItem.closed_at.is_(None))
    return session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id, *under_way)).one_or_none()


def find_standing_item(session: Session, dossier: Dossier) -> AgendaItem | None:
    """Return the item, not ended yet, that a dossier has on an agenda."""
    standing = select(AgendaItem).where(AgendaItem.dossier_id == dossier.id, AgendaItem.closed_at.is_(None))
    return session.scalars(standing).one_or_none()


def count_standing(session: Session, meeting: Meeting, *, reader: User | None = None) -> int:
    """Count the items of a meeting that have not ended; with a reader, without those that are closed to them."""
    shown = visible_to(reader) if reader else true()
    standing = (AgendaItem.meeting_id == meeting.id, AgendaItem.closed_at.is_(None), shown)
    return session.scalars(select(func.count()).select_from(AgendaItem).join(Dossier).where(*standing)).one()


def list_unsettled(session: Session, meeting: Meeting) -> Sequence[AgendaItem]:
    """List the items that keep the minutes from being drawn up: not ended, or without what their outcome needs said."""
    lacks = or_(
        AgendaItem.closed_at.is_(None),
        and_(AgendaItem.ended == ItemEnd.ADJOURNED, AgendaItem.awaited.is_(None)),
        and_(AgendaItem.ended == ItemEnd.REFUSED, ~AgendaItem.reasons.any()),
        and_(AgendaItem.ended == ItemEnd.APPROVED_WITH_RESERVATIONS, ~AgendaItem.reservations.any()),
    )
    found = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id, lacks)
    return session.scalars(found.order_by(AgendaItem.position)).all()


def list_decided(session: Session, meeting: Meeting) -> Sequence[AgendaItem]:
    """List the items whose vote gave an opinion that the minutes, once signed, turn into a decision."""
    found = (
        select(AgendaItem)
        .join(Dossier)
        .where(
            AgendaItem.meeting_id == meeting.id, AgendaItem.ended.in_(DECIDED), Dossier.state == dossiers.State.OPINION
        )
    )
    return session.scalars(found.order_by(AgendaItem.position)).all()


def count_items(session: Session, meetings: Sequence[Meeting], *, reader: User) -> dict[int, int]:
    """Count the items of several agendas that are open to `reader`, by the number of the meeting in the table."""
    counted = select(AgendaItem.meeting_id, func.count()).join(Dossier)
    counted = counted.where(AgendaItem.meeting_id.in_([each.id for each in meetings]), visible_to(reader))
    return dict(session.execute(counted.group_by(AgendaItem.meeting_id)).all())


def list_stays(session: Session, meeting: Meeting) -> Sequence[Attendance]:
    """List the arrivals and departures of a meeting, in their order."""
    asked = select(Attendance).where(Attendance.meeting_id == meeting.id)
    asked = asked.options(joinedload(Attendance.user), joinedload(Attendance.seat))
    return session.scalars(asked.order_by(Attendance.arrived_at, Attendance.id)).all()


def get_stay(session: Session, meeting: Meeting, stay_id: int) -> Attendance:
    """Return one line of the attendance sheet of a meeting, or raise NotFound."""
    stay = session.get(Attendance, stay_id)
    if stay is None or stay.meeting_id != meeting.id:
        raise NotFound(N_("Nobody is recorded there on this sheet."))
    return stay


def find_second(session: Session, meeting: Meeting) -> Meeting | None:
    """Return the meeting planned after the quorum of this one failed, if any still stands."""
    dropped = (meetings.State.CANCELLED, meetings.State.POSTPONED)
    return session.scalars(
        select(Meeting).where(Meeting.second_of_id == meeting.id, Meeting.state.not_in(dropped)).limit(1)
    ).first()


def may_read_minutes(session: Session, meeting: Meeting, *, reader: User) -> bool:
    """Tell whether the whole minutes are open to `reader`: not when they tell of a dossier closed to them."""
    if not may(Right.READ_MEETING, reader.roles):
        return False
    told = _closed_to(reader.organisation_id is not None, reader.roles)
    who = {"user_id": reader.id, "organisation_id": reader.organisation_id, "meeting_id": meeting.id}
    return session.scalars(told, who).first() is None


@cache
def _closed_to(is_of_an_organisation: bool, roles: frozenset[Role]) -> Select[tuple[int]]:
    """Select an item of a meeting that is closed to a reader: put together once for all people with the same roles.

    Who presides over minutes is asked of everybody who sat, at each step of theirs.
    """
    reader = anybody(is_of_an_organisation, roles)
    closed = or_(is_recused(reader), is_owner(reader), AgendaItem.opened_at.is_not(None) & ~visible_to(reader))
    told = select(AgendaItem.id).join(Dossier).where(AgendaItem.meeting_id == bindparam("meeting_id", type_=Integer))
    return told.where(closed).limit(1)


def notice_of(meeting: Meeting, today: date) -> Notice:
    """Say whether convening the members today leaves them the time that the regulation gives.

    A second convocation counts from the later of today and the meeting whose quorum failed.
    """
    regulation = get_regulation(meeting.regulation)
    first = meeting.second_of
    ordinary = regulation.delay("second_convocation" if first else "convocation")
    delay = regulation.delay("convocation_urgent") if meeting.is_urgent else ordinary
    earliest = day_after(today, delay)
    if first:
        earliest = max(earliest, day_after(first.held_on, regulation.delay("second_convocation")))
    return Notice(delay, earliest, is_kept=meeting.held_on >= earliest)


def agenda_closes_on(meeting: Meeting) -> date:
    """Return the last day on which an item may be added: for an urgent meeting, the last day to convene it."""
    regulation = get_regulation(meeting.regulation)
    delays = [regulation.delay("agenda_closes")]
    if meeting.is_urgent:
        delays.append(regulation.delay("convocation_urgent"))
    return max(day_before(meeting.held_on, delay) for delay in delays)


def agenda_is_open(meeting: Meeting, today: date) -> bool:
    """Tell whether an item may still be added today."""
    return meeting.state in BEFORE and today <= agenda_closes_on(meeting)


def day_after(day: date, delay: Delay) -> date:
    """Return the day on which a delay that starts on `day` ends."""
    if delay.unit == Unit.MONTHS:
        return add_months(day, delay.limit)
    if delay.unit == Unit.WORKING_DAYS:
        return add_working_days(day, delay.limit, MOROCCAN_HOLIDAYS)
    return day + timedelta(days=delay.limit)


def day_before(day: date, delay: Delay) -> date:
    """Return the last day from which a delay still ends by `day`."""
    if delay.unit == Unit.MONTHS:
        return add_months(day, -delay.limit)
    if delay.unit == Unit.WORKING_DAYS:
        return add_working_days(day, -delay.limit, MOROCCAN_HOLIDAYS)
    return day - timedelta(days=delay.limit)
