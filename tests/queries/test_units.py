"""Units: what one is of another, and what is said of one that does not fit."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.queries.measured import Measured, canonical
from certify.queries.regulations import list_regulations
from certify.queries.units import ratio
from certify.workflows.criteria import Answer
from certify.workflows.errors import Malformed

CRITERIA = [one for regulation in list_regulations() for one in regulation.all_criteria if one.answer is Answer.NUMBER]
MOISTURE = next(one for one in CRITERIA if one.code == "honey.moisture")
K232 = next(one for one in CRITERIA if one.unit == "1")


@pytest.mark.parametrize(
    ("unit", "into", "one"),
    [
        ("mg/kg", "%", "0.0001"),
        ("g/100 g", "mg/kg", "10000"),
        ("g/kg", "g/(100 g)", "0.1"),
        ("mL/kg", "mL/(100 g)", "0.1"),
        ("meq O₂/kg", "meq/kg", "1"),
        ("meq/g", "meq/kg", "1000"),
        ("µS/cm", "mS/cm", "0.001"),
        ("μS/cm", "mS/cm", "0.001"),
        ("S/m", "mS/cm", "10"),
        ("ppm", "mg/kg", "1"),
        ("ppb", "mg/kg", "0.001"),
        ("cm", "mm", "10"),
        ("mg/l", "g/L", "0.001"),
    ],
)
def test_one_unit_is_so_many_of_another(unit, into, one):
    assert ratio(unit, into) == Decimal(one)


@pytest.mark.parametrize(
    ("unit", "into"), [("mL", "%"), ("g/L", "%"), ("meq/kg", "mg/kg"), ("mm", "mS/cm"), ("Schade", "%"), ("%", "mm")]
)
def test_what_measures_something_else_is_refused_and_a_fitting_unit_is_named(unit, into):
    with pytest.raises(Malformed, match=f"“{unit}” measures something else .* such as {into}"):
        ratio(unit, into)


@pytest.mark.parametrize("unit", ["e5", "abc", "1", "", "g/0 g", "mg/kg/kg", "g**9999999", "x" * 400, "°"])
def test_what_is_no_unit_is_refused(unit):
    with pytest.raises(Malformed, match="is not a unit known here"):
        ratio(unit, "mg/kg")


def test_a_pure_number_takes_no_unit():
    with pytest.raises(Malformed, match="pure number"):
        canonical(K232, Measured(value="2.1 %"))
    assert canonical(K232, Measured(value="2.1")) == Measured(value="2.1")


def test_every_unit_of_the_regulations_is_known():
    units = {criterion.unit for criterion in CRITERIA} - {"1"}
    assert {unit: ratio(unit, unit) for unit in units} == dict.fromkeys(units, Decimal(1))


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (Measured(value="18,5 %"), Measured(value="18.5")),
        (Measured(value="18.5", unit=" % "), Measured(value="18.5")),
        (
            Measured(value="185,0 g/kg"),
            Measured(value="18.5", unit="g/kg", stated_value="185.0"),
        ),
        (
            Measured(value="١٨٥", uncertainty="± 5", unit="g/kg"),
            Measured(value="18.5", uncertainty="0.5", unit="g/kg", stated_value="185", stated_uncertainty="5"),
        ),
        (Measured(value="18", uncertainty="0,3"), Measured(value="18", uncertainty="0.3")),
        (Measured(uncertainty="0,3", unit="g/kg"), Measured()),
        (Measured(value="1 ppb"), Measured(value="0.0000001", unit="ppb", stated_value="1")),
    ],
)
def test_what_is_typed_is_kept_in_the_unit_of_the_criterion_and_as_it_was_stated(typed, kept):
    assert canonical(MOISTURE, typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        Measured(value="18 g/kg", unit="mg/kg"),
        Measured(value="18", unit="mL"),
        Measured(value="18", uncertainty="-1"),
        Measured(value="18", uncertainty="10 %"),
        Measured(value="999999999999", unit="t/kg"),
    ],
)
def test_what_cannot_be_read_is_refused(typed):
    with pytest.raises(Malformed):
        canonical(MOISTURE, typed)


@settings(max_examples=200, deadline=None)
@given(
    st.decimals(0, 10**6, places=4),
    st.none() | st.decimals(0, 100, places=3),
    st.sampled_from([None, "g/kg", "mg/kg", "µg/kg", "ppm", "g/100 g", "%"]),
)
def test_a_row_kept_is_kept_again_unchanged_and_converts_back(value, uncertainty, unit):
    typed = Measured(value=f"{value:f}", uncertainty=None if uncertainty is None else f"{uncertainty:f}", unit=unit)
    kept = canonical(MOISTURE, typed)
    assert canonical(MOISTURE, kept) == kept
    assert Decimal(kept.value) == value * (ratio(unit, "%") if unit else 1)
