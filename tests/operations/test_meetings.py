"""Meetings: planned, convened in time, opened with their quorum, closed, given up."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from certify.models import Message
from certify.models.meeting import ItemEnd
from certify.operations import agenda, meetings
from certify.queries.committee import list_places
from certify.workflows.dossier import State as Dossier
from certify.workflows.errors import (
    AlreadyDone,
    Malformed,
    NotAllowed,
    QuorumMissing,
    Refused,
    Stale,
    WrongState,
)
from certify.workflows.meeting import State
from tests.sittings import DAY, at_work, on_stage  # noqa: F401

LATER = date(2027, 1, 20)


def plan(stage, held_on=LATER, **more):
    return meetings.plan_meeting(held_on=held_on, starts_at="10:00", place="Rabat", actor=stage.acting("carol"), **more)


def told(stage, kind):
    return sorted(
        stage.session.scalars(select(Message).where(Message.kind == kind)), key=lambda each: each.recipient_id
    )


def test_a_planned_meeting_is_numbered_by_the_year_it_is_held(stage):
    assert [plan(stage).number, plan(stage).number, plan(stage, date(2026, 12, 20)).number] == [
        "CH-2027-01",
        "CH-2027-02",
        "CH-2026-02",
    ]


def test_only_the_secretariat_plans(stage):
    with pytest.raises(NotAllowed):
        meetings.plan_meeting(held_on=LATER, starts_at="10:00", place="Rabat", actor=stage.acting("pia"))


def test_a_meeting_is_never_planned_in_the_past(stage):
    with pytest.raises(Malformed) as refused:
        plan(stage, date(2026, 11, 22))
    assert refused.value.facts == {"day": date(2026, 11, 22)}


def test_a_draft_may_change_its_day(stage):
    meeting = plan(stage)
    day = date(2027, 2, 1)
    meetings.replan_meeting(
        meeting,
        held_on=day,
        starts_at="11:00",
        place="Agadir",
        is_urgent=True,
        urgency="Récolte",
        actor=stage.acting("carol"),
    )
    assert (meeting.held_on, meeting.starts_at, meeting.place, meeting.is_urgent) == (day, "11:00", "Agadir", True)


def test_a_convened_meeting_keeps_its_day(stage):
    with pytest.raises(Refused):
        meetings.replan_meeting(
            stage.meeting,
            held_on=LATER,
            starts_at="11:00",
            place="Agadir",
            is_urgent=False,
            actor=stage.acting("carol"),
        )
    assert stage.meeting.held_on == DAY


def test_convening_writes_to_titulars_and_alternates_and_names_no_dossier(stage, user):
    everybody = sorted(user(name).id for name in ("pia", "bob", "brahim", "bouchra", "badr"))
    messages = told(stage, "meeting_convened")
    assert [message.recipient_id for message in messages] == everybody
    assert messages[0].facts == {
        "number": "CH-2026-01",
        "meeting_id": stage.meeting.id,
        "held_on": "2026-12-07",
        "starts_at": "09:30",
        "place": "Rabat",
        "is_urgent": False,
        "urgency": None,
        "is_second": False,
        "items": 2,
    }


@pytest.mark.parametrize(("is_urgent", "days"), [(False, 10), (True, 3)])
def test_members_are_convened_in_time_or_not_at_all(stage, is_urgent, days):
    today = stage.acting("carol").today
    meeting = plan(stage, today + timedelta(days=days), is_urgent=is_urgent, urgency="Récolte")
    agenda.put_on_agenda(meeting, stage.spare, actor=stage.acting("carol"))
    stage.clock.advance(days=1)
    with pytest.raises(Refused) as refused:
        meetings.convene(meeting, actor=stage.acting("carol"))
    assert refused.value.facts == {"day": today + timedelta(days=days + 1)}
    stage.clock.advance(days=-1)
    meetings.convene(meeting, actor=stage.acting("carol"))
    assert meeting.state is State.CONVENED


def test_an_empty_agenda_is_not_convened(stage):
    with pytest.raises(Refused, match="The agenda is empty"):
        meetings.convene(plan(stage), actor=stage.acting("carol"))


def test_a_stale_page_convenes_nothing(stage):
    meeting = plan(stage)
    agenda.put_on_agenda(meeting, stage.spare, actor=stage.acting("carol"))
    with pytest.raises(Stale):
        meetings.convene(meeting, version=meeting.version - 1, actor=stage.acting("carol"))


def test_a_seat_is_held_by_one_person_at_a_time(stage):
    stage.gather("bob")
    seat = next(place.seat for place in list_places(stage.session, stage.meeting) if place.sitting)
    with pytest.raises(Refused, match="Bob Test sits on this seat"):
        meetings.record_arrival(stage.meeting, seat, stage.acting("badr").user, actor=stage.acting("carol"))
    stage.leave("bob")
    stay = meetings.record_arrival(
        stage.meeting, seat, stage.acting("badr").user, is_remote=True, actor=stage.acting("carol")
    )
    assert (stay.user.name, stay.is_remote, stay.left_at) == ("Badr Test", True, None)


def test_who_holds_no_mandate_does_not_sit(stage):
    stage.gather("pia")
    place = list_places(stage.session, stage.meeting)[1]
    with pytest.raises(Refused, match="Rachid Test holds no mandate"):
        meetings.record_arrival(stage.meeting, place.seat, stage.acting("rachid").user, actor=stage.acting("carol"))


def test_nobody_arrives_twice_nor_leaves_twice(stage):
    stage.gather("pia")
    [stay] = stage.meeting.attendances
    with pytest.raises(AlreadyDone):
        meetings.record_arrival(stage.meeting, stay.seat, stay.user, actor=stage.acting("carol"))
    stage.leave("pia")
    with pytest.raises(AlreadyDone):
        meetings.record_departure(stay, actor=stage.acting("carol"))


def test_attendance_is_recorded_on_the_day_and_by_the_office(stage):
    place = list_places(stage.session, stage.meeting)[0]
    with pytest.raises(Refused, match="on the day"):
        meetings.record_arrival(stage.meeting, place.seat, place.titular, actor=stage.acting("carol"))
    stage.clock.advance(days=14)
    with pytest.raises(NotAllowed):
        meetings.record_arrival(stage.meeting, place.seat, place.titular, actor=stage.acting("bob"))


def test_a_meeting_opens_with_its_quorum(stage):
    stage.open("pia", "bob", "bouchra")
    assert (stage.meeting.state, stage.meeting.opened_at) == (State.OPEN, stage.clock())


def test_without_its_quorum_a_meeting_stays_closed_and_says_what_is_missing(stage):
    stage.gather("pia", "bob")
    with pytest.raises(QuorumMissing) as refused:
        meetings.open_meeting(stage.meeting, actor=stage.acting("pia"))
    figures = {"base": 4, "required": 3, "present": 2, "recused": 0, "missing": 1, "minimum": 3}
    assert (refused.value.facts, stage.meeting.state) == (figures, State.CONVENED)


def test_a_meeting_opens_on_its_day_alone(stage):
    stage.gather("pia", "bob", "bouchra")
    stage.clock.advance(days=1)
    with pytest.raises(Refused, match="on its day"):
        meetings.open_meeting(stage.meeting, actor=stage.acting("pia"))


def test_who_presides_must_be_there(stage):
    stage.gather("bob", "brahim", "bouchra")
    with pytest.raises(NotAllowed, match="not recorded as present"):
        meetings.open_meeting(stage.meeting, actor=stage.acting("pia"))
    with pytest.raises(NotAllowed, match="president’s seat"):
        meetings.open_meeting(stage.meeting, actor=stage.acting("bob"))


def test_without_a_quorum_the_items_are_ready_again_and_a_second_convocation_needs_fewer_seats(stage):
    dossier = stage.item.dossier
    stage.gather("pia", "bob")
    meetings.declare_no_quorum(stage.meeting, actor=stage.acting("pia"))
    assert (stage.meeting.state, dossier.state, stage.item.ended) == (State.NO_QUORUM, Dossier.READY, ItemEnd.POSTPONED)
    second = plan(stage, DAY + timedelta(days=8), second_of=stage.meeting)
    agenda.put_on_agenda(second, dossier, actor=stage.acting("carol"))
    meetings.convene(second, actor=stage.acting("carol"))
    assert second.second_of is stage.meeting


def test_a_second_convocation_leaves_eight_days(stage):
    stage.gather("pia")
    meetings.declare_no_quorum(stage.meeting, actor=stage.acting("pia"))
    second = plan(stage, DAY + timedelta(days=7), second_of=stage.meeting)
    agenda.put_on_agenda(second, stage.item.dossier, actor=stage.acting("carol"))
    with pytest.raises(Refused) as refused:
        meetings.convene(second, actor=stage.acting("carol"))
    assert refused.value.facts == {"day": DAY + timedelta(days=8)}


def test_a_quorum_that_is_there_is_not_declared_missing(stage):
    stage.gather()
    with pytest.raises(Refused, match="is reached"):
        meetings.declare_no_quorum(stage.meeting, actor=stage.acting("pia"))


def test_only_a_failed_meeting_is_called_again_and_once(stage):
    with pytest.raises(Refused, match="whose quorum failed"):
        plan(stage, second_of=stage.meeting)
    stage.gather("pia")
    meetings.declare_no_quorum(stage.meeting, actor=stage.acting("pia"))
    plan(stage, second_of=stage.meeting)
    with pytest.raises(AlreadyDone):
        plan(stage, second_of=stage.meeting)


def test_a_president_recused_on_an_item_leaves_it_for_the_secretariat_to_release(stage):
    stage.declare("pia", conflict="pia")
    stage.gather("pia")
    meetings.declare_no_quorum(stage.meeting, actor=stage.acting("pia"))
    assert (stage.item.dossier.state, stage.other.dossier.state) == (Dossier.ON_AGENDA, Dossier.READY)
    plan(stage, second_of=stage.meeting)
    assert (stage.item.dossier.state, stage.item.ended) == (Dossier.READY, ItemEnd.POSTPONED)


def test_a_meeting_is_suspended_resumed_and_closed(stage):
    stage.open()
    states = []
    for act in (meetings.suspend_meeting, meetings.resume_meeting):
        act(stage.meeting, actor=stage.acting("pia"))
        states.append(stage.meeting.state)
    meetings.close_meeting(stage.meeting, reason="Faute de temps", actor=stage.acting("pia"))
    assert [*states, stage.meeting.state] == [State.SUSPENDED, State.OPEN, State.CLOSED]
    assert {(item.ended, item.end_reason, item.dossier.state) for item in stage.meeting.items} == {
        (ItemEnd.POSTPONED, "Faute de temps", Dossier.READY)
    }


def test_what_was_not_dealt_with_needs_a_reason(stage):
    stage.open()
    with pytest.raises(Refused) as refused:
        meetings.close_meeting(stage.meeting, actor=stage.acting("pia"))
    assert (refused.value.facts, stage.meeting.state) == ({"items": 2}, State.OPEN)


def test_an_item_in_deliberation_keeps_the_meeting_open(stage):
    stage.deliberate()
    for act in (meetings.suspend_meeting, meetings.close_meeting):
        with pytest.raises(Refused, match="still in deliberation"):
            act(stage.meeting, actor=stage.acting("pia"))


@pytest.mark.parametrize(
    ("act", "state", "end", "kind"),
    [
        (meetings.postpone_meeting, State.POSTPONED, ItemEnd.POSTPONED, "meeting_postponed"),
        (meetings.cancel_meeting, State.CANCELLED, ItemEnd.TAKEN_OFF, "meeting_cancelled"),
    ],
)
def test_a_meeting_given_up_frees_its_items_and_tells_its_members(stage, act, state, end, kind):
    act(stage.meeting, reason="Salle inondée", actor=stage.acting("carol"))
    assert (stage.meeting.state, stage.item.ended, stage.item.dossier.state) == (state, end, Dossier.READY)
    assert [message.facts["reason"] for message in told(stage, kind)] == ["Salle inondée"] * 5


def test_a_meeting_is_not_given_up_without_a_reason(stage):
    for act in (meetings.postpone_meeting, meetings.cancel_meeting):
        with pytest.raises(Refused, match="State the reason"):
            act(stage.meeting, reason=None, actor=stage.acting("carol"))


def test_a_draft_that_is_cancelled_tells_nobody(stage):
    meeting = plan(stage)
    meetings.cancel_meeting(meeting, reason="Doublon", actor=stage.acting("carol"))
    assert (meeting.state, told(stage, "meeting_cancelled")) == (State.CANCELLED, [])


def test_an_open_meeting_is_not_opened_again(stage):
    stage.open()
    with pytest.raises(WrongState):
        meetings.open_meeting(stage.meeting, actor=stage.acting("pia"))


def test_a_second_convocation_counts_for_each_member_what_they_will_hear(stage):
    stage.declare("bob", conflict="bob")
    stage.gather("pia")
    meetings.declare_no_quorum(stage.meeting, actor=stage.acting("pia"))
    second = plan(stage, second_of=stage.meeting, held_on=DAY + timedelta(days=20))
    agenda.fill_agenda(second, [stage.item.dossier, stage.other.dossier], actor=stage.acting("carol"))
    meetings.convene(second, actor=stage.acting("carol"))
    written = [each for each in told(stage, "meeting_convened") if each.facts["meeting_id"] == second.id]
    counted = {each.recipient.email.partition("@")[0]: each.facts["items"] for each in written}
    assert counted == {"pia": 2, "bob": 1, "badr": 2, "brahim": 2, "bouchra": 2}
