"""Everything that one page shows of a meeting, or of one item of its agenda, to one reader."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from certify.models import (
    AdvisoryOpinion,
    AgendaItem,
    Ballot,
    ConflictRuling,
    Declaration,
    Dossier,
    Meeting,
    Report,
    Seat,
    SecretBallot,
    User,
)
from certify.models.meeting import Interest, ItemEnd
from certify.queries.committee import (
    Place,
    Turnout,
    blocking_facts,
    find_declaration,
    find_place,
    get_quorum,
    get_turnout,
    has_voted,
    list_opinions,
    list_papers,
    list_places,
    list_roll,
    list_undeclared,
)
from certify.queries.deadlines import Readings, read_many
from certify.queries.declared import has_declared
from certify.queries.dossiers import list_dossiers
from certify.queries.evaluation import Judged, Sentence, judged_grid, list_reports
from certify.queries.interests import Suggestion, list_rulings, list_suggestions
from certify.queries.late import Late, find_late
from certify.queries.meetings import (
    HELD,
    RUNNING,
    Line,
    Notice,
    agenda_closes_on,
    agenda_is_open,
    find_open_item,
    find_second,
    list_agenda,
    list_sittings,
    list_unsettled,
    notice_of,
)
from certify.queries.presidency import Chair, find_chair, roles_at
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.queries.tallies import Tally, read_tally
from certify.workflows import dossier as dossiers
from certify.workflows import meeting as meetings
from certify.workflows.permissions import COMMITTEE, Right, Role, in_the_chair, may
from certify.workflows.voting import Quorum
from certify.workflows.words import Label


@dataclass(frozen=True)
class Sitting:
    """A meeting as its reader sees it now. `under_way` is the line in deliberation, its item None when closed to them.

    `places` and `quorum` are those of the meeting as a whole; `offered` what the reader may do; `readings` the legal
    clocks by dossier, for whoever works at the office. `plans` and `records`: the reader may change the agenda, the
    attendance; `waiting`: what the reader may do later, and the sentence that says what it waits for;
    `may_be_called_again`: its quorum failed and no second convocation is planned yet; `is_here`: the
    reader sits on a seat with a vote; `chair`: who presides now, once the meeting is convened and until it is closed.
    """

    meeting: Meeting
    lines: Sequence[Line]
    places: Sequence[Place]
    quorum: Quorum
    offered: tuple[meetings.Action, ...]
    waiting: dict[meetings.Action, str]
    under_way: Line | None
    notice: Notice
    closes_on: date
    takes_items: bool
    takes_late_items: bool
    second: Meeting | None
    unsettled: frozenset[int]
    readings: dict[int, Readings]
    plans: bool
    records: bool
    may_be_called_again: bool
    is_here: bool
    is_live: bool
    chair: Chair | None

    @property
    def timetable(self) -> dict[int | None, str]:
        """When each item is likely to begin, by its position, and when the agenda ends (None); empty once it opened."""
        ahead = [line.position for line in self.lines if line.item is None or line.item.closed_at is None]
        if self.meeting.opened_at is not None or not ahead:
            return {}
        minutes = get_regulation(self.meeting.regulation).committee.minutes_per_item
        moments = meetings.timetable(self.meeting.starts_at, len(ahead), minutes)
        return dict(zip([*ahead, None], moments, strict=True))

    @property
    def to_declare(self) -> list[Line]:
        """The items on which the reader's declaration is awaited."""
        return [line for line in self.lines if line.must_declare] if self.meeting.state in RUNNING else []

    @property
    def to_vote(self) -> list[Line]:
        """The open item, when the reader's ballot is awaited."""
        return [line for line in self.lines if self.is_here and line.is_open and line.interest and not line.has_voted]


@dataclass(frozen=True)
class Hearing:
    """An item as its reader sees it now; whoever is recused never gets one.

    While the vote is open nothing here tells a ballot but the reader's own: `turnout` counts, for who presides.
    `owes_year`: the reader sits and owes the declaration of interests of the year.
    `papers_are_open` once that is made and the reader has declared no interest; `ballots` are those of a closed vote,
    for the committee; `opinions` those of the consultative members; `papers` those of a closed secret vote, receipt and
    choice, for whoever recounts;
    `chair`: who presides over it now, or did when it ended.
    `suggestions`: the conflicts that the system suggests, all of them to who presides, to each their own; `rulings`:
    what was ruled on them; `may_rule`, `may_write`: the reader states what the outcome still needs said, summarises
    the debate.
    """

    item: AgendaItem
    filiere: Label
    places: Sequence[Place]
    quorum: Quorum
    offered: tuple[dossiers.Action, ...]
    interest: Interest | None
    must_declare: bool
    owes_year: bool
    may_vote: bool
    may_advise: bool
    may_ask_secrecy: bool
    has_voted: bool
    papers_are_open: bool
    undeclared: Sequence[User]
    conflicts: Sequence[Declaration]
    suggestions: Sequence[Suggestion]
    rulings: Sequence[ConflictRuling]
    turnout: Turnout | None
    blocking_facts: Sequence[Sentence]
    tally: Tally | None
    ballots: Sequence[Ballot]
    papers: Sequence[SecretBallot]
    opinions: Sequence[AdvisoryOpinion]
    report: Report | None
    grid: Sequence[Judged]
    may_rule: bool
    may_write: bool
    is_live: bool
    chair: Chair | None
    late: Late | None

    @property
    def is_settled(self) -> bool:
        """What the outcome needs said is said."""
        return bool(self.item.reasons or self.item.reservations or self.item.awaited)

    def cited(self, code: str) -> Label | None:
        """Return the name of a criterion of the grid; None for an article of the regulation."""
        return next((row.criterion.label for row in self.grid if row.criterion.code == code), None)


