"""What is the same for everybody is sent so that shared caches keep it: one copy, named right, and nobody in it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Licence, RegisterGtin
from certify.operations.publishing import publish
from tests import people
from tests.proofs import ISSUER, KEYS
from tests.scans import scans

ENCODED, SPOKEN = "Accept-Encoding", "Accept-Language"
JSON, TEXT = "application/json", "text/plain; charset=utf-8"
ADDRESSES = {
    # address: media type, what the answer varies by
    "/status/1": ("application/statuslist+jwt", None),
    "/status/alerts": ("application/jwt", None),
    "/offline/bundle.json": (JSON, ENCODED),
    "/log/checkpoint": (TEXT, None),
    "/log/tile/entries/000.p/{size}": ("application/octet-stream", None),
    "/log/tile/0/000.p/{size}": ("application/octet-stream", None),
    "/.well-known/tdm-trust.json": ("application/jose+json", None),
    "/.well-known/jwks.json": ("application/jwk-set+json", None),
    "/.well-known/did.json": ("application/did+json", None),
    "/.well-known/gs1resolver": (JSON, None),
    "/.well-known/paper-roots.pem": ("application/x-pem-file", None),
    "/c/{number}/vc.jwt": ("application/vc+jwt", None),
    "/c/{number}/proof": (TEXT, None),
    "/check/papers/{unknown}": (JSON, SPOKEN),
    "/robots.txt": (TEXT, None),
    "/api/v1": (JSON, ENCODED),
    "/api/v1/openapi.json": (JSON, ENCODED),
    "/api/v1/licences": (JSON, ENCODED),
    "/api/v1/licences/{number}": (JSON, ENCODED),
    "/api/v1/changes": (JSON, ENCODED),
    "/v/{mark}": ("text/html; charset=utf-8", f"{SPOKEN}, {ENCODED}"),
    "/v/{mark}.json": (JSON, ENCODED),
    "/01/06111234567895": ("text/html; charset=utf-8", f"Accept, {SPOKEN}, {ENCODED}"),
}


@pytest.fixture(scope="module")
def published(settled_sqlite, tmp_path_factory):
    """An application with one licence, and everything that is published of it."""
    folder = tmp_path_factory.mktemp("published")
    shutil.copytree(KEYS, folder / "keys")
    (folder / "keys" / "paper-root.crt").write_text("-----BEGIN CERTIFICATE-----\n")
    for scan in scans(settled_sqlite, KEYS=str(folder / "keys")):
        db.session.add(RegisterGtin(gtin="06111234567895", mark=scan.mark))
        db.session.commit()
        publish(db.session, Path(scan.app.instance_path) / "public", issuer=ISSUER, at=scan.clock())
        yield scan


@pytest.fixture(scope="module")
def carol(published):
    """The browser of somebody who is signed in, in Arabic, behind the front."""
    client = published.app.test_client()
    with people.hashing_cheaply():
        client.post("/sign-in", data={"email": "carol@example.ma", "password": people.PASSWORD})
    client.get("/?lang=ar")
    return client


def asked(published, address: str) -> str:
    """Fill an address with what there is."""
    [licence] = db.session.scalars(select(Licence)).all()
    folder = Path(published.app.instance_path) / "public" / "log" / "tile" / "0" / "000.p"
    size = next(folder.iterdir()).name
    return address.format(number=licence.number, mark=licence.mark, size=size, unknown="0" * 64)


@pytest.mark.parametrize("address", ADDRESSES)
def test_answer_is_kept_by_shared_caches_and_names_what_it_is(published, address):
    with published.behind(asked(published, address)) as answer:
        headers = answer.headers
    assert (headers["Content-Type"], headers.get("Vary")) == ADDRESSES[address]
    is_code = address.startswith("/01/")  # TDM-1, §3.11: a scan is never kept
    assert headers["Cache-Control"].startswith("no-store" if is_code else "public")


@pytest.mark.parametrize("address", ADDRESSES)
def test_who_is_signed_in_gets_the_answer_of_everybody_and_no_cookie(published, carol, address):
    path = asked(published, address)
    for query in ("", "?lang=ar"):
        with carol.get(f"{path}{query}") as theirs, published.behind(f"{path}{query}") as ours:
            assert (theirs.status_code, theirs.data) == (ours.status_code, ours.data)
            assert theirs.headers.get("Vary") == ours.headers.get("Vary") != "Cookie"
            assert "Set-Cookie" not in theirs.headers


def test_a_paper_is_told_of_in_the_language_that_the_answer_says_it_varies_by(published, carol):
    path = f"/check/papers/{'0' * 64}"
    said = [carol.get(path, headers={SPOKEN: language}).json["headline"] for language in ("fr", "ar", "en")]
    assert len(set(said)) == 3
    assert carol.get(path, headers={SPOKEN: "en"}).json["headline"] == "This is not a paper of the label"


def test_the_page_of_a_person_is_private_still(carol):
    headers = carol.get("/office").headers
    assert (headers["Vary"], headers["Cache-Control"]) == ("Cookie", "private, no-store")
