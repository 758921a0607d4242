"""The letters: one text file for each kind and language, its first line the subject.

A subject begins with the number of the dossier or meeting when there is one. Dates are given as ISO text and written
out as people of that language write them; every letter carries one address, alone on its line. In the files a tag alone
on its line leaves no trace; one that ends a line of words is written `+%}`, or it would take the line's end with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, TemplateError

LANGUAGES = ("fr", "ar", "en")

MONTHS = {
    "fr": ("janvier", "février", "mars", "avril", "mai", "juin",
           "juillet", "août", "septembre", "octobre", "novembre", "décembre"),
    "ar": ("يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"),
    "en": ("January", "February", "March", "April", "May", "June",
           "July", "August", "September", "October", "November", "December"),
}  # fmt: skip

READERS = ("applicant", "rapporteur", "office", "member")
"""Who a letter on a dossier or a meeting is for: the same news asks each for something else."""

OPTIONAL = (
    *("awaited", "awaited_from", "due_on", "is_second", "is_urgent", "items", "licence", "number", "on"),
    *("organisation", "reason", "state", "urgency", "valid_from", "valid_to"),
    *("cancellation", "inspectors", "is_changed", "to_prepare"),
    *("documents_by", "sampling_by", "visit_by"),
)
"""The facts that a letter does without when they are not given."""

TRANSLATED = ("product", "organisation", "seat")
"""The facts that are given in two languages, as `product_fr` and `product_ar`."""

BEFORE_SIGNS = re.compile(r"(?<=«) | (?=[»:;?!])")


class Unwritten(Exception):
    """A letter that cannot be written: no such kind, or a fact that it needs is missing."""


@dataclass(frozen=True)
class Letter:
    """What is sent to one person, in their language."""

    subject: str
    text: str


def render(kind: str, language: str, facts: Mapping[str, object]) -> Letter:
    """Write the letter of a kind in a language; any other than ours is written in French.

    `facts` hold at least `name` (of the reader), `link` (whole address) and `host` (the official one, without https);
    `reader` is one of READERS. Raises Unwritten.
    """
    language = language if language in LANGUAGES else "fr"
    known = dict.fromkeys(OPTIONAL) | {"reader": "applicant"} | _translated(facts, language) | dict(facts)
    try:
        written = _fill(f"{kind}.{language}.txt", known)
        subject, _, text = written.partition("\n")
        whole = _fill(f"frame.{language}.txt", known | {"text": text.strip()})
    except TemplateError as error:
        raise Unwritten(f"{kind}.{language}: {error.message or type(error).__name__}") from error
    subject = " – ".join(str(part) for part in (known["number"], subject) if part)
    return Letter(_set(_line(subject), language), _set(whole, language) + "\n")


def write_day(value: str | date | None, language: str) -> str:
    """Write a day, given as ISO text: `2026-09-14` is 14 septembre 2026, 14 شتنبر 2026, 14 September 2026."""
    if not value:
        return ""
    day = value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
    number = "1er" if language == "fr" and day.day == 1 else day.day
    return f"{number} {MONTHS[language][day.month - 1]} {day.year}"


@lru_cache(maxsize=len(LANGUAGES))
def _templates(language: str) -> Environment:
    templates = Environment(
        loader=PackageLoader("certify.mail", "letters"),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters["day"] = lambda value: write_day(value, language)
    return templates


def _fill(name: str, facts: Mapping[str, object]) -> str:
    filled = _templates(name.split(".")[-2]).get_template(name).render(facts)
    return re.sub(r"\n{3,}", "\n\n", filled).strip()


def _translated(facts: Mapping[str, object], language: str) -> dict[str, object]:
    """Pick each fact that is given in two languages; English readers get the French name."""
    wanted = "ar" if language == "ar" else "fr"
    picked = {name: facts.get(f"{name}_{wanted}") or facts.get(f"{name}_fr") for name in TRANSLATED}
    return {name: value for name, value in picked.items() if value}


def _line(subject: str) -> str:
    """Keep a subject on one line, whatever a name in it holds: nothing may begin another header."""
    return " ".join(subject.split())


def _set(text: str, language: str) -> str:
    """Let no line of French begin with a sign that belongs to the word before."""
    return BEFORE_SIGNS.sub("\u00a0", text) if language == "fr" else text
