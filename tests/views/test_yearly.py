"""The pages of the yearly declaration: it is made by its author, read by few, and nothing typed is lost."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from certify.models import YearlyDeclaration
from tests.sittings import at_work, of_visitor, on_stage  # noqa: F401

TYPED = {"has_ties": "ties", "ties-0-organisation": "Coopérative Tighmi", "ties-0-nature": "consultant"}


def count(session):
    return session.scalar(select(func.count(YearlyDeclaration.id)))


def test_a_member_declares_a_tie_and_reads_it(stage, visitor):
    bob = visitor("bob")
    assert bob.post("/committee/interests/new", **TYPED).status_code == 303
    page = bob.get("/committee/interests").text
    assert "Coopérative Tighmi" in page
    assert "Advises it" in page
    assert "Coopérative Tighmi" in bob.get("/committee/interests/new").text


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Say whether you have ties"),
        ({"has_ties": "ties"}, "State at least one tie"),
        (TYPED | {"has_ties": "none"}, "You typed a tie below"),
        (TYPED | {"ties-0-nature": ""}, "Choose what ties you to it"),
        (TYPED | {"ties-0-organisation": ""}, "Name the organisation"),
        (TYPED | {"ties-0-nature": "other"}, "Say in a few words what this tie is"),
        (TYPED | {"ties-0-since": "hier"}, "Enter a day that exists"),
    ],
)
def test_what_is_wrong_is_said_beside_it_and_nothing_is_kept(stage, visitor, typed, sentence):
    before, bob = count(stage.session), visitor("bob")
    answer = bob.post("/committee/interests/new", **typed)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert count(stage.session) == before


def test_one_more_tie_is_offered_and_what_was_typed_stays(stage, visitor):
    before = count(stage.session)
    page = visitor("bob").post("/committee/interests/new", more="y", **TYPED).text
    assert 'name="ties-1-organisation"' in page
    assert 'value="Coopérative Tighmi"' in page
    assert count(stage.session) == before


@pytest.mark.parametrize(
    ("name", "status"), [("carol", 200), ("pia", 200), ("aude", 200), ("bob", 403), ("alice", 403)]
)
def test_who_sees_who_declared(stage, visitor, name, status):
    assert visitor(name).get("/committee/interests/members").status_code == status


def test_the_secretariat_sees_who_was_convened_by_which_paper(stage, visitor):
    page = visitor("carol").get(f"/meetings/{stage.meeting.id}/convocations").text
    assert f"CONV-{stage.meeting.number}-1" in page
    assert visitor("bob").get(f"/meetings/{stage.meeting.id}/convocations").status_code == 403
    assert "My convocation" in visitor("bob").get(f"/meetings/{stage.meeting.id}").text
