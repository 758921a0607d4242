"""QR symbols, module by module: what `qrcode` draws, one hundred times faster, for sheets of thousands of labels.

The tables (blocks, positions, masks, BCH) are those of `qrcode`, and a test holds each symbol against that package's.
What takes it long is done here on one large integer a symbol: a module is a bit, a row a whole number of bytes, so
that the eight masks of ISO/IEC 18004 are judged in a tenth of a millisecond and the integer is the image as PDF has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, product, zip_longest
from operator import itemgetter

from qrcode import QRCode, base, util
from qrcode.constants import ERROR_CORRECT_M

LEVEL = ERROR_CORRECT_M
QUIET_ZONE = 4
"""Modules left blank all around."""

SEALED_VERSIONS, SHORT_VERSIONS = (7, 8), (2, 3)
"""From version 7 on a grid of alignment patterns follows the curve of a jar; up to version 3 so few modules do not need
one. What lies between has too many for the one and not the other: it is never used (`trust.md` §5.2)."""

PAIRS = {
    "".join(pair): f"{45 * util.ALPHA_NUM.index(pair[0].encode()) + util.ALPHA_NUM.index(pair[1].encode()):011b}"
    for pair in product(util.ALPHA_NUM.decode(), repeat=2)
}
SINGLES = {sign: f"{util.ALPHA_NUM.index(sign.encode()):06b}" for sign in util.ALPHA_NUM.decode()}
FILLING = "1110110000010001"
BYTE, ALPHANUMERIC, END = "0100", "0010", "0000"


class TooLong(ValueError):
    """An address does not fit the symbols that survive on a pack: the host is too long."""


@dataclass(frozen=True)
class Symbol:
    """A symbol of `side` modules; `image` has a bit a module, each row filled up to whole bytes, 1 where it is dark."""

    version: int
    side: int
    image: bytes

    def is_dark(self, row: int, column: int) -> bool:
        """Tell whether a module is dark, counted from the top left corner."""
        return bool(self.image[row * stride(self.side) // 8 + column // 8] >> 7 - column % 8 & 1)

    def rows(self) -> list[list[bool]]:
        """Return the modules, row by row."""
        return [[self.is_dark(row, column) for column in range(self.side)] for row in range(self.side)]

    def runs(self) -> Iterator[tuple[int, int, int]]:
        """List the dark runs as row, column, length."""
        width = stride(self.side) // 8
        for row in range(self.side):
            line = f"{int.from_bytes(self.image[row * width : (row + 1) * width]):0{width * 8}b}"
            for found in re.finditer("1+", line):
                yield row, found.start(), found.end() - found.start()

    def path(self, left: int = QUIET_ZONE, top: int = QUIET_ZONE) -> str:
        """Return the dark modules as one SVG path, a unit a module."""
        return "".join(f"M{left + column} {top + row}h{length}v1h-{length}z" for row, column, length in self.runs())


def sealed_symbol(address: str) -> Symbol:
    """Draw a sealed address: level M, version 7 even where less would do; 8 for a long host. Raises TooLong.

    Two segments, so that it is the same symbol whoever draws it: bytes up to the host's slash, then alphanumeric.
    """
    cut = address.index("/", len("https://")) + 1
    return _drawn(_bytes(address[:cut]) + _alphanumeric(address[cut:]), SEALED_VERSIONS)


def short_symbol(address: str) -> Symbol:
    """Draw a short address for a small label: level M, version 2 or 3; alphanumeric when it is in capitals throughout.

    Raises TooLong.
    """
    bits = _alphanumeric(address) if set(address) <= SINGLES.keys() else _bytes(address)
    return _drawn(bits, SHORT_VERSIONS)


def stride(side: int) -> int:
    """Return the bits of a row, whole bytes."""
    return -(-side // 8) * 8


def _drawn(bits: str, versions: tuple[int, ...]) -> Symbol:
    for version in versions:
        press = press_of(version)
        if len(bits) <= press.capacity:
            return press.symbol(bits)
    raise TooLong("The address is too long for a mark that survives on a pack: choose a shorter host.")


def _bytes(text: str) -> str:
    content = text.encode()
    return f"{BYTE}{len(content):08b}{''.join(f'{byte:08b}' for byte in content)}"


def _alphanumeric(text: str) -> str:
    pairs = "".join([PAIRS[text[place : place + 2]] for place in range(0, len(text) - 1, 2)])
    return f"{ALPHANUMERIC}{len(text):09b}{pairs}{SINGLES[text[-1]] if len(text) % 2 else ''}"


@lru_cache
def press_of(version: int) -> Press:
    """Return what draws symbols of a version; made once."""
    return Press(version)


class Press:
    """Draws symbols of one version, level M, from their bits."""

    def __init__(self, version: int) -> None:
        self.version, self.side = version, 17 + 4 * version
        self.stride = stride(self.side)
        self.size = self.side * self.stride // 8
        self._blocks = base.rs_blocks(version, LEVEL)
        self.capacity = 8 * sum(block.data_count for block in self._blocks)
        self._remainders = _remainders(self._blocks[0].total_count - self._blocks[0].data_count)
        free = _free_places(_frame(version))
        codewords = sum(block.total_count for block in self._blocks)
        self._gather = itemgetter(*self._sources(free, 8 * codewords))
        self._masks = [self._packed(place for place in free if util.mask_func(mask)(*place)) for mask in range(8)]
        self._frames = [self._packed(_dark_places(_frame(version, mask))) for mask in range(8)]
        self._judge = Judge(self.side, self.stride)
        self._bare = self._packed(_dark_places(_frame(version)))

    def symbol(self, bits: str) -> Symbol:
        """Draw the symbol that holds `bits`, under the mask that loses the fewest points."""
        bits += END[: self.capacity - len(bits)]
        bits += "0" * (-len(bits) % 8)
        bits += (FILLING * self.capacity)[: self.capacity - len(bits)]
        data = int("".join(self._gather(self._coded(int(bits, 2).to_bytes(self.capacity // 8)) + "0")), 2)
        lost = self._judge.lost
        mask = min(range(8), key=lambda each: lost(self._bare | data ^ self._masks[each]))
        return Symbol(self.version, self.side, (self._frames[mask] | data ^ self._masks[mask]).to_bytes(self.size))

    def _coded(self, content: bytes) -> str:
        """Add the error correction to each block and interleave the blocks: the bits in the order they are placed."""
        data, correction, start = [], [], 0
        for block in self._blocks:
            data.append(content[start : start + block.data_count])
            correction.append(self._correction(data[-1], block.total_count - block.data_count))
            start += block.data_count
        columns = chain(zip_longest(*data), zip_longest(*correction))
        coded = bytes([byte for column in columns for byte in column if byte is not None])
        return f"{int.from_bytes(coded):0{8 * len(coded)}b}"

    def _correction(self, data: bytes, count: int) -> bytes:
        """Divide by the generator of Reed-Solomon, a byte at a time; all remainders of one byte are in a table."""
        left, table, kept, shift = 0, self._remainders, (1 << 8 * count - 8) - 1, 8 * count - 8
        for byte in data:
            left = (left & kept) << 8 ^ table[left >> shift ^ byte]
        return left.to_bytes(count)

    def _sources(self, free: list[tuple[int, int]], bits: int) -> list[int]:
        """Say for each bit of the image which bit of the data stands there; a zero after the last, where none does."""
        sources = [bits] * (self.side * self.stride)
        for rank, (row, column) in enumerate(free[:bits]):
            sources[row * self.stride + column] = rank
        return sources

    def _packed(self, places: Iterator[tuple[int, int]]) -> int:
        return sum(1 << self.size * 8 - 1 - row * self.stride - column for row, column in places)


class Judge:
    """Counts the points that an image loses, by the four rules of ISO/IEC 18004, 7.8.3, on all modules at once."""

    def __init__(self, side: int, stride: int) -> None:
        self.modules, self._total = side * side, side * stride
        self._steps = ((1, side, side), (stride, side, side))

        def window(columns: int, rows: int) -> int:
            """Return the places where something `columns` wide and `rows` high may begin."""
            lasting = range(rows - 1, side)
            row = ((1 << side) - 1 >> columns - 1) << stride - side + columns - 1
            return sum(row << stride * (each - rows + 1) for each in lasting) << stride * (rows - 1)

        self._pairs = {1: window(2, 1), stride: window(1, 2)}
        self._finders = {1: window(11, 1), stride: window(1, 11)}

    def lost(self, image: int) -> int:
        """Return the points."""
        points, alike = 0, {}
        for step, places in self._pairs.items():
            same = ~(image ^ image << step) & places
            alike[step] = same
            five = same & same << step & same << 2 * step & same << 3 * step
            points += five.bit_count() + 2 * (five & ~(five >> step)).bit_count()
            points += 40 * self._finder_like(image, step)
        across, down = alike.values()
        stride = list(self._pairs)[1]
        points += 3 * (across & across << stride & down).bit_count()
        return points + 10 * int(abs(image.bit_count() / self.modules * 100 - 50) / 5)

    def _finder_like(self, image: int, step: int) -> int:
        """Count what looks like a finder: 1011101 with four light modules before or after it."""
        at = [image << step * place for place in range(11)]
        both = self._finders[step] & at[4] & at[6] & ~(at[1] | at[5] | at[9])
        after = both & at[0] & at[2] & at[3] & ~(at[7] | at[8] | at[10])
        before = both & at[7] & at[8] & at[10] & ~(at[0] | at[2] | at[3])
        return after.bit_count() + before.bit_count()


def _frame(version: int, mask: int | None = None) -> list[list[bool | None]]:
    """Return the patterns of a version; the data is None. Without a mask, what names it is left light, as it is judged
    without."""
    code = QRCode(version=version, error_correction=LEVEL)
    code.modules_count = side = 17 + 4 * version
    code.modules = [[None] * side for _ in range(side)]
    for row, column in ((0, 0), (side - 7, 0), (0, side - 7)):
        code.setup_position_probe_pattern(row, column)
    code.setup_position_adjust_pattern()
    code.setup_timing_pattern()
    code.setup_type_info(mask is None, mask or 0)
    if version >= 7:
        code.setup_type_number(mask is None)
    return code.modules


def _dark_places(modules: list[list[bool | None]]) -> Iterator[tuple[int, int]]:
    return ((row, column) for row, line in enumerate(modules) for column, dark in enumerate(line) if dark)


def _free_places(modules: list[list[bool | None]]) -> list[tuple[int, int]]:
    """List where data goes, in its order: two columns at a time from the right, up and down, around the timing."""
    side, places, is_upward = len(modules), [], True
    for right in chain(range(side - 1, 6, -2), range(5, 0, -2)):
        rows = range(side - 1, -1, -1) if is_upward else range(side)
        places += [(row, column) for row in rows for column in (right, right - 1) if modules[row][column] is None]
        is_upward = not is_upward
    return places


def _remainders(count: int) -> list[int]:
    """Return the remainder of each byte, followed by `count` zeros, divided by the generator of that degree."""
    generator = base.Polynomial([1], 0)
    for power in range(count):
        generator = generator * base.Polynomial([1, base.gexp(power)], 0)
    coefficients = [generator[place] for place in range(1, count + 1)]

    def times(factor: int) -> int:
        products = (base.gexp(base.glog(factor) + base.glog(each)) if factor and each else 0 for each in coefficients)
        return int.from_bytes(bytes(products))

    return [times(byte) for byte in range(256)]
