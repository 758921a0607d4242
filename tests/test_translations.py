"""Nothing on a screen is left in English, half translated, or punctuated as another language would."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_keywords, parse_mapping_cfg
from babel.messages.pofile import read_po

import certify

HOUSE = Path(certify.__file__).parent
KEYWORDS = DEFAULT_KEYWORDS | parse_keywords(["N_", "_l", "remark"])  # as in `make messages`
FORMS = {"fr": 2, "ar": 6}
PLACEHOLDER = re.compile(r"%\((\w+)\)([sd])")

THE_SAME = {
    "fr": {
        "%(commune)s, %(province)s, %(region)s",
        "%(place)s, %(region)s",
        "%(province)s, %(region)s",
        "Absent",
        "Abstention",
        "Active",
        "Association",
        "Code",
        "Commune",
        "Copies",
        "Correction",
        "Convocation",
        "Dossier",
        "Dossiers",
        "Format %(number)s",
        "Formats",
        "Journal",
        "Label Terroir du Maroc",
        "Latitude",
        "Longitude",
        "Lot",
        "Notes",
        "Message",
        "Module",
        "Organisation",
        "Pages",
        "Photo",
        "Photos",
        "Position",
        "Province",
        "Quorum",
        "Rapporteur",
        "Signature",
        "Signatures",
        "Site",
        "Source",
        "Version %(number)s",
        "Version",
        "Vote",
        "version %(number)s",
        "version %(number)s, %(day)s",
    },
    "ar": set(),
}
"""Words that French and English spell alike; each was looked at."""

LETTERLESS = {one for one in THE_SAME["fr"] if not PLACEHOLDER.sub("", one).strip(", ")}
"""Sentences without a word of their own."""

NARROW = "\N{NARROW NO-BREAK SPACE}"
FRENCH_FAULTS = {
    "a straight quote": re.compile("['\"]"),
    "no narrow no-break space before ; ? ! or »": re.compile(f"(?<!{NARROW})[;?!»]"),
    "no narrow no-break space before a colon": re.compile(rf"(?<!{NARROW}):(?=\s|$)"),
    "no narrow no-break space after «": re.compile(f"«(?!{NARROW})"),
    "a space at an end, or two in a row": re.compile(r"^\s|\s$|\s\s"),
    "three dots": re.compile(r"\.\.\."),
}
ARABIC_FAULTS = {
    "a straight quote": re.compile("['\"]"),
    "a question mark, a comma or a semicolon of another script": re.compile(r"[?;]|,(?!\d)"),
    "a space before a mark": re.compile(r"\s[،؛؟:.!»]"),
    "digits that are not western": re.compile(r"[٠-٩]"),
    "a space at an end, or two in a row": re.compile(r"^\s|\s$|\s\s"),
    "three dots": re.compile(r"\.\.\."),
}


@cache
def written() -> frozenset[str | tuple[str, str]]:
    """Collect every sentence marked in the code and the templates; a plural is a pair."""
    with (HOUSE / "translations" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(HOUSE, methods, options, keywords=KEYWORDS)
    return frozenset(message if isinstance(message, str) else tuple(message) for _, _, message, _, _ in found)


@cache
def catalogue(language: str) -> Catalog:
    """Read a catalogue as its translator wrote it, obsolete entries and flags included."""
    with (HOUSE / "translations" / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        return read_po(file, locale=language)


def sentences(language: str) -> Iterator[tuple[Message, str]]:
    """Yield each entry with each of its forms."""
    for message in catalogue(language):
        if message.id:
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            yield from ((message, form) for form in forms)


def faults(language: str, kinds: dict[str, re.Pattern]) -> list[tuple[str, str]]:
    return [(kind, form) for kind, fault in kinds.items() for _, form in sentences(language) if fault.search(form)]


@pytest.mark.parametrize("language", FORMS)
def test_catalogue_holds_what_is_written_and_nothing_else(language):
    held = {message.id for message in catalogue(language) if message.id}
    assert (sorted(map(str, written() - held)), sorted(map(str, held - written()))) == ([], [])
    assert list(catalogue(language).obsolete) == []


@pytest.mark.parametrize("language", FORMS)
def test_every_sentence_is_translated_in_all_its_forms(language):
    empty = [message.id for message, form in sentences(language) if not form.strip()]
    short = [
        message.id
        for message, _ in sentences(language)
        if message.pluralizable and len(message.string) != FORMS[language]
    ]
    fuzzy = [message.id for message in catalogue(language) if message.id and message.fuzzy]
    assert (empty, short, fuzzy) == ([], [], [])


@pytest.mark.parametrize("language", FORMS)
def test_placeholders_are_those_of_the_sentence(language):
    wrong = [
        (message.id, form)
        for message, form in sentences(language)
        if set(PLACEHOLDER.findall(form)) != set(PLACEHOLDER.findall(str(message.id)))
        or (PLACEHOLDER.search(form) and PLACEHOLDER.sub("", form).count("%") != 0)
    ]
    assert wrong == []


@pytest.mark.parametrize("language", FORMS)
def test_nothing_is_left_in_english(language):
    left = {message.id for message, form in sentences(language) if form in (message.id, *message.id)}
    assert left == THE_SAME[language]


def test_french_is_punctuated_as_french():
    assert faults("fr", FRENCH_FAULTS) == []


def test_arabic_is_punctuated_as_arabic():
    assert faults("ar", ARABIC_FAULTS) == []


def test_arabic_is_written_in_arabic_letters():
    bare = [message.id for message, form in sentences("ar") if not re.search("[\u0621-\u064a]", form)]
    assert set(bare) - LETTERLESS == set()
