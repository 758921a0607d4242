"""The applicant's room: one's own dossiers alone, whose turn it is in each state, the withdrawal."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from certify.models import AgendaItem
from certify.models.meeting import ItemEnd
from certify.operations import agenda, meetings
from certify.operations.adjournments import return_to_committee
from certify.workflows.dossier import State
from tests.factories import draft
from tests.scenes import once
from tests.staged import clock, played, settled_sqlite, staged, store  # noqa: F401

CARDS = {
    "filed": "You have nothing to do.",
    "asked": "It is your turn: 1 document to complete",
    "admissible": "The decision is due by",
    "adjourned": "Une seconde analyse.",
    "reserved": "It is your turn: 2 reservations to lift",
    "refused": "Read the reasons",
    "approved": "sign the contract of use",
    "notified": "The authorisation is being signed",
    "signed": "See the licence",
}


@pytest.fixture
def alice(client_of):
    return client_of("alice")


def test_the_desk_shows_ones_own_dossiers(alice, client_of, played):  # noqa: F811
    mine = set(re.findall(r'/dossiers/(\d+)"', alice.get("/dossiers").text))
    assert mine == {str(number) for number in played.dossiers.values()}
    assert re.findall(r'/dossiers/(\d+)"', client_of("mallory").get("/dossiers").text) == []


def test_the_card_says_whose_turn_it_is(alice, staged):  # noqa: F811
    pages = {name: alice.get(f"/dossiers/{staged(name).id}?lang=en").text for name in CARDS}
    assert [name for name, words in CARDS.items() if words not in pages[name]] == []


@pytest.mark.parametrize("language", ["fr", "ar"])
def test_every_state_is_told_in_every_language(alice, staged, language):  # noqa: F811
    answers = [alice.get(f"/dossiers/{staged(name).id}?lang={language}") for name in CARDS]
    assert {answer.status_code for answer in answers} == {200}
    assert not any("None" in re.sub(r"<[^>]*>", "", answer.text) for answer in answers)


@pytest.mark.parametrize("name", ["mallory", "carol", "rachid", "pia", "bob", "sami", "aude", "adam"])
def test_nobody_else_enters(client_of, staged, name):  # noqa: F811
    client, room = client_of(name), f"/dossiers/{staged('signed').id}"
    pages = ("", "/filed", "/withdraw", "/decision", "/licence", "/contract", "/further")
    assert {client.get(room + page).status_code for page in pages} == {403}


def test_a_stranger_is_led_to_sign_in(client_of, staged):  # noqa: F811
    assert client_of(None).get(f"/dossiers/{staged('filed').id}").status_code in (302, 303)


def test_what_does_not_exist_is_not_there(alice):
    assert alice.get("/dossiers/999999").status_code == 404


def test_nothing_of_the_vote_reaches_the_applicant(alice, staged):  # noqa: F811
    page = alice.get(f"/dossiers/{staged('refused').id}?lang=en").text + alice.get("/dossiers?lang=en").text
    assert not any(word in page for word in ("Bob Test", "Bouchra", "quorum", "favourable", "report-sha256"))


def test_a_late_administration_is_said_and_approves_nothing(alice, staged, clock):  # noqa: F811
    clock.advance(days=90)
    page = alice.get(f"/dossiers/{staged('admissible').id}?lang=en").text
    assert re.search(r"The administration is late by \d+ days", page)
    assert "This silence is not an approval" in page


def test_a_request_is_withdrawn_once_its_consequence_is_read(session, alice, staged):  # noqa: F811
    dossier = staged("filed")
    page = alice.get(f"/dossiers/{dossier.id}/withdraw?lang=en").text
    answer = alice.post(
        f"/dossiers/{dossier.id}/withdraw", data={"version": dossier.version, "reason": "Plus de miel."}
    )
    session.expire_all()
    assert ("closed for good" in page, answer.status_code, dossier.state) == (True, 303, State.WITHDRAWN)


def test_a_stale_withdrawal_changes_nothing(session, alice, staged):  # noqa: F811
    dossier = staged("filed")
    answer = alice.post(f"/dossiers/{dossier.id}/withdraw", data={"version": dossier.version - 1})
    session.expire_all()
    assert (answer.status_code, dossier.state) == (409, State.FILED)


def test_a_decision_is_not_withdrawn(session, alice, staged):  # noqa: F811
    decided = [staged(name) for name in ("approved", "refused", "signed")]
    states = [dossier.state for dossier in decided]
    addresses = [f"/dossiers/{dossier.id}/withdraw" for dossier in decided]
    answers = {send(address).status_code for address in addresses for send in (alice.get, alice.post)}
    session.expire_all()
    assert (answers, [dossier.state for dossier in decided]) == ({409}, states)


def test_a_draft_is_given_up(session, acting, alice, store):  # noqa: F811
    dossier = once(draft, is_complete=False)
    session.commit()
    answer = alice.post(f"/dossiers/{dossier.id}/withdraw", data={"version": dossier.version})
    session.expire_all()
    assert (answer.status_code, dossier.state, dossier.number) == (303, State.WITHDRAWN, None)
    assert alice.get(answer.location).status_code == 200


def test_the_item_of_a_withdrawn_dossier_ends(session, alice, staged, acting):  # noqa: F811
    dossier, office = staged("adjourned"), acting("carol")
    return_to_committee(dossier, actor=office)
    held_on = office.today + timedelta(days=14)
    meeting = meetings.plan_meeting(held_on=held_on, starts_at="10:00", place="Rabat", actor=office)
    agenda.put_on_agenda(meeting, dossier, actor=office)
    session.commit()
    alice.post(f"/dossiers/{dossier.id}/withdraw", data={"version": dossier.version})
    session.expire_all()
    item = session.scalars(select(AgendaItem).where(AgendaItem.meeting_id == meeting.id)).one()
    assert (dossier.state, item.ended) == (State.WITHDRAWN, ItemEnd.WITHDRAWN)
