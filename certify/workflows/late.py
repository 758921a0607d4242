"""Late items: added once the agenda closed, heard only if every voting member present agrees (`domain.md` §3.4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from certify.workflows.voting import SeatAt


@dataclass(frozen=True)
class Agreement:
    """Where the agreement on a late item stands: the seats whose answer is awaited, and those that refused."""

    awaited: frozenset[int]
    against: frozenset[int]

    @property
    def is_given(self) -> bool:
        """Everybody asked agreed."""
        return not self.awaited and not self.against


def agreement(seats: Iterable[SeatAt], said: Mapping[int, bool]) -> Agreement:
    """Read the answers of the seats that are there now, `said` by the number of the seat.

    A recused seat is out of the base: it is not asked and nothing it said counts. A seat that left, or that has no
    vote, is not asked either; one that arrives before the item opens is.
    """
    asked = {seat.seat_id for seat in seats if seat.is_voting and seat.present and not seat.recused}
    awaited = frozenset(asked - said.keys())
    return Agreement(awaited, frozenset(seat for seat in asked - awaited if not said[seat]))
