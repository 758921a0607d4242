"""The feed of what happens to licences: in the languages of the label, newest first, asked for again at no cost."""

from xml.etree.ElementTree import fromstring

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Licence
from certify.workflows.licence import State
from tests.operations.test_audited import two_licences
from tests.proofs import BASE_URL
from tests.scenes import once

ATOM = "{http://www.w3.org/2005/Atom}"
WORDS = {
    "": ["suspendu", "rétabli", "suspendu", "autorisé par le comité", "autorisé par le comité"],
    "?lang=en": ["suspended", "reinstated", "suspended", "authorised by the committee", "authorised by the committee"],
}


@pytest.fixture
def numbers(any_app) -> list[str]:
    """The numbers of two licences, the suspended one first."""
    once(two_licences)
    rows = db.session.scalars(select(Licence).where(Licence.state != State.TO_SIGN).order_by(Licence.number))
    return [row.number for row in rows]


@pytest.mark.parametrize("asked", WORDS)
def test_every_change_is_told_newest_first(any_app, numbers, asked):
    feed = fromstring(any_app.test_client().get(f"/log/changes.atom{asked}").data)
    first, second = numbers
    told = [entry.findtext(f"{ATOM}title") for entry in feed.iter(f"{ATOM}entry")]
    order = [first, first, first, second, first]
    assert told == [f"{number} – {word}" for number, word in zip(order, WORDS[asked], strict=True)]
    moments = [entry.findtext(f"{ATOM}updated") for entry in feed.iter(f"{ATOM}entry")]
    assert (feed.findtext(f"{ATOM}updated"), moments) == (moments[0], sorted(moments, reverse=True))
    ids = [entry.findtext(f"{ATOM}id") for entry in feed.iter(f"{ATOM}entry")]
    assert len(set(ids)) == len(ids) and all(each.startswith(f"{BASE_URL}/proof/") for each in ids)


def test_feed_that_did_not_change_is_not_sent_again(any_app, numbers):
    client = any_app.test_client()
    first = client.get("/log/changes.atom")
    again = client.get("/log/changes.atom", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, first.mimetype, again.status_code) == (200, "application/atom+xml", 304)


def test_feed_of_a_label_without_licences_is_one_all_the_same(any_app):
    feed = fromstring(any_app.test_client().get("/log/changes.atom").data)
    assert (list(feed.iter(f"{ATOM}entry")), feed.tag) == ([], f"{ATOM}feed")
