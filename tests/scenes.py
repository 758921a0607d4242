"""What people did once, put back for each test that begins there: the rows, the files and the hour.

To play a life takes the better part of a second, to put back what it left some milliseconds.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from inspect import signature
from pathlib import Path

from flask import Flask, current_app
from sqlalchemy import inspect
from sqlalchemy.orm import Session

from certify.extensions import db
from certify.models import Base
from certify.operations.acting import Actor
from certify.views import front
from tests import people, rows
from tests.factories import store_in
from tests.times import Clock

Acting = Callable[[str | None], Actor]


@dataclass(frozen=True)
class Scene:
    """What a play left: the folder of the instance, with its database when that is SQLite; the statements that bring
    the rows back when it is not; the hour; and the key of the row that the play returned.
    """

    folder: Path
    statements: tuple[str, ...]
    at: datetime
    row: tuple[type[Base], object] | None


SCENES: dict[tuple, Scene] = {}
"""By where the application began and at what hour, the play, and what it was told."""


def once(play: Callable[..., Base | None], **told: object) -> Base | None:
    """Bring the test to where a play ends; return the row that it returned, if any.

    It is played the first time, where the application of the test begins: whatever the test did before is gone. It is
    given what it is told, and what it names among `acting`, `actor` (Alice), `clock` and `store`.
    """
    app = current_app._get_current_object()
    clock, beginning = app.config["CLOCK"], app.config["BEGINNING"]
    key = (beginning, clock(), play, *sorted(told.items()))
    if key not in SCENES:
        begin(app, clock, beginning)
        acting = acting_at(clock, db.session)
        given = {"acting": acting, "actor": acting("alice"), "clock": clock, "store": store_in(app.instance_path)}
        row = play(**{name: given[name] for name in signature(play).parameters.keys() & given}, **told)
        db.session.commit()
        if beginning is None and not rows.can_be_put_back():
            return row
        SCENES[key] = keep(app, clock, row)
    return put_back(app, clock, SCENES[key])


def everybody() -> None:
    """Do nothing yet: everybody is there."""


def acting_at(clock: Callable[[], datetime], session: Session) -> Acting:
    """Return `acting(name)` on a session of one's own, as the fixture of that name does."""

    def acting(name: str | None) -> Actor:
        return Actor(session, people.find(session, name) if name else None, clock())

    return acting


def begin(app: Flask, clock: Clock, beginning: Path | None) -> None:
    """Start with a copy of a file of SQLite; with None, on PostgreSQL, with everybody."""
    close()
    renew(app, clock)
    app.config["BEGINNING"] = beginning
    if beginning:
        shutil.copy(beginning, Path(app.instance_path) / "certify.sqlite")
    else:
        rows.empty()
        people.settle(db.session)


def keep(app: Flask, clock: Clock, row: Base | None) -> Scene:
    """Keep what has been committed."""
    name = f"scene{len(SCENES)}"
    key = (type(row), inspect(row).identity) if row else None
    statements = () if app.config["BEGINNING"] else rows.kept(name)
    close()
    folder = shutil.copytree(app.instance_path, Path(app.instance_path).with_name(name))
    return Scene(folder, statements, clock(), key)


def put_back(app: Flask, clock: Clock, scene: Scene) -> Base | None:
    """Bring back what was kept; return the row that the play returned."""
    close()
    renew(app, clock, scene.folder)
    clock.at = scene.at
    if scene.statements:
        rows.unseen(*scene.statements)
    row = db.session.get_one(*scene.row) if scene.row else None
    db.session.commit()
    return row


def renew(app: Flask, clock: Clock, source: Path | None = None) -> None:
    """Give a shared application another clock and another folder, a copy of one or empty: nothing is left."""
    instance = Path(app.instance_path)
    shutil.rmtree(instance)
    if source:
        shutil.copytree(source, instance)
    else:
        instance.mkdir()
    app.config["CLOCK"] = clock
    front.stand(app)


def close() -> None:
    """Leave no connection behind; where the application `STAYS_CONNECTED`, no transaction."""
    db.session.remove()
    if not current_app.config.get("STAYS_CONNECTED"):
        for engine in db.engines.values():
            engine.dispose()
