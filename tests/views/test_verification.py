"""The page behind the mark: eight verdicts in three languages, each with its own words and shape; and its JSON."""

from __future__ import annotations

import json
import re
import sqlite3
import zlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from certify.extensions import catalogue, db
from certify.models import DemonstrationClock, Event, Organisation, User
from certify.queries.calendar import CASABLANCA
from certify.queries.codes import check_mark
from certify.queries.register import SQLiteRegister
from certify.views.leaflets import view_of
from certify.workflows.verdict import Judgement, Verdict
from tests.scans import UNKNOWN, Scan, scans

LANGUAGES = ("fr", "ar", "en")
OF_A_MARK = [Verdict(word) for word in ("valid", "suspended", "withdrawn", "expired", "not_yet", "unknown", "mistyped",
                                         "cannot_check")]  # fmt: skip
STATUSES = {Verdict.UNKNOWN: 404, Verdict.MISTYPED: 404, Verdict.CANNOT_CHECK: 503}
LICENCE = ["number", "valid_from", "valid_to", "product", "holder", "commune", "province", "region", "filiere", "usage",
           "formats", "variety", "sign", "meeting", "regulation", "photo"]  # fmt: skip
SHAPE = re.compile(r'<div class="card verdict tone-(\w+)">\s*<svg[^>]*>(.*?)</svg>', re.DOTALL)
TOLD = re.compile(r"<h1>(.*?)</h1>\s*<p>(.*?)</p>", re.DOTALL)


@pytest.fixture
def scan(settled_sqlite):
    yield from scans(settled_sqlite)


@pytest.fixture(scope="module")
def still(settled_sqlite):
    """A licence that no test of this module changes."""
    yield from scans(settled_sqlite, "still")


@pytest.fixture
def moved(settled_sqlite):
    """The same in a demonstration, whose clock may be moved."""
    yield from scans(settled_sqlite, DEMONSTRATION=True)


def bring_about(scan: Scan, verdict: Verdict) -> str:
    """Have the licence judged so; return the address to scan."""
    match verdict:
        case Verdict.SUSPENDED:
            scan.act("suspend")
        case Verdict.WITHDRAWN:
            scan.act("withdraw")
        case Verdict.EXPIRED:
            scan.clock.advance(days=3 * 366)
        case Verdict.NOT_YET:
            scan.clock.advance(days=-1)
        case Verdict.CANNOT_CHECK:
            scan.database.rename(scan.database.with_suffix(".gone"))
    return {Verdict.UNKNOWN: f"/v/{UNKNOWN}", Verdict.MISTYPED: "/v/7K9M4T2XP8QK"}.get(verdict, scan.url)


@pytest.mark.parametrize("verdict", OF_A_MARK)
def test_each_verdict_has_its_status_words_tone_and_direction(scan, verdict):
    url = bring_about(scan, verdict)
    for language in LANGUAGES:
        answer = scan.get(f"{url}?lang={language}")
        tone, _ = SHAPE.search(answer.text).groups()
        headline, told = TOLD.search(answer.text).groups()
        assert (answer.status_code, tone) == (STATUSES.get(verdict, 200), verdict.tone)
        assert headline == catalogue(language).gettext(verdict.label)
        assert f'<html lang="{language}" dir="{"rtl" if language == "ar" else "ltr"}">' in answer.text
        assert told.strip() not in ("", headline)


def test_no_two_verdicts_look_or_sound_alike(scan):
    said, drawn = [], []
    for verdict in (Verdict.VALID, Verdict.UNKNOWN, Verdict.MISTYPED, Verdict.NOT_YET, Verdict.SUSPENDED,
                    Verdict.WITHDRAWN, Verdict.EXPIRED):  # fmt: skip
        url = bring_about(scan, verdict)
        if verdict is Verdict.EXPIRED:  # a withdrawal outlives the term
            continue
        text = scan.get(url, Accept_Language="en").text
        scan.clock.advance(days=1 if verdict is Verdict.NOT_YET else 0, minutes=1)
        said.append(TOLD.search(text).groups())
        drawn.append(SHAPE.search(text)[2])
    assert len(set(said)) == 6
    assert len(set(drawn)) == 5  # unknown and mistyped share the question mark; their words differ


def test_a_withdrawal_outlives_the_term_and_a_suspension_ends_with_it(scan):
    scan.act("suspend")
    scan.clock.advance(days=3 * 366)
    assert scan.get(f"{scan.url}.json").json["verdict"] == "expired"
    scan.clock.advance(days=-2 * 366)
    scan.act("withdraw")
    scan.clock.advance(days=2 * 366, minutes=1)
    assert scan.get(f"{scan.url}.json").json["verdict"] == "withdrawn"


def test_the_history_is_dated_and_tells_of_reinstatement(scan):
    scan.act("suspend")
    scan.clock.advance(days=12)
    scan.act("reinstate")
    lines = re.findall(r'<time datetime="([-0-9]+)">[^<]+</time> · (.*?)</p>', scan.get(f"{scan.url}?lang=en").text)
    assert lines == [
        ("2026-12-07", "authorised by the committee, meeting CH-2026-01"),
        ("2026-12-07", "suspended"),
        ("2026-12-19", "reinstated"),
    ]


