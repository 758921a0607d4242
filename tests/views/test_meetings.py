"""Meetings as the secretariat prepares and keeps them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from certify.models import Attendance, Meeting, Paper
from certify.models.meeting import ItemEnd
from certify.operations import meetings
from certify.workflows.meeting import State
from certify.workflows.voting import Choice
from tests.decisions import attest
from tests.sittings import at_work, of_visitor, on_stage, plain  # noqa: F401

PLAN = {"held_on": "2027-01-20", "starts_at": "9h30", "place": "Rabat, salle 2"}


def test_the_list_shows_every_meeting_with_its_state(stage, visitor):
    page = visitor("carol").get("/meetings")
    assert (page.status_code, "CH-2026-01" in page.text, "Convened" in page.text) == (200, True, True)


@pytest.mark.parametrize("name", ["alice", "rachid", "adam"])
def test_meetings_are_closed_to_whoever_has_no_part_in_them(stage, visitor, name):
    assert visitor(name).get("/meetings").status_code == 403


def test_a_meeting_is_planned_and_leads_to_its_agenda(stage, visitor):
    answer = visitor("carol").post("/meetings/new", **PLAN)
    planned = stage.session.scalars(select(Meeting).where(Meeting.number == "CH-2027-01")).one()
    assert (answer.status_code, answer.location) == (303, f"/meetings/{planned.id}/agenda")
    assert (planned.starts_at, planned.place, planned.state) == ("09:30", "Rabat, salle 2", State.DRAFT)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"starts_at": "demain"}, "Enter the time of the meeting"),
        ({"held_on": "31/02/2027"}, "Enter the day of the meeting"),
        ({"place": " "}, "Enter the place"),
        ({"held_on": "2026-11-20"}, "Choose a day to come"),
    ],
)
def test_a_wrong_plan_comes_back_with_what_was_typed(stage, visitor, typed, sentence):
    answer = visitor("carol").post("/meetings/new", **(PLAN | typed))
    assert (answer.status_code, sentence in answer.text, 'value="Rabat, salle 2"' in answer.text) == (
        422,
        True,
        "place" not in typed,
    )
    assert stage.session.query(Meeting).count() == 1


def test_only_the_secretariat_plans(stage, visitor):
    for name in ("pia", "bob", "aude", "sami"):
        assert visitor(name).post("/meetings/new", **PLAN).status_code == 403
    assert stage.session.query(Meeting).count() == 1


def test_members_see_no_meeting_before_it_is_convened(stage, visitor):
    carol = visitor("carol")
    carol.post("/meetings/new", **PLAN)
    bob = visitor("bob")
    assert ("CH-2027-01" in bob.get("/meetings").text, bob.get("/meetings/2").status_code) == (False, 403)
    assert carol.get("/meetings/2").status_code == 200


def test_ready_dossiers_are_chosen_for_an_agenda_that_is_open(stage, visitor):
    spare = stage.spare
    carol = visitor("carol")
    assert f'value="{spare.id}"' in carol.get(f"/meetings/{stage.meeting.id}/agenda").text
    assert carol.post(f"/meetings/{stage.meeting.id}/agenda", dossiers=spare.id).status_code == 303
    assert [item.dossier_id for item in stage.meeting.items][-1] == spare.id


def test_an_agenda_takes_neither_nothing_nor_what_is_not_ready(stage, visitor):
    carol, taken = visitor("carol"), stage.item.dossier_id
    for typed, sentence in (
        ({}, "Choose at least one dossier"),
        ({"dossiers": taken}, "Choose among the ready dossiers"),
    ):
        answer = carol.post(f"/meetings/{stage.meeting.id}/agenda", **typed)
        assert (answer.status_code, sentence in answer.text) == (422, True)
    assert len(stage.meeting.items) == 2


def test_a_closed_agenda_says_so(stage, visitor):
    spare = stage.spare.id
    stage.clock.advance(days=10)
    answer = visitor("carol").post(f"/meetings/{stage.meeting.id}/agenda", dossiers=spare)
    assert (answer.status_code, "the last day to add an item was 2 December 2026" in plain(answer)) == (422, True)


def test_the_convocation_says_the_earliest_day_and_refuses_a_shorter_notice(stage, visitor):
    carol = visitor("carol")
    carol.post("/meetings/new", **(PLAN | {"held_on": "2026-12-04"}))
    carol.post("/meetings/2/agenda", dossiers=stage.spare.id)
    stage.clock.advance(days=4)
    page = carol.get("/meetings/2/convocation")
    assert "at least 10 days. Convened today, the earliest day is 7 December 2026." in plain(page)
    answer = carol.post("/meetings/2/convocation", version=1)
    assert (answer.status_code, "the earliest day for this meeting is 7 December 2026" in plain(answer)) == (422, True)
    assert stage.session.get(Meeting, 2).state is State.DRAFT


def test_a_meeting_is_convened_in_time(stage, visitor):
    carol = visitor("carol")
    carol.post("/meetings/new", **PLAN)
    carol.post("/meetings/2/agenda", dossiers=stage.spare.id)
    assert carol.post("/meetings/2/convocation", version=1).status_code == 303
    assert stage.session.get(Meeting, 2).state is State.CONVENED


def test_a_stale_page_changes_nothing_and_shows_what_is(stage, visitor):
    carol = visitor("carol")
    carol.post("/meetings/new", **PLAN)
    carol.post("/meetings/2/plan", **(PLAN | {"place": "Agadir"}), version=1)
    answer = carol.post("/meetings/2/plan", **(PLAN | {"place": "Fès"}), version=1)
    assert (answer.status_code, "while you were working on it" in answer.text) == (409, True)
    assert (stage.session.get(Meeting, 2).place, 'value="Fès"' in answer.text) == ("Agadir", True)


def test_arrivals_and_departures_are_pressed_on_the_sheet(stage, visitor):
    stage.gather("pia")
    place = stage.meeting.attendances[0].seat
    carol, meeting, bob = visitor("carol"), stage.meeting.id, stage.acting("bob").user.id
    seat = place.id + 1
    assert carol.post(f"/meetings/{meeting}/arrivals", seat=seat, person=bob, is_remote="y").status_code == 303
    stay = stage.session.scalars(select(Attendance).where(Attendance.user_id == bob)).one()
    assert (stay.is_remote, stay.left_at) == (True, None)
    assert carol.post(f"/meetings/{meeting}/departures", stay=stay.id).status_code == 303
    assert stay.left_at == stage.clock()
    answer = carol.post(f"/meetings/{meeting}/departures", stay=stay.id)
    assert (answer.status_code, "is already recorded" in answer.text) == (409, True)


def test_a_taken_seat_and_a_stranger_are_refused_on_the_sheet(stage, visitor):
    stage.gather("bob")
    seat, meeting = stage.meeting.attendances[0].seat_id, stage.meeting.id
    badr, rachid = stage.acting("badr").user.id, stage.acting("rachid").user.id
    carol = visitor("carol")
    answer = carol.post(f"/meetings/{meeting}/arrivals", seat=seat, person=badr)
    assert (answer.status_code, "Bob Test sits on this seat" in answer.text) == (422, True)
    assert carol.post(f"/meetings/{meeting}/arrivals", seat=seat + 1, person=rachid).status_code == 422
    assert carol.post(f"/meetings/{meeting}/arrivals", seat=99, person=badr).status_code == 404
    assert visitor("brahim").post(f"/meetings/{meeting}/arrivals", seat=seat, person=badr).status_code == 403
    assert stage.session.query(Attendance).count() == 1


@pytest.mark.parametrize("act", ["postponement", "cancellation"])
def test_a_meeting_is_given_up_with_a_reason_alone(stage, visitor, act):
    carol, meeting = visitor("carol"), stage.meeting
    assert carol.post(f"/meetings/{meeting.id}/{act}", version=meeting.version, reason="").status_code == 422
    assert visitor("pia").post(f"/meetings/{meeting.id}/{act}", reason="Non").status_code == 403
    version = meeting.version
    assert carol.post(f"/meetings/{meeting.id}/{act}", version=version, reason="Salle inondée").status_code == 303
    assert meeting.state in {State.POSTPONED, State.CANCELLED}
    assert carol.post(f"/meetings/{meeting.id}/{act}", reason="Encore").status_code == 409


def test_an_item_is_taken_off_with_a_reason(stage, visitor):
    item = stage.item
    address, version = f"/meetings/items/{item.id}/removal", item.dossier.version
    assert visitor("bob").post(address, reason="Non").status_code == 403
    assert visitor("carol").post(address, version=version, reason="À revoir").status_code == 303
    assert (item.ended, item.end_reason) == (ItemEnd.TAKEN_OFF, "À revoir")


def test_a_failed_meeting_offers_its_second_convocation(stage, visitor):
    stage.gather("pia")
    meetings.declare_no_quorum(stage.meeting, actor=stage.acting("pia"))
    carol = visitor("carol")
    assert f"/meetings/new?second_of={stage.meeting.id}" in carol.get(f"/meetings/{stage.meeting.id}").text
    assert carol.post(f"/meetings/new?second_of={stage.meeting.id}", **PLAN).status_code == 303
    assert stage.session.get(Meeting, 2).second_of is stage.meeting
    answer = carol.post(f"/meetings/new?second_of={stage.meeting.id}", **PLAN)
    assert (answer.status_code, "CH-2027-01" in answer.text) == (409, True)


def test_minutes_are_drawn_up_by_the_secretariat_once_nothing_is_lacking(stage, visitor):
    stage.decide(Choice.UNFAVOURABLE)
    meetings.close_meeting(stage.meeting, reason="Temps", actor=stage.acting("pia"))
    carol, meeting, item = visitor("carol"), stage.meeting, stage.item.id
    address = f"/meetings/{meeting.id}/minutes/draft"
    answer = carol.post(address, version=meeting.version)
    assert (answer.status_code, "Some items still lack their reasons" in answer.text) == (422, True)
    reason = {"reasons-0-criterion": "general.origin", "reasons-0-fact": "Non", "reasons-0-evidence": "Rapport"}
    assert carol.post(f"/committee/items/{item}/reasons", **reason).status_code == 303
    assert carol.post(f"/meetings/items/{item}/debate", debate="On en a parlé.").status_code == 303
    assert carol.post(address, version=meeting.version).status_code == 303
    page = visitor("pia").get(f"/meetings/{meeting.id}/minutes").text
    assert [each in page for each in ("On en a parlé.", "Rapport", "Unfavourable")] == [True] * 3


def test_the_president_reads_then_signs_and_every_paper_is_issued(stage, visitor):
    stage.decide(Choice.FAVOURABLE)
    meetings.close_meeting(stage.meeting, reason="Temps", actor=stage.acting("pia"))
    meeting, carol, pia = stage.meeting, visitor("carol"), visitor("pia")
    carol.post(f"/meetings/{meeting.id}/minutes/draft", version=meeting.version)
    address = f"/committee/meetings/{meeting.id}/signature"
    assert carol.post(address, version=meeting.version).status_code == 403
    assert pia.post(address, version=meeting.version).status_code == 409
    attest(meeting, stage.acting)
    assert "Read everything before you sign" in pia.get(address).text
    assert pia.post(address, version=meeting.version).status_code == 303
    assert stage.session.query(Paper).filter(Paper.number == "PV-CH-2026-01").count() == 1
    assert pia.post(address, version=meeting.version).status_code == 409


def test_minutes_go_back_for_correction_with_a_reason(stage, visitor):
    stage.decide(Choice.FAVOURABLE)
    meetings.close_meeting(stage.meeting, reason="Temps", actor=stage.acting("pia"))
    meeting, carol = stage.meeting, visitor("carol")
    carol.post(f"/meetings/{meeting.id}/minutes/draft", version=meeting.version)
    address = f"/meetings/{meeting.id}/minutes/correction"
    assert carol.post(address, version=meeting.version, reason="").status_code == 422
    assert carol.post(address, version=meeting.version, reason="Une coquille").status_code == 303
    assert meeting.state is State.CLOSED
