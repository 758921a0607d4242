"""Scans as they are kept: nobody in them, nothing twice, nothing for ever; and the salt, which dies at midnight."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Thread

import pytest
from sqlalchemy import Row, select, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import sessionmaker

from certify import serving
from certify.extensions import db
from certify.models import ScanRow, SeenCode
from certify.operations import scanning
from certify.operations.places import open_places, place_of
from certify.operations.salt import LENGTH, Salt
from certify.operations.scanning import Recorder, Seen
from certify.workflows.scanning import SOMEWHERE, Channel, Standing, Tier, code_of
from tests import mmdb
from tests.times import NOON

JAR = Seen("/01/06111234567895/21/7K9M4T2XP8QJ", Tier.UNIT, Standing.IN_USE)
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36"
REGIONS = frozenset({"MA-06", "MA-09"})


@dataclass
class Desk:
    """A recorder that tests flush by hand."""

    recorder: Recorder

    def look(self, address="196.200.1.1", agent=PHONE, at=NOON, seen=JAR, channel=Channel.CAMERA) -> None:
        self.recorder.note(seen, address=address, agent=agent, channel=channel, at=at)

    def rows(self) -> list[Row]:
        db.session.rollback()
        self.recorder.flush()
        found = db.session.execute(select(*ScanRow.__table__.columns).order_by(ScanRow.hour, ScanRow.visitor)).all()
        db.session.rollback()
        return list(found)


def desk_on(engine, **more) -> Desk:
    places = {"196.200.1.1": "MA-06", "41.140.0.9": "MA-09"}
    given = {
        "salt": Salt(),
        "place_of": lambda address: places.get(address, SOMEWHERE),
        "open_session": sessionmaker(engine).begin,
        "log": logging.getLogger("scans"),
        "by_itself": False,
    }
    return Desk(Recorder(**given | more))


@pytest.fixture
def desk(any_app):
    return desk_on(db.engine)


def test_a_row_says_the_code_the_hour_the_region_and_a_pseudonym_and_nothing_else(desk):
    desk.look(at=NOON + timedelta(minutes=41, seconds=7))
    (row,) = desk.rows()
    assert set(ScanRow.__table__.columns.keys()) == {"code", "hour", "region", "visitor", "channel", "standing"}
    assert (row.code, row.hour, row.region) == (code_of(JAR.path), NOON, "MA-06")
    assert (row.channel, row.standing, len(row.visitor)) == (Channel.CAMERA, Standing.IN_USE, 6)
    seen = db.session.scalars(select(SeenCode)).one()
    assert (seen.code, seen.path, seen.tier, seen.is_fresh, seen.caution) == (row.code, JAR.path, Tier.UNIT, True, None)


def test_the_same_telephone_within_the_hour_is_one_row_however_often_it_is_written(desk):
    for minute in range(0, 50, 10):
        desk.look(at=NOON + timedelta(minutes=minute))
        desk.recorder.flush()
    desk.look(agent=PHONE + " other")
    desk.look(at=NOON + timedelta(hours=1))
    assert [row.hour for row in desk.rows()] == [NOON, NOON, NOON + timedelta(hours=1)]


def test_two_processes_with_one_salt_write_one_row_and_with_two_salts_two(any_app, tmp_path):
    memory = tmp_path / "memory"
    memory.touch()
    for salt in (Salt(memory), Salt(memory)):
        desk_on(db.engine, salt=salt).look()
    together = [desk_on(db.engine, salt=Salt(memory)) for _ in range(2)]
    alone = [desk_on(db.engine) for _ in range(2)]
    for one in together:
        one.look()
        rows = one.rows()
    assert len(rows) == 1
    for one in alone:
        one.look()
        rows = one.rows()
    assert len(rows) == 3


def test_a_telephone_of_today_cannot_be_told_from_one_of_yesterday(desk):
    desk.look()
    desk.look(at=NOON + timedelta(days=1))
    first, second = desk.rows()
    assert first.visitor != second.visitor


def test_midnight_overwrites_the_salt_where_it_lay(tmp_path):
    memory = tmp_path / "memory"
    memory.touch()
    salt = Salt(memory)
    kept = salt.of(NOON.date())
    yesterday = bytes(kept)
    assert yesterday in memory.read_bytes()
    today = bytes(salt.of(NOON.date() + timedelta(days=1)))
    assert (len(yesterday), yesterday != today, bytes(kept)) == (LENGTH, True, today)
    assert yesterday not in memory.read_bytes()
    assert Salt(memory).of(NOON.date() + timedelta(days=1)) == today


def test_the_processes_of_serve_find_the_memory_that_it_holds():
    shared = serving._share_memory()
    if shared is None:
        pytest.skip("this system has no anonymous memory to share")
    asking = """
