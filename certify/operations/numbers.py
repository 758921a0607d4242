"""Numbers given once: the counter moves under a lock, in the transaction of whatever bears the number."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from certify.models import NumberSeries

INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def next_number(session: Session, series: str, year: int) -> int:
    """Return the next number of `series` in `year`, from 1; another transaction waits until this one ends."""
    return _count_on(session, series, year, by=1)


def hold_numbers(session: Session, series: str, year: int) -> None:
    """Have whoever takes a number of `series` in `year` wait until this transaction ends; none is taken."""
    _count_on(session, series, year, by=0)


def _count_on(session: Session, series: str, year: int, *, by: int) -> int:
    insert = INSERT[session.get_bind().dialect.name]
    key = {"series": series, "year": year}
    session.execute(insert(NumberSeries).values(**key, last=0).on_conflict_do_nothing())
    session.execute(update(NumberSeries).filter_by(**key).values(last=NumberSeries.last + by))
    return session.scalars(select(NumberSeries.last).filter_by(**key)).one()
