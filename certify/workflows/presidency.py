"""Who presides: an order stated beforehand, asked of the roll at each moment and for each item (`domain.md` §3.5).

The titular of the presiding seat, else its alternate, else the other voting seats in the order of the regulation: the
first who is there and is not recused. Nobody appoints anybody, so two people never preside at once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from certify.workflows.machine import Term
from certify.workflows.words import N_


class ActingPresident(StrEnum):
    """Which other voting seat presides in the absence of the presiding one: a parameter of the regulation."""

    OLDEST_MANDATE = "oldest_mandate"
    """Titulars before alternates, the oldest mandate first, then the seat that was made first."""
    SEAT_ORDER = "seat_order"
    """Titulars before alternates, in the order in which the seats were made."""
    NOBODY = "nobody"
    """None: without the presiding seat there is no deliberation."""


class Basis(Term):
    """Why somebody presides."""

    TITULAR = "titular", N_("titular of the seat that presides")
    ALTERNATE = "alternate", N_("alternate of the seat that presides, in the absence of its titular")
    STANDS_IN = "stands_in", N_("first in the order of the regulation, the seat that presides being absent or recused")


@dataclass(frozen=True)
class Holder:
    """Somebody with a mandate on a voting seat; `present` there now, `recused` from what is dealt with."""

    user_id: int
    seat_id: int
    is_president: bool
    is_alternate: bool
    since: date
    present: bool
    recused: bool

    @property
    def basis(self) -> Basis:
        """Why this person presides, when they do."""
        if not self.is_president:
            return Basis.STANDS_IN
        return Basis.ALTERNATE if self.is_alternate else Basis.TITULAR


def order(roll: Iterable[Holder], acting: ActingPresident) -> tuple[Holder, ...]:
    """List who may preside, the first to be asked first; people present and absent alike."""
    chair = sorted((each for each in roll if each.is_president), key=lambda each: each.is_alternate)
    others = [each for each in roll if not each.is_president and acting is not ActingPresident.NOBODY]
    by_age = acting is ActingPresident.OLDEST_MANDATE
    others.sort(key=lambda each: (each.is_alternate, each.since if by_age else date.min, each.seat_id, each.user_id))
    return (*chair, *others)


def presiding(roll: Iterable[Holder], acting: ActingPresident) -> Holder | None:
    """Return who presides: the first of the order who is present and not recused; None when nobody may.

    While nobody at all is present, the first who is not recused does what needs no presence: declares that the quorum
    is missing, rules on a conflict before the day.
    """
    line = order(tuple(roll), acting)
    if any(each.present for each in line):
        line = tuple(each for each in line if each.present)
    return next((each for each in line if not each.recused), None)
