"""One language of the page behind the mark: its words, its dates, and its page, printed from a mould.

A scan wakes neither a session nor the person, so nothing here asks Flask who is reading.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache, partial
from typing import Any

from babel import Locale
from babel.dates import format_date, format_datetime
from jinja2 import BaseLoader, Environment, StrictUndefined

from certify.extensions import catalogue
from certify.queries.calendar import CASABLANCA
from certify.views.moulds import Mould, View, all_ready, gauge, slotted
from certify.views.presenting import LANGUAGES, LOCALES
from certify.views.spelling import framed

TEMPLATE = "public/verification.html"
MOST_MOULDS = 256


class Edition:
    """The page in one language. `address_of` gives the path of an endpoint, as `url_for` does."""

    def __init__(self, language: str, loader: BaseLoader, address_of: Callable[..., str]) -> None:
        self.language = language
        self._locale = Locale.parse(LOCALES[language])
        self._words = catalogue(language)
        self._moulds: dict[tuple, Mould] = {}
        self._environment = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.install_gettext_translations(self._words, newstyle=True)
        self._environment.globals.update(
            url_for=address_of,
            locale=language,
            direction=self._locale.text_direction,
            languages=lambda: [(code, name, f"?lang={code}") for code, name in LANGUAGES.items()],
        )
        # The components name these filters; the texts of a page are filtered before they come to it.
        self._environment.filters.update(day=self.day, moment=self.moment, tongue=self.pick, code=framed)
        self.day, self.moment = lru_cache(4096)(self.day), lru_cache(64)(self.moment)

    def say(self, message: str, **facts: object) -> str:
        """Translate a sentence and fill it."""
        sentence = self._words.gettext(message)
        return sentence % facts if facts else sentence

    def pick(self, words: Mapping[str, str]) -> str:
        """Pick this language out of a text in several; the best other one when it is missing."""
        return words.get(self.language) or next((words[code] for code in ("fr", "ar", "en") if words.get(code)), "")

    def day(self, value: date) -> str:
        """Write a date in full: 14 mars 2029."""
        return format_date(value, "d MMMM y", locale=self._locale)

    def moment(self, value: datetime) -> str:
        """Write a date and time, Casablanca time."""
        return format_datetime(value, "d MMMM y, HH:mm", tzinfo=CASABLANCA, locale=self._locale)

    def render(self, view: View, template: str = TEMPLATE) -> str:
        """Write the page of a view, the plain way."""
        return self._environment.get_template(template).render(view)

    def print(self, view: View) -> tuple[bytes, Callable[[], bytes]]:
        """Write the page of a view from the mould of its shape: the bytes that `render` would give, and their gzip."""
        shape: list[Any] = []
        texts: list[str] = []
        gauge(view, shape, texts)
        mould = self._moulds.get(key := tuple(shape))
        if mould is None:
            if len(self._moulds) >= MOST_MOULDS:
                self._moulds.clear()
            mould = self._moulds[key] = Mould(self.render(slotted(view, [])))
        poured = all_ready(texts)
        page = mould.pour(poured)
        return page, partial(mould.press, poured, page)
