"""How SQLite is spoken to: the writers of one process wait in one queue, other processes are asked again and again."""

from __future__ import annotations

import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest
from sqlalchemy import Engine, create_engine, text

from certify import extensions
from certify.extensions import PRAGMAS, speak

SOON = 0.05
"""Seconds within which whoever is next has its turn: SQLite's own waiting sleeps up to twice as long."""


@pytest.fixture
def file(tmp_path) -> Path:
    return tmp_path / "queue.sqlite"


def engine_on(file, *, writes=True) -> Engine:
    engine = create_engine(f"sqlite:///{file}")
    speak(engine, writes=writes)
    return engine


@pytest.fixture
def engine(file):
    made = engine_on(file)
    with made.begin() as connection:
        connection.execute(text("CREATE TABLE number (value INTEGER NOT NULL)"))
        connection.execute(text("INSERT INTO number VALUES (0)"))
    yield made
    made.dispose()


def value(engine):
    with engine.begin() as connection:
        return connection.execute(text("SELECT value FROM number")).scalar_one()


def test_every_connection_has_its_pragmas(engine):
    expected = {"journal_mode": "wal", "synchronous": 2, "busy_timeout": 10000, "foreign_keys": 1}
    with engine.begin() as connection:
        found = {name: connection.exec_driver_sql(f"pragma {name}").scalar_one() for name in expected}
    assert found == expected
    assert {pragma.split("=")[0] for pragma in PRAGMAS} == {*expected}


def test_a_new_database_is_for_the_service_alone(engine, file):
    with engine.begin() as connection:
        connection.execute(text("UPDATE number SET value = 1"))
        modes = {path.name.removeprefix(file.name): path.stat().st_mode & 0o777 for path in file.parent.iterdir()}
    assert modes == {"": 0o600, "-wal": 0o600, "-shm": 0o600}


def test_a_database_that_is_there_keeps_its_mode(file):
    sqlite3.connect(file).close()
    file.chmod(0o660)
    with engine_on(file).connect() as connection:
        connection.execute(text("CREATE TABLE number (value INTEGER NOT NULL)"))
    assert file.stat().st_mode & 0o777 == 0o660


def test_writers_of_a_process_lose_nothing_of_one_another(engine):
    def add_one(_):
        with engine.begin() as connection:
            held = connection.execute(text("SELECT value FROM number")).scalar_one()
            time.sleep(0.002)
            connection.execute(text("UPDATE number SET value = :value"), {"value": held + 1})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(add_one, range(40)))
    assert value(engine) == 40


def test_the_next_writer_has_its_turn_as_soon_as_the_first_is_done(engine):
    has_begun, ended = Event(), {}

    def hold():
        with engine.begin():
            has_begun.set()
            time.sleep(0.3)
        ended["first"] = time.monotonic()

    def follow():
        has_begun.wait()
        with engine.begin():
            ended["second"] = time.monotonic()

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(hold), pool.submit(follow)]:
            done.result()
    assert -SOON < ended["second"] - ended["first"] < SOON


def test_a_writer_waits_for_another_process_and_is_told_soon(engine, file):
    other = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(lambda: (value(engine), time.monotonic())[1])
        time.sleep(0.3)
        assert not waiting.done()
        released = time.monotonic()
        other.execute("COMMIT")
        assert waiting.result() - released < SOON
    other.close()


def test_patience_ends_and_the_turn_goes_to_the_next(engine, file, monkeypatch):
    monkeypatch.setattr(extensions, "PATIENCE", 0.1)
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    for _ in range(2):
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            value(engine)
    other.execute("COMMIT")
    other.close()
    assert value(engine) == 0


def test_who_never_had_the_turn_does_not_give_it_back(engine, monkeypatch):
    monkeypatch.setattr(extensions, "PATIENCE", 0.1)
    with engine.begin() as first, ThreadPoolExecutor(1) as pool:
        for _ in range(2):
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                pool.submit(value, engine).result()
        first.execute(text("UPDATE number SET value = 7"))
    assert value(engine) == 7


def test_a_writer_that_fails_gives_its_turn_back(engine):
    with pytest.raises(ZeroDivisionError), engine.begin() as connection:
        connection.execute(text("UPDATE number SET value = 9"))
        raise ZeroDivisionError
    assert value(engine) == 0


def test_one_connection_may_begin_again_before_it_is_given_back(engine):
    with engine.connect() as connection:
        for number in (1, 2):
            with connection.begin():
                connection.execute(text("UPDATE number SET value = :value"), {"value": number})
    assert value(engine) == 2


def test_a_reader_does_not_wait_for_a_writer(engine, file):
    reading = engine_on(file, writes=False)
    with engine.begin() as connection:
        connection.execute(text("UPDATE number SET value = 5"))
        assert value(reading) == 0
    assert value(reading) == 5
    reading.dispose()
