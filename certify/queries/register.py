"""The public register as a scan reads it: a mark, one indexed row, one verdict.

These reads alone are not given a session. They must be fast, wake nothing else, and say within two seconds that the
database does not answer, so that “we cannot check” is never taken for “invalid”.
"""

from __future__ import annotations

import json
import os
import sqlite3
import weakref
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from certify.queries.calendar import casablanca_today
from certify.workflows.errors import Malformed
from certify.workflows.licence import State, Verdict, verdict
from certify.workflows.numbering import parse_mark
from certify.workflows.scanning import Caution

PATIENCE = 1.0
"""Seconds that a read may wait for the database; connecting over a network may take two."""

COLUMNS = "mark, number, state, valid_from, valid_to, photo_sha256, facts, history, caution, licence_id"
BY_MARK = f"SELECT {COLUMNS} FROM register_entry WHERE mark = "
DAYS_AHEAD = "SELECT days_ahead FROM demonstration_clock WHERE id = 1"
LOOK = 1.0
"""Seconds after which a SQLite file is looked at again: is it there, and still the same one?"""

SQLITE_PRAGMAS = ("query_only=on", "cache_size=-4000")
"""4 MB hold the inner pages of a million licences; with the usual 2 MB a read takes three times as long. A mapped file
would be no faster, and count as memory of this process.
"""


Identity = tuple[int, int]
"""Device and inode of a file."""


