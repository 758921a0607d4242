"""A database where dossiers stand at every desk of the office, played once a run by the real operations.

A test module imports `played`, `clock`, `settled_sqlite` and what else it needs from here: its `app` then starts from
that database, on Monday 7 December 2026, the day of the committee.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Dossier, Licence, User
from certify.models.document import Standing
from certify.operations import admissibility, documents, dossiers, licences
from certify.operations.acting import Actor
from certify.operations.storage import Store
from certify.queries.admissibility import list_complements, list_current_documents
from certify.workflows.voting import Choice
from tests import decisions, factories
from tests.conftest import build, close
from tests.proofs import ISSUER
from tests.times import Clock


@dataclass(frozen=True)
class Played:
    """Where it was played, when it ended, and the dossiers by the name of what waits for them."""

    folder: Path
    clock: Clock
    dossiers: dict[str, int]


@pytest.fixture(scope="session")
def played(everybody_sqlite: Path) -> Played:
    """What was played: once for all the modules that import this, each of which makes it a fixture of its own."""
    return played_from(everybody_sqlite)


@cache
def played_from(everybody: Path) -> Played:
    """Play everything, from a database with everybody in it."""
    folder, clock = everybody.parent / "staged", Clock()
    folder.mkdir()
    shutil.copy(everybody, folder)
    app = build(folder, CLOCK=clock)
    with app.app_context():
        numbers = {name: dossier.id for name, dossier in play(folder, clock).items()}
        db.session.commit()
        close()
    return Played(folder, clock, numbers)


def play(folder: Path, clock: Clock) -> dict[str, Dossier]:
    """Leave one dossier at each desk; the first ones, which wait for the committee, take the clock two weeks ahead."""
    store = factories.store_in(folder)

    def acting(name: str) -> Actor:
        user = db.session.scalars(select(User).where(User.email == f"{name}@example.ma")).one()
        return Actor(db.session, user, clock())

    choices = {
        "approved": Choice.FAVOURABLE,
        "reserved": Choice.FAVOURABLE_WITH_RESERVATIONS,
        "refused": Choice.UNFAVOURABLE,
    }
    examined = {name: factories.reported(acting, store=store) for name in (*choices, "adjourned", "notified", "signed")}
    votes = choices | {"adjourned": Choice.ADJOURN, "notified": Choice.FAVOURABLE, "signed": Choice.FAVOURABLE}
    decisions.decide_together(acting, clock, {examined[name]: choice for name, choice in votes.items()})
    for name in ("notified", "signed"):
        decisions.accept(examined[name], acting)
    licence = decisions.licence_of(examined["signed"], acting("sami"))
    signing = {"store": store, "issuer": ISSUER, "randomness": bytes}  # its mark is known: all zeros
    licences.sign_licence(licence, **signing, actor=acting("sami"))
    return examined | early(acting, store)


def early(acting: decisions.Acting, store: Store) -> dict[str, Dossier]:
    """File today what has not gone far."""
    found = {"filed": factories.filed(acting("alice"), store=store, name_fr="Safran", name_ar="الزعفران")}
    for name in ("checking", "checked", "asked", "answered", "proposed", "admissible"):
        found[name] = factories.filed(acting("alice"), store=store)
        admissibility.take_up(found[name], actor=acting("carol"))
    for name in ("checked", "admissible"):
        conforming = {one.id: (Standing.CONFORMING, None) for one in list_current_documents(db.session, found[name])}
        admissibility.check_documents(found[name], conforming, actor=acting("carol"))
    admissibility.declare_admissible(found["admissible"], actor=acting("carol"))
    for name in ("asked", "answered"):
        admissibility.request_complement(found[name], [("statutes", "Les statuts signés.")], actor=acting("carol"))
    [complement] = list_complements(db.session, found["answered"])
    documents.answer_point(complement.points[0], stored=None, answer="Les voici.", actor=acting("alice"))
    dossiers.answer_complement(found["answered"], actor=acting("alice"))
    admissibility.propose_inadmissibility(
        found["proposed"], ground="out_of_scope", reason="Ce n’est pas un produit du terroir.", actor=acting("carol")
    )
    return found


@pytest.fixture
def clock(played: Played) -> Clock:
    """The time at which the play ended."""
    return Clock(played.clock())


@pytest.fixture
def settled_sqlite(played: Played) -> Path:
    """The file that `app` copies."""
    return played.folder / "certify.sqlite"


@pytest.fixture
def store(played: Played, app) -> Store:
    """The files of the play, and those that the test adds."""
    shutil.copytree(played.folder / "files", Path(app.instance_path) / "files", dirs_exist_ok=True)
    return factories.store_in(app.instance_path)


@pytest.fixture
def staged(played: Played, app) -> Callable[[str], Dossier]:
    """`staged("filed")` is the dossier that has just been filed."""
    return lambda name: db.session.get_one(Dossier, played.dossiers[name])


@pytest.fixture
def licence_of(staged) -> Callable[[str], Licence]:
    """`licence_of("signed")` is the licence of that dossier."""
    return lambda name: db.session.scalars(select(Licence).where(Licence.dossier_id == staged(name).id)).one()
