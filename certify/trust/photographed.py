"""The code on a photo of a paper or of a pack, or on a scan: which address it says, and whether that is one of ours."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from io import BytesIO
from itertools import islice

import zxingcpp
from PIL import Image, UnidentifiedImageError

from certify.trust.seal import parse_address
from certify.workflows.address import take_apart
from certify.workflows.errors import Malformed
from certify.workflows.words import N_

FORMATS = ("JPEG", "PNG", "WEBP")
LONGEST_SIDE = 3000
"""Pixels a side that a photo is reduced to before it is searched: a code of a certificate keeps ten a module."""

MAX_PIXELS, MAX_PIXELS_HELD = 64_000_000, 24_000_000
"""A plain JPEG is read at a fraction of its size; any other picture is held whole, at several bytes a pixel."""

SCANNED = 4
PICTURE = re.compile(rb"stream\r?\n(\xff\xd8\xff)")
"""Where a JPEG begins in a PDF, which holds it as it is."""

BROKEN = (OSError, SyntaxError, ValueError, EOFError, UnidentifiedImageError, Image.DecompressionBombError)
SHORT = re.compile(r"/[vV]/[0-9A-Za-z-]{12,16}")

UNREADABLE = N_("This photo is damaged or arrived incomplete. Choose it again, or take it once more.")
TOO_BIG = N_("This photo has too many pixels. Take it at a lower quality, or send a PDF.")


@dataclass(frozen=True)
class Code:
    """A code that was read: the `path` of one of ours, or the `host` that another leads to."""

    host: str | None
    path: str | None


def read_codes(content: bytes) -> list[str]:
    """Return what the QR codes on a photo say (JPEG, PNG or WebP). Raises Malformed when it cannot be read."""
    try:
        with Image.open(BytesIO(content), formats=FORMATS) as photo:
            is_light = photo.format == "JPEG" and not photo.info.get("progressive")
            if photo.width * photo.height > (MAX_PIXELS if is_light else MAX_PIXELS_HELD):
                raise Malformed(TOO_BIG)
            photo.draft("L", (LONGEST_SIDE, LONGEST_SIDE))
            grey = photo.convert("L")
    except BROKEN as error:
        raise Malformed(UNREADABLE) from error
    return _codes_on(grey)


def read_scan(content: bytes) -> list[str]:
    """Return what the QR codes on the photos in a PDF say: a scanner makes one JPEG of each page; the first ones count.

    They are found by their first bytes, and nothing else of a stranger's file is taken apart.
    """
    texts = []
    for found in islice(PICTURE.finditer(content), SCANNED):
        try:
            texts += read_codes(content[found.start(1) : content.find(b"endstream", found.start(1))])
        except Malformed:
            continue  # a picture that cannot be read holds no code that can
    return texts


def _codes_on(grey: Image.Image) -> list[str]:
    grey.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    found = zxingcpp.read_barcodes(grey, formats=zxingcpp.BarcodeFormat.QRCode)
    return [code.text for code in found]


def find_code(texts: Iterable[str], hosts: Collection[str]) -> Code | None:
    """Find the first code that is an address of ours on one of `hosts`, else the first that leads elsewhere."""
    elsewhere = None
    for text in texts:
        try:
            typed = take_apart(text, hosts)
        except Malformed:
            continue
        path = f"/v/{typed.mark}" if typed.path and typed.mark else typed.path
        if path and _is_ours(path):
            return Code(None, path)
        if typed.host:
            elsewhere = elsewhere or Code(typed.host[:80], None)
    return elsewhere


def _is_ours(path: str) -> bool:
    try:
        return bool(SHORT.fullmatch(path)) or parse_address(f"https://label.example{path}") is not None
    except Malformed:
        return False