@pytest.mark.parametrize("spelling", ["{lower}", "{dashed}", "{spaced}", "{mark}/", "{letters}"])
def test_every_spelling_of_a_mark_has_the_same_page(still, spelling):
    mark = still.mark
    groups = [mark[:4], mark[4:8], mark[8:]]
    written = spelling.format(
        lower=mark.lower(), dashed="-".join(groups), spaced=" ".join(groups), mark=mark, letters=mark.replace("0", "O")
    )
    assert still.get(f"/v/{written}").text == still.get(still.url).text
    assert still.get(f"/V/{written}").text == still.get(still.url).text


@pytest.mark.parametrize("typed", ["7K9M", "<script>alert(1)</script>", "x" * 5000, "مرحبا", "%00%ff", "a/b/../c", "."])
def test_whatever_is_typed_gets_the_page_of_a_mistyped_mark_and_is_quoted_safely(still, typed):
    answer = still.get(f"/v/{typed}")
    assert answer.status_code == 404
    assert TOLD.search(answer.text)[1] == "Code mal saisi"
    assert "<script" not in answer.text
    assert len(answer.data) < 8000


def test_a_mistyped_mark_says_what_is_wrong_and_an_unknown_one_was_looked_up(still):
    short, unknown = still.get("/v/7K9M-4T2X?lang=en").text, still.get(f"/v/{UNKNOWN}?lang=en").text
    assert "A mark has 12 letters and digits; you typed 8." in short
    assert ("not checked" in short, "checked on" in unknown) == (True, True)


@pytest.mark.parametrize(
    ("query", "accepted", "language"),
    [
        ("", "", "fr"),
        ("", "ar-MA,ar;q=0.9,fr;q=0.5", "ar"),
        ("", "en-GB", "en"),
        ("", "de,es;q=0.5", "fr"),
        ("?lang=ar", "fr", "ar"),
        ("?lang=xx", "en", "en"),
        ("?utm_source=x&lang=en", "ar", "en"),
    ],
)
def test_the_switch_beats_the_browser_and_french_is_the_default(still, query, accepted, language):
    answer = still.get(still.url + query, Accept_Language=accepted)
    assert answer.headers["Content-Language"] == language
    assert re.findall(r'hreflang="(\w+)" aria-current="true"', answer.text) == [language]


def test_the_json_carries_the_facts_of_the_page_in_all_languages(still):
    said = still.get(f"{still.url}.json").json
    licence = said["licence"]
    assert (said["mark"], said["address"]) == (still.mark, f"http://127.0.0.1:5000{still.url}")
    assert (said["verdict"], said["headline"]["ar"]) == ("valid", catalogue("ar").gettext("Valid label"))
    assert said["checked_at"] == still.clock().isoformat(timespec="seconds")
    assert licence["product"] == {"fr": "Miel d’euphorbe", "ar": "عسل الدغموس", "en": "Spurge honey"}
    assert (licence["valid_from"], licence["valid_to"]) == ("2026-12-07", "2029-12-06")
    assert list(licence) == LICENCE
    assert set(said["history"][0]) == {"on", "kind", "meeting", "sentence"}


def test_the_json_of_what_is_not_known(still):
    unknown, mistyped = still.get(f"/v/{UNKNOWN}.json"), still.get("/v/7K9M.json")
    assert (unknown.status_code, unknown.json["verdict"], unknown.json["licence"]) == (404, "unknown", None)
    assert (mistyped.status_code, mistyped.json["verdict"], mistyped.json["mark"]) == (404, "mistyped", None)
    assert (mistyped.json["checked_at"], mistyped.json["history"]) == (None, [])


def test_no_byte_is_about_a_person(scan):
    scan.act("suspend")
    organisation = db.session.get(Organisation, 1)
    secrets = {organisation.email, organisation.phone, organisation.representative_name, organisation.address}
    secrets |= {organisation.representative_cnie, organisation.representative_capacity, organisation.ice}
    secrets |= {user.name for user in db.session.query(User)} | {user.email for user in db.session.query(User)}
    secrets |= {event.reason for event in db.session.query(Event) if event.reason}
    answers = [scan.get(f"{scan.url}?lang={language}") for language in LANGUAGES] + [scan.get(f"{scan.url}.json")]
    sent = [answer.text + str(answer.headers) for answer in answers]
    assert len(secrets) > 30
    assert [(secret, place) for secret in secrets for place, text in enumerate(sent) if secret in text] == []


def test_headers_of_a_page_that_anybody_may_keep_a_little_while(still):
    headers = dict(still.get(still.url).headers)
    assert headers["Cache-Control"] == "public, max-age=45"
    assert headers["Vary"] == "Accept-Language, Accept-Encoding"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Robots-Tag"] == "noindex"
    assert "script" not in headers["Content-Security-Policy"]
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "Set-Cookie" not in headers


