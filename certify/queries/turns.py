"""Whose turn it is on a dossier, for what, and until when: what its applicant reads first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certify.models import AgendaItem, Complement, ComplementPoint, Dossier, Finding, Licence, Meeting, Reservation
from certify.models.meeting import AwaitedFrom, ItemEnd
from certify.queries.deadlines import read_many
from certify.queries.regulations import get_regulation
from certify.queries.relations import PAPERS_ARE_OUT
from certify.workflows import licence as licences
from certify.workflows.clock import Reading, Runs
from certify.workflows.dossier import State
from certify.workflows.finding import OWED
from certify.workflows.machine import Tone
from certify.workflows.verdict import Verdict, verdict_of

TURNS = {
    State.DRAFT: "draft",
    State.FILED: "checking",
    State.CHECKING: "checking",
    State.COMPLEMENT: "complement",
    State.INADMISSIBLE: "refused",
    State.CONFORMITY: "conformity",
    State.ADJOURNED: "adjourned",
    State.APPROVED: "approved",
    State.APPROVED_WITH_RESERVATIONS: "reservations",
    State.REFUSED: "refused",
    State.WITHDRAWN: "closed",
    State.LAPSED: "closed",
}
"""The card of each state, by the name of its template; where none is named, the file is being examined."""

EXAMINING, LATE, CONTRACT, SIGNING, STOPPED = "examining", "late", "contract", "signing", "stopped"


@dataclass(frozen=True)
class Turn:
    """Whose turn it is: the card that says so, its tone, the last day, how many things it is about.

    `lapses_on` is the last day before silence closes the file; `awaited` what the committee waits for; `meeting_on` the
    day of the convened meeting that has the file on its agenda; `verdict` what a licence that no
    longer allows the label has become.
    """

    card: str
    tone: Tone
    reading: Reading | None = None
    due_on: date | None = None
    count: int = 0
    is_overdue: bool = False
    lapses_on: date | None = None
    awaited: str | None = None
    meeting_on: date | None = None
    verdict: Verdict | None = None

    @property
    def is_yours(self) -> bool:
        """Whether the applicant has something to do."""
        return self.tone is Tone.YOURS

    @property
    def days_late(self) -> int:
        """By how many days the administration is late; 0 when it is not."""
        return max(1, -self.reading.remaining) if self.reading and self.reading.is_late else 0


@dataclass(frozen=True)
class Owed:
    """What an applicant still owes: how many things, the first day by which one is due, the last that counts."""

    count: int
    first_on: date | None
    last_on: date | None


@dataclass(frozen=True)
class Case:
    """What the rows say of one dossier."""

    dossier: Dossier
    reading: Reading | None
    owed: Owed | None
    item: AgendaItem | None
    meeting_on: date | None
    licence: Licence | None


def get_turn(session: Session, dossier: Dossier, today: date) -> Turn:
    """Say whose turn it is on one dossier."""
    return list_turns(session, [dossier], today)[dossier.id]


def list_turns(session: Session, dossiers: Iterable[Dossier], today: date) -> dict[int, Turn]:
    """Say whose turn it is on each dossier, by its number in the table; as many queries for one as for a hundred."""
    dossiers = list(dossiers)
    ids = [dossier.id for dossier in dossiers]
    readings = read_many(session, dossiers, today)
    owed = _complements(session, ids) | _findings(session, ids) | _reservations(session, ids)
    items, licensed = _items(session, ids), _licences(session, ids)
    return {
        dossier.id: _turn(
            Case(
                dossier=dossier,
                reading=readings[dossier.id].current,
                owed=owed.get((dossier.id, dossier.state)),
                item=items.get(dossier.id, (None, None))[0],
                meeting_on=items.get(dossier.id, (None, None))[1],
                licence=licensed.get(dossier.id),
            ),
            today,
        )
        for dossier in dossiers
    }


def _turn(case: Case, today: date) -> Turn:
    """Choose the card: the general one of the state, then what the rows say of it."""
    state = case.dossier.state
    turn = Turn(TURNS.get(state, EXAMINING), state.tone, case.reading)
    if state is State.ADJOURNED and case.item:
        return _adjourned(turn, case, today)
    if state.runs is Runs.RUNNING:
        return _running(turn, case)
    if case.licence is not None:
        return _licensed(turn, case.licence, today)
    if case.owed is None:
        return turn
    first, last = case.owed.first_on, case.owed.last_on
    grace = get_regulation(case.dossier.regulation).delay("complement_grace").limit
    return replace(
        turn,
        due_on=first,
        count=case.owed.count,
        is_overdue=first is not None and first < today,
        lapses_on=last + timedelta(days=grace) if last else None,
    )


def _running(turn: Turn, case: Case) -> Turn:
    """The administration has the file: by when it must decide, whether it is late, when the committee meets."""
    due_on = turn.reading.due_on if turn.reading else None
    turn = replace(turn, due_on=due_on, meeting_on=case.meeting_on)
    return replace(turn, card=LATE, tone=Tone.BAD) if turn.days_late else turn


def _licensed(turn: Turn, licence: Licence, today: date) -> Turn:
    """After an approval the licence says what there is to do: sign, wait, use the label, or stop using it."""
    if licence.state is licences.State.TO_SIGN:
        is_accepted = licence.terms_accepted_at is not None
        return replace(turn, card=SIGNING) if is_accepted else replace(turn, card=CONTRACT, tone=Tone.YOURS)
    verdict = verdict_of(licence.state, licence.valid_from, licence.valid_to, today)
    if verdict in (Verdict.VALID, Verdict.NOT_YET):
        return turn
    return replace(turn, card=STOPPED, tone=verdict.tone, verdict=verdict)


def _adjourned(turn: Turn, case: Case, today: date) -> Turn:
    """Who owes what the committee waits for decides whose turn it is."""
    turn = replace(turn, awaited=case.item.awaited)
    if case.item.awaited_from is AwaitedFrom.ADMINISTRATION:
        return _running(replace(turn, card=EXAMINING, tone=Tone.GOOD), case)
    due_on = case.item.awaited_by
    return replace(turn, due_on=due_on, is_overdue=bool(due_on and due_on < today))


Debts = dict[tuple[int, State], Owed]
"""What is owed, by dossier and the state in which it counts."""


def _complements(session: Session, ids: Sequence[int]) -> Debts:
    is_open = ComplementPoint.answer.is_(None) & ComplementPoint.document_id.is_(None)
    owed = (
        select(Complement.dossier_id, func.count(ComplementPoint.id), Complement.due_on, Complement.due_on)
        .outerjoin(ComplementPoint, (ComplementPoint.complement_id == Complement.id) & is_open)
        .where(Complement.dossier_id.in_(ids), Complement.answered_at.is_(None))
        .group_by(Complement.dossier_id, Complement.id, Complement.due_on)
    )
    return {(dossier_id, State.COMPLEMENT): Owed(*what) for dossier_id, *what in session.execute(owed)}


def _findings(session: Session, ids: Sequence[int]) -> Debts:
    owed = (
        select(Finding.dossier_id, func.count(), func.min(Finding.due_on), func.max(Finding.due_on))
        .where(Finding.dossier_id.in_(ids), Finding.state.in_(OWED))
        .group_by(Finding.dossier_id)
    )
    return {(dossier_id, State.CONFORMITY): Owed(*what) for dossier_id, *what in session.execute(owed)}


def _reservations(session: Session, ids: Sequence[int]) -> Debts:
    owed = (
        select(AgendaItem.dossier_id, func.count(), func.min(Reservation.due_on))
        .join(Reservation, Reservation.item_id == AgendaItem.id)
        .where(
            AgendaItem.dossier_id.in_(ids),
            AgendaItem.ended == ItemEnd.APPROVED_WITH_RESERVATIONS,
            Reservation.lifted_at.is_(None),
        )
        .group_by(AgendaItem.dossier_id)
    )
    state = State.APPROVED_WITH_RESERVATIONS
    return {(dossier_id, state): Owed(count, due_on, None) for dossier_id, count, due_on in session.execute(owed)}


def _items(session: Session, ids: Sequence[int]) -> dict[int, tuple[AgendaItem, date | None]]:
    """Return the latest item of each dossier, with the day of the convened meeting it waits for."""
    asked = (
        select(AgendaItem, Meeting.held_on, Meeting.state)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .where(AgendaItem.dossier_id.in_(ids))
        .order_by(AgendaItem.id)
    )
    return {
        item.dossier_id: (item, held_on if item.closed_at is None and state in PAPERS_ARE_OUT else None)
        for item, held_on, state in session.execute(asked)
    }


def _licences(session: Session, ids: Sequence[int]) -> dict[int, Licence]:
    asked = select(Licence).where(Licence.dossier_id.in_(ids))
    return {licence.dossier_id: licence for licence in session.scalars(asked)}
