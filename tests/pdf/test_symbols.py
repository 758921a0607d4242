"""Marks as symbols: the same modules as the package that everybody uses, of the version that a jar needs."""

import random

import pytest
import zxingcpp
from PIL import Image
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_M
from qrcode.util import MODE_8BIT_BYTE, MODE_ALPHA_NUM, QRData

from certify.pdf.symbols import Symbol, TooLong, sealed_symbol, short_symbol
from certify.workflows.numbering import CROCKFORD
from tests.trust.given import VECTORS

BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
CHANCE = random.Random(4)


def drawn_by_qrcode(version: int, *segments: tuple[str, int]) -> list[list[bool]]:
    """Draw segments with `qrcode`, level M."""
    code = QRCode(version=version, error_correction=ERROR_CORRECT_M, border=0)
    for text, mode in segments:
        code.add_data(QRData(text.encode(), mode=mode))
    code.make(fit=False)
    return [[bool(module) for module in row] for row in code.modules]


def sealed(host: str = "tdm.ma") -> str:
    """An address of the length of a sealed one; what it says does not matter here."""
    seal = "".join(CHANCE.choices(BASE32, k=104))
    return f"https://{host}/{seal}/01/06111234567895/21/{''.join(CHANCE.choices(CROCKFORD, k=12))}"


def picture(symbol: Symbol, scale: int = 4) -> Image.Image:
    """Paint a symbol with its quiet zone."""
    side = symbol.side + 8
    image = Image.new("L", (side, side), 255)
    for row, line in enumerate(symbol.rows()):
        for column, is_dark in enumerate(line):
            if is_dark:
                image.putpixel((column + 4, row + 4), 0)
    return image.resize((side * scale, side * scale), Image.NEAREST)


@pytest.mark.parametrize("vector", VECTORS["seals"], ids=lambda vector: vector["case"])
def test_published_seal_is_version_7_and_reads_back(vector):
    symbol = sealed_symbol(vector["url"])
    [read] = zxingcpp.read_barcodes(picture(symbol), zxingcpp.BarcodeFormat.QRCode)
    assert f"{symbol.version}-{read.ec_level} {symbol.side} modules" == vector["qr"]
    assert read.text == vector["url"]


@pytest.mark.parametrize(("host", "version"), [("tdm.ma", 7), ("a" * 17, 7), ("a" * 18, 8), ("a" * 47, 8)])
def test_sealed_symbol_is_that_of_qrcode(host, version):
    for _ in range(8):
        address = sealed(host)
        cut = len(host) + 9
        symbol = sealed_symbol(address)
        two = ((address[:cut], MODE_8BIT_BYTE), (address[cut:], MODE_ALPHA_NUM))
        assert (symbol.version, symbol.rows()) == (version, drawn_by_qrcode(version, *two))


def test_host_too_long_is_refused():
    with pytest.raises(TooLong):
        sealed_symbol(sealed("a" * 48))
    with pytest.raises(TooLong):
        short_symbol(f"HTTPS://{'A' * 39}/V/7K9M4T2XP8QJ")


@pytest.mark.parametrize(
    ("address", "version", "mode"),
    [
        ("HTTPS://TDM.MA/V/7K9M4T2XP8QJ", 2, MODE_ALPHA_NUM),
        (f"HTTPS://{'A' * 15}/V/7K9M4T2XP8QJ", 2, MODE_ALPHA_NUM),
        (f"HTTPS://{'A' * 16}/V/7K9M4T2XP8QJ", 3, MODE_ALPHA_NUM),
        ("https://tdm.ma/v/7K9M4T2XP8QJ", 3, MODE_8BIT_BYTE),
    ],
)
def test_short_symbol_is_small_and_that_of_qrcode(address, version, mode):
    symbol = short_symbol(address)
    assert (symbol.version, symbol.rows()) == (version, drawn_by_qrcode(version, (address, mode)))


def test_no_symbol_is_of_a_version_that_a_jar_bends():
    lengths = range(4, 48)
    versions = {sealed_symbol(sealed("a" * length)).version for length in lengths}
    versions |= {short_symbol(f"HTTPS://{'A' * length}/V/7K9M4T2XP8QJ").version for length in lengths if length < 39}
    assert versions == {2, 3, 7, 8}


def test_path_paints_every_dark_module_once():
    symbol = sealed_symbol(sealed())
    dark = {(row, column + step) for row, column, length in symbol.runs() for step in range(length)}
    assert dark == {
        (row, column) for row, line in enumerate(symbol.rows()) for column, is_dark in enumerate(line) if is_dark
    }
    assert symbol.path(0, 0).startswith("M0 0h7v1h-7z")
