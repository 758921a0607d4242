"""What a scan needs of the keys: those that seal, read again when the manifest changes, and the seals verified before.

A seal is a signature over a path, so a genuine one stays genuine as long as the keys are the same: it is verified once
and remembered. A forged one is never remembered, so that no stranger can fill the memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from math import inf
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar

from certify.queries.codes import Reading
from certify.trust.keyring import PUBLISHED, NoKeys, read_keyring
from certify.trust.seal import SEAL, Identity, open_seal, parse_path, read_seal
from certify.workflows.errors import Malformed
from certify.workflows.verdict import SealReading
from certify.workflows.words import N_

LOOK = 1.0
"""Seconds after which a file is looked at again."""

MOST_CODES = 1 << 15
"""Codes with a genuine seal that one process remembers: some 20 MB when all are met."""

GOOD = frozenset({SealReading.GENUINE, SealReading.COMPROMISED, SealReading.ENDED})

CUT = N_("The seal of this code is cut or damaged: scan the whole square, or type the 12 characters under it.")

Read = TypeVar("Read")


class Followed(Generic[Read]):
    """A file that is read again whenever it changes; None while it is missing or cannot be read."""

    def __init__(self, path: Path, read: Callable[[Path], Read | None]) -> None:
        self._path, self._read = path, read
        self._looked_at, self._seen = -inf, None
        self._content: Read | None = None

    def get(self) -> Read | None:
        """Return what the file holds, at most LOOK seconds ago."""
        now = monotonic()
        if now - self._looked_at >= LOOK:
            seen = self._look()
            if seen != self._seen:
                self._content = self._read(self._path) if seen else None
                self._seen = seen
            self._looked_at = now
        return self._content

    def forget(self) -> None:
        """Have the file read again when it is next asked for."""
        self._looked_at, self._seen = -inf, None

    def _look(self) -> tuple[int, ...] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


class SealBook:
    """Reads codes from the paths of their addresses, and their seals with the keys of a folder as they stand today."""

    def __init__(self, folder: Path, clock: Callable[[], datetime]) -> None:
        self._clock, self._day = clock, clock().date()
        self._verifier = Followed(folder / PUBLISHED, lambda manifest: _verifier(manifest, self._clock()))
        self._hosts = Followed(folder / PUBLISHED, lambda manifest: _hosts(manifest, self._clock()))

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts that the label ever printed, as its manifest names them; empty without keys."""
        return self._hosts.get() or frozenset()

    def read(self, path: str) -> Reading:
        """Read a code, before the register is asked. Without keys at hand its seal is unread."""
        path = path.upper() if path.isascii() else ""
        if (today := self._clock().date()) != self._day:
            self._day = today
            self._verifier.forget()
        verify = self._verifier.get() or _without_keys
        try:
            return verify(path)
        except NotKept as read:
            return read.reading
        except Malformed as fault:
            return Reading(fault=fault)


class NotKept(Exception):
    """A code that was read and is not to be remembered."""

    def __init__(self, reading: Reading) -> None:
        super().__init__(reading)
        self.reading = reading


def split(path: str) -> tuple[str | None, Identity]:
    """Take the path of an address, in capitals, apart: its seal, or None, and what it names. Raises Malformed."""
    first, _, rest = path[1:].partition("/")
    if SEAL.fullmatch(first):
        return first, parse_path(f"/{rest}")
    if first not in ("01", "253", ""):
        raise Malformed(CUT)
    return None, parse_path(path)


def _hosts(manifest: Path, at: datetime) -> frozenset[str] | None:
    try:
        return frozenset(host.lower() for host in read_keyring(manifest.parent, at).manifest.hosts)
    except NoKeys:
        return None


def _verifier(manifest: Path, at: datetime) -> Callable[[str], Reading] | None:
    """Return what reads codes on a day with the keys as they are and remembers good ones; None when none counts."""
    try:
        ring = read_keyring(manifest.parent, at)
        ring.must_stand()
    except NoKeys:
        return None
    keys, today = ring.manifest.seals, at.date()

    @lru_cache(MOST_CODES)
    def verify(path: str) -> Reading:
        seal, identity = split(path)
        reading = Reading(identity=identity, seal=read_seal(identity, seal, keys, today), kid=_kid(seal))
        if reading.seal not in GOOD:
            raise NotKept(reading)
        return reading

    return verify


def _without_keys(path: str) -> Reading:
    seal, identity = split(path)
    return Reading(identity=identity, seal=SealReading.UNREAD if seal else SealReading.UNSEALED, kid=_kid(seal))


def _kid(seal: str | None) -> int | None:
    """Return the byte of the key of a seal."""
    return open_seal(seal)[0] if seal else None
