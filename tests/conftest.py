"""What tests stand on: a migrated database each (SQLite always, PostgreSQL where asked), people, a client, a clock."""

from __future__ import annotations

import gc
import os
import shutil
import sys
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from flask_migrate import upgrade
from jinja2 import FileSystemBytecodeCache

from certify import create_app
from certify.extensions import db, limiter
from certify.models import User
from certify.operations import demonstration as demonstration_data
from certify.operations.acting import Actor
from certify.operations.publishing import publish
from certify.operations.signs import import_signs
from certify.operations.storage import Store
from tests import backends, people, proofs
from tests.clients import Reader
from tests.scenes import begin, close, everybody, once
from tests.times import Clock
from tests.turns import made_once

SETTINGS = {
    "TESTING": True,
    "SECRET_KEY": "only for tests",
    "FIELD_KEY": urlsafe_b64encode(b"only for tests, thirty-two bytes").decode(),
    "BASE_URL": proofs.BASE_URL,
    "KEYS": str(proofs.KEYS),
    "GDTI": proofs.GDTI,
    "WTF_CSRF_ENABLED": False,
    "RATELIMIT_ENABLED": False,
}

gc.disable()  # until everything is collected: see pytest_collection_finish

# Two workers and some fifty processes import the same modules, whose asserts pytest rewrites: each is compiled once.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

COMPILED = FileSystemBytecodeCache()
"""Templates compiled once for all the applications of a run."""


LONGEST = ("leaks", "access", "serving", "killed", "printing", "ticking")
"""The modules that take longest though they hold few tests: first, so that no worker is left alone with one."""


def pytest_configure(config: pytest.Config) -> None:
    """Keep the order below, where xdist would put the modules with most tests first."""
    config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest modules first; the order within a module stays."""
    items.sort(key=lambda item: item.path.stem.removeprefix("test_") not in LONGEST)


def pytest_collection_finish() -> None:
    """Let Python's collector pass over what is imported, which no test frees: it took a tenth of the time of a run."""
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)
    gc.enable()


def build(instance: Path, url: str | None = None, **more: object) -> Flask:
    """Make an application on its own instance folder and database."""
    app = create_app({**SETTINGS, "INSTANCE": str(instance), "DATABASE_URL": url, **more})
    app.jinja_env.bytecode_cache = COMPILED
    return app


@pytest.fixture(scope="session")
def everybody_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file with everybody, made once a run: each worker has a copy in a folder of its own."""
    made = made_once(tmp_path_factory, "settled", settle) / "certify.sqlite"
    return Path(shutil.copy(made, tmp_path_factory.mktemp("settled")))


def settle(instance: Path) -> None:
    """Migrate, and let everybody in."""
    app = build(instance)
    with app.app_context():
        upgrade()
        people.settle(db.session)
        close()


@pytest.fixture(scope="session")
def settled_sqlite(everybody_sqlite: Path) -> Path:
    """The SQLite file that is copied for each test; a module puts another in its place to start from further on."""
    return everybody_sqlite


@pytest.fixture(scope="session")
def migrated_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a schema on PostgreSQL, migrated once a run; or a skip that says why there is none."""
    with backends.postgres_schema() as url:
        app = build(tmp_path_factory.mktemp("migrated"), url)
        with app.app_context():
            upgrade()
            db.engine.dispose()
        yield url


