"""The opening number under the scratch field: derived, never stored (`trust.md` §3.4); the receipt of an opening."""

from __future__ import annotations

import hmac
from hashlib import sha256

from certify.trust.seal import Identity

DOMAIN, RECEIPT_DOMAIN = b"tdm-pin-v1\n", b"tdm-receipt-v1\n"
DIGITS = 8


def opening_pin(identity: Identity, key: bytes) -> str:
    """Return the eight digits that belong to a pack; `key` is the 32 bytes of the year's HMAC key."""
    digest = hmac.digest(key, DOMAIN + identity.path.encode() + b"\n", sha256)
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"


def is_pin(identity: Identity, typed: str, key: bytes) -> bool:
    """Tell whether the digits typed are those of this pack, in constant time."""
    return hmac.compare_digest(opening_pin(identity, key), typed)


def receipt_tag(identity: Identity, receipt: str, key: bytes) -> bytes:
    """Return the 32 bytes by which the receipt of an opening is known again; nobody finds the receipt from them."""
    return hmac.digest(key, RECEIPT_DOMAIN + f"{identity.path}\n{receipt}\n".encode(), sha256)
