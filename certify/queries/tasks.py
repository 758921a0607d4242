"""The tasks of a mission: what was ruled, what is planned, by when, and what still keeps each open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from certify.models import Dossier, Portion, Sample, TaskRuling, Visit, VisitInspector
from certify.queries.deadlines import read_delay
from certify.queries.regulations import get_regulation
from certify.workflows.clock import Reading
from certify.workflows.errors import NotFound
from certify.workflows.mission import Known, Lack, Settled, Task, lack_of, rulings_on
from certify.workflows.visit import AHEAD, State
from certify.workflows.words import N_

CLOSED, UNDER_WAY, TO_COME = N_("Closed"), N_("Under way"), N_("Not decided yet")
"""How a task stands, in few words."""


@dataclass(frozen=True)
class Assigned:
    """One task of a mission: its last ruling, what is known, what keeps it open, its legal delay, and who has it."""

    task: Task
    ruling: TaskRuling | None
    known: Known
    lack: Lack | None
    rulings: tuple[Settled, ...]
    reading: Reading | None
    holders: tuple[str, ...]

    @property
    def is_internal(self) -> bool:
        """Whether the words of its ruling stay between the rapporteur and the committee."""
        return self.task is Task.DOCUMENTS

    @property
    def closed_label(self) -> str:
        """How it stands once closed: done, or not needed."""
        is_aside = self.ruling is not None and self.known.is_needed is False
        return self.ruling.standing.label if is_aside else CLOSED

    @property
    def told_label(self) -> str:
        """How it stands, for the applicant."""
        if self.lack is None:
            return self.closed_label
        return UNDER_WAY if self.task is Task.DOCUMENTS or self.known.is_needed else TO_COME


def list_tasks(session: Session, dossier: Dossier, today: date) -> tuple[Assigned, ...]:
    """List the tasks of a mission; the delay of each runs with the clock of the decision, from the complete file."""
    rulings = {ruling.task: ruling for ruling in list_rulings(session, dossier)}
    found = []
    for task in Task:
        known = known_of(session, dossier, task, rulings.get(task))
        found.append(
            Assigned(
                task=task,
                ruling=rulings.get(task),
                known=known,
                lack=lack_of(task, known),
                rulings=rulings_on(task, known),
                reading=read_delay(session, dossier, str(task), today),
                holders=_holders(session, dossier, task) or _rapporteur(dossier),
            )
        )
    return tuple(found)


def get_task(session: Session, dossier: Dossier, task: str, today: date) -> Assigned:
    """Return one task of a mission by its code, or raise NotFound."""
    found = next((each for each in list_tasks(session, dossier, today) if each.task == task), None)
    if found is None:
        raise NotFound(N_("There is no such task."))
    return found


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


def _rapporteur(dossier: Dossier) -> tuple[str, ...]:
    return (dossier.rapporteur.name,) if dossier.rapporteur else ()


def _holders(session: Session, dossier: Dossier, task: Task) -> tuple[str, ...]:
    """Name who has a task in hand, when that is not the rapporteur: the inspectors of a visit, a laboratory."""
    if task is Task.VISIT:
        ahead = select(Visit).where(Visit.dossier_id == dossier.id, Visit.state.in_(AHEAD)).order_by(Visit.id)
        ahead = ahead.options(selectinload(Visit.named).joinedload(VisitInspector.user))
        return tuple(dict.fromkeys(user.name for visit in session.scalars(ahead) for user in visit.inspectors))
    if task is Task.SAMPLING:
        sent = select(Portion).join(Sample, Sample.id == Portion.sample_id).options(joinedload(Portion.laboratory))
        sent = sent.where(Sample.dossier_id == dossier.id, Portion.sent_at.is_not(None), Portion.submitted_at.is_(None))
        return tuple(dict.fromkeys(portion.laboratory.laboratory_name for portion in session.scalars(sent)))
    return ()
