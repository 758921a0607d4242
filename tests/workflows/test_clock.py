"""Legal delays, against dates counted by hand on a wall calendar, and against a count made day by day."""

from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from certify.workflows.clock import (
    Moment,
    Runs,
    Unit,
    add_months,
    add_working_days,
    alerts_due,
    is_working_day,
    next_working_day,
    read,
    working_days_between,
)

RUN, STOP, END = Runs
YEAR = 2026
# Throne, Oued Ed-Dahab, King and People, Youth, the Prophet’s birthday (hijri, two days), Green March, Independence.
HOLIDAYS = {
    date(YEAR, month, day) for month, day in [(7, 30), (8, 14), (8, 20), (8, 21), (8, 26), (8, 27), (11, 6), (11, 18)]
}


@dataclass(frozen=True)
class Delay:
    """What the regulation gives, reduced to what a clock needs."""

    limit: int
    unit: str


def day(written):
    """Read `6-1` as 1 June 2026."""
    return date(YEAR, *map(int, written.split("-")))


def moments(written):
    """Read `run 6-1, stop 6-11` as moments."""
    pairs = (part.split() for part in written.split(", "))
    return [Moment(day(on), {"run": RUN, "stop": STOP, "end": END}[runs]) for runs, on in pairs]


SIXTY, TEN, MONTH = Delay(60, "days"), Delay(10, "working_days"), Delay(1, "months")

# what happened, the delay, today: used, remaining, last day allowed, days stopped, what is true
BY_HAND = [
    ("run 6-1", SIXTY, "6-1", 0, 60, "7-31", 0, ""),
    ("run 6-1", SIXTY, "7-31", 60, 0, "7-31", 0, ""),
    ("run 6-1", SIXTY, "8-1", 61, -1, "7-31", 0, "late"),
    ("run 6-1", SIXTY, "8-10", 70, -10, "7-31", 0, "late"),
    ("run 6-1, stop 6-11", SIXTY, "6-11", 10, 50, None, 0, "stopped"),
    ("run 6-1, stop 6-11", SIXTY, "6-15", 10, 50, None, 4, "stopped"),
    ("run 6-1, stop 6-11, run 6-21", SIXTY, "6-21", 10, 50, "8-10", 10, ""),
    ("run 6-1, stop 6-11, run 6-21", SIXTY, "6-30", 19, 41, "8-10", 10, ""),
    ("run 6-1, stop 6-11, run 6-21, stop 7-1, run 7-6", SIXTY, "7-10", 24, 36, "8-15", 15, ""),
    ("run 6-1, stop 6-10, run 6-10", SIXTY, "6-20", 19, 41, "7-31", 0, ""),
    ("run 6-1, stop 6-1", SIXTY, "6-5", 0, 60, None, 4, "stopped"),
    ("run 6-1, run 6-9", SIXTY, "6-20", 19, 41, "7-31", 0, ""),
    ("stop 5-20, run 6-1", SIXTY, "6-20", 19, 41, "7-31", 0, ""),
    ("run 6-1, stop 7-15", SIXTY, "6-20", 19, 41, "7-31", 0, ""),
    ("stop 6-11, run 6-1", SIXTY, "6-15", 10, 50, None, 4, "stopped"),
    ("run 6-1, end 6-20", SIXTY, "9-1", 19, 41, "7-31", 0, "over"),
    ("run 6-1, end 6-20, run 6-25", SIXTY, "9-1", 19, 41, "7-31", 0, "over"),
    ("run 6-1, end 8-5", SIXTY, "9-1", 65, -5, "7-31", 0, "over late"),
    ("run 6-1, stop 6-11, end 6-20", SIXTY, "9-1", 10, 50, None, 9, "over"),
    ("run 6-1, stop 8-5", SIXTY, "8-7", 65, -5, None, 2, "stopped late"),
    ("run 6-1, stop 8-5, run 8-10", SIXTY, "8-12", 67, -7, "7-31", 5, "late"),
    ("run 6-1, stop 7-31", SIXTY, "8-5", 60, 0, None, 5, "stopped"),
    ("run 6-1, stop 7-31, run 8-10", SIXTY, "8-10", 60, 0, "8-10", 10, ""),
    ("run 6-1, stop 7-31, run 8-10", SIXTY, "8-11", 61, -1, "8-10", 10, "late"),
    ("run 8-18", Delay(5, "working_days"), "8-27", 3, 2, "8-31", 0, ""),
    ("run 8-18", Delay(5, "working_days"), "8-31", 5, 0, "8-31", 0, ""),
    ("run 8-18", Delay(5, "working_days"), "9-1", 6, -1, "8-31", 0, "late"),
    ("run 8-20", Delay(2, "working_days"), "8-23", 0, 2, "8-25", 0, ""),
    ("run 8-22", Delay(2, "working_days"), "8-24", 1, 1, "8-25", 0, ""),
    ("run 11-5", Delay(7, "working_days"), "11-9", 1, 6, "11-17", 0, ""),
    ("run 11-5", Delay(8, "working_days"), "11-18", 7, 1, "11-19", 0, ""),
    ("run 11-9", Delay(4, "working_days"), "11-13", 4, 0, "11-13", 0, ""),
    ("run 11-9", Delay(4, "working_days"), "11-14", 4, 0, "11-13", 0, "late"),
    ("run 11-9", Delay(4, "working_days"), "11-16", 5, -1, "11-13", 0, "late"),
    ("run 11-2, stop 11-5, run 11-16", TEN, "11-19", 5, 5, "11-26", 11, ""),
    ("run 11-2, stop 11-6, run 11-18", TEN, "11-19", 4, 6, "11-27", 12, ""),
    ("run 1-31", MONTH, "2-28", 28, 0, "2-28", 0, ""),
    ("run 1-31", MONTH, "3-1", 29, -1, "2-28", 0, "late"),
    ("run 8-15", MONTH, "8-20", 5, 26, "9-15", 0, ""),
    ("run 8-15, stop 8-20, run 8-30", MONTH, "9-10", 16, 15, "9-25", 10, ""),
    ("run 3-31", Delay(6, "months"), "4-1", 1, 182, "9-30", 0, ""),
]


