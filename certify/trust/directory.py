"""What a device without network must know besides the status list (`trust.md` §3.7 and §3.10).

The directory says which licence a code is of, the alerts which codes are confirmed copies. Both are statements of the
key that signs the status list and bear its times, to the second: an old one beside a fresh list is not believed, for it
would make a confirmed copy valid again. Neither holds personal data. `read_bundle` is what `static/check/verify.mjs`
does too.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Self

from certify.trust import tokens
from certify.trust.keys import Signer, to_bytes, to_text
from certify.trust.manifest import Manifest, Roots, read_manifest
from certify.trust.note import Checkpoint, open_note
from certify.trust.status import LIFETIME, TTL, StatusList
from certify.workflows.licence import Ground
from certify.workflows.scanning import CODE_LENGTH

DIRECTORY, ALERTS = "tdm-directory+jwt", "tdm-alerts+jwt"
PREFIX = CODE_LENGTH
"""Bytes of the SHA-256 of a path that name it among the alerts."""


@dataclass(frozen=True)
class Listed:
    """A licence as devices know it; `place` is that in the status list, `holder` and `product` are by language.

    Of one that is suspended or withdrawn also the day and the ground, as the log tells them: `from`, `scope`, `why`.
    Whether what was packed before that day is spared, nothing else would tell a device: it reads the scope alone.
    """

    place: int
    number: str
    mark: str
    gtins: tuple[str, ...]
    holder: Mapping[str, str]
    product: Mapping[str, str]
    valid_from: date
    valid_to: date
    ended_on: date | None = None
    ground: Ground | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """Read an entry of the directory. Raises KeyError, TypeError or ValueError when it is not as it must be."""
        days = (date.fromisoformat(said[name]) for name in ("nbf", "exp"))
        names = (said["number"], said["mark"], tuple(said["gtins"]), said["holder"], said["product"])
        return cls(said["idx"], *names, *days, *_ended(said))

    def said(self) -> dict[str, Any]:
        """Write it as an entry of the directory."""
        ended = {}
        if self.ended_on and self.ground:
            ended = {"from": self.ended_on.isoformat(), "scope": self.ground.scope, "why": str(self.ground)}
        return ended | {
            "idx": self.place,
            "number": self.number,
            "mark": self.mark,
            "gtins": list(self.gtins),
            "holder": dict(self.holder),
            "product": dict(self.product),
            "nbf": self.valid_from.isoformat(),
            "exp": self.valid_to.isoformat(),
        }


def _ended(said: Mapping[str, Any]) -> tuple[date, Ground] | tuple[None, None]:
    """Return the day and the ground of an end; what devices read is the scope, so it must be that of the ground."""
    if not said.keys() & {"from", "scope", "why"}:
        return None, None
    ground = Ground(said["why"])
    if said["scope"] != ground.scope:
        raise ValueError(f"{said['number']}: {ground} is {ground.scope}, not {said['scope']}")
    return date.fromisoformat(said["from"]), ground


def directory_token(licences: Iterable[Listed], *, kid: str, signer: Signer, at: datetime) -> str:
    """Sign the directory, in the order of the places in the status list."""
    entries = [licence.said() for licence in sorted(licences, key=lambda licence: licence.place)]
    return tokens.sign({**_times(at), "entries": entries}, kind=DIRECTORY, kid=kid, signer=signer)


def read_directory(token: str, keys: Mapping[str, bytes], *, beside: StatusList) -> tuple[Listed, ...]:
    """Return every licence of a signed directory, which is of the age of the list `beside` it. Raises Untrusted."""
    try:
        said = _read(token, DIRECTORY, keys, beside)
        return tuple(Listed.of(entry) for entry in said["entries"])
    except (KeyError, TypeError, ValueError) as error:
        raise tokens.Untrusted(str(error)) from error


def alerts_token(prefixes: Iterable[bytes], *, kid: str, signer: Signer, at: datetime) -> str:
    """Sign the list of the codes, by their prefixes, that a person confirmed to be copied or void."""
    written = to_text(b"".join(sorted(set(prefixes))))
    return tokens.sign({**_times(at), "h": written}, kind=ALERTS, kid=kid, signer=signer)


def read_alerts(token: str, keys: Mapping[str, bytes], *, beside: StatusList) -> frozenset[bytes]:
    """Return the prefixes of a signed list of alerts, to be asked for `code_of(path)`; it is of the age of the status
    list `beside` it. Raises tokens.Untrusted.
    """
    try:
        prefixes = to_bytes(_read(token, ALERTS, keys, beside)["h"])
        if len(prefixes) % PREFIX:
            raise ValueError("the alerts are cut")
    except (KeyError, TypeError, ValueError) as error:
        raise tokens.Untrusted(str(error)) from error
    return frozenset(prefixes[place : place + PREFIX] for place in range(0, len(prefixes), PREFIX))


@dataclass(frozen=True)
class Bundle:
    """All that a device knows, each part proved; `head` is that of the public log."""

    manifest: Manifest
    status: StatusList
    alerts: frozenset[bytes]
    directory: tuple[Listed, ...]
    head: Checkpoint


def read_bundle(
    parts: Mapping[str, Any], trusted: Roots, *, at: datetime, seen: int = 0, head: Checkpoint | None = None
) -> Bundle:
    """Read `/offline/bundle.json` as a device must. Raises tokens.Untrusted.

    `seen` is the version of the manifest and `head` the head of the log that the device holds: neither goes back, and
    a log of the same size has the same root. That a longer one goes on from it, its tiles prove (`trust.merkle`).
    """
    try:
        manifest = read_manifest(parts["trust"], trusted, at=at, seen=seen)
        keys = manifest.keys["status"]
        status = StatusList.read(parts["status"], keys)
        alerts = read_alerts(parts["alerts"], keys, beside=status)
        directory = read_directory(parts["directory"], keys, beside=status)
        opened = open_note(parts["checkpoint"], manifest.log, manifest.witnesses)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise tokens.Untrusted(str(error)) from error
    found = opened.checkpoint
    if len(opened.seen_at) < manifest.quorum:
        raise tokens.Untrusted(f"{len(opened.seen_at)} of the {manifest.quorum} witnesses needed signed the head")
    if head and (found.size < head.size or (found.size == head.size and found.root != head.root)):
        raise tokens.Untrusted("the log became shorter, or another")
    return Bundle(manifest, status, alerts, directory, found)


def _read(token: str, kind: str, keys: Mapping[str, bytes], beside: StatusList) -> dict[str, Any]:
    """Read a statement that bears the times of a status list."""
    said = tokens.read(token, kind=kind, keys=keys)
    if (said["iat"], said["exp"]) != tuple(int(at.timestamp()) for at in (beside.issued_at, beside.expires_at)):
        raise ValueError(f"this {kind} is of another age than the status list beside it")
    return said


def _times(at: datetime) -> dict[str, int]:
    issued = int(at.timestamp())
    return {"iat": issued, "exp": issued + int(LIFETIME.total_seconds()), "ttl": int(TTL.total_seconds())}
