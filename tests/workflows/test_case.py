"""The life of a case of suspected copies: a person decides, and only the signatory for a whole authorisation."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from certify.workflows.case import LIFE, PENDING, STANDING, Action, Facts, State
from certify.workflows.permissions import Role
from tests.workflows.lives import Law, decided, reached, refusal

LAW = Law("""
open       take_up  examined   secretariat,signatory
open       dismiss  dismissed  secretariat,signatory
open       refer    referred   secretariat,signatory
open       confirm  confirmed  secretariat,signatory
open       alert    alerted    signatory
examined   dismiss  dismissed  secretariat,signatory
examined   refer    referred   secretariat,signatory
examined   confirm  confirmed  secretariat,signatory
examined   alert    alerted    signatory
confirmed  lift     lifted     secretariat,signatory
alerted    lift     lifted     signatory
""")

NEEDS = {
    "take_up": {},
    "dismiss": {"has_reason": True},
    "refer": {"has_reason": True},
    "confirm": {"has_reason": True, "is_of_one_code": True},
    "alert": {"has_reason": True, "is_in_force": True},
    "lift": {"has_reason": True},
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


def test_the_clock_decides_nothing():
    assert not [row for row in LIFE.table if Role.CLOCK in row.who]


def test_what_is_pending_and_what_stands_are_the_states_that_lead_on():
    assert reached(LIFE) == set(State)
    assert {state for state in State if LIFE.leaving(state)} == {*PENDING, *STANDING}
