"""The geometry of the border: its stars, its two bands, and the straps that pass over and under in turn."""

from math import hypot, isclose

import pytest

from certify.pdf import ornament
from certify.pdf.weave import overs, visits, weave

WIDTH, HEIGHT = 210, 297
SQUARES = (((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0)), ((2.0, -1.0), (5.0, 2.0), (2.0, 5.0), (-1.0, 2.0)))


@pytest.fixture(scope="module")
def border():
    radius, stars = ornament.layout(WIDTH, HEIGHT, 25, 36)
    squares = tuple(ornament.upright_square(center, radius) for center, _, _ in stars)
    return radius, stars, (*ornament.bands(radius, stars), *squares)


def test_star_has_eight_tips_and_eight_notches():
    reaches = [hypot(x - 3, y + 2) for x, y in ornament.star((3, -2), 10)]
    assert all(isclose(reach, 10) for reach in reaches[::2])
    assert all(isclose(reach, 7.6537, abs_tol=1e-4) for reach in reaches[1::2])


def test_tips_of_a_star_are_the_corners_of_its_two_squares():
    corners = ornament.upright_square((0, 0), 1) + ornament.turned_square((0, 0), 1)
    tips = {(round(x, 9), round(y, 9)) for x, y in ornament.star((0, 0), 1)[::2]}
    assert {(round(x, 9), round(y, 9)) for x, y in corners} == tips


def test_border_is_equally_far_from_all_edges(border):
    radius, stars, _ = border
    xs, ys = [x for (x, _), _, _ in stars], [y for (_, y), _, _ in stars]
    margins = (min(xs) - radius, min(ys) - radius, WIDTH - max(xs) - radius, HEIGHT - max(ys) - radius)
    assert all(isclose(margin, margins[0]) for margin in margins)
    assert margins[0] > 5


def test_stars_touch_tip_to_tip_all_the_way_round(border):
    radius, stars, _ = border
    centers = [center for center, _, _ in stars]
    steps = [hypot(b[0] - a[0], b[1] - a[1]) for a, b in zip(centers, centers[1:] + centers[:1], strict=True)]
    assert len(centers) == 2 * (24 + 35)
    assert all(isclose(step, 2 * radius) for step in steps)


@pytest.mark.parametrize(("across", "down"), [(20, 20), (29, 40)])
def test_layout_that_leaves_no_equal_margin_is_refused(across, down):
    with pytest.raises(ValueError, match=r"border|fit"):
        ornament.layout(WIDTH, HEIGHT, across, down)


def test_each_star_is_crossed_eight_times_and_each_tip_once(border):
    _, stars, loops = border
    passed = visits(loops)
    assert [len(each) for each in passed[2:]] == [8] * len(stars)
    assert sum(len(each) for each in passed) == 2 * 9 * len(stars)


def test_straps_alternate_over_and_under(border):
    passed = visits(border[2])
    over = overs(passed)
    assert all(a != b for each in over for a, b in zip(each, each[1:] + each[:1], strict=True))
    on_top = {}
    for each, tops in zip(passed, over, strict=True):
        for visit, top in zip(each, tops, strict=True):
            on_top.setdefault(visit.crossing, []).append(top)
    assert all(sorted(both) == [False, True] for both in on_top.values())


def test_straps_stay_on_the_page_and_inside_the_stars(border):
    radius, _, loops = border
    for x, y in (point for piece in weave(loops, 0.07 * radius, 0.05 * radius) for point in piece):
        assert 5 < x < WIDTH - 5
        assert 5 < y < HEIGHT - 5


def test_weave_cuts_each_strap_clear_of_the_one_above():
    pieces = weave(SQUARES, 0.2, 0.1)
    assert len(pieces) == 8
    ends = [piece[0] for piece in pieces]
    for at in {visit.at for each in visits(SQUARES) for visit in each}:
        assert min(hypot(x - at[0], y - at[1]) for x, y in ends) > 0.3


def test_lines_that_cannot_alternate_are_refused():
    passed = visits(SQUARES)
    with pytest.raises(ValueError, match="in turn"):
        overs([passed[0], [*passed[1][1:3], passed[1][0], *passed[1][3:]]])


def test_drawings_are_svg_of_our_colours():
    assert ornament.border_svg().count("<path") == 2
    assert ornament.GREEN in ornament.border_svg()
    assert ornament.SAFFRON in ornament.emblem_svg()


def test_path_steps_from_point_to_point():
    assert ornament.path([[(0, 0), (1.5, 0), (1.5, 2.004)]]) == "M0,0l1.5,0 0,2z"
