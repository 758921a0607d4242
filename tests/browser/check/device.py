"""A phone with `/check` open, and what is held before it."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image, ImageFilter, ImageOps
from playwright.sync_api import Browser, BrowserContext, Locator, expect
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from sqlalchemy import select

from certify.extensions import db
from certify.models import Licence
from certify.pdf.symbols import QUIET_ZONE, sealed_symbol, stride
from certify.translations import catalogue
from certify.trust.keys import to_bytes
from certify.workflows.licence import State
from tests.browser.person import LOCALES
from tests.views.test_checking import NO_LIBRARIES

GROUND = "#d8d0bf"
needs_reader = pytest.mark.skipif(NO_LIBRARIES, reason="setup/prepare.sh libraries fetched no reader of codes")


def marks(state: State) -> list[str]:
    """The marks of the licences in a state, as the demonstration made them."""
    found = db.session.scalars(select(Licence.mark).where(Licence.state == state).order_by(Licence.id)).all()
    db.session.rollback()
    return list(found)


def label(address: str, module: int = 5) -> Image.Image:
    """A sealed code as a pack bears it: the symbol that we print, in its quiet zone."""
    symbol = sealed_symbol(address)
    printed = Image.frombytes("1", (stride(symbol.side), symbol.side), symbol.image).convert("L")
    printed = ImageOps.invert(printed.crop((0, 0, symbol.side, symbol.side)))
    printed = ImageOps.expand(printed, QUIET_ZONE, 255)
    return printed.resize((printed.width * module, printed.height * module), Image.Resampling.NEAREST).convert("RGB")


def anybodys(text: str, module: int = 5) -> Image.Image:
    """A code as anybody draws it."""
    drawn = QRCode(error_correction=ERROR_CORRECT_M, border=QUIET_ZONE, box_size=module)
    drawn.add_data(text)
    return drawn.make_image().get_image().convert("RGB")


def laid(
    codes: Sequence[Image.Image], size: tuple[int, int], *, turn: float, blur: float, below: int = 0
) -> Image.Image:
    """Codes side by side on a table, turned a little, not quite sharp, `below` the middle."""
    table = Image.new("RGB", size, GROUND)
    for place, code in enumerate(codes):
        turned = code.convert("RGBA").rotate(turn, expand=True, resample=Image.Resampling.BICUBIC)
        middle = size[0] * (2 * place + 1) // (2 * len(codes))
        table.paste(turned, (middle - turned.width // 2, (size[1] - turned.height) // 2 + below), turned)
    return table.filter(ImageFilter.GaussianBlur(blur))


def photo(*codes: Image.Image) -> dict[str, object]:
    """A photo of codes as a phone takes it."""
    content = BytesIO()
    laid(codes, (1200, 900), turn=7, blur=1.5).save(content, "JPEG", quality=80)
    return {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content.getvalue()}


def hold(browser: Browser, language: str, **more: object) -> BrowserContext:
    """Take up a phone that speaks a language."""
    viewport = {"width": 390, "height": 844}
    made = browser.new_context(viewport=viewport, locale=LOCALES[language], has_touch=True, **more)
    made.set_default_timeout(20_000)
    return made


class Device:
    """A phone with the page open; texts are found by the translation of their msgid."""

    def __init__(self, context: BrowserContext, address: str, language: str) -> None:
        self.context, self.page, self.address, self.language = context, context.new_page(), address, language
        self.problems: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        context.on("request", lambda request: self.asked.append(request.url))

    def t(self, msgid: str, **facts: object) -> str:
        """Say a msgid in this person's language."""
        said = catalogue(self.language).gettext(msgid)
        return said % facts if facts else said

    def open(self) -> None:
        """Open the page, and wait until it works without network and knows something."""
        self.page.goto(f"{self.address}/check?lang={self.language}")
        self.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        expect(self.page.locator("#knowledge.tone-good")).to_be_visible(timeout=30_000)

    def offline(self) -> None:
        """Lose the network, and open the page again as from the home screen."""
        self.context.set_offline(True)
        self.page.reload()
        self.knows("No network: each check relies on this.")

    def online(self) -> None:
        """Find the network again."""
        self.context.set_offline(False)
        self.page.evaluate("dispatchEvent(new Event('online'))")

    def knows(self, msgid: str) -> None:
        """Read a sentence in the box of what the device knows."""
        expect(self.page.locator("#knowledge")).to_contain_text(self.t(msgid))

    def show(self, text: str) -> None:
        """Choose a photo of a code."""
        self.page.locator("#file").set_input_files(photo(anybodys(text, 12)))

    def drop(self, content: bytes) -> None:
        """Choose a PDF."""
        paper = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": content}
        self.page.locator("#file").set_input_files(paper)

    def type(self, text: str) -> None:
        """Type a code."""
        self.page.locator("#mark").fill(text)
        self.button("Check the product").click()

    def button(self, msgid: str) -> Locator:
        """Find a button by its words."""
        return self.page.get_by_role("button", name=self.t(msgid), exact=True)

    def scan(self) -> None:
        """Press the button that opens the camera."""
        self.button("Scan with the camera").click()

    def camera(self) -> Locator:
        """Find what is shown while the camera runs."""
        return self.page.get_by_role("group", name=self.t("Camera"), exact=True)

    def camera_says(self, msgid: str, before: str = "") -> None:
        """Read what the camera says it does, where a screen reader hears it too."""
        expect(self.camera().get_by_role("status")).to_have_text(before + self.t(msgid))

    def warns(self, msgid: str) -> None:
        """Read the warning, which a screen reader says at once."""
        expect(self.page.get_by_role("alert")).to_have_text(self.t(msgid))

    def answers(self, verdict: str, headline: str) -> str:
        """Read the answer: its headline, and return all its text."""
        card = self.page.locator(f'#answer .verdict[data-verdict="{verdict}"]')
        expect(card.get_by_role("heading", name=self.t(headline), exact=True)).to_be_visible()
        return self.page.locator("#answer").inner_text()


def told_to_devices(server: Flask, part: str) -> str:
    """Read a part of the bundle that the product hands out, as JSON; nothing before there is one."""
    bundle = Path(server.instance_path) / "public/offline/bundle.json"
    return to_bytes(json.loads(bundle.read_text())[part].split(".")[1]).decode() if bundle.exists() else ""


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds, as long as the product may take to publish."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(1)
