"""How every life is tested: against a second, hand-written copy of its law, so that a change shows in the diff."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from certify.workflows.errors import NotAllowed, WorkflowError, WrongState
from certify.workflows.machine import Machine, Term
from certify.workflows.permissions import Role


@dataclass(frozen=True)
class Law:
    """A copy of a life as text: lines of source, action, target, roles, and the outcome where one is given."""

    text: str

    @cache  # noqa: B019 - a handful of laws, kept for the run
    def rows(self) -> list[tuple[str, str, str, frozenset[str], str | None]]:
        """Read the lines; empty ones and remarks are skipped."""
        lines = (line.split() for line in self.text.splitlines() if line.strip() and not line.strip().startswith("#"))
        return [(s, a, t, frozenset(who.split(",")), given[0] if given else None) for s, a, t, who, *given in lines]

    def target(self, state: str, action: str, role: str, given: str | None) -> str | type[WorkflowError]:
        """Return where the law leads, or the refusal it orders."""
        rows = [row for row in self.rows() if row[0] == state and row[1] == action]
        if not rows:
            return WrongState
        rows = [row for row in rows if role in row[3]]
        if not rows:
            return NotAllowed
        return next(row[2] for row in rows if row[4] in (None, given))


def decided(life: Machine, state: Term, action: Term, role: Role, facts: object) -> str | type[WorkflowError]:
    """Return the state the machine leads to, or the kind of its refusal."""
    try:
        return str(life.decide(state, action, {role}, facts))
    except WorkflowError as error:
        return type(error)


def refusal(life: Machine, state: Term, action: Term, role: Role, facts: object) -> str | None:
    """Return the sentence that refuses the move on `facts`, None when it is made."""
    try:
        life.decide(state, action, {role}, facts)
    except WorkflowError as error:
        return error.message
    return None


def reached(life: Machine) -> set[Term]:
    """Return every state that some course leads to."""
    found = {life.initial}
    while more := {row.target for row in life.table if row.source in found} - found:
        found |= more
    return found
