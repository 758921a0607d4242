"""The life of a meeting, against a second statement of `domain.md` §3.4."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from certify.workflows.errors import Refused
from certify.workflows.meeting import LIFE, Action, Facts, State, timetable
from certify.workflows.permissions import Role
from tests.workflows.lives import Law, decided, reached, refusal

LAW = Law("""
draft            convene            convened         secretariat
draft            cancel             cancelled        secretariat
convened         open               open             president
convened         declare_no_quorum  no_quorum        president
convened         postpone           postponed        secretariat
convened         cancel             cancelled        secretariat
open             close              closed           president
open             suspend            suspended        president
suspended        resume             open             president
suspended        close              closed           president
closed           draw_up_minutes    minutes_drafted  secretariat
minutes_drafted  attest_minutes     minutes_attested secretariat
minutes_drafted  correct_minutes    closed           secretariat,president
minutes_attested sign_minutes       minutes_signed   president
minutes_attested correct_minutes    closed           secretariat,president
""")

GOOD = Facts(
    items=1, seats=4, notice_is_kept=True, is_its_day=True, has_quorum=True, has_reason=True, is_another_hand=True
)

BROKEN = [
    ("draft", "convene", "seats", 0),
    ("draft", "convene", "items", 0),
    ("draft", "convene", "notice_is_kept", False),
    ("draft", "cancel", "has_reason", False),
    ("convened", "open", "is_its_day", False),
    ("convened", "open", "has_quorum", False),
    ("convened", "declare_no_quorum", "is_its_day", False),
    ("convened", "declare_no_quorum", "has_quorum", True),
    ("convened", "postpone", "has_reason", False),
    ("convened", "cancel", "has_reason", False),
    ("open", "close", "items_in_deliberation", 1),
    ("open", "suspend", "items_in_deliberation", 1),
    ("suspended", "close", "items_in_deliberation", 1),
    ("closed", "draw_up_minutes", "items_unsettled", 1),
    ("minutes_drafted", "attest_minutes", "items_unsettled", 1),
    ("minutes_drafted", "attest_minutes", "remarks_open", 1),
    ("minutes_drafted", "attest_minutes", "approvals_awaited", 1),
    ("minutes_attested", "sign_minutes", "items_unsettled", 1),
    ("minutes_attested", "sign_minutes", "is_another_hand", False),
    ("minutes_attested", "correct_minutes", "has_reason", False),
    ("minutes_drafted", "correct_minutes", "has_reason", False),
]


@pytest.mark.parametrize("quorum", [True, False])
def test_every_state_action_and_role_follows_the_law(quorum):
    facts = replace(GOOD, has_quorum=quorum)
    for state, action, role in product(State, Action, Role):
        expected = LAW.target(state, action, role, None)
        if isinstance(expected, str) and action is (Action.DECLARE_NO_QUORUM if quorum else Action.OPEN):
            expected = Refused
        assert decided(LIFE, state, action, role, facts) == expected, (state, action, role)


@pytest.mark.parametrize(("source", "action", "fact", "value"), BROKEN)
def test_a_condition_that_does_not_hold_refuses_with_a_sentence(source, action, fact, value):
    state, wanted = State(source), Action(action)
    facts = replace(GOOD, has_quorum=wanted is not Action.DECLARE_NO_QUORUM)
    role = next(role for row in LIFE.leaving(state) if row.action is wanted for role in row.who)
    assert refusal(LIFE, state, wanted, role, facts) is None
    assert refusal(LIFE, state, wanted, role, replace(facts, **{fact: value})).endswith(".")


def test_every_guard_of_the_table_is_broken_once():
    assert sum(len(row.guards) for row in LIFE.table) == len(BROKEN)


def test_every_state_is_reached_and_only_the_ends_end():
    assert reached(LIFE) == set(State)
    ends = {state for state in State if not LIFE.leaving(state)}
    assert ends == {State.MINUTES_SIGNED, State.NO_QUORUM, State.POSTPONED, State.CANCELLED}


def test_time_to_read_approves_as_words_do_and_never_an_open_remark():
    waiting = replace(GOOD, approvals_awaited=2, reading_is_over=True)
    role = Role.SECRETARIAT
    assert decided(LIFE, State.MINUTES_DRAFTED, Action.ATTEST_MINUTES, role, waiting) == "minutes_attested"
    assert refusal(LIFE, State.MINUTES_DRAFTED, Action.ATTEST_MINUTES, role, replace(waiting, remarks_open=1))


def test_only_the_president_signs():
    assert [row.who for row in LIFE.table if row.action is Action.SIGN_MINUTES] == [frozenset({Role.PRESIDENT})]


@pytest.mark.parametrize(
    ("starts_at", "items", "hours"),
    [("09:30", 3, ("09:30", "09:50", "10:10", "10:30")), ("23:50", 1, ("23:50", "00:10")), ("10:00", 0, ("10:00",))],
)
def test_timetable_gives_each_item_its_minutes(starts_at, items, hours):
    assert timetable(starts_at, items, 20) == hours
