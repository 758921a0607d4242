"""Papers as they are sealed: what they hold, what other readers say of them, what an attacker leaves."""

from __future__ import annotations

import random
import re
import subprocess
import zlib
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from asn1crypto import x509
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.timestamps import TimestampRequestError
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from certify.trust.paper import seal_pdf, time_stamper
from certify.trust.paper_reading import Trusted, read_paper
from certify.workflows.errors import Malformed
from certify.workflows.papers import PaperSeal
from tests.backends import need_tool
from tests.trust.sealing import AT, INSIDE, NUMBER, authority, bare, folder, sealed, sealer, stamping, trusted


def seal_of(content: bytes) -> PaperSeal:
    return read_paper(content, trusted(), at=AT).seal


def appended(content: bytes) -> bytes:
    """Draw a further line of text on the page, as an incremental update: what was sealed stays, byte for byte."""
    writer = IncrementalPdfFileWriter(BytesIO(content))
    page = writer.root["/Pages"]["/Kids"][0]
    old = page.raw_get("/Contents")
    text = generic.StreamObject(stream_data=b"q 1 0 0 1 80 400 cm 400 0 0 60 0 0 re f Q")
    page["/Contents"] = generic.ArrayObject([*(old if isinstance(old, list) else [old]), writer.add_object(text)])
    writer.update_container(page)
    written = BytesIO()
    writer.write(written)
    return written.getvalue()


def retouched(content: bytes) -> bytes:
    """Open a paper, change it, and save all of it anew."""
    written = BytesIO()
    with pikepdf.open(BytesIO(content)) as pdf:
        pdf.pages[0].contents_add(b"q 1 0 0 1 80 400 cm Q")
        pdf.save(written)
    return written.getvalue()


def test_sealed_paper_is_the_paper_and_its_seal():
    assert sealed().startswith(bare())
    reading = read_paper(sealed(), trusted(), at=AT)
    digests = tuple(sha256(content).hexdigest() for content in (sealed(), bare()))
    assert (reading.seal, reading.number, reading.sealed_at) == (PaperSeal.INTACT, NUMBER, AT)
    assert (reading.digests, reading.is_stamped, reading.is_retired) == (digests, False, False)


def test_same_paper_key_and_moment_give_the_same_bytes():
    assert seal_pdf(bare(), sealer(), AT) == sealed()


def test_what_a_machine_reads_is_inside_with_its_relationship():
    with pikepdf.open(BytesIO(sealed())) as pdf:
        related = {str(each.UF): str(each.AFRelationship)[1:] for each in pdf.Root.AF}
        inside = {name: file.get_file().read_bytes() for name, file in pdf.attachments.items()}
    assert related == {"facts.json": "Data"} | {file.name: file.relationship for file in INSIDE}
    assert {name: inside[name] for name in inside if name != "facts.json"} == {
        file.name: file.content for file in INSIDE
    }


def test_a_script_finds_the_number_without_reading_pdf():
    assert re.findall(rb"<dc:identifier>(.*)</dc:identifier>", sealed()) == [NUMBER.encode()]


def test_poppler_trusts_the_seal_under_our_root(tmp_path):
    pdfsig, certutil = need_tool("pdfsig"), need_tool("certutil", "libnss3-tools")
    (tmp_path / "paper.pdf").write_bytes(sealed())
    nss, root = f"sql:{tmp_path}", folder("ours") / "keys" / "paper-root.crt"
    subprocess.run([certutil, "-N", "-d", nss, "--empty-password"], check=True)
    subprocess.run([certutil, "-A", "-d", nss, "-n", "root", "-t", "C,C,C", "-i", root], check=True)
    said = subprocess.run([pdfsig, "-nssdir", nss, tmp_path / "paper.pdf"], check=True, capture_output=True, text=True)
    lines = [line.strip(" -") for line in said.stdout.splitlines()]
    assert {"Total document signed", "Signature Validation: Signature is Valid."} <= set(lines)
    assert "Certificate Validation: Certificate is Trusted." in lines