@pytest.mark.parametrize("row", BY_HAND, ids=lambda row: f"{row[0]} on {row[2]}")
def test_read_agrees_with_dates_counted_by_hand(row):
    happened, delay, today, used, remaining, due, stopped, true = row
    reading = read(moments(happened), delay, HOLIDAYS, day(today))
    assert (reading.used, reading.remaining, reading.stopped_days) == (used, remaining, stopped)
    assert reading.due_on == (due and day(due))
    flags = {"stopped": reading.is_stopped, "over": reading.is_over, "late": reading.is_late}
    assert flags == {flag: flag in true for flag in flags}


@pytest.mark.parametrize(
    ("happened", "today"), [("run 6-2", "6-1"), ("stop 6-1", "6-5"), ("end 6-1", "6-5"), ("stop 6-1, end 6-3", "6-5")]
)
def test_read_is_none_before_the_clock_starts(happened, today):
    assert read(moments(happened), SIXTY, HOLIDAYS, day(today)) is None


def test_read_of_nothing_is_none():
    assert read([], SIXTY, HOLIDAYS, day("6-1")) is None


@pytest.mark.parametrize(
    ("delay", "limit", "unit"), [(SIXTY, 60, Unit.DAYS), (TEN, 10, Unit.WORKING_DAYS), (MONTH, 30, Unit.DAYS)]
)
def test_read_says_what_it_counts_in(delay, limit, unit):
    reading = read(moments("run 6-1"), delay, HOLIDAYS, day("6-3"))
    assert (reading.started_on, reading.limit, reading.unit) == (day("6-1"), limit, unit)


@pytest.mark.parametrize(
    ("happened", "limit", "raw", "carried"),
    [
        ("run 11-4", 10, "11-14", "11-16"),
        ("run 11-8", 10, "11-18", "11-19"),
        ("run 8-10", 10, "8-20", "8-24"),
        ("run 11-9", 10, "11-19", "11-19"),
    ],
)
def test_read_carries_the_last_day_over_only_when_asked(happened, limit, raw, carried):
    delay, last = Delay(limit, "days"), day(carried)
    assert read(moments(happened), delay, HOLIDAYS, last).due_on == day(raw)
    assert read(moments(happened), delay, HOLIDAYS, last, carry_over=True).due_on == last
    assert read(moments(happened), delay, HOLIDAYS, last, carry_over=True).is_late is False
    assert read(moments(happened), delay, HOLIDAYS, last + timedelta(days=1), carry_over=True).is_late is True


def test_read_resumed_after_the_raw_last_day_gives_until_the_day_the_file_comes_back():
    happened = moments("run 11-4, stop 11-15, run 11-20")
    reading = read(happened, Delay(10, "days"), HOLIDAYS, day("11-20"), carry_over=True)
    assert (reading.remaining, reading.due_on, reading.is_late) == (-1, day("11-20"), False)


