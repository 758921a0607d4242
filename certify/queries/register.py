"""The public register as a scan reads it: a mark, one indexed row.

These reads alone are not given a session. They must be fast, wake nothing else, and say within two seconds that the
database does not answer, so that “we cannot check” is never taken for “invalid”.
"""

from __future__ import annotations

import json
import os
import sqlite3
import weakref
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from math import inf
from pathlib import Path
from time import monotonic
from typing import Any, Protocol
from urllib.parse import quote

from sqlalchemy import URL, create_engine, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from certify.workflows.licence import Ground, State
from certify.workflows.scanning import Caution
from certify.workflows.verdict import CodeState, Standing

PATIENCE = 1.0
"""Seconds that a read may wait for the database; connecting over a network may take two."""

COLUMNS = "mark, number, state, valid_from, valid_to, photo_sha256, facts, history, caution, licence_id"
BY_MARK = f"SELECT {COLUMNS} FROM register_entry WHERE mark = "
BY_MARKS = f"SELECT {COLUMNS} FROM register_entry WHERE mark IN "
BY_GTINS = (
    f"SELECT gtin, {COLUMNS.replace('mark', 'register_entry.mark')} FROM register_gtin"
    " JOIN register_entry ON register_entry.mark = register_gtin.mark WHERE gtin IN "
)
BY_SERIALS = (
    "SELECT label_serial.serial, label_serial.state, label_batch.has_pin, label_batch.gtin, label_batch.gdti,"
    f" label_activation.packed_on, {', '.join(f'register_entry.{column}' for column in COLUMNS.split(', '))}"
    " FROM label_serial"
    " JOIN label_batch ON label_batch.id = label_serial.batch_id"
    " JOIN register_entry ON register_entry.licence_id = label_batch.licence_id"
    " LEFT JOIN label_activation ON label_activation.id = label_serial.activation_id WHERE label_serial.serial IN "
)
CAUTIONS = "SELECT path, caution FROM seen_code WHERE caution IS NOT NULL AND path IN "
GIVEN = {"sqlite": "(SELECT value FROM json_each(?))", "postgresql": "(SELECT unnest(CAST(:given AS text[])))"}
"""A list of values as one parameter, so that the statement is always the same."""

OPENED = "opened"
"""A label whose pack was opened is in use still: what is under its field is for `/open` to say."""

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


@dataclass(frozen=True)
class Entry:
    """What the public may know of one licence. What is kept as JSON is read when somebody asks for it: among ten
    thousand codes nobody does.
    """

    mark: str
    number: str
    state: State
    valid_from: date
    valid_to: date
    photo_sha256: str | None
    kept_facts: Any
    kept_history: Any
    caution: Caution | None = None
    licence_id: int | None = None

    @cached_property
    def facts(self) -> dict[str, Any]:
        """The particulars, as `operations.register` writes them."""
        return _plain(self.kept_facts)

    @cached_property
    def history(self) -> list[dict[str, str]]:
        """The dated changes of state, as `operations.register` writes them."""
        return _plain(self.kept_history)

    @property
    def standing(self) -> Standing:
        """How the licence stands, for the law of the verdict."""
        if self.state not in ENDED or not self.history:
            is_alerted = self.caution is Caution.ALERT
            return Standing(self.state, self.valid_from, self.valid_to, is_alerted=is_alerted)
        last = self.history[-1]
        spares = "ground" in last and Ground(last["ground"]).scope == "prospective"
        return Standing(self.state, self.valid_from, self.valid_to, date.fromisoformat(last["on"]), spares)


@dataclass(frozen=True, slots=True)
class Unit:
    """A numbered label: where it stands, what it names besides its serial, and the licence it was given out for.

    `can_open`: it is in use and hides an opening number that nobody has shown to know yet.
    """

    entry: Entry
    state: CodeState
    gtin: str | None
    gdti: str | None
    packed_on: date | None
    can_open: bool = False


ENDED = frozenset({State.SUSPENDED, State.WITHDRAWN})
"""The states whose day and ground may leave out what was packed before."""


