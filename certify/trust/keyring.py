"""The keys that a running label holds, and the signed statement of what each may sign (`trust.md` §3.9).

In its folder: one file a private key (`seal-26.pem`, `vc-26.pem`, `status-26.pem`, `log.pem`, `pin-26.key`) and the
trust manifest as it is published. The three roots live elsewhere, each with somebody else, and are brought together,
two at least, only to sign another manifest: when a key is made, retired or compromised. Of a role, the key that signs
is the last one that the manifest names and that still counts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from certify.trust.keys import FileSigner, KeyState, Signer, to_bytes, to_text
from certify.trust.manifest import Manifest

PUBLISHED = "tdm-trust.json"


class NoKeys(Exception):
    """There are no keys where they should be, or they are not the ones that the manifest names."""


@dataclass(frozen=True)
class Keyring:
    """The keys of a label. `published` is the signed manifest as it goes out, `manifest` what it says."""

    folder: Path
    published: Mapping[str, Any]
    manifest: Manifest

    @property
    def did(self) -> str:
        """The name of the label among decentralised identifiers: its host."""
        return did_of(self.manifest.hosts[0])

    def signer(self, role: str) -> tuple[str, Signer]:
        """Return the key id and the key that signs statements of a role, "vc" or "status"."""
        kid = list(self.manifest.keys[role])[-1]
        return kid, self._read(kid.partition("#")[2])

    @property
    def seal_kid(self) -> int:
        """The byte of the key that seals now. Raises NoKeys when none may."""
        active = [kid for kid, key in self.manifest.seals.items() if key.state is KeyState.ACTIVE]
        if not active:
            raise NoKeys("No key may seal: make one with `flask --app certify keys rotate seal`.")
        return active[-1]

    @property
    def seal_signer(self) -> Signer:
        """The key that seals now."""
        return self._read(f"seal-{self.seal_kid}")

    @cached_property
    def log_signer(self) -> Signer:
        """The key of the public log."""
        return self._read("log")

    @property
    def pin_key(self) -> bytes:
        """The key of opening numbers of this year."""
        return self.pin_key_of(max(years_of_pins(self.folder)))

    def pin_key_of(self, year: int) -> bytes:
        """Return the 32 bytes of the key of opening numbers of a year (two digits). Raises NoKeys."""
        try:
            return (self.folder / f"pin-{year:02}.key").read_bytes()
        except FileNotFoundError as error:
            raise NoKeys(f"There is no key of opening numbers of the year {year}.") from error

    def _read(self, name: str) -> Signer:
        return read_signer(self.folder, name)


def read_signer(folder: Path, name: str) -> Signer:
    """Return the private key of a name: the one place that knows where keys live. Raises NoKeys.

    A file `name.toml` tells of a key in a token, `name.pem` holds one.
    """
    try:
        if (folder / f"{name}.toml").exists():
            from certify.trust.token_signer import TokenSigner  # noqa: PLC0415 - only who has a token has its package

            return TokenSigner.read(folder / f"{name}.toml")
        return FileSigner.read(folder / f"{name}.pem")
    except (ImportError, FileNotFoundError, PermissionError, ValueError) as error:
        raise NoKeys(str(error)) from error


def read_keyring(folder: Path) -> Keyring:
    """Read the keys of a folder. Raises NoKeys when there are none."""
    try:
        published = json.loads((folder / PUBLISHED).read_text())
        said = Manifest.of(_payload(published))
    except FileNotFoundError as error:
        raise NoKeys(f"There are no keys in {folder}: make them with `flask --app certify keys init`.") from error
    except (KeyError, ValueError) as error:
        raise NoKeys(f"The trust manifest in {folder} cannot be read: {error}") from error
    return Keyring(folder, published, said)


def did_of(host: str) -> str:
    """Return the did:web of a host; a port is written %3A."""
    return f"did:web:{host.replace(':', '%3A')}"


def jwks_of(manifest: Manifest) -> dict[str, Any]:
    """Return the keys of statements as a JWK set, for readers that know nothing else (RFC 7517, RFC 8037)."""
    keys = [(kid, public) for role in manifest.keys.values() for kid, public in role.items()]
    return {
        "keys": [
            {"kty": "OKP", "crv": "Ed25519", "alg": "Ed25519", "use": "sig", "kid": kid, "x": to_text(public)}
            for kid, public in keys
        ]
    }


def did_document(did: str, manifest: Manifest) -> dict[str, Any]:
    """Return the DID document of the label: the keys of its credentials and lists (did:web, JsonWebKey)."""
    methods = [
        {
            "id": key["kid"],
            "type": "JsonWebKey",
            "controller": did,
            "publicKeyJwk": {"kty": key["kty"], "crv": key["crv"], "x": key["x"]},
        }
        for key in jwks_of(manifest)["keys"]
    ]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/jwk/v1"],
        "id": did,
        "verificationMethod": methods,
        "assertionMethod": [method["id"] for method in methods],
    }


def _payload(published: Mapping[str, Any]) -> bytes:
    return to_bytes(published["payload"])


def years_of_pins(folder: Path) -> list[int]:
    """Return the years (two digits) that have a key of opening numbers. Raises NoKeys when none has."""
    found = [int(path.stem.rpartition("-")[2]) for path in folder.glob("pin-*.key")]
    if not found:
        raise NoKeys(f"There is no key of opening numbers in {folder}.")
    return found
