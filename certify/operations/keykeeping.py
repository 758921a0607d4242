"""The keys of the label end each year: its administrators are told in time, once for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from sqlalchemy import select

from certify.models import User, UserRole
from certify.operations.acting import Actor
from certify.operations.outbox import write
from certify.workflows.permissions import Role

NOTICE = timedelta(days=60)
"""So long before a key ends its successor can be made (`trust.ceremony.NEAR`), and is asked for."""


def warn_of_ends(ends: Mapping[str, date], *, actor: Actor) -> None:
    """Write to each administrator of what ends within NOTICE; `ends` holds the last day of each key, by its name."""
    near = {name: last for name, last in ends.items() if last - actor.today <= NOTICE}
    if not near:
        return
    asked = select(User).join(UserRole).where(UserRole.role == Role.ADMINISTRATOR, User.is_active)
    administrators = actor.session.scalars(asked.order_by(User.id)).all()
    for name, last in near.items():
        for user in administrators:
            key = f"key_ending:{name}:{last}:{user.id}"
            write(user, "key_ending", key=key, facts={"key": name, "until": last, "path": "/"}, actor=actor)
