"""Print the smallest mark of each form, ill-treat it, and let two decoders that know nothing of each other read it.

    python bench/survival.py [CODES]      CODES read in each cell; 24 unless told

Each mark is the PDF that the print kit hands out, drawn at 300 dpi: so many pixels to a millimetre has a telephone at
a hand's breadth. It is then photographed by a pinhole camera from 15 cm: flat or bent around a jar, tilted, turned,
out of focus, in uneven light, through noise, stained. Prints a table of what survives, in per cent read right by
zxing-cpp and by zbar. Exits 1 when a cell that the print kit promises falls under its limit.
"""

import math
import random
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import zxingcpp
from PIL import Image, ImageChops, ImageDraw, ImageFilter
from pyzbar import pyzbar

from certify.pdf.marks import mark_pdf
from certify.pdf.symbols import Symbol, sealed_symbol, short_symbol
from certify.trust.seal import Identity, sealed_address
from certify.workflows.numbering import make_mark
from certify.workflows.printkit import MarkForm, Printer, Size, sizes
from tests.trust.given import signer

DPI = 300
DISTANCE, MARGIN, CELL = 150, 3, 6
"""From the lens to the mark and around the mark, in millimetres; the side of what is bent as one piece, in pixels."""

PROMISED = 0.95
"""What must be read of each cell that the kit promises, by the better of the two."""

CHANCE = random.Random(7)
HOST = "tdm.ma"


@dataclass(frozen=True)
class View:
    """How a mark is photographed: around a jar of a diameter, tilted and turned (degrees), blurred (mm), and so on."""

    diameter: float | None = None
    tilt: float = 0
    turn: float = 0
    blur: float = 0
    light: float = 1
    noise: float = 0
    stain: float = 0
    is_opaque: bool = False


HAND = View(tilt=15, turn=7, blur=0.05, noise=12)
"""A telephone in a hand, on a good day."""

VIEWS = {
    "as printed": (View(), True),
    "in the hand": (HAND, True),
    "turned 45°": (replace(HAND, turn=45), True),
    "tilted 35°": (replace(HAND, tilt=35), True),
    "blurred, 0.1 mm": (replace(HAND, blur=0.1), True),
    "blurred, 0.15 mm": (replace(HAND, blur=0.15), False),
    "lit unevenly, 1 to 3": (replace(HAND, light=1 / 3), True),
    "lit unevenly, 1 to 5": (replace(HAND, light=0.2), False),
    "bent on a jar, Ø 80 mm": (replace(HAND, diameter=80), True),
    "bent on a jar, Ø 60 mm": (replace(HAND, diameter=60), True),
    "bent on a bottle, Ø 40 mm": (replace(HAND, diameter=40), False),
    "10 % stained, by coffee": (replace(HAND, stain=0.1), True),
    "10 % covered, in specks": (replace(HAND, stain=0.1, is_opaque=True), False),
    "5 % covered, in specks": (replace(HAND, stain=0.05, is_opaque=True), False),
    "jar Ø 80 mm, 0.1 mm, 1 to 3, coffee": (replace(HAND, diameter=80, blur=0.1, light=1 / 3, stain=0.1), False),
}
"""Each view, and whether the print kit promises that a mark survives it."""


def photographed(print_: Image.Image, view: View) -> Image.Image:
    """Take the photo."""
    seen = stained(print_, view) if view.stain else print_
    seen = bent(seen, view)
    if view.light < 1:
        seen = ImageChops.multiply(seen, slope(seen.size, view.light))
    if view.blur:
        seen = seen.filter(ImageFilter.GaussianBlur(view.blur * DPI / 25.4))
    if view.noise:
        seen = ImageChops.add(seen, Image.effect_noise(seen.size, view.noise), 1, -128)
    return seen


def bent(print_: Image.Image, view: View) -> Image.Image:
    """See the print through the camera, piece by piece: for each pixel, where its ray meets the paper."""
    width, height = print_.size
    side = round(math.hypot(width, height))
    at = ray(view)

    def corner(x: float, y: float) -> tuple[float, float]:
        across, down = at((x - side / 2) * 25.4 / DPI, (y - side / 2) * 25.4 / DPI)
        return across * DPI / 25.4 + width / 2, down * DPI / 25.4 + height / 2

    mesh = []
    for top in range(0, side, CELL):
        for left in range(0, side, CELL):
            box = (left, top, min(left + CELL, side), min(top + CELL, side))
            corners = ((box[0], box[1]), (box[0], box[3]), (box[2], box[3]), (box[2], box[1]))
            mesh.append((box, tuple(edge for each in corners for edge in corner(*each))))
    paper = Image.new("L", (side, side), 255)
    seen = print_.transform((side, side), Image.Transform.MESH, mesh, Image.Resampling.BICUBIC, fill=1, fillcolor=255)
    paper.paste(seen)
    return paper


