"""How the values of many products are spread over a criterion, and where each stands on the line of a drawing."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from statistics import quantiles

WIDTH, MARGIN = Decimal(300), Decimal(12)
"""The length of the line, and what is left free at each end of it."""


@dataclass(frozen=True)
class Spread:
    """Five figures of a distribution (smallest, quartiles, largest), and how many values it has."""

    minimum: Decimal
    q1: Decimal
    median: Decimal
    q3: Decimal
    maximum: Decimal
    count: int


@dataclass(frozen=True)
class Plot:
    """Where each figure of a spread, the limits and the value of the product stand, from the left of the drawing."""

    minimum: float
    q1: float
    median: float
    q3: float
    maximum: float
    limits: tuple[float, ...]
    value: float | None

    @property
    def box(self) -> float:
        """How wide the box is, a hair at least."""
        return max(self.q3 - self.q1, 1.0)


def spread_of(values: Sequence[Decimal]) -> Spread:
    """Return the figures of two values or more; the quartiles take both ends in, as most people compute them."""
    q1, median, q3 = (_plain(quarter) for quarter in quantiles(values, n=4, method="inclusive"))
    return Spread(min(values), q1, median, q3, max(values), len(values))


def plot(spread: Spread, limits: Sequence[Decimal], value: Decimal | None) -> Plot:
    """Lay a spread out on the line, with the limits and the value of the product that are known."""
    marks = [spread.minimum, spread.maximum, *limits, *(() if value is None else (value,))]
    first, last = min(marks), max(marks)
    length = (last - first) or Decimal(1)

    def at(number: Decimal) -> float:
        middle = WIDTH / 2 if last == first else MARGIN + (number - first) / length * (WIDTH - 2 * MARGIN)
        return round(float(middle), 1)

    figures = (at(number) for number in (spread.minimum, spread.q1, spread.median, spread.q3, spread.maximum))
    return Plot(*figures, limits=tuple(at(limit) for limit in limits), value=None if value is None else at(value))


def _plain(number: Decimal) -> Decimal:
    """Write a number without an exponent and without idle zeros, to six decimals."""
    return Decimal(f"{round(number, 6).normalize():f}")
