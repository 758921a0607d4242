"""Addresses printed on jars, certificates and leaflets never die. Written by hand: nothing here is asked of the code.

A line is added when something new is printed; none is ever changed or removed.
"""

import re

import pytest

from certify.extensions import db
from certify.models import RegisterGtin
from certify.trust.seal import Identity
from tests import proofs
from tests.scans import scans

PRINTED = [
    # address                    what it must lead to      from
    ("/", "public.home", "2026-11: leaflets"),
    ("/label", "public.label", "2026-11: leaflets"),
    ("/v/{mark}", "public.verification", "2026-11: labels and certificates"),
    ("/V/{mark}", "public.verification", "2026-11: QR codes in capitals throughout"),
    ("/v/{mark}.json", "public.verification", "2026-11: published for whoever checks by program"),
    ("/v/{mark}/photo.jpg", "public.verification", "2026-11: published in the JSON"),
    ("/253/6111234567895{mark}", "resolver.resolve", "2026-12: certificates, without the seal"),
    ("/{seal}/253/6111234567895{mark}", "resolver.resolve", "2026-12: certificates and packs without GTIN"),
    ("/{gtin_seal}/01/06111234567895", "resolver.resolve", "2026-12: packs with a GTIN"),
    ("/01/06111234567895", "resolver.resolve", "2026-12: packs whose GS1 code carries no seal"),
    ("/.well-known/gs1resolver", "resolver.well_known", "2026-12: GS1 resolvers"),
    ("/api/v1", "api.index", "2026-12: published for whoever checks by program"),
    ("/api/v1/openapi.json", "api.document", "2026-12: published for whoever checks by program"),
    ("/api/v1/codes?code={mark}", "api_codes.code", "2026-12: published in openapi.json"),
    ("/api/v1/licences", "api_licences.licences", "2026-12: published in openapi.json"),
    ("/api/v1/changes", "api_licences.changes", "2026-12: published in openapi.json"),
    ("/log/changes.atom", "feed.changes", "2026-11: subscribed to by the committee and monitors"),
    ("/check/paper", "judging.paper", "2026-11: told to whoever receives a paper"),
    ("/check?mark={mark}", "public.check", "2026-11: leaflets, shops' pages"),
    ("/open", "opening.pack", "2026-12: numbered labels with an opening number"),
    ("/check", "public.check", "2026-12: installed on phones"),
    ("/check/worker.js", "checking.worker", "2026-12: asked for by every phone that installed the page"),
]


@pytest.fixture
def scan(settled_sqlite):
    yield from scans(settled_sqlite)


@pytest.fixture(scope="module")
def still(settled_sqlite):
    """A licence that no test of this module changes."""
    for one in scans(settled_sqlite, "still"):
        db.session.add(RegisterGtin(gtin="06111234567895", mark=one.mark))
        db.session.commit()
        yield one


@pytest.mark.parametrize(("address", "endpoint", "_since"), PRINTED)
def test_a_printed_address_leads_where_it_always_did_and_answers(still, address, endpoint, _since):
    path = address.format(
        mark=still.mark,
        seal=proofs.ISSUER.seal(Identity(gdti=proofs.GDTI, document=still.mark)).split("/")[3],
        gtin_seal=proofs.ISSUER.seal(Identity(gtin="06111234567895")).split("/")[3],
    )
    found, _ = still.app.url_map.bind("label.example.ma").match(path.split("?")[0])
    answer = still.get(path)
    if answer.status_code == 303:
        answer = still.get(answer.headers["Location"])
    assert (found, answer.status_code) == (endpoint, 200)


def test_the_certificate_prints_an_address_of_the_list(still):
    printed = {re.sub(r"\{mark\}", still.mark, address) for address, _, _ in PRINTED}
    (address,) = still.get(f"{still.url}.json").json["address"].split("127.0.0.1:5000")[1:]
    assert address in printed


@pytest.mark.parametrize("state", ["suspend", "withdraw", "expire"])
def test_a_printed_mark_answers_whatever_becomes_of_the_licence(scan, state):
    scan.clock.advance(days=3 * 366 if state == "expire" else 1)
    scan.act(state)
    assert scan.get(f"/v/{scan.mark}").status_code == 200


def test_this_test_can_fail(still):
    with pytest.raises(Exception, match="404"):
        still.app.url_map.bind("label.example.ma").match("/still/7K9M4T2XP8QJ")
