"""The committee: declarations, ballots, the conduct of items; and what nobody may see."""

from __future__ import annotations

import pytest

from certify.models import Ballot
from certify.models.meeting import ItemEnd
from certify.operations import agenda, ballots, meetings
from certify.workflows.dossier import State
from certify.workflows.meeting import State as MeetingState
from certify.workflows.voting import Choice
from tests.people import SEATS
from tests.sittings import at_work, of_visitor, on_stage, plain  # noqa: F401

WORDS = "Analyser encore le lot 7"


def path(stage, page="", item=None):
    return f"/committee/items/{(item or stage.item).id}{page}"


def test_the_desk_says_what_is_awaited_then_leads_to_the_vote(stage, visitor):
    bob = visitor("bob")
    assert "2 declarations of interest are awaited from you" in bob.get("/committee").text
    stage.deliberate()
    page = bob.get("/committee").text
    assert ("Item 1 is open: your vote is awaited" in page, path(stage, "/ballot") in page) == (True, True)
    assert "1 declaration of interest is awaited from you" in page


@pytest.mark.parametrize("name", ["carol", "alice", "rachid", "aude"])
def test_the_desk_is_the_committee_s_alone(stage, visitor, name):
    assert visitor(name).get("/committee").status_code == 403


def test_report_and_documents_open_once_an_interest_is_declared(stage, visitor):
    bob = visitor("bob")
    before = bob.get(path(stage)).text
    assert bob.post(path(stage, "/interest"), interest="none").status_code == 303
    after = bob.get(path(stage)).text
    found = [("The report and the documents are closed" in page, "Fingerprint" in page) for page in (before, after)]
    assert found == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Answer one way or the other"),
        ({"interest": "conflict", "statement": " "}, "what ties you to this dossier"),
        ({"interest": "none", "statement": "Ma cousine"}, "answer that you have an interest"),
    ],
)
def test_an_unclear_declaration_comes_back(stage, visitor, typed, sentence):
    answer = visitor("bob").post(path(stage, "/interest"), **typed)
    assert (answer.status_code, sentence in answer.text, stage.item.declarations) == (422, True, [])


def test_only_who_sits_declares_and_votes(stage, visitor):
    stage.deliberate()
    for name in ("carol", "alice", "mallory", "rachid", "aude"):
        client = visitor(name)
        assert client.post(path(stage, "/interest"), interest="none").status_code == 403
        assert client.post(path(stage, "/ballot"), choice="favourable").status_code == 403
    assert (len(stage.item.declarations), stage.item.ballots) == (4, [])


def test_a_ballot_is_cast_and_is_in(stage, visitor):
    stage.deliberate()
    bob = visitor("bob")
    answer = bob.post(path(stage, "/ballot"), choice="unfavourable", statement=WORDS)
    assert (answer.status_code, answer.location) == (303, path(stage))
    page = bob.get(path(stage)).text
    assert ("Your ballot is in" in page, WORDS in page) == (True, False)
    assert [(each.choice, each.statement) for each in stage.item.ballots] == [(Choice.UNFAVOURABLE, WORDS)]


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({}, "Choose one of the votes"),
        ({"choice": "unfavourable"}, "Write the reason"),
        ({"choice": "favourable", "statement": "Sauf l’étiquette"}, "This vote takes no text"),
        ({"choice": "perhaps"}, "Choose one of the votes"),
    ],
)
def test_an_unclear_ballot_comes_back_with_what_was_typed(stage, visitor, typed, sentence):
    stage.deliberate()
    answer = visitor("bob").post(path(stage, "/ballot"), **typed)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert (typed.get("statement", "") in answer.text, stage.session.query(Ballot).count()) == (True, 0)


def test_a_second_ballot_gets_a_page_that_says_so(stage, visitor):
    stage.deliberate()
    bob = visitor("bob")
    bob.post(path(stage, "/ballot"), choice="favourable")
    answer = bob.post(path(stage, "/ballot"), choice="abstention")
    assert (answer.status_code, "a ballot is cast once" in answer.text) == (409, True)
    assert [each.choice for each in stage.item.ballots] == [Choice.FAVOURABLE]


