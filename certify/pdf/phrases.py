"""A sentence of the rules in the two languages of the papers, from the same catalogues as the screens.

Terms and labels among its facts are said in each language, dates written out with their Moroccan months. Until a
catalogue has the sentence, the English msgid stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from certify.pdf.tongues import LANGUAGES, Tongues, day
from certify.translations import catalogue
from certify.workflows.machine import Term


def sentence(message: str, facts: Mapping[str, object] | None = None) -> Tongues:
    """Say a msgid in French and in Arabic, its placeholders filled from `facts`."""
    return Tongues(**{language: _say(message, facts or {}, language) for language in LANGUAGES})


def word(term: Term) -> Tongues:
    """Say the label of a term of the field in French and in Arabic."""
    return sentence(term.label)


def _say(message: str, facts: Mapping[str, object], language: str) -> str:
    said = catalogue(language).gettext(message)
    return said % {name: _fact(value, language) for name, value in facts.items()} if facts else said


def _fact(value: object, language: str) -> object:
    """Write one fact as a reader of `language` does: a term or label by its name, a date in full."""
    label = getattr(value, "label", None)
    if isinstance(label, str):
        return catalogue(language).gettext(label)
    if isinstance(label, Mapping):
        return label[language]
    if isinstance(value, Mapping):
        return value[language]
    return day(value, language) if isinstance(value, date) else value
