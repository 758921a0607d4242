"""The certificates and the key that seal papers: an own root, and under it a certificate of the year (`trust.md` §3.9).

RSA-3072: what it gives that P-256 does not is written in `docs/proof.md`, with the figures. A seal that a provider of
trust keeps in its own hardware is another class with the three members of `PaperSealer`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from string import ascii_lowercase
from typing import TYPE_CHECKING, Protocol

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from certify.trust.keys import read_secret
from certify.trust.paper_certificates import certify_root, certify_seal, is_issued_by
from certify.trust.whole import write_whole

if TYPE_CHECKING:
    from certify.trust.paper_token import TokenSealer

ROOT, SEAL = "paper-root", "paper-seal"
BITS, EXPONENT = 3072, 65537


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
    _write_key(roots / f"{ROOT}.key", private)
    _write(folder / f"{ROOT}.crt", certify_root(private, organisation, at), 0o644)
    _make_seal(folder, roots, at)


def rotate_paper_seal(folder: Path, roots: Path, at: datetime) -> None:
    """Replace the key of the seal by a new one under the same root, whose key is in `roots`.

    The old certificate stays, as `paper-seal-` and the moment it began: what it sealed carries it and is judged by it
    for ever. The old private key is destroyed; the new one may be in a token, which `paper-seal.toml` names. Killed on
    the way and done again, it comes to the same. Raises FileNotFoundError without the key of the root, ValueError when
    it is that of another: then nothing has changed.
    """
    root = x509.load_pem_x509_certificate((folder / f"{ROOT}.crt").read_bytes())
    if _read_key(roots / f"{ROOT}.key").public_key() != root.public_key():
        raise ValueError(f"{ROOT}.key in {roots} is not that of the present root of papers: bring the other stick.")
    _retire(folder / f"{SEAL}.crt")
    _make_seal(folder, roots, at)


def replace_paper_root(folder: Path, new_roots: Path, organisation: str, at: datetime) -> None:
    """Put another root of papers in the place of the present one, and a new key of the seal under it.

    `new_roots` gets the new `paper-root.key`; the old one is not needed. Both old certificates stay, each with the
    moment it began in its name: papers under them are judged as before. Killed on the way and done again with the same
    `new_roots`, it comes to the same; until then there is no seal that can be read, and papers wait. Raises
    FileExistsError when `new_roots` holds the key of a root that is or was ours, FileNotFoundError when there is none
    to replace.
    """
    present, path = folder / f"{ROOT}.crt", new_roots / f"{ROOT}.key"
    roots = [x509.load_der_x509_certificate(root) for root in read_paper_roots(folder)]
    seal = x509.load_pem_x509_certificate((folder / f"{SEAL}.crt").read_bytes())
    if not path.exists():
        _make_key(path)
    private = _read_key(path)
    is_begun = private.public_key() == roots[0].public_key() and not is_issued_by(seal, roots[0])
    if not is_begun:
        if private.public_key() in [root.public_key() for root in roots]:
            raise FileExistsError(f"{path} is the key of a root that papers have already: bring another stick.")
        _retire(present)
        write_whole(present, certify_root(private, organisation, at), is_durable=True)
    _retire(folder / f"{SEAL}.crt")
    _make_seal(folder, new_roots, at)


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
    if not is_issued_by(certificate, x509.load_der_x509_certificate(chain[0])):
        raise ValueError(f"{SEAL}.crt is not under {ROOT}.crt: finish with the key of that root what was begun")
    return sealer


def read_paper_roots(folder: Path) -> list[bytes]:
    """Read every root that papers were ever sealed under, DER, in the order of `list_paper_roots`.

    Raises FileNotFoundError when there is none.
    """
    paths = list_paper_roots(folder)
    return [x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) for path in paths]


def list_paper_roots(folder: Path) -> list[Path]:
    """List the files of the roots: the present one first, there or not, then the older `paper-root-*.crt`."""
    return [folder / f"{ROOT}.crt", *sorted(folder.glob(f"{ROOT}-*.crt"))]


def read_paper_certificates(folder: Path) -> list[bytes]:
    """Read every certificate that papers were ever sealed with, DER, the present one last; none without keys."""
    paths = sorted(folder.glob(f"{SEAL}-*.crt")) + [path for path in [folder / f"{SEAL}.crt"] if path.exists()]
    return [x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) for path in paths]


def read_stamp_roots(folder: Path) -> list[bytes]:
    """Read the certificates that time-stamps are trusted under, DER: `tsa-*.crt`; none when no authority is used."""
    paths = sorted(folder.glob("tsa-*.crt"))
    return [x509.load_pem_x509_certificate(path.read_bytes()).public_bytes(Encoding.DER) for path in paths]


def _retire(path: Path) -> None:
    """Keep a certificate that another will replace, under its name and the moment it began, and a letter if need be."""
    content = path.read_bytes()
    began = x509.load_pem_x509_certificate(content).not_valid_before_utc
    names = (path.with_name(f"{path.stem}-{began:%Y%m%dT%H%M%S}{each}.crt") for each in ("", *ascii_lowercase[1:]))
    kept = next(name for name in names if not name.exists() or name.read_bytes() == content)
    write_whole(kept, content, is_durable=True)


def _make_seal(folder: Path, roots: Path, at: datetime) -> None:
    """Certify the key in the token that `paper-seal.toml` names; make one in a file where there is none."""
    sealer, key = _in_token(folder), folder / f"{SEAL}.key"
    if sealer:
        _certify(folder, roots, sealer.public(), at)
        key.unlink(missing_ok=True)
        return
    _make_key(key)
    _certify(folder, roots, _read_key(key).public_key(), at)


def _certify(folder: Path, roots: Path, public: RSAPublicKey, at: datetime) -> None:
    """Write the sealing certificate of a public key, signed by the root whose key is in `roots`."""
    root = x509.load_pem_x509_certificate((folder / f"{ROOT}.crt").read_bytes())
    certificate = certify_seal(public, root, _read_key(roots / f"{ROOT}.key"), at)
    write_whole(folder / f"{SEAL}.crt", certificate, is_durable=True)


def _in_token(folder: Path, certificate: bytes = b"", chain: tuple[bytes, ...] = ()) -> TokenSealer | None:
    """Return the sealer in the token that `paper-seal.toml` tells of; None without that file."""
    told = folder / f"{SEAL}.toml"
    if not told.exists():
        return None
    from certify.trust.paper_token import TokenSealer  # noqa: PLC0415 - only who has a token has its package

    return TokenSealer.read(told, certificate, chain)


def _make_key(path: Path) -> None:
    """Make a key that is under its name only once it is whole."""
    made = path.with_name(f"{path.name}.new")
    made.unlink(missing_ok=True)
    _write_key(made, generate_private_key(EXPONENT, BITS))
    made.replace(path)


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
