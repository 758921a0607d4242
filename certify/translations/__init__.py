"""THE CATALOGUES: one folder a language, `<language>/LC_MESSAGES/messages.po`, and the one reader of them all.

Screens, messages and papers say the same sentence in the same words because they read it here. Imports Babel alone; no
sentence is written in Python here, and English needs no catalogue: the msgids are English.
"""

from __future__ import annotations

from functools import lru_cache
from importlib.resources import files
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations


@lru_cache
def catalogue(language: str) -> NullTranslations:
    """Read the catalogue of a language ("fr"), compiled once a process; without a file the msgids stand."""
    source = files("certify").joinpath("translations", language, "LC_MESSAGES", "messages.po")
    if not source.is_file():
        return NullTranslations()
    compiled = BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
