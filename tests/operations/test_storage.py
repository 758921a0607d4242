"""Files are judged by what they hold, each fault in its own words, and kept whole or not at all."""

from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from PIL import Image, ImageFile

from certify.operations.storage import JPEG, MEGABYTE, PDF, PNG, Store, clean_name, judge, receive
from certify.workflows.errors import Malformed
from tests.factories import a_pdf, a_photo

LIMIT = 10 * MEGABYTE


def protected(user: str) -> bytes:
    made = BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.save(made, encryption=pikepdf.Encryption(user=user, owner="owner"))
    return made.getvalue()


def without_pages() -> bytes:
    made = BytesIO()
    with pikepdf.new() as pdf:
        pdf.save(made)
    return made.getvalue()


def noise(form: str, **options: object) -> bytes:
    made = BytesIO()
    Image.effect_noise((300, 200), 60).convert("RGB").save(made, form, **options)
    return made.getvalue()


@pytest.mark.parametrize(
    ("content", "name", "media_type"),
    [
        (a_pdf(), "statuts.pdf", PDF),
        (a_pdf(), "renamed.jpg", PDF),
        (a_photo(), "photo.jpg", JPEG),
        (noise("JPEG", progressive=True), "photo.pdf", JPEG),
        (noise("PNG"), "photo", PNG),
        (protected(""), "printing forbidden.pdf", PDF),
    ],
)
def test_a_file_is_what_it_holds(content, name, media_type):
    assert judge(content, name, limit=LIMIT) == media_type


FAULTS = {
    "empty": (b"", "a.pdf", "This file is empty"),
    "too large": (b"%PDF-" + bytes(LIMIT), "a.pdf", "too large (11 MB): 10 MB at most"),
    "another content": (b"MZ\x90\x00", "a.pdf", "The name ends in “.pdf” but the file is something else"),
    "another kind": (b"hello", "a.txt", "Only PDF files and photos"),
    "office": (b"PK\x03\x04word", "a.docx", "office document or a ZIP"),
    "telephone": (b"\x00\x00\x00\x18ftypheic", "a.heic", "HEIC"),
    "cut document": (a_pdf()[:-30], "a.pdf", "This PDF is damaged"),
    "false document": (b"%PDF-1.7 nothing %%EOF", "a.pdf", "This PDF is damaged"),
    "no page": (without_pages(), "a.pdf", "This PDF is damaged"),
    "password": (protected("secret"), "a.pdf", "protected by a password"),
    "cut photo": (noise("JPEG")[:4000], "a.jpg", "This photo is damaged"),
    "cut drawing": (noise("PNG")[:4000], "a.png", "This photo is damaged"),
    "false photo": (b"\xff\xd8\xff\xe0 nothing", "a.jpg", "This photo is damaged"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_has_its_own_sentence(tmp_path, fault, monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    content, name, sentence = FAULTS[fault]
    with pytest.raises(Malformed) as refusal:
        receive(Store(tmp_path), content, name, limit=LIMIT)
    assert sentence in str(refusal.value)
    assert list(tmp_path.rglob("*")) == []


def test_a_photo_with_too_many_pixels_is_not_even_read():
    header = a_photo((8, 8), "PNG")
    vast = header[:16] + (60_000).to_bytes(4, "big") * 2 + header[24:]
    with pytest.raises(Malformed) as refusal:
        judge(vast, limit=LIMIT)
    assert "too many pixels" in str(refusal.value) or "damaged" in str(refusal.value)


def test_a_file_is_kept_once_under_its_hash(tmp_path):
    store = Store(tmp_path)
    digests = {store.keep(a_pdf()) for _ in range(2)}
    [digest] = digests
    kept = [place for place in tmp_path.rglob("*") if place.is_file()]
    assert kept == [tmp_path / digest[:2] / digest]
    assert store.read(digest) == a_pdf()


@pytest.mark.parametrize("digest", ["../../etc/passwd", "A" * 64, "a" * 63, ""])
def test_nothing_but_a_hash_leads_into_the_store(digest):
    with pytest.raises(ValueError, match="SHA-256"):
        Store(Path("/srv")).path(digest)


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OSError, match="disk full"):
        Store(tmp_path).keep(a_pdf())
    assert [place for place in tmp_path.rglob("*") if place.is_file()] == []


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("C:\\Users\\a\\statuts.PDF", "statuts.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ('a"b\r\nSet-Cookie: x.pdf', "ab Set-Cookie x.pdf"),
        ("تحليل.pdf", "تحليل.pdf"),
        ("\u202egnp.exe", "gnp.pdf"),
        (".pdf", "document.pdf"),
        ("", "document.pdf"),
        ("x" * 400 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_a_name_is_made_safe(given, shown):
    assert clean_name(given, PDF) == shown
