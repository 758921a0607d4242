"""The extensions, and how each database is spoken to.

On SQLite a write opens with BEGIN IMMEDIATE and a read with plain BEGIN, on two engines: the driver's own
transactions lose votes and deferred ones fail at once on a read that turns into a write. PostgreSQL needs one engine;
operations lock the rows they change.

Writers on SQLite take turns. Its own way of waiting is to sleep, up to 100 ms at a time, so that of thirty votes cast
at once the last slept most of a second beside a free database: here the threads of a process queue for one lock, and
the first of them asks SQLite every millisecond. What is promised is the same: one writer, FULL, ten seconds at most.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from threading import Lock

from babel.support import NullTranslations
from flask import Response, has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session as ReadingSession

from certify.models import Base
from certify.translations import catalogue

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

PATIENCE = 10.0
"""Seconds that a write waits for its turn before it is refused."""

ASKS_AGAIN = 0.001
"""Seconds after which the writer whose turn it is in this process asks again whether another process is done."""

PRAGMAS = ("journal_mode=wal", "synchronous=full", "busy_timeout=10000", "foreign_keys=on")
"""FULL, not NORMAL: after a power cut a vote that was acknowledged must still be there. The file is not mapped: no read
would be quicker, and what was read of it would count as memory of every process.
"""


class RoutedSession(Session):
    """Reads through the read engine while a request that must not write is served."""

    def get_bind(self, mapper=None, clause=None, bind=None, **rest) -> Engine | Connection:
        """Choose the engine by the method of the request; commands always write."""
        if bind is None and "read" in db.engines and has_request_context() and request.method in SAFE_METHODS:
            return db.engines["read"]
        return super().get_bind(mapper=mapper, clause=clause, bind=bind, **rest)


class Catalogues(Domain):
    """Speaks from the .po catalogues as they are, so that no stale binary can exist."""

    def get_translations(self) -> NullTranslations:
        """Return the catalogue of the current language; English needs none."""
        locale = get_locale()
        return catalogue(locale.language) if locale else NullTranslations()


class Doorkeeper(LoginManager):
    """Flask-Login without its cookie for people who stay signed in, which nobody is given here: to see whether one is
    due it would look at the session of every request, and shared caches would take each answer for a private one.
    """

    def _update_remember_cookie(self, response: Response) -> Response:
        return response


class SpokenBabel(Babel):
    """Flask-Babel with our catalogues."""

    @cached_property
    def domain_instance(self) -> Catalogues:
        """The one domain there is."""
        return Catalogues()


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RoutedSession}, disable_autonaming=True)
login = Doorkeeper()
csrf = CSRFProtect()
babel = SpokenBabel()
limiter = Limiter(get_remote_address)


def speak(engine: Engine, *, writes: bool) -> None:
    """Teach an SQLite engine its pragmas and how its transactions begin."""
    turn = Lock()

    @event.listens_for(engine, "do_connect")
    def keep_private(_dialect, _record, _arguments, _settings):
        make_private(Path(engine.url.database))

    @event.listens_for(engine, "connect")
    def connect(connection, _record):
        connection.isolation_level = None  # the driver's own transaction control is off
        for pragma in PRAGMAS:
            connection.execute(f"pragma {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection):
        if not writes:
            connection.exec_driver_sql("BEGIN")
            return
        deadline = time.monotonic() + PATIENCE
        if not connection.info.get("turn"):  # a migration begins more than once before it gives its connection back
            connection.info["turn"] = turn.acquire(timeout=PATIENCE)
        begin_writing(connection, deadline)

    @event.listens_for(engine, "checkin")
    def leave(_connection, record):
        if record.info.pop("turn", False):
            turn.release()


def make_private(database: Path) -> None:
    """Make the file of a database that is not there yet, for the service alone: SQLite would let everybody read it.

    What SQLite puts beside it gets the same mode. One that is there keeps the mode that it was given.
    """
    with suppress(FileExistsError):
        os.close(os.open(database, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def begin_writing(connection: Connection, deadline: float) -> None:
    """Begin a transaction that writes, as soon as no other process does; after `deadline` raise sqlite3’s error."""
    driver = connection.connection.dbapi_connection
    driver.execute("pragma busy_timeout=0")
    try:
        while True:
            try:
                driver.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                is_busy = error.sqlite_errorcode == sqlite3.SQLITE_BUSY
                if not is_busy or time.monotonic() > deadline:
                    raise
            time.sleep(ASKS_AGAIN)
    finally:
        driver.execute(f"pragma busy_timeout={PATIENCE * 1000:.0f}")


@contextmanager
def reading() -> Iterator[ReadingSession]:
    """Lend a session that reads for a long time: nobody waits for it, and what it sees does not change meanwhile."""
    engine = db.engines.get("read", db.engine)
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ")
    with ReadingSession(engine) as session:
        yield session


def prepare_engines() -> None:
    """Set up the engines of the current application; PostgreSQL needs nothing."""
    for name, engine in db.engines.items():
        if engine.dialect.name == "sqlite":
            speak(engine, writes=name != "read")
