"""The front: the same answers as behind it, kept for seconds, compressed, withheld from who has them."""

from __future__ import annotations

import zlib
from datetime import UTC, datetime, timedelta

import pytest
from werkzeug.test import Client

from certify.queries.calendar import CASABLANCA
from certify.views.front import Kept
from certify.views.sending import Answer
from certify.views.verification import HERE, THERE
from tests.scans import UNKNOWN, scans
from tests.times import NOON


@pytest.fixture
def scan(settled_sqlite):
    yield from scans(settled_sqlite)


@pytest.fixture(scope="module")
def still(settled_sqlite):
    """A licence that no test of this module changes."""
    yield from scans(settled_sqlite, "still")


@pytest.mark.parametrize(
    "path", ["{url}", "{url}?lang=ar", "{url}.json", "{url}/photo.jpg", "/v/" + UNKNOWN, "/v/7K9M"]
)
@pytest.mark.parametrize("encoding", ["", "gzip"])
def test_the_front_answers_as_the_application_behind_it(still, path, encoding):
    url = path.format(url=still.url)
    front, behind = still.get(url, Accept_Encoding=encoding), still.behind(url, Accept_Encoding=encoding)
    assert (front.status, front.data) == (behind.status, behind.data)
    assert dict(front.headers) == dict(behind.headers)
    assert "Set-Cookie" not in behind.headers


def test_nothing_behind_is_woken_by_a_scan(scan, monkeypatch):
    monkeypatch.setattr(scan.app.wsgi_app, "behind", lambda environ, start_response: pytest.fail("woken"))
    assert scan.get(scan.url).status_code == 200


def test_a_change_shows_within_a_minute_everywhere(scan):
    before = scan.get(f"{scan.url}.json").json["verdict"]
    scan.act("suspend")
    at_once = scan.get(f"{scan.url}.json").json["verdict"]
    scan.clock.advance(seconds=HERE)
    assert (before, at_once, scan.get(f"{scan.url}.json").json["verdict"]) == ("valid", "valid", "suspended")
    assert HERE + THERE <= 60


def test_midnight_shows_within_a_minute(scan):
    scan.clock.at = datetime(2029, 12, 7, tzinfo=CASABLANCA).astimezone(UTC) - timedelta(seconds=1)
    before = scan.get(f"{scan.url}.json").json["verdict"]
    scan.clock.advance(seconds=HERE)
    assert (before, scan.get(f"{scan.url}.json").json["verdict"]) == ("valid", "expired")


def test_only_known_marks_written_the_one_way_are_kept(scan):
    kept = scan.app.wsgi_app._kept
    for url in (f"/v/{UNKNOWN}", "/v/7K9M", f"/v/{scan.mark.lower()}", f"{scan.url}/photo.jpg"):
        scan.get(url)
    assert list(kept._answers) == []
    scan.get(scan.url)
    assert [key[0] for key in kept._answers] == [scan.mark]


def test_what_is_kept_is_bounded_and_the_oldest_goes_first():
    kept = Kept(most=10)
    for number in range(4):
        kept.keep((str(number), "fr", False), Answer(200, (), b"1234"), NOON)
    found = [kept.find((str(number), "fr", False), NOON) is not None for number in range(4)]
    assert found == [False, False, True, True]


@pytest.mark.parametrize(("age", "is_found"), [(0, True), (HERE - 0.1, True), (HERE, False), (-1, False)])
def test_what_is_kept_is_young(age, is_found):
    kept, key = Kept(), ("7K9M4T2XP8QJ", "fr", False)
    kept.keep(key, Answer(200, (), b"page"), NOON)
    assert (kept.find(key, NOON + timedelta(seconds=age)) is not None) == is_found


def test_a_reader_who_has_the_page_gets_304_and_no_body(still):
    first = still.get(still.url)
    for held in (first.headers["ETag"], f"W/{first.headers['ETag']}", f'"other", {first.headers["ETag"]}', "*"):
        again = still.get(still.url, If_None_Match=held)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        assert again.headers["Cache-Control"] == first.headers["Cache-Control"]
    assert still.get(still.url, If_None_Match='"other"').status_code == 200


def test_the_tag_changes_with_the_page_its_language_and_its_encoding(scan):
    tags = {scan.get(scan.url, Accept_Encoding=encoding).headers["ETag"] for encoding in ("", "gzip")}
    tags.add(scan.get(f"{scan.url}?lang=ar").headers["ETag"])
    scan.act("suspend")
    scan.clock.advance(seconds=HERE)
    tags.add(scan.get(scan.url).headers["ETag"])
    assert len(tags) == 4


@pytest.mark.parametrize("path", ["{url}", "{url}.json", "/v/7K9M", "/static/style.css"])
def test_head_is_get_without_its_body(still, path):
    url = path.format(url=still.url)
    got, asked = still.get(url), Client(still.app).head(url)
    assert (asked.status, asked.data) == (got.status, b"")
    assert dict(asked.headers) == dict(got.headers)
    assert int(asked.headers["Content-Length"]) == len(got.data)


def test_gzip_is_sent_to_who_welcomes_it(still):
    plain = still.get(still.url)
    for accepted in ("gzip, deflate, br", "*", "br, gzip;q=0.5"):
        packed = still.get(still.url, Accept_Encoding=accepted)
        assert (packed.headers["Content-Encoding"], zlib.decompress(packed.data, 31)) == ("gzip", plain.data)
    for refused in ("", "identity", "gzip;q=0", "br"):
        assert "Content-Encoding" not in still.get(still.url, Accept_Encoding=refused).headers


def test_a_scan_cannot_be_posted(still):
    assert Client(still.app).post(still.url).status_code == 405


def test_what_breaks_in_front_gets_the_page_of_our_own_faults(scan):
    scan.app.extensions["verification"].editions = {}
    answer = scan.get(scan.url)
    assert (answer.status_code, "Référence" in answer.text) == (500, True)


def test_static_files_are_kept_for_ever_under_the_address_of_their_version(still):
    with still.app.test_request_context():
        address = still.app.url_for("static", filename="style.css")
    settled, bare = still.get(address), still.get("/static/style.css")
    assert settled.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert bare.headers["Cache-Control"] == still.get(f"{address}0").headers["Cache-Control"] == "no-cache"
    with still.behind("/static/style.css") as behind:
        assert settled.data == bare.data == behind.data
    assert settled.headers["X-Content-Type-Options"] == "nosniff"
    assert [still.get(f"/static/{name}").status_code for name in ("none.css", "../config.py", "")] == [404, 404, 404]
