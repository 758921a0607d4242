"""Straps that pass over and under each other: closed lines in, the visible pieces of each strap out. Pure geometry.

Any set of closed lines that cross one another properly can be woven so that each strap passes over, then under, then
over again all along its way; the only choice is which of two lies on top at the first crossing.
"""

from dataclasses import dataclass
from math import hypot

Point = tuple[float, float]
Loop = tuple[Point, ...]


@dataclass(frozen=True)
class Side:
    """One straight side of a loop: the loop, its place in it, where it starts, and the way to its end."""

    loop: int
    place: int
    start: Point
    way: Point


@dataclass(frozen=True)
class Visit:
    """A loop passing a crossing: how far along the loop, the crossing, the point, the two directions met there."""

    along: float
    crossing: int
    at: Point
    way: Point
    other_way: Point


def cross(a: Point, b: Point) -> float:
    """Tell the signed area of two vectors: zero when they are parallel."""
    return a[0] * b[1] - a[1] * b[0]


def visits(loops: tuple[Loop, ...]) -> list[list[Visit]]:
    """List, for each loop, the crossings it passes, in its own order."""
    sides = sorted(_sides(loops), key=lambda side: min(side.start[0], side.start[0] + side.way[0]))
    found: list[list[Visit]] = [[] for _ in loops]
    crossings = 0
    for rank, one in enumerate(sides):
        reach = max(one.start[0], one.start[0] + one.way[0])
        for two in sides[rank + 1 :]:
            if min(two.start[0], two.start[0] + two.way[0]) > reach:
                break
            met = _meet(one, two)
            if met is None:
                continue
            at = (one.start[0] + met[0] * one.way[0], one.start[1] + met[0] * one.way[1])
            found[one.loop].append(Visit(one.place + met[0], crossings, at, one.way, two.way))
            found[two.loop].append(Visit(two.place + met[1], crossings, at, two.way, one.way))
            crossings += 1
    return [sorted(each, key=lambda visit: visit.along) for each in found]


def overs(passed: list[list[Visit]]) -> list[list[bool]]:
    """Tell, for each visit, whether the loop passes over there: alternating along each loop, opposed at each crossing.

    Raises ValueError when the lines cannot be woven so.
    """
    loops_at: dict[int, list[tuple[int, int]]] = {}
    for loop, each in enumerate(passed):
        for rank, visit in enumerate(each):
            loops_at.setdefault(visit.crossing, []).append((loop, rank))
    first: dict[int, bool] = {}
    for seed in range(len(passed)):
        waiting = [] if seed in first else [(seed, True)]
        while waiting:
            loop, on_top = waiting.pop()
            if loop in first:
                continue
            first[loop] = on_top
            for rank, visit in enumerate(passed[loop]):
                (one, at_one), (two, at_two) = loops_at[visit.crossing]
                other, there = (two, at_two) if (one, at_one) == (loop, rank) else (one, at_one)
                waiting.append((other, first[loop] == (rank % 2 != there % 2)))
    over = [[first[loop] == (rank % 2 == 0) for rank in range(len(each))] for loop, each in enumerate(passed)]
    if any(len({over[loop][rank] for loop, rank in both}) != 2 for both in loops_at.values()):
        raise ValueError("These lines cannot pass over and under each other in turn.")
    return over


def weave(loops: tuple[Loop, ...], half_width: float, gap: float) -> list[list[Point]]:
    """Draw the straps of these loops as polygons; each is cut, with a gap, where it passes under another."""
    passed = visits(loops)
    pieces = []
    for loop, each, over in zip(loops, passed, overs(passed), strict=True):
        unders = [visit for visit, on_top in zip(each, over, strict=True) if not on_top]
        for start, end in zip(unders, unders[1:] + unders[:1], strict=True):
            pieces.append(_strap(start, _corners(loop, start.along, end.along), end, half_width, gap))
    return pieces


def _sides(loops: tuple[Loop, ...]) -> list[Side]:
    return [
        Side(number, place, start, (end[0] - start[0], end[1] - start[1]))
        for number, loop in enumerate(loops)
        for place, (start, end) in enumerate(zip(loop, loop[1:] + loop[:1], strict=True))
    ]


def _meet(one: Side, two: Side) -> tuple[float, float] | None:
    """Tell how far along each of two sides they cross, or None when they do not."""
    area = cross(one.way, two.way)
    if abs(area) < 1e-9:
        return None
    between = (two.start[0] - one.start[0], two.start[1] - one.start[1])
    first, second = cross(between, two.way) / area, cross(between, one.way) / area
    return (first, second) if 0 < first < 1 and 0 < second < 1 else None


def _corners(loop: Loop, start: float, end: float) -> list[Point]:
    """List the corners that a loop turns between two places along it, going round past its first point if need be."""
    last = end if end > start else end + len(loop)
    return [loop[place % len(loop)] for place in range(int(start) + 1, int(last) + 1)]


def _strap(start: Visit, corners: list[Point], end: Visit, half_width: float, gap: float) -> list[Point]:
    """Draw one piece: along one edge, back along the other, mitred at its corners and cut at both ends."""
    line = [start.at, *corners, end.at]
    edges = []
    for side in (half_width, -half_width):
        edge = [_cut(start, side, half_width + gap, forward=True)]
        edge += [_mitre(*line[rank - 1 : rank + 2], side) for rank in range(1, len(line) - 1)]
        edge.append(_cut(end, side, half_width + gap, forward=False))
        edges.append(edge)
    return edges[0] + edges[1][::-1]


def _unit(way: Point) -> Point:
    length = hypot(*way)
    return way[0] / length, way[1] / length


def _cut(visit: Visit, side: float, distance: float, *, forward: bool) -> Point:
    """Find where an edge of the strap ends, parallel to the strap that lies over it and so far from its middle."""
    way, other = _unit(visit.way), _unit(visit.other_way)
    aside = (-way[1] * side, way[0] * side)
    area = cross(other, way)
    wanted = distance if (area > 0) == forward else -distance
    step = (wanted - cross(other, aside)) / area
    return visit.at[0] + aside[0] + step * way[0], visit.at[1] + aside[1] + step * way[1]


def _mitre(before: Point, corner: Point, after: Point, side: float) -> Point:
    """Find where the two edges on one side of a corner meet."""
    one, two = (
        _unit((corner[0] - before[0], corner[1] - before[1])),
        _unit((after[0] - corner[0], after[1] - corner[1])),
    )
    aside = (-(one[1] + two[1]), one[0] + two[0])
    reach = side / (1 + one[0] * two[0] + one[1] * two[1])
    return corner[0] + aside[0] * reach, corner[1] + aside[1] * reach
