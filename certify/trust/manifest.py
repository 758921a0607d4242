"""The trust manifest: every public key and what it may sign, signed by two of three roots (`trust.md` §3.9).

JWS JSON general serialisation. A reader pins the roots, takes only a version as new as the one it holds, refuses what
has expired, and lets a new set of roots in only under enough signatures of the old one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any, Self

from certify.trust import tokens
from certify.trust.keys import KeyState, SealKey, Signer, to_bytes, to_text
from certify.trust.note import BadNote, Checkpoint, NoteKey, Opened, open_note, read_checkpoint
from certify.workflows.evidence import canonical

KIND = "tdm-trust+jws"
HASH = 32
"""Bytes of a root of the log."""


@dataclass(frozen=True)
class Roots:
    """The keys that may sign a manifest, by id, and how many of them must."""

    keys: Mapping[str, bytes]
    threshold: int


@dataclass(frozen=True)
class Ended:
    """A log whose key was given up: the `size` and the `root` it ended with, from which the next one goes on.

    RETIRED: what it signed up to there counts. COMPROMISED: its signature alone proves nothing any more.
    """

    key: NoteKey
    size: int
    root: bytes
    state: KeyState

    def must_hold(self, head: Checkpoint) -> None:
        """Raise BadNote for a head beyond the end, or of another end: only who has the given up key signs it."""
        if head.size > self.size:
            raise BadNote(f"the log {self.key.name} ended with {self.size} entries: there is no head of {head.size}")
        if head.size == self.size and head.root != self.root:
            raise BadNote(f"the log {self.key.name} ended with another root")


@dataclass(frozen=True)
class Manifest:
    """What a verified manifest says. `keys` are those of statements, by role then by id; `terms` their last days.

    `log` is the log of today, `ended` are those before it, the last one last.
    """

    version: int
    issued_at: datetime
    expires_at: datetime
    roots: Roots
    hosts: tuple[str, ...]
    seals: Mapping[int, SealKey]
    keys: Mapping[str, Mapping[str, bytes]]
    log: NoteKey
    ended: tuple[Ended, ...]
    witnesses: tuple[NoteKey, ...]
    quorum: int
    status: tuple[str, ...]
    payload: bytes
    terms: Mapping[str, date]

    @classmethod
    def of(cls, payload: bytes, on: date) -> Self:
        """Read the payload of a manifest as it stands on a day: keys of statements past their term are left out.

        Raises ValueError when something is missing or not as it must be.
        """
        try:
            return cls._of(json.loads(payload), payload, on)
        except (KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"the manifest lacks something, or says it otherwise: {error}") from error

    @classmethod
    def _of(cls, said: dict[str, Any], payload: bytes, on: date) -> Self:
        roles: dict[str, dict[str, bytes]] = {}
        terms = {key["kid"]: date.fromisoformat(key["exp"]) for key in said["jwks"] if "exp" in key}
        for key in said["jwks"]:
            if on <= terms.get(key["kid"], on):
                roles.setdefault(key["use"], {})[key["kid"]] = to_bytes(key["x"])
        return cls(
            version=said["version"],
            issued_at=datetime.fromtimestamp(said["iat"], UTC),
            expires_at=datetime.fromtimestamp(said["exp"], UTC),
            roots=Roots({root["kid"]: to_bytes(root["x"]) for root in said["roots"]}, said["threshold"]),
            hosts=tuple(said["hosts"]),
            seals={key["b"]: _seal_key(key) for key in said["seal"]},
            keys=roles,
            log=NoteKey.parse(said["log"]),
            ended=tuple(_ended(each) for each in said.get("ended", [])),
            witnesses=tuple(NoteKey.parse(text) for text in said["witnesses"]),
            quorum=said["quorum"],
            status=tuple(said["status"]),
            payload=payload,
            terms=terms,
        )

    @property
    def digest(self) -> str:
        """Its hash, as the public log tells it."""
        return to_text(sha256(self.payload).digest())

    def standing(self, note: str) -> Checkpoint:
        """Return the head that stands published: of the log of today, or the end of the one before, which it goes on
        from and which nobody signed anew yet. Raises BadNote.
        """
        opened, ended = self.open_head(note)
        if ended and (ended is not self.ended[-1] or opened.checkpoint.size != ended.size):
            raise BadNote(f"the log {ended.key.name} has ended")
        return opened.checkpoint

    def open_head(self, note: str) -> tuple[Opened, Ended | None]:
        """Read a head of the log of today, or of one before it, which is told too. Raises BadNote."""
        origin = read_checkpoint(note).origin
        ended = next((each for each in self.ended if each.key.name == origin), None)
        opened = open_note(note, ended.key if ended else self.log, self.witnesses)
        if ended:
            ended.must_hold(opened.checkpoint)
        return opened, ended


def sign_manifest(said: Mapping[str, Any], roots: Mapping[str, Signer]) -> dict[str, Any]:
    """Sign a manifest with the roots that are at hand; the order of the signatures is that of `roots`."""
    payload = to_text(canonical(said).encode())
    signatures = []
    for kid, signer in roots.items():
        header = tokens.protected(KIND, kid)
        signature = signer.sign(f"{header}.{payload}".encode())
        signatures.append({"protected": header, "signature": to_text(signature)})
    return {"payload": payload, "signatures": signatures}


def read_manifest(signed: Mapping[str, Any], trusted: Roots, *, at: datetime, seen: int = 0) -> Manifest:
    """Return a manifest that enough of the `trusted` roots signed, not expired at `at`, no older than version `seen`.

    Raises tokens.Untrusted. When it names other roots than those trusted, they count from the next one on, since the
    old ones signed them in.
    """
    try:
        payload = signed["payload"]
        signers = {kid for entry in signed["signatures"] if (kid := _signed_by(entry, payload, trusted)) is not None}
        manifest = Manifest.of(to_bytes(payload), at.date())
    except (KeyError, TypeError, ValueError) as error:
        raise tokens.Untrusted(str(error)) from error
    if len(signers) < trusted.threshold:
        raise tokens.Untrusted(f"{len(signers)} of the {trusted.threshold} roots needed signed the manifest")
    if manifest.version < seen:
        raise tokens.Untrusted(f"version {manifest.version} is older than {seen}, which was seen")
    if at >= manifest.expires_at:
        raise tokens.Untrusted("the manifest has expired")
    return manifest


def _signed_by(entry: Mapping[str, str], payload: str, trusted: Roots) -> str | None:
    """Return the root that made a signature; None when it is not one of those, or the signature is false."""
    header = entry["protected"]
    try:
        return tokens.check(header, f"{header}.{payload}", entry["signature"], kind=KIND, keys=trusted.keys)
    except ValueError:
        return None


def _ended(said: Mapping[str, Any]) -> Ended:
    ended = Ended(NoteKey.parse(said["log"]), said["size"], to_bytes(said["root"]), KeyState(said["state"]))
    if type(ended.size) is not int or ended.size < 0 or len(ended.root) != HASH or ended.state is KeyState.ACTIVE:
        raise ValueError(f"the manifest does not say how the log {ended.key.name} ended")
    return ended


def _seal_key(said: Mapping[str, Any]) -> SealKey:
    days = (date.fromisoformat(said[name]) for name in ("nbf", "exp"))
    return SealKey(said["b"], to_bytes(said["x"]), *days, KeyState(said["state"]))
