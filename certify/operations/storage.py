"""Files that people send: judged by what they hold, never by their name, and kept once under their SHA-256.

A file stands on the disk before the row that names it is committed: a crash leaves a file too many, never a row without
its file. Refusals are Malformed, each cause with its own sentence, because a wrong one costs days (bcgov/entity#32544).
"""

from __future__ import annotations

import os
import re
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from zlib import error as InflateError

from PIL import Image, UnidentifiedImageError

from certify.operations.photos import cut_pictures_refused
from certify.workflows.errors import Malformed
from certify.workflows.words import N_

PDF, JPEG, PNG = "application/pdf", "image/jpeg", "image/png"
EXTENSIONS = {PDF: ".pdf", JPEG: ".jpg", PNG: ".png"}
"""What is accepted, and the ending that goes with it."""

MEGABYTE = 1024 * 1024
MAX_PIXELS = 64_000_000
MAX_PROGRESSIVE_PIXELS = 24_000_000
"""A progressive JPEG is held whole while it is read, at several bytes a pixel; a plain one line by line."""

LONGEST_NAME = 120
HEIC = (b"ftypheic", b"ftypheix", b"ftypmif1", b"ftyphevc")
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
DAMAGED = (OSError, SyntaxError, ValueError, EOFError, UnidentifiedImageError, InflateError)
"""What Pillow raises on a broken image."""


@dataclass(frozen=True)
class StoredFile:
    """A file already on the disk. `file_name` is what the person called it, fit to be shown and offered again."""

    sha256: str
    size: int
    media_type: str
    file_name: str


@dataclass(frozen=True)
class Store:
    """The folder of all files, under `root`, outside what the web serves: `ab/abcd…`, named by their SHA-256."""

    root: Path

    def path(self, digest: str) -> Path:
        """Return where the file of a SHA-256 is kept; raise ValueError when `digest` is not one."""
        if not re.fullmatch(r"[0-9a-f]{64}", digest):
            raise ValueError("not a SHA-256")
        return self.root / digest[:2] / digest

    def keep(self, content: bytes) -> str:
        """Write `content` once, whole or not at all, and return its SHA-256."""
        digest = sha256(content).hexdigest()
        place = self.path(digest)
        if not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            _write_whole(place, content)
        return digest

    def append(self, part: str, content: bytes, offset: int) -> int:
        """Add bytes to a file that arrives in parts, if they begin where it ends; return where it ends now.

        Whoever calls holds a lock: two never write one file at a time.
        """
        place = self._part(part)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("ab") as file:
            if file.tell() == offset:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            return file.tell()

    def arrived(self, part: str) -> int:
        """Return how many bytes of a file that arrives in parts are here."""
        place = self._part(part)
        return place.stat().st_size if place.exists() else 0

    def take(self, part: str) -> bytes:
        """Return a file that arrived in parts, and keep its parts no longer."""
        place = self._part(part)
        content = place.read_bytes()
        place.unlink()
        return content

    def _part(self, part: str) -> Path:
        if not re.fullmatch(r"\d{1,10}-[0-9a-f]{64}", part, re.ASCII):
            raise ValueError("not the name of a part")
        return self.root / "parts" / part

    def read(self, digest: str) -> bytes:
        """Return the content; raise FileNotFoundError when it is not here."""
        return self.path(digest).read_bytes()


def receive(store: Store, content: bytes, file_name: str, *, limit: int) -> StoredFile:
    """Judge what somebody sent and keep it; `limit` is in bytes. Raises Malformed, and then keeps nothing."""
    media_type = judge(content, file_name, limit=limit)
    return StoredFile(store.keep(content), len(content), media_type, clean_name(file_name, media_type))


