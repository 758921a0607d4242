"""The page by which a person reads an evidence pack: HTML that needs nothing else, no script, in French or Arabic."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

from certify.translations import catalogue

LANGUAGES = ("fr", "ar")
LOCALES = {"fr": "fr_MA", "ar": "ar_MA"}
COMMAS = {"fr": ",", "ar": "،"}
HERE = ZoneInfo("Africa/Casablanca")


def render(facts: Mapping[str, object], language: str) -> str:
    """Write the page of a pack in a language."""
    return _environment(language).get_template("index.html").render(facts)


@lru_cache(maxsize=len(LANGUAGES))
def _environment(language: str) -> Environment:
    words, locale = catalogue(language), LOCALES[language]

    def say(said: Mapping[str, object] | str | None) -> str:
        """Say a word of the field or a sentence of the rules."""
        if said is None:
            return ""
        if isinstance(said, str):
            return words.gettext(said)
        filled = {name: _fact(value, day, pick) for name, value in said.get("facts", {}).items()}
        message = said["message"] if "message" in said else said["label"]
        sentence = words.gettext(message)
        return sentence % filled if filled else sentence

    def pick(names: Mapping[str, str | None]) -> str:
        """Pick a name in this language; the other one when it is missing."""
        return names.get(language) or names.get("fr") or names.get("ar") or ""

    def day(text: str | None) -> str:
        """Write a day in full."""
        return format_date(date.fromisoformat(text), "d MMMM y", locale=locale) if text else ""

    def moment(text: str | None) -> str:
        """Write a moment, Casablanca time."""
        if not text:
            return ""
        pattern = f"d MMMM y'{COMMAS[language]}' HH:mm"
        return format_datetime(datetime.fromisoformat(text), pattern, tzinfo=HERE, locale=locale)

    environment = Environment(
        loader=PackageLoader("certify.pack", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(words, newstyle=True)
    environment.globals.update(language=language, direction="rtl" if language == "ar" else "ltr", say=say)
    environment.filters.update(day=day, moment=moment, pick=pick)
    return environment


def _fact(value: object, day: object, pick: object) -> object:
    """Write what fills a sentence: a day, a name in several languages, or what it is."""
    if isinstance(value, Mapping):
        return day(value["day"]) if "day" in value else pick(value)
    return value