import sys, datetime, pathlib, certify.operations.salt as salt
print(salt.Salt(pathlib.Path(sys.argv[1])).of(datetime.date(2026, 11, 23)).hex())"""
    ask = [sys.executable, "-c", asking, shared]
    found = {subprocess.run(ask, capture_output=True, check=True).stdout for _ in range(2)}
    assert found == {Salt(Path(shared)).of(NOON.date()).hex().encode() + b"\n"}
    os.close(int(shared.rpartition("/")[2]))


def test_the_salt_is_destroyed_though_nobody_scans(any_app):
    salt = Salt()
    desk = desk_on(db.engine, salt=salt)
    desk.look()
    before = bytes(salt.of(NOON.date()))
    desk.recorder.forget(NOON + timedelta(minutes=30))
    assert salt.of(NOON.date()) == before
    desk.recorder.forget(NOON + timedelta(days=1))
    assert bytes(salt._salt) != before


def test_whoever_holds_the_common_memory_may_go(tmp_path):
    assert len(Salt(tmp_path / "gone").of(NOON.date())) == LENGTH


def test_the_database_may_refuse_and_the_scans_wait(any_app, caplog):
    refuses = [True]

    @contextmanager
    def session():
        if refuses:
            raise OperationalError("INSERT", {"visitor": b"secret"}, Exception("locked"))
        with sessionmaker(db.engine).begin() as opened:
            yield opened

    desk = desk_on(db.engine, open_session=session)
    desk.look()
    assert desk.rows() == []
    refuses.clear()
    assert len(desk.rows()) == 1
    assert ("1 scans wait: the database does not answer" in caplog.text, "secret" in caplog.text) == (True, False)


def test_what_the_database_refuses_is_dropped_so_that_the_rest_goes_on(desk, caplog):
    desk.look(seen=JAR._replace(licence_id=987654))
    assert desk.rows() == []
    desk.look(address="41.140.0.9")
    assert (len(desk.rows()), "1 scans are lost" in caplog.text) == (1, True)


def test_one_address_and_one_process_fill_no_table(any_app, monkeypatch):
    monkeypatch.setattr(scanning, "MOST_BY_ADDRESS", 5)
    desk = desk_on(db.engine)
    for number in range(50):
        desk.look(agent=f"{PHONE} {number}")
    desk.look(address="41.140.0.9")
    assert sorted(row.region for row in desk.rows()) == ["MA-06"] * 5 + ["MA-09"]
    monkeypatch.setattr(scanning, "MOST_ROWS", 8)
    for number in range(50):
        desk.look(address=f"10.0.0.{number}")
    assert len(desk.rows()) == 8


def test_an_address_of_six_is_known_by_its_half_that_stays(desk):
    desk.look(address="2a01:cb00:1:2:3:4:5:6")
    desk.look(address="2a01:cb00:1:2:ffff::1")
    desk.look(address="2a01:cb00:1:3::1")
    desk.look(address="fe80::1%eth0")
    desk.look(address="not::an:address::")
    assert len(desk.rows()) == 4


def test_what_is_known_of_a_code_grows_and_the_code_is_fresh_again(desk):
    desk.look()
    desk.recorder.flush()
    db.session.execute(text("UPDATE seen_code SET is_fresh = false"))
    db.session.commit()
    desk.look(seen=JAR._replace(packed_on=NOON.date(), standing=Standing.VOID))
    assert [row.standing for row in desk.rows()] in ([Standing.VOID, Standing.IN_USE], [Standing.IN_USE, Standing.VOID])
    seen = db.session.scalars(select(SeenCode)).one()
    assert (seen.packed_on, seen.is_fresh) == (NOON.date(), True)


def test_several_threads_lose_and_double_nothing(desk):
    def scan(first: int) -> None:
        for number in range(100):
            desk.look(address=f"10.0.{first}.{number}")
            if number % 25 == 0:
                desk.recorder.flush()

    threads = [Thread(target=scan, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(desk.rows()) == 400


@pytest.mark.parametrize(
    ("found", "place"),
    [
        ({"country": {"iso_code": "MA"}, "subdivisions": [{"iso_code": "09"}]}, "MA-09"),
        ({"country": {"iso_code": "MA"}, "subdivisions": [{"iso_code": "TIZ"}]}, SOMEWHERE),
        ({"country": {"iso_code": "MA"}}, SOMEWHERE),
        ({"country": {"iso_code": "FR"}, "subdivisions": [{"iso_code": "IDF"}]}, "FR"),
        ({}, SOMEWHERE),
        (None, SOMEWHERE),
    ],
)
def test_a_place_is_a_region_of_morocco_or_a_country(found, place):
    assert place_of(lambda _address: found, "196.200.1.1", REGIONS) == place


def test_what_is_no_address_is_nowhere_and_without_a_database_everything_is():
    def look_up(address: str):
        raise ValueError(address)

    assert place_of(look_up, "", REGIONS) == SOMEWHERE
    assert open_places(None)("196.200.1.1") == SOMEWHERE


def test_a_database_of_places_is_read(tmp_path):
    souss = {"country": {"iso_code": "MA"}, "subdivisions": [{"iso_code": "09"}]}
    file = tmp_path / "places.mmdb"
    file.write_bytes(mmdb.write({"196.200.0.0/16": souss, "2.0.0.0/8": {"country": {"iso_code": "FR"}}}))
    place_of_address = open_places(str(file))
    asked = ("196.200.1.1", "2.7.8.9", "8.8.8.8", "not an address", "2a01::1")
    assert [place_of_address(one) for one in asked] == ["MA-09", "FR", SOMEWHERE, SOMEWHERE, SOMEWHERE]


def test_a_database_of_places_that_cannot_be_read_stops_the_start(tmp_path):
    (tmp_path / "places.mmdb").write_bytes(b"not one")
    for name in ("places.mmdb", "missing.mmdb"):
        with pytest.raises(SystemExit, match="GEO_DATABASE cannot be read"):
            open_places(str(Path(tmp_path, name)))


def test_the_clock_may_go_back(desk):
    desk.look(at=NOON)
    desk.look(at=NOON - timedelta(hours=3))
    assert [row.hour for row in desk.rows()] == [NOON - timedelta(hours=3), NOON]
