"""What the public log says: one line of canonical JSON an event, no name, no address, no free text (`trust.md` §3.8).

The states of all licences follow from it, so that whoever reads the log can hold the status list against it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from certify.trust.status import Status
from certify.workflows.evidence import canonical
from certify.workflows.licence import Ground

VERSION = 1

FIELDS = {
    "keys": {"version", "sha256"},
    "decision": {"ref", "session", "outcome", "pv"},
    "issue": {"cert", "decision", "idx", "nbf", "exp", "vc"},
    "doc": {"cert", "pdf"},
    "batch": {"cert", "kid", "n", "root"},
    "activate": {"cert", "batch", "lot", "packed", "n"},
    "void": {"batch", "n", "root"},
    "status": {"cert", "idx", "to", "from", "scope", "why"},
    "anchor": {"tst"},
    "journal": {"head", "events"},
}
"""What an event of each kind holds besides `v`, `t` and `at`; a `batch` names its `gtin` or `gdti` too, maybe a `lot`.

`journal` anchors the heads of the chains of events that the office keeps: their past cannot be rewritten either.
"""

OPTIONAL = {"batch": {"gtin", "gdti", "lot"}}

SEALED, GRANTED = "sealed", "granted"
"""A decision is first told without its outcome; that it granted the label is told when the licence is issued. Other
outcomes are never told.
"""

HASHED, WRITTEN, DAY = r"[A-Za-z0-9_-]{43}", r"[A-Z0-9-]{1,40}", r"\d{4}-\d{2}-\d{2}"
SHAPES = {
    **dict.fromkeys(("sha256", "pv", "vc", "pdf", "root", "tst", "head"), HASHED),
    **dict.fromkeys(("cert", "session"), WRITTEN),
    **dict.fromkeys(("ref", "decision"), r"[A-Za-z0-9_-]{1,64}"),
    **dict.fromkeys(("nbf", "exp", "packed", "from"), DAY),
    "gtin": r"\d{14}",
    "gdti": r"\d{13}",
    "lot": r"[A-Z0-9/-]{1,20}",
    "outcome": f"{SEALED}|{GRANTED}",
    "scope": "|".join(sorted({ground.scope for ground in Ground})),
    "why": "|".join(Ground),
}
"""How each word of an event is written: hashes, numbers, days, and lists that are closed. A name does not fit in."""

COUNTED = {"version", "idx", "kid", "batch", "events"}

SHOWN = {
    "valid": Status.VALID,
    "suspended": Status.SUSPENDED,
    "withdrawn": Status.WITHDRAWN,
    "alert": Status.ALERT,
}
"""What the status list shows after an event. `expired` ends a suspension or an alert there: the dates of a licence say
that it is over, and the list says no more of it.
"""

EXPIRED = "expired"


class Incoherent(ValueError):
    """The log contradicts itself or the rules of the label."""


@dataclass(frozen=True)
class Issue:
    """A licence as the log tells of its issue: the place of that entry, the decision, the hash of the credential, the
    first and the last day; `moves` are the entries of its changes of state since.
    """

    position: int
    decision: str
    vc: str
    valid_from: date
    valid_to: date
    moves: list[Mapping[str, Any]] = field(default_factory=list)


@dataclass
class Batch:
    """Numbered labels of one licence as the log tells of them: how many were released, activated, and are void."""

    cert: str
    released: int
    activated: int = 0
    void: int = 0

    def check(self) -> None:
        """Raise Incoherent when more are activated or void than were released."""
        if max(self.activated, self.void) > self.released:
            raise Incoherent(f"more labels of {self.cert} are activated or void than were released")


@dataclass
class Ledger:
    """The log as it is read, entry by entry; raises Incoherent at the first that cannot be.

    `manifest` is the version and the hash of the trust manifest told last, `used` the decisions that gave a licence,
    `anchors` the hashes of the time-stamps by the places of their entries.
    """

    decisions: dict[str, tuple[str, str | None, str | None]] = field(default_factory=dict)
    licences: dict[str, int] = field(default_factory=dict)
    issues: dict[str, Issue] = field(default_factory=dict)
    statuses: list[Status] = field(default_factory=list)
    papers: set[str] = field(default_factory=set)
    batches: dict[int, Batch] = field(default_factory=dict)
    anchors: dict[int, str] = field(default_factory=dict)
    manifest: tuple[int, str] = (0, "")
    used: set[str] = field(default_factory=set)
    size: int = 0
    _last: str = ""

    def read_all(self, entries: Iterable[bytes]) -> None:
        """Read entries in their order."""
        for entry in entries:
            self.read(entry)

    def read(self, entry: bytes) -> None:
        """Read the next entry."""
        try:
            event = parse(entry)
            if event["at"] < self._last:
                raise Incoherent("it is older than the entry before it")
            reader = {"decision": self._decision, "issue": self._issue, "status": self._status, "doc": self._doc}
            reader |= {"batch": self._batch, "activate": self._activate, "void": self._void}
            reader |= {"keys": self._keys, "anchor": self._anchor}
            reader.get(event["t"], lambda event: None)(event)
        except Incoherent as error:
            raise Incoherent(f"entry {self.size}: {error}") from error
        self._last = event["at"]
        self.size += 1

    def _keys(self, event: Mapping[str, Any]) -> None:
        if event["version"] <= self.manifest[0]:
            raise Incoherent(f"version {event['version']} of the manifest follows version {self.manifest[0]}")
        self.manifest = event["version"], event["sha256"]

    def _anchor(self, event: Mapping[str, Any]) -> None:
        self.anchors[self.size] = event["tst"]

    def _decision(self, event: Mapping[str, Any]) -> None:
        ref, outcome, taken = event["ref"], event["outcome"], (event["session"], event["pv"])
        told = self.decisions.get(ref)
        if outcome == SEALED and told:
            raise Incoherent("a decision is sealed twice")
        if outcome == GRANTED and told != (SEALED, *taken):
            raise Incoherent("a decision grants what no sealed one of the same meeting stands before")
        self.decisions[ref] = (outcome, *taken)

    def _issue(self, event: Mapping[str, Any]) -> None:
        if self.decisions.get(event["decision"], ("",))[0] != GRANTED:
            raise Incoherent(f"{event['cert']} was issued without a decision that grants it")
        if event["decision"] in self.used:
            raise Incoherent(f"{event['cert']} was issued on a decision that gave another licence")
        if event["cert"] in self.licences:
            raise Incoherent(f"{event['cert']} was issued twice")
        if event["idx"] != len(self.statuses):
            raise Incoherent(f"{event['cert']} has the place {event['idx']}, not {len(self.statuses)}")
        self.used.add(event["decision"])
        self.licences[event["cert"]] = event["idx"]
        days = (date.fromisoformat(event[name]) for name in ("nbf", "exp"))
        self.issues[event["cert"]] = Issue(self.size, event["decision"], event["vc"], *days)
        self.statuses.append(Status.VALID)

    def _status(self, event: Mapping[str, Any]) -> None:
        if self.licences.get(event["cert"]) != event["idx"]:
            raise Incoherent(f"{event['cert']} was never issued under the place {event['idx']}")
        if self.statuses[event["idx"]] is Status.WITHDRAWN:
            raise Incoherent(f"{event['cert']} was withdrawn for good")
        self.statuses[event["idx"]] = SHOWN.get(event["to"], Status.VALID)
        self.issues[event["cert"]].moves.append(event)

    def _doc(self, event: Mapping[str, Any]) -> None:
        if event["cert"] not in self.licences:
            raise Incoherent(f"{event['cert']} was never issued")
        self.papers.add(event["pdf"])

    def _batch(self, event: Mapping[str, Any]) -> None:
        place = self.licences.get(event["cert"])
        if place is None or self.statuses[place] is not Status.VALID:
            raise Incoherent(f"labels were released under {event['cert']}, which was not in force")
        self.batches[self.size] = Batch(event["cert"], _count(event))

    def _activate(self, event: Mapping[str, Any]) -> None:
        batch = self.batches.get(event["batch"])
        if batch is None or batch.cert != event["cert"]:
            raise Incoherent(f"{event['cert']} activates labels that it was not given")
        batch.activated += _count(event)
        batch.check()

    def _void(self, event: Mapping[str, Any]) -> None:
        batch = self.batches.get(event["batch"])
        if batch is None:
            raise Incoherent("labels are void that were never released")
        batch.void += _count(event)
        batch.check()


def _count(event: Mapping[str, Any]) -> int:
    if type(event["n"]) is not int or event["n"] < 1:
        raise Incoherent("it is about no label")
    return event["n"]


def entry_of(kind: str, at: datetime, **facts: object) -> bytes:
    """Write an event as the log holds it. Raises ValueError when it has not what its kind must have."""
    event = {"v": VERSION, "t": kind, "at": at.strftime("%Y-%m-%dT%H:%M:%SZ")} | {
        name: fact.isoformat() if isinstance(fact, date) else fact for name, fact in facts.items()
    }
    _check(event)
    return canonical(event).encode()


def parse(entry: bytes) -> dict[str, Any]:
    """Read an entry. Raises Incoherent for anything but the one way of writing an event we know."""
    try:
        event = json.loads(entry)
        if canonical(event).encode() != entry:
            raise ValueError("it is not written the one way")
        _check(event)
        datetime.strptime(event["at"], "%Y-%m-%dT%H:%M:%SZ").astimezone()
    except (ValueError, TypeError, AttributeError) as error:
        raise Incoherent(str(error)) from error
    return event


def _check(event: Mapping[str, Any]) -> None:
    kind = event.get("t")
    if event.get("v") != VERSION or kind not in FIELDS:
        raise ValueError(f"no event of the kind {kind} is known")
    given = set(event) - {"v", "t", "at"} - OPTIONAL.get(kind, set())
    if given != FIELDS[kind] or "at" not in event:
        raise ValueError(f"an event of the kind {kind} does not hold {sorted(given ^ FIELDS[kind])}")
    if kind == "status" and event["to"] not in {*SHOWN, EXPIRED}:
        raise ValueError(f"no state {event['to']} is known")
    _check_words(event, may_be_untold={"session", "pv"} if event.get("outcome") == SEALED else set())
    if kind == "status" and event["scope"] != Ground(event["why"]).scope:
        raise ValueError(f"{event['why']} is not {event['scope']}")


def _check_words(event: Mapping[str, Any], *, may_be_untold: set[str]) -> None:
    """Raise ValueError for a word that is not written as it must be; a sealed decision may have had no meeting."""
    for name in event.keys() & SHAPES.keys():
        if event[name] is None and name in may_be_untold:
            continue
        if not isinstance(event[name], str) or not re.fullmatch(SHAPES[name], event[name]):
            raise ValueError(f"“{name}” is not written as it must be")
        if SHAPES[name] == DAY:
            date.fromisoformat(event[name])
    for name in event.keys() & COUNTED:
        if type(event[name]) is not int or event[name] < 0:
            raise ValueError(f"“{name}” is no number")
