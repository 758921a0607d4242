"""The page of the opening number: without a script, without a session that knows anybody, in three languages."""
# ruff: noqa: F811

import pytest

from certify.models import LabelGuess, LabelOpening
from certify.operations import labels
from certify.queries.labels import list_serials
from certify.trust.pin import opening_pin
from certify.workflows.numbering import show_mark
from tests.labels import released
from tests.proofs import RING
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401


@pytest.fixture
def label(licence_of, acting, session):
    """A label that is in use: its serial and its number."""
    batch = released(licence_of("signed"), acting, size=1, has_pin=True)
    today = acting("alice").today
    labels.activate(batch, 1, 1, lot="L2412", packed_on=today, declared=1, actor=acting("alice"))
    session.commit()
    [(_, serial)] = list_serials(session, batch)
    return {"serial": serial, "pin": opening_pin(labels.identity_of(batch, serial), RING.pin_key)}


def test_first_opening_is_told_and_the_second_sees_it(client_of, label, session):
    first = client_of(None).post("/open?lang=en", data=label | {"region": "MA-09"})
    again = client_of(None).post("/open?lang=en", data=label)
    session.expire_all()
    assert (first.status_code, again.status_code, session.query(LabelOpening).count()) == (200, 200, 1)
    assert ("First opening: recorded now" in first.text, "This pack was opened before" in again.text) == (True, True)
    assert "Souss" in again.text
    assert (first.headers["Cache-Control"], "<script" in first.text.split("<main")[1]) == ("no-store", False)


def test_wrong_numbers_are_counted_across_visitors(client_of, label, session):
    wrong = label | {"pin": f"{(int(label['pin']) + 1) % 10**8:08}"}
    pages = [client_of(None).post("/open?lang=en", data=wrong).text for _ in range(5)]
    assert ["Tries left: 4." in pages[0], "Too many wrong numbers" in pages[4]] == [True, True]
    assert "Too many wrong numbers" in client_of(None).post("/open?lang=en", data=label).text
    session.expire_all()
    assert (session.query(LabelGuess).count(), session.query(LabelOpening).count()) == (1, 0)


@pytest.mark.parametrize(
    "wrong", [{"serial": ""}, {"serial": "7K9M4T2XP8QJ"}, {"serial": "ABC"}, {"pin": "12"}, {"region": "x"}]
)
def test_what_cannot_be_is_asked_again(client_of, label, session, wrong):
    assert client_of(None).post("/open", data=label | wrong).status_code == 422
    session.expire_all()
    assert session.query(LabelOpening).count() == 0


def test_page_asks_in_each_language_and_reading_it_opens_nothing(client_of, label, session):
    for language, words in {"fr": "premier", "ar": "أول", "en": "first"}.items():
        assert words in client_of(None).get(f"/open?lang={language}&serial={label['serial']}").text
    assert f'value="{show_mark(label["serial"])}"' in client_of(None).get(f"/open?serial={label['serial']}").text
    assert 'value="&lt;b&gt;"' in client_of(None).get("/open?serial=<b>").text
    assert session.query(LabelOpening).count() == 0
