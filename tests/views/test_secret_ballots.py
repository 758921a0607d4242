"""A secret vote on the screen: asked for, cast with a receipt that is shown once, recounted by anybody, tied."""

from __future__ import annotations

import re

import pytest

from certify.operations import ballots
from certify.workflows.voting import Choice
from tests.people import SEATS
from tests.sittings import at_work, of_visitor, on_stage  # noqa: F401

RECEIPT = re.compile(r"<code>([2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4})</code>")
LIMIT = "whoever copies the database while the vote is under way"


def path(stage, page=""):
    return f"/committee/items/{stage.item.id}{page}"


def cast(stage, visitor, **choices):
    """Vote in browsers; return the receipts that the answers show."""
    pages = [visitor(name).post(path(stage, "/ballot"), choice=choice) for name, choice in choices.items()]
    return [RECEIPT.search(page.text)[1] for page in pages]


def test_a_member_asks_for_secrecy_before_the_first_vote_and_no_later(stage, visitor):
    stage.deliberate()
    bob, brahim = visitor("bob"), visitor("brahim")
    version = stage.item.dossier.version
    assert "Ask for a secret ballot" in bob.get(path(stage)).text
    assert bob.post(path(stage, "/secrecy"), version=version).status_code == 303
    after = brahim.get(path(stage)).text
    assert ("Ask for a secret ballot" in after, "This vote is secret" in after) == (False, True)
    assert brahim.post(path(stage, "/secrecy"), version=version).status_code == 409


def test_once_somebody_voted_openly_nobody_is_offered_secrecy(stage, visitor):
    stage.deliberate()
    stage.vote(bob=Choice.FAVOURABLE)
    brahim = visitor("brahim")
    assert "Ask for a secret ballot" not in brahim.get(path(stage)).text
    answer = brahim.post(path(stage, "/secrecy"), version=stage.item.dossier.version)
    assert (answer.status_code, "before the first vote" in answer.text, stage.item.is_secret) == (422, True, False)


@pytest.mark.parametrize(("name", "status"), [("carol", 403), ("mallory", 403), ("badr", 403)])
def test_nobody_else_asks_for_secrecy(stage, visitor, name, status):
    stage.deliberate()
    assert visitor(name).post(path(stage, "/secrecy")).status_code == status
    assert stage.item.is_secret is False


def test_a_receipt_is_shown_once_and_found_after_the_close(stage, visitor):
    ballots.ask_secrecy(stage.deliberate(), actor=stage.acting("bob"))
    bob = visitor("bob")
    assert LIMIT in bob.get(path(stage, "/ballot")).text
    answer = bob.post(path(stage, "/ballot"), choice="favourable")
    receipt = RECEIPT.search(answer.text)[1]
    assert (answer.status_code, "Refresh" in answer.headers, LIMIT in answer.text) == (200, False, True)
    again = bob.post(path(stage, "/ballot"), choice="abstention")
    assert (again.status_code, receipt in again.text, receipt in bob.get(path(stage)).text) == (409, False, False)
    others = cast(stage, visitor, **dict.fromkeys(("pia", "brahim", "bouchra"), "favourable"))
    version = stage.item.dossier.version
    assert visitor("pia").post(path(stage, "/closing"), version=version).status_code == 303
    for name in (*SEATS, "carol"):
        page = visitor(name).get(path(stage)).text
        listed = re.findall(r"[2-9A-Z]{4}-[2-9A-Z]{4}-[2-9A-Z]{4}", page)
        assert (listed, LIMIT in page) == (sorted([receipt, *others]), True), name
        assert ("The vote was secret" in page, "The ballots, for the committee alone" in page) == (True, False)


def test_a_tie_asks_the_president_openly_on_a_page_of_its_own(stage, visitor):
    ballots.ask_secrecy(stage.deliberate(), actor=stage.acting("bob"))
    pia, version = visitor("pia"), stage.item.dossier.version
    stage.vote(pia=Choice.FAVOURABLE, bob=Choice.FAVOURABLE, brahim=Choice.UNFAVOURABLE)
    assert "The secret vote is tied" not in pia.get(path(stage, "/closing")).text
    stage.vote(bouchra=Choice.UNFAVOURABLE)
    answer = pia.post(path(stage, "/closing"), version=version)
    offered = re.findall(r'name="casting"[^>]*value="(\w+)"', answer.text)
    assert (answer.status_code, offered) == (422, ["favourable", "unfavourable", "abstention"])
    assert pia.post(path(stage, "/closing"), version=version, casting="unfavourable").status_code == 303
    assert (str(stage.item.ended), "counts twice" in pia.get(path(stage)).text) == ("refused", True)
