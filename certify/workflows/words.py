"""Words: sentences marked for the catalogues, names that carry their own translations, and what people type."""

import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache


def N_(text: str) -> str:
    """Mark `text` for the catalogues and return it unchanged; the screens translate it when they show it."""
    return text


@dataclass(frozen=True)
class Label(Mapping[str, str]):
    """A name of the regulation or of the reference data in French, Arabic and English; reads like a mapping."""

    fr: str
    ar: str
    en: str

    def __getitem__(self, language: str) -> str:
        if language not in self:
            raise KeyError(language)
        return getattr(self, language)

    def __contains__(self, language: object) -> bool:
        return any(field.name == language for field in fields(self))

    def __iter__(self) -> Iterator[str]:
        return (field.name for field in fields(self))

    def __len__(self) -> int:
        return len(fields(self))


@dataclass(frozen=True)
class Remark:
    """Something odd that stops nothing: an English msgid with named placeholders, and the facts that fill it.

    Made with `remark(message, **facts)`; `str()` gives the English sentence.
    """

    message: str
    facts: tuple[tuple[str, object], ...] = ()

    def __str__(self) -> str:
        return self.message % dict(self.facts) if self.facts else self.message


def remark(message: str, **facts: object) -> Remark:
    """Make a remark from its msgid and its facts, as a `WorkflowError` is made."""
    return Remark(message, tuple(facts.items()))


def tidy(text: str) -> str:
    """Return what was typed or pasted with western digits, plain dashes and single spaces, without invisible marks.

    Arabic-Indic digits become western ones; the direction marks that come along when one copies from an Arabic page,
    and other characters nobody sees, are dropped.
    """
    return " ".join("".join(map(_plain, text)).split())


@lru_cache(maxsize=1024)
def _plain(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Nd":
        return str(unicodedata.decimal(character))
    if category == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    if character.isspace():
        return " "
    return "" if category in ("Cc", "Cf", "Cs", "Cn", "Co") else character
