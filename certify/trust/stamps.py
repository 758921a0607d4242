"""The time-stamps over heads of the public log, held against the entries that name them (`trust.md` §3.8, RFC 3161).

What is checked needs no certificate of an authority: the token is the one named, it is over that very head, and that
head is of this log, from before the entry. Who signed the token, `openssl ts -verify` tells (`docs/proof.md`).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256, sha384, sha512

from certify.trust.keys import to_text
from certify.trust.scrutiny import (
    LOG,
    Audited,
    Disagreement,
    Get,
    disagreeing,
    is_on_the_way,
    side_by_side,
)

ANCHORS = f"{LOG}anchor/"

TST_INFO = bytes.fromhex("2a864886f70d0109100104")
HASHES = {bytes.fromhex(f"60864801650304020{place}"): made for place, made in enumerate((sha256, sha384, sha512), 1)}
"""Identifiers as DER writes them: what a time-stamp states (1.2.840.113549.1.9.16.1.4), and SHA-2."""


def check_stamps(get: Get, found: Audited, places: Iterable[int], *, workers: int = 8) -> int:
    """Hold the token and the head beside it against each of the entries at these places; return how many they were.

    Two small files an entry. Raises Disagreement.
    """
    return sum(1 for _ in side_by_side(lambda place: _check_stamp(get, found, place), places, workers))


def _check_stamp(get: Get, found: Audited, place: int) -> None:
    about, name = f"the time-stamp of entry {place}: ", found.ledger.anchors[place]
    with disagreeing(about):
        token, note = (get(f"{ANCHORS}{name}.{kind}") for kind in ("tst", "checkpoint"))
        if to_text(sha256(token).digest()) != name:
            raise Disagreement(f"{about}its token is not the one that the log tells")
        head = found.manifest.open_head(note.decode())[0].checkpoint
        if not is_on_the_way(head, found):
            raise Disagreement(f"{about}its head is not on the way to the one published")
        if head.size > place:
            raise Disagreement(f"{about}its head is newer than the entry")
        made, digest = imprint_of(token)
        if made not in HASHES or HASHES[made](note).digest() != digest:
            raise Disagreement(f"{about}it is over something else than the head beside it")


def imprint_of(token: bytes) -> tuple[bytes, bytes]:
    """Return what a time-stamp token (DER) is over: the identifier of a hash, and what that came to.

    Raises ValueError, IndexError: it is no such token.
    """
    content = _inside(token, 0, 1, 0, 2)  # ContentInfo, [0], SignedData: its third part says what is signed
    if _inside(content, 0) != TST_INFO:
        raise ValueError("it states no time")
    imprint = _inside(content, 1, 0, 0, 2)  # [0], OCTET STRING, TSTInfo: its third part is the imprint
    return _inside(imprint, 0, 0), _inside(imprint, 1)


def _inside(der: bytes, *path: int) -> bytes:
    """Return what a value holds, of those that stand one behind the other; then, along the path, of those inside it."""
    for place in path:
        contents, begin = [], 0
        while begin < len(der):
            length, begin = der[begin + 1], begin + 2
            if length > 127:
                length, begin = int.from_bytes(der[begin : begin + length - 128]), begin + length - 128
            contents.append(der[begin : begin + length])
            begin += length
        if begin > len(der):
            raise ValueError("it is cut")
        der = contents[place]
    return der
