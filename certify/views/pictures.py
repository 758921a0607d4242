"""Where and when a code was scanned, put as shapes: a strip a place, and the regions as tiles. No text is in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certify.queries.cases import Picture

STEP, HEIGHT, LEAST = 6, 36, 6
"""Of a strip: the width of a day, the height of the busiest one, and of the quietest."""

TILE, GAP = 40, 4
PLACES = {
    **{"MA-01": (4, 0), "MA-02": (6, 1), "MA-03": (5, 1), "MA-04": (4, 1), "MA-06": (3, 2), "MA-05": (4, 2)},
    **{"MA-08": (5, 3), "MA-07": (3, 3), "MA-09": (2, 4), "MA-10": (2, 5), "MA-11": (1, 6), "MA-12": (0, 7)},
}
"""The regions as tiles, column and row, roughly where they lie."""

LEVELS = 4


@dataclass(frozen=True)
class Bar:
    """One day of a strip."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True)
class Tile:
    """One region: its corner, how dark it is (0 to LEVELS), and the visits in it."""

    region: str
    x: int
    y: int
    level: int
    visits: int


@dataclass(frozen=True)
class Drawing:
    """The bars of each place, and the tiles; the sizes of both."""

    bars: Mapping[str, tuple[Bar, ...]]
    width: int
    height: int
    tiles: tuple[Tile, ...]
    side: int
    map_width: int
    map_height: int


def draw(picture: Picture) -> Drawing:
    """Draw a picture; the same scale in all strips."""
    visits = {strip.region: strip.visits for strip in picture.strips}
    most = max((visits.get(region, 0) for region in PLACES), default=0)
    columns, rows = (max(place[axis] for place in PLACES.values()) + 1 for axis in (0, 1))
    return Drawing(
        bars={strip.region: tuple(_bar(*day, picture.highest) for day in strip.days) for strip in picture.strips},
        width=picture.days * STEP,
        height=HEIGHT,
        tiles=tuple(_tile(region, visits.get(region, 0), most) for region in PLACES),
        side=TILE,
        map_width=columns * (TILE + GAP),
        map_height=rows * (TILE + GAP),
    )


def _bar(day: int, visits: int, highest: int) -> Bar:
    height = max(LEAST, round(HEIGHT * visits / highest))
    return Bar(day * STEP, HEIGHT - height, STEP - 1, height)


def _tile(region: str, visits: int, most: int) -> Tile:
    column, row = PLACES[region]
    level = -(-LEVELS * visits // most) if most else 0
    return Tile(region, column * (TILE + GAP), row * (TILE + GAP), level, visits)
