"""An inspector's phone: Chromium with a storage of its own that outlives it, which may be killed at any moment."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, Playwright, expect

from certify.operations.demonstration import PASSWORD
from certify.translations import catalogue
from tests.backends import CHROMIUM_FLAGS, need_chromium

LOCALES = {"fr": "fr-FR", "ar": "ar-MA", "en": "en-GB"}


class Phone:
    """A phone. Everything is found by its label and role, by the translation of its English msgid."""

    def __init__(self, play: Playwright, folder: Path, address: str, language: str) -> None:
        self.play, self.folder, self.address, self.language = play, folder, address, language
        self.context: BrowserContext
        self.page: Page
        self.problems: list[str] = []

    def start(self, *, offline: bool = False) -> None:
        """Open the browser on what the phone kept."""
        self.context = self.play.chromium.launch_persistent_context(
            str(self.folder),
            executable_path=need_chromium(),
            args=list(CHROMIUM_FLAGS),
            viewport={"width": 390, "height": 844},
            locale=LOCALES[self.language],
            geolocation={"latitude": 30.427755, "longitude": -9.598107, "accuracy": 12},
            permissions=["geolocation"],
            has_touch=True,
        )
        self.context.set_default_timeout(20_000)
        self.context.set_offline(offline)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))

    def kill(self) -> None:
        """Kill the browser and all its processes, as a phone does that runs out of battery."""
        mark = f"--user-data-dir={self.folder}".encode()
        lines = {path.parent: path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline") if readable(path)}
        ours = [int(place.name) for place, line in lines.items() if mark in line.split(b"\0")]
        assert ours
        for number in ours:
            try:
                os.kill(number, signal.SIGKILL)
            except ProcessLookupError:
                continue
        deadline = time.monotonic() + 10
        while any(Path(f"/proc/{number}").exists() for number in ours) and time.monotonic() < deadline:
            time.sleep(0.05)
        for name in ("SingletonLock", "SingletonSocket", "SingletonCookie"):
            (self.folder / name).unlink(missing_ok=True)

    def t(self, msgid: str, **facts: object) -> str:
        """Say a msgid in this person's language."""
        said = catalogue(self.language).gettext(msgid)
        return said % facts if facts else said

    def go(self, path: str) -> None:
        """Open an address of the product."""
        self.page.goto(self.address + path)

    def sign_in(self, who: str) -> None:
        """Sign in on the page that is open."""
        self.page.get_by_label(self.t("E-mail address")).fill(f"{who}@demo.example.com")
        self.page.get_by_label(self.t("Password"), exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name=self.t("Sign in"), exact=True).click()
        self.page.wait_for_load_state()

    def reads(self, msgid: str, **facts: object) -> None:
        """See a sentence on the page."""
        expect(self.page.get_by_text(self.t(msgid, **facts)).locator("visible=true").first).to_be_visible()

    def press(self, label: str, nth: int = 0) -> None:
        """Press a button."""
        self.page.get_by_role("button", name=self.t(label), exact=True).nth(nth).click()

    def part(self, heading: str):
        """Find the section under a heading."""
        named = self.page.get_by_role("heading", name=self.t(heading), exact=True)
        return self.page.locator("section").filter(has=named)

    def stored(self) -> dict[str, list[dict[str, object]]]:
        """Read what the phone keeps, from its own storage."""
        return self.page.evaluate(
            """async () => {
              const base = await new Promise((done) => {
                const asked = indexedDB.open("certify-field");
                asked.onsuccess = () => done(asked.result);
              });
              const rows = (name) => new Promise((done) => {
                const asked = base.transaction(name).objectStore(name).getAll();
                asked.onsuccess = () => done(asked.result);
              });
              const hash = async (bytes) => [...new Uint8Array(await crypto.subtle.digest("SHA-256", bytes))]
                .map((one) => one.toString(16).padStart(2, "0")).join("");
              const photos = await rows("photos");
              const told = { entries: await rows("entries"), visits: (await rows("visits")).map((one) => one.visit),
                photos: await Promise.all(photos.map(async (one) => ({ sha256: one.sha256, received: one.received,
                  found: await hash(await new Response(one.bytes).arrayBuffer()) }))) };
              base.close();
              return told;
            }"""
        )


def readable(path: Path) -> bool:
    """Tell whether the command of a process can be read; it may be gone."""
    try:
        path.read_bytes()
    except OSError:
        return False
    return True
