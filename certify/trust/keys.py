"""Keys of the proof layer: what signs, what it is for, how long it counts (`trust.md` §3.9)."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Protocol

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from certify.workflows.machine import Term
from certify.workflows.words import N_


class KeyState(Term):
    """Whether a signature by this key still counts."""

    ACTIVE = "active", N_("In use")
    RETIRED = "retired", N_("Verifies, signs no more")
    COMPROMISED = "compromised", N_("Compromised")


VERIFIES_FOR = {"seal": 5, "vc": 5, "status": 1}
"""Years for which a key goes on verifying after the one in which it signs: a seal as TDM-1 says, a credential as long
as any licence; a list is out of date after three days, and its key a year later.
"""


def signs_until(role: str, valid_to: date) -> date:
    """Return the last day on which a key of a role signs, from the last on which it verifies."""
    return date(valid_to.year - VERIFIES_FOR[role], 12, 31)


class Signer(Protocol):
    """Whatever holds an Ed25519 key: a file, a token, a service. One class each; nothing else knows which."""

    def public(self) -> bytes:
        """Return the 32 bytes of the public key."""

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature of `message` (RFC 8032, pure)."""


@dataclass(frozen=True)
class SealKey:
    """A public key that seals packs: `kid` is the byte in the seal, 1 to 255."""

    kid: int
    public: bytes
    valid_from: date
    valid_to: date
    state: KeyState = KeyState.ACTIVE

    def may_seal(self, on: date) -> bool:
        """Whether it seals on a day: it is in use, and its year is not over."""
        return self.state is KeyState.ACTIVE and on <= signs_until("seal", self.valid_to)


class FileSigner:
    """A key in a PEM file (PKCS#8), readable by the service alone."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def make(cls, path: Path) -> FileSigner:
        """Make a key and write it to `path`, mode 0600. Raises FileExistsError: a key is never overwritten."""
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(pem)
            file.flush()
            os.fsync(file.fileno())
        return cls(private)

    @classmethod
    def read(cls, path: Path) -> FileSigner:
        """Read the key at `path`. Raises FileNotFoundError, PermissionError when others may read it, ValueError."""
        private = load_pem_private_key(read_secret(path), None)
        if not isinstance(private, Ed25519PrivateKey):
            raise ValueError(f"{path} holds another kind of key than Ed25519")
        return cls(private)

    @classmethod
    def of_seed(cls, seed: bytes) -> FileSigner:
        """Return the key of a 32-byte seed, as the test vectors state theirs."""
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def public(self) -> bytes:
        """Return the 32 bytes of the public key."""
        return self._private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def sign(self, message: bytes) -> bytes:
        """Return the 64 bytes of the signature of `message`."""
        return self._private.sign(message)


def read_secret(path: Path) -> bytes:
    """Return what a file holds that the service alone may read: a key, or the PIN of a token.

    Raises FileNotFoundError, and PermissionError when others may read it: it may have been copied, so it is not used.
    """
    with path.open("rb") as file:
        if os.fstat(file.fileno()).st_mode & 0o077:
            raise PermissionError(f"{path} can be read by others: chmod 600 {path}")
        return file.read()


def is_signed(message: bytes, signature: bytes, public: bytes) -> bool:
    """Tell whether `signature` (64 bytes) is that of `message` by the key `public` (32 bytes)."""
    try:
        _public_key(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


@lru_cache(64)
def _public_key(public: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(public)


def to_text(content: bytes) -> str:
    """Write bytes in base64url without padding, as JOSE does."""
    return urlsafe_b64encode(content).rstrip(b"=").decode()


def to_bytes(text: str) -> bytes:
    """Read base64url without padding. Raises ValueError for anything but the one way of writing those bytes."""
    content = urlsafe_b64decode(text + "=" * (-len(text) % 4))
    if to_text(content) != text:
        raise ValueError("not canonical base64url")
    return content
