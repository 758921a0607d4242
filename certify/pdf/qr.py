"""The QR code of a certificate, as one vector path that a screen reader can name."""

import re

from markupsafe import Markup
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathImage

from certify.pdf.symbols import QUIET_ZONE, TooLong, sealed_symbol

SEALED = re.compile(r"https?://[^/]+/[A-Z2-7]{104}/.+")


def qr_svg(address: str, title: str) -> Markup:
    """Draw the address as inline SVG, with its quiet zone of four modules and a title for PDF/UA.

    A sealed address is the symbol that packs bear too (level M, version 7), any other one is of level Q. The drawing
    has no size of its own: the style sheet gives it one.
    """
    side, path = _sealed(address) or _plain(address)
    return Markup('<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}">').format(side) + Markup(
        '<title>{}</title><path d="{}"/></svg>'
    ).format(title, path)


def _sealed(address: str) -> tuple[int, str] | None:
    """Return side and path of a sealed address; None for another, or one whose host is too long for a pack."""
    if not SEALED.fullmatch(address):
        return None
    try:
        symbol = sealed_symbol(address)
    except TooLong:
        return None
    return symbol.side + 2 * QUIET_ZONE, symbol.path()


def _plain(address: str) -> tuple[int, str]:
    code = QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE, box_size=10)
    code.add_data(address)
    code.make(fit=True)
    path = re.search(r' d="([^"]+)"', code.make_image(image_factory=SvgPathImage).to_string(encoding="unicode"))[1]
    return code.modules_count + 2 * QUIET_ZONE, path
