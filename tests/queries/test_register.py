"""The register as a scan reads it, on both databases: one row, no write, and a clear word when it does not answer."""

from __future__ import annotations

import shutil
import sqlite3
import time
from datetime import date

import pytest
from sqlalchemy.engine import make_url

from certify.extensions import db
from certify.models import DemonstrationClock
from certify.operations import labels
from certify.operations.openings import open_pack
from certify.queries import register as reading
from certify.queries.codes import check_mark
from certify.queries.labels import list_serials
from certify.queries.register import BY_MARK, SQLiteRegister, Unreachable, open_register
from certify.trust.pin import opening_pin
from certify.trust.seal import Identity
from certify.workflows.label import Cause
from certify.workflows.licence import State
from certify.workflows.verdict import Verdict
from tests.labels import GTIN, released
from tests.proofs import RING
from tests.scans import UNKNOWN, granted, scans
from tests.scenes import once
from tests.times import NOON


@pytest.fixture
def scan(settled_sqlite):
    yield from scans(settled_sqlite)


@pytest.fixture
def every_look(monkeypatch):
    """Have the file looked at before each read."""
    monkeypatch.setattr(reading, "LOOK", 0.0)


def test_a_known_mark_is_found_on_every_database(any_app):
    licence = once(granted)
    db.session.add(DemonstrationClock(id=1, days_ahead=9))
    db.session.commit()
    register = open_register(db.engine.url)
    entry = register.find(licence.mark)
    assert (entry.mark, entry.number, entry.state) == (licence.mark, licence.number, State.ACTIVE)
    assert (entry.valid_from, entry.valid_to) == (date(2026, 12, 7), date(2029, 12, 6))
    assert entry.facts["product"] == {"fr": "Miel d’euphorbe", "ar": "عسل الدغموس", "en": "Spurge honey"}
    assert entry.history == [{"on": "2026-12-07", "kind": "granted", "meeting": "CH-2026-01"}]
    assert (register.find(UNKNOWN), register.days_ahead()) == (None, 9)


def test_a_label_can_be_opened_while_it_is_in_use_and_nobody_typed_its_number(any_app, acting, clock):
    licence = once(granted)
    serials = {}
    for has_pin in (True, False):
        batch = released(licence, acting, size=4, has_pin=has_pin)
        serials[has_pin] = [serial for _, serial in list_serials(db.session, batch)]
        said = {"lot": "L2412", "packed_on": acting("alice").today, "declared": 3}
        labels.activate(batch, 1, 3, **said, actor=acting("alice"))
        labels.cancel(batch, 3, 3, cause=Cause.RETURNED, actor=acting("alice"))
    opened, with_pin, without = serials[True][1], serials[True], serials[False]
    pin = opening_pin(Identity(gtin=GTIN, serial=opened), RING.pin_key)
    open_pack(opened, pin, region=None, keys=RING, actor=acting("alice"))
    db.session.commit()
    found = open_register(db.engine.url).find_units([*with_pin, *without])
    assert [found[serial].can_open for serial in with_pin] == [True, False, False, False]
    assert [found[serial].can_open for serial in without] == [False] * 4
    assert [found[serial].state for serial in with_pin] == ["active", "active", "void", "printed"]


def test_no_row_means_no_day_ahead(any_app):
    assert open_register(db.engine.url).days_ahead() == 0


def test_a_mark_is_found_through_an_index(scan):
    with sqlite3.connect(scan.database) as database:
        plan = database.execute(f"EXPLAIN QUERY PLAN {BY_MARK}?", (scan.mark,)).fetchall()
    database.close()
    assert [step[-1] for step in plan] == [
        "SEARCH register_entry USING INDEX sqlite_autoindex_register_entry_1 (mark=?)"
    ]


def test_the_register_is_read_and_never_written(scan):
    register = SQLiteRegister(scan.database)
    register.find(scan.mark)
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        register._idle[0][1].execute("DELETE FROM register_entry")


def test_a_connection_is_kept_for_the_next_read(scan):
    register = SQLiteRegister(scan.database)
    register.find(scan.mark)
    kept = list(register._idle)
    register.find(UNKNOWN)
    assert register._idle == kept


def test_a_restored_database_is_read_at_once(scan, tmp_path, every_look):
    register = SQLiteRegister(scan.database)
    shutil.copy(scan.database, tmp_path / "backup")
    with sqlite3.connect(scan.database) as database:
        database.execute("DROP TRIGGER register_entry_tells_its_licence")
        database.execute("UPDATE register_entry SET state = 'suspended'")
    database.close()
    before = register.find(scan.mark).state
    (tmp_path / "backup").rename(scan.database)
    assert (before, register.find(scan.mark).state) == (State.SUSPENDED, State.ACTIVE)


def test_a_file_that_is_gone_or_not_ours_does_not_answer(scan, tmp_path, every_look):
    register, other = SQLiteRegister(scan.database), SQLiteRegister(tmp_path / "other")
    register.find(scan.mark)
    scan.database.unlink()
    (tmp_path / "other").write_text("no database")
    for one in (register, other, SQLiteRegister(tmp_path / "never")):
        with pytest.raises(Unreachable):
            one.find(scan.mark)
    assert not (tmp_path / "never").exists()


def test_a_server_that_is_not_there_does_not_answer_in_time():
    register = open_register(make_url("postgresql+psycopg://nobody@127.0.0.1:1/none"))
    started = time.monotonic()
    with pytest.raises(Unreachable):
        register.find(UNKNOWN)
    assert time.monotonic() - started < 3


def test_a_statement_of_a_server_is_short_and_reads_only(migrated_postgresql):
    register = open_register(make_url(migrated_postgresql))
    for statement in ("SELECT pg_sleep(5)", "DELETE FROM register_entry"):
        started = time.monotonic()
        with pytest.raises(Unreachable):
            register._row(statement)
        assert time.monotonic() - started < 2


def test_a_check_says_whether_it_was_made(scan):
    verdicts = {}
    for typed in (scan.mark, UNKNOWN, "7K9M"):
        check = check_mark(scan.register, typed, at=scan.clock())
        verdicts[check.verdict] = check.was_made
    gone = check_mark(SQLiteRegister(scan.database / "gone"), scan.mark, at=NOON)
    assert verdicts == {Verdict.VALID: True, Verdict.UNKNOWN: True, Verdict.MISTYPED: False}
    assert (gone.verdict, gone.was_made, gone.mark) == (Verdict.CANNOT_CHECK, False, scan.mark)
