"""What one row of a grid holds: a value with its uncertainty, the unit it was stated in, and where it comes from.

Numbers are judged in the unit of their criterion; what was stated in another unit is kept beside, as it was stated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import Decimal

from certify.models import Measurement
from certify.queries.units import bare, ratio
from certify.workflows.criteria import Answer, Criterion, Value, parse_value, value_text
from certify.workflows.errors import Malformed
from certify.workflows.evidence import fingerprint
from certify.workflows.uncertainty import parse_uncertainty
from certify.workflows.words import N_, tidy

WITH_UNIT = re.compile(r"([^A-Za-zµμ%‰]*[0-9]) ?([A-Za-zµμ%‰].*)")
FINEST = Decimal("1E-12")
"""What a converted number is rounded to, when it is not exact before: the last place that a value may have."""


@dataclass(frozen=True)
class Measured:
    """What one row of the grid holds: a value in canonical text, and where it comes from.

    `value` and `uncertainty` are in the unit of the criterion. When they were stated in another, `unit` names it, and
    `stated_value` and `stated_uncertainty` keep what was stated. As typed, `unit` is that of `value`.
    """

    value: str | None = None
    method: str | None = None
    laboratory: str | None = None
    measured_on: date | None = None
    evidence_id: int | None = None
    note: str | None = None
    uncertainty: str | None = None
    unit: str | None = None
    stated_value: str | None = None
    stated_uncertainty: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing was found: the name of a method or of a laboratory alone says nothing."""
        return not (self.value or self.evidence_id or self.note)

    @property
    def trace(self) -> str:
        """The fingerprint of what the row holds, by which a page tells that it changed."""
        held = {} if self.is_empty else {name: str(value or "") for name, value in vars(self).items()}
        return fingerprint(held)[:16]

    @property
    def as_stated(self) -> dict[str, str | None]:
        """The value, its uncertainty and its unit as they were typed; no unit is the criterion's own."""
        if self.stated_value is None:
            return {"value": self.value, "uncertainty": self.uncertainty, "unit": self.unit}
        return {"value": self.stated_value, "uncertainty": self.stated_uncertainty, "unit": self.unit}


def measured_of(measurement: Measurement | None) -> Measured:
    """Return what a row of the grid holds; nothing when it was never filled in."""
    if measurement is None:
        return Measured()
    return Measured(**{field.name: getattr(measurement, field.name) for field in fields(Measured)})


def read_value(criterion: Criterion, held: Measured) -> tuple[Value | None, Decimal | None]:
    """Return the value of a row and its uncertainty, ready to be judged."""
    uncertainty = Decimal(held.uncertainty) if held.uncertainty else None
    return parse_value(criterion, held.value or ""), uncertainty


def canonical(criterion: Criterion, row: Measured) -> Measured:
    """Return a row with its numbers in the unit of the criterion, written in one way; an empty one holds nothing.

    A unit may be typed after the number. What is canonical already stays as it is. Raises Malformed with the sentence
    that says what to type.
    """
    row = replace(row, stated_value=None, stated_uncertainty=None, **row.as_stated)
    if criterion.answer is Answer.NUMBER:
        row = _converted(criterion, row)
    else:
        value = parse_value(criterion, row.value or "")
        row = replace(row, value=None if value is None else value_text(value), uncertainty=None, unit=None)
    return Measured() if row.is_empty else row


def _converted(criterion: Criterion, row: Measured) -> Measured:
    number, unit = split_unit(criterion, row.value or "", row.unit or "")
    value, uncertainty = parse_value(criterion, number), parse_uncertainty(row.uncertainty or "")
    if value is None:
        return replace(row, value=None, uncertainty=None, unit=None)
    stated = {"value": value_text(value), "uncertainty": None if uncertainty is None else value_text(uncertainty)}
    if unit is None:
        return replace(row, **stated, unit=None)
    one = ratio(unit, criterion.unit)
    return replace(
        row,
        value=_in(one, value, criterion),
        uncertainty=None if uncertainty is None else _in(one, uncertainty, criterion),
        unit=unit,
        stated_value=stated["value"],
        stated_uncertainty=stated["uncertainty"],
    )


def split_unit(criterion: Criterion, text: str, unit: str) -> tuple[str, str | None]:
    """Part a number from the unit typed after it or beside it; None is the criterion's own.

    Raises Malformed when two units are named that differ.
    """
    found = WITH_UNIT.fullmatch(tidy(text))
    number, after = found.groups() if found else (text, "")
    named = list(dict.fromkeys(filter(None, (bare(after), bare(unit)))))
    if len(named) > 1:
        raise Malformed(N_("Two units are named for this value: leave one out."))
    if not named or named[0] == bare(criterion.unit):
        return number, None
    return number, tidy(after or unit)


def _in(one: Decimal, number: Decimal, criterion: Criterion) -> str:
    """Write a number of another unit in the criterion's; it is exact but beyond the twelfth decimal."""
    found = number * one
    if found.as_tuple().exponent < FINEST.as_tuple().exponent:
        found = found.quantize(FINEST)
    return value_text(parse_value(criterion, f"{found.normalize():f}"))