def test_a_late_ballot_gets_a_page_that_says_so(stage, visitor):
    stage.deliberate()
    stage.vote(pia=Choice.FAVOURABLE, brahim=Choice.FAVOURABLE, bouchra=Choice.FAVOURABLE)
    stage.leave("bob")
    ballots.close_item(stage.item, actor=stage.acting("pia"))
    stage.gather("bob")
    answer = visitor("bob").post(path(stage, "/ballot"), choice="favourable")
    assert (answer.status_code, "came too late and was not counted" in answer.text) == (409, True)


def test_the_president_opens_conducts_and_closes(stage, visitor):
    stage.gather()
    pia, meeting = visitor("pia"), stage.meeting
    opening = f"/committee/meetings/{meeting.id}/opening"
    assert pia.post(opening, version=meeting.version).status_code == 303
    answer = pia.post(path(stage, "/opening"), version=stage.item.dossier.version)
    assert (answer.status_code, "must first declare" in answer.text, "Bob Test" in answer.text) == (422, True, True)
    stage.declare(*SEATS)
    assert pia.post(path(stage, "/opening"), version=stage.item.dossier.version).status_code == 303
    stage.vote(**dict.fromkeys(SEATS, Choice.FAVOURABLE))
    assert pia.post(path(stage, "/closing"), version=stage.item.dossier.version).status_code == 303
    assert (stage.item.ended, stage.item.dossier.state) == (ItemEnd.APPROVED, State.OPINION)
    for act in ("suspension", "resumption"):
        assert pia.post(f"/committee/meetings/{meeting.id}/{act}", version=meeting.version).status_code == 303
    closing = f"/committee/meetings/{meeting.id}/closing"
    assert pia.post(closing, version=meeting.version).status_code == 422
    assert pia.post(closing, version=meeting.version, reason="Temps").status_code == 303
    assert meeting.state is MeetingState.CLOSED


def test_nobody_else_conducts(stage, visitor):
    stage.deliberate()
    stage.vote(**dict.fromkeys(SEATS, Choice.FAVOURABLE))
    for name in ("bob", "carol", "sami"):
        client = visitor(name)
        for act in ("opening", "closing", "postponement"):
            assert client.post(path(stage, f"/{act}"), reason="Non").status_code == 403
        assert client.post(f"/committee/meetings/{stage.meeting.id}/closing", reason="Non").status_code == 403
    assert stage.item.closed_at is None


def test_a_quorum_that_is_missing_is_said_with_its_figures(stage, visitor):
    stage.gather("pia", "bob")
    pia, meeting = visitor("pia"), stage.meeting
    answer = pia.post(f"/committee/meetings/{meeting.id}/opening", version=meeting.version)
    assert (answer.status_code, "present 2, required 3, missing 1" in answer.text) == (422, True)
    assert pia.post(f"/committee/meetings/{meeting.id}/absence", version=meeting.version).status_code == 303
    assert meeting.state is MeetingState.NO_QUORUM


def test_a_quorum_lost_at_the_close_is_said_and_the_item_may_be_postponed(stage, visitor):
    stage.deliberate("pia", "bob", "bouchra")
    stage.vote(**dict.fromkeys(("pia", "bob", "bouchra"), Choice.FAVOURABLE))
    stage.leave("bouchra")
    pia, version = visitor("pia"), stage.item.dossier.version
    answer = pia.post(path(stage, "/closing"), version=version)
    assert (answer.status_code, "The quorum is not reached: present 2" in answer.text) == (422, True)
    assert pia.post(path(stage, "/postponement"), version=version, reason="").status_code == 422
    assert pia.post(path(stage, "/postponement"), version=version, reason="Quorum perdu").status_code == 303
    assert (stage.item.ended, stage.item.dossier.state) == (ItemEnd.POSTPONED, State.READY)


