"""How the evidence pack writes what it tells: dates, words of the field and sentences as plain JSON, one way each."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime

from certify.queries.evaluation import Sentence
from certify.workflows.machine import Term


def plain(value: object) -> object:
    """Write a moment in UTC, a day as ISO 8601, a criterion by its names; anything else stands as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    label = getattr(value, "label", None)
    return dict(label) if isinstance(label, Mapping) else value


def word(term: Term | None) -> dict[str, str] | None:
    """Write a word of the field: its code, and the English label by which the catalogues know it."""
    return None if term is None else {"code": str(term), "label": term.label}


def sentence(said: Sentence) -> dict[str, object]:
    """Write a sentence of the rules: its msgid and what fills it; a day is marked as what it is."""
    message, facts = said
    filled = {name: {"day": plain(value)} if isinstance(value, date) else plain(value) for name, value in facts.items()}
    return {"message": message, "facts": filled}
