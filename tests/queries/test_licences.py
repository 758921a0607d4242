"""Licences as each may see them, and what the office needs to know around them."""
# ruff: noqa: F811

from datetime import date, timedelta

import pytest

from certify.queries.admissibility import list_candidates
from certify.queries.casefile import get_casefile, list_appeals, whose_turn
from certify.queries.licences import LicenceFilters, count_to_sign, get_licence, get_licences
from certify.workflows.errors import NotAllowed, NotFound
from certify.workflows.licence import State
from certify.workflows.permissions import Right, Role
from tests.staged import clock, licence_of, played, settled_sqlite, staged  # noqa: F401

TODAY = date(2026, 12, 7)


@pytest.fixture
def listed(session, user, licence_of):
    def listed(name="sami", *, on=TODAY, **asked):
        return get_licences(session, reader=user(name), filters=LicenceFilters(**asked), today=on)

    return listed


def test_what_waits_for_the_signatory_comes_first(listed):
    assert [licence.state for licence in listed().rows] == [State.TO_SIGN, State.TO_SIGN, State.ACTIVE]


@pytest.mark.parametrize("ahead", [0, 914, 915, 1094])
def test_renewal_opens_six_months_before_the_end(listed, licence_of, ahead):
    found = listed(on=TODAY + timedelta(days=ahead), is_ending=True)
    opened = licence_of("signed").valid_to - timedelta(days=180) <= TODAY + timedelta(days=ahead)
    assert (found.ending, len(found.rows)) == (opened, opened)


@pytest.mark.parametrize(("asked", "count"), [({"state": State.ACTIVE}, 1), ({"region": "MA-09"}, 3),
                                              ({"region": "MA-01"}, 0), ({"filiere": "honey"}, 3)])  # fmt: skip
def test_filters_narrow(listed, asked, count):
    assert listed(**asked).total == count


@pytest.mark.parametrize(("name", "count"), [("sami", 2), ("carol", 2), ("aude", 2), ("adam", 0), ("alice", 0)])
def test_only_the_office_counts_licences(session, user, listed, name, count):
    assert count_to_sign(session, reader=user(name)) == count
    assert listed(name).figures.get(State.TO_SIGN, 0) == count


def test_holder_reads_their_licence_and_nobody_elses(session, user, licence_of):
    number = licence_of("signed").id
    assert get_licence(session, number, reader=user("alice")).id == number
    with pytest.raises(NotAllowed):
        get_licence(session, number, reader=user("mallory"))
    with pytest.raises(NotAllowed):
        get_licence(session, number, reader=user("alice"), right=Right.READ_REPORT)
    with pytest.raises(NotFound):
        get_licence(session, 4242, reader=user("sami"))


@pytest.mark.parametrize(
    ("stage", "turn"),
    [
        ("filed", {Role.SECRETARIAT}),
        ("asked", {Role.APPLICANT}),
        ("admissible", {Role.SECRETARIAT}),
        ("adjourned", {Role.SECRETARIAT, Role.RAPPORTEUR}),
        ("refused", {Role.SECRETARIAT}),
        ("signed", set()),
    ],
)
def test_turn_is_read_from_the_table(session, user, staged, stage, turn):
    case = get_casefile(session, staged(stage), reader=user("carol"), today=TODAY)
    assert (whose_turn(case.dossier, case.facts), case.turn) == (turn, turn)


def test_appeals_end_on_the_days_of_the_regulation(staged):
    last = {appeal.code: day for appeal, day in list_appeals(staged("refused"), TODAY)}
    assert last == {"review": date(2027, 1, 6), "hierarchical": date(2027, 1, 6), "court": date(2027, 2, 5)}


def test_candidates_say_what_they_have_in_hand(session, staged, user):
    assert [(one.user.email, one.in_hand, one.is_conflicted, one.sits) for one in list_candidates(
        session, staged("admissible"), TODAY, reader=user("carol")
    )] == [("rachid@example.ma", 0, False, False)]  # fmt: skip
    staged("admissible").rapporteur_id, staged("admissible").state = user("rachid").id, "examination"
    user("rachid").organisation_id = staged("filed").organisation_id
    [rachid] = list_candidates(session, staged("filed"), TODAY, reader=user("carol"))
    assert (rachid.in_hand, rachid.is_conflicted) == (1, True)
