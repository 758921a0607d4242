"""Legal delays: computed each time from what happened and a calendar of holidays, never stored as a countdown.

One sentence governs everything here: a day is counted when the clock was running at the end of the day before. So the
day that starts a delay is not counted, the last day is a whole day, the day on which the applicant receives the file
still counts, the day on which it comes back does not, and what was used before a stop is kept. A clock says what is
late; it decides nothing, and it never approves.
"""

from calendar import monthrange
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import dropwhile, pairwise
from typing import Protocol

from certify.workflows.machine import Term
from certify.workflows.words import N_

ONE_DAY = timedelta(days=1)
SATURDAY = 5


class Unit(Term):
    """What a delay is counted in."""

    DAYS = "days", N_("days")
    WORKING_DAYS = "working_days", N_("working days")
    MONTHS = "months", N_("months")


class Runs(Term):
    """What the clock does from a day on. `stopped`: the applicant has the file. `ended`: for good."""

    RUNNING = "running", N_("Running")
    STOPPED = "stopped", N_("Stopped")
    ENDED = "ended", N_("Ended")


class Delay(Protocol):
    """A delay of the regulation: so many of a unit. `unit` is a Unit or its stored value."""

    @property
    def limit(self) -> int: ...

    @property
    def unit(self) -> str: ...


@dataclass(frozen=True)
class Moment:
    """From the day `on`, the clock is `runs`. Of several on one day the last prevails at its end."""

    on: date
    runs: Runs


Span = Sequence[Moment]


@dataclass(frozen=True)
class Reading:
    """What a clock shows on a day.

    `limit`, `used` and `remaining` are in `unit`, and `used + remaining = limit`. A delay in months is read in days: as
    many as its calendar months hold, counted from the day it started. `due_on` is the last day allowed; it is None
    while the clock is stopped, and when it ended so. `is_late` says that this day has passed: `remaining` is then below
    zero, but for a weekend right after the last working day; and until a last day that was carried over it may be below
    zero without being late.
    """

    started_on: date
    used: int
    remaining: int
    due_on: date | None
    is_stopped: bool
    is_over: bool
    is_late: bool
    limit: int
    stopped_days: int
    unit: Unit


def read(
    moments: Span, delay: Delay, holidays: Container[date], today: date, *, carry_over: bool = False
) -> Reading | None:
    """Read the clock of one delay at the end of `today`; None when it has not started by then.

    Moments after `today` are not known yet, those after the first `ended` change nothing, and those of one day follow
    the order given. A clock that ended is read as on the day it ended. `carry_over` moves a last day that falls on a
    weekend or a holiday to the next working day: for a regulation that says so.
    """
    stretches, is_over = _stretches(moments, today)
    if not stretches:
        return None
    started_on, is_stopped = stretches[0].since, stretches[-1].runs is Runs.STOPPED
    unit, limit = _counted_in(delay, started_on)
    used, due_on, is_late = 0, started_on, False
    for stretch in stretches:
        if stretch.runs is Runs.STOPPED:
            continue
        if not is_late:
            due_on = _last_day(stretch.since, max(0, limit - used), unit, holidays)
            due_on = next_working_day(due_on, holidays) if carry_over else due_on
            is_late = stretch.until > due_on
        used += _elapsed(stretch.since, stretch.until, unit, holidays)
    return Reading(
        started_on=started_on,
        used=used,
        remaining=limit - used,
        due_on=None if is_stopped else due_on,
        is_stopped=is_stopped and not is_over,
        is_over=is_over,
        is_late=is_late,
        limit=limit,
        stopped_days=sum((each.until - each.since).days for each in stretches if each.runs is Runs.STOPPED),
        unit=unit,
    )


def alerts_due(reading: Reading, thresholds: Iterable[int]) -> tuple[int, ...]:
    """List the thresholds (in the unit of the reading, for instance 45, 55 and 60) that have been reached, in order."""
    return tuple(sorted(threshold for threshold in thresholds if threshold <= reading.used))


def is_working_day(day: date, holidays: Container[date]) -> bool:
    """Tell whether the offices are open: neither Saturday, nor Sunday, nor a holiday."""
    return day.weekday() < SATURDAY and day not in holidays


def next_working_day(day: date, holidays: Container[date]) -> date:
    """Return `day` itself when it is a working day, else the first one after it."""
    while not is_working_day(day, holidays):
        day += ONE_DAY
    return day


def add_working_days(day: date, n: int, holidays: Container[date]) -> date:
    """Return the `n`-th working day after `day`, which is not counted; before it when `n` is negative."""
    step = ONE_DAY if n > 0 else -ONE_DAY
    left = abs(n)
    while left:
        day += step
        left -= is_working_day(day, holidays)
    return day


def working_days_between(first: date, last: date, holidays: Container[date]) -> int:
    """Count the working days after `first`, up to and including `last`; 0 when `last` is not after `first`."""
    days = (first + timedelta(days=n) for n in range(1, (last - first).days + 1))
    return sum(is_working_day(day, holidays) for day in days)


def add_months(day: date, n: int) -> date:
    """Return the same day `n` calendar months later, or the last day of that month when it is shorter."""
    years, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


@dataclass(frozen=True)
class _Stretch:
    """The clock does one thing from the end of the day `since` to the end of the day `until`."""

    runs: Runs
    since: date
    until: date


def _stretches(moments: Span, today: date) -> tuple[list[_Stretch], bool]:
    """Cut what is known by `today` into stretches, from the first start on; say whether the clock has ended."""
    known = sorted((moment for moment in moments if moment.on <= today), key=lambda moment: moment.on)
    known = list(dropwhile(lambda moment: moment.runs is not Runs.RUNNING, known))
    end = next((place for place, moment in enumerate(known) if moment.runs is Runs.ENDED), None)
    stretches = [_Stretch(each.runs, each.on, following.on) for each, following in pairwise(known[:end])]
    if known:
        last = known[:end][-1]
        stretches.append(_Stretch(last.runs, last.on, today if end is None else known[end].on))
    return stretches, end is not None


def _counted_in(delay: Delay, started_on: date) -> tuple[Unit, int]:
    """Return the unit and the limit that a clock started then counts with."""
    unit = Unit(delay.unit)
    if unit is Unit.MONTHS:
        return Unit.DAYS, (add_months(started_on, delay.limit) - started_on).days
    return unit, delay.limit


def _last_day(day: date, n: int, unit: Unit, holidays: Container[date]) -> date:
    return day + timedelta(days=n) if unit is Unit.DAYS else add_working_days(day, n, holidays)


def _elapsed(since: date, until: date, unit: Unit, holidays: Container[date]) -> int:
    return (until - since).days if unit is Unit.DAYS else working_days_between(since, until, holidays)
