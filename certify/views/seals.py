"""What a scan needs of the keys: those that seal, read again when the manifest changes, and the seals verified before.

A seal is a signature over a path, so a genuine one stays genuine as long as the keys are the same: it is verified once
and remembered. A forged one is never remembered, so that no stranger can fill the memory.
"""

from __future__ import annotations

import os
from base64 import b32decode
from collections.abc import Callable
from functools import lru_cache
from math import inf
from pathlib import Path
from time import monotonic
from typing import Generic, TypeVar

from certify.trust.keyring import PUBLISHED, NoKeys, read_keyring
from certify.trust.seal import SEAL, Identity, parse_path, read_seal
from certify.workflows.errors import Malformed
from certify.workflows.verdict import SealReading
from certify.workflows.words import N_

LOOK = 1.0
"""Seconds after which a file is looked at again."""

MOST_SEALS = 1 << 16
"""Genuine seals that one process remembers: some 20 MB when all are met."""

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

    def _look(self) -> tuple[int, ...] | None:
        try:
            found = os.stat(self._path)
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size


class SealBook:
    """Reads the seals of codes with the keys of a folder."""

    def __init__(self, folder: Path) -> None:
        self._verifier = Followed(folder / PUBLISHED, _verifier)

    def read(self, identity: Identity, seal: str | None) -> tuple[SealReading, int | None]:
        """Judge the seal of an identity; return what it says, and the byte of its key. Without keys it is unread."""
        if seal is None:
            return SealReading.UNSEALED, None
        verify = self._verifier.get()
        kid = b32decode(seal[:8])[0]
        if verify is None:
            return SealReading.UNREAD, kid
        try:
            return verify(identity, seal), kid
        except NotGenuine as found:
            return found.reading, kid


class NotGenuine(Exception):
    """A seal that is not to be remembered, with what it says."""

    def __init__(self, reading: SealReading) -> None:
        super().__init__(reading)
        self.reading = reading


def split(path: str) -> tuple[str | None, Identity]:
    """Take the path of an address apart, whatever its case: its seal, or None, and what it names. Raises Malformed."""
    text = path.upper() if path.isascii() else ""
    first, _, rest = text[1:].partition("/")
    if SEAL.fullmatch(first):
        return first, parse_path(f"/{rest}")
    if first not in ("01", "253"):
        raise Malformed(CUT)
    return None, parse_path(text)


def _verifier(manifest: Path) -> Callable[[Identity, str], SealReading] | None:
    """Return what verifies seals with the keys as they now are and remembers good ones; None when there are none."""
    try:
        keys = read_keyring(manifest.parent).manifest.seals
    except NoKeys:
        return None

    @lru_cache(MOST_SEALS)
    def verify(identity: Identity, seal: str) -> SealReading:
        reading = read_seal(identity, seal, keys)
        if reading not in (SealReading.GENUINE, SealReading.COMPROMISED):
            raise NotGenuine(reading)
        return reading

    return verify
