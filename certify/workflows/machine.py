"""The one engine under every life: a table of moves, what it decides, what it offers, and how it draws itself."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Self

from certify.workflows.errors import NotAllowed, Refused, WrongState
from certify.workflows.words import N_


class Term(StrEnum):
    """A word of the field: its stored value, lower case and never renamed, and the label people read (a msgid)."""

    label: str

    def __new__(cls, value: str, label: str, *_more: object) -> Self:
        term = str.__new__(cls, value)
        term._value_ = value
        term.label = label
        return term

    __hash__ = str.__hash__  # equal to its value, so found under it: the hash of enum is that of the name


class Tone(StrEnum):
    """How a state feels to the person who reads it; it gives the colour and the shape beside the word."""

    GOOD = "good"
    YOURS = "yours"
    BAD = "bad"
    QUIET = "quiet"


@dataclass(frozen=True)
class Guard:
    """A condition of the regulation: the sentence that refuses when it does not hold, and the test on the facts."""

    sentence: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True)
class Move:
    """One row of a life: from `source`, `action` leads to `target` when one of `who` asks and every guard holds.

    `given` distinguishes rows that share source and action: the outcome that the facts must bear.
    """

    source: Term
    action: Term
    target: Term
    who: frozenset[Term]
    guards: tuple[Guard, ...] = ()
    given: Term | None = None


def move(source: Term, action: Term, target: Term, *who_and_guards: Term | Guard, given: Term | None = None) -> Move:
    """Write one row: source, action, target, then who may, then the conditions."""
    who = frozenset(part for part in who_and_guards if not isinstance(part, Guard))
    guards = tuple(part for part in who_and_guards if isinstance(part, Guard))
    return Move(source, action, target, who, guards, given)


@dataclass(frozen=True)
class Machine:
    """A life: where it begins and its table of moves, in the order of the regulation (the ordinary course first)."""

    initial: Term
    table: tuple[Move, ...]

    def decide(self, state: Term, action: Term, roles: Collection[Term], facts: Any = None) -> Term:
        """Return the state that follows.

        Raises WrongState when no row leads from `state` by `action`, NotAllowed when none of `roles` may take it,
        Refused with the guard's own sentence when a condition does not hold on `facts`.
        """
        rows = [row for row in self.table if row.source is state and row.action is action]
        if not rows:
            raise WrongState(
                N_("“%(action)s” is not possible while the state is “%(state)s”."), action=action, state=state
            )
        rows = [row for row in rows if row.who.intersection(roles)]
        if not rows:
            raise NotAllowed(N_("Your role does not allow “%(action)s”."), action=action)
        row = next((row for row in rows if row.given is None or row.given is getattr(facts, "outcome", None)), None)
        if row is None:
            raise Refused(N_("No result has been established yet."))
        for guard in row.guards:
            if not guard.holds(facts):
                raise Refused(guard.sentence)
        return row.target

    def offered(self, state: Term, roles: Collection[Term]) -> tuple[Term, ...]:
        """List the actions that `roles` may ask for in `state`, in the order of the table, each once."""
        rows = (row for row in self.table if row.source is state and row.who.intersection(roles))
        return tuple(dict.fromkeys(row.action for row in rows))

    def leaving(self, state: Term) -> tuple[Move, ...]:
        """List the rows that leave `state`; none means that the life ends there."""
        return tuple(row for row in self.table if row.source is state)

    def spine(self, start: Term | None = None) -> tuple[Term, ...]:
        """Follow the ordinary course from `start`: the first row of each state, until the end or a loop."""
        course = [start or self.initial]
        while True:
            onward = (row.target for row in self.leaving(course[-1]) if row.target not in course)
            following = next(onward, None)
            if following is None:
                return tuple(course)
            course.append(following)

    def diagram(self) -> tuple[tuple[Term, tuple[Move, ...]], ...]:
        """Draw the life as data: each state once, the ordinary course first, with the moves that leave it."""
        return tuple((state, self.leaving(state)) for state in self._reached(self.spine()))

    def _reached(self, first: Iterable[Term]) -> tuple[Term, ...]:
        states = dict.fromkeys(first)
        for row in self.table:
            states.setdefault(row.target)
        return tuple(states)
