"""What a label publishes, in memory: a small label of our own, signed by the keys of the vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

from certify.trust.credential import Certified, digest, sign_credential
from certify.trust.directory import Listed, alerts_token, directory_token
from certify.trust.keys import KeyState, to_bytes, to_text
from certify.trust.ledger import entry_of
from certify.trust.manifest import Ended, sign_manifest
from certify.trust.merkle import inclusion_proof
from certify.trust.note import LOG, NoteKey, cosign, tlog_proof
from certify.trust.paper import stamp
from certify.trust.status import Status, status_token
from certify.trust.tiles import Log, read_subtrees
from certify.workflows.evidence import canonical
from certify.workflows.licence import Ground
from certify.workflows.numbering import make_mark
from tests.trust.given import CREDENTIAL_KEY, ORIGIN, STATUS_KEY, VECTORS, signer
from tests.trust.sealing import authority

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SAID = json.loads(to_bytes(VECTORS["manifest"]["payload"]))
LIST = "https://tdm.ma/status/1"
NUMBERS = ("TDM-09-2026-0001-A", "TDM-09-2026-0002-B", "TDM-09-2026-0003-C")
MARKS = tuple(make_mark(bytes([place] * 11)) for place in range(len(NUMBERS)))
GTINS = (["06111234567895"], [], [])
HELD_ON = date(2024, 11, 20)
BEGUN, ENDS = date(2024, 11, 27), (date(2026, 11, 26), date(2029, 11, 21), date(2029, 11, 21))
HOLDER = {"fr": "Coopérative Tifawin", "ar": "تعاونية تيفاوين"}
PRODUCT = {"fr": "Miel d’euphorbe", "ar": "عسل الدغموس"}
HASH = to_text(bytes(32))
SESSION = "CH-2026-01"
WITNESS = ("witness.um6p.example/tdm", "witness-uni")


def of_keys(at: datetime, said: dict[str, Any] = SAID) -> bytes:
    """The entry of a trust manifest."""
    return entry_of("keys", at, version=said["version"], sha256=to_text(sha256(canonical(said).encode()).digest()))


def credential(place: int, **changed: Any) -> str:
    """The credential of a licence, always the same; `changed` is what another would say."""
    moments = {"valid_from": datetime(2024, 11, 26, 23, tzinfo=UTC)}
    moments["valid_to"] = datetime.combine(ENDS[place], datetime.min.time(), UTC).replace(hour=22, minute=59, second=59)
    said = {"number": NUMBERS[place], "holder": HOLDER["fr"], "product": PRODUCT["fr"], "gtins": tuple(GTINS[place])}
    said |= {"address": f"https://tdm.ma/253/6111234567895{MARKS[place]}", "scheme": "2026-1", "decided_on": HELD_ON}
    return sign_credential(
        Certified(**said | moments | changed),
        identity=UUID(int=place),
        place=place,
        status=LIST,
        did="did:web:tdm.ma",
        key=(CREDENTIAL_KEY, signer("vc-26")),
        at=NOW,
    )


def granted(place: int, at: datetime) -> list[bytes]:
    """The entries of a licence: decided, issued, its paper printed."""
    number, decision = NUMBERS[place], f"DEC-DEM-2026-0000{place}"
    return [
        decided(decision, "sealed", at),
        decided(decision, "granted", at),
        entry_of(
            "issue",
            at,
            cert=number,
            decision=decision,
            idx=place,
            nbf=BEGUN,
            exp=ENDS[place],
            vc=digest(credential(place)),
        ),
        entry_of("doc", at, cert=number, pdf=HASH),
    ]


def decided(ref: str, outcome: str, at: datetime, session: str | None = SESSION, pv: str | None = HASH) -> bytes:
    """The entry of a decision."""
    return entry_of("decision", at, ref=ref, session=session, outcome=outcome, pv=pv)


def moved(place: int, to: str, at: datetime) -> bytes:
    """The entry of a change of state."""
    facts = {"cert": NUMBERS[place], "idx": place, "to": to, "from": at.date(), "scope": "prospective", "why": "R04"}
    return entry_of("status", at, **facts)


def story() -> list[bytes]:
    """Three licences: one valid, one suspended and reinstated and suspended again, one withdrawn."""
    hours = (NOW - timedelta(hours=20 - step) for step in range(20))
    entries = [of_keys(next(hours))]
    for place in range(3):
        entries += granted(place, next(hours))
    for place, to in ((1, "suspended"), (1, "valid"), (2, "withdrawn"), (1, "suspended"), (0, "expired")):
        entries.append(moved(place, to, next(hours)))
    return entries


STANDING = [Status.VALID, Status.SUSPENDED, Status.WITHDRAWN]
MOVED_ON = "2026-11-26"
SHOWN = (
    ("expired", [{"on": MOVED_ON, "kind": "expired"}]),
    (
        "suspended",
        [
            {"on": MOVED_ON, "kind": "suspended", "ground": "R04"},
            {"on": MOVED_ON, "kind": "reinstated"},
            {"on": MOVED_ON, "kind": "suspended", "ground": "R04"},
        ],
    ),
    ("withdrawn", [{"on": MOVED_ON, "kind": "withdrawn", "ground": "R04"}]),
)
"""The verdict and the history of each licence of the story, as the register shows them."""


def row(place: int) -> dict[str, Any]:
    """A licence as the register shows it; what an auditor does not compare is left out."""
    verdict, moves = deepcopy(SHOWN[place])
    return {
        "number": NUMBERS[place],
        "mark": MARKS[place],
        "verdict": verdict,
        "valid_from": BEGUN.isoformat(),
        "valid_to": ENDS[place].isoformat(),
        "holder": HOLDER,
        "product": PRODUCT,
        "gtins": GTINS[place],
        "meeting": {"number": SESSION, "held_on": HELD_ON.isoformat()},
        "regulation": "2026-1",
        "history": [{"on": BEGUN.isoformat(), "kind": "granted", "meeting": SESSION}, *moves],
    }


def listed(place: int) -> Listed:
    """A licence as devices know it."""
    ended = (date.fromisoformat(MOVED_ON), Ground.OBLIGATIONS) if place else ()
    return Listed(place, NUMBERS[place], MARKS[place], tuple(GTINS[place]), HOLDER, PRODUCT, BEGUN, ENDS[place], *ended)


class Site:
    """A site that hands out what it was given; what is not among its `files` is made when it is asked for."""

    def __init__(self, folder: Path, entries: Sequence[bytes], statuses: Sequence[Status] = STANDING) -> None:
        self.log = Log(folder, ORIGIN, signer("log"))
        self.files: dict[str, bytes] = {}
        self.rows = [row(place) for place in range(len(NUMBERS))]
        self.trust()
        self.grow(entries)
        self.show(statuses)

    def grow(self, entries: Sequence[bytes]) -> None:
        """Publish the log up to these entries, signed by a witness."""
        self.entries = list(entries)
        self.log.publish(lambda size: entries[size:])
        note = self.log.fetch("checkpoint").decode()
        self.log.add_signatures(note, cosign(note, WITNESS[0], signer(WITNESS[1]), NOW))

    def stamp(self, over: bytes | None = None, token: bytes | None = None) -> str:
        """Tell of a time-stamp, with the present head beside it; over something else, or another token, where given.

        Return the path of both files, without their ending.
        """
        head = self.log.fetch("checkpoint")
        token = token or stamp(head if over is None else over, authority()[0])
        told = to_text(sha256(token).digest())
        self.files |= {f"/log/anchor/{told}.tst": token, f"/log/anchor/{told}.checkpoint": head}
        self.grow([*self.entries, entry_of("anchor", NOW, tst=told)])
        return f"/log/anchor/{told}"

    def succeed(self) -> None:
        """Go on under another key, as another log, of which the roots sign where the one before it ended."""
        end, key = self.log.head(), NoteKey(f"{ORIGIN}2", LOG, signer("log2").public())
        ended = {"log": str(self.log.key), "size": end.size, "root": to_text(end.root), "state": "retired"}
        said = {"version": 2, "log": str(key), "ended": [ended]}
        former = Ended(self.log.key, end.size, end.root, KeyState.RETIRED)
        self.log = Log(self.log.folder, key.name, signer("log2"), former)
        self.trust(**said)
        self.grow([*self.entries, of_keys(NOW, SAID | said)])
        self.show(STANDING)

    def show(self, statuses: Sequence[Status], at: datetime = NOW) -> None:
        """Publish a status list, and what devices keep with it."""
        by = {"kid": STATUS_KEY, "signer": signer("status-26"), "at": at}
        self.files["/status/1"] = status_token(statuses, uri=LIST, **by).encode()
        self.keep(
            alerts=alerts_token([], **by),
            status=self.files["/status/1"].decode(),
            directory=directory_token([listed(place) for place in range(len(NUMBERS))], **by),
            checkpoint=self.log.fetch("checkpoint").decode(),
            trust=json.loads(self.files["/.well-known/tdm-trust.json"]),
        )

    def keep(self, **parts: Any) -> None:
        """Publish what devices keep, with these parts in place of those before."""
        bundle = json.loads(self.files.get("/offline/bundle.json", b"{}")) | parts
        self.files["/offline/bundle.json"] = json.dumps(bundle).encode()
        self.files["/status/alerts"] = bundle["alerts"].encode()

    def trust(self, *names: str, **changed: object) -> None:
        """Publish a manifest signed by these roots, two unless said."""
        signed = sign_manifest(SAID | changed, {name: signer(name) for name in names or ("root-a", "root-b")})
        self.files["/.well-known/tdm-trust.json"] = json.dumps(signed).encode()

    def get(self, path: str) -> bytes:
        """Return a file, as the web would."""
        if path in self.files:
            return self.files[path]
        if path.startswith("/log/"):
            return self.log.fetch(path.removeprefix("/log/"))
        if path.startswith("/api/v1/licences?"):
            return json.dumps({"licences": self.rows, "next": None}).encode()
        _, c, number, name = path.split("/")
        if (c, name) == ("c", "vc.jwt") and number in NUMBERS:
            return credential(NUMBERS.index(number)).encode()
        if (c, name) == ("c", "proof") and number in NUMBERS:
            return self.proof(3 + 4 * NUMBERS.index(number)).encode()
        raise FileNotFoundError(path)

    def proof(self, index: int) -> str:
        """The proof of an entry under the present head."""
        size = self.log.head().size
        hashes = inclusion_proof(index, size, read_subtrees(size, self.log.fetch))
        return tlog_proof(index, hashes, self.log.fetch("checkpoint").decode())