def get_sitting(session: Session, meeting: Meeting, *, reader: User, today: date) -> Sitting:
    """Return the page of a meeting that `reader` was already allowed to fetch."""
    lines = list_agenda(session, meeting, reader=reader)
    shown = [line.item.dossier for line in lines if line.item]
    places, under_way = list_places(session, meeting), find_line_under_way(session, meeting, lines)
    roles = roles_at(session, meeting, reader)
    second, plans = find_second(session, meeting), may(Right.PLAN_MEETING, reader.roles)
    return Sitting(
        meeting=meeting,
        lines=lines,
        places=places,
        quorum=get_quorum(session, meeting),
        offered=_offered(meeting, roles, today, under_way),
        waiting=_waiting(meeting, roles, today, under_way),
        under_way=under_way,
        notice=notice_of(meeting, today),
        closes_on=agenda_closes_on(meeting),
        takes_items=plans and agenda_is_open(meeting, today),
        takes_late_items=plans and meeting.state is meetings.State.CONVENED and not agenda_is_open(meeting, today),
        second=second,
        unsettled=frozenset(item.id for item in list_unsettled(session, meeting)),
        readings=read_many(session, shown, today) if may(Right.WORK_OFFICE, reader.roles) else {},
        plans=plans,
        records=may(Right.RECORD_ATTENDANCE, reader.roles | roles) and is_live(meeting, today),
        may_be_called_again=plans and meeting.state is meetings.State.NO_QUORUM and second is None,
        is_here=any(place.sitting is reader and place.seat.is_voting for place in places),
        is_live=is_live(meeting, today),
        chair=find_chair(session, meeting) if meeting.state in RUNNING else None,
    )


def _offered(
    meeting: Meeting, roles: frozenset[Role], today: date, under_way: Line | None
) -> tuple[meetings.Action, ...]:
    """List what the reader may do now."""
    later = _waiting(meeting, roles, today, under_way)
    return tuple(action for action in meetings.LIFE.offered(meeting.state, roles) if action not in later)


def _waiting(
    meeting: Meeting, roles: frozenset[Role], today: date, under_way: Line | None
) -> dict[meetings.Action, str]:
    """Map what waits for the day of the meeting, or for the end of an item, to the sentence that says so."""
    waits = {meetings.ITS_DAY: meeting.held_on != today, meetings.NOTHING_OPEN: under_way is not None}
    rows = (row for row in meetings.LIFE.leaving(meeting.state) if row.who.intersection(roles))
    return {row.action: guard.sentence for row in rows for guard in row.guards if waits.get(guard)}


def find_line_under_way(session: Session, meeting: Meeting, lines: Sequence[Line]) -> Line | None:
    """Return the line in deliberation, even one that the reader sees nothing of but its position."""
    item = find_open_item(session, meeting)
    return next((line for line in lines if item and line.position == item.position), None)


