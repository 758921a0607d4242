"""An Ed25519 key in a PKCS #11 token (SoftHSM2, YubiHSM 2, a cloud’s module): it never leaves it.

The one module that needs the package `python-pkcs11`. Where a key would be `vc-26.pem`, a file `vc-26.toml` names it:

    library = "/usr/lib/softhsm/libsofthsm2.so"
    token = "terroir"
    key = "vc-26"
    pin_file = "/run/secrets/token-pin"
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Self

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from pkcs11 import Attribute, KeyType, Mechanism, ObjectClass

from certify.trust.keys import read_secret

POINT = b"\x04\x20"
"""What stands before the 32 bytes of a public key in a token: an OCTET STRING of that length."""


@dataclass(frozen=True)
class TokenSigner:
    """A key known by its label in a token; a session for each signature, so that a token put back goes on."""

    library: str
    token: str
    key: str
    pin: str = field(repr=False)

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read where a key is. Raises ValueError when the file does not say it, OSError when it cannot be read.

        The file of the PIN is for the service alone, like a key.
        """
        said = tomllib.loads(path.read_text())
        try:
            return cls(
                said["library"], said["token"], said["key"], read_secret(Path(said["pin_file"])).decode().strip()
            )
        except KeyError as missing:
            raise ValueError(f"{path} does not name {missing}") from missing

    def public(self) -> bytes:
        """Return the 32 bytes of the public key."""
        return self._public

    @cached_property
    def _public(self) -> bytes:
        with self._session() as session:
            key = session.get_key(object_class=ObjectClass.PUBLIC_KEY, key_type=KeyType.EC_EDWARDS, label=self.key)
            point = bytes(key[Attribute.EC_POINT])
        public = point.removeprefix(POINT)
        Ed25519PublicKey.from_public_bytes(public)
        return public

    def sign(self, message: bytes) -> bytes:
        """Have the token sign."""
        with self._session() as session:
            key = session.get_key(object_class=ObjectClass.PRIVATE_KEY, key_type=KeyType.EC_EDWARDS, label=self.key)
            return bytes(key.sign(message, mechanism=Mechanism.EDDSA))

    def _session(self) -> pkcs11.Session:
        return pkcs11.lib(self.library).get_token(token_label=self.token).open(user_pin=self.pin)
