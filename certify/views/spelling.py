"""How a code stands on a page: monospace, from left to right whatever is around it, and never cut inside a number.

Where a line is too short it breaks behind its separators, and inside only what has none, as a hash. `<wbr>` marks the
places: what is copied has nothing there.
`static/field/showing.js` does the same for pages that scripts write.
"""

from __future__ import annotations

import re

from markupsafe import Markup

PIECE = re.compile("[/@-]*[^/@-]*[/@-]*")


def pieces(text: str) -> list[str]:
    """Take a code apart behind its separators; the pieces together are the code."""
    return [piece for piece in PIECE.findall(text) if piece]


def code(value: object) -> Markup:
    """Write a code, or a number that one types or reads out. What is Markup already stays whole."""
    return framed(pieces(value) if type(value) is str else value)


def framed(value: object) -> Markup:
    """Write a code that was taken apart before, or stays whole: a page from a mould gets its texts later."""
    parts = value if isinstance(value, list) else [value]
    return Markup('<bdi class="code" dir="ltr">{}</bdi>').format(Markup("<wbr>").join(parts))
