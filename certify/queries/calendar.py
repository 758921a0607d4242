"""The calendar of the Moroccan administration: its holidays, and what day it is there.

Fixed and hijri holidays come from the `holidays` package, which computes the hijri ones; `reference/holidays_extra.tsv`
corrects them (`added`, `removed`), each line with its source: the day proclaimed once the moon has been seen, and the
closures decided for one year (décret 2-05-916, art. 3). A hijri day of the future is an estimate, a day off at most.
"""

import csv
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from holidays import country_holidays

CASABLANCA = ZoneInfo("Africa/Casablanca")
CHANGES = {"added", "removed"}


def moroccan_holidays(years: Iterable[int]) -> frozenset[date]:
    """Return every holiday of these years, weekends not included unless a holiday falls on one."""
    return frozenset().union(*(_holidays_of(year) for year in years))


class MoroccanHolidays:
    """Answers `day in MOROCCAN_HOLIDAYS` for a day of any year, so that no delay outruns the calendar."""

    def __contains__(self, day: object) -> bool:
        return isinstance(day, date) and day in _holidays_of(day.year)


MOROCCAN_HOLIDAYS = MoroccanHolidays()


def casablanca_today(now: datetime) -> date:
    """Return the day it is in Casablanca at `now`, an aware moment; the clocks there go back an hour for Ramadan.

    Raises ValueError for a naive moment, whose day nobody can tell.
    """
    if now.utcoffset() is None:
        raise ValueError("A moment without a time zone has no day in Casablanca.")
    return now.astimezone(CASABLANCA).date()


@lru_cache(maxsize=64)
def _holidays_of(year: int) -> frozenset[date]:
    computed = {day for day in country_holidays("MA", years=year) if day.year == year}
    corrections = [row for row in _corrections() if row[0].year == year]
    removed = {day for day, change in corrections if change == "removed"}
    added = {day for day, change in corrections if change == "added"}
    return frozenset((computed - removed) | added)


@lru_cache(maxsize=1)
def _corrections() -> tuple[tuple[date, str], ...]:
    """Read the corrections; a line that names another change than those two is refused, never skipped."""
    text = files("certify").joinpath("reference", "holidays_extra.tsv").read_text(encoding="utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    unknown = [row["change"] for row in rows if row["change"] not in CHANGES]
    if unknown:
        raise ValueError(f"holidays_extra.tsv: unknown change {unknown[0]!r}")
    return tuple((date.fromisoformat(row["date"]), row["change"]) for row in rows)
