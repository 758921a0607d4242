"""Passwords as they are kept: argon2id, with the parameters OWASP asks for, renewed when these change."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """Return what is kept of a password; it takes some 30 ms and 19 MiB, on purpose."""
    return HASHER.hash(password)


def is_password(typed: str, kept: str | None) -> bool:
    """Tell whether `typed` is the password; it takes as long when nothing is kept, so that time tells nothing."""
    try:
        return HASHER.verify(kept or _of_nobody(), typed) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Tell whether a kept password was made with other parameters than today's."""
    return HASHER.check_needs_rehash(kept)


def stamp(kept: str | None) -> str:
    """Return a trace of the present password: sessions and links carry it, and die when the password changes."""
    return sha256((kept or "").encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _of_nobody() -> str:
    return HASHER.hash("nobody has this password")
