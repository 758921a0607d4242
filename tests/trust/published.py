"""What a label publishes, in memory: a small label of our own, signed by the keys of the vectors."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from certify.trust.keys import to_bytes, to_text
from certify.trust.ledger import entry_of
from certify.trust.manifest import sign_manifest
from certify.trust.status import Status, status_token
from certify.trust.tiles import Log
from tests.trust.given import ORIGIN, STATUS_KEY, VECTORS, signer

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
SAID = json.loads(to_bytes(VECTORS["manifest"]["payload"]))
LIST = "https://tdm.ma/status/1"
NUMBERS = ("TDM-09-2026-0001-A", "TDM-09-2026-0002-B", "TDM-09-2026-0003-C")
HASH = to_text(bytes(32))


def granted(place: int, at: datetime) -> list[bytes]:
    """The entries of a licence: decided, issued, its paper printed."""
    number, decision = NUMBERS[place], f"DEC-DEM-2026-0000{place}"
    return [
        decided(decision, "sealed", at),
        decided(decision, "granted", at),
        entry_of("issue", at, cert=number, decision=decision, idx=place, nbf=at.date(), exp=at.date(), vc=HASH),
        entry_of("doc", at, cert=number, pdf=HASH),
    ]


def decided(ref: str, outcome: str, at: datetime, session: str | None = "CH-2026-01", pv: str | None = HASH) -> bytes:
    """The entry of a decision."""
    return entry_of("decision", at, ref=ref, session=session, outcome=outcome, pv=pv)


def moved(place: int, to: str, at: datetime) -> bytes:
    """The entry of a change of state."""
    facts = {"cert": NUMBERS[place], "idx": place, "to": to, "from": at.date(), "scope": "prospective", "why": "R04"}
    return entry_of("status", at, **facts)


def story() -> list[bytes]:
    """Three licences: one valid, one suspended and reinstated and suspended again, one withdrawn."""
    hours = (NOW - timedelta(hours=20 - step) for step in range(20))
    entries = [entry_of("keys", next(hours), version=1, sha256=HASH)]
    for place in range(3):
        entries += granted(place, next(hours))
    for place, to in ((1, "suspended"), (1, "valid"), (2, "withdrawn"), (1, "suspended"), (0, "expired")):
        entries.append(moved(place, to, next(hours)))
    return entries


STANDING = [Status.VALID, Status.SUSPENDED, Status.WITHDRAWN]


class Site:
    """A site that hands out what it was given."""

    def __init__(self, folder: Path, entries: Sequence[bytes], statuses: Sequence[Status] = STANDING) -> None:
        self.log = Log(folder, ORIGIN, signer("log"))
        self.log.publish(lambda size: entries[size:])
        self.files: dict[str, bytes] = {}
        self.show(statuses)
        self.trust()

    def show(self, statuses: Sequence[Status], at: datetime = NOW) -> None:
        """Publish a status list."""
        token = status_token(statuses, uri=LIST, kid=STATUS_KEY, signer=signer("status-26"), at=at)
        self.files["/status/1"] = token.encode()

    def trust(self, *names: str, **changed: object) -> None:
        """Publish a manifest signed by these roots, two unless said."""
        signed = sign_manifest(SAID | changed, {name: signer(name) for name in names or ("root-a", "root-b")})
        self.files["/.well-known/tdm-trust.json"] = json.dumps(signed).encode()

    def get(self, path: str) -> bytes:
        """Return a file, as the web would."""
        return self.log.fetch(path.removeprefix("/log/")) if path.startswith("/log/") else self.files[path]
