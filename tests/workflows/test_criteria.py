"""The review grid: what may be typed, and what the comparison says of it."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.workflows.criteria import (
    Answer,
    CategoryLimit,
    Comparison,
    Criterion,
    LimitStatus,
    Standing,
    Verdict,
    is_blocking,
    judge,
    parse_value,
    value_text,
)
from certify.workflows.errors import Malformed
from certify.workflows.machine import Tone
from certify.workflows.words import Label

NAME = Label("Teneur en eau", "نسبة الماء", "Moisture")
FEW = settings(max_examples=25, deadline=None)
NUMBERS = st.decimals(-1000, 1000, allow_nan=False, allow_infinity=False, places=4)


def criterion(comparison, lower=None, upper=None, unit="%", status=LimitStatus.STANDARD, **more):
    limits = {name: Decimal(limit) for name, limit in (("lower", lower), ("upper", upper)) if limit is not None}
    return Criterion("x.y", NAME, comparison, "source", Standing.DEFAULT, status, True, unit=unit, **limits, **more)


AT_MOST = criterion(Comparison.AT_MOST, upper="20")
ABSENT = criterion(Comparison.ABSENT, unit="")
PRESENT = criterion(Comparison.PRESENT, unit="")
TEXT = criterion(Comparison.RECORDED, unit="")


@pytest.mark.parametrize(
    ("grid_row", "value", "verdict"),
    [
        (AT_MOST, Decimal("20"), Verdict.CONFORM),
        (AT_MOST, Decimal("20.0001"), Verdict.NOT_CONFORM),
        (criterion(Comparison.AT_LEAST, lower="8"), Decimal("8.0"), Verdict.CONFORM),
        (criterion(Comparison.AT_LEAST, lower="8"), Decimal("7.99"), Verdict.NOT_CONFORM),
        (criterion(Comparison.BETWEEN, "630", "2000"), Decimal("630"), Verdict.CONFORM),
        (criterion(Comparison.BETWEEN, "630", "2000"), Decimal("629"), Verdict.NOT_CONFORM),
        (criterion(Comparison.BETWEEN, "630", "2000"), Decimal("2001"), Verdict.NOT_CONFORM),
        (ABSENT, False, Verdict.CONFORM),
        (ABSENT, True, Verdict.NOT_CONFORM),
        (PRESENT, True, Verdict.CONFORM),
        (PRESENT, False, Verdict.NOT_CONFORM),
        (TEXT, "Thymus vulgaris", Verdict.RECORDED),
        (criterion(Comparison.RECORDED), Decimal("99999"), Verdict.RECORDED),
        (AT_MOST, None, Verdict.MISSING),
        (TEXT, None, Verdict.MISSING),
    ],
)
def test_value_is_judged_against_its_limit(grid_row, value, verdict):
    assert judge(grid_row, value) is verdict


@pytest.mark.parametrize(
    ("grid_row", "value"),
    [(AT_MOST, 18.5), (AT_MOST, 18), (AT_MOST, True), (AT_MOST, "18"), (ABSENT, "no"), (TEXT, Decimal(1))],
)
def test_value_of_another_kind_is_never_judged(grid_row, value):
    with pytest.raises(TypeError):
        judge(grid_row, value)


def test_only_a_legal_limit_that_is_not_respected_blocks():
    blocking = {
        (status, verdict)
        for status in LimitStatus
        for verdict in Verdict
        if is_blocking(criterion(Comparison.ABSENT, unit="", status=status), verdict)
    }
    assert blocking == {(LimitStatus.LEGAL, Verdict.NOT_CONFORM)}


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("18.5", "18.5"),
        (" 18,5 ", "18.5"),
        ("18,5 %", "18.5"),
        ("١٨٫٥", "18.5"),
        ("2 000", "2000"),
        ("-0.01", "-0.01"),
        ("\N{MINUS SIGN}0,01", "-0.01"),
        ("\N{RIGHT-TO-LEFT MARK}18.50\N{NO-BREAK SPACE}", "18.50"),
    ],
)
def test_number_is_read_as_people_write_it(typed, value):
    assert parse_value(AT_MOST, typed) == Decimal(value)


@pytest.mark.parametrize(
    "typed", ["1.234,5", "1e3", "NaN", "Infinity", "18 g/kg", "dix", "1..2", ".5", "5.", "²", "--1"]
)
def test_what_is_not_one_number_is_refused(typed):
    with pytest.raises(Malformed, match=r"Enter one number, such as 18\.5"):
        parse_value(AT_MOST, typed)


def test_result_below_detection_says_what_to_enter():
    with pytest.raises(Malformed, match="enter the detection limit itself"):
        parse_value(AT_MOST, "< 0,01")


def test_unit_typed_without_its_space_is_understood():
    assert parse_value(criterion(Comparison.AT_MOST, upper="60", unit="g/(100 g)"), "58,2g/100g") == Decimal("58.2")


@pytest.mark.parametrize(
    ("typed", "value"),
    [("present", True), ("Oui", True), ("نعم", True), ("absent", False), ("No", False), ("لا", False), ("", None)],
)
def test_presence_is_read_in_three_languages(typed, value):
    assert parse_value(ABSENT, typed) is value


def test_presence_that_is_neither_is_refused():
    with pytest.raises(Malformed, match="“perhaps” is neither"):
        parse_value(PRESENT, "perhaps")


def test_text_is_kept_on_one_line_and_not_endless():
    assert parse_value(TEXT, " Thymus\n\x00 satureioides ") == "Thymus satureioides"
    with pytest.raises(Malformed, match="500 characters"):
        parse_value(TEXT, "x" * 501)


@FEW
@given(st.one_of(st.tuples(st.just(AT_MOST), NUMBERS), st.tuples(st.sampled_from([ABSENT, PRESENT]), st.booleans())))
def test_stored_value_is_read_back_unchanged(pair):
    grid_row, value = pair
    assert parse_value(grid_row, value_text(value)) == value


@FEW
@given(st.sampled_from([AT_MOST, ABSENT, TEXT]), st.text(max_size=40))
def test_junk_is_a_value_or_malformed_and_nothing_else(grid_row, junk):
    try:
        value = parse_value(grid_row, junk)
    except Malformed:
        return
    assert judge(grid_row, value) in Verdict
    assert value is None or parse_value(grid_row, value_text(value)) == value


@FEW
@given(NUMBERS, NUMBERS)
def test_every_number_is_at_most_or_above(value, limit):
    at_most, at_least = criterion(Comparison.AT_MOST, upper=limit), criterion(Comparison.AT_LEAST, lower=limit)
    verdicts = (judge(at_most, value), judge(at_least, value))
    assert (verdicts == (Verdict.CONFORM, Verdict.CONFORM)) is (value == limit)
    assert Verdict.CONFORM in verdicts


@pytest.mark.parametrize(
    ("comparison", "lower", "upper"),
    [
        (Comparison.AT_MOST, None, None),
        (Comparison.AT_MOST, "1", "2"),
        (Comparison.AT_LEAST, None, "2"),
        (Comparison.BETWEEN, "1", None),
        (Comparison.BETWEEN, "2", "1"),
        (Comparison.RECORDED, None, "1"),
        (Comparison.ABSENT, "1", None),
    ],
)
def test_criterion_with_limits_that_do_not_fit_is_refused(comparison, lower, upper):
    with pytest.raises(ValueError, match=r"x\.y"):
        criterion(comparison, lower, upper)


def test_limit_without_unit_is_refused():
    with pytest.raises(ValueError, match="write 1 for a pure number"):
        criterion(Comparison.AT_MOST, upper="1", unit="")


def test_declared_category_gives_its_own_limit():
    extra = CategoryLimit("extra", Comparison.AT_MOST, upper=Decimal("0.8"))
    acidity = criterion(Comparison.AT_MOST, upper="3.3", by_category=(extra,))
    assert [acidity.for_category(name).upper for name in ("extra", "other", None)] == [
        Decimal("0.8"),
        Decimal("3.3"),
        Decimal("3.3"),
    ]


def test_criterion_of_some_categories_is_not_demanded_while_none_is_declared():
    reserved = criterion(Comparison.RECORDED, categories=("milk",))
    assert (reserved.for_category("milk").mandatory, reserved.for_category(None).mandatory) == (True, False)


@pytest.mark.parametrize(
    ("grid_row", "answer", "limit"),
    [
        (AT_MOST, Answer.NUMBER, "≤ 20 %"),
        (criterion(Comparison.AT_LEAST, lower="60", unit="g/(100 g)"), Answer.NUMBER, "≥ 60 g/100 g"),
        (criterion(Comparison.BETWEEN, "20", "50", unit="1"), Answer.NUMBER, "20 – 50"),
        (criterion(Comparison.RECORDED), Answer.NUMBER, ""),
        (TEXT, Answer.TEXT, ""),
        (ABSENT, Answer.PRESENCE, ""),
    ],
)
def test_criterion_says_how_it_is_answered_and_its_limit(grid_row, answer, limit):
    assert (grid_row.answer, grid_row.limit_shown) == (answer, limit)


def test_choices_put_the_conforming_answer_first():
    assert [judge(row, parse_value(row, row.choices[0][0])) for row in (ABSENT, PRESENT)] == [Verdict.CONFORM] * 2
    assert [judge(row, parse_value(row, row.choices[1][0])) for row in (ABSENT, PRESENT)] == [Verdict.NOT_CONFORM] * 2


def test_verdict_has_a_tone():
    assert [verdict.tone for verdict in Verdict] == [Tone.GOOD, Tone.BAD, Tone.QUIET, Tone.YOURS]
