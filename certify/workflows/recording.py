"""What an inspector records on a visit: entries made on the device, named by their SHA-256, never altered.

An entry is canonical JSON (`evidence.canonical`) whose values are texts, whole numbers, truth values and nothing else,
so that a browser and this program write the same one with the same bytes. Two inspectors' records merge as a union of
sets: nothing overwrites anything, a correction is a new entry that names the earlier one (`domain.md` §3.8).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from certify.workflows.errors import Malformed
from certify.workflows.evidence import canonical
from certify.workflows.machine import Term, Tone
from certify.workflows.words import N_

LONGEST_ENTRY = 20_000
"""Bytes of one entry; photos travel beside it."""

LONGEST_TEXT = 4000
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
HASH = re.compile(r"[0-9a-f]{64}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
DEGREES = re.compile(r"-?\d{1,3}\.\d{6}", re.ASCII)


class Kind(Term):
    """What an entry is."""

    CHECK = "check", N_("Check")
    OBSERVATION = "observation", N_("Observation")
    PLACE = "place", N_("Position")
    PHOTO = "photo", N_("Photo")
    SIGNATURE = "signature", N_("Signature")
    NOTE = "note", N_("Note")
    CORRECTION = "correction", N_("Correction")


class Answer(Term):
    """What was found of one point of the checklist."""

    CONFORM = "conform", N_("Conform")
    NOT_CONFORM = "not_conform", N_("Not conform")
    NOT_APPLICABLE = "not_applicable", N_("Not applicable")
    NOT_SEEN = "not_seen", N_("Could not be seen")

    @property
    def tone(self) -> Tone:
        """Give the colour and the shape beside the word."""
        return {Answer.CONFORM: Tone.GOOD, Answer.NOT_CONFORM: Tone.BAD, Answer.NOT_SEEN: Tone.YOURS}.get(
            self, Tone.QUIET
        )


class Signatory(Term):
    """Who signs on the spot."""

    INSPECTOR = "inspector", N_("Inspector")
    REPRESENTATIVE = "representative", N_("Representative of the site")


GRADES = frozenset({"minor", "major", "critical"})
"""The grades that an observation may propose."""


@dataclass(frozen=True)
class Entry:
    """One entry read back; `text` is what was hashed. `at` is the device's clock, which may be wrong."""

    sha256: str
    text: str
    id: str
    visit: int
    author: int
    kind: Kind
    at: datetime
    body: Mapping[str, object]

    @property
    def order(self) -> tuple[datetime, str]:
        """The one order of the entries of a visit, the same on every device and on the server."""
        return self.at, self.sha256

    @property
    def blob(self) -> str | None:
        """The SHA-256 of the picture that this entry names, if it names one."""
        return self.body.get("photo") or None

    @property
    def blob_size(self) -> int:
        """The size in bytes that the entry states of its picture."""
        return int(self.body["size"])


def read_entry(text: str, name: str) -> Entry:
    """Read an entry that claims to be called `name`.

    Raises Malformed when the name is not its SHA-256, the text is not canonical, or a field is not what it should be.
    """
    if len(text.encode(errors="replace")) > LONGEST_ENTRY:
        raise Malformed(N_("This entry is too long. Write a shorter text."))
    if sha256(text.encode(errors="replace")).hexdigest() != name:
        raise Malformed(
            N_("This entry arrived changed: its fingerprint is another. It stays on the phone; send it again.")
        )
    try:
        raw = json.loads(text)
        is_canonical = isinstance(raw, dict) and canonical(raw) == text
    except (ValueError, RecursionError):
        is_canonical = False
    if not is_canonical or set(raw) != {"id", "visit", "author", "kind", "at", "body"}:
        raise _odd("entry")
    return _entry(raw, text, name)


