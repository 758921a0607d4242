"""The seal of papers: what a machine reads is put inside, then a PAdES seal closes the file (`trust.md` §3.12).

Bytes in, bytes out; `paper_reading` reads them again. pyHanko writes the seal; its version is pinned, since two of its
private methods are overridden so that a seal touches nothing but itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO

import pikepdf
from asn1crypto import parser, x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import signers
from pyhanko.sign.fields import MDPPerm, SigSeedSubFilter
from pyhanko.sign.timestamps import HTTPTimeStamper, TimeStamper
from pyhanko_certvalidator.registry import SimpleCertificateStore

from certify.trust.paper_keys import PaperSealer

FIELD = "Seal"
RESERVED, RESERVED_STAMPED = 12288, 32768
"""Hexadecimal digits kept free for the seal: certificates and signature take 7 000, a time-stamp as many again."""


@dataclass(frozen=True)
class Attachment:
    """A file inside a paper; `relationship` is that of PDF/A-3: Source, Data or Supplement."""

    name: str
    content: bytes
    media_type: str
    relationship: str
    description: str


def attach(content: bytes, number: str, attachments: Iterable[Attachment] = (), *, at: datetime) -> bytes:
    """Write the number of a paper where a machine finds it, and put files inside; same input, same bytes.

    The number is `dc:identifier` in the XMP, which is not compressed: a script finds it without reading PDF.
    """
    moment = generic.pdf_date(at.astimezone(UTC))
    written = BytesIO()
    with pikepdf.open(BytesIO(content)) as pdf:
        said = pdf.Root.Metadata.read_bytes()
        identifier = f'<rdf:Description rdf:about=""><dc:identifier>{number}</dc:identifier></rdf:Description>'
        pdf.Root.Metadata.write(said.replace(b"</rdf:RDF>", identifier.encode() + b"</rdf:RDF>", 1))
        for file in attachments:
            inside = pikepdf.AttachedFileSpec(
                pdf,
                file.content,
                filename=file.name,
                mime_type=file.media_type,
                description=file.description,
                relationship=pikepdf.Name(f"/{file.relationship}"),
                creation_date=str(moment),
                mod_date=str(moment),
            )
            pdf.attachments[file.name] = inside
            pdf.Root.AF.append(inside.obj)
        pdf.save(written, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.preserve)
    return written.getvalue()


def seal_pdf(content: bytes, sealer: PaperSealer, at: datetime, stamper: TimeStamper | None = None) -> bytes:
    """Seal a PDF: PAdES B-B, or B-T with a time-stamp authority; certified, no change allowed, nothing visible.

    The sealed file begins with `content`. Without a time-stamp, the same content, key and moment give the same bytes.
    Raises ValueError once the certificate has ended, and what pyHanko raises when the authority does not answer.
    """
    meta = signers.PdfSignatureMetadata(
        field_name=FIELD,
        md_algorithm="sha256",
        certify=True,
        subfilter=SigSeedSubFilter.PADES,
        docmdp_permissions=MDPPerm.NO_CHANGES,
    )
    borrowed = _Borrowed(sealer)
    if not borrowed.signing_cert.not_valid_before <= at <= borrowed.signing_cert.not_valid_after:
        raise ValueError("The sealing certificate has ended or has not begun: rotate it, and the paper is sealed then.")
    signer = _Dated(meta, borrowed, timestamper=stamper)
    signer.at = at.astimezone(UTC)
    sealed = BytesIO()
    reserved = RESERVED_STAMPED if stamper else RESERVED
    signer.sign_pdf(_Addition(BytesIO(content)), bytes_reserved=reserved, output=sealed)
    return sealed.getvalue()


def time_stamper(url: str | None) -> TimeStamper | None:
    """Return the time-stamp authority at an address (RFC 3161 over HTTP); None without one."""
    return HTTPTimeStamper(url, timeout=10) if url else None


def stamp(content: bytes, stamper: TimeStamper) -> bytes:
    """Return a time-stamp token over a content (RFC 3161, SHA-256, DER). Raises OSError, ValueError: none was given."""
    return asyncio.run(stamper.async_timestamp(sha256(content).digest(), "sha256")).dump()


class _Borrowed(signers.Signer):
    """A signer of pyHanko that leaves the signing to a `PaperSealer`."""

    def __init__(self, sealer: PaperSealer) -> None:
        self._sealer = sealer
        chain = [x509.Certificate.load(certificate) for certificate in sealer.chain]
        super().__init__(
            signing_cert=x509.Certificate.load(sealer.certificate),
            cert_registry=SimpleCertificateStore.from_certs(chain),
            embed_roots=True,
        )

    async def async_sign_raw(self, data: bytes, digest_algorithm: str, dry_run: bool = False) -> bytes:
        """Sign; nothing asks for a dry run, for the room is reserved."""
        return self._sealer.sign(data)

    async def async_sign(self, *args: object, **kwargs: object) -> bytes:
        """Return the seal in its bytes: a SEQUENCE of what it is and of what it holds.

        pyHanko would have asn1crypto write it, which writes what was put together in memory twice at each level above
        it: some thousand times here, three quarters of the time of a seal.
        """
        seal = await super().async_sign(*args, **kwargs)
        return parser.emit(0, 1, 16, seal["content_type"].dump() + seal["content"].dump())


class _Dated(signers.PdfSigner):
    """Seals at a given moment, not at that of the machine."""

    at: datetime

    def init_signing_session(self, *args: object, **kwargs: object):
        """Give the session our moment."""
        session = super().init_signing_session(*args, **kwargs)
        session.system_time = self.at
        return session


class _Addition(IncrementalPdfFileWriter):
    """What is appended to a paper: the seal alone, so that the metadata stay as they were, and PDF/A with them."""

    def _update_meta(self) -> None:
        """Leave producer and dates alone."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        """Name the new state of the file after what it was, in place of a random number."""
        first = super()._handle_id(prev)[0]
        prev.stream.seek(0)
        second = generic.ByteStringObject(sha256(prev.stream.read()).digest()[:16])
        return generic.ArrayObject([first, second])
