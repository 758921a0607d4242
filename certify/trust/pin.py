"""The opening number under the scratch field: derived, never stored (`trust.md` §3.4)."""

from __future__ import annotations

import hmac
from hashlib import sha256

from certify.trust.seal import Identity

DOMAIN = b"tdm-pin-v1\n"
DIGITS = 8


def opening_pin(identity: Identity, key: bytes) -> str:
    """Return the eight digits that belong to a pack; `key` is the 32 bytes of the year's HMAC key."""
    digest = hmac.digest(key, DOMAIN + identity.path.encode() + b"\n", sha256)
    return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"


def is_pin(identity: Identity, typed: str, key: bytes) -> bool:
    """Tell whether the digits typed are those of this pack, in constant time."""
    return hmac.compare_digest(opening_pin(identity, key), typed)
