"""Signed statements in JOSE: compact JWS with one algorithm, an exact type and a key of the right role.

`Ed25519` is the name of RFC 9864; `EdDSA` is accepted when reading. The payload is canonical JSON, yet what is verified
is bytes: nobody who reads ever writes it again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from certify.trust.keys import Signer, is_signed, to_bytes, to_text
from certify.workflows.evidence import canonical

ALGORITHMS = frozenset({"Ed25519", "EdDSA"})


class Untrusted(ValueError):
    """A statement that must not be believed; the message says why, for a log."""


def sign(payload: Mapping[str, Any], *, kind: str, kid: str, signer: Signer) -> str:
    """Return the compact JWS of `payload`; `kind` is its media type without "application/" (`vc+jwt`)."""
    header = protected(kind, kid)
    signed = f"{header}.{to_text(canonical(payload).encode())}"
    return f"{signed}.{to_text(signer.sign(signed.encode()))}"


def read(token: str, *, kind: str, keys: Mapping[str, bytes]) -> dict[str, Any]:
    """Return the payload of a compact JWS of this kind, by one of `keys` (32 bytes each, by key id).

    `keys` holds the keys of the one role that may sign this kind. Raises Untrusted.
    """
    try:
        header, payload, signature = token.split(".")
        check(header, f"{header}.{payload}", signature, kind=kind, keys=keys)
        return json.loads(to_bytes(payload))
    except (ValueError, UnicodeDecodeError) as error:
        raise Untrusted(str(error)) from error


def check(header: str, signed: str, signature: str, *, kind: str, keys: Mapping[str, bytes]) -> str:
    """Return the id of the key that signed; raises ValueError when the header or the signature is not as it must be."""
    said = json.loads(to_bytes(header))
    if set(said) != {"alg", "typ", "kid"} or said["alg"] not in ALGORITHMS or said["typ"] != kind:
        raise ValueError(f"this is no {kind}")
    if said["kid"] not in keys:
        raise ValueError(f"the key {said['kid']} may not sign a {kind}")
    if not is_signed(signed.encode(), to_bytes(signature), keys[said["kid"]]):
        raise ValueError("the signature is not of this text")
    return said["kid"]


def protected(kind: str, kid: str) -> str:
    """Return the header, encoded: the algorithm, the kind, the key."""
    header = {"alg": "Ed25519", "typ": kind, "kid": kid}
    return to_text(json.dumps(header, separators=(",", ":")).encode())
