"""What the public is told of a code: for the page, in the words of one language; for JSON, in all of them.

Facts are taken from the register by name, so that a new one there is not published before somebody says so here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date
from typing import Any

from certify.queries.calendar import casablanca_today
from certify.queries.codes import Check
from certify.queries.register import Entry
from certify.views.editions import Edition, View
from certify.views.spelling import pieces
from certify.workflows.criteria import Usage
from certify.workflows.licence import Ground
from certify.workflows.machine import Tone
from certify.workflows.numbering import show_mark
from certify.workflows.scanning import Caution
from certify.workflows.verdict import Reason, SealReading, Verdict
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

SEAL_WITH_KEY = N_(
    "The code bears the seal of the label, verified with its public key %(key)s: nobody else can make it."
)
ASKED = N_("It was asked on %(moment)s, and names this authorisation.")
ASKED_IN_VAIN = N_("It was asked on %(moment)s, and holds no such code.")
NOT_NEEDED = N_("It was not asked: what was read says enough.")
SILENT = N_("It does not answer right now.")

TOLD_BY_VERDICT = frozenset(
    {
        *(Reason.SEALED, Reason.UNSEALED, Reason.COMPROMISED_KEY, Reason.ENDED_KEY, Reason.MALFORMED, Reason.NO_ANSWER),
        *(Reason.NOT_FOUND, Reason.WITHDRAWN, Reason.SUSPENDED, Reason.EXPIRED, Reason.NOT_YET),
        *(Reason.WATCHED, Reason.FOREIGN_HOST),
    }
)
"""The reasons that the page tells in other words."""


COUNTING = frozenset({Verdict.VALID, Verdict.WATCHED})
"""The verdicts under which a buyer may rely on the label of a pack."""


def view_of(check: Check, typed: str, edition: Edition, host: str) -> View:
    """Put a check in the words of a language, for `public/verification.html`, which describes what it needs."""
    entry = check.entry
    history = [_line(line, edition) for line in entry.history] if entry else []
    ground = _ground(check)
    return {
        "verdict": check.verdict,
        "fault": edition.say(check.fault.message, **check.fault.facts) if check.fault else None,
        "because": [edition.say(reason.label) for reason in check.judgement.reasons if reason not in TOLD_BY_VERDICT],
        "ground": edition.say(ground.label) if ground else None,
        "is_danger": ground is Ground.HEALTH,
        "foreign": check.reading.host,
        "proved": _proved(check, edition),
        "today": edition.day(casablanca_today(check.at)),
        "begun": history[-1]["day"] if history else None,
        "facts": _facts(entry, edition) if entry else None,
        "caution": _caution(check),
        "open_url": _open_url(check, edition),
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
    moment = check.at.astimezone(UTC).isoformat(timespec="seconds") if check.was_made else None
    said = {
        "mark": check.mark,
        "mark_shown": shown(check, typed),
        "address": address if check.mark else None,
        "verdict": check.verdict.word,
        "reasons": check.judgement.reasons,
        "headline": in_all(check.verdict.label, {}),
        "checked_at": moment,
        "asof": moment,
        "code": check.reading.identity.path if check.reading.identity else None,
        "cert": entry.number if entry else None,
        "licence": _licence(entry, address) if entry else None,
        "evidence": evidence_of(check, base),
        "history": [line | {"sentence": in_all(*_sentence(line))} for line in entry.history] if entry else [],
    }
    return json.dumps(said, ensure_ascii=False, indent=1).encode()


def evidence_of(check: Check, base: str) -> dict[str, Any]:
    """Say where each part of a verdict can be verified: seal, status list, credential, proof in the public log."""
    seal, entry = check.reading.seal, check.entry
    said: dict[str, Any] = {"seal": None, "status": None, "vc": None, "proof": None}
    if seal is not SealReading.UNSEALED and check.reading.fault is None:
        is_good = None if seal is SealReading.UNREAD else seal in (SealReading.GENUINE, SealReading.COMPROMISED)
        said["seal"] = {"kid": check.reading.kid, "ok": is_good, "reading": seal}
    if entry and (kept := entry.facts.get("evidence")):
        said["status"] = {"uri": f"{base}/status/1", "idx": kept["place"], "iat": int(check.at.timestamp())}
        said["status"] |= moved(kept, base)
        said |= {name: f"{base}/c/{entry.number}/{file}" for name, file in EVIDENCE.items()}
    return said


EVIDENCE = {"vc": "vc.jwt", "proof": "proof"}


def moved(kept: Mapping[str, Any], base: str) -> dict[str, Any]:
    """Say which entry of the public log told the state last, and where its proof is; nothing before the first change.

    `proof` beside it is that of the issue.
    """
    position = kept.get("moved")
    return {"entry": position, "proof": f"{base}/proof/{position}" if position is not None else None}


def shown(check: Check, typed: str) -> str:
    """Write the mark as one reads it, or the beginning of what was typed."""
    if check.mark:
        return show_mark(check.mark)
    text = tidy(typed)
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def _proved(check: Check, edition: Edition) -> View:
    """Put in words what was proved and how: the seal, the register, the public log, and what the code names."""
    reading, entry = check.reading, check.entry
    moment = edition.moment(check.at.replace(second=0, microsecond=0))
    register = (ASKED if entry else ASKED_IN_VAIN) if check.was_made else NOT_NEEDED
    kept = entry.facts.get("evidence") if entry else None
    return {
        "seal": None if reading.fault or reading.host else _seal(check, edition),
        "register": edition.say(SILENT if _is_silent(check) else register, moment=moment),
        "code": pieces(reading.identity.path) if reading.identity else None,
        "state": edition.say(check.code.state.label) if check.code and check.code.state and entry else None,
        "packed": edition.day(check.code.packed_on) if check.code and check.code.packed_on and entry else None,
        "entry": str(kept["entry"]) if kept else None,
        "proof_url": f"/c/{entry.number}/proof" if kept else None,
    }


def _seal(check: Check, edition: Edition) -> str:
    """Say what the seal says."""
    if check.reading.seal is SealReading.GENUINE and check.verdict is not Verdict.COUNTERFEIT:
        return edition.say(SEAL_WITH_KEY, key=str(check.reading.kid))
    told = [reason for reason in check.judgement.reasons if reason in SEALS]
    return edition.say(told[0].label if told else check.reading.seal.label)


SEALS = frozenset({Reason.UNSEALED, Reason.COMPROMISED_KEY, Reason.ENDED_KEY, Reason.FORGED, Reason.UNKNOWN_KEY})


def _is_silent(check: Check) -> bool:
    return check.verdict is Verdict.CANNOT_CHECK


def _ground(check: Check) -> Ground | None:
    """Return the ground on which the licence no longer allows the label."""
    is_ended = check.verdict in (Verdict.SUSPENDED, Verdict.WITHDRAWN)
    last = check.entry.history[-1] if is_ended and check.entry and check.entry.history else {}
    return Ground(last["ground"]) if "ground" in last else None


def _caution(check: Check) -> Caution | None:
    """Return what is known of copies of this very code, or of the product."""
    if check.entry is None:
        return None
    of_code = check.code and (check.code.is_copied or check.code.is_watched)
    return (Caution.ALERT if check.code.is_copied else Caution.WATCH) if of_code else check.entry.caution


def _open_url(check: Check, edition: Edition) -> str | None:
    """Return where a buyer types the number under the field of this label, while nobody has and the label counts."""
    if check.verdict not in COUNTING or not (check.code and check.code.can_open):
        return None
    named = check.reading.identity
    return f"/open?serial={named.serial or named.document}&lang={edition.language}"


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
        "number": pieces(entry.number),
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
