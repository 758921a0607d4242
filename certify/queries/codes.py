"""A code looked up and judged: a mark that somebody typed, an address that was scanned; for page, JSON and bulk alike.

What a seal says is read before, without the register: a forged code never gets here to ask it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol

from certify.queries.calendar import casablanca_today
from certify.queries.register import Entry, Register, Unreachable
from certify.workflows.errors import Malformed
from certify.workflows.numbering import parse_mark
from certify.workflows.scanning import Caution, label_path, lot_path
from certify.workflows.verdict import CodeState, Judgement, Known, Reason, SealReading, Verdict, judge

ASKING = frozenset({SealReading.GENUINE, SealReading.COMPROMISED, SealReading.ENDED, SealReading.UNSEALED})
"""The seals for which the register is asked."""

NOT_ASKED = frozenset({Reason.MALFORMED, Reason.FORGED, Reason.UNKNOWN_KEY, Reason.FOREIGN_HOST, Reason.NO_ANSWER})
"""The reasons that stand without the register."""


class Identity(Protocol):
    """What a code names, as `trust.seal.Identity` does: a GTIN with lot and serial, or a GDTI with its document."""

    gtin: str | None
    lot: str | None
    serial: str | None
    gdti: str | None
    document: str | None

    @property
    def path(self) -> str:
        """The canonical path."""


@dataclass(frozen=True, slots=True)
class Label:
    """A numbered label whose serial alone was typed, named as its code names it: by GTIN, or by GDTI."""

    gtin: str | None
    gdti: str | None
    number: str
    lot: None = None

    @property
    def serial(self) -> str | None:
        """The serial, where it follows a GTIN."""
        return self.number if self.gtin else None

    @property
    def document(self) -> str | None:
        """The serial, where it is part of a GDTI."""
        return None if self.gtin else self.number

    @property
    def path(self) -> str:
        """The canonical path."""
        return label_path(self.gtin, self.gdti, self.number)


@dataclass(frozen=True, slots=True)
class Code:
    """What the label holds of a code: the licence it is of, and where the unit, lot or paper that it names stands.

    `state` is None for a code that names none of these. `packed_on` is the day on which the lot was packed; `can_open`:
    the number under its field was not typed yet.
    """

    entry: Entry
    state: CodeState | None = None
    packed_on: date | None = None
    is_copied: bool = False
    is_watched: bool = False
    can_open: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A code as it was read, before anything is asked.

    It names a licence by `mark`, or something by `identity`; neither, with the `fault`, when it cannot be read. `seal`
    is what its seal says, `kid` the byte of the key; `host` is that of an address that is not ours.
    """

    mark: str | None = None
    identity: Identity | None = None
    seal: SealReading = SealReading.UNSEALED
    kid: int | None = None
    host: str | None = None
    fault: Malformed | None = None

    @property
    def asks(self) -> bool:
        """Whether the register has anything to say."""
        return self.fault is None and self.host is None and self.seal in ASKING


@dataclass(frozen=True, slots=True)
class Check:
    """What came of looking a code up: `mark` is that of the licence, or None; `fault` what is wrong with the text.

    `at` is the moment that counts, for a demonstration's clock may be ahead.
    """

    judgement: Judgement
    at: datetime
    mark: str | None = None
    entry: Entry | None = None
    fault: Malformed | None = None
    trouble: str | None = None
    reading: Reading = Reading()
    code: Code | None = None

    @property
    def verdict(self) -> Verdict:
        """The answer."""
        return self.judgement.verdict

    @property
    def was_made(self) -> bool:
        """Whether the register was asked and answered."""
        return NOT_ASKED.isdisjoint(self.judgement.reasons)


def check_mark(register: Register, typed: str, *, at: datetime, is_demonstration: bool = False) -> Check:
    """Look a mark, or the serial of a numbered label, up, however it is written, and judge it at a moment."""
    try:
        mark = parse_mark(typed)
    except Malformed as fault:
        return _judged(Reading(fault=fault), None, at)
    reading = Reading(mark)
    try:
        entry = register.find(mark)
        if entry is None:
            return check_codes(register, [reading], at=at, gdti=None, is_demonstration=is_demonstration)[0]
        at += _ahead(register, is_demonstration)
    except Unreachable as error:
        return _judged(reading, None, at, trouble=str(error))
    return _judged(reading, Code(entry), at)


def check_codes(
    register: Register, readings: Sequence[Reading], *, at: datetime, gdti: str | None, is_demonstration: bool = False
) -> list[Check]:
    """Look codes up together, in as many questions as there are kinds of them, and judge each at a moment."""
    asked = [reading for reading in readings if reading.asks]
    marks = {reading.mark for reading in asked if reading.mark}
    try:
        at += _ahead(register, is_demonstration) if asked else timedelta()
        entries = _find(register, marks)
        labels = _find_labels(register, marks - entries.keys())
        readings = [_named(reading, labels) for reading in readings]
        identities = {reading.identity for reading in readings if reading.asks and reading.identity}
        codes = find_codes(register, identities, gdti=gdti, today=casablanca_today(at)) if identities else {}
    except Unreachable as error:
        return [_judged(reading, None, at, trouble=str(error)) for reading in readings]
    return [_judged(reading, _held(reading, entries, codes), at) for reading in readings]


def _find_labels(register: Register, serials: set[str]) -> dict[str, Label]:
    """Return the numbered labels of serials, of what was typed and is the mark of no authorisation."""
    units = register.find_units(serials) if serials else {}
    return {serial: Label(unit.gtin, unit.gdti, serial) for serial, unit in units.items()}


