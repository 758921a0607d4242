"""The life of a licence, and how long a validity lasts (`domain.md` §3.6)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest

from certify.workflows.errors import Refused
from certify.workflows.licence import LIFE, Action, Facts, State, last_day
from certify.workflows.permissions import Role
from tests.workflows.lives import Law, decided, reached, refusal

LAW = Law("""
to_sign    sign          active     signatory
to_sign    accept_terms  to_sign    applicant
active     expire        expired    clock
active     suspend       suspended  signatory
active     withdraw      withdrawn  signatory
suspended  reinstate     active     signatory
suspended  withdraw      withdrawn  signatory
suspended  expire        expired    clock
""")

NEEDS = {
    # action: the facts it needs, all others as they are
    "sign": {"terms_are_accepted": True, "is_notified": True},
    "accept_terms": {"terms_are_accepted": False},
    "expire": {"is_past_validity": True},
    "suspend": {"has_reason": True},
    "withdraw": {"has_reason": True},
    "reinstate": {"has_reason": True, "is_past_validity": False},
}


def test_every_state_action_and_role_follows_the_law():
    for state, action, role in product(State, Action, Role):
        facts = Facts(**NEEDS[action])
        assert decided(LIFE, state, action, role, facts) == LAW.target(state, action, role, None), (state, action)


@pytest.mark.parametrize(("source", "action", "_target", "_who", "_given"), LAW.rows())
def test_each_condition_alone_refuses(source, action, _target, _who, _given):
    row = next(row for row in LIFE.leaving(State(source)) if row.action == action)
    good = Facts(**NEEDS[action])
    assert len(row.guards) == len(NEEDS[action])
    for fact, value in NEEDS[action].items():
        said = refusal(LIFE, row.source, row.action, next(iter(row.who)), replace(good, **{fact: not value}))
        assert said.endswith(".")


def test_only_withdrawal_and_expiry_are_final():
    assert reached(LIFE) == set(State)
    assert {state for state in State if not LIFE.leaving(state)} == {State.WITHDRAWN, State.EXPIRED}


def test_time_never_gives_a_licence_back():
    with pytest.raises(Refused):
        LIFE.decide(State.SUSPENDED, Action.REINSTATE, {Role.SIGNATORY}, Facts(has_reason=True, is_past_validity=True))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        (date(2026, 3, 15), date(2029, 3, 14)),
        (date(2026, 1, 1), date(2028, 12, 31)),
        (date(2028, 2, 29), date(2031, 2, 28)),
        (date(2025, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_validity_is_three_years_less_a_day(first, last):
    assert last_day(first, 3) == last
