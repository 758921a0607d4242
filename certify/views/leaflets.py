"""What the public is told of a mark: for the page, in the words of one language; for JSON, in all of them.

Facts are taken from the register by name, so that a new one there is not published before somebody says so here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from certify.queries.calendar import casablanca_today
from certify.queries.register import Check, Entry
from certify.views.editions import Edition, View
from certify.workflows.criteria import Usage
from certify.workflows.machine import Tone
from certify.workflows.numbering import show_mark
from certify.workflows.words import N_, tidy

HISTORY = {
    "granted": (N_("authorised by the committee"), Tone.GOOD),
    "suspended": (N_("suspended"), Tone.YOURS),
    "reinstated": (N_("reinstated"), Tone.GOOD),
    "withdrawn": (N_("withdrawn"), Tone.BAD),
    "expired": (N_("end of validity"), Tone.QUIET),
}
GRANTED_AT = N_("authorised by the committee, meeting %(meeting)s")

SIGNS = {
    "IG": N_("Geographical indication “%(name)s”"),
    "AO": N_("Appellation of origin “%(name)s”"),
    "LA": N_("Agricultural label “%(name)s”"),
}

FACTS = (
    "product",
    "holder",
    "commune",
    "province",
    "region",
    "filiere",
    "usage",
    "formats",
    "variety",
    "sign",
    "meeting",
    "regulation",
)
"""What the JSON repeats of the register, as it stands there."""

LONGEST_SHOWN = 40


def view_of(check: Check, typed: str, edition: Edition, host: str) -> View:
    """Put a check in the words of a language, for `public/verification.html`, which describes what it needs."""
    entry = check.entry
    history = [_line(line, edition) for line in entry.history] if entry else []
    return {
        "verdict": check.verdict,
        "fault": edition.say(check.fault.message, **check.fault.facts) if check.fault else None,
        "today": edition.day(casablanca_today(check.at)),
        "begun": history[-1]["day"] if history else None,
        "facts": _facts(entry, edition) if entry else None,
        "caution": entry.caution if entry else None,
        "report_url": f"/report/{entry.mark}?lang={edition.language}" if entry else None,
        "photo_url": f"/v/{entry.mark}/photo.jpg" if entry and entry.photo_sha256 else None,
        "history": history,
        "checked_at": edition.moment(check.at.replace(second=0, microsecond=0)) if check.was_made else None,
        "host": host,
        "mark_shown": shown(check, typed),
    }


def record_of(check: Check, typed: str, editions: Mapping[str, Edition], base: str) -> bytes:
    """Put a check in JSON, as `views.verification` describes it; `base` is the official address."""

    def in_all(message: str, facts: Mapping[str, str]) -> dict[str, str]:
        return {code: edition.say(message, **facts) for code, edition in editions.items()}

    entry, address = check.entry, f"{base}/v/{check.mark}"
    said = {
        "mark": check.mark,
        "mark_shown": shown(check, typed),
        "address": address if check.mark else None,
        "verdict": check.verdict,
        "headline": in_all(check.verdict.label, {}),
        "checked_at": check.at.astimezone(UTC).isoformat(timespec="seconds") if check.was_made else None,
        "licence": _licence(entry, address) if entry else None,
        "history": [line | {"sentence": in_all(*_sentence(line))} for line in entry.history] if entry else [],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def shown(check: Check, typed: str) -> str:
    """Write the mark as one reads it, or the beginning of what was typed."""
    if check.mark:
        return show_mark(check.mark)
    text = tidy(typed)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _facts(entry: Entry, edition: Edition) -> View:
    facts = entry.facts
    province = edition.pick(facts["province"])
    return {
        "product": edition.pick(facts["product"]),
        "holder": edition.pick(facts["holder"]),
        "commune": facts["commune"] if facts["commune"] not in facts["province"].values() else None,
        "province": province,
        "region": edition.pick(facts["region"]),
        "filiere": edition.pick(facts["filiere"]),
        "usage": edition.say(Usage(facts["usage"]).label),
        "variety": facts["variety"],
        "sign": edition.say(SIGNS[facts["sign"]["kind"]], name=facts["sign"]["name"]) if facts["sign"] else None,
        "formats": facts["formats"],
        "number": entry.number,
        "first": edition.day(entry.valid_from),
        "last": edition.day(entry.valid_to),
    }


def _licence(entry: Entry, address: str) -> dict[str, Any]:
    return {
        "number": entry.number,
        "valid_from": entry.valid_from.isoformat(),
        "valid_to": entry.valid_to.isoformat(),
        **{name: entry.facts[name] for name in FACTS},
        "photo": f"{address}/photo.jpg" if entry.photo_sha256 else None,
    }


def _line(line: Mapping[str, str], edition: Edition) -> View:
    message, facts = _sentence(line)
    return {
        "on": line["on"],
        "day": edition.day(date.fromisoformat(line["on"])),
        "sentence": edition.say(message, **facts),
        "tone": HISTORY[line["kind"]][1],
    }


def _sentence(line: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """Return the msgid of a line of the history, and what fills it."""
    if "meeting" in line:
        return GRANTED_AT, {"meeting": line["meeting"]}
    return HISTORY[line["kind"]][0], {}
