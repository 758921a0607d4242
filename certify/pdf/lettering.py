"""The letters beside a mark: one font, cut to the characters that marks are written with, or drawn as outlines.

Labels are printed far from here: what is embedded or drawn looks the same on every printer. fontTools is large: who
prints loads it, not every process that answers pages.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import TYPE_CHECKING

from certify.pdf.fonts import FACES, font_files

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-./:·º# "
"""All that stands beside a mark: a host, groups of a mark, a rank. Each is in Latin-1, as the PDF writes them."""

FACE = next(face for face in FACES if (face.family, face.weight) == ("Paper Mono", 700))


@dataclass(frozen=True)
class Lettering:
    """The font cut down: its file, and its measures in thousandths of its size. Every character is as wide."""

    content: bytes
    width: int
    ascent: int
    descent: int
    box: tuple[int, int, int, int]

    def size_for(self, text: str, room: float, largest: float) -> float:
        """Return the size at which `text` fits in `room`, `largest` at most, in the same unit."""
        return min(largest, room * 1000 / (self.width * len(text)))


@lru_cache
def lettering() -> Lettering:
    """Return the font cut to CHARACTERS; made once."""
    from fontTools.subset import Options, Subsetter  # noqa: PLC0415 - large, and few print

    logging.getLogger("fontTools.subset").setLevel(logging.ERROR)  # it tells of a table that FontForge leaves
    font = _font()
    options = Options(hinting=False, layout_features=[], name_IDs=[6], glyph_names=False, notdef_outline=True)
    cutter = Subsetter(options)
    cutter.populate(text=CHARACTERS)
    cutter.subset(font)
    written = BytesIO()
    font.save(written)
    scale = 1000 / font["head"].unitsPerEm
    head, lines = font["head"], font["hhea"]
    return Lettering(
        written.getvalue(),
        round(font["hmtx"]["zero" if "zero" in font["hmtx"].metrics else font.getBestCmap()[ord("0")]][0] * scale),
        round(lines.ascent * scale),
        round(lines.descent * scale),
        tuple(round(each * scale) for each in (head.xMin, head.yMin, head.xMax, head.yMax)),
    )


def outlined(text: str, size: float, left: float, baseline: float) -> str:
    """Return `text` as one SVG path: no font is needed to show it."""
    from fontTools.pens.svgPathPen import SVGPathPen  # noqa: PLC0415 - large, and few print
    from fontTools.pens.transformPen import TransformPen  # noqa: PLC0415

    font = _font()
    glyphs, names, scale = font.getGlyphSet(), font.getBestCmap(), size / font["head"].unitsPerEm
    pen = SVGPathPen(glyphs, ntos=lambda number: f"{number:.2f}".rstrip("0").rstrip("."))
    for sign in text:
        glyph = glyphs[names[ord(sign)]]
        glyph.draw(TransformPen(pen, (scale, 0, 0, -scale, left, baseline)))
        left += glyph.width * scale
    return pen.getCommands()


def _font() -> TTFont:
    from fontTools.ttLib import TTFont  # noqa: PLC0415 - large, and few print

    return TTFont(font_files()[FACE], recalcTimestamp=False)
