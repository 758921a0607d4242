"""A PDF written front to back, a page at a time, by our own hand: marks come ten thousand at once."""

from __future__ import annotations

import zlib
from datetime import datetime

from certify.pdf.lettering import Lettering

POINTS = 72
INCH = 25.4


def words(text: str, size: float, left: float, baseline: float) -> bytes:
    """Write a line of text; its characters are those of the lettering."""
    return b"BT/F %.2f Tf %.2f %.2f Td<%b>Tj ET" % (size, left, baseline, text.encode("latin-1").hex().encode())


class Writer:
    """Writes a PDF front to back, and keeps nothing but where each object begins."""

    PAGES, FONT, DESCRIPTOR, FILE, CATALOG, ABOUT = 1, 2, 3, 4, 5, 6

    def __init__(self) -> None:
        self._at, self._starts, self._pages = 0, {}, []

    def begin(self, letters: Lettering, title: str, at: datetime) -> bytes:
        """Write what every page shares."""
        box, widths = b" ".join(b"%d" % each for each in letters.box), b"%d " % letters.width * 224
        file = zlib.compress(letters.content)
        parts = (
            (self.FILE, b"<</Length %d/Length1 %d/Filter/FlateDecode>>stream\n%b\nendstream"
             % (len(file), len(letters.content), file)),
            (self.DESCRIPTOR, b"<</Type/FontDescriptor/FontName/LABELS+Lettering/Flags 33/FontBBox[%b]/ItalicAngle 0"
             b"/Ascent %d/Descent %d/CapHeight %d/StemV 140/FontFile2 %d 0 R>>"
             % (box, letters.ascent, letters.descent, letters.ascent, self.FILE)),
            (self.FONT, b"<</Type/Font/Subtype/TrueType/BaseFont/LABELS+Lettering/Encoding/WinAnsiEncoding/FirstChar 32"
             b"/LastChar 255/Widths[%b]/FontDescriptor %d 0 R>>" % (widths.strip(), self.DESCRIPTOR)),
            (self.CATALOG, b"<</Type/Catalog/Pages %d 0 R/ViewerPreferences<</PrintScaling/None>>>>" % self.PAGES),
            (self.ABOUT, b"<</Title<%b>/CreationDate(D:%b)>>"
             % (title.encode("utf-16").hex().encode(), at.strftime("%Y%m%d%H%M%SZ").encode())),
        )  # fmt: skip
        head = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
        self._at = len(head)
        return head + b"".join(self._object(number, body) for number, body in parts)

    def page(self, content: bytes, size: tuple[float, float]) -> bytes:
        """Write a page of `size` millimetres."""
        number, drawn = len(self._starts) + 2, zlib.compress(content)
        width, height = (each * POINTS / INCH for each in size)
        self._pages.append(number)
        return self._object(
            number,
            b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 %.3f %.3f]/Resources<</Font<</F %d 0 R>>>>/Contents %d 0 R>>"
            % (self.PAGES, width, height, self.FONT, number + 1),
        ) + self._object(number + 1, b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(drawn), drawn))

    def end(self) -> bytes:
        """Write the list of pages, and where everything is."""
        pages = b" ".join(b"%d 0 R" % number for number in self._pages)
        last = self._object(self.PAGES, b"<</Type/Pages/Count %d/Kids[%b]>>" % (len(self._pages), pages))
        count = len(self._starts) + 1
        table = b"".join(b"%010d 00000 n \n" % self._starts[number] for number in sorted(self._starts))
        listed = b"xref\n0 %d\n0000000000 65535 f \n%b" % (count, table)
        ends = b"trailer\n<</Size %d/Root %d 0 R/Info %d 0 R>>\n" % (count, self.CATALOG, self.ABOUT)
        return last + listed + ends + b"startxref\n%d\n%%%%EOF\n" % self._at

    def _object(self, number: int, body: bytes) -> bytes:
        written = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        self._starts[number] = self._at
        self._at += len(written)
        return written
