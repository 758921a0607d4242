"""Whatever tells how a licence stands is at most a minute behind, wherever it was kept on its way."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.datastructures import Headers
from werkzeug.test import Client

from certify.extensions import db
from certify.models import Paper, PaperFile, RegisterEntry
from certify.trust.seal import Identity
from certify.views.helpers import PUBLIC
from certify.views.verification import HERE
from tests.proofs import GDTI, ISSUER
from tests.test_access import address, rules, view
from tests.times import NOON

MINUTE = 60
TELLING = (
    "/v/{mark}",
    "/V/{mark}",
    "/v/{mark}.json",
    "/253/{gdti}{mark}",
    "/{seal}/253/{gdti}{mark}",
    "/api/v1/codes?code={mark}",
    "/api/v1/licences",
    "/api/v1/licences/{number}",
    "/api/v1/changes",
    "/check?mark={mark}",
    "/check/papers/{sha256}",
    "/status/1",
    "/status/alerts",
    "/offline/bundle.json",
    "/c/{number}/proof",
    "/log/checkpoint",
    "/check/worker.js",
)
"""Written by hand: what tells a status, or keeps a page that does."""

SETTLED = {
    "static": "its address changes with it",
    "verification.photo": "of the product; its address changes with it",
    "proofs.tile": "never changes",
    "proofs.credential": "never changes, and bears no status",
    "proofs.manifest": "keys: an hour, and a device asks for the bundle",
    "proofs.jwks": "keys",
    "proofs.did": "keys",
    "judging.roots": "a certificate",
    "api.document": "describes",
    "resolver.well_known": "describes",
    "public.robots": "speaks to robots",
}
"""What may be kept longer, by endpoint, and why."""


def said(headers) -> dict[str, str]:
    """What Cache-Control says, by directive."""
    return dict(re.findall(r"([a-z-]+)(?:=(\d+))?", headers.get("Cache-Control", "")))


def is_fresh(headers) -> bool:
    """Whether an answer may be no older than a minute; what was kept in memory before it left counts too."""
    told = said(headers)
    if "stale-while-revalidate" in told:
        return False
    return bool(told.keys() & {"no-store", "no-cache"}) or int(told.get("max-age") or MINUTE) + HERE <= MINUTE


def asked_of(app: Flask, path: str) -> tuple[int, Headers]:
    """The status and the headers of an answer to somebody without cookies."""
    with Client(app).get(path) as answer:
        return answer.status_code, answer.headers


@pytest.fixture(scope="module")
def told(demonstration) -> dict[str, str]:
    """What the addresses are filled with: one licence of the demonstration."""
    number, mark = db.session.execute(select(RegisterEntry.number, RegisterEntry.mark)).first()
    seal = ISSUER.seal(Identity(gdti=GDTI, document=mark)).split("/")[3]
    sha256, paper_id = "5" * 64, db.session.scalars(select(Paper.id)).first()
    db.session.add(PaperFile(paper_id=paper_id, sha256=sha256, bare_sha256="6" * 64, size=1, printed_at=NOON))
    db.session.commit()
    return {"number": number, "mark": mark, "gdti": GDTI, "seal": seal, "sha256": sha256}


@pytest.mark.parametrize("pattern", TELLING)
def test_what_tells_a_status_is_at_most_a_minute_behind(demonstration, told, pattern):
    status, headers = asked_of(demonstration, pattern.format(**told))
    assert (status in (200, 303), is_fresh(headers)) == (True, True), said(headers)


def test_no_other_public_address_is_kept_longer_unless_it_is_settled(demonstration):
    public = [rule for rule in rules(demonstration) if view(demonstration, rule).access == (PUBLIC,)]
    asked = [rule for rule in public if "GET" in rule.methods and rule.endpoint not in SETTLED]
    answers = {rule.rule: asked_of(demonstration, address(demonstration, rule)) for rule in asked}
    kept = {rule for rule, (_, headers) in answers.items() if not is_fresh(headers)}
    assert (kept, len(answers) > 20) == (set(), True)


@pytest.mark.parametrize("control", ["public, max-age=60", "max-age=45, stale-while-revalidate=600", "public", ""])
def test_this_test_can_fail(control):
    assert not is_fresh({"Cache-Control": control})
