"""The status list: the live state of every licence in a few kilobytes (IETF Token Status List; `trust.md` §3.7)."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Self

from certify.trust import tokens
from certify.trust.keys import Signer, to_bytes, to_text
from certify.workflows.machine import Term
from certify.workflows.words import N_

KIND = "statuslist+jwt"
BITS = 2
PER_BYTE = 8 // BITS
LARGEST = 4 * 1024 * 1024
"""Bytes that a list may hold once inflated: more is refused, for it is an attack."""

LEVEL = 9
TTL = timedelta(minutes=15)
LIFETIME = timedelta(hours=72)


class Status(Term):
    """What the list says of a licence; the order is the value of its two bits."""

    VALID = "valid", N_("Valid")
    WITHDRAWN = "withdrawn", N_("Withdrawn")
    SUSPENDED = "suspended", N_("Suspended")
    ALERT = "alert", N_("Counterfeits reported")

    @property
    def bits(self) -> int:
        """The value in the list."""
        return list(Status).index(self)


@dataclass(frozen=True)
class StatusList:
    """A list as it was read: valid for `ttl` seconds, not to be trusted after `expires_at`."""

    uri: str
    issued_at: datetime
    expires_at: datetime
    ttl: int
    packed: bytes

    @classmethod
    def read(cls, token: str, keys: Mapping[str, bytes]) -> Self:
        """Read a signed list. Raises tokens.Untrusted; that it is too old is for whoever judges to say."""
        said = tokens.read(token, kind=KIND, keys=keys)
        try:
            if said["status_list"]["bits"] != BITS:
                raise ValueError("the list has another width")
            moments = (datetime.fromtimestamp(said[name], UTC) for name in ("iat", "exp"))
            return cls(said["sub"], *moments, said["ttl"], inflate(said["status_list"]["lst"]))
        except (KeyError, TypeError, ValueError) as error:
            raise tokens.Untrusted(str(error)) from error

    def __getitem__(self, place: int) -> Status:
        """Return the status at a place; raises IndexError past the end."""
        if place < 0:
            raise IndexError(place)
        return list(Status)[self.packed[place // PER_BYTE] >> BITS * (place % PER_BYTE) & (1 << BITS) - 1]

    def __iter__(self) -> Iterator[Status]:
        return (self[place] for place in range(len(self.packed) * PER_BYTE))


def status_token(
    statuses: Sequence[Status], *, uri: str, kid: str, signer: Signer, at: datetime, ttl: timedelta = TTL
) -> str:
    """Sign the list of all statuses, in the order of their places; `at` is the moment they were read."""
    issued = int(at.timestamp())
    payload = {
        "sub": uri,
        "iat": issued,
        "exp": issued + int(LIFETIME.total_seconds()),
        "ttl": int(ttl.total_seconds()),
        "status_list": {"bits": BITS, "lst": deflate(pack(statuses))},
    }
    return tokens.sign(payload, kind=KIND, kid=kid, signer=signer)


def pack(statuses: Sequence[Status]) -> bytes:
    """Write statuses two bits each, the first in the lowest bits."""
    packed = bytearray(-(-len(statuses) // PER_BYTE))
    for place, status in enumerate(statuses):
        packed[place // PER_BYTE] |= status.bits << BITS * (place % PER_BYTE)
    return bytes(packed)


def deflate(packed: bytes) -> str:
    """Compress and write as text."""
    return to_text(zlib.compress(packed, LEVEL))


def inflate(text: str) -> bytes:
    """Read what `deflate` wrote. Raises ValueError for what is damaged, or larger than a list may be."""
    machine = zlib.decompressobj()
    try:
        packed = machine.decompress(to_bytes(text), LARGEST)
    except zlib.error as error:
        raise ValueError("the list is damaged") from error
    if machine.unconsumed_tail or not machine.eof:
        raise ValueError("the list is larger than a list may be, or cut")
    return packed
