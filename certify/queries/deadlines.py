"""The two legal clocks of a dossier, read each time from what happened to it (law 55-19, `domain.md` §3.3).

Completeness runs from filing until the file is admissible or not; the decision from the complete file until the signed
decision. What was adjourned stops the clock, unless it is the administration that owes what the committee waits for.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from certify.models import AgendaItem, Dossier, Event
from certify.models.meeting import AwaitedFrom, ItemEnd
from certify.queries.calendar import MOROCCAN_HOLIDAYS, casablanca_today
from certify.queries.regulations import get_regulation
from certify.workflows.clock import Moment, Reading, Runs, read
from certify.workflows.dossier import COMPLETENESS, DECISION, State


@dataclass(frozen=True)
class Readings:
    """Both clocks of one dossier, and the delay of its visit; None for what has not started."""

    completeness: Reading | None
    decision: Reading | None
    visit: Reading | None = None

    @property
    def current(self) -> Reading | None:
        """The clock that counts now: the decision's once it has started, else that of completeness."""
        return self.decision or self.completeness


def completeness_reading(session: Session, dossier: Dossier, today: date) -> Reading | None:
    """Read the clock of completeness at the end of `today`; None before filing."""
    return read_many(session, [dossier], today)[dossier.id].completeness


def decision_reading(session: Session, dossier: Dossier, today: date) -> Reading | None:
    """Read the clock of the decision at the end of `today`; None until the file is complete."""
    return read_many(session, [dossier], today)[dossier.id].decision


def read_many(session: Session, dossiers: Iterable[Dossier], today: date) -> dict[int, Readings]:
    """Read both clocks of each dossier, by its number in the table, with two queries however many there are."""
    dossiers = list(dossiers)
    moves, adjournments = _moves_of(session, dossiers), _adjournments_of(session, dossiers)
    return {
        dossier.id: Readings(
            completeness=_read(dossier, "completeness", moments(moves[dossier.id], COMPLETENESS), today),
            decision=_read(dossier, "decision", moments(moves[dossier.id], DECISION, adjournments[dossier.id]), today),
            visit=_read(dossier, "visit", moments(moves[dossier.id], DECISION, adjournments[dossier.id]), today),
        )
        for dossier in dossiers
    }


def read_delay(session: Session, dossier: Dossier, delay: str, today: date) -> Reading | None:
    """Read a delay that runs and stops with the clock of the decision; None until the file is complete."""
    moves, adjournments = _moves_of(session, [dossier]), _adjournments_of(session, [dossier])
    return _read(dossier, delay, moments(moves[dossier.id], DECISION, adjournments[dossier.id]), today)


def moments(
    moves: Sequence[Row], clock: Mapping[State, Runs], awaited_from: Sequence[AwaitedFrom | None] = ()
) -> list[Moment]:
    """Turn moves (`at`, `target`), oldest first, into what they do to `clock`; states it does not know end it.

    A clock starts with the first state it knows. `awaited_from` says, in order, who owes what each adjournment awaits.
    """
    owed = iter(awaited_from)
    found = []
    for move in moves:
        target = State(move.target)
        runs = clock.get(target, Runs.ENDED)
        if target is State.ADJOURNED and next(owed, None) is AwaitedFrom.ADMINISTRATION:
            runs = Runs.RUNNING
        if found or target in clock:
            found.append(Moment(casablanca_today(move.at), runs))
    return found


def _read(dossier: Dossier, delay: str, span: Sequence[Moment], today: date) -> Reading | None:
    return read(span, get_regulation(dossier.regulation).delay(delay), MOROCCAN_HOLIDAYS, today) if span else None


def _moves_of(session: Session, dossiers: Sequence[Dossier]) -> Mapping[int, list[Row]]:
    found = defaultdict(list)
    asked = (
        select(Event.dossier_id, Event.at, Event.target)
        .where(Event.dossier_id.in_([dossier.id for dossier in dossiers]))
        .order_by(Event.dossier_id, Event.sequence)
    )
    for row in session.execute(asked):
        found[row.dossier_id].append(row)
    return found


def _adjournments_of(session: Session, dossiers: Sequence[Dossier]) -> Mapping[int, list[AwaitedFrom | None]]:
    found = defaultdict(list)
    asked = (
        select(AgendaItem.dossier_id, AgendaItem.awaited_from)
        .where(AgendaItem.dossier_id.in_([dossier.id for dossier in dossiers]), AgendaItem.ended == ItemEnd.ADJOURNED)
        .order_by(AgendaItem.dossier_id, AgendaItem.closed_at, AgendaItem.id)
    )
    for row in session.execute(asked):
        found[row.dossier_id].append(row.awaited_from)
    return found
