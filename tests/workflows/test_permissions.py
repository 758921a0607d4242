"""Who may do what: the table of rights, and what a tie to a dossier gives or takes away."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from certify.workflows.permissions import HUMAN_ROLES, MAY, Relation, Right, Role, capacities, may

APPLICANT, OFFICE, RAPPORTEUR = Role.APPLICANT, Role.SECRETARIAT, Role.RAPPORTEUR
MEMBER, PRESIDENT, AUDITOR = Role.MEMBER, Role.PRESIDENT, Role.AUDITOR


def subsets(things):
    """Every selection of `things`."""
    return chain.from_iterable(combinations(things, size) for size in range(len(things) + 1))


def test_a_recused_person_has_nothing_whatever_their_roles_and_ties():
    for relations in subsets([r for r in Relation if r is not Relation.RECUSED]):
        assert capacities(tuple(Role), {*relations, Relation.RECUSED}) == frozenset()


@pytest.mark.parametrize(
    ("roles", "relations", "expected"),
    [
        ({APPLICANT}, set(), set()),
        ({APPLICANT}, {Relation.OWNER}, {APPLICANT}),
        ({RAPPORTEUR}, set(), set()),
        ({RAPPORTEUR}, {Relation.APPOINTED}, {RAPPORTEUR}),
        ({MEMBER}, set(), set()),
        ({MEMBER}, {Relation.SEATED}, {MEMBER}),
        ({PRESIDENT, MEMBER}, {Relation.SEATED}, {PRESIDENT, MEMBER}),
        # the rapporteur of a dossier does not decide on it
        ({MEMBER, RAPPORTEUR}, {Relation.SEATED, Relation.APPOINTED}, {RAPPORTEUR}),
        # nobody handles their own organisation's dossier
        ({APPLICANT, MEMBER, OFFICE}, {Relation.OWNER, Relation.SEATED}, {APPLICANT}),
        # nor does an inspector of its visits
        ({Role.INSPECTOR}, set(), set()),
        ({Role.INSPECTOR}, {Relation.INSPECTING}, {Role.INSPECTOR}),
        ({MEMBER, PRESIDENT, Role.INSPECTOR}, {Relation.SEATED, Relation.INSPECTING}, {Role.INSPECTOR}),
        ({Role.INSPECTOR, RAPPORTEUR}, {Relation.APPOINTED, Relation.INSPECTING}, {Role.INSPECTOR, RAPPORTEUR}),
        # whoever analyses a sample is blind to the rest of its dossier
        ({Role.LABORATORY}, set(), set()),
        ({Role.LABORATORY}, {Relation.ANALYSING}, {Role.LABORATORY}),
        ({Role.LABORATORY, OFFICE, AUDITOR}, {Relation.ANALYSING}, {Role.LABORATORY}),
        ({OFFICE}, set(), {OFFICE}),
        ({AUDITOR}, set(), {AUDITOR}),
    ],
)
def test_a_role_counts_only_with_its_tie(roles, relations, expected):
    assert capacities(roles, relations) == expected


def test_nobody_both_evaluates_and_decides_the_same_dossier():
    for relations in subsets(list(Relation)):
        held = capacities(tuple(Role), relations)
        assert not ({RAPPORTEUR, Role.INSPECTOR} & held and held & {MEMBER, PRESIDENT})


def test_the_separations_of_the_field():
    assert MAY[Right.VOTE] == {MEMBER, PRESIDENT}
    assert not may(Right.VOTE, {OFFICE, RAPPORTEUR, Role.SIGNATORY, AUDITOR, Role.ADMINISTRATOR, APPLICANT})
    assert not may(Right.READ_REPORT, {APPLICANT})
    assert [right for right in Right if may(right, {Role.ADMINISTRATOR})] == [Right.MANAGE_USERS, Right.KEEP_COMMITTEE]
    writing = {Right.EDIT_DRAFT, Right.CHECK_DOCUMENTS, Right.FILL_GRID, Right.VOTE, Right.PLAN_MEETING}
    assert not [right for right in writing if may(right, {AUDITOR})]


def test_every_right_has_its_row_and_no_person_is_the_clock():
    assert set(MAY) == set(Right)
    assert Role.CLOCK not in chain.from_iterable(MAY.values())
    assert Role.CLOCK not in HUMAN_ROLES
