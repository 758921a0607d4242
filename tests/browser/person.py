"""Somebody at a browser: finds things by their label and role, in their own language, and looks at every page."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from certify.operations.demonstration import PASSWORD
from certify.translations import catalogue

LOCALES = {"fr": "fr-FR", "ar": "ar-MA", "en": "en-GB"}
OWN_NAMES = {"fr": "Français", "ar": "العربية", "en": "English"}


class Person:
    """A person and their browser. Everything is named by its English msgid and found by its translation."""

    def __init__(self, browser: Browser, address: str, role: str | None, *, language: str, width: int, shots=None):
        self.address, self.role, self.language, self.shots = address, role, language, shots
        self.context = browser.new_context(viewport={"width": width, "height": 900}, locale=LOCALES[language])
        self.context.set_default_timeout(30_000)
        self.page: Page = self.context.new_page()
        self.problems: list[str] = []
        self.page.on("console", lambda said: said.type == "error" and self.problems.append(said.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.count = 0
        if role:
            self.sign_in(f"{role}@demo.example.com", PASSWORD)

    def t(self, msgid: str, **facts: object) -> str:
        """Say a msgid in this person's language."""
        said = catalogue(self.language).gettext(msgid)
        return said % facts if facts else said

    def own(self, words: Mapping[str, str]) -> str:
        """Pick this person's language out of a name in several."""
        return words[self.language]

    def leave(self) -> None:
        """Close the browser; nothing may have gone wrong in its console."""
        self.context.close()
        assert [said for said in self.problems if "status of 4" not in said] == []

    def sign_in(self, email: str, password: str) -> None:
        """Sign in as anybody would; an account that speaks another language is asked to speak this person's."""
        self.go("/sign-in")
        self.fill("E-mail address", email)
        self.fill("Password", password)
        self.page.get_by_role("button", name=self.t("Sign in"), exact=True).click()
        self.page.wait_for_load_state()
        if self.page.locator("html").get_attribute("lang") != self.language:
            self.page.get_by_role("link", name=OWN_NAMES[self.language], exact=True).click()
            self.page.wait_for_load_state()
        self.look()
        expect(self.page.get_by_role("button", name=self.t("Sign out"))).to_be_visible()

    def go(self, path: str) -> None:
        """Open an address of the product."""
        self.page.goto(path if path.startswith("http") else self.address + path)
        self.look()

    def look(self) -> None:
        """Check what holds on every page, and keep a picture for the eyes."""
        assert self.page.locator("h1").count() == 1, self.page.url
        assert self.page.evaluate("document.documentElement.lang") == self.language
        overflow = self.page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 1, f"{self.page.url} scrolls sideways by {overflow} px"
        if self.shots:
            self.count += 1
            name = re.sub(r"\W+", "-", self.page.url.split("/", 3)[-1])[:60]
            folder = Path(self.shots)
            folder.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=folder / f"{self.role or 'x'}-{self.count:03}-{name}.png", full_page=True)

    def main(self) -> Locator:
        """The page without its header."""
        return self.page.locator("main")

    def press(self, label: str, nth: int = 0, **facts: object) -> None:
        """Press a button; the page that follows is looked at."""
        self.page.get_by_role("button", name=self.t(label, **facts), exact=True).nth(nth).click()
        self.page.wait_for_load_state()
        self.look()

    def follow(self, label: str, nth: int = 0, **facts: object) -> None:
        """Follow a link whose text begins with `label`."""
        name = re.compile("^" + re.escape(self.t(label, **facts)))
        self.page.get_by_role("link", name=name).nth(nth).click()
        self.page.wait_for_load_state()
        self.look()

    def follow_text(self, text: str, nth: int = 0) -> None:
        """Follow a link that holds a text as it is."""
        self.main().get_by_role("link", name=re.compile(re.escape(text))).nth(nth).click()
        self.page.wait_for_load_state()
        self.look()

    def today(self) -> date:
        """Read the day that the demonstration says it is."""
        self.page.goto(self.address + "/demonstration")
        return date.fromisoformat(self.page.locator("time").first.get_attribute("datetime"))

    def fill(self, label: str, value: str, nth: int = 0, **facts: object) -> None:
        """Type into a field."""
        self.field(label, **facts).nth(nth).fill(value)

    def field(self, label: str, **facts: object) -> Locator:
        """Find a field by its label; "(optional)" may follow it."""
        name = re.compile("^" + re.escape(self.t(label, **facts)))
        return self.main().get_by_label(name)

    def select(self, label: str, option: str, nth: int = 0) -> None:
        """Choose in a list by what is shown; `option` is in this person's language already."""
        self.field(label).nth(nth).select_option(label=option)

    def choose(self, option: str, within: Locator | None = None, nth: int = 0) -> None:
        """Choose a card among several, or tick a box."""
        name = re.compile("^" + re.escape(self.t(option)))
        (within or self.main()).get_by_label(name).nth(nth).check()

    def reads(self, msgid: str, **facts: object) -> None:
        """See a sentence on the page."""
        expect(self.page.get_by_text(self.t(msgid, **facts)).locator("visible=true").first).to_be_visible()

    def sees(self, text: str) -> None:
        """See a text on the page, as it is."""
        expect(self.main().get_by_text(text).locator("visible=true").first).to_be_visible()

    def download(self, path: str, patience: float = 120.0) -> bytes:
        """Open a paper, waiting while it is being prepared."""
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            answer = self.context.request.get(self.address + path)
            if answer.status == 200:
                return answer.body()
            assert answer.status == 202, answer.status
            time.sleep(0.5)
        raise AssertionError(f"{path} was not printed within {patience} s")
