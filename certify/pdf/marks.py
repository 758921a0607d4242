"""One mark for whoever designs a pack: SVG or PDF, at its exact size, its quiet zone blank around it."""

from __future__ import annotations

from datetime import datetime
from html import escape

from certify.pdf.lettering import lettering, outlined
from certify.pdf.sheets import image
from certify.pdf.symbols import QUIET_ZONE, Symbol
from certify.pdf.writer import INCH, POINTS, Writer, words

LINE = 3.0
"""The largest size of the line under a mark, in modules."""


def mark_pdf(symbol: Symbol, line: str, *, dpi: float, dots: int, title: str, at: datetime) -> bytes:
    """Write a mark on a page of its own size; a module is `dots` of the printer. `line` is read below it."""
    writer, letters = Writer(), lettering()
    side = (symbol.side + 2 * QUIET_ZONE) * dots
    size = letters.size_for(line, side, LINE * dots)
    height, unit = side + round(size), POINTS / dpi
    content = b"%.6f 0 0 %.6f 0 0 cm\n%b\n%b" % (
        *(unit, unit, image(symbol, dots, QUIET_ZONE * dots, height - (QUIET_ZONE + symbol.side) * dots)),
        words(line, size, (side - _width(line, size)) / 2, size / 2),
    )
    page = (side * INCH / dpi, height * INCH / dpi)
    return writer.begin(letters, title, at) + writer.page(content, page) + writer.end()


def mark_svg(symbol: Symbol, line: str, *, module: float, title: str) -> str:
    """Draw a mark; `module` is in millimetres. The line below it is drawn too, so that no font is needed."""
    side = symbol.side + 2 * QUIET_ZONE
    size = lettering().size_for(line, side, LINE)
    height = side + size
    letters = outlined(line, size, (side - _width(line, size)) / 2, height - size / 2)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{side * module:.3f}mm" height="{height * module:.3f}mm"'
        f' viewBox="0 0 {side} {height:.3f}"><title>{escape(title)}</title>'
        f'<path fill="#fff" d="M0 0h{side}v{height:.3f}H0z"/>'
        f'<path shape-rendering="crispEdges" d="{symbol.path()}"/><path d="{letters}"/></svg>'
    )


def _width(line: str, size: float) -> float:
    return size * lettering().width * len(line) / 1000
