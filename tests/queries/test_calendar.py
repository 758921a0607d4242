"""The Moroccan calendar: fixed and hijri holidays, what was proclaimed since, and the day in Casablanca."""

import csv
from datetime import UTC, date, datetime, timedelta, timezone
from importlib.resources import files

import pytest

from certify.queries.calendar import MOROCCAN_HOLIDAYS, casablanca_today, moroccan_holidays

FIXED = [(1, 1), (1, 11), (1, 14), (5, 1), (7, 30), (8, 14), (8, 20), (8, 21), (11, 6), (11, 18)]
UNITY_DAY = (10, 31)


def dates(year, *days):
    return {date(year, month, day) for month, day in days}


@pytest.mark.parametrize(
    ("year", "others"),
    [
        (2024, [(4, 10), (4, 11), (4, 12), (6, 17), (6, 18), (7, 7), (9, 16), (9, 17)]),
        (2025, [(3, 31), (4, 1), (6, 7), (6, 8), (6, 9), (6, 27), (9, 5), (9, 6)]),
    ],
)
def test_holidays_of_a_past_year_are_those_proclaimed(year, others):
    assert moroccan_holidays([year]) == dates(year, *FIXED, *others)


def test_holidays_of_2026_hold_unity_day_the_aid_and_its_closure():
    expected = dates(2026, *FIXED, UNITY_DAY, (3, 20), (3, 21), (3, 23))
    assert expected - moroccan_holidays([2026]) == set()


def test_holidays_of_a_year_to_come_hold_its_seven_hijri_days():
    hijri = moroccan_holidays([2028]) - dates(2028, *FIXED, UNITY_DAY)
    assert len(hijri) == 7


def test_amazigh_new_year_is_a_holiday_since_2024():
    assert [date(year, 1, 14) in moroccan_holidays([year]) for year in (2023, 2024, 2027)] == [False, True, True]


def test_holidays_of_several_years_are_their_union():
    assert moroccan_holidays(range(2025, 2027)) == moroccan_holidays([2025]) | moroccan_holidays([2026])


def test_holidays_of_no_year_are_none():
    assert moroccan_holidays([]) == frozenset()


def test_the_whole_calendar_answers_for_any_year():
    days = [date(2026, 11, 18), date(2026, 11, 19), date(2041, 11, 18), datetime(2026, 11, 18, 9, tzinfo=UTC), "18 Nov"]
    assert [day in MOROCCAN_HOLIDAYS for day in days] == [True, False, True, False, False]


def test_each_correction_has_a_label_and_a_source_and_stands_once():
    text = files("certify").joinpath("reference", "holidays_extra.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    assert [row for row in rows if not row["label"] or not row["source"].startswith("https://")] == []
    assert [row["date"] for row in rows] == sorted({row["date"] for row in rows})


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (datetime(2026, 7, 14, 22, 59, tzinfo=UTC), date(2026, 7, 14)),
        (datetime(2026, 7, 14, 23, 0, tzinfo=UTC), date(2026, 7, 15)),
        (datetime(2026, 3, 1, 23, 59, tzinfo=UTC), date(2026, 3, 1)),
        (datetime(2026, 3, 2, 0, 0, tzinfo=UTC), date(2026, 3, 2)),
        (datetime(2026, 7, 15, 1, 0, tzinfo=timezone(timedelta(hours=2))), date(2026, 7, 15)),
    ],
)
def test_today_in_casablanca_follows_its_clock_and_its_ramadan(now, day):
    assert casablanca_today(now) == day


def test_today_in_casablanca_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        casablanca_today(datetime(2026, 7, 14, 12, 0))  # noqa: DTZ001 - the naive moment is what is refused
