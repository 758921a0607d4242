"""The life of an erratum, against a second statement of it, and what it can never touch."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from certify.workflows import dossier, licence, meeting
from certify.workflows.erratum import FIXED, LIFE, MENDABLE, Action, Facts, Passage, State, keeps_decision
from certify.workflows.permissions import Role
from tests.workflows.lives import Law, decided, reached, refusal

LAW = Law("""
intended  draw_up_erratum  drawn_up  secretariat
drawn_up  attest_erratum   attested  secretariat
drawn_up  drop_erratum     dropped   secretariat
attested  sign_erratum     signed    president
attested  drop_erratum     dropped   secretariat,president
""")

GOOD = Facts(
    minutes_are_signed=True,
    passage=Passage.ATTENDANCE,
    says="Arrivé à 9 h 40.",
    should_say="Arrivé à 9 h 30.",
    has_reason=True,
    is_another_hand=True,
)

BROKEN = [
    ("intended", "draw_up_erratum", {"minutes_are_signed": False}),
    ("intended", "draw_up_erratum", {"passage": Passage.OUTCOME}),
    ("intended", "draw_up_erratum", {"should_say": GOOD.says}),
    ("intended", "draw_up_erratum", {"should_say": "Arrivé à 9 h 40, avis favorable."}),
    ("intended", "draw_up_erratum", {"has_reason": False}),
    ("drawn_up", "drop_erratum", {"has_reason": False}),
    ("attested", "sign_erratum", {"is_another_hand": False}),
    ("attested", "drop_erratum", {"has_reason": False}),
]


def test_every_state_action_and_role_follows_the_law():
    for state, action, role in product(State, Action, Role):
        assert decided(LIFE, state, action, role, GOOD) == LAW.target(state, action, role, None), (state, action, role)


@pytest.mark.parametrize(("source", "action", "changed"), BROKEN)
def test_a_condition_that_does_not_hold_refuses_with_a_sentence(source, action, changed):
    state, wanted = State(source), Action(action)
    role = next(role for row in LIFE.leaving(state) if row.action is wanted for role in row.who)
    assert refusal(LIFE, state, wanted, role, GOOD) is None
    assert refusal(LIFE, state, wanted, role, replace(GOOD, **changed)).endswith(".")


def test_every_guard_is_broken_once():
    assert sum(len(row.guards) for row in LIFE.table) == len(BROKEN)


def test_every_state_is_reached_and_only_two_end():
    assert reached(LIFE) == set(State)
    assert {state for state in State if not LIFE.leaving(state)} == {State.SIGNED, State.DROPPED}


@pytest.mark.parametrize("passage", Passage)
def test_an_outcome_a_vote_a_ballot_an_effect_or_a_state_is_never_mended(passage):
    fixed = {"outcome", "vote", "ballot", "effect", "state"}
    said = refusal(LIFE, State.INTENDED, Action.DRAW_UP, Role.SECRETARIAT, replace(GOOD, passage=passage))
    assert (said is not None, passage in FIXED, passage in MENDABLE) == (
        str(passage) in fixed, str(passage) in fixed, str(passage) not in fixed
    )  # fmt: skip


def test_no_move_of_an_erratum_moves_anything_else():
    words = {str(row.action) for row in LIFE.table}
    for life in (dossier, meeting, licence):
        assert words.isdisjoint(map(str, life.Action))


@pytest.mark.parametrize(
    ("says", "should_say"),
    [
        ("Avis favorable", "Avis défavorable"),
        ("Le dossier est refusé.", "Le dossier est approuvé."),
        ("Favorable 5, abstention 1", "Favorable 4, abstention 2"),
        ("Quorum : 4 présents", "Quorum : 3 présents"),
        ("Le produit est ajourné", "Le produit est retenu"),
        ("رأي بالموافقة", "رأي بالرفض"),
        ("النصاب القانوني: 4", "النصاب القانوني: 3"),
        ("موافق ٥", "موافق 4"),
        ("Approved", "Refused"),
        ("Miel de thym", "Miel de thym, demande accordée"),
        ("Approuvé sous réserve", "Approuvé"),
    ],
)
@pytest.mark.parametrize("passage", [Passage.WORDING, Passage.NAMES])
def test_another_decision_or_count_is_no_slip(says, should_say, passage):
    assert not keeps_decision(says, should_say, passage)


@pytest.mark.parametrize(
    ("says", "should_say"),
    [
        ("Coopérative Tigmi", "Coopérative Tighmi"),
        ("Arrivée à 9 h 40", "Arrivée à 9 h 30"),
        ("Avis favorable 5, M. Amrani", "Avis favorable 5, Mme Amrani"),
        ("موافق 5، السيد", "موافق ٥، السيدة"),
    ],
)
def test_a_slip_that_leaves_the_decision_is_mended(says, should_say):
    assert keeps_decision(says, should_say, Passage.WORDING)


def test_what_was_said_in_the_debate_is_not_the_decision():
    assert keeps_decision("L’avis du laboratoire est favorable.", "Il est réservé.", Passage.DEBATE)
