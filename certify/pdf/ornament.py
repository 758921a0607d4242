"""The eight-fold star of the label, and the border of a certificate that is woven from it. Drawn by computation.

A star is two squares, one turned by an eighth of a turn. Along the border the upright squares stay whole, while the
turned ones open at their tips and join into two bands that cross from star to star, all the way round the page.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import pairwise
from math import cos, pi, sin, sqrt

from certify.pdf.weave import Loop, Point, weave

GREEN = "#0E5A43"
SAFFRON = "#8A5300"
STRAP = 0.07
GAP = 0.05
HEART = 0.28


def star(center: Point, radius: float) -> list[Point]:
    """List the sixteen points of the outline of an eight-fold star, from its right tip on."""
    notch = radius * cos(pi / 4) / cos(pi / 8)
    points = ((reach, rank * pi / 8) for rank, reach in enumerate((radius, notch) * 8))
    return [(center[0] + reach * cos(angle), center[1] + reach * sin(angle)) for reach, angle in points]


def layout(width: float, height: float, across: int, down: int) -> tuple[float, list[tuple[Point, Point, Point]]]:
    """Place the stars of a border clockwise round a page, equally far from all its edges.

    Answers the radius, and for each star its centre, the way it is entered and the way it is left. Raises ValueError
    when so many stars across and down leave no equal margin on a page of these sides.
    """
    if across == down:
        raise ValueError("The border of a page has more stars along one side than along the other.")
    pitch = (height - width) / (down - across)
    margin = (width - across * pitch) / 2
    if margin < 0:
        raise ValueError(f"{across} stars of {pitch:.1f} do not fit across {width:.1f}.")
    ways = ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))
    x = y = margin + pitch / 2
    stars = []
    for turn, way in enumerate(ways):
        for step in range((across, down)[turn % 2] - 1):
            stars.append(((x, y), ways[turn - 1] if step == 0 else way, way))
            x, y = x + way[0] * pitch, y + way[1] * pitch
    return pitch / 2, stars


def bands(radius: float, stars: list[tuple[Point, Point, Point]]) -> tuple[Loop, Loop]:
    """Trace the two bands that run round the border, each outside one star and inside the next."""
    both: tuple[list[Point], list[Point]] = ([], [])
    for rank, ((x, y), way_in, way_out) in enumerate(stars):
        turns = [way_in] if way_in == way_out else [way_in, way_out]
        outer = [(x + way[1] * radius, y - way[0] * radius) for way in turns]
        inner = [(x - way_in[1] * radius, y + way_in[0] * radius)] if way_in == way_out else []
        both[rank % 2].extend(outer)
        both[1 - rank % 2].extend(inner)
    return tuple(both[0]), tuple(both[1])


def upright_square(center: Point, radius: float) -> Loop:
    """List the corners of the upright square of a star."""
    half = radius / sqrt(2)
    return tuple((center[0] + half * a, center[1] + half * b) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1)))


def turned_square(center: Point, radius: float) -> Loop:
    """List the corners of the square of a star that stands on its tip."""
    return tuple((center[0] + radius * a, center[1] + radius * b) for a, b in ((0, -1), (1, 0), (0, 1), (-1, 0)))


def path(polygons: Iterable[Sequence[Point]]) -> str:
    """Write polygons as the data of one SVG path, to the hundredth of a unit, in steps from point to point."""
    parts = []
    for polygon in polygons:
        points = [(round(x * 100), round(y * 100)) for x, y in polygon]
        steps = [(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(points)]
        parts.append(f"M{_pair(points[0])}l" + " ".join(_pair(step) for step in steps) + "z")
    return "".join(parts)


@cache
def border_svg(width: float = 210, height: float = 297, across: int = 25, down: int = 36) -> str:
    """Draw the border of a page, in millimetres, as an SVG document of two paths."""
    radius, stars = layout(width, height, across, down)
    squares = tuple(upright_square(center, radius) for center, _, _ in stars)
    straps = weave((*bands(radius, stars), *squares), STRAP * radius, GAP * radius)
    hearts = [square(center, radius * HEART) for center, _, _ in stars for square in (upright_square, turned_square)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}mm" height="{height}mm" viewBox="0 0 {width} {height}">'
        f'<path fill="{GREEN}" d="{path(straps)}"/><path fill="{SAFFRON}" d="{path(hearts)}"/></svg>'
    )


@cache
def emblem_svg(side: float = 100) -> str:
    """Draw the sign of the label, a star within a star, as an SVG document."""
    center = (side / 2, side / 2)
    shapes = ((GREEN, 0.5), ("#FFFFFF", 0.36), (GREEN, 0.3), ("#FFFFFF", 0.2), (SAFFRON, 0.13))
    drawn = "".join(f'<path fill="{color}" d="{path([star(center, reach * side)])}"/>' for color, reach in shapes)
    return f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side:g} {side:g}">{drawn}</svg>'


def _pair(point: tuple[int, int]) -> str:
    return f"{point[0] / 100:g},{point[1] / 100:g}"
