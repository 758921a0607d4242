"""The number under the field: who opened a pack is known again, by their device or by the receipt they kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, expect

from certify.trust.pin import opening_pin
from certify.trust.seal import Identity
from tests.browser.conftest import LANGUAGE
from tests.browser.person import Person
from tests.proofs import RING

FIRST, YOURS, AGAIN = "First opening: recorded now", "You opened this pack", "This pack was opened before"
NUMBER, CHECK = "Number under the field", "Check the number"


class Pack(NamedTuple):
    """A pack of the demonstration on which nobody scratched the field yet."""

    path: str
    serial: str
    pin: str


@pytest.fixture(scope="module")
def packs(instance: Path, product: str) -> Iterator[Pack]:
    """Packs one after the other, whose numbers come from the key that the label was released with."""
    asked = (
        "SELECT label_batch.gdti, label_batch.gtin, serial, pin_year FROM label_serial"
        " JOIN label_batch ON label_batch.id = batch_id WHERE label_serial.state = 'active' AND has_pin ORDER BY rank"
    )
    with closing(sqlite3.connect(instance / "certify.sqlite")) as database:
        rows = database.execute(asked).fetchall()
    kept = instance / "keys" / f"pin-{rows[0][3]:02}.key"
    kept.touch(mode=0o600)
    kept.write_bytes(RING.pin_key_of(rows[0][3]))

    def found() -> Iterator[Pack]:
        for gdti, gtin, serial, year in rows:
            named = Identity(gtin=gtin, serial=serial) if gtin else Identity(gdti=gdti, document=serial)
            yield Pack(named.path, serial, opening_pin(named, RING.pin_key_of(year)))

    return found()


def type_number(somebody: Person, pack: Pack) -> None:
    """Type the number of a pack into the form that is open."""
    somebody.fill(NUMBER, pack.pin)
    somebody.press(CHECK)


def headline(somebody: Person, words: str) -> None:
    """See what the page says first."""
    expect(somebody.page.locator("h1")).to_have_text(somebody.t(words))


def receipt(somebody: Person) -> str:
    """Read the receipt on the page."""
    return somebody.page.locator("[data-receipt]").get_attribute("data-receipt")


def test_buyer_comes_from_the_page_of_the_label_and_their_telephone_knows_them_again(
    person: Callable[..., Person], packs: Iterator[Pack]
):
    buyer, pack = person(None), next(packs)
    buyer.go(f"{pack.path}?lang={LANGUAGE}")
    buyer.follow("Enter the number under the field")
    type_number(buyer, pack)
    headline(buyer, FIRST)
    given = receipt(buyer)
    kept = json.loads(buyer.page.evaluate("JSON.stringify(localStorage)"))
    assert {name: value for name, value in kept.items() if name.startswith("opened:")} == {
        f"opened:{pack.serial}": given
    }
    buyer.page.reload()  # asks the browser to send the form again: the answer may have been lost
    headline(buyer, YOURS)
    buyer.go(f"/open?lang={LANGUAGE}")
    buyer.fill("Characters of the label", f" {pack.serial[:4].lower()}-{pack.serial[4:8]} {pack.serial[8:]}")
    type_number(buyer, pack)
    headline(buyer, YOURS)
    assert receipt(buyer) == given


def test_somebody_else_is_told_that_it_was_opened_unless_they_hold_the_receipt(
    person: Callable[..., Person], packs: Iterator[Pack]
):
    buyer, other, pack = person(None), person("other", role=None), next(packs)
    buyer.go(f"/open?serial={pack.serial}&lang={LANGUAGE}")
    type_number(buyer, pack)
    given = receipt(buyer)
    other.go(f"/open?serial={pack.serial}&lang={LANGUAGE}")
    type_number(other, pack)
    headline(other, AGAIN)
    other.follow("I have a receipt")
    other.fill("Your receipt", given.lower())
    type_number(other, pack)
    headline(other, YOURS)


def test_link_of_the_receipt_works_without_a_script(
    chromium: Browser, product: str, packs: Iterator[Pack], person: Callable[..., Person]
):
    pack, say = next(packs), person(None).t
    context = chromium.new_context(base_url=product, java_script_enabled=False)
    page = context.new_page()

    def type_it() -> None:
        page.get_by_label(say(NUMBER)).fill(pack.pin)
        page.get_by_role("button", name=say(CHECK)).click()

    page.goto(f"/open?serial={pack.serial}&lang={LANGUAGE}")
    type_it()
    expect(page.locator("h1")).to_have_text(say(FIRST))
    page.get_by_role("link", name=say("Check this pack again, with the receipt")).click()
    type_it()
    expect(page.locator("h1")).to_have_text(say(YOURS))
    context.close()