class Register(Protocol):
    """Whatever answers for a mark."""

    def find(self, mark: str) -> Entry | None:
        """Return the row of a canonical mark. Raises Unreachable when the database is gone, locked or too slow."""

    def find_all(self, marks: Iterable[str]) -> dict[str, Entry]:
        """Return the rows of canonical marks, by mark; raises as `find` does."""

    def find_by_gtin(self, gtins: Iterable[str]) -> dict[str, list[Entry]]:
        """Return the rows of the licences of trade items, by GTIN of 14 digits; raises as `find` does."""

    def find_units(self, serials: Iterable[str]) -> dict[str, Unit]:
        """Return the numbered labels of serials, by serial; raises as `find` does."""

    def find_cautions(self, paths: Iterable[str]) -> dict[str, Caution]:
        """Return what is known of copies of codes, by path; raises as `find` does."""

    def days_ahead(self) -> int:
        """Return how far the clock of a demonstration has been moved; raises as `find` does."""


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

    def find_all(self, marks: Iterable[str]) -> dict[str, Entry]:
        """Return the rows of canonical marks, by mark; raises as `find` does."""
        return _by_mark(self._rows(f"{BY_MARKS}{GIVEN['sqlite']}", json.dumps(list(marks))))

    def find_by_gtin(self, gtins: Iterable[str]) -> dict[str, list[Entry]]:
        """Return the rows of the licences of trade items, by GTIN of 14 digits; raises as `find` does."""
        return _by_gtin(self._rows(f"{BY_GTINS}{GIVEN['sqlite']}", json.dumps(list(gtins))))

    def find_units(self, serials: Iterable[str]) -> dict[str, Unit]:
        """Return the numbered labels of serials, by serial; raises as `find` does."""
        return _by_serial(self._rows(f"{BY_SERIALS}{GIVEN['sqlite']}", json.dumps(list(serials))))

    def find_cautions(self, paths: Iterable[str]) -> dict[str, Caution]:
        """Return what is known of copies of codes, by path; raises as `find` does."""
        rows = self._rows(f"{CAUTIONS}{GIVEN['sqlite']}", json.dumps(list(paths)))
        return {path: Caution(caution) for path, caution in rows}

    def _row(self, statement: str, *values: str) -> Sequence[Any] | None:
        rows = self._rows(statement, *values)
        return rows[0] if rows else None

    def _rows(self, statement: str, *values: str) -> Sequence[Sequence[Any]]:
        try:
            file = self._look()
            connection = self._borrow(file)
            try:
                rows = connection.execute(statement, values).fetchall()
            except sqlite3.Error:
                connection.close()
                raise
        except (OSError, sqlite3.Error) as error:
            raise Unreachable(str(error)) from error
        self._idle.append((file, connection))
        return rows

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
            json_deserializer=_as_it_is,
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

    def find_all(self, marks: Iterable[str]) -> dict[str, Entry]:
        """Return the rows of canonical marks, by mark; raises as `find` does."""
        return _by_mark(self._rows(f"{BY_MARKS}{GIVEN['postgresql']}", given=list(marks)))

    def find_by_gtin(self, gtins: Iterable[str]) -> dict[str, list[Entry]]:
        """Return the rows of the licences of trade items, by GTIN of 14 digits; raises as `find` does."""
        return _by_gtin(self._rows(f"{BY_GTINS}{GIVEN['postgresql']}", given=list(gtins)))

    def find_units(self, serials: Iterable[str]) -> dict[str, Unit]:
        """Return the numbered labels of serials, by serial; raises as `find` does."""
        return _by_serial(self._rows(f"{BY_SERIALS}{GIVEN['postgresql']}", given=list(serials)))

    def find_cautions(self, paths: Iterable[str]) -> dict[str, Caution]:
        """Return what is known of copies of codes, by path; raises as `find` does."""
        rows = self._rows(f"{CAUTIONS}{GIVEN['postgresql']}", given=list(paths))
        return {path: Caution(caution) for path, caution in rows}

    def _row(self, statement: str, **values: Any) -> Sequence[Any] | None:
        rows = self._rows(statement, **values)
        return rows[0] if rows else None

    def _rows(self, statement: str, **values: Any) -> Sequence[Sequence[Any]]:
        try:
            try:
                return self._try(statement, values)
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                return self._try(statement, values)  # the server was restarted; the pool has dropped what it held
        except SQLAlchemyError as error:
            raise Unreachable(str(error)) from error

    def _try(self, statement: str, values: Mapping[str, Any]) -> Sequence[Sequence[Any]]:
        with self._engine.connect() as connection:
            return connection.execute(text(statement), values).all()


def _entry(row: Sequence[Any]) -> Entry:
    mark, number, state, valid_from, valid_to, photo, facts, history, caution, licence_id = row
    days = (_day(valid_from), _day(valid_to))
    cautious = Caution(caution) if caution else None
    return Entry(mark, number, State(state), *days, photo, facts, history, cautious, licence_id)


def _by_mark(rows: Iterable[Sequence[Any]]) -> dict[str, Entry]:
    return {row[0]: _entry(row) for row in rows}


def _by_gtin(rows: Iterable[Sequence[Any]]) -> dict[str, list[Entry]]:
    found: dict[str, list[Entry]] = {}
    for gtin, *row in rows:
        found.setdefault(gtin, []).append(_entry(row))
    return found


def _by_serial(rows: Iterable[Sequence[Any]]) -> dict[str, Unit]:
    found = {}
    for serial, state, has_pin, gtin, gdti, packed_on, *row in rows:
        packed = _day(packed_on) if packed_on else None
        stands = CodeState.ACTIVE if state == OPENED else CodeState(state)
        can_open = bool(has_pin) and state == CodeState.ACTIVE.value
        found[serial] = Unit(_entry(row), stands, gtin, gdti, packed, can_open)
    return found


def _day(value: date | str) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _plain(value: Any) -> Any:
    """Read JSON that has not been read yet."""
    return json.loads(value) if isinstance(value, (str, bytes)) else value


def _as_it_is(value: Any) -> Any:
    """Leave JSON to whoever asks for what it says."""
    return value


def _close_all(idle: list[tuple[Identity, sqlite3.Connection]]) -> None:
    while idle:
        idle.pop()[1].close()
