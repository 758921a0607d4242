"""Late items: added to a closed agenda, heard only if every voting member present agrees."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from certify.models import LateAnswer, Message
from certify.operations import agenda, ballots, meetings, minutes
from certify.operations.delivery import letter_of
from certify.operations.late import add_late_item, answer_late
from certify.operations.paper_minutes import minutes_facts
from certify.queries.late import find_late
from certify.queries.messages import list_due_ids
from certify.workflows.errors import AlreadyDone, Conflicted, Malformed, NotAllowed, Refused, WrongState
from certify.workflows.late import agreement
from certify.workflows.voting import Choice, SeatAt
from tests.sittings import SEATS, at_work, on_stage  # noqa: F401

WHY = "Le label expire avant la prochaine réunion."


def test_only_the_voting_seats_present_and_not_recused_are_asked():
    seats = [
        SeatAt(1, True, True, present=True, recused=False),
        SeatAt(2, True, False, present=True, recused=True),
        SeatAt(3, True, False, present=False, recused=False),
        SeatAt(4, False, False, present=True, recused=False),
        SeatAt(5, True, False, present=True, recused=False),
    ]
    assert (agreement(seats, {}).awaited, agreement(seats, {}).is_given) == ({1, 5}, False)
    assert agreement(seats, {1: True, 5: False}).against == {5}
    assert agreement(seats, {1: True, 2: False, 3: False, 5: True}).is_given


@pytest.fixture
def late(stage):
    """The third honey, added to the agenda that closed, once the meeting's day has come."""
    stage.gather()
    item = add_late_item(stage.meeting, stage.spare, reason=WHY, actor=stage.acting("carol"))
    meetings.open_meeting(stage.meeting, actor=stage.acting("pia"))
    return item


def agree(stage, item, *names, agrees=True):
    for name in names:
        answer_late(item, agrees=agrees, actor=stage.acting(name))


def test_a_late_item_opens_once_all_who_vote_and_are_present_agree(stage, late):
    stage.declare(*SEATS, item=late)
    agree(stage, late, "pia", "bob", "brahim")
    with pytest.raises(Refused) as refusal:
        agenda.open_item(late, actor=stage.acting("pia"))
    assert (refusal.value.message, refusal.value.facts) == (agenda.AGREEMENT_AWAITED, {"names": "Bouchra Test"})
    agree(stage, late, "bouchra")
    agenda.open_item(late, actor=stage.acting("pia"))
    assert late.opened_at == stage.clock()


def test_who_refuses_stops_it_and_who_leaves_is_not_asked(stage, late):
    stage.declare(*SEATS, item=late)
    agree(stage, late, "pia", "bob", "brahim")
    agree(stage, late, "bouchra", agrees=False)
    with pytest.raises(Refused, match="did not agree"):
        agenda.open_item(late, actor=stage.acting("pia"))
    stage.leave("bouchra")
    agenda.open_item(late, actor=stage.acting("pia"))


def test_a_recused_member_is_neither_asked_nor_shown(stage, late):
    stage.declare(*SEATS, item=late, conflict="bob")
    with pytest.raises(Conflicted):
        answer_late(late, agrees=False, actor=stage.acting("bob"))
    agree(stage, late, "pia", "brahim", "bouchra")
    assert find_late(stage.session, late, reader=stage.acting("carol").user).awaited == []
    agenda.open_item(late, actor=stage.acting("pia"))


def test_an_answer_is_given_once_from_a_seat_after_the_declaration(stage, late):
    with pytest.raises(Refused, match="Say first"):
        answer_late(late, agrees=True, actor=stage.acting("bob"))
    stage.declare("bob", "badr", item=late)
    agree(stage, late, "bob")
    with pytest.raises(AlreadyDone):
        answer_late(late, agrees=False, actor=stage.acting("bob"))
    for name in ("badr", "carol"):
        with pytest.raises(NotAllowed):
            answer_late(late, agrees=True, actor=stage.acting(name))
    with pytest.raises(WrongState):
        answer_late(stage.item, agrees=True, actor=stage.acting("bob"))


