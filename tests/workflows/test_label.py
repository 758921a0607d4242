"""The lives of a numbered label and of the order it came with; what a year allows to be packed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest

from certify.workflows import batch, label
from certify.workflows.label import Bearer, packs_left
from certify.workflows.permissions import Role
from tests.workflows.lives import Law, decided, reached, refusal

LABEL = Law("""
printed  activate_labels  active  applicant
printed  cancel_labels    void    applicant,secretariat
active   open_label       opened  buyer
active   cancel_labels    void    applicant,secretariat
""")
ORDER = Law("""
ordered  release_labels  released  secretariat
ordered  decline_labels  declined  secretariat
""")

GOOD = {
    label: label.Facts(found=3, declared=3, left=3, is_right_pin=True),
    batch: batch.Facts(has_reason=True),
}
REFUSED = [
    # life, state, action, what makes it refused
    *((label, "printed", "activate_labels", fact) for fact in (
        {"is_licensed": False}, {"found": 2}, {"declared": 2}, {"found": 0, "declared": 0}, {"left": 2},
        {"is_after_release": False},
    )),
    (label, "active", "open_label", {"is_right_pin": False}),
    (batch, "ordered", "release_labels", {"is_licensed": False}),
    (batch, "ordered", "release_labels", {"has_quantity": False}),
    (batch, "ordered", "decline_labels", {"has_reason": False}),
]  # fmt: skip


@pytest.mark.parametrize(("life", "law"), [(label, LABEL), (batch, ORDER)])
def test_every_state_action_and_role_follows_the_law(life, law):
    for state, action, role in product(life.State, life.Action, (*Role, *Bearer)):
        assert decided(life.LIFE, state, action, role, GOOD[life]) == law.target(state, action, role, None)


@pytest.mark.parametrize(("life", "state", "action", "wrong"), REFUSED)
def test_each_condition_alone_refuses(life, state, action, wrong):
    row = next(row for row in life.LIFE.leaving(life.State(state)) if row.action == action)
    said = refusal(life.LIFE, row.source, row.action, next(iter(row.who)), replace(GOOD[life], **wrong))
    assert said.endswith(".")


@pytest.mark.parametrize(("life", "final"), [(label, {"opened", "void"}), (batch, {"released", "declined"})])
def test_every_state_is_reached_and_only_these_are_final(life, final):
    assert reached(life.LIFE) == set(life.State)
    assert {state for state in life.State if not life.LIFE.leaving(state)} == final


@pytest.mark.parametrize(
    ("yearly", "tolerance", "packed", "content", "left"),
    [
        (1000, 0, 0, 250, 4),
        (1000, 10, 0, 250, 4),
        (1000, 25, 0, 250, 5),
        (1000, 0, 900, 250, 0),
        (1000, 0, 1100, 250, 0),
        (Decimal("1.5"), 0, Decimal("0.6"), Decimal("0.3"), 3),
    ],
)
def test_packs_left_are_whole_and_never_negative(yearly, tolerance, packed, content, left):
    assert packs_left(Decimal(yearly), tolerance, Decimal(packed), Decimal(content)) == left
