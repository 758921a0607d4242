"""The spread of values and its drawing, against figures worked out by hand."""

from decimal import Decimal

import pytest

from certify.workflows.distribution import MARGIN, WIDTH, Spread, plot, spread_of


def numbers(*texts):
    return [Decimal(text) for text in texts]


@pytest.mark.parametrize(
    ("values", "figures"),
    [
        (("3", "1", "2", "5", "4"), ("1", "2", "3", "4", "5")),
        (("1", "2", "3", "4"), ("1", "1.75", "2.5", "3.25", "4")),
        (("10", "10", "10", "10", "10"), ("10", "10", "10", "10", "10")),
        (("0.1", "0.2"), ("0.1", "0.125", "0.15", "0.175", "0.2")),
    ],
)
def test_a_spread_has_five_figures_and_its_count(values, figures):
    found = spread_of(numbers(*values))
    assert found == Spread(*numbers(*figures), count=len(values))
    assert [str(figure) for figure in list(vars(found).values())[:5]] == list(figures)


def test_the_drawing_holds_everything_in_order():
    drawn = plot(spread_of(numbers("1", "2", "3", "4", "5")), numbers("9"), Decimal("0"))
    marks = [drawn.value, drawn.minimum, drawn.q1, drawn.median, drawn.q3, drawn.maximum, *drawn.limits]
    assert (marks == sorted(marks), marks[0], marks[-1]) == (True, float(MARGIN), float(WIDTH - MARGIN))


def test_equal_values_are_drawn_in_the_middle_and_can_be_seen():
    drawn = plot(spread_of(numbers("7", "7", "7")), (), None)
    assert (drawn.minimum, drawn.maximum, drawn.box, drawn.value) == (150.0, 150.0, 1.0, None)
