"""The yearly declaration of interests of whoever sits on the committee (`domain.md` §3.5), and its reminders."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from sqlalchemy import select

from certify.models import DeclaredTie, Mandate, User, YearlyDeclaration
from certify.operations.acting import Actor
from certify.operations.meetings import need
from certify.operations.outbox import write
from certify.queries.committee import in_force
from certify.queries.declared import find_named, has_declared
from certify.queries.regulations import get_regulation_in_force
from certify.workflows.errors import Malformed
from certify.workflows.interests import Nature, Span, check_tie
from certify.workflows.permissions import Right
from certify.workflows.words import N_


class StatedTie(Protocol):
    """A tie as somebody states it; `organisation` is a name, or an ICE."""

    organisation: str
    nature: Nature
    since: date | None
    until: date | None
    statement: str | None


def declare_year(ties: Sequence[StatedTie], *, actor: Actor) -> YearlyDeclaration:
    """Declare one's interests for the year: no tie, or all of them; it supersedes what was declared before.

    Raises NotAllowed for whoever does not sit on the committee, Malformed for a tie that cannot be.
    """
    need(actor, Right.DECLARE_INTEREST)
    for tie in ties:
        if not tie.organisation:
            raise Malformed(N_("Name the organisation."))
        check_tie(tie.nature, Span(tie.since, tie.until), tie.statement, actor.today)
    stated = {"user_id": actor.id, "year": actor.today.year, "tie_count": len(ties), "declared_at": actor.at}
    declaration = YearlyDeclaration(**stated)
    actor.session.add(declaration)
    actor.session.flush()
    for tie in ties:
        known = find_named(actor.session, tie.organisation)
        declaration.ties.append(
            DeclaredTie(
                organisation_name=tie.organisation,
                organisation_id=known.id if known else None,
                nature=tie.nature,
                since=tie.since,
                until=tie.until,
                statement=tie.statement,
            )
        )
    actor.session.flush()
    return declaration


def remind_declaration(user: User, actor: Actor) -> None:
    """Remind somebody who sits on the committee and owes the declaration of the year, on the days of the regulation."""
    mandate = select(Mandate.starts_on).where(Mandate.user_id == user.id, in_force(actor.today))
    begun = actor.session.scalars(mandate.order_by(Mandate.starts_on)).first()
    if begun is None or not user.is_active or has_declared(actor.session, user, actor.today):
        return
    since = max(begun, date(actor.today.year, 1, 1))
    committee = get_regulation_in_force(actor.today).committee
    reached = [day for day in committee.declaration_reminder_days if (actor.today - since).days + 1 >= day]
    if reached:
        key = f"declaration_due:{actor.today.year}:{since}:{max(reached)}:{user.id}"
        facts = {"year": actor.today.year, "path": "/committee/interests/new"}
        write(user, "declaration_due", key=key, facts=facts, actor=actor)