@pytest.fixture(scope="session")
def demonstration_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance folder with the demonstration in it, loaded once a run, at the present hour; copy it, leave it."""
    return made_once(tmp_path_factory, "demonstration", demonstrate)


def demonstrate(instance: Path) -> None:
    """Load the demonstration."""
    app = build(instance, DEMONSTRATION=True)
    with app.app_context():
        upgrade()
        with files("certify").joinpath("reference", "signs.tsv").open("rb") as file:
            import_signs(file, session=db.session)
        demonstration_data.load(
            session=db.session, store=Store(instance / "files"), at=app.config["CLOCK"](), issuer=proofs.ISSUER
        )
        db.session.commit()
        publish(db.session, instance / "public", issuer=proofs.ISSUER, at=app.config["CLOCK"]())
        close()


@pytest.fixture(scope="module")
def demonstration(demonstration_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """The application on a copy of the demonstration that one module has to itself."""
    instance = tmp_path_factory.mktemp("copy") / "instance"
    shutil.copytree(demonstration_folder, instance)
    yield from running(build(instance, DEMONSTRATION=True))


@pytest.fixture
def clock() -> Clock:
    """The time of the test."""
    return Clock()


@pytest.fixture(scope="session")
def shared_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One application on SQLite for all the tests of a run, because making one takes longer than most of them."""
    return build(tmp_path_factory.mktemp("shared") / "instance")


@pytest.fixture(scope="session")
def shared_postgresql(tmp_path_factory: pytest.TempPathFactory, migrated_postgresql: str) -> Iterator[Flask]:
    """The same on PostgreSQL, which stays connected: a new connection costs more than most tests."""
    app = build(tmp_path_factory.mktemp("shared") / "instance", migrated_postgresql, STAYS_CONNECTED=True)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(shared_sqlite: Flask, settled_sqlite: Path, clock: Clock) -> Iterator[Flask]:
    """The application on a fresh SQLite database and an empty instance folder, in an application context."""
    for app in running(shared_sqlite):
        begin(app, clock, settled_sqlite)
        yield app


@pytest.fixture(params=["sqlite", "postgresql"])
def any_app(request: pytest.FixtureRequest, clock: Clock) -> Iterator[Flask]:
    """The application on a fresh database of each kind in turn."""
    is_file = request.param == "sqlite"
    for app in running(request.getfixturevalue(f"shared_{request.param}")):
        app.config |= {"CLOCK": clock, "BEGINNING": request.getfixturevalue("settled_sqlite") if is_file else None}
        once(everybody)
        yield app


class Browser(Reader):
    """A browser whose requests begin with nothing in `g`, as they do in life: here they share the test's context."""

    def open(self, *args: object, **kwargs: object):
        """Send one request."""
        for name in list(g):
            g.pop(name)
        return super().open(*args, **kwargs)


def running(app: Flask) -> Iterator[Flask]:
    """Keep an application context open, and leave no connection behind.

    There is one limiter for all applications, and the last one that was made told it whether to count.
    """
    app.test_client_class = Browser
    limiter.enabled = app.config["RATELIMIT_ENABLED"]
    with app.app_context():
        yield app
        close()
    limiter.enabled = SETTINGS["RATELIMIT_ENABLED"]


@pytest.fixture
def served(request: pytest.FixtureRequest) -> Flask:
    """The application of the test: `any_app` where that is asked for, else `app`."""
    return request.getfixturevalue("any_app" if "any_app" in request.fixturenames else "app")


@pytest.fixture
def session(served: Flask):
    """The session of the test; what a view commits is seen after `session.expire_all()`."""
    return db.session


@pytest.fixture
def user(served: Flask) -> Callable[[str], User]:
    """`user("alice")` is the row of Alice."""
    return lambda name: people.find(db.session, name)


@pytest.fixture
def acting(user: Callable[[str], User], clock: Clock) -> Callable[[str | None], Actor]:
    """`acting("carol")` is Carol at work now; `acting(None)` is the legal clock."""
    return lambda name: Actor(db.session, user(name) if name else None, clock())


@pytest.fixture
def client_of(served: Flask) -> Callable[[str | None], FlaskClient]:
    """`client_of("carol")` is Carol's browser, signed in; `client_of(None)` is anybody's."""

    def sign_in(name: str | None) -> FlaskClient:
        client = served.test_client()
        if name:
            with people.hashing_cheaply():
                answer = client.post("/sign-in", data={"email": f"{name}@example.ma", "password": people.PASSWORD})
            assert answer.status_code == 303, answer.text
        return client

    return sign_in
