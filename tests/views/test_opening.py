"""The page of the opening number: without a script, without a session that knows anybody, in three languages."""
# ruff: noqa: F811

import re

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


def test_answer_is_said_once_in_the_title_of_its_card(client_of, label):
    page = client_of(None).post("/open?lang=en", data=label).text.split("<main")[1]
    assert re.findall(r"<h1>(.*?)</h1>", page) == ["First opening: recorded now"]
    assert (page.count("First opening: recorded now"), page.count("verdict tone-good")) == (1, 1)


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


def shown(page, name="receipt") -> str:
    """Return what a page says in an attribute or a field."""
    found = re.search(rf'data-{name}="([^"]+)"|name="{name}" [^>]*value="([^"]+)"', page)
    return found[1] or found[2]


def test_whoever_opened_first_comes_back_with_the_link_and_is_known(client_of, label):
    first = client_of(None).post("/open?lang=en", data=label).text
    receipt = shown(first)
    link = re.search(r'href="(/open\?serial=[^"]+)"', first)[1].replace("&amp;", "&")
    assert link == f"/open?serial={label['serial']}&receipt={receipt}"
    form = client_of(None).get(f"{link}&lang=en").text
    assert ("You opened this pack" in form, "<details open" in form, shown(form, "receipt")) == (False, True, receipt)
    again = client_of(None).post("/open?lang=en", data=label | {"receipt": receipt.lower()}).text
    assert ("You opened this pack" in again, shown(again)) == (True, receipt)


def test_form_sent_again_since_its_answer_was_lost_is_that_of_the_same_buyer(client_of, label):
    form = client_of(None).get("/open").text
    offered = re.search(r'name="offered" type="hidden" value="([^"]+)"', form)[1]
    pages = [client_of(None).post("/open?lang=en", data=label | {"offered": offered}).text for _ in range(2)]
    assert ["First opening" in pages[0], "You opened this pack" in pages[1]] == [True, True]
    assert [shown(page) for page in pages] == [offered, offered]


def test_two_forms_offer_two_receipts_and_neither_is_kept_on_the_way(client_of):
    answers = [client_of(None).get("/open") for _ in range(2)]
    offered = {re.search(r'name="offered" [^>]*value="([^"]+)"', answer.text)[1] for answer in answers}
    assert (len(offered), {answer.headers["Cache-Control"] for answer in answers}) == (2, {"private, no-store"})


def test_somebody_else_is_told_what_to_do_and_nothing_of_the_first(client_of, label):
    client_of(None).post("/open", data=label)
    page = client_of(None).post("/open?lang=en", data=label | {"receipt": "4T2X-P8QS"}).text
    assert "This pack was opened before" in page
    assert ("not that of the first opening" in page, "data-receipt" in page) == (True, False)
    assert f'href="/open?serial={label["serial"]}&amp;receipt="' in page
    assert re.search(r'href="/report/[0-9A-Z]{12}"', page)


@pytest.mark.parametrize(
    ("receipt", "status"), [("", 200), ("  ", 200), ("\0", 200), ("4T2X", 422), ("7K9M4T2XP8QJ", 422)]
)
def test_receipt_that_cannot_be_one_is_asked_again_and_opens_nothing(client_of, label, session, receipt, status):
    answer = client_of(None).post("/open?lang=en", data=label | {"receipt": receipt})
    session.expire_all()
    assert (answer.status_code, session.query(LabelOpening).count()) == (status, int(status == 200))


def test_form_whose_offer_was_spoilt_opens_the_pack_with_another(client_of, label):
    page = client_of(None).post("/open?lang=en", data=label | {"offered": "<script>"}).text
    assert ("First opening" in page, len(shown(page))) == (True, 9)


def test_wrong_number_leads_back_to_the_same_label(client_of, label):
    wrong = label | {"pin": f"{(int(label['pin']) + 1) % 10**8:08}"}
    page = client_of(None).post("/open?lang=en", data=wrong).text
    assert f'href="/open?serial={label["serial"]}"' in page