class Unreachable(Exception):
    """The register does not answer; this says nothing about any mark."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What the public may know of one licence; `facts` and `history` are as `operations.register` writes them."""

    mark: str
    number: str
    state: State
    valid_from: date
    valid_to: date
    photo_sha256: str | None
    facts: dict[str, Any]
    history: list[dict[str, str]]
    caution: Caution | None = None
    licence_id: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What came of looking a mark up: `mark` is canonical, or None with the `fault` of what was typed.

    `at` is the moment that counts, for a demonstration's clock may be ahead.
    """

    verdict: Verdict
    at: datetime
    mark: str | None = None
    entry: Entry | None = None
    fault: Malformed | None = None
    trouble: str | None = None

    @property
    def was_made(self) -> bool:
        """Whether the register was asked and answered."""
        return self.verdict not in (Verdict.MISTYPED, Verdict.CANNOT_CHECK)


class Register(Protocol):
    """Whatever answers for a mark."""

    def find(self, mark: str) -> Entry | None:
        """Return the row of a canonical mark. Raises Unreachable when the database is gone, locked or too slow."""

    def days_ahead(self) -> int:
        """Return how far the clock of a demonstration has been moved; raises as `find` does."""


def check_mark(register: Register, typed: str, *, at: datetime, is_demonstration: bool = False) -> Check:
    """Look a mark up, however it is written, and judge it at a moment: the same for a page, JSON and whoever asks."""
    try:
        mark = parse_mark(typed)
    except Malformed as fault:
        return Check(Verdict.MISTYPED, at, fault=fault)
    try:
        entry = register.find(mark)
        at += timedelta(days=register.days_ahead() if is_demonstration else 0)
    except Unreachable as error:
        return Check(Verdict.CANNOT_CHECK, at, mark, trouble=str(error))
    if entry is None:
        return Check(Verdict.UNKNOWN, at, mark)
    return Check(verdict(entry.state, entry.valid_from, entry.valid_to, casablanca_today(at)), at, mark, entry)


def open_register(url: URL) -> Register:
    """Return the register at the address of a database; nothing is opened before the first read."""
    return SQLiteRegister(Path(url.database)) if url.get_backend_name() == "sqlite" else ServerRegister(url)


class SQLiteRegister:
    """Reads a SQLite file without SQLAlchemy. A connection serves one read at a time and is kept for the next."""

    def __init__(self, path: Path, patience: float = PATIENCE) -> None:
        self._path, self._patience = path, patience
        self._idle: list[tuple[Identity, sqlite3.Connection]] = []
        self._file, self._looked_at = (0, 0), -inf
        weakref.finalize(self, _close_all, self._idle)

    def find(self, mark: str) -> Entry | None:
        """Return the row of a canonical mark. Raises Unreachable when the file is gone, locked or none of ours."""
        row = self._row(f"{BY_MARK}?", mark)
        return _entry(row) if row else None

    def days_ahead(self) -> int:
        """Return how far the clock of a demonstration has been moved; raises as `find` does."""
        row = self._row(DAYS_AHEAD)
        return row[0] if row else 0

    def _row(self, statement: str, *values: str) -> Sequence[Any] | None:
        try:
            file = self._look()
            connection = self._borrow(file)
            try:
                row = connection.execute(statement, values).fetchone()
            except sqlite3.Error:
                connection.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise Unreachable(str(error)) from error
        self._idle.append((file, connection))
        return row

    def _look(self) -> Identity:
        """Return what file the path now leads to, as of at most LOOK seconds ago. Raises OSError when to none."""
        now = monotonic()
        if now - self._looked_at > LOOK:
            found = os.stat(self._path)
            self._file, self._looked_at = (found.st_dev, found.st_ino), now
        return self._file

    def _borrow(self, file: Identity) -> sqlite3.Connection:
        """Take a connection to this very file: one to a file replaced since, by a restored backup, is closed."""
        while self._idle:
            try:
                known, connection = self._idle.pop()
            except IndexError:  # another thread took the last one
                break
            if known == file:
                return connection
            connection.close()
        address = f"file:{quote(str(self._path))}?mode=ro"
        connection = sqlite3.connect(
            address, uri=True, timeout=self._patience, isolation_level=None, check_same_thread=False
        )
        for pragma in SQLITE_PRAGMAS:
            connection.execute(f"pragma {pragma}")
        return connection


class ServerRegister:
    """Reads a database server, PostgreSQL, on a few connections of its own, each with short limits of time."""

    def __init__(self, url: URL) -> None:
        limits = f"-c statement_timeout={int(PATIENCE * 1000)} -c default_transaction_read_only=on"
        given = url.query.get("options", "")
        self._engine = create_engine(
            url,
            isolation_level="AUTOCOMMIT",
            pool_size=4,
            pool_timeout=PATIENCE,
            connect_args={"options": f"{given} {limits}".strip(), "connect_timeout": 2, "tcp_user_timeout": 2000},
        )
        weakref.finalize(self, self._engine.dispose)

    def find(self, mark: str) -> Entry | None:
        """Return the row of a canonical mark. Raises Unreachable when the server is gone or too slow."""
        row = self._row(f"{BY_MARK}:mark", mark=mark)
        return _entry(row) if row else None

    def days_ahead(self) -> int:
        """Return how far the clock of a demonstration has been moved; raises as `find` does."""
        row = self._row(DAYS_AHEAD)
        return row[0] if row else 0

    def _row(self, statement: str, **values: str) -> Sequence[Any] | None:
        try:
            try:
                return self._try(statement, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._try(statement, values)  # the server was restarted; the pool has dropped what it held
        except SQLAlchemyError as error:
            raise Unreachable(str(error)) from error

    def _try(self, statement: str, values: Mapping[str, str]) -> Sequence[Any] | None:
        with self._engine.connect() as connection:
            return connection.execute(text(statement), values).one_or_none()


def _entry(row: Sequence[Any]) -> Entry:
    mark, number, state, valid_from, valid_to, photo, facts, history, caution, licence_id = row
    return Entry(
        *(mark, number, State(state), _day(valid_from), _day(valid_to), photo, _plain(facts), _plain(history)),
        Caution(caution) if caution else None,
        licence_id,
    )


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """Read JSON; PostgreSQL's driver already has."""
    return json.loads(value) if isinstance(value, str) else value


def _close_all(idle: list[tuple[Identity, sqlite3.Connection]]) -> None:
    while idle:
        idle.pop()[1].close()
