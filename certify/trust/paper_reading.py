"""What a PDF says of itself, whoever wrote it: its number, its seal, and the states it went through.

It judges the seal with pyHanko against our own roots and fetches nothing; it never raises for what a file holds, but
for what is no PDF at all. Whether the paper is one that was issued is for `queries.judging` to say.
"""

from __future__ import annotations

import logging
import re
import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from itertools import islice
from zlib import error as InflateError

from asn1crypto import cms, x509
from cryptography import x509 as pyca
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.general import UnacceptableSignerError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko_certvalidator import ValidationContext

from certify.trust.paper_certificates import is_issued_by
from certify.workflows.errors import Malformed
from certify.workflows.papers import PaperReading, PaperSeal
from certify.workflows.words import N_

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)
logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
# Each broken file that a stranger drops would fill the log with pyHanko's account of it.

IDENTIFIER = re.compile(rb"<dc:identifier>([A-Z0-9-]{5,48})</dc:identifier>")
STATES = 64
"""How many states of a file are looked at, the oldest first: papers have two, without and with the seal."""

UNREADABLE = (
    *(PdfError, SignatureValidationError, UnacceptableSignerError, InflateError, struct.error, RecursionError),
    *(ValueError, TypeError, LookupError, AttributeError, AssertionError, OSError, NotImplementedError, OverflowError),
)
"""What pyHanko raises on a file that is no PDF, or no longer quite one."""


@dataclass(frozen=True)
class Trusted:
    """The root certificates (DER) that seals, and time-stamps, are trusted under."""

    roots: Sequence[bytes]
    stamps: Sequence[bytes] = ()


def read_paper(content: bytes, trusted: Trusted, *, at: datetime) -> PaperReading:
    """Read what a PDF says of itself, trusting these roots alone. Raises Malformed: no PDF.

    A certificate is judged as of the moment of the seal. That moment is the seal's own word, unless a time-stamp proves
    it: who must know whether a retired key made it asks what was issued.
    """
    if b"%PDF-" not in content[:1024]:
        raise Malformed(N_("This is not a PDF: choose the file that you received, or a photo of the paper."))
    bare = PaperReading(PaperSeal.MISSING, tuple(_digests(content)), _number(content))
    if b"/ByteRange" not in content:  # a seal names what it covers, in clear: what has none is not taken apart
        return bare
    was_sealed = bare.number is not None and b"/ETSI.CAdES.detached" in content
    broken = replace(bare, seal=PaperSeal.BROKEN) if was_sealed else bare
    if b"startxref" not in content[-2048:]:  # cut short, or something behind the end: a reader would search long
        return broken
    try:
        found = PdfFileReader(BytesIO(content), strict=False).embedded_regular_signatures
        return _read_seal(found[0], bare, trusted, at) if found else bare
    except UNREADABLE:
        return broken


def _digests(content: bytes) -> Iterator[str]:
    """Digest a file, then each earlier state that its additions left inside it, the newest first."""
    marks = islice(re.finditer(rb"%%EOF(\r?\n)?", content), STATES // 2)
    ends = sorted({end for found in marks for end in (found.end(), found.end(1))})
    digest, at, known = sha256(), 0, []
    for end in [end for end in ends if end > 0]:
        digest.update(content[at:end])
        known.append(digest.hexdigest())
        at = end
    digest.update(content[at:])
    yield from dict.fromkeys([digest.hexdigest(), *reversed(known)])


def _number(content: bytes) -> str | None:
    """Find the number that a paper claims; what was saved anew with its metadata compressed claims none."""
    found = IDENTIFIER.search(content)
    return found[1].decode() if found else None


def _read_seal(seal: EmbeddedPdfSignature, bare: PaperReading, trusted: Trusted, at: datetime) -> PaperReading:
    sealed_at = seal.self_reported_timestamp
    status = validate_pdf_signature(seal, _trusting(trusted.roots, sealed_at), _trusting(trusted.stamps, None))
    stamp = status.timestamp_validity
    is_whole = status.intact and status.valid and bool(status.docmdp_ok) and _is_bare(seal, trusted.roots)
    is_whole = is_whole and (stamp is None or (stamp.intact and stamp.valid))
    if not _is_under(seal.signer_cert, trusted.roots) or (is_whole and not status.trusted):
        return replace(bare, seal=PaperSeal.FOREIGN)
    is_stamped = bool(stamp and stamp.intact and stamp.valid and stamp.trusted)
    return replace(
        bare,
        seal=PaperSeal.INTACT if is_whole else PaperSeal.BROKEN,
        sealed_at=stamp.timestamp if is_stamped else sealed_at,
        is_stamped=is_stamped,
        is_retired=at > seal.signer_cert.not_valid_after,
    )


def _is_bare(seal: EmbeddedPdfSignature, roots: Sequence[bytes]) -> bool:
    """Tell whether the one place that a seal does not cover, its own, holds the seal as we write it, and no more."""
    _, length, after, _ = (int(number) for number in seal.byte_range)
    seal.reader.stream.seek(length)
    place = seal.reader.stream.read(after - length)
    written = cms.ContentInfo.load(seal.pkcs7_content).dump().hex().upper().encode()
    others = {certificate.dump() for certificate in seal.other_embedded_certs}
    return place == b"<" + written.ljust(len(place) - 2, b"0") + b">" and others <= set(roots)


def _trusting(roots: Sequence[bytes], moment: datetime | None) -> ValidationContext:
    """Trust these roots and nothing that would have to be fetched."""
    trusted = [x509.Certificate.load(root) for root in roots]
    return ValidationContext(trust_roots=trusted, allow_fetching=False, moment=moment, revocation_mode="soft-fail")


def _is_under(certificate: x509.Certificate, roots: Sequence[bytes]) -> bool:
    """Tell whether one of the roots signed a certificate, whatever became of the seal made with it."""
    sealing = pyca.load_der_x509_certificate(certificate.dump())
    return any(is_issued_by(sealing, pyca.load_der_x509_certificate(root)) for root in roots)
