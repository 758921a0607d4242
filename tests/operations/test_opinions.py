"""A consultative member reads, declares and advises; no count ever holds them."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from certify.models import Mandate, Seat
from certify.models.committee import Holding
from certify.operations import agenda, ballots
from certify.operations.opinions import give_opinion
from certify.queries.committee import get_quorum, get_turnout, list_opinions
from certify.workflows.errors import Conflicted, Malformed, NotAllowed, Refused, WrongState
from certify.workflows.voting import Choice, Stance
from tests.sittings import SEATS, at_work, on_stage  # noqa: F401


@pytest.fixture(autouse=True)
def expert(stage):
    """Badr, no longer Bob's alternate, sits on a consultative seat."""
    stage.session.execute(text("DROP TRIGGER mandate_is_never_deleted"))
    user = stage.acting("badr").user
    stage.session.execute(text("DELETE FROM mandate WHERE user_id = :id"), {"id": user.id})
    seat = Seat(code="EXPERT", body_fr="École d’agriculture", body_ar="مدرسة", is_voting=False)
    seat.mandates.append(Mandate(user_id=user.id, holding=Holding.TITULAR, starts_on=date(2026, 1, 1)))
    stage.session.add(seat)
    stage.session.flush()
    stage.session.expire_all()
    return seat


def advise(stage, name="badr", words="Solide."):
    return give_opinion(stage.item, stance=Stance.FAVOURABLE, statement=words, actor=stage.acting(name))


def test_an_expert_advises_and_is_never_counted(stage):
    stage.deliberate(*SEATS, "badr")
    before = (get_quorum(stage.session, stage.meeting, stage.item), get_turnout(stage.session, stage.item))
    advise(stage)
    advise(stage, words="Très solide.")
    assert [one.statement for one in list_opinions(stage.session, stage.item)] == ["Très solide."]
    after = (get_quorum(stage.session, stage.meeting, stage.item), get_turnout(stage.session, stage.item))
    assert before == after
    assert (after[0].base, after[0].present, after[1].expected) == (4, 4, 4)
    with pytest.raises(NotAllowed):
        ballots.cast_ballot(stage.item, choice=Choice.FAVOURABLE, actor=stage.acting("badr"))


def test_an_expert_present_declares_before_the_item_opens(stage):
    stage.open(*SEATS, "badr")
    stage.declare(*SEATS)
    with pytest.raises(Refused):
        agenda.open_item(stage.item, actor=stage.acting("pia"))
    stage.declare("badr")
    agenda.open_item(stage.item, actor=stage.acting("pia"))


def test_a_recused_expert_gives_no_opinion(stage):
    stage.declare("badr", conflict="badr")
    with pytest.raises(Conflicted):
        advise(stage)


def test_an_opinion_waits_for_the_declaration_and_needs_words(stage):
    with pytest.raises(Refused):
        advise(stage)
    stage.declare("badr")
    with pytest.raises(Malformed):
        advise(stage, words=None)


def test_a_seat_with_a_vote_gives_no_opinion(stage):
    stage.declare("bob")
    with pytest.raises(NotAllowed):
        advise(stage, "bob")
    with pytest.raises(IntegrityError):
        stage.session.execute(
            text(
                "INSERT INTO advisory_opinion (item_id, seat_id, user_id, stance, statement, given_at)"
                " VALUES (1, 1, 1, 'favourable', 'x', '2026-12-07')"
            )
        )


def test_an_opinion_stands_once_the_item_ended(stage):
    stage.deliberate(*SEATS, "badr")
    advise(stage)
    for name in SEATS:
        ballots.cast_ballot(stage.item, choice=Choice.FAVOURABLE, actor=stage.acting(name))
    ballots.close_item(stage.item, actor=stage.acting("pia"))
    with pytest.raises(WrongState):
        advise(stage)
    with pytest.raises(IntegrityError):
        stage.session.execute(text("UPDATE advisory_opinion SET statement = 'x'"))


def test_who_has_no_seat_gives_no_opinion(stage):
    with pytest.raises(NotAllowed):
        give_opinion(stage.item, stance=Stance.FAVOURABLE, statement="x", actor=stage.acting("carol"))
