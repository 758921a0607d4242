"""The seal of papers in a PKCS #11 token (SoftHSM2, a card, a hardware module): the key never leaves it.

The one module that needs the package `python-pkcs11`. `instance/config.py` names it:
    from certify.trust.paper_token import TokenSealer
    PAPER_SEALER = TokenSealer.of(Path("…/keys"), library="/usr/lib/…/libsofthsm2.so", token="…", key="…", pin="…")
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

import pkcs11
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from certify.trust.paper_keys import SEAL, read_paper_roots


@dataclass(frozen=True)
class TokenSealer:
    """A sealing key known by its label in a token; `pin` opens it and is never shown."""

    certificate: bytes
    chain: tuple[bytes, ...]
    library: str
    token: str
    key: str
    pin: str = field(repr=False)

    @classmethod
    def of(cls, folder: Path, *, library: str, token: str, key: str, pin: str) -> Self:
        """Read the certificates beside the other keys; `certify_paper_key` wrote that of the token's public key."""
        certificate = x509.load_pem_x509_certificate((folder / f"{SEAL}.crt").read_bytes())
        chain = tuple(read_paper_roots(folder)[:1])
        return cls(certificate.public_bytes(Encoding.DER), chain, library, token, key, pin)

    def sign(self, message: bytes) -> bytes:
        """Have the token sign; a session for each paper, so that a token taken out and put back goes on."""
        token = pkcs11.lib(self.library).get_token(token_label=self.token)
        with token.open(user_pin=self.pin) as session:
            key = session.get_key(object_class=pkcs11.ObjectClass.PRIVATE_KEY, label=self.key)
            return key.sign(message, mechanism=pkcs11.Mechanism.SHA256_RSA_PKCS)
