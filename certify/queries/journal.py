"""The journal read back: does every chain hold, does every state follow from its events?"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import groupby

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from certify.models import CaseStep, CopyCase, Dossier, Event, Licence, Meeting
from certify.workflows import case, dossier, erratum, licence, meeting
from certify.workflows.evidence import GENESIS, fingerprint
from certify.workflows.machine import Machine, Term

SIGNED = str(meeting.State.MINUTES_SIGNED)
BESIDE = {meeting.LIFE: {(SIGNED, str(action), SIGNED) for action in erratum.Action}}
"""What the journal of a meeting keeps besides its moves: the acts of errata, which leave signed minutes signed."""


@dataclass(frozen=True)
class Break:
    """The first place where the journal and the tables disagree."""

    subject: str
    sequence: int
    fault: str


def said(event: Event) -> dict[str, object]:
    """Return everything an event says, the hash of the event before it included: what its own hash covers."""
    return {
        "dossier": event.dossier_id,
        "meeting": event.meeting_id,
        "licence": event.licence_id,
        "sequence": event.sequence,
        "at": event.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": event.actor_id,
        "role": str(event.role),
        "action": event.action,
        "source": event.source,
        "target": event.target,
        "reason": event.reason,
        "documents": event.documents,
        "facts": event.facts,
        "previous": event.previous_hash,
    }


def said_by_step(step: CaseStep) -> dict[str, object]:
    """Return everything a step of a case says, as `said` does of an event."""
    return {
        "case": step.case_id,
        "sequence": step.sequence,
        "at": step.at.astimezone(UTC).isoformat(timespec="microseconds"),
        "actor": step.actor_id,
        "role": str(step.role),
        "action": str(step.action),
        "source": str(step.source),
        "target": str(step.target),
        "reason": step.reason,
        "previous": step.previous_hash,
    }


SUBJECTS = (
    (Dossier, Event.dossier_id, dossier.LIFE, said),
    (Meeting, Event.meeting_id, meeting.LIFE, said),
    (Licence, Event.licence_id, licence.LIFE, said),
    (CopyCase, CaseStep.case_id, case.LIFE, said_by_step),
)


def find_break(session: Session) -> Break | None:
    """Recompute every chain and every state; return the first break, None when all holds."""
    return next(breaks(session), None)


def breaks(session: Session) -> Iterator[Break]:
    """Yield each subject whose chain or state does not hold, at its first fault."""
    for table, column, life, say in SUBJECTS:
        states = dict(session.execute(select(table.id, table.state).order_by(table.id)).all())
        told = column.class_
        events = session.scalars(select(told).where(column.is_not(None)).order_by(column, told.sequence))
        name = table.__tablename__
        for number, chain in groupby(events.yield_per(1000), key=lambda event, at=column.key: getattr(event, at)):
            fault = _fault(list(chain), life, states.pop(number, None), say)
            if fault:
                yield Break(f"{name} {number}", *fault)
        for number, state in states.items():
            if state is not life.initial:
                yield Break(f"{name} {number}", 0, f"is {state} without a single event")


def head_of(session: Session, *, before: datetime) -> tuple[str, int]:
    """Return one hash over all acts of the journal before a moment, and how many they are.

    Acts are events of dossiers, meetings and licences, and steps of cases, in the order of their moments.
    """
    digest, number = sha256(), 0
    for number, act in enumerate(_acts(session, before), 1):  # noqa: B007 - the last one counts
        digest.update(act)
    return _told(digest.digest()), number


def heads_at(session: Session, counts: Collection[int]) -> dict[int, str]:
    """Return that hash over the first acts of the journal, for each count of them that it reaches."""
    digest, found = sha256(), {}
    for number, act in enumerate(_acts(session), 1):
        digest.update(act)
        if number in counts:
            found[number] = _told(digest.digest())
    return found


def _acts(session: Session, before: datetime | None = None) -> Iterator[bytes]:
    acts = union_all(select(Event.at, Event.hash), select(CaseStep.at, CaseStep.hash)).subquery()
    asked = select(acts.c.hash).order_by(acts.c.at, acts.c.hash)
    asked = asked.where(acts.c.at < before) if before else asked
    for each in session.scalars(asked.execution_options(yield_per=1000)):
        yield bytes.fromhex(each)


def _told(digest: bytes) -> str:
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


def _fault(
    chain: Sequence[Event | CaseStep], life: Machine, state: Term | None, say: Callable[..., dict[str, object]]
) -> tuple[int, str] | None:
    """Return the first fault of one chain: (sequence, what is wrong)."""
    previous, stands = GENESIS, str(life.initial)
    moves = {(str(row.source), str(row.action), str(row.target)) for row in life.table} | BESIDE.get(life, set())
    for expected, event in enumerate(chain, 1):
        tests = (
            (event.sequence == expected, f"event {expected} is missing"),
            (event.previous_hash == previous, "does not follow the event before it"),
            (event.hash == fingerprint(say(event)), "does not say what its hash says"),
            (event.source == stands, f"leaves from {event.source}, but the life stood at {stands}"),
            ((event.source, event.action, event.target) in moves, f"no such move in the regulation: {event.action}"),
        )
        wrong = next((fault for holds, fault in tests if not holds), None)
        if wrong:
            return expected, wrong
        previous, stands = event.hash, event.target
    return None if stands == str(state) else (len(chain), f"ends at {stands}, but the table says {state}")
