"""Units of measurement: how much one is of another. No session is needed.

pint computes, on the table of `reference/units.txt` alone: three megabytes and a sixth of a second at the start of a
worker, where its own table of a thousand units takes twenty and twice the time.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from certify.workflows.errors import Malformed
from certify.workflows.words import N_, tidy

if TYPE_CHECKING:
    import pint

PART = r"(\d{0,6})([A-Za-zµ%‰]{1,20})"
UNIT = re.compile(rf"{PART}(?:/\(?{PART}\)?)?")
"""A unit as laboratories write it, without spaces: a name, or one for each so many of another (`g/100g`)."""

USUAL = (
    *("%", "g/100 g", "g/kg", "mg/kg", "µg/kg", "g/L", "mg/L", "mL/100 g", "mL/kg", "meq/kg", "meq/g"),
    *("mm", "µm", "cm", "mS/cm", "µS/cm", "S/m", "Schade"),
)
"""What is proposed to whoever typed a unit that does not fit."""


def bare(unit: str) -> str:
    """Write a unit without what changes nothing of it: spaces, brackets, the other µ, the oxygen of a peroxide."""
    text = tidy(unit).replace("μ", "µ").replace("₂", "2").replace("(", "").replace(")", "")
    return re.sub(r"(?<=meq)O2(?=/)", "", text.replace(" ", ""))


def ratio(unit: str, into: str) -> Decimal:
    """Return how many `into` make one `unit`, exactly: 0.0001 for mg/kg into %.

    Raises Malformed when the unit is not known, or measures something else.
    """
    return _ratio(bare(unit), bare(into))


@lru_cache(maxsize=256)
def _ratio(unit: str, into: str) -> Decimal:
    if into == "1":
        raise Malformed(N_("This criterion is a pure number: enter it without a unit."))
    one, other = _quantity(unit), _quantity(into)
    if one is None:
        sentence = N_("“%(unit)s” is not a unit known here. Enter one such as %(usual)s.")
        raise Malformed(sentence, unit=unit, usual=_usual(into))
    if other is None or one.dimensionality != other.dimensionality:
        sentence = N_("“%(unit)s” measures something else than this criterion asks. Enter a unit such as %(usual)s.")
        raise Malformed(sentence, unit=unit, usual=_usual(into))
    return (one / other).to_base_units().magnitude


def _usual(into: str) -> str:
    """Name a few units that fit, the one asked for first."""
    asked = _quantity(into)
    fitting = [unit for unit in USUAL if asked is not None and _quantity(bare(unit)).check(asked.dimensionality)]
    return " · ".join(dict.fromkeys((_shown(into), *fitting[:4])))


def _shown(unit: str) -> str:
    return next((usual for usual in USUAL if bare(usual) == unit), unit)


def _quantity(unit: str) -> pint.Quantity | None:
    """Return one `unit` as a quantity; None when it is not known. A pure number is no unit."""
    found = UNIT.fullmatch(unit)
    if not found:
        return None
    many, name, each, other = found.groups()
    registry = _registry()
    try:
        top = registry.Quantity(Decimal(many or 1), name)
        return top / registry.Quantity(Decimal(each or 1), other) if other else top
    except (AttributeError, ArithmeticError):  # UndefinedUnitError is an AttributeError
        return None


@cache
def _registry() -> pint.UnitRegistry:
    import pint  # noqa: PLC0415 - large, and loaded by who compares measurements

    text = files("certify").joinpath("reference", "units.txt").read_text("utf-8")
    registry = pint.UnitRegistry(None, non_int_type=Decimal, cache_folder=None)
    registry.load_definitions(text.splitlines())
    return registry