def merged(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Return the union of several records, each entry once, in the one order."""
    return tuple(sorted({entry.sha256: entry for entry in entries}.values(), key=lambda entry: entry.order))


def digest_of(names: Iterable[str]) -> str:
    """Return the one figure of a whole record: the SHA-256 of its entries' names, sorted, one a line.

    `sort NAMES | sha256sum` gives the same; no entries give that of an empty text.
    """
    return sha256("".join(f"{name}\n" for name in sorted(names)).encode()).hexdigest()


def latest_checks(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Return the answers to each point of the checklist, the one that counts last: the latest by (at, SHA-256)."""
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in merged(entries):
        if entry.kind is Kind.CHECK:
            code = str(entry.body["check"])
            found[code] = (*found.get(code, ()), entry)
    return found


def corrections(entries: Iterable[Entry]) -> dict[str, tuple[Entry, ...]]:
    """Return the corrections of each entry by its SHA-256, the one that counts last."""
    found: dict[str, tuple[Entry, ...]] = {}
    for entry in merged(entries):
        if entry.kind is Kind.CORRECTION:
            found[str(entry.body["of"])] = (*found.get(str(entry.body["of"]), ()), entry)
    return found


def _entry(raw: Mapping[str, object], text: str, name: str) -> Entry:
    kind = next((kind for kind in Kind if kind == raw["kind"]), None)
    at = _moment(raw["at"])
    whole = all(type(raw[field]) is int for field in ("visit", "author"))
    if kind is None or at is None or not whole or not _is(UUID, raw["id"]) or not isinstance(raw["body"], dict):
        raise _odd("entry")
    _check_body(kind, raw["body"])
    return Entry(name, text, raw["id"], raw["visit"], raw["author"], kind, at, raw["body"])


def _moment(value: object) -> datetime | None:
    if not _is(MOMENT, value):
        return None
    try:
        return datetime.fromisoformat(str(value)).astimezone(UTC)
    except ValueError:
        return None


def _is(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= LONGEST_TEXT and "\0" not in value


def _maybe(test: Callable[[object], bool]) -> Callable[[object], bool]:
    return lambda value: value == "" or test(value)


def _among(words: Collection[str]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words


def _code(value: object) -> bool:
    return isinstance(value, str) and re.fullmatch(r"[a-z0-9_.]{1,80}", value) is not None


def _hash(value: object) -> bool:
    return _is(HASH, value)


def _degrees(limit: int) -> Callable[[object], bool]:
    return lambda value: _is(DEGREES, value) and abs(float(str(value))) <= limit


def _size(value: object) -> bool:
    return type(value) is int and 0 < value <= 2**31


BODIES: dict[Kind, dict[str, Callable[[object], bool]]] = {
    Kind.CHECK: {"check": _code, "answer": _among(list(Answer)), "note": _maybe(_text)},
    Kind.OBSERVATION: {
        "fact": _text,
        "check": _maybe(_code),
        "grade": _maybe(_among(GRADES)),
        "measure": _maybe(_text),
    },
    Kind.PLACE: {
        "latitude": _maybe(_degrees(90)),
        "longitude": _maybe(_degrees(180)),
        "accuracy": _maybe(lambda value: _is(re.compile(r"[0-9]{1,7}"), value)),
        "words": _maybe(_text),
    },
    Kind.PHOTO: {
        "photo": _hash,
        "size": _size,
        "caption": _maybe(_text),
        "about": _maybe(_hash),
        "reduced": lambda value: type(value) is bool,
    },
    Kind.SIGNATURE: {
        "role": _among(list(Signatory)),
        "name": _text,
        "capacity": _maybe(_text),
        "remarks": _maybe(_text),
        "photo": _maybe(_hash),
        "size": lambda value: value == 0 or _size(value),
        "refused": lambda value: type(value) is bool,
        "covers": lambda value: (
            isinstance(value, list) and len(value) == len(set(map(str, value))) and all(map(_hash, value))
        ),
    },
    Kind.NOTE: {"text": _text},
    Kind.CORRECTION: {
        "of": _hash,
        "text": _maybe(_text),
        "reason": _text,
        "withdrawn": lambda value: type(value) is bool,
    },
}
"""What the body of each kind holds: every field, always, and what it may be; an empty text says that there is none."""


def _check_body(kind: Kind, body: Mapping[str, object]) -> None:
    fields = BODIES[kind]
    if set(body) != set(fields):
        raise _odd(kind)
    for name, test in fields.items():
        if not test(body[name]):
            raise _odd(f"{kind}.{name}")
    if kind is Kind.PLACE and not (body["words"] or (body["latitude"] and body["longitude"])):
        raise _odd(kind)
    if kind is Kind.SIGNATURE and (bool(body["photo"]) == body["refused"] or bool(body["photo"]) != bool(body["size"])):
        raise _odd(kind)
    if kind is Kind.CORRECTION and bool(body["text"]) == body["withdrawn"]:
        raise _odd(kind)


def _odd(what: str) -> Malformed:
    return Malformed(
        N_("This entry cannot be read (%(what)s). It stays on the phone: write to the secretariat with this code."),
        what=str(what),
    )
