"""The fonts of the papers: found by path where Debian puts them, pinned with @font-face, never taken by chance.

Noto Naskh Arabic is the one Arabic font of those tried whose text is extracted from the PDF as it was written. "Paper
Signs" has the signs that the others lack (≤, ≥). TTF only: WeasyPrint decodes WOFF2 in Python, which takes seconds.
"""

from dataclasses import dataclass
from pathlib import Path

FOLDER = Path("/usr/share/fonts/truetype")


class FontMissing(RuntimeError):
    """A font of the papers is not installed; the message names the package that brings it."""


@dataclass(frozen=True)
class Face:
    """One weight of one font: the name the style sheets use, its file below FOLDER and the Debian package it is in."""

    family: str
    weight: int
    file: str
    package: str


FACES = (
    Face("Paper Serif", 400, "noto/NotoSerif-Regular.ttf", "fonts-noto-core"),
    Face("Paper Serif", 700, "noto/NotoSerif-Bold.ttf", "fonts-noto-core"),
    Face("Paper Sans", 400, "noto/NotoSans-Regular.ttf", "fonts-noto-core"),
    Face("Paper Sans", 700, "noto/NotoSans-Bold.ttf", "fonts-noto-core"),
    Face("Paper Naskh", 400, "noto/NotoNaskhArabic-Regular.ttf", "fonts-noto-core"),
    Face("Paper Naskh", 700, "noto/NotoNaskhArabic-Bold.ttf", "fonts-noto-core"),
    Face("Paper Signs", 400, "dejavu/DejaVuSans.ttf", "fonts-dejavu-core"),
    Face("Paper Signs", 700, "dejavu/DejaVuSans-Bold.ttf", "fonts-dejavu-core"),
    Face("Paper Mono", 400, "dejavu/DejaVuSansMono.ttf", "fonts-dejavu-core"),
    Face("Paper Mono", 700, "dejavu/DejaVuSansMono-Bold.ttf", "fonts-dejavu-core"),
)


def font_files(folder: Path = FOLDER) -> dict[Face, Path]:
    """Find the file of each face; raises FontMissing, naming what to install, when one is not there."""
    found = {face: folder / face.file for face in FACES}
    missing = [face for face, path in found.items() if not path.is_file()]
    if missing:
        packages = " ".join(sorted({face.package for face in missing}))
        raise FontMissing(f"{folder / missing[0].file} is missing. Install the fonts: apt-get install {packages}")
    return found


def font_face_css(files: dict[Face, Path]) -> str:
    """Write the @font-face rules that pin each face to its file."""
    rule = '@font-face {{ font-family: "{family}"; font-weight: {weight}; src: url("{address}") }}'
    return "\n".join(
        rule.format(family=face.family, weight=face.weight, address=path.as_uri()) for face, path in files.items()
    )
