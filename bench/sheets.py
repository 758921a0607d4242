"""Measure sheets of serial marks: sealed, drawn, with their words and numbers, against drawing the same modules bare.

    python bench/sheets.py [LABELS]      labels on the sheet; 10000 unless told

Bare is the least that puts these symbols on the same pages: each address is ready, its symbol is made and painted as
ours is; nothing is signed, no number derived, no word written. Beside it, without a limit: the same with symbols by
`zxing-cpp` and a rectangle for each dark run, and with matrices that are ready. They take turns with ours on the same
pages; time is that of the processor. The memory is what a whole sheet adds to that of a tenth of it. At last every code
is read back. Prints name, value, limit, ratio; exits 1 when a value is above its limit.
"""

import statistics
import sys
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import zxingcpp
from PIL import Image

from certify.pdf.lettering import lettering
from certify.pdf.sheets import A4_65, Label, image, sheets
from certify.pdf.symbols import sealed_symbol
from certify.pdf.writer import POINTS, Writer
from certify.trust.pin import opening_pin
from certify.trust.seal import Identity, sealed_address
from certify.workflows.numbering import make_mark, show_mark
from tests.trust.given import signer

AT = datetime(2026, 1, 1, tzinfo=UTC)
GTIN, HOST, KID, KEY = "06111234567895", "tdm.ma", 26, bytes(32)
SIGNER = signer("seal-26")
ROUNDS = 15
PLACES = [(column * A4_65.to_dots(40.6), row * A4_65.to_dots(21.2)) for row in range(13) for column in range(5)]


def identities(count: int) -> list[Identity]:
    """Name so many units."""
    return [Identity(gtin=GTIN, serial=make_mark(rank.to_bytes(11))) for rank in range(1, count + 1)]


def labels(units: list[Identity]) -> Iterator[Label]:
    """Seal each unit, as the labels of a batch are sealed."""
    for rank, unit in enumerate(units, 1):
        shown = show_mark(unit.serial)
        lines = (HOST, shown[:9], shown[10:], f"nº {rank}")
        yield Label(sealed_address(HOST, unit, KID, SIGNER), lines, opening_pin(unit, KEY))


def ours(units: list[Identity]) -> int:
    """Write our sheet; return its size."""
    return sum(map(len, sheets(labels(units), A4_65, title="Étiquettes", at=AT)))


def pages(drawn: list[bytes]) -> int:
    """Write the drawings of labels on pages of 65."""
    writer, unit = Writer(), POINTS / A4_65.dpi
    size = len(writer.begin(lettering(), "Étiquettes", AT))
    for start in range(0, len(drawn), A4_65.per_page):
        content = b"\n".join(drawn[start : start + A4_65.per_page])
        size += len(writer.page(b"%.6f 0 0 %.6f 0 0 cm\n%b" % (unit, unit, content), A4_65.page))
    return size + len(writer.end())


def bare(addresses: list[str]) -> int:
    """Draw the same modules and nothing else."""
    return painted([sealed_symbol(address) for address in addresses])


def by_zxing(addresses: list[str]) -> int:
    """Draw the modules of zxing-cpp as rectangles, and nothing else."""
    return pages([rectangles(address, *PLACES[rank % 65]) for rank, address in enumerate(addresses)])


def rectangles(address: str, left: int, bottom: int) -> bytes:
    """Draw a matrix of zxing-cpp, a rectangle for each dark run."""
    code = zxingcpp.create_barcode(address, zxingcpp.BarcodeFormat.QRCode, options="version=7,ecLevel=M")
    matrix = memoryview(code.to_image(scale=1, add_quiet_zones=False))
    side, dots, parts = matrix.shape[0], A4_65.dots, []
    rows = matrix.tobytes()
    for row in range(side):
        line, column = rows[row * side : (row + 1) * side], 0
        while (start := line.find(0, column)) >= 0:
            column = line.find(255, start)
            column = side if column < 0 else column
            parts.append(
                b"%d %d %d %d re"
                % (left + start * dots, bottom + (side - 1 - row) * dots, (column - start) * dots, dots)
            )
    return b"\n".join((*parts, b"f"))


def painted(symbols: list) -> int:
    """Paint matrices that are ready."""
    return pages([image(symbol, A4_65.dots, *PLACES[rank % 65]) for rank, symbol in enumerate(symbols)])


def seconds(task: Callable[[], object]) -> float:
    """Time one task."""
    started = time.process_time()
    task()
    return time.process_time() - started


def ratios(count: int) -> tuple[float, ...]:
    """Take turns on pages: ours against the bare ones, zxing-cpp, what is ready; and our labels in a second."""
    units = identities(count)
    addresses = [sealed_address(HOST, unit, KID, SIGNER) for unit in units]
    symbols = [sealed_symbol(address) for address in addresses]
    ours(units[:65]), bare(addresses[:65])
    others = (lambda: bare(addresses), lambda: by_zxing(addresses), lambda: painted(symbols))
    turns = [(seconds(lambda: ours(units)), *map(seconds, others)) for _ in range(ROUNDS)]
    medians = [statistics.median(turn[0] / turn[place] for turn in turns) for place in (1, 2, 3)]
    return (*medians, count / min(turn[0] for turn in turns))


def whole(count: int) -> tuple[float, float]:
    """Write a whole sheet: its seconds, and its megabytes of memory above those of a tenth of it."""
    units = identities(count)
    took = seconds(lambda: ours(units))
    tracemalloc.start()
    peaks = []
    for part in (count // 10, count):
        tracemalloc.reset_peak()
        for _ in sheets(labels(units[:part]), A4_65, title="Étiquettes", at=AT):
            pass
        peaks.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
    return took, (peaks[1] - peaks[0]) / 1e6


def misread(count: int) -> int:
    """Read each code of a whole sheet back with zxing-cpp; return how many say something else."""
    wrong = 0
    for label in labels(identities(count)):
        symbol = sealed_symbol(label.address)
        bits = Image.frombytes("1", (symbol.side, symbol.side), symbol.image, "raw", "1;I")
        paper = Image.new("L", (symbol.side + 8, symbol.side + 8), 255)
        paper.paste(bits, (4, 4))
        photo = paper.resize((3 * paper.width, 3 * paper.height), Image.Resampling.NEAREST)
        read = zxingcpp.read_barcodes(photo, zxingcpp.BarcodeFormat.QRCode)
        wrong += label.address not in {each.text for each in read}
    return wrong


def main() -> int:
    """Print each figure and tell whether all hold."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    against_bare, against_zxing, against_ready, rate = ratios(325)
    took, grown = whole(count)
    figures = (
        ("sheet_against_bare_modules", against_bare, 2),
        (f"sheet_of_{count}_grows_by_megabytes", grown, 1),
    )
    wrong = misread(count)
    for name, value, limit in figures:
        print(f"{name} {value:.2f} {limit} {value / limit:.2f}")
    print(f"sheet_codes_misread_of_{count} {wrong} 0 {'-' if wrong == 0 else 'inf'}")
    print(f"sheet_of_{count}_seconds {took:.1f} - -")
    print(f"sheet_labels_per_second {rate:.0f} - -")
    print(f"sheet_against_zxing_rectangles {against_zxing:.2f} - -")
    print(f"sheet_against_matrices_ready {against_ready:.1f} - -")
    return int(wrong > 0 or any(value > limit for _, value, limit in figures))


if __name__ == "__main__":
    sys.exit(main())
