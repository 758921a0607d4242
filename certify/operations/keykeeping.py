"""The keys of the label end each year: its administrators are told in time, once for each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from certify.operations.acting import Actor
from certify.operations.outbox import write
from certify.queries.users import list_users_with
from certify.trust.successors import NEAR
from certify.workflows.permissions import Role


def warn_of_ends(ends: Mapping[str, date], *, actor: Actor) -> None:
    """Write to each administrator of what ends within NEAR, when its successor can be made.

    `ends` holds the last day of each key, by its name.
    """
    near = {name: last for name, last in ends.items() if last - actor.today <= NEAR}
    if not near:
        return
    for user in list_users_with(actor.session, Role.ADMINISTRATOR):
        for name, last in near.items():
            key = f"key_ending:{name}:{last}:{user.id}"
            write(user, "key_ending", key=key, facts={"key": name, "until": last, "path": "/"}, actor=actor)
