"""The life of a finding, against a second statement of `domain.md` §3.8, for every state, action and role."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from certify.workflows import dossier
from certify.workflows.finding import AWAITING, LIFE, OWED, PENDING, Action, Facts, State, waits_for
from certify.workflows.permissions import Role
from tests.workflows.lives import Law, decided, reached, refusal

LAW = Law("""
noted          send               open           rapporteur
open           propose_plan       plan_proposed  applicant
open           expire_finding     overdue        clock
plan_proposed  accept_plan        plan_accepted  rapporteur
plan_proposed  return_plan        open           rapporteur
plan_proposed  propose_plan       plan_proposed  applicant
plan_accepted  report_correction  corrected      applicant
plan_accepted  expire_finding     overdue        clock
corrected      close_finding      closed         rapporteur
corrected      reject_correction  unresolved     rapporteur
unresolved     report_correction  corrected      applicant
unresolved     propose_plan       plan_proposed  applicant
unresolved     expire_finding     overdue        clock
overdue        report_correction  corrected      applicant
overdue        propose_plan       plan_proposed  applicant
""")

GOOD = Facts(
    has_plan=True,
    plan_is_accepted=True,
    has_reason=True,
    has_proof=True,
    has_verification=True,
    is_critical=True,
    visited_since_proof=True,
    is_past_due=True,
)
"""Facts under which every condition holds."""

BROKEN = [
    *((state, "propose_plan", "has_plan") for state in ("open", "plan_proposed", "unresolved", "overdue")),
    ("plan_proposed", "return_plan", "has_reason"),
    *(
        (state, "report_correction", fact)
        for state in ("plan_accepted", "unresolved", "overdue")
        for fact in ("plan_is_accepted", "has_proof")
    ),
    ("corrected", "close_finding", "has_verification"),
    ("corrected", "close_finding", "visited_since_proof"),
    ("corrected", "reject_correction", "has_reason"),
    *((state, "expire_finding", "is_past_due") for state in ("open", "plan_accepted", "unresolved")),
]


def test_every_state_action_and_role_follows_the_law():
    for state, action, role in product(State, Action, Role):
        assert decided(LIFE, state, action, role, GOOD) == LAW.target(state, action, role, None), (state, action, role)


@pytest.mark.parametrize(("source", "action", "fact"), BROKEN)
def test_a_condition_that_does_not_hold_refuses_with_a_sentence(source, action, fact):
    state, wanted = State(source), Action(action)
    role = next(role for row in LIFE.leaving(state) if row.action is wanted for role in row.who)
    assert refusal(LIFE, state, wanted, role, GOOD) is None
    assert refusal(LIFE, state, wanted, role, replace(GOOD, **{fact: False})).endswith(".")


def test_every_guard_of_the_table_is_broken_once():
    assert sum(len(row.guards) for row in LIFE.table) == len(BROKEN)


def test_a_finding_that_is_not_critical_needs_no_visit():
    facts = replace(GOOD, is_critical=False, visited_since_proof=False)
    assert LIFE.decide(State.CORRECTED, Action.CLOSE_FINDING, {Role.RAPPORTEUR}, facts) is State.CLOSED


def test_every_state_is_reached_and_only_what_is_resolved_ends():
    assert reached(LIFE) == set(State)
    assert [state for state in State if not LIFE.leaving(state)] == [State.CLOSED]


def test_nothing_but_a_verification_resolves():
    assert {row.action for row in LIFE.table if row.target is State.CLOSED} == {Action.CLOSE_FINDING}
    assert set(PENDING) == set(State) - {State.CLOSED}


def test_whose_turn_it_is():
    assert set(OWED) == {State.OPEN, State.PLAN_ACCEPTED, State.UNRESOLVED, State.OVERDUE}
    assert set(AWAITING) == {State.PLAN_PROPOSED, State.CORRECTED}
    assert waits_for(State.CLOSED) is None


def test_the_dossier_is_asked_by_the_same_names_and_the_same_people():
    for action in set(Action) - {Action.SEND}:
        ours = {role for row in LIFE.table if row.action is action for role in row.who}
        moves = [row for row in dossier.LIFE.table if row.action is dossier.Action(action)]
        assert {role for row in moves for role in row.who} == ours
        assert all(row.source is row.target for row in moves)