def test_a_vote_closed_twice_gets_a_page_that_shows_the_result(stage, visitor):
    stage.deliberate()
    stage.vote(**dict.fromkeys(SEATS, Choice.FAVOURABLE))
    pia, version = visitor("pia"), stage.item.dossier.version
    pia.post(path(stage, "/closing"), version=version)
    answer = pia.post(path(stage, "/closing"), version=version)
    assert (answer.status_code, "while you were working on it" in answer.text, "Approved" in answer.text) == (
        409,
        True,
        True,
    )


def test_terms_reservations_and_reasons_are_proposed_from_the_ballots_and_stated(stage, visitor):
    stage.deliberate()
    choice = {"choice": "favourable_with_reservations", "statement": "Corriger le poids net"}
    for name in SEATS:
        visitor(name).post(path(stage, "/ballot"), **choice)
    ballots.close_item(stage.item, actor=stage.acting("pia"))
    pia = visitor("pia")
    assert "Corriger le poids net" in pia.get(path(stage, "/reservations")).text
    assert visitor("bob").post(path(stage, "/reservations"), **{"statements-0": "Non"}).status_code == 403
    assert pia.post(path(stage, "/reservations"), **{"statements-0": "", "statements-1": ""}).status_code == 422
    assert pia.post(path(stage, "/reservations"), **{"statements-0": "Corriger", "statements-1": ""}).status_code == 303
    assert [each.statement for each in stage.item.reservations] == ["Corriger"]
    assert pia.post(path(stage, "/reasons"), **{"reasons-0-fact": "Non"}).status_code == 422


def test_the_terms_of_an_adjournment_are_stated_by_the_president(stage, visitor):
    stage.decide(Choice.ADJOURN)
    pia, terms = visitor("pia"), {"awaited": "Une analyse", "awaited_from": "applicant"}
    answer = pia.post(path(stage, "/adjournment"), **terms, awaited_by="2027-03-01")
    assert (answer.status_code, "Choose a day from today to 5 February 2027" in plain(answer)) == (422, True)
    assert pia.post(path(stage, "/adjournment"), **terms, awaited_by="2027-01-15").status_code == 303
    assert (stage.item.awaited, stage.item.awaited_by.isoformat()) == ("Une analyse", "2027-01-15")


def test_a_page_under_way_asks_for_itself_again_unless_it_holds_a_form_or_is_kept_still(stage, visitor):
    stage.deliberate()
    bob = visitor("bob")
    pages = [bob.get(each).text for each in (path(stage), path(stage, "/ballot"), path(stage, "?still=1"))]
    assert ["data-live=" in page for page in pages] == [True, False, False]
    assert [page.count('<noscript><meta http-equiv="refresh" content="15">') for page in pages] == [1, 0, 0]


PAGES = (
    "/committee",
    "/meetings",
    "/meetings/{meeting}",
    "/meetings/{meeting}/attendance",
    "/meetings/{meeting}/minutes",
    "/meetings/{meeting}/minutes/remarks",
    "/meetings/{meeting}/minutes/approval",
    "/meetings/{meeting}/agenda",
    "/committee/items/{item}",
    "/committee/items/{item}/interest",
    "/committee/items/{item}/ballot",
    "/committee/items/{item}/opening",
    "/committee/items/{item}/closing",
    "/committee/items/{item}/postponement",
    "/committee/items/{item}/adjournment",
    "/committee/items/{item}/reservations",
    "/committee/items/{item}/reasons",
    "/committee/meetings/{meeting}/closing",
    "/committee/meetings/{meeting}/signature",
    "/committee/meetings/{meeting}/absence",
    "/meetings/items/{item}/removal",
    "/meetings/items/{item}/debate",
)


SECRET = "Miel du secret"


def name_it(stage):
    """Give the first dossier a name that nothing else bears, in every language."""
    product = stage.item.dossier.product
    product.name_fr = product.name_ar = product.name_en = SECRET


