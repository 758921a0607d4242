"""The clock of a demonstration, which anybody may move forward so that delays pass while one looks on."""

from __future__ import annotations

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite

from certify.models import DemonstrationClock
from certify.operations.acting import Actor
from certify.workflows.errors import Malformed
from certify.workflows.words import N_

INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}
FARTHEST = 400
"""The most days of one move; a licence of three years is reached in a few."""


def advance_demonstration(days: int, *, actor: Actor) -> None:
    """Move the demonstration `days` ahead, for everybody; it never goes back. Two moves at once count both.

    Raises Malformed for less than a day, or more than FARTHEST.
    """
    if not 1 <= days <= FARTHEST:
        raise Malformed(N_("Move ahead by 1 to %(most)s days."), most=FARTHEST)
    insert = INSERT[actor.session.get_bind().dialect.name]
    actor.session.execute(insert(DemonstrationClock).values(id=1, days_ahead=0).on_conflict_do_nothing())
    moved = update(DemonstrationClock).values(days_ahead=DemonstrationClock.days_ahead + days)
    actor.session.execute(moved.execution_options(synchronize_session=False))
