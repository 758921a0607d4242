"""The photo that the public sees of a product, made anew from the one that the applicant handed in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO

from PIL import Image, ImageFile, ImageOps

LONGEST_SIDE = 1200
QUALITY = 82
GROUND = (251, 248, 242)
"""What shows through a transparent photo: the paper of our pages."""


@contextmanager
def cut_pictures_refused() -> Iterator[None]:
    """Have Pillow raise on a picture that ends too early; WeasyPrint, once imported, has it forgive them everywhere."""
    before, ImageFile.LOAD_TRUNCATED_IMAGES = ImageFile.LOAD_TRUNCATED_IMAGES, False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def public_photo(content: bytes) -> bytes:
    """Return a JPEG of at most 1200 pixels a side, upright, that holds the picture and nothing else.

    The position where it was taken, the name of the camera's owner and every other note stay behind (law 09-08): the
    pixels alone are copied to a new image. Raises OSError when `content` is not a whole photo.
    """
    with cut_pictures_refused(), Image.open(BytesIO(content)) as original:
        original.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(original)
        upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE), Image.Resampling.LANCZOS)
        layered = upright.convert("RGBA")
    picture = Image.new("RGB", layered.size, GROUND)
    picture.paste(layered, mask=layered)
    made = BytesIO()
    picture.save(made, "JPEG", quality=QUALITY, optimize=True, progressive=True)
    return made.getvalue()
