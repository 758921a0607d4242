"""The opening number: first, again, wrong, locked; nothing is stored of a label before, nothing of a person ever."""
# ruff: noqa: F811

from dataclasses import replace

import pytest

from certify.models import LabelGuess, LabelOpening
from certify.operations import labels
from certify.operations.openings import open_pack
from certify.queries.labels import find_label, list_serials
from certify.trust.pin import opening_pin
from certify.workflows.errors import Malformed, Refused
from certify.workflows.label import Cause
from tests.labels import GTIN, released
from tests.proofs import RING
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401


@pytest.fixture
def batch(licence_of, acting, clock):
    batch = released(licence_of("signed"), acting, size=4, has_pin=True)
    today = acting("alice").today
    labels.activate(batch, 1, 3, lot="L2412", packed_on=today, declared=3, actor=acting("alice"))
    return batch


@pytest.fixture
def serials(batch, session):
    return dict(list_serials(session, batch))


@pytest.fixture
def reveal(acting):
    def reveal(serial, typed, region=None):
        return open_pack(serial, typed, region=region, keys=RING, actor=acting(None))

    return reveal


def pin(batch, serial):
    return opening_pin(labels.identity_of(batch, serial), RING.pin_key)


def wrong(batch, serial):
    return f"{(int(pin(batch, serial)) + 1) % 10**8:08}"


def test_first_opening_is_recorded_and_later_ones_show_it(batch, serials, reveal, session, clock):
    serial = serials[1]
    first = reveal(serial, pin(batch, serial), region="MA-09")
    opened_at = clock()
    clock.advance(days=3)
    again = reveal(serial, pin(batch, serial), region="MA-04")
    assert (first.answer, first.at, first.region) == ("first", opened_at, "MA-09")
    assert (again.answer, again.at, again.region) == ("again", opened_at, "MA-09")
    found = find_label(session, serial)
    assert (found.state, found.opened_at, found.region, found.lot) == ("opened", opened_at, "MA-09", "L2412")


def test_a_number_whose_key_was_stolen_proves_nothing(batch, serials, acting, session, tmp_path):
    without = replace(RING, folder=tmp_path)
    with pytest.raises(Refused, match="was stolen once"):
        open_pack(serials[1], pin(batch, serials[1]), region=None, keys=without, actor=acting(None))
    assert session.query(LabelOpening).count() == 0


def test_number_may_be_typed_as_it_is_printed(batch, serials, reveal):
    number = pin(batch, serials[1])
    assert reveal(serials[1], f" {number[:4]}-{number[4:]} ").answer == "first"


def test_fifth_wrong_number_locks_for_a_day_the_right_one_too(batch, serials, reveal, clock):
    serial = serials[1]
    answers = [reveal(serial, wrong(batch, serial)) for _ in range(5)]
    assert [(each.answer, each.left) for each in answers] == [
        ("wrong", 4), ("wrong", 3), ("wrong", 2), ("wrong", 1), ("locked", 0),
    ]  # fmt: skip
    clock.advance(hours=23, minutes=59)
    assert reveal(serial, pin(batch, serial)).answer == "locked"
    clock.advance(minutes=2)
    assert reveal(serial, wrong(batch, serial)).left == 4
    assert reveal(serial, pin(batch, serial)).answer == "first"


def test_locked_label_stays_known_as_opened(batch, serials, reveal, session):
    serial = serials[1]
    reveal(serial, pin(batch, serial))
    for _ in range(5):
        reveal(serial, wrong(batch, serial))
    assert find_label(session, serial).state == "opened"


def test_number_of_one_label_does_not_open_another(batch, serials, reveal):
    assert reveal(serials[2], pin(batch, serials[1])).answer == "wrong"


def test_label_not_activated_or_void_is_not_opened_nor_counted(batch, serials, reveal, session, acting):
    labels.cancel(batch, 3, 3, cause=Cause.STOLEN, actor=acting("alice"))
    assert reveal(serials[4], pin(batch, serials[4])).answer == "not_active"
    assert reveal(serials[3], pin(batch, serials[3])).answer == "void"
    assert (session.query(LabelOpening).count(), session.query(LabelGuess).count()) == (0, 0)


def test_nothing_is_stored_until_a_number_is_typed(batch, serials, reveal, session):
    assert session.query(LabelGuess).count() == 0
    reveal(serials[1], pin(batch, serials[1]))
    assert session.query(LabelGuess).count() == 0
    assert {column.name for column in LabelOpening.__table__.columns} == {"serial_id", "at", "region"}
    assert {column.name for column in LabelGuess.__table__.columns} == {"serial_id", "failures", "locked_until"}


@pytest.mark.parametrize("typed", ["", "1234567", "123456789", "1234567a"])
def test_what_is_no_number_is_not_counted(serials, reveal, session, typed):
    with pytest.raises(Malformed):
        reveal(serials[1], typed)
    assert session.query(LabelGuess).count() == 0


def test_label_without_a_field_is_not_opened(licence_of, acting, reveal, session):
    batch = released(licence_of("signed"), acting, size=1)
    [(_, serial)] = list_serials(session, batch)
    for unknown in (serial, "7K9M4T2XP8QJ"):
        with pytest.raises(Malformed):
            reveal(unknown, "12345678")


def test_opened_label_is_not_declared_void(batch, serials, reveal, session, acting):
    reveal(serials[1], pin(batch, serials[1]))
    assert labels.cancel(batch, 1, 4, cause=Cause.RETURNED, actor=acting("carol")).count == 3
    assert (find_label(session, serials[1]).state, batch.gtin) == ("opened", GTIN)