def _named(reading: Reading, labels: Mapping[str, Label]) -> Reading:
    """Read a serial that was typed as what its label names: beside the code of a label stands its serial."""
    label = labels.get(reading.mark)
    return replace(reading, mark=None, identity=label) if label else reading


def find_codes(
    register: Register, identities: Collection[Identity], *, gdti: str | None, today: date
) -> dict[str, Code]:
    """Return what the label holds of identities, by path; nothing of what it never gave out.

    A GTIN may have had several licences, one after the other: the newest that has begun answers, but a numbered label
    is of the one it was given out for. `gdti` is the key of our own documents: a licence is called by it and its mark.
    Raises Unreachable.
    """
    marks = {identity.document for identity in identities if gdti and identity.gdti == gdti and identity.document}
    gtins = {identity.gtin for identity in identities if identity.gtin}
    by_mark = _find(register, marks)
    by_gtin = register.find_by_gtin(gtins) if gtins else {}
    found = {}
    for identity in identities:
        if identity.gtin in by_gtin:
            entry = current(by_gtin[identity.gtin], today)
            found[identity.path] = Code(entry, CodeState.ABSENT if identity.serial else None)
        elif identity.gdti == gdti and identity.document in by_mark:
            found[identity.path] = Code(by_mark[identity.document])
    units = _find_units(register, [each for each in identities if each.path not in found or each.serial])
    found |= units
    of_one = [each for each in identities if each.path in units or (each.lot and each.path in found)]
    return found | _find_copied(register, of_one, found)


def _find_units(register: Register, identities: Collection[Identity]) -> dict[str, Code]:
    """Return what is held of numbered labels, by path: each under the very GTIN, or GDTI, it was given out with."""
    asked = {identity.path: identity.serial or identity.document for identity in identities}
    asked = {path: serial for path, serial in asked.items() if serial}
    units = register.find_units(set(asked.values())) if asked else {}
    found = {}
    for identity in identities:
        unit = units.get(asked.get(identity.path))
        if unit and (unit.gtin, unit.gdti) == (identity.gtin, identity.gdti):
            found[identity.path] = Code(unit.entry, unit.state, unit.packed_on, can_open=unit.can_open)
    return found


def _find_copied(register: Register, identities: Collection[Identity], found: Mapping[str, Code]) -> dict[str, Code]:
    """Return those of units and lots of which copies are confirmed or feared, by path. The code of an authorisation
    stands on every pack: there is nothing to ask of it.
    """
    asked = {identity.path: _spellings(identity) for identity in identities}
    cautions = register.find_cautions({path for paths in asked.values() for path in paths}) if asked else {}
    copied = {}
    for path, paths in asked.items():
        known = {cautions[each] for each in paths if each in cautions}
        if known:
            copied[path] = replace(found[path], is_copied=Caution.ALERT in known, is_watched=Caution.WATCH in known)
    return copied


def _spellings(identity: Identity) -> set[str]:
    """Return the paths under which copies of a code are known: its own, that of the label, and that of the lot."""
    of_lot = {lot_path(identity.gtin, identity.lot)} if identity.lot else set()
    return {identity.path, printed_path(identity)} | of_lot


def printed_path(identity: Identity) -> str:
    """Return the path that is printed. A numbered label bears no lot: whoever writes one before the serial, any that
    they like, has the code of the same label.
    """
    is_behind_lot = identity.lot and identity.serial
    return label_path(identity.gtin, None, identity.serial) if is_behind_lot else identity.path


def current(entries: Iterable[Entry], today: date) -> Entry:
    """Return the licence that answers for a trade item today: the newest that has begun, else the first to begin."""
    ordered = sorted(entries, key=lambda entry: (entry.valid_from, entry.number))
    return next((entry for entry in reversed(ordered) if entry.valid_from <= today), ordered[0])


def _find(register: Register, marks: set[str]) -> dict[str, Entry]:
    """Return the rows of marks; one, as a scan asks, is found quicker by itself."""
    if len(marks) != 1:
        return register.find_all(marks) if marks else {}
    (mark,) = marks
    entry = register.find(mark)
    return {mark: entry} if entry else {}


def _ahead(register: Register, is_demonstration: bool) -> timedelta:
    return timedelta(days=register.days_ahead() if is_demonstration else 0)


def _held(reading: Reading, entries: Mapping[str, Entry], codes: Mapping[str, Code]) -> Code | None:
    """Return what was found of a reading."""
    if reading.identity is None:
        entry = entries.get(reading.mark)
        return Code(entry) if entry else None
    return codes.get(reading.identity.path)


def _judged(reading: Reading, code: Code | None, at: datetime, trouble: str | None = None) -> Check:
    known = Known(
        casablanca_today(at),
        seal=None if reading.fault else reading.seal,
        is_host_ours=reading.host is None,
        does_answer=trouble is None,
        code=_state(reading, code),
        licence=code and code.entry.standing,
        is_copied=bool(code and code.is_copied),
        is_watched=bool(code and code.is_watched),
        packed_on=code and code.packed_on,
    )
    judgement = judge(known)
    entry = code.entry if code and judgement.verdict not in (Verdict.UNKNOWN, Verdict.COUNTERFEIT) else None
    mark = entry.mark if entry else reading.mark
    return Check(judgement, at, mark, entry, reading.fault, trouble, reading, code)


def _state(reading: Reading, code: Code | None) -> CodeState | None:
    """Say where a code stands. One that names a unit or a paper of which nothing is held was never issued; a lot is the
    packer’s to name, and leads to the licence of the trade item.
    """
    named = reading.identity
    if named is None or not (named.serial or named.gdti):
        return code and code.state
    return code.state if code else CodeState.ABSENT  # a certificate is of its licence, and has no state of its own
