"""The two certificates of papers, as they are written: that of the root, and under it that of the seal."""

from __future__ import annotations

from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

ROOT_YEARS, SEAL_YEARS = 20, 3
YEAR = timedelta(days=365)


def certify_root(private: RSAPrivateKey, organisation: str, at: datetime) -> bytes:
    """Write the certificate of a root, PEM; the day in its name tells it from the others in the lists of a reader."""
    name = _name(organisation, f"Papers root {at:%Y-%m-%d}")
    return _certified(name, private.public_key(), (name, private), at, ROOT_YEARS).public_bytes(Encoding.PEM)


def certify_seal(public: RSAPublicKey, root: x509.Certificate, private: RSAPrivateKey, at: datetime) -> bytes:
    """Write the certificate of a key that seals, PEM, signed by the `private` key of the root."""
    organisation = root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    subject = _name(str(organisation), f"Seal of papers {at:%Y}")
    return _certified(subject, public, (root.subject, private), at, SEAL_YEARS).public_bytes(Encoding.PEM)


def is_issued_by(certificate: x509.Certificate, root: x509.Certificate) -> bool:
    """Tell whether a root signed a certificate, by name and by signature."""
    try:
        certificate.verify_directly_issued_by(root)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


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
