"""What the facts suggest of a member: each ground alone, together, and at its last day."""

from datetime import date

import pytest

from certify.workflows.interests import Ground, Known, is_certain, suggest

DAY = date(2026, 12, 7)


def grounds(**known):
    return suggest(Known(**known), today=DAY, months=24)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        ({}, ()),
        ({"is_of_applicant": True}, (Ground.SAME_ORGANISATION,)),
        ({"has_reported": True}, (Ground.AUTHOR,)),
        ({"competes": True}, (Ground.COMPETITOR,)),
        ({"competes": True, "is_of_applicant": True}, (Ground.SAME_ORGANISATION,)),
        (
            {"has_reported": True, "tied_on": DAY, "competes": True},
            (Ground.AUTHOR, Ground.DECLARED_TIE, Ground.COMPETITOR),
        ),
    ],
)
def test_each_fact_gives_its_ground(known, expected):
    assert grounds(**known) == expected


@pytest.mark.parametrize(
    ("tied_on", "expected"),
    [(date(2024, 12, 7), (Ground.DECLARED_TIE,)), (date(2024, 12, 6), ()), (DAY, (Ground.DECLARED_TIE,))],
)
def test_a_declared_tie_counts_for_the_months_of_the_regulation(tied_on, expected):
    assert grounds(tied_on=tied_on) == expected


def test_only_competition_is_a_mere_warning():
    assert {ground for ground in Ground if not is_certain(ground)} == {Ground.COMPETITOR}
