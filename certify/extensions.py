"""The extensions, and how each database is spoken to.

On SQLite a write opens with BEGIN IMMEDIATE and a read with plain BEGIN, on two engines: the driver's own
transactions lose votes and deferred ones fail at once on a read that turns into a write. PostgreSQL needs one engine;
operations lock the rows they change.
"""

from __future__ import annotations

from functools import cached_property

from babel.support import NullTranslations
from flask import has_request_context, request
from flask_babel import Babel, Domain, get_locale
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from flask_login import LoginManager
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from flask_wtf import CSRFProtect
from sqlalchemy import Connection, Engine, event

from certify.models import Base
from certify.translations import catalogue

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

PRAGMAS = ("journal_mode=wal", "synchronous=full", "busy_timeout=10000", "foreign_keys=on", "mmap_size=268435456")
"""FULL, not NORMAL: after a power cut a vote that was acknowledged must still be there."""


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


class SpokenBabel(Babel):
    """Flask-Babel with our catalogues."""

    @cached_property
    def domain_instance(self) -> Catalogues:
        """The one domain there is."""
        return Catalogues()


db = SQLAlchemy(metadata=Base.metadata, session_options={"class_": RoutedSession}, disable_autonaming=True)
migrate = Migrate()
login = LoginManager()
csrf = CSRFProtect()
babel = SpokenBabel()
limiter = Limiter(get_remote_address)


def speak(engine: Engine, begin: str) -> None:
    """Teach an SQLite engine its pragmas and how its transactions begin."""

    @event.listens_for(engine, "connect")
    def connect(connection, _record):
        connection.isolation_level = None  # the driver's own transaction control is off
        for pragma in PRAGMAS:
            connection.execute(f"pragma {pragma}")

    @event.listens_for(engine, "begin")
    def start(connection):
        connection.exec_driver_sql(begin)


def prepare_engines() -> None:
    """Set up the engines of the current application; PostgreSQL needs nothing."""
    for name, engine in db.engines.items():
        if engine.dialect.name == "sqlite":
            speak(engine, "BEGIN" if name == "read" else "BEGIN IMMEDIATE")
