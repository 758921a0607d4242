"""The photo that the public sees: the picture, and nothing of where or by whom it was taken."""

from io import BytesIO

import pytest
from PIL import Image, ImageFile

from certify.operations.photos import public_photo


def written(image, form, **more):
    made = BytesIO()
    image.save(made, form, **more)
    return made.getvalue()


def shown(content):
    return Image.open(BytesIO(public_photo(content)))


def test_photo_is_upright_small_and_bare():
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "chez Fatima"  # turned by a quarter, and a description
    exif.get_ifd(0x8825)[1] = "N"  # a position
    photo = shown(written(Image.new("RGB", (3000, 2000), "red"), "JPEG", exif=exif, comment=b"secret"))
    assert (photo.format, photo.size, dict(photo.getexif()), "comment" in photo.info) == (
        "JPEG",
        (800, 1200),
        {},
        False,
    )


def test_small_photo_keeps_its_size():
    assert shown(written(Image.new("RGB", (640, 480), "red"), "JPEG")).size == (640, 480)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparent_photo_stands_on_paper(mode):
    seen = shown(written(Image.new(mode, (10, 10)), "PNG")).getpixel((5, 5))
    assert max(abs(got - wanted) for got, wanted in zip(seen, (251, 248, 242), strict=True)) <= 2


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_other_colours_are_read(mode):
    assert shown(written(Image.new(mode, (20, 10)), "JPEG")).mode == "RGB"


def test_broken_photo_is_an_error(monkeypatch):
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as WeasyPrint leaves it
    with pytest.raises(OSError):
        public_photo(written(Image.effect_noise((400, 400), 60), "JPEG")[:2000])
