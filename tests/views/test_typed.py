"""What is typed is read by the server as by the page of checks: both are held to the lists of `tests/trust/kept.py`."""

from __future__ import annotations

import pytest

from certify.views.typed import path_of, read_typed
from tests.scans import scans
from tests.trust.kept import ADDRESSES, ITEM, SHORT, TYPED, mark_of

HOSTS = {"tdm.ma"}


@pytest.fixture(scope="module")
def resolver(settled_sqlite):
    for scan in scans(settled_sqlite, "still"):
        yield scan.app.extensions["resolver"]


def read(text, resolver):
    """What the server reads, as the lists say it."""
    found = read_typed(text, resolver, HOSTS)
    said = {"path": found.identity and found.identity.path, "mark": found.mark, "foreign": found.host}
    return next(((name, value) for name, value in said.items() if value is not None), None)


@pytest.mark.parametrize("text", ADDRESSES, ids=lambda text: ascii(text)[:60])
def test_an_address_is_read_as_on_the_page(resolver, text):
    assert read(text, resolver) == ADDRESSES[text]


@pytest.mark.parametrize("text", TYPED, ids=ascii)
def test_a_mark_is_read_as_on_the_page(resolver, text):
    assert read(text, resolver) == (("mark", mark_of(text)) if mark_of(text) else None)


def test_no_host_of_ours_is_ever_named_as_another_s():
    assert [text for text, read in ADDRESSES.items() if read and read[0] == "foreign" and read[1] in HOSTS] == []


@pytest.mark.parametrize("text", [text for text, read in ADDRESSES.items() if not read or read[0] != "foreign"])
def test_what_is_typed_leads_to_the_page_of_what_is_read(text):
    kind, value = ADDRESSES[text] or (None, None)
    where = path_of(text, HOSTS)
    assert {"mark": where == f"/v/{value}", "path": where == value, None: where.startswith(("/v/", "/01/", "/253/"))}[
        kind
    ]


def test_a_path_keeps_its_seal_and_loses_its_query():
    assert path_of(f"tdm.ma/{'a' * 104}{ITEM}?x=1#y", HOSTS) == f"/{'A' * 104}{ITEM}"
    assert path_of(f"http://tdm.ma/V/{SHORT.lower()}.json", HOSTS) == f"/v/{SHORT}"