def ray(view: View) -> Callable[[float, float], tuple[float, float]]:
    """Return what leads from a place in the photo to a place on the paper, in millimetres from the middle."""
    tilt, turn = math.radians(view.tilt), math.radians(view.turn)
    radius = view.diameter / 2 if view.diameter else None

    def meets(x: float, y: float) -> tuple[float, float]:
        x, y = x * math.cos(turn) - y * math.sin(turn), x * math.sin(turn) + y * math.cos(turn)
        way = (x, y * math.cos(tilt) + DISTANCE * math.sin(tilt), DISTANCE * math.cos(tilt) - y * math.sin(tilt))
        start = (0, -DISTANCE * math.sin(tilt), -DISTANCE * math.cos(tilt))
        if radius is None:
            long = -start[2] / way[2]
            return way[0] * long, start[1] + way[1] * long
        depth = start[2] - radius
        a, b, c = way[0] ** 2 + way[2] ** 2, way[2] * depth, depth**2 - radius**2
        under = b * b - a * c
        if under < 0:
            return 1000, 1000
        long = (-b - math.sqrt(under)) / a
        return radius * math.atan2(way[0] * long, -(depth + way[2] * long)), start[1] + way[1] * long

    return meets


def stained(print_: Image.Image, view: View) -> Image.Image:
    """Let drops fall on the symbol until they cover their share of it: one of coffee, or opaque specks."""
    cover = Image.new("L", print_.size, 255)
    pen, edge = ImageDraw.Draw(cover), round(MARGIN * DPI / 25.4)
    inner = print_.width - 2 * edge
    wanted, radius = view.stain * inner**2, inner * (0.03 if view.is_opaque else 0.19)
    tone = 30 if view.is_opaque else 150
    while sum(cover.histogram()[:255]) < wanted:
        x, y = (edge + CHANCE.uniform(radius, inner - radius) for _ in range(2))
        size = radius * CHANCE.uniform(0.7, 1)
        pen.ellipse((x - size, y - size * 0.9, x + size, y + size * 0.9), fill=tone)
    return ImageChops.multiply(print_, cover)


def slope(size: tuple[int, int], darkest: float) -> Image.Image:
    """Return light that falls from one side, and leaves `darkest` of itself at the other."""
    gradient = Image.linear_gradient("L").rotate(CHANCE.choice((0, 90, 180, 270))).resize(size)
    return gradient.point(lambda value: round(255 * (darkest + (1 - darkest) * value / 255)))


def address_of(form: MarkForm) -> str:
    """Make an address as one is printed, of a mark of its own."""
    mark = make_mark(CHANCE.randbytes(11))
    if form is MarkForm.SHORT:
        return f"HTTPS://{HOST.upper()}/V/{mark}"
    return sealed_address(HOST, Identity(gtin="06111234567895", serial=mark), 26, signer("seal-26"))


def printed(form: MarkForm, folder: Path) -> tuple[str, Size, Image.Image]:
    """Print a mark at its smallest size; return what it says, its size, and the paper with a margin around it."""
    address = address_of(form)
    symbol: Symbol = (sealed_symbol if form is MarkForm.SEALED else short_symbol)(address)
    size = min((sizes(form, printer, symbol.side)[0] for printer in Printer), key=lambda size: size.module)
    pdf = folder / "mark.pdf"
    at = datetime(2026, 1, 1, tzinfo=UTC)
    pdf.write_bytes(mark_pdf(symbol, HOST, dpi=size.dpi, dots=size.dots, title=HOST, at=at))
    subprocess.run(["pdftoppm", "-r", str(DPI), "-gray", "-singlefile", pdf, folder / "mark"], check=True)
    drawn, edge = Image.open(folder / "mark.pgm"), round(MARGIN * DPI / 25.4)
    side = round(size.side * DPI / 25.4)
    paper = Image.new("L", (side + 2 * edge, side + 2 * edge), 255)
    paper.paste(drawn.crop((0, 0, side, side)), (edge, edge))
    return address, size, paper


def by_zxing(photo: Image.Image) -> set[str]:
    """Read with zxing-cpp."""
    return {read.text for read in zxingcpp.read_barcodes(photo, zxingcpp.BarcodeFormat.QRCode)}


def by_zbar(photo: Image.Image) -> set[str]:
    """Read with zbar."""
    return {read.data.decode() for read in pyzbar.decode(photo, [pyzbar.ZBarSymbol.QRCODE])}


def main() -> int:
    """Print the table and tell whether what is promised holds."""
    count, is_broken = int(sys.argv[1]) if len(sys.argv) > 1 else 24, False
    with tempfile.TemporaryDirectory() as folder:
        for form in MarkForm:
            prints = [printed(form, Path(folder)) for _ in range(count)]
            size = prints[0][1]
            print(f"{form}: module {size.module:.3f} mm, {size.side:.1f} mm with its quiet zone")
            for name, (view, is_promised) in VIEWS.items():
                read = [
                    [address in reader(photo) for reader in (by_zxing, by_zbar)]
                    for address, _, paper in prints
                    for photo in (photographed(paper, view),)
                ]
                shares = [sum(column) / count for column in zip(*read, strict=True)]
                fails = is_promised and max(shares) < PROMISED
                is_broken |= fails
                verdict = "BROKEN" if fails else "promised" if is_promised else "-"
                print(
                    f"  {name:38} zxing {shares[0]:4.0%}  zbar {shares[1]:4.0%}  {verdict}{'  BROKEN' if fails else ''}"
                )
    return int(is_broken)


if __name__ == "__main__":
    sys.exit(main())
