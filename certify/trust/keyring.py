"""The keys that a running label holds, and the signed statement of what each may sign (`trust.md` §3.9).

In its folder: one file a private key (`seal-26.pem`, `vc-26.pem`, `status-26.pem`, `log.pem`, `pin-26.key`) and the
trust manifest as it is published. The three roots live elsewhere, each with somebody else, and are brought together,
two at least, only to sign another manifest: when a key is made, retired or compromised. Of a role, the key that signs
is the last one that the manifest names and that still counts; past its year, or under a manifest that has ended, none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from certify.trust.keys import FileSigner, KeyState, Signer, read_secret, signs_until, to_bytes, to_text
from certify.trust.manifest import Manifest

PUBLISHED = "tdm-trust.json"


class NoKeys(Exception):
    """There are no keys where they should be, or they are not the ones that the manifest names."""


class GivenUp(NoKeys):
    """A key of opening numbers was stolen and put away: no number by it proves anything any more."""


@dataclass(frozen=True)
class Keyring:
    """The keys of a label at a moment. `published` is the signed manifest as it goes out, `manifest` what it says."""

    folder: Path
    published: Mapping[str, Any]
    manifest: Manifest
    at: datetime

    @property
    def did(self) -> str:
        """The name of the label among decentralised identifiers: its host."""
        return did_of(self.manifest.hosts[0])

    def signer(self, role: str) -> tuple[str, Signer]:
        """Return the key id and the key that signs statements of a role, "vc" or "status". Raises NoKeys when none may.

        A list must go on being signed: its key does so as long as it verifies, the others for their year.
        """
        self.must_stand()
        kid = next(reversed(self.manifest.keys.get(role, {})), None)
        until = self._signs_until(role, kid) if kid and role != "status" else None
        if kid is None or (until and until < self.at.date()):
            raise NoKeys(f"No key may sign any more: make one with `flask --app certify keys rotate {role}`.")
        return kid, self._read(kid.partition("#")[2])

    @property
    def seal_kid(self) -> int:
        """The byte of the key that seals now. Raises NoKeys when none may."""
        self.must_stand()
        active = [kid for kid, key in self.manifest.seals.items() if key.may_seal(self.at.date())]
        if not active:
            raise NoKeys("No key may seal: make one with `flask --app certify keys rotate seal`.")
        return active[-1]

    def must_stand(self) -> None:
        """Raise NoKeys when the manifest has ended: nobody believes anything under it."""
        if not self.stands:
            ended = f"{self.manifest.expires_at:%Y-%m-%d}"
            raise NoKeys(f"The trust manifest ended on {ended}: each `flask --app certify keys rotate` renews it.")

    @property
    def stands(self) -> bool:
        """Whether the manifest has not ended."""
        return self.at < self.manifest.expires_at

    def ends(self) -> dict[str, date]:
        """Return the last day of the manifest and of what signs now, by name: by then others must be in their place."""
        seals = [(kid, key) for kid, key in self.manifest.seals.items() if key.state is KeyState.ACTIVE]
        found = {f"seal-{kid}": signs_until("seal", key.valid_to) for kid, key in seals[-1:]}
        for role, keys in self.manifest.keys.items():
            for kid in list(keys)[-1:]:
                until = self._signs_until(role, kid)
                found |= {kid.partition("#")[2]: until} if until else {}
        return found | {"tdm-trust": self.manifest.expires_at.date()}

    def _signs_until(self, role: str, kid: str) -> date | None:
        valid_to = self.manifest.terms.get(kid)
        return signs_until(role, valid_to) if valid_to else None

    @property
    def seal_signer(self) -> Signer:
        """The key that seals now."""
        return self._read(f"seal-{self.seal_kid}")

    @cached_property
    def log_signer(self) -> Signer:
        """The key of the public log; its file bears the name of the log."""
        return self._read(self.manifest.log.below)

    @property
    def pin_key(self) -> bytes:
        """The key of opening numbers of this year."""
        return self.pin_key_of(max(years_of_pins(self.folder)))

    def pin_key_of(self, year: int) -> bytes:
        """Return the 32 bytes of the key of opening numbers of a year (two digits). Raises NoKeys, or GivenUp."""
        path = self.folder / f"pin-{year:02}.key"
        try:
            return read_secret(path)
        except FileNotFoundError as error:
            absence = GivenUp if put_away(path).exists() else NoKeys
            raise absence(f"There is no key of opening numbers of the year {year}.") from error
        except PermissionError as error:
            raise NoKeys(str(error)) from error

    def _read(self, name: str) -> Signer:
        return read_signer(self.folder, name)


def put_away(path: Path) -> Path:
    """Return where the file of a stolen key is put."""
    return path.with_name(f"{path.name}.compromised")


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


def read_keyring(folder: Path, at: datetime) -> Keyring:
    """Read the keys of a folder, for use at a moment. Raises NoKeys when there are none."""
    try:
        published = json.loads((folder / PUBLISHED).read_text())
        said = Manifest.of(_payload(published), at.date())
    except FileNotFoundError as error:
        raise NoKeys(f"There are no keys in {folder}: make them with `flask --app certify keys init`.") from error
    except (KeyError, ValueError) as error:
        raise NoKeys(f"The trust manifest in {folder} cannot be read: {error}") from error
    return Keyring(folder, published, said, at)


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