@pytest.mark.parametrize(
    ("today", "reached"),
    [("7-15", ()), ("7-16", (45,)), ("7-26", (45, 55)), ("7-31", (45, 55, 60)), ("9-1", (45, 55, 60))],
)
def test_alerts_due_lists_the_thresholds_reached(today, reached):
    assert alerts_due(read(moments("run 6-1"), SIXTY, HOLIDAYS, day(today)), (60, 45, 55)) == reached


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ("8-18", 0, "8-18"),
        ("8-18", 1, "8-19"),
        ("8-19", 1, "8-24"),
        ("8-22", 1, "8-24"),
        ("8-25", 1, "8-28"),
        ("11-5", 1, "11-9"),
        ("11-17", 1, "11-19"),
        ("11-9", -1, "11-5"),
        ("8-24", -2, "8-18"),
    ],
)
def test_add_working_days_skips_weekends_and_holidays(start, n, end):
    assert add_working_days(day(start), n, HOLIDAYS) == day(end)


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [("8-17", "8-17", 0), ("8-17", "8-24", 3), ("8-20", "8-23", 0), ("11-5", "11-19", 8), ("11-19", "11-5", 0)],
)
def test_working_days_between_counts_the_last_day_and_not_the_first(first, last, count):
    assert working_days_between(day(first), day(last), HOLIDAYS) == count


@pytest.mark.parametrize(("start", "end"), [("8-19", "8-19"), ("8-20", "8-24"), ("8-22", "8-24"), ("11-18", "11-19")])
def test_next_working_day_stays_or_moves_on(start, end):
    assert next_working_day(day(start), HOLIDAYS) == day(end)


@pytest.mark.parametrize(
    ("start", "n", "end"),
    [
        ((2026, 1, 31), 1, (2026, 2, 28)),
        ((2028, 1, 31), 1, (2028, 2, 29)),
        ((2026, 11, 30), 3, (2027, 2, 28)),
        ((2026, 8, 31), 6, (2027, 2, 28)),
        ((2026, 12, 15), 1, (2027, 1, 15)),
        ((2024, 2, 29), 36, (2027, 2, 28)),
        ((2026, 3, 31), -1, (2026, 2, 28)),
    ],
)
def test_add_months_clips_to_the_end_of_the_month(start, n, end):
    assert add_months(date(*start), n) == date(*end)


def counted_day_by_day(happened, unit, today):
    """Count one by one the days at whose beginning the clock ran."""
    running, ended, used, reached = False, False, 0, happened[0].on
    while reached <= today:
        used += running and (unit != "working_days" or is_working_day(reached, HOLIDAYS))
        for moment in happened:
            if moment.on == reached and not ended:
                running, ended = moment.runs is RUN, moment.runs is END
        reached += timedelta(days=1)
    return used


gaps = st.lists(st.tuples(st.integers(0, 20), st.sampled_from([RUN, STOP, STOP, RUN, END])), max_size=5)
delays = st.builds(Delay, st.integers(0, 60), st.sampled_from(["days", "working_days"]))


def story(steps):
    """Start on 13 July and let the steps follow, each so many days after the one before."""
    happened = [Moment(day("7-13"), RUN)]
    for gap, runs in steps:
        happened.append(Moment(happened[-1].on + timedelta(days=gap), runs))
    return happened


@given(gaps, delays, st.integers(0, 90))
@settings(max_examples=60, deadline=None)
def test_read_agrees_with_a_count_made_day_by_day(steps, delay, elapsed):
    happened, today = story(steps), day("7-13") + timedelta(days=elapsed)
    reading = read(happened, delay, HOLIDAYS, today)
    assert reading.used == counted_day_by_day(happened, delay.unit, today)
    assert reading.used + reading.remaining == reading.limit == delay.limit


@given(gaps, delays, st.integers(0, 90))
@settings(max_examples=60, deadline=None)
def test_read_never_runs_backwards_and_stands_still_while_stopped(steps, delay, elapsed):
    happened, today = story(steps), day("7-13") + timedelta(days=elapsed)
    before, after = (read(happened, delay, HOLIDAYS, today + timedelta(days=n)) for n in (0, 1))
    assert after.used - before.used in ({0} if before.is_stopped or before.is_over else {0, 1})
    assert (before.is_late, after.is_late) != (True, False)


@given(st.integers(0, 60), st.integers(0, 40), st.integers(60, 90))
@settings(max_examples=40, deadline=None)
def test_a_stop_of_k_days_moves_the_last_day_by_k(used, k, limit):
    start = day("1-5")
    stopped_on = start + timedelta(days=used)
    happened = [Moment(start, RUN), Moment(stopped_on, STOP), Moment(stopped_on + timedelta(days=k), RUN)]
    reading = read(happened, Delay(limit, "days"), HOLIDAYS, happened[-1].on)
    assert (reading.due_on, reading.stopped_days) == (start + timedelta(days=limit + k), k)


@given(st.integers(0, 300), st.integers(0, 40))
@settings(max_examples=40, deadline=None)
def test_working_days_added_are_counted_back(offset, n):
    start = day("1-5") + timedelta(days=offset)
    assert working_days_between(start, add_working_days(start, n, HOLIDAYS), HOLIDAYS) == n
