"""How evidence is written down so that no one can change it unseen: one canonical text, one chain of hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from hashlib import sha256

GENESIS = "0" * 64
"""What the first event of a subject follows."""


def canonical(content: Mapping[str, object]) -> str:
    """Write JSON the one way: sorted keys, no spaces, letters as they are (RFC 8785 but for its numbers)."""
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def fingerprint(content: Mapping[str, object]) -> str:
    """Return the SHA-256 of the canonical text, 64 hexadecimal digits."""
    return sha256(canonical(content).encode()).hexdigest()
