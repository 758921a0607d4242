"""The rows of PostgreSQL, taken out, kept and put back behind the back of the triggers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Row, text

from certify.extensions import db

OF_MIGRATIONS = {"dossier_state", "meeting_state", "licence_state", "finding_state", "visit_state"}
OF_MIGRATIONS |= {"label_batch_state", "label_state", "case_state"}
"""The tables that migrations fill, and nothing else."""


def can_be_put_back() -> bool:
    """Whether rows may come and go unseen by the triggers: that is for a superuser."""
    return db.session.scalar(text("SELECT current_setting('is_superuser')")) == "on"


def empty() -> None:
    """Take every row out but the names of the states, and count from 1 again.

    TRUNCATE makes new files for some forty tables and all their indexes: a tenth of a second, where deleting takes a
    few milliseconds.
    """
    if can_be_put_back():
        unseen(*deletions(), counting((name, 1, False) for name, _ in counters()))
    else:
        db.session.execute(text(f"TRUNCATE {', '.join(tables())} RESTART IDENTITY CASCADE"))
        db.session.commit()


def kept(name: str) -> tuple[str, ...]:
    """Copy every row into a schema beside, under a name; return the statements that bring them back."""
    beside = f"{db.session.scalar(text('SELECT current_schema()'))}_kept"
    db.session.execute(text(f"CREATE SCHEMA IF NOT EXISTS {beside}"))
    filled = [table for table in tables() if db.session.scalar(text(f"SELECT EXISTS (SELECT FROM {table})"))]
    for table in filled:
        db.session.execute(text(f"CREATE TABLE {beside}.{name}_{table} AS TABLE {table}"))
    counted = [(name, last or 1, last is not None) for name, last in counters()]
    db.session.commit()
    return (
        *deletions(),
        *(f"INSERT INTO {table} SELECT * FROM {beside}.{name}_{table};" for table in filled),
        counting(counted),
    )


def counting(counted: Iterable[tuple[str, int, bool]]) -> str:
    """Return the statement that sets sequences, each to a number that it gave or is about to give."""
    numbers = (f"setval('{name}', {last}, {is_used})" for name, last, is_used in counted)
    return f"PERFORM {', '.join(numbers)};"


def unseen(*statements: str) -> None:
    """Execute statements at once, without triggers, and commit."""
    db.session.execute(text("SET LOCAL session_replication_role = replica"))
    db.session.execute(text(f"DO $$ BEGIN {' '.join(statements)} END $$"))
    db.session.commit()


def counters() -> Sequence[Row[tuple[str, int | None]]]:
    """Return the sequences that number the rows, each with the last number that it gave."""
    where = "WHERE schemaname = current_schema()"
    return db.session.execute(text(f"SELECT sequencename, last_value FROM pg_sequences {where}")).all()


def tables() -> list[str]:
    """Name the tables that people fill."""
    return [table.name for table in db.metadata.sorted_tables if table.name not in OF_MIGRATIONS]


def deletions() -> list[str]:
    """Return the statements that empty these tables."""
    return [f"DELETE FROM {table};" for table in tables()]
