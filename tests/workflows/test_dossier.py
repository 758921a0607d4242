"""The life of a dossier, against a second statement of `domain.md` §3.3, for every state, action and role."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from certify.workflows.clock import Runs
from certify.workflows.dossier import COMPLETENESS, DECISION, LIFE, Action, Facts, State
from certify.workflows.errors import Refused
from certify.workflows.mission import Lack
from certify.workflows.permissions import Role
from certify.workflows.voting import Outcome
from tests.workflows.lives import Law, decided, reached, refusal

LAW = Law("""
# 1-7  filing and completeness
draft         file                  filed         applicant
filed         take_up               checking      secretariat
filed         deem_complete         admissible    clock
checking      declare_admissible    admissible    secretariat
checking      request_complement    complement    secretariat
checking      declare_inadmissible  inadmissible  secretariat
checking      deem_complete         admissible    clock
complement    answer_complement     checking      applicant
complement    lapse                 lapsed        clock
# 8-13  examination
admissible    appoint_rapporteur    examination   secretariat
examination   submit_report         ready         rapporteur
examination   require_conformity    conformity    rapporteur
examination   take_sample           examination   rapporteur
examination   send_sample           examination   rapporteur
examination   submit_results        examination   laboratory
conformity    send_sample           conformity    rapporteur
conformity    submit_results        conformity    laboratory
examination   rule_task             examination   rapporteur
conformity    rule_task             conformity    rapporteur
examination   plan_visit            examination   rapporteur
examination   change_visit          examination   rapporteur
examination   cancel_visit          examination   rapporteur
examination   begin_visit           examination   rapporteur,inspector
examination   close_visit           examination   rapporteur,inspector
conformity    plan_visit            conformity    rapporteur
conformity    change_visit          conformity    rapporteur
conformity    cancel_visit          conformity    rapporteur
conformity    begin_visit           conformity    rapporteur,inspector
conformity    close_visit           conformity    rapporteur,inspector
conformity    prove_conformity      examination   applicant
conformity    propose_plan          conformity    applicant
conformity    accept_plan           conformity    rapporteur
conformity    return_plan           conformity    rapporteur
conformity    report_correction     conformity    applicant
examination   close_finding         examination   rapporteur
examination   reject_correction     examination   rapporteur
conformity    close_finding         conformity    rapporteur
conformity    reject_correction     conformity    rapporteur
conformity    expire_finding        conformity    clock
conformity    pass_over             ready         rapporteur
conformity    lapse                 lapsed        clock
# 14-19  committee
ready         put_on_agenda         on_agenda     secretariat
ready         correct_report        ready         rapporteur
on_agenda     correct_report        on_agenda     rapporteur
on_agenda     open_item             deliberation  president
on_agenda     rule_conflict         on_agenda     president
on_agenda     take_off_agenda       ready         secretariat,president
deliberation  close_item            opinion       president   approved
deliberation  close_item            opinion       president   approved_with_reservations
deliberation  close_item            opinion       president   refused
deliberation  close_item            adjourned     president   adjourned
deliberation  postpone_item         ready         president
deliberation  rule_conflict         deliberation  president
adjourned     resume_examination    examination   secretariat,rapporteur
adjourned     return_to_committee   ready         secretariat
opinion       sign_minutes          approved      president   approved
opinion       sign_minutes          approved_with_reservations  president  approved_with_reservations
opinion       sign_minutes          refused       president   refused
# 20-22  after the decision
approved                    notify             approved                    secretariat
approved_with_reservations  notify             approved_with_reservations  secretariat
refused                     notify             refused                     secretariat
inadmissible                notify             inadmissible                secretariat
approved_with_reservations  lift_reservations  approved                    secretariat,rapporteur
approved_with_reservations  refuse_unlifted    refused                     clock
# 23  the applicant may leave until the opinion
draft         withdraw  withdrawn  applicant
filed         withdraw  withdrawn  applicant
checking      withdraw  withdrawn  applicant
complement    withdraw  withdrawn  applicant
admissible    withdraw  withdrawn  applicant
examination   withdraw  withdrawn  applicant
conformity    withdraw  withdrawn  applicant
ready         withdraw  withdrawn  applicant
on_agenda     withdraw  withdrawn  applicant
deliberation  withdraw  withdrawn  applicant
adjourned     withdraw  withdrawn  applicant
""")

GOOD = Facts(
    is_engaged=True,
    listed_pieces=1,
    ground_is_listed=True,
    has_second_signature=True,
    has_reason=True,
    findings_stated=1,
    applicant_asks_decision=True,
    has_report=True,
    sanitary_is_valid=True,
    agenda_is_open=True,
    meeting_is_open=True,
    item_has_quorum=True,
    minutes_are_approved=True,
    reasons_stated=1,
    reservations_listed=1,
    answer_is_overdue=True,
    reminders_sent=2,
    reservations_overdue=True,
    has_proof=True,
)
"""Facts under which every condition holds, but the one that needs the completeness period to be over."""

ENDS = {State.INADMISSIBLE, State.APPROVED, State.REFUSED, State.WITHDRAWN, State.LAPSED}


PERIOD_RUNNING = {"request_complement", "declare_inadmissible"}
PERIOD_OVER = {"deem_complete"}
"""The moves that depend on the completeness period; all others do not care."""


@pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.APPROVED_WITH_RESERVATIONS, Outcome.REFUSED])
@pytest.mark.parametrize("late", [False, True])
def test_every_state_action_and_role_follows_the_law(outcome, late):
    facts = replace(GOOD, outcome=outcome, completeness_is_late=late)
    impossible = PERIOD_RUNNING if late else PERIOD_OVER
    for state, action, role in product(State, Action, Role):
        expected = LAW.target(state, action, role, outcome)
        if action in impossible and isinstance(expected, str):
            expected = Refused
        assert decided(LIFE, state, action, role, facts) == expected, (state, action, role)


def test_an_adjournment_leads_to_adjourned():
    facts = replace(GOOD, outcome=Outcome.ADJOURNED)
    assert LIFE.decide(State.DELIBERATION, Action.CLOSE_ITEM, {Role.PRESIDENT}, facts) is State.ADJOURNED


def test_a_vote_without_result_closes_nothing():
    with pytest.raises(Refused):
        LIFE.decide(State.DELIBERATION, Action.CLOSE_ITEM, {Role.PRESIDENT}, GOOD)


BROKEN = [
    # source, action, the fact that breaks, the value that breaks it, the outcome given
    ("draft", "file", "missing_answers", 1, None),
    ("draft", "file", "missing_documents", 1, None),
    ("draft", "file", "is_engaged", False, None),
    ("filed", "take_up", "is_conflicted", True, None),
    ("filed", "deem_complete", "completeness_is_late", False, None),
    ("checking", "declare_admissible", "unchecked_documents", 1, None),
    ("checking", "request_complement", "complements_used", 1, None),
    ("checking", "request_complement", "completeness_is_late", True, None),
    ("checking", "request_complement", "listed_pieces", 0, None),
    ("checking", "declare_inadmissible", "completeness_is_late", True, None),
    ("checking", "declare_inadmissible", "ground_is_listed", False, None),
    ("checking", "declare_inadmissible", "has_reason", False, None),
    ("checking", "declare_inadmissible", "has_second_signature", False, None),
    ("checking", "deem_complete", "completeness_is_late", False, None),
    ("complement", "answer_complement", "unanswered_pieces", 1, None),
    ("complement", "lapse", "answer_is_overdue", False, None),
    ("complement", "lapse", "reminders_sent", 1, None),
    ("admissible", "appoint_rapporteur", "is_conflicted", True, None),
    ("examination", "submit_report", "has_report", False, None),
    ("examination", "submit_report", "missing_criteria", 1, None),
    ("examination", "submit_report", "sanitary_is_valid", False, None),
    ("examination", "submit_report", "unresolved_findings", 1, None),
    ("examination", "require_conformity", "findings_stated", 0, None),
    ("conformity", "prove_conformity", "unanswered_pieces", 1, None),
    ("conformity", "pass_over", "applicant_asks_decision", False, None),
    ("conformity", "pass_over", "has_report", False, None),
    ("ready", "correct_report", "has_report", False, None),
    ("ready", "correct_report", "has_reason", False, None),
    ("on_agenda", "correct_report", "has_report", False, None),
    ("on_agenda", "correct_report", "has_reason", False, None),
    *(("examination", "submit_report", "lacks", frozenset({lack}), None) for lack in Lack),
    *(("conformity", "pass_over", "lacks", frozenset({lack}), None) for lack in Lack),
    ("conformity", "lapse", "answer_is_overdue", False, None),
    ("conformity", "lapse", "reminders_sent", 0, None),
    ("ready", "put_on_agenda", "agenda_is_open", False, None),
    ("on_agenda", "open_item", "meeting_is_open", False, None),
    ("on_agenda", "open_item", "undeclared_members", 1, None),
    ("on_agenda", "open_item", "item_has_quorum", False, None),
    ("on_agenda", "rule_conflict", "has_reason", False, None),
    ("on_agenda", "take_off_agenda", "has_reason", False, None),
    *(
        ("deliberation", "close_item", fact, value, outcome)
        for outcome in Outcome
        for fact, value in (("item_has_quorum", False), ("ballots_missing", 1))
    ),
    ("deliberation", "postpone_item", "has_reason", False, None),
    ("deliberation", "rule_conflict", "has_reason", False, None),
    *(
        ("opinion", "sign_minutes", "minutes_are_approved", False, outcome)
        for outcome in Outcome
        if outcome is not Outcome.ADJOURNED
    ),
    ("opinion", "sign_minutes", "reservations_listed", 0, Outcome.APPROVED_WITH_RESERVATIONS),
    ("opinion", "sign_minutes", "reasons_stated", 0, Outcome.REFUSED),
    ("approved_with_reservations", "lift_reservations", "reservations_open", 1, None),
    ("approved_with_reservations", "refuse_unlifted", "reservations_overdue", False, None),
    *(
        (state, "notify", fact, value, None)
        for state in ("approved", "approved_with_reservations", "refused", "inadmissible")
        for fact, value in (("is_notified", True), ("has_proof", False))
    ),
]


@pytest.mark.parametrize(("source", "action", "fact", "value", "outcome"), BROKEN)
def test_a_condition_that_does_not_hold_refuses_with_a_sentence(source, action, fact, value, outcome):
    state, wanted = State(source), Action(action)
    facts = replace(GOOD, outcome=outcome, completeness_is_late=wanted is Action.DEEM_COMPLETE)
    role = next(role for row in LIFE.leaving(state) if row.action is wanted for role in row.who)
    assert refusal(LIFE, state, wanted, role, facts) is None
    assert refusal(LIFE, state, wanted, role, replace(facts, **{fact: value})).endswith((".", "?"))


def test_every_guard_of_the_table_is_broken_once():
    guarded = sum(len(row.guards) for row in LIFE.table)
    assert guarded == len(BROKEN)


def test_every_state_is_reached_and_only_the_ends_end():
    assert reached(LIFE) == set(State)
    assert {state for state in State if all(row.target is state for row in LIFE.leaving(state))} == ENDS


def test_nothing_but_a_vote_and_signed_minutes_approves():
    approving = {row.action for row in LIFE.table if row.target is State.APPROVED and row.source is not row.target}
    assert approving == {Action.SIGN_MINUTES, Action.LIFT_RESERVATIONS}
    assert not [row for row in LIFE.table if Role.CLOCK in row.who and row.target in PERMITTED]


PERMITTED = {State.APPROVED, State.APPROVED_WITH_RESERVATIONS, State.OPINION}


def test_the_legal_clock_stops_while_the_applicant_has_the_file():
    assert {state for state in DECISION if DECISION[state] is Runs.STOPPED} == {State.CONFORMITY, State.ADJOURNED}
    assert COMPLETENESS[State.COMPLEMENT] is Runs.STOPPED
    assert set(DECISION) | set(COMPLETENESS) == set(State) - {State.DRAFT}


def test_the_ordinary_course_runs_from_draft_to_approval():
    course = "draft filed checking admissible examination ready on_agenda deliberation opinion approved"
    assert [str(state) for state in LIFE.spine()] == course.split()


def test_what_is_offered_is_what_the_table_allows():
    assert LIFE.offered(State.CHECKING, {Role.SECRETARIAT}) == (
        Action.DECLARE_ADMISSIBLE,
        Action.REQUEST_COMPLEMENT,
        Action.DECLARE_INADMISSIBLE,
    )
    assert LIFE.offered(State.CHECKING, {Role.MEMBER, Role.AUDITOR}) == ()
    assert LIFE.offered(State.APPROVED, {Role.APPLICANT}) == ()


def test_the_drawing_names_every_state_once():
    drawn = [state for state, _ in LIFE.diagram()]
    assert sorted(drawn) == sorted(State)
    assert sum(len(moves) for _, moves in LIFE.diagram()) == len(LIFE.table)
