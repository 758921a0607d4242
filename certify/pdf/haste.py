"""What WeasyPrint and pydyf do twice, done once: each paper is the same to the byte, and comes sooner.

Found by measuring minutes of forty items, which took a tenth longer. `tests/pdf/test_haste.py` compares the bytes with
those of WeasyPrint left alone, so that a new version of either package cannot change a paper through this file.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import pydyf
from weasyprint.formatting_structure.boxes import LineBox
from weasyprint.layout import inline


class Written(pydyf.Object):
    """An object of a PDF in its bytes: pydyf asks for them when it writes the object and again for the identifier."""

    data = b""
    compressible = False

    def __init__(self, item: pydyf.Object) -> None:
        super().__init__()
        self.number, self.generation = item.number, item.generation
        self.data, self.compressible = item.data, item.compressible


class Pressed(pydyf.Stream):
    """A stream that is compressed once."""

    @cached_property
    def data(self) -> bytes:
        return super().data


def write_once(pdf: pydyf.PDF) -> None:
    """Put the bytes of each object in its place, and compress once the streams that pydyf adds when it writes.

    Whatever would still change an object has to come before.
    """
    pdf.objects[:] = [item if item.free == "f" else Written(item) for item in pdf.objects]
    add = pdf.add_object

    def add_object(item: pydyf.Object) -> None:
        if isinstance(item, pydyf.Stream):
            item.__class__ = Pressed
        add(item)

    pdf.add_object = add_object


@contextmanager
def arabic_lines_once() -> Iterator[None]:
    """Lay out each line from right to left once.

    A line is laid out again when it had to move for a float. WeasyPrint asks whether it moved by comparing its right
    end with that of an empty line, so that each line from right to left has always "moved". Where nothing floats the
    left end is answered, which only that comparison reads.
    """
    collide = inline.avoid_collisions

    def avoid_collisions(context, box, containing_block, outer=True):
        left, top, width = collide(context, box, containing_block, outer)
        if isinstance(box, LineBox) and containing_block.style["direction"] == "rtl" and not context.excluded_shapes:
            left -= box.width
        return left, top, width

    inline.avoid_collisions = avoid_collisions
    try:
        yield
    finally:
        inline.avoid_collisions = collide
