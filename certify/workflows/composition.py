"""Who sits on the committee, and from when to when: the mandates of its seats (`domain.md` §3.5, §4.2).

A seat has one titular and one alternate at a time, and a person one seat: the quorum counts seats, not people.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from certify.workflows.errors import Malformed, Refused
from certify.workflows.machine import Term
from certify.workflows.words import N_, tidy


class Holding(Term):
    """How a person holds a seat."""

    TITULAR = "titular", N_("Titular")
    ALTERNATE = "alternate", N_("Alternate")


@dataclass(frozen=True)
class Tenure:
    """One person on one seat from `first` to `last`, both days included; `last` is None while it lasts."""

    seat_id: int
    user_id: int
    holding: Holding
    first: date
    last: date | None

    def overlaps(self, other: "Tenure") -> bool:
        """Tell whether the two have a day in common."""
        return self.first <= (other.last or date.max) and other.first <= (self.last or date.max)


def check_seat(code: str, *, is_voting: bool, is_president: bool) -> str:
    """Return the code of a seat in capitals. Raises Malformed when it cannot be one, or presides without a vote."""
    kept = tidy(code).upper()
    if not re.fullmatch(r"[A-Z0-9]{2,20}", kept):
        raise Malformed(N_("Write the code of the seat in 2 to 20 capital letters or figures, such as ONSSA."))
    if is_president and not is_voting:
        raise Malformed(N_("The seat that presides has a vote: it holds the casting vote."))
    return kept


def check_tenure(new: Tenure, others: Iterable[Tenure], held_last: date | None) -> None:
    """Let a mandate begin, or raise the reason why not; `held_last` is the day of the last meeting that was opened.

    Raises Malformed when its days are the wrong way round, and Refused when somebody holds the seat in the same way, or
    the person any seat, in that time, or when it would change who sat at a meeting that was held.
    """
    if new.last is not None and new.last < new.first:
        raise Malformed(N_("The last day comes before the first."))
    check_future(new.first, held_last)
    for other in others:
        if not new.overlaps(other):
            continue
        if other.user_id == new.user_id:
            raise Refused(N_("This person holds a seat in that time already: nobody has two voices."))
        if (other.seat_id, other.holding) == (new.seat_id, new.holding):
            raise Refused(N_("Somebody holds this seat in that time already: end their mandate first."))


def check_end(tenure: Tenure, last: date, held_last: date | None) -> None:
    """Let a mandate end after `last`, or raise Malformed or Refused as `check_tenure` does."""
    if last < tenure.first:
        raise Malformed(N_("The last day comes before the first."))
    if held_last is not None and last < held_last:
        raise Refused(N_("A meeting was held on %(day)s with this mandate: it ends that day or later."), day=held_last)


def check_future(first: date, held_last: date | None) -> None:
    """Raise Refused when a mandate would begin on or before the day of a meeting that was held without it."""
    if held_last is not None and first <= held_last:
        raise Refused(N_("A meeting was held on %(day)s without this mandate: it begins later."), day=held_last)