def test_when_the_database_is_gone_the_page_says_so_and_is_not_kept(scan):
    bring_about(scan, Verdict.CANNOT_CHECK)
    answer = scan.get(scan.url)
    assert (answer.status_code, answer.headers["Cache-Control"], answer.headers["Retry-After"]) == (
        503,
        "no-store",
        "30",
    )
    assert "ETag" not in answer.headers
    scan.database.with_suffix(".gone").rename(scan.database)
    assert scan.get(scan.url).status_code == 200


def test_when_the_database_is_locked_the_page_says_so_in_time(scan):
    scan.app.extensions["verification"].register = SQLiteRegister(scan.database, patience=0.05)
    with sqlite3.connect(scan.database, isolation_level=None) as other:
        other.execute("pragma journal_mode=delete")
        other.execute("BEGIN EXCLUSIVE")
        assert scan.get(scan.url).status_code == 503
        other.execute("ROLLBACK")
    other.close()
    assert scan.get(scan.url).status_code == 200


def test_a_moved_clock_of_a_demonstration_shows_within_a_minute(moved):
    before = moved.get(f"{moved.url}.json").json["verdict"]
    db.session.add(DemonstrationClock(id=1, days_ahead=3 * 366))
    db.session.commit()
    moved.clock.advance(seconds=60)
    assert (before, moved.get(f"{moved.url}.json").json["verdict"]) == ("valid", "expired")


def test_outside_a_demonstration_no_row_moves_the_clock(scan):
    db.session.add(DemonstrationClock(id=1, days_ahead=3 * 366))
    db.session.commit()
    assert scan.get(f"{scan.url}.json").json["verdict"] == "valid"


def test_a_label_ends_at_midnight_in_casablanca(scan):
    midnight = datetime(2029, 12, 7, tzinfo=CASABLANCA).astimezone(UTC)
    scan.clock.at = midnight - timedelta(minutes=1)
    last = scan.get(f"{scan.url}.json").json["verdict"]
    scan.clock.advance(minutes=1)
    assert (last, scan.get(f"{scan.url}.json").json["verdict"]) == ("valid", "expired")


def test_the_photo_is_that_of_the_licence_and_never_changes(still):
    answer = still.get(f"{still.url}/photo.jpg")
    assert f'src="{still.url}/photo.jpg"' in still.get(still.url).text
    assert (answer.status_code, answer.content_type, answer.data[:3]) == (200, "image/jpeg", b"\xff\xd8\xff")
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert [still.get(f"/v/{mark}/photo.jpg").status_code for mark in (UNKNOWN, "7K9M")] == [404, 404]


def test_page_and_stylesheet_weigh_less_than_20_kb(scan):
    scan.act("suspend")
    scan.clock.advance(days=1)
    scan.act("reinstate")
    for language in LANGUAGES:
        page = scan.get(f"{scan.url}?lang={language}", Accept_Encoding="gzip")
        address = re.search(r'rel="stylesheet" href="([^"]+)"', zlib.decompress(page.data, 31).decode())[1]
        style, star = (scan.get(url, Accept_Encoding="gzip") for url in (address, "/static/star.svg"))
        assert {answer.headers["Content-Encoding"] for answer in (page, style, star)} == {"gzip"}
        assert len(page.data) + len(style.data) + len(star.data) <= 20 * 1024


def test_a_scan_asks_the_database_once(scan):
    scan.get(f"/v/{UNKNOWN}")
    asked, (_, connection) = [], scan.register._idle[0]
    connection.set_trace_callback(asked.append)
    scan.get(scan.url)
    scan.get(f"{scan.url}?lang=ar")
    assert [question.split(" WHERE ")[1] for question in asked] == [f"mark = '{scan.mark}'"] * 2


@pytest.mark.parametrize("verdict", Verdict)
def test_what_comes_from_a_mould_is_what_jinja_renders(still, verdict):
    found = check_mark(still.register, still.mark, at=still.clock())
    check = replace(found, judgement=Judgement(verdict, ()), entry=None if verdict in STATUSES else found.entry)
    for edition in still.app.extensions["verification"].editions.values():
        view = view_of(check, still.mark, edition, "label.example.ma")
        for text in ("Miel", "<b>Miel & “Sel”</b> 'x' \"y\"", "عسل", "\x02" + "3\x03", "é" * 70_000):
            view["mark_shown"] = text
            page, press = edition.print(view)
            assert page.decode() == edition.render(view)
            assert zlib.decompress(press(), 31) == page


def test_a_mark_of_the_register_is_judged_the_same_for_page_and_json(scan):
    scan.act("suspend")
    answer = json.loads(scan.get(f"{scan.url}.json").data)
    assert answer["headline"]["fr"] == TOLD.search(scan.get(scan.url).text)[1]
    assert date.fromisoformat(answer["history"][-1]["on"]) == scan.clock().date()
