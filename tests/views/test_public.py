"""What anybody may read: the first page, what the label means, and the way from typed characters to their page."""

from __future__ import annotations

import re

import pytest

from certify.trust.seal import Identity
from certify.workflows import dossier, licence, meeting
from tests.proofs import BASE_URL, ISSUER
from tests.scans import scans


@pytest.fixture(scope="module")
def app_of_all(settled_sqlite):
    for scan in scans(settled_sqlite, "still"):
        yield scan.app


@pytest.fixture
def visitor(app_of_all):
    return app_of_all.test_client()


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
@pytest.mark.parametrize("path", ["/", "/label"])
def test_pages_for_everybody(visitor, path, language):
    answer = visitor.get(f"{path}?lang={language}")
    assert answer.status_code == 200
    assert answer.text.count("<h1>") == 1
    assert f'lang="{language}"' in answer.text


def test_the_label_page_draws_every_state_of_every_life(visitor):
    text = visitor.get("/label?lang=en").text
    drawn = set(re.findall(r'<li class="state [^"]*" id="([^"]+)"', text))
    lives = (("dossier", dossier.State), ("meeting", meeting.State), ("licence", licence.State))
    assert drawn == {f"{word}-{state}" for word, states in lives for state in states}


def test_the_label_page_states_the_delay_of_the_decision(visitor):
    assert "60 days" in visitor.get("/label?lang=en").text


@pytest.mark.parametrize(
    ("typed", "leads_to"),
    [
        ("7k9m-4t2x p8qj", "/v/7K9M4T2XP8QJ?via=typed"),
        ("7K9M4T2XP8QJ", "/v/7K9M4T2XP8QJ?via=typed"),
        ("http://127.0.0.1:5000/v/7K9M4T2XP8QJ", "/v/7K9M4T2XP8QJ?via=typed"),
        ("https://127.0.0.1:5000/v/7K9M4T2XP8QJ.json", "/v/7K9M4T2XP8QJ?via=typed"),
        ("127.0.0.1:5000/v/7K9M–4T2X–P8QJ/?lang=ar", "/v/7K9M4T2XP8QJ?via=typed"),
        ("127.0.0.1:5000/01/06111234567895?x=1#y", "/01/06111234567895?via=typed"),
        ("http://[::1", "/v/http%3A%2F%2F%5B%3A%3A1?via=typed"),
        ("ftp://127.0.0.1:5000/x", "/v/ftp%3A%2F%2F127.0.0.1%3A5000%2Fx?via=typed"),
        ("7K9M 4T2X", "/v/7K9M%204T2X?via=typed"),
        ("//evil.example", "/v/%2F%2Fevil.example?via=typed"),
        ("\\evil\r\nSet-Cookie: a=b", "/v/%5Cevil%0D%0ASet-Cookie%3A%20a%3Db?via=typed"),
    ],
)
def test_what_is_typed_leads_to_its_page(visitor, typed, leads_to):
    answer = visitor.get("/check", query_string={"mark": typed})
    assert (answer.status_code, answer.headers["Location"]) == (303, leads_to)
    assert "Set-Cookie" not in answer.headers


def test_the_language_of_the_site_goes_along(visitor):
    visitor.get("/?lang=ar")
    answer = visitor.get("/check?mark=7K9M4T2XP8QJ", follow_redirects=True)
    assert answer.headers["Content-Language"] == "ar"


def test_an_address_without_its_mark_leads_to_where_one_types_it(visitor):
    assert visitor.get("/v/").headers["Location"] == "/#check"


def test_robots_may_read_what_tells_them_not_to_list_it(visitor):
    assert visitor.get("/robots.txt").text == "User-agent: *\nDisallow: /check?\nDisallow: /check/\n"


@pytest.mark.parametrize(
    "address",
    [
        "https://terroir-maroc.example/v/7K9M4T2XP8QJ",
        "https://127.0.0.1:5000.example/01/06111234567895",
        "http://127.0.0.1:5000@evil.example/v/7K9M4T2XP8QJ",
        "127.0.0.1.example/v/7K9M4T2XP8QJ",
    ],
)
def test_the_address_of_another_host_is_not_followed_and_shown_for_what_it_is(visitor, address):
    answer = visitor.get("/check", query_string={"mark": address, "lang": "en"})
    host = address.partition("://")[2].split("/")[0].split("@")[-1] or address.split("/")[0]
    assert (answer.status_code, "<h1>This code is not of the label</h1>" in answer.text) == (404, True)
    assert f'<strong><bdi class="code" dir="ltr">{host}</bdi></strong>' in answer.text


def test_a_whole_address_of_ours_leads_to_its_page_with_its_seal(visitor):
    sealed = ISSUER.seal(Identity(gtin="06111234567895"))
    path = sealed.removeprefix(BASE_URL)
    for typed in (sealed, path, path.lower()):
        answer = visitor.get("/check", query_string={"mark": typed})
        assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}?via=typed")
