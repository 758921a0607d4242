"""What scans say of copies: each signal at its threshold and one below, and nothing that an honest jar would raise."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from certify.queries.regulations import list_regulations
from certify.workflows.scanning import (
    FORGED_PATH,
    SOMEWHERE,
    Alarm,
    Known,
    Scan,
    Signal,
    Standing,
    Tier,
    Weighed,
    code_of,
    most_near,
    visits,
    weigh,
)

TERMS = list_regulations()[-1].scanning
NOW = datetime(2026, 11, 23, 11, tzinfo=UTC)
UNIT, LOT, LICENCE = Known(Tier.UNIT), Known(Tier.LOT, units=3), Known(Tier.LICENCE)
CODE = code_of("/01/06111234567895/21/7K9M4T2XP8QJ")


def scan(region: str = "MA-06", days: float = 10, visitor: int = 1, standing: Standing = Standing.IN_USE) -> Scan:
    """A scan so many days before now."""
    return Scan(CODE, NOW - timedelta(days=days), region, visitor.to_bytes(6), standing=standing)


def raised(scans: list[Scan], known: Known = UNIT) -> set[Signal]:
    return {alarm.signal for alarm in weigh(scans, known, TERMS, NOW).alarms}


def apart(*regions: str, each: float = 3) -> list[Scan]:
    """Scans in regions, each some days after the other."""
    return [scan(region, days=1 + each * rank, visitor=rank) for rank, region in enumerate(regions)]


def test_a_code_is_the_beginning_of_the_fingerprint_of_its_path():
    assert code_of("/v/7K9M4T2XP8QJ") == sha256(b"/v/7K9M4T2XP8QJ").digest()[:8]


def test_a_jar_looked_at_at_home_and_once_far_away_says_nothing():
    assert weigh([*apart("MA-06", "MA-06", "MA-06", "MA-09")], UNIT, TERMS, NOW) == Weighed(False, ())
    assert weigh([], UNIT, TERMS, NOW) == Weighed(False, ())


def test_three_regions_are_watched_and_two_are_not():
    assert not weigh(apart("MA-06", "MA-09"), UNIT, TERMS, NOW).is_watched
    assert weigh(apart("MA-06", "MA-09", "MA-01"), UNIT, TERMS, NOW).is_watched


def test_two_regions_within_a_day_are_watched_from_the_third_visit():
    near = [scan("MA-06", 5), scan("MA-09", 5 - 20 / 24, 2)]
    assert not weigh(near, UNIT, TERMS, NOW).is_watched
    assert weigh([*near, scan("MA-06", 40, 3)], UNIT, TERMS, NOW).is_watched
    assert not weigh([scan("MA-06", 5), scan("MA-09", 4, 2), scan("MA-06", 40, 3)], UNIT, TERMS, NOW).is_watched


def test_four_regions_and_six_visits_propose_a_case_and_one_less_does_not():
    enough = apart("MA-06", "MA-09", "MA-01", "MA-12", "MA-06", "MA-06")
    assert raised(enough) == {Signal.SPREAD}
    assert raised(enough[:-1]) == set()
    assert raised(apart("MA-06", "MA-09", "MA-01", "MA-06", "MA-06", "MA-06")) == set()


def test_the_figures_are_those_of_what_raised_the_signal():
    enough = apart("MA-06", "MA-09", "MA-01", "MA-12", "MA-06", "MA-06")
    assert weigh(enough, UNIT, TERMS, NOW).alarms == (Alarm(Signal.SPREAD, 6, 4, enough[-1].hour),)


def test_three_regions_within_a_day_propose_a_case_by_themselves():
    near = [scan("MA-06", 5), scan("MA-09", 5 - 10 / 24, 2), scan("FR", 5 - 23 / 24, 3)]
    assert raised(near) == {Signal.RUSH}
    assert raised([*near[:2], scan("FR", 4, 3)]) == set()


def test_the_figures_of_a_rush_are_those_of_its_hours():
    near = [scan("MA-06", 5), scan("MA-09", 5 - 10 / 24, 2), scan("FR", 5 - 23 / 24, 3)]
    (alarm,) = weigh([scan("MA-06", 50, 9), *near, scan("MA-06", 1, 8)], UNIT, TERMS, NOW).alarms
    assert alarm == Alarm(Signal.RUSH, 3, 3, near[0].hour)


def test_a_place_that_is_not_known_is_no_place():
    assert raised([replace(one, region=SOMEWHERE) for one in apart("1", "2", "3", "4", "5", "6")]) == set()
    near = [scan("MA-06", 5), scan("MA-09", 5, 2), scan(SOMEWHERE, 5, 3)]
    assert raised(near) == set()


def test_many_visits_of_one_unit_propose_a_case_wherever_they_are():
    assert raised([scan(SOMEWHERE, 5, visitor) for visitor in range(TERMS.many_visits)]) == {Signal.MANY}
    assert raised([scan(SOMEWHERE, 5, visitor) for visitor in range(TERMS.many_visits - 1)]) == set()


def test_one_telephone_that_asks_again_and_again_is_one_visit_a_day():
    asked = [scan("MA-06", 10 + hour / 24) for hour in range(10)]
    assert visits(asked) == 1
    assert raised(asked * 50) == set()


def test_what_is_older_than_the_window_no_longer_counts():
    assert raised(apart(*"123456", each=12)) == set()
    assert not weigh([scan(region, 61) for region in "1234"], UNIT, TERMS, NOW).is_watched


def test_a_lot_is_checked_no_more_than_it_has_units_and_spread_means_nothing():
    lot = apart("MA-06", "MA-09", "MA-01")
    assert raised(lot, LOT) == set()
    assert raised([*lot, scan(visitor=9)], LOT) == {Signal.MANY}
    assert not weigh(apart(*"123456"), Known(Tier.LOT), TERMS, NOW).is_watched
    assert raised(apart(*"123456"), Known(Tier.LOT)) == set()


def test_the_code_of_an_authorisation_is_on_every_jar_so_that_only_its_end_counts():
    everywhere = [scan(str(place), 5, place) for place in range(100)]
    assert weigh(everywhere, LICENCE, TERMS, NOW) == Weighed(False, ())
    long_ago = NOW.date() - timedelta(days=TERMS.ended_after_days + 10)
    assert raised(everywhere, replace(LICENCE, ended_on=long_ago)) == {Signal.ENDED}
    assert raised(everywhere[: TERMS.ended_visits - 1], replace(LICENCE, ended_on=long_ago)) == set()
    assert raised(everywhere, replace(LICENCE, ended_on=date(2026, 11, 1))) == set()


def test_a_scan_before_the_day_of_packing_proposes_a_case():
    assert raised([scan(days=3)], replace(UNIT, packed_on=NOW.date())) == {Signal.EARLY}
    assert raised([scan(days=3)], replace(UNIT, packed_on=NOW.date() - timedelta(days=3))) == set()


def test_whoever_packs_may_try_a_label_and_a_stolen_roll_is_tried_by_many():
    printed = [scan(visitor=visitor, standing=Standing.PRINTED) for visitor in range(TERMS.printed_visits)]
    assert raised(printed) == {Signal.EARLY}
    assert raised(printed[:-1], replace(UNIT, packed_on=NOW.date())) == set()


def test_one_scan_of_what_is_void_or_was_never_issued_is_enough():
    assert raised([scan(standing=Standing.VOID)]) == {Signal.VOIDED}
    assert raised([scan(standing=Standing.UNISSUED)]) == {Signal.UNISSUED}


def forged(count: int, region: str = "MA-06", hours: int = 0) -> list[Scan]:
    """Forged seals in one region; one every some hours."""
    return [
        Scan(code_of(FORGED_PATH), NOW - timedelta(days=2, hours=hours * rank), region, rank.to_bytes(6))
        for rank in range(count)
    ]


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        (forged(10), {Signal.FORGED}),
        (forged(9), set()),
        (forged(10, hours=3), set()),
        (forged(5) + forged(9, "MA-09"), set()),
    ],
)
def test_a_burst_of_forged_seals_is_many_telephones_in_one_region_within_a_day(rows, expected):
    assert raised(rows, Known(Tier.FORGED)) == expected


ROWS = st.lists(
    st.builds(scan, st.sampled_from(["MA-06", "MA-09", "FR", SOMEWHERE]), st.integers(0, 80), st.integers(0, 5)),
    max_size=40,
)


@given(ROWS, st.randoms())
def test_neither_order_nor_repetition_changes_anything(rows, chance):
    shuffled = rows + rows[:10]
    chance.shuffle(shuffled)
    assert weigh(shuffled, UNIT, TERMS, NOW) == weigh(rows, UNIT, TERMS, NOW)


@given(ROWS)
def test_the_sliding_window_finds_what_looking_from_each_scan_finds(rows):
    rows = sorted(rows, key=lambda one: one.hour)
    spans = [[o for o in rows if timedelta() <= o.hour - one.hour < timedelta(hours=24)] for one in rows]
    most = max((len({o.region for o in span} - {SOMEWHERE}) for span in spans), default=0)
    near = most_near(rows, 24)
    assert len({one.region for one in near} - {SOMEWHERE}) == most
    assert not near or near[-1].hour - near[0].hour < timedelta(hours=24)


def test_rows_are_kept_at_least_as_long_as_the_window():
    with pytest.raises(ValueError, match="window of 60"):
        replace(TERMS, keep_days=59)
