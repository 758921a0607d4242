"""`flask db`: the commands of Flask-Migrate. With Alembic they weigh ten megabytes: they are loaded when asked for."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType
from typing import Any

import click
from flask import Flask
from werkzeug.local import LocalProxy

from certify.extensions import db

INSTALLED, CHECKOUT = Path(__file__).with_name("migrations"), Path(__file__).parents[1] / "migrations"


class Migrations(click.Command):
    """Stands for the group of Flask-Migrate, and hands over to it when it is called."""

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        """Read what was asked as that group reads it, so that it is what runs."""
        return _load().cli.db.make_context(info_name, args, parent, **extra)


def register(app: Flask) -> None:
    """Hang `db` on the application, and leave the settings where Flask-Migrate looks for them."""
    app.extensions["migrate"] = LocalProxy(lambda: _settings(app))
    app.cli.add_command(Migrations("db", help="The tables: what brings them up to date."))


def _settings(app: Flask) -> object:
    """Put the extension itself in the place of its promise."""
    _load().Migrate(app, db, directory=str(INSTALLED if INSTALLED.is_dir() else CHECKOUT))
    return app.extensions["migrate"]


def _load() -> ModuleType:
    import flask_migrate.cli  # noqa: PLC0415

    return flask_migrate
