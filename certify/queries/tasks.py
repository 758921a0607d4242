"""The tasks of a mission: what was ruled, what is planned, by when, and what still keeps each open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from certify.models import Dossier, Portion, Sample, TaskRuling, Visit
from certify.queries.deadlines import read_delay
from certify.queries.regulations import get_regulation
from certify.workflows.clock import Reading
from certify.workflows.mission import Known, Lack, Settled, Task, lack_of, rulings_on
from certify.workflows.visit import AHEAD, State


@dataclass(frozen=True)
class Assigned:
    """One task of a mission: the last ruling on it, what is known, what keeps it open, and its legal delay."""

    task: Task
    ruling: TaskRuling | None
    known: Known
    lack: Lack | None
    rulings: tuple[Settled, ...]
    reading: Reading | None


def list_tasks(session: Session, dossier: Dossier, today: date) -> tuple[Assigned, ...]:
    """List the tasks of a mission; the delay of each runs with the clock of the decision, from the complete file."""
    rulings = {ruling.task: ruling for ruling in list_rulings(session, dossier)}
    found = []
    for task in Task:
        known = known_of(session, dossier, task, rulings.get(task))
        reading = read_delay(session, dossier, str(task), today)
        found.append(Assigned(task, rulings.get(task), known, lack_of(task, known), rulings_on(task, known), reading))
    return tuple(found)


def list_lacks(session: Session, dossier: Dossier) -> frozenset[Lack]:
    """List what keeps the tasks of a dossier open."""
    rulings = {ruling.task: ruling for ruling in list_rulings(session, dossier)}
    lacks = (lack_of(task, known_of(session, dossier, task, rulings.get(task))) for task in Task)
    return frozenset(lack for lack in lacks if lack)


def list_rulings(session: Session, dossier: Dossier) -> Sequence[TaskRuling]:
    """List what was ruled on the tasks of a dossier, the oldest first."""
    asked = select(TaskRuling).where(TaskRuling.dossier_id == dossier.id).options(joinedload(TaskRuling.ruled_by))
    return session.scalars(asked.order_by(TaskRuling.id)).all()


def known_of(session: Session, dossier: Dossier, task: Task, ruling: TaskRuling | None) -> Known:
    """Return what is known of one task, its last ruling given."""
    made, ahead = {Task.VISIT: _visits, Task.SAMPLING: _analyses}.get(task, _nothing)(session, dossier)
    regulation = get_regulation(dossier.regulation)
    imposed = (*regulation.evaluation.systematic_tasks, *regulation.filiere(dossier.product.filiere).systematic)
    return Known(ruling.standing if ruling else None, task in imposed, made, ahead)


def _nothing(session: Session, dossier: Dossier) -> tuple[int, int]:
    return 0, 0


def _visits(session: Session, dossier: Dossier) -> tuple[int, int]:
    states = session.scalars(select(Visit.state).where(Visit.dossier_id == dossier.id)).all()
    return sum(state is State.DONE for state in states), sum(state in AHEAD for state in states)


def _analyses(session: Session, dossier: Dossier) -> tuple[int, int]:
    sent = select(Portion.submitted_at).join(Sample, Sample.id == Portion.sample_id)
    sent = sent.where(Sample.dossier_id == dossier.id, Portion.sent_at.is_not(None))
    found = session.scalars(sent).all()
    return sum(at is not None for at in found), sum(at is None for at in found)
