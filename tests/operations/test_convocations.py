"""Each member is convened by a paper of their own, which never tells of a dossier closed to them."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from certify.models import ConvocationSent
from certify.operations import meetings
from certify.operations.agenda import fill_agenda
from certify.pdf.facts import from_json
from certify.pdf.render import render
from certify.queries.convocations import find_mine, list_sent
from certify.queries.documents import get_paper
from certify.workflows.errors import Conflicted, NotAllowed
from tests.sittings import at_work, on_stage  # noqa: F401


def paper_of(stage, name):
    sent = select(ConvocationSent).where(ConvocationSent.user_id == stage.acting(name).user.id)
    return stage.session.scalars(sent).one().paper


def test_every_titular_and_alternate_gets_one_with_the_agenda_and_its_papers(stage):
    sent = list_sent(stage.session, stage.meeting)
    names = [one.user.email.split("@")[0] for one in sent]
    assert names == ["pia", "bob", "badr", "brahim", "bouchra"]
    assert [one.paper.number for one in sent] == [f"CONV-{stage.meeting.number}-{rank}" for rank in range(1, 6)]
    assert {one.message.kind for one in sent} == {"meeting_convened"}
    items = json.loads(sent[0].paper.facts)["items"]
    numbers = [item.dossier.number for item in stage.meeting.items]
    assert [(item["dossier"], item["hour"]) for item in items] == list(zip(numbers, ("09:30", "09:50"), strict=True))
    assert all(len(paper["sha256"]) == 64 for item in items for paper in item["papers"])


@pytest.mark.parametrize(
    ("name", "may"), [("bob", True), ("carol", True), ("aude", True), ("brahim", False), ("alice", False)]
)
def test_it_opens_to_its_addressee_and_to_the_office(stage, name, may):
    paper, reader = paper_of(stage, "bob"), stage.acting(name).user
    if may:
        assert get_paper(stage.session, paper.number, reader=reader) is paper
    else:
        with pytest.raises(NotAllowed):
            get_paper(stage.session, paper.number, reader=reader)


def test_it_closes_to_who_is_recused_afterwards(stage):
    paper, bob = paper_of(stage, "bob"), stage.acting("bob").user
    assert find_mine(stage.session, stage.meeting, bob) is paper
    stage.declare("bob", conflict="bob")
    assert find_mine(stage.session, stage.meeting, bob) is None
    with pytest.raises(Conflicted):
        get_paper(stage.session, paper.number, reader=bob)


def test_who_is_recused_already_is_convened_without_that_dossier(stage):
    stage.declare("bob", conflict="bob")
    closed = stage.item.dossier
    meetings.postpone_meeting(stage.meeting, reason="Salle fermée", actor=stage.acting("carol"))
    another = meetings.plan_meeting(
        held_on=stage.meeting.held_on, starts_at="10:00", place="Rabat", actor=stage.acting("carol")
    )
    fill_agenda(another, [item.dossier for item in stage.meeting.items], actor=stage.acting("carol"))
    meetings.convene(another, actor=stage.acting("carol"))
    told = {one.user.email.split("@")[0]: one.paper.facts for one in list_sent(stage.session, another)}
    assert closed.number not in told["bob"]
    assert closed.product.name_fr in told["brahim"]
    assert [(item["rank"], item["hour"]) for item in json.loads(told["bob"])["items"]] == [(2, "10:20")]


def test_the_proof_of_its_sending_is_kept(stage):
    for change in ("UPDATE convocation_sent SET message_id = 1", "DELETE FROM convocation_sent"):
        with pytest.raises(IntegrityError), stage.session.begin_nested():
            stage.session.execute(text(change))


def test_it_is_printed_as_pdf_the_same_each_time(stage):
    facts = from_json("convocation", paper_of(stage, "bob").facts)
    first = render(facts)
    assert first == render(facts)
    assert first.startswith(b"%PDF")