def get_hearing(session: Session, item: AgendaItem, *, reader: User, today: date) -> Hearing:
    """Return the page of an item that `reader` was already allowed to fetch."""
    meeting, dossier = item.meeting, item.dossier
    roles = roles_on(session, reader, dossier)
    sits = bool(roles & COMMITTEE)
    chair = find_chair(session, meeting, item)
    presides = sits and chair is not None and chair.user is reader
    places = list_places(session, meeting, item)
    declared = find_declaration(session, item, reader)
    voted = has_voted(session, item, reader)
    is_over = item.closed_at is not None
    is_here = any(place.sitting is reader and place.seat.is_voting and not place.is_recused for place in places)
    tally = read_tally(item)
    owes_year = sits and not has_declared(session, reader, today)
    may_vote = sits and is_here and declared is not None and item.opened_at is not None and not is_over and not voted
    may_vote = may_vote and not owes_year
    mine = find_place(session, meeting, reader, item) if sits else None
    may_advise = mine is not None and not mine.seat.is_voting and meeting.state in RUNNING
    may_advise = may_advise and declared is not None and not owes_year and not is_over
    return Hearing(
        item=item,
        filiere=get_regulation(dossier.regulation).filiere(dossier.product.filiere).label,
        places=places,
        quorum=tally.quorum if tally else get_quorum(session, meeting, item),
        offered=dossiers.LIFE.offered(dossier.state, in_the_chair(roles, presides=presides)),
        interest=declared.interest if declared else None,
        must_declare=sits and declared is None and not is_over and meeting.state in RUNNING,
        owes_year=owes_year,
        may_vote=may_vote,
        may_advise=may_advise,
        may_ask_secrecy=may_vote
        and not item.is_secret
        and get_regulation(meeting.regulation).committee.secret_on_request
        and not list_roll(session, item),
        has_voted=voted,
        papers_are_open=not sits or (not owes_year and (declared is not None or is_over)),
        undeclared=() if is_over else list_undeclared(session, item),
        conflicts=_conflicts(session, item),
        suggestions=[each for each in list_suggestions(session, item) if _concerns(session, item, reader, each.user)],
        rulings=list_rulings(session, item),
        turnout=get_turnout(session, item) if presides and item.opened_at is not None and not is_over else None,
        blocking_facts=tally.blocking_facts if tally else blocking_facts(session, dossier, today),
        tally=tally,
        ballots=_ballots(session, item) if sits and tally and tally.totals else (),
        papers=list_papers(session, item) if item.is_secret and tally and tally.totals else (),
        opinions=list_opinions(session, item),
        report=next(iter(list_reports(session, dossier)), None),
        grid=judged_grid(session, dossier),
        may_rule=meeting.state in HELD
        and (presides or (item.ended is ItemEnd.REFUSED and may(Right.PLAN_MEETING, roles))),
        may_write=meeting.state in HELD and may(Right.PLAN_MEETING, roles),
        is_live=is_live(meeting, today),
        chair=_chaired(session, tally) if is_over else chair,
        late=find_late(session, item, reader=reader),
    )


def _concerns(session: Session, item: AgendaItem, reader: User, member: User) -> bool:
    """Tell whether what is suggested of `member` concerns `reader`: themselves, or the one who would rule on it."""
    if member is reader:
        return True
    chair = find_chair(session, item.meeting, item, but=member)
    return chair is not None and chair.user is reader


def _chaired(session: Session, tally: Tally | None) -> Chair | None:
    """Return who presided when an item ended; None for one that ended without, or before this was kept."""
    if tally is None or tally.presided is None:
        return None
    kept = tally.presided
    return Chair(session.get_one(User, kept.user_id), session.get_one(Seat, kept.seat_id), kept.basis, True)


def list_ready(session: Session, *, reader: User, today: date) -> list[tuple[Dossier, Readings]]:
    """List the ready dossiers with their legal clocks, the one with the least time left first."""
    ready = list_dossiers(session, reader=reader, states=(dossiers.State.READY,))
    readings = read_many(session, ready, today)
    return sorted(((each, readings[each.id]) for each in ready), key=_urgency)


def list_hearings(
    session: Session, meeting: Meeting, *, reader: User, today: date
) -> list[tuple[Line, Hearing | None]]:
    """List the lines of the agenda in their order, each with its hearing where its dossier is open to `reader`."""
    lines = list_agenda(session, meeting, reader=reader)
    return [
        (line, get_hearing(session, line.item, reader=reader, today=today) if line.item else None) for line in lines
    ]


def list_sittings_of(session: Session, member: User, *, today: date) -> list[Sitting]:
    """List the sittings that `member` is convened to, the next one first."""
    return [
        get_sitting(session, meeting, reader=member, today=today) for meeting in list_sittings(session, member=member)
    ]


def is_live(meeting: Meeting, today: date) -> bool:
    """Tell whether the pages of a meeting change by themselves: it is under way, or convened for today."""
    return meeting.state in RUNNING and (meeting.opened_at is not None or meeting.held_on == today)


def _urgency(each: tuple[Dossier, Readings]) -> tuple[int, int]:
    reading = each[1].decision
    return (reading.remaining if reading else 10_000, each[0].id)


def _conflicts(session: Session, item: AgendaItem) -> Sequence[Declaration]:
    asked = select(Declaration).where(Declaration.item_id == item.id, Declaration.interest == Interest.CONFLICT)
    return session.scalars(asked.options(joinedload(Declaration.user)).order_by(Declaration.id)).all()


def _ballots(session: Session, item: AgendaItem) -> Sequence[Ballot]:
    asked = select(Ballot).where(Ballot.item_id == item.id).options(joinedload(Ballot.user), joinedload(Ballot.seat))
    return session.scalars(asked.order_by(Ballot.seat_id)).all()