def test_it_is_added_to_a_closed_agenda_of_a_convened_meeting_for_a_reason(stage):
    carol = stage.acting("carol")
    with pytest.raises(Refused, match="still open"):
        add_late_item(stage.meeting, stage.spare, reason=WHY, actor=carol)
    stage.gather()
    carol = stage.acting("carol")
    with pytest.raises(Malformed):
        add_late_item(stage.meeting, stage.spare, reason=None, actor=carol)
    with pytest.raises(NotAllowed):
        add_late_item(stage.meeting, stage.spare, reason=WHY, actor=stage.acting("pia"))
    meetings.open_meeting(stage.meeting, actor=stage.acting("pia"))
    with pytest.raises(Refused, match="before the meeting opens"):
        add_late_item(stage.meeting, stage.spare, reason=WHY, actor=carol)


def told(stage, item):
    """The e-mail addresses that the letters about a late item go to."""
    asked = select(Message).where(Message.kind == "late_item_added", Message.dossier_id == item.dossier_id)
    return sorted(message.recipient.email.split("@")[0] for message in stage.session.scalars(asked))


def test_who_was_convened_is_told_and_the_rapporteur(stage, late):
    assert told(stage, late) == ["badr", "bob", "bouchra", "brahim", "pia", "rachid"]
    letters = {
        message.recipient.email.split("@")[0]: letter_of(stage.session, message, base_url="https://label.example.ma")
        for message in stage.session.scalars(select(Message).where(Message.kind == "late_item_added"))
    }
    assert f"/committee/items/{late.id}\n" in letters["bob"].text
    assert WHY in letters["bob"].text
    assert f"/missions/{late.dossier_id}\n" in letters["rachid"].text
    assert letters["pia"].subject.startswith(f"{stage.meeting.number} – ")


def test_nobody_recused_is_told_of_a_late_item(stage):
    stage.declare("bob", conflict="bob")
    carol = stage.acting("carol")
    agenda.take_off_agenda(stage.item, reason="Pièce attendue.", actor=carol)
    dossier = stage.item.dossier
    stage.gather()
    late = add_late_item(stage.meeting, dossier, reason=WHY, actor=stage.acting("carol"))
    assert told(stage, late) == ["badr", "bouchra", "brahim", "pia", "rachid"]


def test_who_is_recused_before_the_letter_leaves_does_not_get_it(stage):
    stage.gather()
    late = add_late_item(stage.meeting, stage.spare, reason=WHY, actor=stage.acting("carol"))
    stage.declare("bob", item=late, conflict="bob")
    due = list_due_ids(stage.session, at=stage.clock(), attempts=5, limit=1000)
    leaving = {stage.session.get_one(Message, each).recipient.email for each in due if is_late(stage, each)}
    assert ("bob@example.ma" in leaving, "brahim@example.ma" in leaving) == (False, True)


def is_late(stage, message_id):
    return stage.session.get_one(Message, message_id).kind == "late_item_added"


def test_the_minutes_say_why_it_was_late_and_who_agreed(stage, late):
    stage.declare(*SEATS, item=late)
    agree(stage, late, *SEATS)
    agenda.open_item(late, actor=stage.acting("pia"))
    stage.vote(late, **dict.fromkeys(SEATS, Choice.FAVOURABLE))
    ballots.close_item(late, actor=stage.acting("pia"))
    meetings.close_meeting(stage.meeting, reason="Faute de temps", actor=stage.acting("pia"))
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    told = minutes_facts(stage.meeting, "PV", actor=stage.acting("pia")).items[2].late
    assert (told.reason.fr, len(told.agreed), told.against) == (WHY, 4, ())


def test_the_database_keeps_every_answer_and_opens_nothing_without_one(stage, late):
    stage.declare("bob", item=late)
    with pytest.raises(IntegrityError), stage.session.begin_nested():
        stage.session.execute(
            text("UPDATE agenda_item SET opened_at = :at WHERE id = :id"), {"at": "2026-12-07", "id": late.id}
        )
    agree(stage, late, "bob")
    for change in ("UPDATE late_answer SET agrees = false", "DELETE FROM late_answer"):
        with pytest.raises(IntegrityError), stage.session.begin_nested():
            stage.session.execute(text(change))
    with pytest.raises(IntegrityError), stage.session.begin_nested():
        stage.session.add(LateAnswer(item_id=stage.item.id, seat_id=1, user_id=1, agrees=True, said_at=stage.clock()))
        stage.session.flush()
    assert len(stage.session.scalars(select(LateAnswer)).all()) == 1
