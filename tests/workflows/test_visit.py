"""The life of a visit, against a second statement of it, for every state, action and role; and what each move asks."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from certify.workflows.permissions import Role
from certify.workflows.visit import AHEAD, LIFE, Action, Facts, State
from tests.workflows.lives import Law, decided, reached, refusal

LAW = Law("""
planned    begin   under_way  rapporteur,inspector
planned    change  planned    rapporteur
planned    cancel  cancelled  rapporteur,clock
under_way  close   done       rapporteur,inspector
under_way  cancel  cancelled  clock
""")

GOOD = Facts(
    inspectors=1, is_to_come=True, is_in_time=True, is_its_day=True, is_named=True, has_reason=True, has_summary=True
)


def test_every_state_action_and_role_follows_the_law():
    for state, action, role in product(State, Action, Role):
        assert decided(LIFE, state, action, role, GOOD) == LAW.target(state, action, role, None), (state, action, role)


def test_each_state_is_reached_and_what_is_ahead_ends():
    assert reached(LIFE) == set(State)
    assert {state for state in State if LIFE.leaving(state)} == set(AHEAD)


@pytest.mark.parametrize(
    ("state", "action", "role", "change", "sentence"),
    [
        ("planned", "change", "rapporteur", {"inspectors": 0}, "Name at least one inspector."),
        (
            *("planned", "change", "rapporteur", {"conflicted": 1}),
            "One of these people has an interest in the dossier: name another.",
        ),
        (
            *("planned", "change", "rapporteur", {"is_to_come": False}),
            "This day has passed. Choose today or a later day.",
        ),
        (
            *("planned", "change", "rapporteur", {"is_in_time": False, "has_reason": False}),
            "This day is after the legal delay for the visit. Choose an earlier day, or write why it must be later.",
        ),
        ("planned", "change", "rapporteur", {"is_in_time": False}, None),
        ("planned", "begin", "inspector", {"is_its_day": False}, "The visit begins on its day, not before."),
        ("planned", "begin", "rapporteur", {"is_named": False}, "You are not one of the inspectors of this visit."),
        ("planned", "cancel", "rapporteur", {"has_reason": False}, "State the reason in writing."),
        ("under_way", "close", "inspector", {"is_named": False}, "You are not one of the inspectors of this visit."),
        ("under_way", "close", "inspector", {"has_summary": False}, "Write how the visit went."),
    ],
)
def test_each_condition_refuses_with_its_sentence(state, action, role, change, sentence):
    facts = replace(GOOD, **change)
    assert refusal(LIFE, State(state), Action(action), Role(role), facts) == sentence