def everything(stage, client):
    """Return all that a person is shown on every page about the first item and its meeting."""
    addresses = (page.format(meeting=stage.meeting.id, item=stage.item.id) for page in PAGES)
    return "\n".join(client.get(address).text for address in list(addresses))


@pytest.mark.parametrize("name", ["brahim", "pia"])
def test_who_is_recused_finds_no_trace_of_the_dossier(stage, visitor, name):
    name_it(stage)
    stage.open()
    stage.declare(*SEATS, conflict=name)
    if name != "pia":
        agenda.open_item(stage.item, actor=stage.acting("pia"))
    traces = (SECRET, stage.item.dossier.number, stage.item.dossier.rapporteur.name)
    shown = everything(stage, visitor(name))
    assert {trace: trace in shown for trace in traces} == dict.fromkeys(traces, False)
    assert "Item 1 – you are recused" in shown


def test_who_is_recused_can_do_nothing_to_the_item(stage, visitor):
    stage.open()
    stage.declare(*SEATS, conflict="pia")
    client = visitor("pia")
    for act in ("interest", "ballot", "opening", "closing", "postponement", "adjournment", "reservations", "reasons"):
        assert client.post(path(stage, f"/{act}"), reason="Non", interest="none").status_code == 403


def test_a_planted_leak_would_be_seen(stage, visitor):
    name_it(stage)
    stage.open()
    assert SECRET in everything(stage, visitor("brahim"))


def test_nobody_sees_a_vote_before_the_close(stage, visitor):
    stage.deliberate()
    stage.vote(pia=Choice.FAVOURABLE, brahim=Choice.FAVOURABLE)
    visitor("bouchra").post(path(stage, "/ballot"), choice="unfavourable", statement=WORDS)
    pages = {name: everything(stage, visitor(name)) for name in (*SEATS, "carol", "aude", "sami")}
    assert {name: WORDS in page for name, page in pages.items()} == dict.fromkeys(pages, False)
    assert {name: "tally" in page for name, page in pages.items()} == dict.fromkeys(pages, False)
    assert {name: "Ballots in: 3 of 4." in page for name, page in pages.items()} == dict.fromkeys(pages, False) | {
        "pia": True
    }


def test_after_the_close_the_committee_sees_the_ballots_and_others_the_totals(stage, visitor):
    stage.deliberate()
    stage.vote(pia=Choice.FAVOURABLE, brahim=Choice.FAVOURABLE, bob=Choice.FAVOURABLE)
    visitor("bouchra").post(path(stage, "/ballot"), choice="unfavourable", statement=WORDS)
    ballots.close_item(stage.item, actor=stage.acting("pia"))
    seen = {name: visitor(name).get(path(stage)).text for name in ("bob", "carol", "aude")}
    assert {name: WORDS in page for name, page in seen.items()} == {"bob": True, "carol": False, "aude": False}
    assert {name: "Votes cast: 4" in page for name, page in seen.items()} == dict.fromkeys(seen, True)


def test_a_member_of_no_seat_that_day_sees_no_agenda(stage, visitor, user):
    for mandate in user("bob").id and stage.session.query(meetings.Mandate).filter_by(user_id=user("bob").id):
        mandate.ends_on = stage.meeting.held_on.replace(day=1)
    bob = visitor("bob")
    page = bob.get(f"/meetings/{stage.meeting.id}").text
    assert ("Item 1 – not open to you" in page, bob.get(path(stage)).status_code) == (True, 403)


def test_the_president_is_told_what_follows_each_act_and_what_waits(stage, visitor):
    pia, bob, waits = visitor("pia"), visitor("bob"), "Suspend the meeting: not now."
    before = pia.get(f"/meetings/{stage.meeting.id}").text
    stage.deliberate()
    after = pia.get(f"/meetings/{stage.meeting.id}").text
    assert (waits in before, waits in after) == (False, True)
    assert "Once everybody here has voted" in pia.get(path(stage)).text
    assert waits not in bob.get(f"/meetings/{stage.meeting.id}").text
