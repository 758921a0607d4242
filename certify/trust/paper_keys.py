"""The certificates and the key that seal papers: an own root, and under it a certificate of the year (`trust.md` §3.9).

RSA-3072: what it gives that P-256 does not is written in `docs/proof.md`, with the figures. A seal that a provider of
trust keeps in its own hardware is another class with the three members of `PaperSealer`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from cryptography.x509.oid import NameOID

from certify.trust.keys import read_secret

if TYPE_CHECKING:
    from certify.trust.paper_token import TokenSealer

ROOT, SEAL = "paper-root", "paper-seal"
BITS, EXPONENT = 3072, 65537
ROOT_YEARS, SEAL_YEARS = 20, 3
YEAR = timedelta(days=365)


class PaperSealer(Protocol):
    """Whatever holds the key of the seal: a file, a token, a service."""

    certificate: bytes
    """The sealing certificate, DER."""

    chain: Sequence[bytes]
    """The certificates above it, the root last, DER."""

    def sign(self, message: bytes) -> bytes:
        """Return the signature of `message`: RSA with SHA-256, PKCS #1 v1.5 (RFC 8017)."""


@dataclass(frozen=True)
class FileSealer:
    """A sealing key in a PEM file, readable by the service alone."""

    certificate: bytes
    chain: tuple[bytes, ...]
    private: RSAPrivateKey

    def sign(self, message: bytes) -> bytes:
        """Return the signature of `message`; the same message gives the same bytes."""
        return self.private.sign(message, PKCS1v15(), hashes.SHA256())


def make_paper_keys(folder: Path, roots: Path, organisation: str, at: datetime) -> None:
    """Make the root of papers and the first certificate under it.

    `folder` gets `paper-root.crt`, `paper-seal.key` and `paper-seal.crt`; `roots`, which leaves this machine, gets
    `paper-root.key`, needed again only to rotate. Raises FileExistsError: no key is ever overwritten.
    """
    private = generate_private_key(EXPONENT, BITS)
    name = _name(organisation, "Papers root")
    root = _certified(name, private.public_key(), (name, private), at, ROOT_YEARS)
    _write_key(roots / f"{ROOT}.key", private)
    _write(folder / f"{ROOT}.crt", root.public_bytes(Encoding.PEM), 0o644)
    _make_seal(folder, roots, at)


def rotate_paper_seal(folder: Path, roots: Path, at: datetime) -> None:
    """Replace the key of the seal by a new one under the same root, whose key is in `roots`.

    The old certificate stays, as `paper-seal-` and the moment it began: what it sealed carries it and is judged by it
    for ever. The old private key is destroyed; the new one may be in a token, which `paper-seal.toml` names. Killed on
    the way and done again, it comes to the same. Raises FileNotFoundError without the key of the root.
    """
    _read_key(roots / f"{ROOT}.key")
    current = folder / f"{SEAL}.crt"
    began = x509.load_pem_x509_certificate(current.read_bytes()).not_valid_before_utc
    retired = folder / f"{SEAL}-{began:%Y%m%dT%H%M%S}.crt"
    retired.write_bytes(current.read_bytes())
    _make_seal(folder, roots, at)


def read_paper_sealer(folder: Path) -> PaperSealer:
    """Read the sealing key, in a file or, where `paper-seal.toml` tells so, in a token.

    Raises FileNotFoundError, PermissionError when others may read it, ValueError, ImportError without `python-pkcs11`.
    """
    certificate = x509.load_pem_x509_certificate((folder / f"{SEAL}.crt").read_bytes())
    written, chain = certificate.public_bytes(Encoding.DER), tuple(read_paper_roots(folder)[:1])
    sealer = _in_token(folder, written, chain)
    if sealer is None:
        private = _read_key(folder / f"{SEAL}.key")
        sealer, public = FileSealer(written, chain, private), private.public_key()
    else:
        public = sealer.public()
    if certificate.public_key() != public:
        raise ValueError(f"{SEAL}.crt is the certificate of another key than the one that seals")
    return sealer


