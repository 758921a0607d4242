"""A licence as the public meets it: granted by the people of the tests through the whole course, once a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

from flask import Flask
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from certify.extensions import db
from certify.models import Licence, User
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.storage import Store
from certify.queries.register import Register
from certify.workflows.voting import Choice
from tests.conftest import build, running
from tests.decisions import Acting, accept, decide_together
from tests.factories import reported
from tests.proofs import ISSUER
from tests.scenes import close, once
from tests.times import Clock

UNKNOWN = "7K9M4T2XP8QJ"
"""A well-formed mark that nobody was given."""


@dataclass(frozen=True)
class Scan:
    """An application whose register holds one licence, and what one does to it; `url` is `/v/<mark>`."""

    app: Flask
    clock: Clock
    mark: str

    @property
    def url(self) -> str:
        """The address printed on the jar."""
        return f"/v/{self.mark}"

    @property
    def register(self) -> Register:
        """The register as the verification page reads it."""
        return self.app.extensions["verification"].register

    @property
    def database(self) -> Path:
        """The file of the database."""
        return Path(self.app.instance_path) / "certify.sqlite"

    def get(self, url: str, **headers: str) -> TestResponse:
        """Scan, as a phone without cookies; `Accept_Language="ar"` sets a header."""
        return Client(self.app).get(url, headers={name.replace("_", "-"): value for name, value in headers.items()})

    def behind(self, url: str, **headers: str) -> TestResponse:
        """Ask the application behind the front."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client(self.app.wsgi_app.behind).get(url, headers=named)

    def act(self, name: str) -> None:
        """Have Sami suspend, reinstate or withdraw the licence, or the clock expire it."""
        sami = db.session.scalars(select(User).where(User.email == "sami@example.ma")).one()
        licence = db.session.scalars(select(Licence)).one()
        said = {} if name == "expire" else {"reason": "Contrôle du 3 mars"}
        actor = Actor(db.session, None if name == "expire" else sami, self.clock())
        getattr(licences, name)(licence, actor=actor, **said)
        db.session.commit()


def scans(settled_sqlite: Path, name: str = "scan", **settings: object) -> Iterator[Scan]:
    """Yield the application on a copy of the licence, on the day of its signature; the body of a fixture.

    Two that stand at the same time have two names; one with settings is made anew.
    """
    clock = Clock()
    folder = settled_sqlite.parent
    for app in running(build(Path(mkdtemp(dir=folder)), **settings) if settings else _standing(folder / name)):
        app.config |= {"CLOCK": clock, "BEGINNING": settled_sqlite}
        scan = Scan(app, clock, once(granted).mark)
        close()
        yield scan


def granted(acting: Acting, clock: Clock, store: Store, gtin: str | None = None) -> Licence:
    """Take a honey of Alice, sold under a GTIN or none, through the whole course to its licence."""
    dossier = reported(acting, store=store)
    dossier.product.formats[0].gtin = gtin
    decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    licence = accept(dossier, acting)
    licences.sign_licence(licence, store=store, issuer=ISSUER, actor=acting("sami"))
    return licence


@cache
def _standing(folder: Path) -> Flask:
    """Make an application once a run."""
    return build(folder)
