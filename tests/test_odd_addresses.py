"""Whatever somebody writes into an address or a form that is open to all is answered: nothing breaks on our side."""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import EnvironBuilder, run_wsgi_app

from certify.extensions import db
from certify.models import RegisterEntry
from certify.views.helpers import PUBLIC
from tests.test_access import rules, view

ODD = {
    "nul": "%00",
    "long": "9" * 5000,
    "longer than the name of a file": "x" * 300,
    "half a pair": "%ED%A0%80",
    "no UTF-8": "%FF",
    "Arabic digits": quote("٣"),
    "a step up": "..%2F..%2Fcheckpoint",
    "half an address": quote("http://[::1", safe=""),
    "an address of nobody": quote("http://[", safe=""),
    "a line": "%0D%0AX:%20y",
}
"""What is written into an address or a form, percent-encoded."""

ASKED = (
    *("/check?mark=", "/check?lang=", "/open?serial=", "/open?receipt=", "/sign-in?next=", "/log/changes.atom?lang="),
    *("/api/v1/codes?code=", "/api/v1/changes?after=", "/api/v1/changes?since=", "/api/v1/changes?limit="),
    *(f"/api/v1/licences?{name}=" for name in ("after", "limit", "verdict", "region", "filiere", "gtin")),
    *("/01/06111234567895?linkType=", "/01/06111234567895?lang=", "/v/7K9M4T2XP8QJ?lang=", "/v/7K9M4T2XP8QJ?via="),
)
"""Where something is asked for by name."""

FIELDS = (
    "serial pin region receipt offered email password next name_fr name_ar kind trade ice said bought contact version"
)


@pytest.fixture(scope="module")
def walked(demonstration) -> Flask:
    """The demonstration, on a copy that this module alone walks."""
    return demonstration


def public(app: Flask, method: str) -> list[str]:
    """The addresses that are open to all, as they are declared."""
    return [rule.rule for rule in rules(app) if method in rule.methods and PUBLIC in view(app, rule).access]


def asked(app: Flask, address: str, **more: object) -> int:
    """Ask for an address as its bytes are written, and return the status."""
    path, _, query = address.partition("?")
    environ = EnvironBuilder("/", query_string=query, **more).get_environ()
    environ["PATH_INFO"] = unquote_to_bytes(path).decode("latin-1")
    body, status, _headers = run_wsgi_app(app, environ)
    getattr(body, "close", lambda: None)()
    return int(status.split()[0])


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_no_public_address_breaks_by_what_is_written_in_it(walked, odd):
    addresses = [re.sub("<[^>]+>", odd, rule) for rule in public(walked, "GET")]
    addresses += [f"/{'A' * 104}/01/{odd}", f"/v/{odd}.json", f"/v/{odd}/photo.jpg", *(begun + odd for begun in ASKED)]
    assert len(addresses) > 60
    assert [address[:60] for address in addresses if asked(walked, address) >= 500] == []


def posted(app: Flask, odd: str) -> dict[str, int]:
    """What comes of posting something odd in every field to every form that is open to all."""
    body = "&".join(f"{name}={odd}" for name in FIELDS.split()).encode()
    kind = {"method": "POST", "data": body, "content_type": "application/x-www-form-urlencoded"}
    mark = db.session.scalar(select(RegisterEntry.mark).limit(1)) or "7K9M4T2XP8QJ"
    addresses = {re.sub("<[^>]+>", filling, rule) for rule in public(app, "POST") for filling in (odd, mark)}
    return {address[:60]: asked(app, address, **kind) for address in addresses}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_no_public_form_breaks_by_what_is_written_in_it(walked, odd):
    assert {address: status for address, status in posted(walked, odd).items() if status >= 500} == {}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_no_database_breaks_by_what_is_written_in_an_address_or_a_form(any_app, odd):
    """Nothing is published here, which is a 503."""
    addresses = [re.sub("<[^>]+>", odd, rule) for rule in public(any_app, "GET")] + [begun + odd for begun in ASKED]
    broken = {address[:60] for address in addresses if asked(any_app, address) == 500}
    assert broken | {address for address, status in posted(any_app, odd).items() if status == 500} == set()


def test_a_number_is_written_in_our_digits(walked):
    assert [asked(walked, f"/proof/{number}") for number in ("0", quote("٠"), "9" * 10, "9" * 5000)] == [
        200,
        404,
        404,
        404,
    ]
