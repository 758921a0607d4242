"""What a camera sees: a film that Chromium shows in place of its camera, over and over (raw YUV4MPEG2)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

from tests.browser.check.device import laid

SIZE = (960, 540)
HEADER = b"YUV4MPEG2 W%d H%d F10:1 Ip A1:1 C420jpeg\n" % SIZE
MOVE = ((-420, 16, 3.0), (-260, 12, 2.5), (-60, 9, 1.5), (0, 7, 1.0), (6, 6, 1.0), (-6, 8, 1.2))
"""What is shown enters the picture from above: how far below the middle it is, how much it is turned and blurred."""

WATCH = """
const own = MediaDevices.prototype.getUserMedia;
globalThis.cameras = [];
MediaDevices.prototype.getUserMedia = async function (wanted) {
  const camera = { wanted, tracks: [] };
  cameras.push(camera);
  const stream = await own.call(this, wanted);
  camera.tracks = stream.getTracks();
  await globalThis.warmed;
  return stream;
};
"""
"""Notes each camera that the page asks for; one that is slow to warm up is `warmed` when the test says so."""

LIVE = "cameras.flatMap((camera) => camera.tracks).filter((track) => track.readyState === 'live').length"


class Film:
    """A film before the lens. It may change while the camera runs, as what is held before it does."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.shows()

    def shows(self, *codes: Image.Image) -> None:
        """Show codes side by side, or an empty table. Always of one length, so that it is changed in place."""
        with self.path.open("r+b" if self.path.exists() else "wb") as file:
            file.write(HEADER)
            for below, turn, blur in MOVE:
                file.write(frame(laid(codes, SIZE, turn=turn, blur=blur, below=below)))

    @contextmanager
    def missing(self) -> Iterator[None]:
        """Take the film away, and the camera with it."""
        away = self.path.rename(self.path.with_suffix(".away"))
        yield
        away.rename(self.path)


def frame(picture: Image.Image) -> bytes:
    """Return a frame: brightness of each pixel, then the two colours of every four."""
    bright, blue, red = picture.convert("YCbCr").split()
    colours = (colour.resize((SIZE[0] // 2, SIZE[1] // 2)).tobytes() for colour in (blue, red))
    return b"".join((b"FRAME\n", bright.tobytes(), *colours))


def asked(page: Page) -> list[dict]:
    """Return what the page asked of the camera so far."""
    return page.evaluate("cameras.map((camera) => camera.wanted)")


def live(page: Page) -> int:
    """Count the pictures that a camera still takes for the page."""
    return page.evaluate(LIVE)