def judge(content: bytes, file_name: str = "", *, limit: int) -> str:
    """Return the media type of a whole PDF, JPEG or PNG; raise Malformed with the sentence that says what is wrong."""
    if not content:
        raise Malformed(N_("This file is empty: nothing arrived. Choose it again, or take the photo once more."))
    if len(content) > limit:
        raise Malformed(
            N_("This file is too large (%(size)s MB): %(limit)s MB at most. Scan fewer pages, or lower the quality."),
            size=-(-len(content) // MEGABYTE),
            limit=limit // MEGABYTE,
        )
    media_type = sniff(content)
    if media_type is None:
        raise _foreign(content, file_name)
    EXAMINERS[media_type](content)
    return media_type


def sniff(content: bytes) -> str | None:
    """Tell what a file is from its first bytes; None for what is not accepted."""
    if b"%PDF-" in content[:1024]:
        return PDF
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    return PNG if content.startswith(b"\x89PNG\r\n\x1a\n") else None


def clean_name(file_name: str, media_type: str) -> str:
    """Return a name safe to show and to offer for download, in any writing, its ending that of what the file is."""
    name = unicodedata.normalize("NFC", PurePosixPath(file_name.replace("\\", "/")).name)
    name = "".join(" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in name)
    stem = re.sub(r'["<>:/\\|?*%]', "", name).rsplit(".", 1)[0]
    stem = " ".join(stem.split()).strip(". ")[:LONGEST_NAME]
    return (stem or "document") + EXTENSIONS[media_type]


def _foreign(content: bytes, file_name: str) -> Malformed:
    """Say what a file is that is neither PDF nor photo, as far as it can be told."""
    if content[4:12] in HEIC:
        return Malformed(
            N_("This photo is in the HEIC format, which cannot be read here. Send it as JPEG, or send a screenshot.")
        )
    if content.startswith((ZIP, OLE)):
        return Malformed(
            N_("This is an office document or a ZIP archive. Open it, save or print it as PDF, and send the PDF.")
        )
    ending = PurePosixPath(file_name.lower()).suffix
    if ending in (".pdf", ".jpg", ".jpeg", ".png"):
        return Malformed(
            N_("The name ends in “%(ending)s” but the file is something else. Open it to see, then save it again."),
            ending=ending,
        )
    return Malformed(N_("Only PDF files and photos (JPEG or PNG) can be read here; this is something else."))


def _examine_pdf(content: bytes) -> None:
    """Refuse a PDF that needs a password, was cut on the way, or has no page."""
    import pikepdf  # noqa: PLC0415 - large, and few requests bring a PDF

    damaged = Malformed(N_("This PDF is damaged or arrived incomplete. Open it to see, then send it again."))
    if b"%%EOF" not in content[-2048:]:
        raise damaged
    try:
        with pikepdf.open(BytesIO(content)) as pdf:
            pages = len(pdf.pages)
    except pikepdf.PasswordError as error:
        raise Malformed(
            N_("This PDF is protected by a password. Save it without the password, and send it again.")
        ) from error
    except (pikepdf.PdfError, RuntimeError, ValueError) as error:
        raise damaged from error
    if not pages:
        raise damaged


def _examine_jpeg(content: bytes) -> None:
    """Decode at an eighth of the size: enough to know that the photo is whole, and light on memory."""

    def decode(image: Image.Image) -> None:
        image.draft("RGB", (image.width // 8, image.height // 8))
        image.load()

    _examine_image(content, decode)


def _examine_png(content: bytes) -> None:
    """Check each chunk against its checksum, which asks no memory for the pixels."""
    _examine_image(content, lambda image: image.verify())


def _examine_image(content: bytes, check: Callable[[Image.Image], None]) -> None:
    try:
        with cut_pictures_refused(), Image.open(BytesIO(content)) as image:
            limit = MAX_PROGRESSIVE_PIXELS if image.info.get("progressive") else MAX_PIXELS
            is_too_big = image.width * image.height > limit
            if not is_too_big:
                check(image)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        is_too_big = True
    except DAMAGED as error:
        raise Malformed(
            N_("This photo is damaged or arrived incomplete. Choose it again, or take it once more.")
        ) from error
    if is_too_big:
        raise Malformed(N_("This photo has too many pixels. Take it at a lower quality, or send a PDF."))


EXAMINERS = {PDF: _examine_pdf, JPEG: _examine_jpeg, PNG: _examine_png}


def _write_whole(place: Path, content: bytes) -> None:
    """Write beside, force to the disk, then rename: `place` never holds half a file."""
    descriptor, name = tempfile.mkstemp(dir=place.parent, prefix=".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(name, place)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
