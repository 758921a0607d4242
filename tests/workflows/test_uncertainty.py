"""The uncertainty of a value: by each decision rule, what conforms; and when the measurement alone cannot tell."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.workflows.criteria import Comparison, Verdict, judge
from certify.workflows.errors import Malformed
from certify.workflows.uncertainty import DecisionRule, is_uncertain, judge_within, parse_uncertainty
from tests.workflows.test_criteria import ABSENT, AT_MOST, NUMBERS, TEXT, criterion

SIMPLE, STRICT, LENIENT = DecisionRule
AT_LEAST = criterion(Comparison.AT_LEAST, lower="8")
BETWEEN = criterion(Comparison.BETWEEN, "630", "2000")


@pytest.mark.parametrize(
    ("grid_row", "value", "uncertainty", "conform", "doubt"),
    [
        (AT_MOST, "19", "0.5", (True, True, True), False),
        (AT_MOST, "19.8", "0.5", (True, False, True), True),
        (AT_MOST, "20.2", "0.5", (False, False, True), True),
        (AT_MOST, "20.6", "0.5", (False, False, False), False),
        (AT_MOST, "19.5", "0.5", (True, True, True), True),
        (AT_MOST, "20.5", "0.5", (False, False, True), True),
        (AT_LEAST, "7.9", "0.2", (False, False, True), True),
        (AT_LEAST, "8.1", "0.2", (True, False, True), True),
        (BETWEEN, "640", "20", (True, False, True), True),
        (BETWEEN, "2100", "20", (False, False, False), False),
        (BETWEEN, "600", "2000", (False, False, True), True),
    ],
)
def test_a_value_is_judged_by_the_rule_of_the_regulation(grid_row, value, uncertainty, conform, doubt):
    value, uncertainty = Decimal(value), Decimal(uncertainty)
    verdicts = [judge_within(grid_row, value, uncertainty, rule) for rule in (SIMPLE, STRICT, LENIENT)]
    assert verdicts == [Verdict.CONFORM if one else Verdict.NOT_CONFORM for one in conform]
    assert is_uncertain(grid_row, value, uncertainty) is doubt


@pytest.mark.parametrize("rule", DecisionRule)
@pytest.mark.parametrize(
    ("grid_row", "value"),
    [(AT_MOST, None), (TEXT, "Thym"), (ABSENT, True), (criterion(Comparison.RECORDED), Decimal(5))],
)
def test_what_no_number_judges_is_left_as_it_is(rule, grid_row, value):
    assert judge_within(grid_row, value, Decimal(1), rule) is judge(grid_row, value)
    assert not is_uncertain(grid_row, value, Decimal(1))


@given(NUMBERS, st.none() | st.just(Decimal(0)), st.sampled_from(DecisionRule))
def test_without_uncertainty_every_rule_compares_the_value(value, uncertainty, rule):
    assert judge_within(AT_MOST, value, uncertainty, rule) is judge(AT_MOST, value)
    assert not is_uncertain(AT_MOST, value, uncertainty)


@given(NUMBERS, st.decimals(0, 100, places=3))
def test_the_rules_differ_only_where_the_limit_lies_within_the_uncertainty(value, uncertainty):
    for grid_row in (AT_MOST, AT_LEAST):
        verdicts = {judge_within(grid_row, value, uncertainty, rule) for rule in DecisionRule}
        assert len(verdicts) == 1 or is_uncertain(grid_row, value, uncertainty)


@pytest.mark.parametrize(
    ("typed", "read"), [("", None), (" ± 0,3 ", "0.3"), ("+/-٠٫٥", "0.5"), ("0", "0"), ("0.30", "0.30")]
)
def test_an_uncertainty_is_read_as_people_type_it(typed, read):
    assert parse_uncertainty(typed) == (None if read is None else Decimal(read))


@pytest.mark.parametrize("typed", ["-1", "10 %", "abc", "<1", "± ±1", "1e3", "NaN"])
def test_an_uncertainty_is_one_positive_number(typed):
    with pytest.raises(Malformed):
        parse_uncertainty(typed)
