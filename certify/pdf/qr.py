"""The QR code of a certificate, as one vector path that a screen reader can name."""

import re

from markupsafe import Markup
from qrcode import QRCode
from qrcode.constants import ERROR_CORRECT_Q
from qrcode.image.svg import SvgPathImage

QUIET_ZONE = 4


def qr_svg(address: str, title: str) -> Markup:
    """Draw the address as inline SVG, level Q, with its quiet zone of four modules and a title for PDF/UA.

    The drawing has no size of its own: the style sheet gives it one.
    """
    code = QRCode(error_correction=ERROR_CORRECT_Q, border=QUIET_ZONE, box_size=10)
    code.add_data(address)
    code.make(fit=True)
    path = re.search(r' d="([^"]+)"', code.make_image(image_factory=SvgPathImage).to_string(encoding="unicode"))[1]
    side = code.modules_count + 2 * QUIET_ZONE
    return Markup('<svg class="qr" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}">').format(side) + Markup(
        '<title>{}</title><path d="{}"/></svg>'
    ).format(title, path)
