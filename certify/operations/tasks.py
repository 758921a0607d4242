"""The rulings of a rapporteur on the tasks of a mission: concluded, needed or not, always in writing."""

from __future__ import annotations

from certify.models import Dossier, TaskRuling
from certify.operations.acting import Actor
from certify.operations.measurements import touch
from certify.operations.moves import move_dossier
from certify.queries.relations import roles_on
from certify.queries.tasks import list_tasks
from certify.workflows.dossier import LIFE, Action, Facts
from certify.workflows.errors import Malformed, Refused
from certify.workflows.mission import Settled, Task
from certify.workflows.words import N_


def rule_task(
    dossier: Dossier, task: Task, *, standing: Settled, statement: str, actor: Actor, version: int | None = None
) -> TaskRuling:
    """Conclude the examination of the documents, or say why a visit or a sample is needed or not.

    Raises Stale, NotAllowed, WrongState, Malformed without a statement, Refused for a task that the regulation imposes
    or that was begun already.
    """
    actor.hold(dossier, version)
    LIFE.decide(dossier.state, Action.RULE_TASK, roles_on(actor.session, actor.user, dossier), Facts())
    if not statement:
        raise Malformed(N_("Write your conclusion, or your reason: it is kept with the dossier."))
    assigned = next(each for each in list_tasks(actor.session, dossier, actor.today) if each.task is task)
    if standing not in assigned.rulings:
        raise Refused(
            N_("The regulations of use impose this task: it cannot be set aside.")
            if assigned.known.is_systematic
            else N_("This task has begun or is settled so already: look at where it stands.")
        )
    ruling = TaskRuling(
        dossier_id=dossier.id,
        task=task,
        standing=standing,
        statement=statement,
        ruled_by_id=actor.id,
        ruled_at=actor.at,
    )
    actor.session.add(ruling)
    touch(dossier, actor=actor)
    told = {"task": task, "standing": standing}
    move_dossier(dossier, Action.RULE_TASK, actor=actor, reason=statement, particulars=told)
    return ruling
