"""Mandates never give two voices, and never change who sat at a meeting that was held."""

from datetime import date
from itertools import product

import pytest

from certify.workflows.composition import Holding, Tenure, check_end, check_tenure
from certify.workflows.errors import Malformed, Refused

TITULAR, ALTERNATE = Holding.TITULAR, Holding.ALTERNATE


def day(number):
    return None if number is None else date(2026, 1, number)


def tenure(seat, user, holding, first, last):
    return Tenure(seat, user, holding, day(first), day(last))


SPANS = ((5, 10), (10, 12), (11, None), (1, 4), (1, None), (6, 6))


@pytest.mark.parametrize(("one", "other"), list(product(SPANS, repeat=2)))
def test_two_spans_overlap_when_they_share_a_day(one, other):
    shared = set(range(one[0], (one[1] or 31) + 1)) & set(range(other[0], (other[1] or 31) + 1))
    assert tenure(1, 1, TITULAR, *one).overlaps(tenure(2, 2, TITULAR, *other)) is bool(shared)


@pytest.mark.parametrize(
    ("other", "is_refused"),
    [
        ((1, 9, TITULAR, 1, None), True),
        ((1, 9, TITULAR, 1, 5), True),
        ((1, 9, TITULAR, 1, 4), False),
        ((1, 9, ALTERNATE, 1, None), False),
        ((2, 9, TITULAR, 1, None), False),
        ((2, 7, TITULAR, 1, None), True),
        ((1, 7, ALTERNATE, 8, None), True),
        ((2, 7, ALTERNATE, 1, 4), False),
    ],
)
def test_nobody_has_two_voices_and_no_seat_two_titulars(other, is_refused):
    new = tenure(1, 7, TITULAR, 5, None)
    if is_refused:
        with pytest.raises(Refused, match="in that time already"):
            check_tenure(new, [tenure(*other)], None)
    else:
        check_tenure(new, [tenure(*other)], None)


def test_a_mandate_ends_no_earlier_than_it_begins():
    with pytest.raises(Malformed):
        check_tenure(tenure(1, 7, TITULAR, 5, 4), [], None)
    with pytest.raises(Malformed):
        check_end(tenure(1, 7, TITULAR, 5, None), day(4), None)


@pytest.mark.parametrize(("first", "is_refused"), [(4, True), (5, True), (6, False)])
def test_a_meeting_that_was_held_keeps_who_sat_there(first, is_refused):
    if is_refused:
        with pytest.raises(Refused, match="begins later"):
            check_tenure(tenure(1, 7, TITULAR, first, None), [], day(5))
    else:
        check_tenure(tenure(1, 7, TITULAR, first, None), [], day(5))


@pytest.mark.parametrize(("last", "is_refused"), [(4, True), (5, False), (6, False)])
def test_a_mandate_outlives_the_last_meeting_it_served(last, is_refused):
    if is_refused:
        with pytest.raises(Refused, match="with this mandate"):
            check_end(tenure(1, 7, TITULAR, 1, None), day(last), day(5))
    else:
        check_end(tenure(1, 7, TITULAR, 1, None), day(last), day(5))
