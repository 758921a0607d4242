"""Which analysis counts, and the codes on the labels."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.workflows.errors import Malformed
from certify.workflows.numbering import CROCKFORD, make_sample_code, parse_sample_code
from certify.workflows.sampling import Part, Prevailing, prevails

FIRST, SECOND = Part.ANALYSIS, Part.COUNTER_ANALYSIS


@pytest.mark.parametrize(
    ("parts", "rule", "counts"),
    [
        ({FIRST}, Prevailing.COUNTER_ANALYSIS, FIRST),
        ({FIRST, SECOND}, Prevailing.COUNTER_ANALYSIS, SECOND),
        ({FIRST, SECOND}, Prevailing.ANALYSIS, FIRST),
        ({SECOND}, Prevailing.ANALYSIS, SECOND),
        (set(), Prevailing.ANALYSIS, None),
        ({Part.WITNESS}, Prevailing.ANALYSIS, None),
    ],
)
def test_the_regulation_says_which_analysis_counts(parts, rule, counts):
    assert prevails(parts, rule) is counts


@given(st.binary(min_size=7, max_size=7))
def test_a_code_is_read_back_however_it_is_typed(randomness):
    code = make_sample_code(randomness)
    assert parse_sample_code(f" {code.lower().replace('-', ' ')} ") == code


@given(st.binary(min_size=7, max_size=7), st.integers(0, 7), st.sampled_from(CROCKFORD))
def test_one_wrong_character_is_seen(randomness, place, symbol):
    code = make_sample_code(randomness).replace("-", "")
    wrong = code[:place] + symbol + code[place + 1 :]
    if wrong != code:
        with pytest.raises(Malformed):
            parse_sample_code(wrong)


@pytest.mark.parametrize("typed", ["", "4T2X", "4T2X-P8QJ-1", "UUUU-UUUU", "DEM-2026"])
def test_what_is_no_code_is_refused(typed):
    with pytest.raises(Malformed):
        parse_sample_code(typed)


def test_a_code_needs_seven_bytes():
    with pytest.raises(ValueError, match="random bytes"):
        make_sample_code(b"123")