def test_poppler_sees_what_was_changed(tmp_path):
    pdfsig = need_tool("pdfsig")
    (tmp_path / "paper.pdf").write_bytes(flipped(sealed(), len(bare()) // 2))
    said = subprocess.run([pdfsig, tmp_path / "paper.pdf"], check=False, capture_output=True, text=True)
    assert "Signature Validation: Digest Mismatch." in said.stdout


def test_pyhanko_finds_the_whole_file_certified():
    roots = [x509.Certificate.load(root) for root in trusted().roots]
    (found,) = PdfFileReader(BytesIO(sealed())).embedded_signatures
    status = validate_pdf_signature(found, ValidationContext(trust_roots=roots))
    assert (status.bottom_line, status.coverage.name) == (True, "ENTIRE_FILE")
    assert found.docmdp_level.name == "NO_CHANGES"


def flipped(content: bytes, at: int, bit: int = 0) -> bytes:
    return content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :]


def test_no_flipped_bit_leaves_a_seal_intact():
    chance = random.Random(9)
    places = {(chance.randrange(len(sealed())), chance.randrange(8)) for _ in range(60)}
    places |= {(len(sealed()) - 900, 5), (len(bare()) + 1500, 0)}  # inside the seal itself, which no seal covers
    assert {seal_of(flipped(sealed(), *place)) for place in places} == {PaperSeal.BROKEN}


@pytest.mark.parametrize("change", [appended, retouched])
def test_changed_paper_is_seen_and_still_says_its_number(change):
    reading = read_paper(change(sealed()), trusted(), at=AT)
    assert (reading.seal, reading.number) == (PaperSeal.BROKEN, NUMBER)
    assert (sha256(sealed()).hexdigest() in reading.digests) == (change is appended)


def test_paper_without_its_seal_says_so():
    assert read_paper(bare(), trusted(), at=AT).digests == (sha256(bare()).hexdigest(),)
    assert seal_of(bare()) is PaperSeal.MISSING
    assert seal_of(retouched(bare())) is PaperSeal.MISSING


def test_seal_of_another_root_is_foreign():
    foreign = seal_pdf(bare(), sealer("theirs"), AT)
    assert seal_of(foreign) is PaperSeal.FOREIGN
    assert seal_of(flipped(foreign, len(bare()) // 2)) is PaperSeal.FOREIGN


def test_our_certificate_over_another_key_is_a_broken_seal():
    forged = replace(sealer(), private=sealer("theirs").private)
    assert seal_of(seal_pdf(bare(), forged, AT)) is PaperSeal.BROKEN


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.9, 0.99])
def test_paper_cut_short_is_no_sealed_paper(kept):
    assert seal_of(sealed()[: int(len(sealed()) * kept)]) is not PaperSeal.INTACT


BOMB = zlib.compress(bytes(50_000_000), 9)
HOSTILE = (
    b"%PDF-1.7\n/ByteRange 1 0 obj " + b"[" * 500_000 + b"\ntrailer <</Root 1 0 R>>\nstartxref\n9\n%%EOF",
    b"%PDF-1.7\n/ByteRange 1 0 obj <</Type /XRef /Size 9 /W [1 2 1] /Root 1 0 R /Filter /FlateDecode /Length "
    + f"{len(BOMB)}>> stream\n".encode() + BOMB + b"\nendstream endobj\nstartxref\n20\n%%EOF",
)  # fmt: skip
"""Brackets without end, and a table of 50 kB that would be 50 MB."""


@pytest.mark.parametrize("content", [b"%PDF-1.7\n", b"%PDF-" + bytes(4000), b"%PDF-1.7\nxref\n%%EOF\n" * 500, *HOSTILE])
def test_hollow_pdf_is_read_as_unsealed(content):
    assert seal_of(content) is PaperSeal.MISSING


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"a letter"])
def test_what_is_no_pdf_is_refused(content):
    with pytest.raises(Malformed, match="not a PDF"):
        seal_of(content)


def test_time_stamp_proves_the_moment_to_whoever_trusts_the_authority():
    _, root = authority()
    with stamping() as address:
        content = seal_pdf(bare(), sealer(), AT, time_stamper(address))
    known, unknown = (read_paper(content, trusted(*roots), at=AT) for roots in ([root], []))
    assert (known.seal, known.is_stamped, known.sealed_at) == (PaperSeal.INTACT, True, AT + timedelta(minutes=1))
    assert (unknown.seal, unknown.is_stamped, unknown.sealed_at) == (PaperSeal.INTACT, False, AT)


def test_authority_that_does_not_answer_leaves_no_sealed_paper():
    with pytest.raises(TimestampRequestError, match="timestamp service"):
        seal_pdf(bare(), sealer(), AT, time_stamper("http://127.0.0.1:9/"))
    assert time_stamper(None) is None


def test_certificate_that_ended_seals_nothing_more_and_is_trusted_for_what_it_sealed():
    later = AT + timedelta(days=4 * 365)
    reading = read_paper(sealed(), trusted(), at=later)
    assert (reading.seal, reading.is_retired) == (PaperSeal.INTACT, True)
    with pytest.raises(ValueError, match="has ended"):
        seal_pdf(bare(), sealer(), later)


def test_without_a_root_every_seal_is_foreign():
    assert read_paper(sealed(), Trusted([]), at=AT).seal is PaperSeal.FOREIGN
