"""Long codes on the narrowest phones: no number is cut, nothing scrolls sideways, what is copied is the code."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from certify.trust.seal import Identity
from tests.browser.conftest import LANGUAGE
from tests.browser.person import Person

CUT = """() => [...document.querySelectorAll('main bdi.code')].flatMap((code) => [...code.childNodes])
  .filter((piece) => {
  const range = document.createRange();
  range.selectNodeContents(piece);
  return piece.nodeName === '#text' && range.getClientRects().length > 1;
}).map((piece) => piece.data)"""
"""The pieces of codes that stand on more than one line."""

COPIED = "(code) => { getSelection().selectAllChildren(code); return getSelection().toString(); }"


@pytest.fixture
def path(instance: Path) -> str:
    """The address of a numbered label in use."""
    with closing(sqlite3.connect(instance / "certify.sqlite")) as database:
        asked = "SELECT gdti, serial FROM label_serial JOIN label_batch ON label_batch.id = batch_id"
        gdti, serial = database.execute(f"{asked} WHERE label_serial.state = 'active' AND gtin IS NULL").fetchone()
    return Identity(gdti=gdti, document=serial).path


@pytest.mark.parametrize("width", [320, 390])
def test_page_of_a_code_cuts_no_number(person: Callable[..., Person], path: str, width: int):
    buyer = person(None)
    buyer.page.set_viewport_size({"width": width, "height": 800})
    buyer.go(f"{path}?lang={LANGUAGE}")
    assert buyer.page.evaluate(CUT) == []
    read = buyer.page.locator("bdi.code", has_text="/253/")
    assert (read.evaluate(COPIED), read.locator("wbr").count()) == (path, 1)
