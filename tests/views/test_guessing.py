"""Whoever guesses codes is slowed down; whoever scans what exists, or a seal, never is; nobody’s address is kept."""

from __future__ import annotations

from datetime import timedelta

import pytest
from werkzeug.test import Client

from certify.extensions import catalogue, db, limiter
from certify.models import RegisterGtin
from certify.trust.seal import Identity
from certify.views.guessing import AT_ONCE, EVERY, MOST, Guesses
from certify.workflows.numbering import show_mark
from tests import proofs
from tests.scans import UNKNOWN, scans
from tests.times import NOON

GTIN = "06111234567895"
UNIT = Identity(gtin=GTIN, serial=UNKNOWN)
HONEST, GUESSER = "105.66.1.1", "105.66.1.2"


@pytest.fixture
def scan(settled_sqlite):
    for one in scans(settled_sqlite, RATELIMIT_ENABLED=True):
        db.session.add(RegisterGtin(gtin=GTIN, mark=one.mark))
        db.session.commit()
        yield one
        limiter.enabled = False
        limiter.reset()


def ask(scan, path: str, address: str = GUESSER, **headers: str):
    """Ask for a code from an address."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Client(scan.app).get(path, headers=named, environ_base={"REMOTE_ADDR": address})


def guess(scan, *paths: str) -> None:
    """Ask for as many codes that do not exist as are answered at once."""
    for number in range(AT_ONCE):
        assert ask(scan, paths[number % len(paths)]).status_code == 404


@pytest.mark.parametrize(
    "paths",
    [
        (f"/v/{UNKNOWN}",),
        (f"/V/{UNKNOWN}.json", f"/v/{UNKNOWN}/photo.jpg"),
        (UNIT.path, f"/253/{proofs.GDTI}{UNKNOWN}"),
    ],
    ids=["marks", "JSON and photos", "numbers of labels and papers"],
)
def test_guesses_are_answered_up_to_a_number_and_then_one_by_one(scan, paths):
    guess(scan, *paths)
    refused = ask(scan, paths[0])
    assert (refused.status_code, refused.headers["Retry-After"], refused.headers["Cache-Control"]) == (
        429,
        "2",
        "no-store",
    )
    scan.clock.advance(seconds=2)
    assert [ask(scan, paths[0]).status_code for _ in range(2)] == [404, 429]
    scan.clock.advance(hours=1)
    guess(scan, *paths)


def test_known_codes_are_never_counted_and_another_address_is_not_concerned(scan):
    for _ in range(3 * AT_ONCE):
        assert ask(scan, f"/v/{scan.mark.lower()}").status_code == 200
    guess(scan, f"/v/{UNKNOWN}")
    assert [ask(scan, path, HONEST).status_code for path in (scan.url, f"/v/{UNKNOWN}")] == [200, 404]


def test_behind_one_address_who_scans_a_seal_or_what_was_scanned_just_now_is_answered(scan):
    """A telephone that shares its address with one that guesses."""
    assert ask(scan, scan.url, HONEST).status_code == 200
    guess(scan, f"/v/{UNKNOWN}")
    licence = proofs.ISSUER.seal(Identity(gdti=proofs.GDTI, document=scan.mark)).removeprefix(proofs.BASE_URL)
    forged = licence.replace(scan.mark, UNKNOWN)
    assert [ask(scan, path).status_code for path in (scan.url, licence, licence.lower(), forged)] == [
        200,
        200,
        200,
        404,
    ]


def test_a_mark_that_exists_is_not_told_from_one_that_does_not(scan):
    guess(scan, f"/v/{UNKNOWN}")
    scan.clock.advance(seconds=1)
    answers = [ask(scan, f"/v/{mark}") for mark in (UNKNOWN, scan.mark)]
    assert answers[0].data == answers[1].data and [answer.status_code for answer in answers] == [429, 429]


def test_slips_of_the_finger_and_forged_seals_are_no_guesses(scan):
    seal = proofs.ISSUER.seal(Identity(gtin=GTIN)).removeprefix(proofs.BASE_URL)
    for number in range(2 * AT_ONCE):
        slip = show_mark(UNKNOWN[:-1] + "K") if number % 2 else f"{seal}/10/X"
        assert ask(scan, f"/v/{slip}" if number % 2 else slip).status_code == 404


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_the_page_asks_for_patience_in_the_language_of_the_reader(scan, language):
    guess(scan, f"/v/{UNKNOWN}")
    answer = ask(scan, f"/v/{UNKNOWN}?lang={language}", Accept_Encoding="identity")
    headline = catalogue(language).gettext("Too many unknown codes")
    assert (answer.headers["Content-Language"], f"<h1>{headline}</h1>" in answer.text) == (language, True)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src")


def test_a_program_reads_a_problem_without_a_verdict(scan):
    guess(scan, f"/v/{UNKNOWN}")
    for path in (f"/v/{UNKNOWN}.json", UNIT.path):
        answer = ask(scan, path, Accept="application/json")
        assert (answer.content_type, answer.json["status"]) == ("application/problem+json", 429)
        assert ("verdict" in answer.json, answer.headers["Access-Control-Allow-Origin"]) == (False, "*")


def test_the_form_of_reports_tells_no_more_marks_apart(scan):
    limiter.enabled = True
    path = f"/report/{UNKNOWN}"
    assert [ask(scan, path).status_code for _ in range(31)] == [404] * 30 + [429]
    assert ask(scan, f"/report/{scan.mark}", HONEST).status_code == 200
    assert [ask(scan, f"/report/{scan.mark}", HONEST).status_code for _ in range(40)] == [200] * 40


def test_one_line_has_one_count_and_of_its_address_nothing_is_kept():
    guesses = Guesses()
    for number in range(AT_ONCE):
        guesses.note(f"2001:db8:1:2::{number:x}", NOON)
    assert (guesses.wait("2001:db8:1:2:ffff::1", NOON), guesses.wait("2001:db8:1:3::1", NOON)) == (2, 0)
    assert [type(key) for key in guesses._forgiven] == [int]
    assert "2001" not in repr(guesses.__dict__)


def test_what_is_forgiven_is_forgotten():
    guesses = Guesses()
    for number in range(5):
        guesses.note(f"10.0.0.{number}", NOON)
    for number in range(10):
        guesses.note(GUESSER, NOON + EVERY + timedelta(seconds=number))
    assert list(guesses._forgiven) == [hash(GUESSER)]


def test_what_is_remembered_is_bounded_and_threads_that_race_gain_nothing():
    guesses = Guesses()
    for number in range(MOST + 5):
        guesses.note(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", NOON)
    assert len(guesses._forgiven) == MOST
    for _ in range(3 * AT_ONCE):
        guesses.note(GUESSER, NOON)
    assert (guesses.wait(GUESSER, NOON), guesses.wait(GUESSER, NOON + EVERY)) == (2, 0)
    assert guesses.wait(GUESSER, NOON - timedelta(days=1)) == 0
