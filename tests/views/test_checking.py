"""The page of checks from the server's side: what it gives a device to keep, and what it does without a script."""

from __future__ import annotations

import gzip
import json
import re
from base64 import b64decode
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest

from certify.operations.publishing import publish
from certify.trust.keys import to_bytes
from certify.trust.paper_keys import make_paper_keys, read_paper_sealer, rotate_paper_seal
from certify.views import checking
from tests.proofs import ISSUER, RING

NO_LIBRARIES = not all((Path(checking.__file__).parents[1] / "static" / name).is_file() for name in checking.LIBRARIES)


@pytest.fixture
def visitor(app):
    return app.test_client()


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("ar", "rtl"), ("en", "ltr")])
def test_the_page_is_the_same_for_everybody_and_may_use_the_camera(client_of, language, direction):
    answer = client_of("carol").get(f"/check?lang={language}")
    assert (answer.status_code, f'lang="{language}" dir="{direction}"' in answer.text) == (200, True)
    assert "Carol" not in answer.text
    assert answer.headers["Permissions-Policy"].startswith("camera=(self), microphone=()")
    script = re.search(r"script-src ([^;]+)", answer.headers["Content-Security-Policy"])[1]
    assert script == "'self' 'wasm-unsafe-eval'"


def test_the_page_pins_the_roots_of_the_label(visitor):
    said = json.loads(unescape(re.search(r'data-roots="([^"]+)"', visitor.get("/check").text)[1]))
    pinned = {root["kid"]: to_bytes(root["x"]) for root in said["roots"]}
    assert (pinned, said["threshold"]) == (dict(RING.manifest.roots.keys), 2)


def test_the_page_knows_every_certificate_that_papers_were_sealed_with(app, visitor, tmp_path):
    keys, roots = tmp_path / "keys", tmp_path / "roots"
    make_paper_keys(keys, roots, "Agence", datetime(2026, 1, 5, tzinfo=UTC))
    first = read_paper_sealer(keys).certificate
    rotate_paper_seal(keys, roots, datetime(2028, 1, 5, tzinfo=UTC))
    held, app.config["KEYS"] = app.config["KEYS"], str(keys)
    try:
        page = visitor.get("/check").text
    finally:
        app.config["KEYS"] = held
    told = json.loads(unescape(re.search(r'data-papers="([^"]+)"', page)[1]))
    assert [b64decode(each) for each in told] == [first, read_paper_sealer(keys).certificate]


def test_without_keys_the_page_pins_nothing_and_still_serves_the_forms(app, visitor, tmp_path):
    held, app.config["KEYS"] = app.config["KEYS"], str(tmp_path)
    try:
        page = visitor.get("/check")
    finally:
        app.config["KEYS"] = held
    assert (page.status_code, unescape(re.search(r'data-roots="([^"]+)"', page.text)[1])) == (
        *(200,),
        '{"roots": [], "threshold": 1}',
    )


def test_without_a_script_there_are_two_forms(visitor):
    forms = re.findall(r'<form id="([^"]+)"[^>]*method="([^"]+)" action="([^"]+)"', visitor.get("/check").text)
    assert forms == [("file-form", "post", "/check/paper"), ("typed-form", "get", "/check")]


def test_the_worker_keeps_files_that_exist_and_asks_the_server_about_what_was_typed(visitor):
    script = visitor.get("/check/worker.js")
    kept = json.loads(script.text.split("FILES = ")[1].split(", PAGES")[0])
    assert (script.mimetype, script.headers["Service-Worker-Allowed"]) == ("text/javascript", "/check")
    assert [path for path in kept if visitor.get(path).status_code != 200] == []
    assert len(kept) == (14 if NO_LIBRARIES else 18)
    assert 'TYPED = "mark"' in script.text


def test_the_manifest_is_complete(visitor):
    manifest = json.loads(visitor.get("/check/manifest.webmanifest?lang=ar").text)
    assert (manifest["id"], manifest["start_url"], manifest["dir"]) == ("/check", "/check?lang=ar", "rtl")


def test_the_bundle_is_not_there_before_it_is_published(visitor):
    assert [visitor.get(path).status_code for path in ("/offline/bundle.json", "/status/alerts")] == [503, 503]


def fetched(visitor, path, **headers):
    with visitor.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}) as answer:
        return answer.status_code, answer.data, answer.headers


def test_the_bundle_is_handed_out_packed_or_plain_to_anybody(app, session, visitor, clock):
    publish(session, Path(app.instance_path) / "public", issuer=ISSUER, at=clock())
    _, plain, headers = fetched(visitor, "/offline/bundle.json")
    _, packed, _ = fetched(visitor, "/offline/bundle.json", Accept_Encoding="gzip")
    assert gzip.decompress(packed) == plain
    assert (headers["Access-Control-Allow-Origin"], headers["Vary"]) == ("*", "Accept-Encoding")
    assert fetched(visitor, "/offline/bundle.json", If_None_Match=headers["ETag"])[:2] == (304, b"")
    parts = json.loads(plain)
    assert set(parts) == {"trust", "status", "alerts", "directory", "checkpoint"}
    assert fetched(visitor, "/status/alerts")[1].decode() == parts["alerts"]
