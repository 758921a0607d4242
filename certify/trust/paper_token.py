"""The seal of papers in a PKCS #11 token: the key never leaves it. As `token_signer`, it needs `python-pkcs11`.

In the place of `paper-seal.key` a file `paper-seal.toml` names it, as `token_signer` describes; `paper-seal.crt` is
beside it, written by `keys init` and `keys rotate paper` as for a key in a file, or bought from a provider.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pkcs11
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key
from pkcs11.util.rsa import encode_rsa_public_key

from certify.trust.keys import read_secret


@dataclass(frozen=True)
class TokenSealer:
    """An RSA key known by its label in a token; `pin` opens it and is never shown."""

    certificate: bytes
    chain: tuple[bytes, ...]
    library: str
    token: str
    key: str
    pin: str = field(repr=False)

    @classmethod
    def read(cls, path: Path, certificate: bytes, chain: tuple[bytes, ...]) -> Self:
        """Read where the key of a certificate is. Raises ValueError when the file does not say it, OSError."""
        said = tomllib.loads(path.read_text())
        try:
            pin = read_secret(Path(said["pin_file"])).decode().strip()
            return cls(certificate, chain, said["library"], said["token"], said["key"], pin)
        except KeyError as missing:
            raise ValueError(f"{path} does not name {missing}") from missing

    def public(self) -> RSAPublicKey:
        """Return the public key."""
        with self._session() as session:
            key = session.get_key(object_class=pkcs11.ObjectClass.PUBLIC_KEY, label=self.key)
            return load_der_public_key(encode_rsa_public_key(key))

    def sign(self, message: bytes) -> bytes:
        """Have the token sign; a session for each paper, so that a token taken out and put back goes on."""
        with self._session() as session:
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self.key)
            return bytes(key.sign(message, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS))

    def _session(self) -> pkcs11.Session:
        return pkcs11.lib(self.library).get_token(token_label=self.token).open(user_pin=self.pin)
