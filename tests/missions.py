"""A database where Rachid has a dossier at each point of an examination, played once a run by the real operations.

A test module imports `played`, `settled_sqlite` and `mission` from here: its `app` then starts from that database.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Dossier, User
from certify.operations.acting import Actor
from certify.operations.dossiers import ask_decision
from certify.operations.findings import raise_finding, require_conformity
from certify.operations.writing import write_section
from tests import factories
from tests.conftest import build, close
from tests.times import Clock

FINDING = "Le numéro de lot manque."
SUMMARY = "Origine vérifiée sur place, analyses conformes."


@dataclass(frozen=True)
class Played:
    """Where it was played, and the dossiers by the name of where they stand."""

    folder: Path
    dossiers: dict[str, int]


@pytest.fixture(scope="session")
def played(everybody_sqlite: Path) -> Played:
    """What was played: once for all the modules that import this, each of which makes it a fixture of its own."""
    return played_from(everybody_sqlite)


@cache
def played_from(everybody: Path) -> Played:
    """Play everything, from a database with everybody in it."""
    folder, clock = everybody.parent / "missions", Clock()
    folder.mkdir()
    shutil.copy(everybody, folder)
    app = build(folder, CLOCK=clock)
    with app.app_context():
        numbers = {name: dossier.id for name, dossier in play(folder, clock).items()}
        db.session.commit()
        close()
    return Played(folder, numbers)


def play(folder: Path, clock: Clock) -> dict[str, Dossier]:
    """Leave one dossier at each point of an examination."""
    store = factories.store_in(folder)

    def acting(name: str) -> Actor:
        user = db.session.scalars(select(User).where(User.email == f"{name}@example.ma")).one()
        return Actor(db.session, user, clock())

    found = {"empty": factories.under_examination(acting, store=store), "filed": None}
    found["filed"] = factories.filed(acting("alice"), store=store)
    for name in ("graded", "found", "asked", "as_it_stands"):
        found[name] = factories.graded(acting, store=store)
    found["over"] = factories.graded(acting, store=store, general_pesticides="absent")
    found["reported"] = factories.reported(acting, store=store)
    for name, proposal in (("graded", "favourable"), ("as_it_stands", "unfavourable"), ("over", "unfavourable")):
        write_report(found[name], proposal, actor=acting("rachid"))
    for name in ("found", "asked", "as_it_stands"):
        due = {"grade": "major", "due_on": date(2026, 12, 20)}
        raise_finding(found[name], statement=FINDING, **due, actor=acting("rachid"))
    for name in ("asked", "as_it_stands"):
        require_conformity(found[name], actor=acting("rachid"))
    ask_decision(found["as_it_stands"], actor=acting("alice"))
    return found


def write_report(dossier: Dossier, proposal: str, *, actor: Actor, text: str = SUMMARY) -> None:
    """Save every mandatory section of the report."""
    for code in factories.sections(text):
        write_section(dossier, code, text=text, proposal=proposal, actor=actor)


@pytest.fixture
def settled_sqlite(played: Played) -> Path:
    """The file that `app` copies."""
    return played.folder / "certify.sqlite"


@pytest.fixture
def mission(played: Played, app) -> Callable[[str], Dossier]:
    """`mission("graded")` is the dossier whose grid is complete."""
    return lambda name: db.session.get_one(Dossier, played.dossiers[name])
