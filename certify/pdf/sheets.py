"""Sheets of marks as PDF, written label by label as they come: ten thousand take no more memory than ten.

A mark is a bit mask that the page paints, a module a whole number of the printer's dots: nothing is resampled. The
same labels give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from certify.pdf.lettering import Lettering, lettering
from certify.pdf.symbols import QUIET_ZONE, Symbol, sealed_symbol, stride
from certify.pdf.writer import INCH, POINTS, Writer, words

LINE = 3
"""The largest size of a line, in millimetres."""


@dataclass(frozen=True)
class Label:
    """What one label bears: the address of its mark, what is read beside it, and the opening number to be covered."""

    address: str
    lines: tuple[str, ...]
    pin: str | None = None


@dataclass(frozen=True)
class Layout:
    """How labels lie on a page, in dots of the printer: `dots` to a module, words beside the mark or under it."""

    dpi: float
    dots: int
    page: tuple[float, float]
    label: tuple[float, float]
    pitch: tuple[float, float]
    margin: tuple[float, float] = (0, 0)
    grid: tuple[int, int] = (1, 1)
    is_beside: bool = False

    @property
    def per_page(self) -> int:
        """How many labels a page holds."""
        return self.grid[0] * self.grid[1]

    def to_dots(self, millimetres: float) -> int:
        """Return the nearest whole dot."""
        return round(millimetres * self.dpi / INCH)


A4_65 = Layout(*(600, 9, (210, 297), (38.1, 21.2), (40.6, 21.2)), margin=(4.75, 10.7), grid=(5, 13), is_beside=True)
"""65 labels of 38.1 × 21.2 mm, as stationers sell them, for an office printer of 600 dpi: a module is 0.381 mm."""

ROLL_20 = Layout(203.2, 3, (20, 26), (20, 26), (20, 26))
"""A roll 20 mm wide for a label printer of 203 dpi: a module is 0.375 mm, a page is a label."""

ROLL_20_PIN = Layout(203.2, 3, (20, 33), (20, 33), (20, 33))
"""The same, with room for a field to scratch."""


def sheets(labels: Iterable[Label], layout: Layout, *, title: str, at: datetime) -> Iterator[bytes]:
    """Write the labels as PDF, a page at a time."""
    writer, hand = Writer(), Hand(layout, lettering())
    yield writer.begin(hand.letters, title, at)
    left, unit = iter(labels), POINTS / layout.dpi
    while page := list(islice(left, layout.per_page)):
        drawn = b"\n".join(hand.label(each, place) for place, each in enumerate(page))
        yield writer.page(b"%.6f 0 0 %.6f 0 0 cm\n%b" % (unit, unit, drawn), layout.page)
    yield writer.end()


def image(symbol: Symbol, dots: int, left: int, bottom: int) -> bytes:
    """Paint a symbol, its lower left corner at a dot; the bits are written in hexadecimal, which no reader misreads."""
    side, width = symbol.side * dots, stride(symbol.side)
    if width != symbol.side:  # the last bits of each row are no modules: the image is cut there
        clip, painted = b"%d %d %d %d re W n " % (left, bottom, side, side), width * dots
    else:
        clip, painted = b"", side
    return b"q %b%d 0 0 %d %d %d cm BI/W %d/H %d/IM true/D[1 0]/F/AHx ID %b>\nEI Q" % (
        *(clip, painted, side, left, bottom, width, symbol.side),
        symbol.image.hex().encode(),
    )


@dataclass(frozen=True)
class Hand:
    """Draws labels where the layout wants them."""

    layout: Layout
    letters: Lettering

    def label(self, label: Label, place: int) -> bytes:
        """Draw the label at a place of its page: the mark, and its words beside it or under it."""
        layout, symbol = self.layout, sealed_symbol(label.address)
        side, quiet = symbol.side * layout.dots, QUIET_ZONE * layout.dots
        (left, top), (width, height) = self._corner(place), map(layout.to_dots, layout.label)
        if layout.is_beside:
            edge = (height - side) // 2
            mark = image(symbol, layout.dots, left + edge, top - edge - side)
            start, line = edge + side + quiet, top - layout.to_dots(1)
        else:
            edge = (width - side) // 2
            mark = image(symbol, layout.dots, left + edge, top - quiet - side)
            start, line = layout.to_dots(0.6), top - side - 2 * quiet
        return b"\n".join((mark, *self._words(label, left + start, line, width - start - layout.to_dots(0.6))))

    def _corner(self, place: int) -> tuple[int, int]:
        """Return the upper left corner of a label on its page, in dots."""
        layout = self.layout
        row, column = divmod(place, layout.grid[0])
        across = layout.margin[0] + column * layout.pitch[0]
        down = layout.margin[1] + row * layout.pitch[1]
        return layout.to_dots(across), layout.to_dots(layout.page[1] - down)

    def _words(self, label: Label, left: int, top: int, room: int) -> Iterator[bytes]:
        """Write the lines one under another, then the frame whose number is covered before the label is sold."""
        to_dots, letters = self.layout.to_dots, self.letters
        for line in label.lines:
            size = letters.size_for(line, room, to_dots(LINE))
            top -= round(size)
            yield words(line, size, left, top + round(0.2 * size))
        if label.pin:
            size, edge = letters.size_for(label.pin, room - to_dots(1), to_dots(LINE)), to_dots(0.7)
            tall = round(size) + 2 * edge
            top -= tall + edge
            yield b"q %d w %d %d %d %d re S Q" % (max(1, to_dots(0.1)), left, top, room, tall)
            yield words(label.pin, size, left + edge, top + edge + round(0.15 * size))
