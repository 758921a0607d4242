"""Numbers given once: the counter moves under a lock, in the transaction of whatever bears the number."""

from __future__ import annotations

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from certify.models import NumberSeries

INSERT = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def next_number(session: Session, series: str, year: int) -> int:
    """Return the next number of `series` in `year`, from 1; another transaction waits until this one ends."""
    insert = INSERT[session.get_bind().dialect.name]
    key = {"series": series, "year": year}
    session.execute(insert(NumberSeries).values(**key, last=0).on_conflict_do_nothing())
    session.execute(update(NumberSeries).filter_by(**key).values(last=NumberSeries.last + 1))
    return session.scalars(select(NumberSeries.last).filter_by(**key)).one()
