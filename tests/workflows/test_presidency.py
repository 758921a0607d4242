"""Who presides: the stated order, and every way in which it could fail."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from certify.workflows.permissions import CHAIRED, COMMITTEE, MAY, Right, Role, in_the_chair
from certify.workflows.presidency import ActingPresident, Basis, Holder, order, presiding

OLDEST, SEATS, NOBODY = ActingPresident.OLDEST_MANDATE, ActingPresident.SEAT_ORDER, ActingPresident.NOBODY


def holder(user_id, seat_id, *, chair=False, alternate=False, since=2026, present=True, recused=False):
    return Holder(user_id, seat_id, chair, alternate, date(since, 1, 1), present, recused)


ROLL = (
    holder(1, 1, chair=True),
    holder(2, 1, chair=True, alternate=True, since=2020),
    holder(3, 2, since=2025),
    holder(4, 3, since=2021),
    holder(5, 4, alternate=True, since=2019),
)


@pytest.mark.parametrize(
    ("acting", "expected"), [(OLDEST, [1, 2, 4, 3, 5]), (SEATS, [1, 2, 3, 4, 5]), (NOBODY, [1, 2])]
)
def test_the_order_is_that_of_the_regulation_whatever_the_order_of_the_roll(acting, expected):
    assert [each.user_id for each in order(ROLL, acting)] == expected
    assert [each.user_id for each in order(ROLL[::-1], acting)] == expected


@pytest.mark.parametrize(
    ("absent", "recused", "expected", "basis"),
    [
        (set(), set(), 1, Basis.TITULAR),
        ({1}, set(), 2, Basis.ALTERNATE),
        (set(), {1}, 2, Basis.ALTERNATE),
        ({1, 2}, set(), 4, Basis.STANDS_IN),
        ({2}, {1}, 4, Basis.STANDS_IN),
        ({1, 2}, {4}, 3, Basis.STANDS_IN),
        ({1, 2, 3, 4}, set(), 5, Basis.STANDS_IN),
    ],
)
def test_the_first_who_is_there_and_not_recused_presides(absent, recused, expected, basis):
    roll = [replace(each, present=each.user_id not in absent, recused=each.user_id in recused) for each in ROLL]
    found = presiding(roll, OLDEST)
    assert (found.user_id, found.basis) == (expected, basis)


def test_nobody_recused_presides_and_nobody_absent_does_while_somebody_is_there():
    for states in product([(True, True), (True, False), (False, True), (False, False)], repeat=len(ROLL)):
        roll = [replace(each, present=p, recused=r) for each, (p, r) in zip(ROLL, states, strict=True)]
        found = presiding(roll, OLDEST)
        assert found is None or not found.recused
        assert found is None or found.present or not any(each.present for each in roll)


def test_nobody_presides_when_all_those_present_are_recused():
    roll = [replace(each, present=each.user_id == 1, recused=each.user_id == 1) for each in ROLL]
    assert presiding(roll, OLDEST) is None
    assert presiding([], OLDEST) is None


def test_a_regulation_may_leave_the_chair_empty():
    roll = [replace(each, present=not each.is_president) for each in ROLL]
    assert presiding(roll, OLDEST).user_id == 4
    assert presiding(roll, NOBODY).user_id == 1, "who presides from afar opens nothing: the operations ask presence"


def test_the_powers_come_with_the_chair_and_go_with_it():
    assert in_the_chair({Role.MEMBER}, presides=True) == {Role.MEMBER, Role.PRESIDENT}
    assert in_the_chair({Role.PRESIDENT, Role.AUDITOR}, presides=False) == {Role.AUDITOR}
    for role in set(Role) - COMMITTEE:
        assert in_the_chair({role}, presides=True) == {role}
    assert in_the_chair(frozenset(), presides=True) == frozenset()


def test_only_what_is_done_at_a_meeting_comes_with_the_chair():
    assert {Right.RULE_ITEM, Right.RECORD_ATTENDANCE} == CHAIRED
    assert all(Role.PRESIDENT in MAY[right] for right in CHAIRED)
    assert Right.READ_INTERESTS not in CHAIRED