def read_paper_roots(folder: Path) -> list[bytes]:
    """Read every root that papers were ever sealed under, DER: `paper-root.crt` first, then older `paper-root-*.crt`.

    Raises FileNotFoundError when there is none.
    """
    paths = [folder / f"{ROOT}.crt", *sorted(folder.glob(f"{ROOT}-*.crt"))]
    return [x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) for path in paths]


def read_paper_certificates(folder: Path) -> list[bytes]:
    """Read every certificate that papers were ever sealed with, DER, the present one last; none without keys."""
    paths = sorted(folder.glob(f"{SEAL}-*.crt")) + [path for path in [folder / f"{SEAL}.crt"] if path.exists()]
    return [x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) for path in paths]


def read_stamp_roots(folder: Path) -> list[bytes]:
    """Read the certificates that time-stamps are trusted under, DER: `tsa-*.crt`; none when no authority is used."""
    paths = sorted(folder.glob("tsa-*.crt"))
    return [x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) for path in paths]


def _make_seal(folder: Path, roots: Path, at: datetime) -> None:
    """Certify the key in the token that `paper-seal.toml` names; make one in a file where there is none."""
    sealer, key = _in_token(folder), folder / f"{SEAL}.key"
    if sealer:
        _certify(folder, roots, sealer.public(), at)
        key.unlink(missing_ok=True)
        return
    private = generate_private_key(EXPONENT, BITS)
    made = key.with_name(f"{SEAL}.key.new")
    made.unlink(missing_ok=True)
    _write_key(made, private)
    made.replace(key)
    _certify(folder, roots, private.public_key(), at)


def _certify(folder: Path, roots: Path, public: RSAPublicKey, at: datetime) -> None:
    """Write the sealing certificate of a public key, signed by the root whose key is in `roots`."""
    root = x509.load_pem_x509_certificate((folder / f"{ROOT}.crt").read_bytes())
    organisation = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    subject = _name(str(organisation), f"Seal of papers {at:%Y}")
    certificate = _certified(subject, public, (root.subject, _read_key(roots / f"{ROOT}.key")), at, SEAL_YEARS)
    half = folder / f"{SEAL}.new"
    half.write_bytes(certificate.public_bytes(Encoding.PEM))
    half.chmod(0o644)
    half.replace(folder / f"{SEAL}.crt")


def _in_token(folder: Path, certificate: bytes = b"", chain: tuple[bytes, ...] = ()) -> TokenSealer | None:
    """Return the sealer in the token that `paper-seal.toml` tells of; None without that file."""
    told = folder / f"{SEAL}.toml"
    if not told.exists():
        return None
    from certify.trust.paper_token import TokenSealer  # noqa: PLC0415 - only who has a token has its package

    return TokenSealer.read(told, certificate, chain)


def _name(organisation: str, common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "MA"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certified(
    subject: x509.Name, public: RSAPublicKey, issuer: tuple[x509.Name, RSAPrivateKey], at: datetime, years: int
) -> x509.Certificate:
    """Write a certificate; that of the seal may sign and not repudiate, that of the root may certify, nothing else."""
    name, private = issuer
    is_root = public == private.public_key()
    usage = x509.KeyUsage(not is_root, not is_root, False, False, False, is_root, is_root, False, False)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(name)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(at)
        .not_valid_after(at + years * YEAR)
        .add_extension(x509.BasicConstraints(is_root, 0 if is_root else None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(private.public_key()), critical=False)
        .sign(private, hashes.SHA256())
    )


def _write_key(path: Path, private: RSAPrivateKey) -> None:
    _write(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)


def _write(path: Path, content: bytes, mode: int) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _read_key(path: Path) -> RSAPrivateKey:
    return _loaded_key(path, read_secret(path))


@lru_cache(maxsize=4)
def _loaded_key(path: Path, pem: bytes) -> RSAPrivateKey:
    """Load a key once: OpenSSL checks it for a tenth of a second, and the worker looks for papers each second."""
    private = load_pem_private_key(pem, None)
    if not isinstance(private, RSAPrivateKey):
        raise ValueError(f"{path} holds another kind of key than RSA")
    return private
