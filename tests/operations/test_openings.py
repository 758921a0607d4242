"""The opening number: first, again, wrong, locked; nothing is stored of a label before, nothing of a person ever."""
# ruff: noqa: F811

import hmac
from dataclasses import replace

import pytest
from sqlalchemy import select

from certify.models import LabelGuess, LabelOpening, LabelSerial
from certify.operations import labels
from certify.operations.openings import Receipts, new_receipt, open_pack
from certify.queries.labels import find_label, list_serials
from certify.trust.keyring import NoKeys
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
    def reveal(serial, typed, region=None, **receipts):
        given = Receipts(**receipts)
        return open_pack(serial, typed, region=region, receipts=given, keys=RING, actor=acting(None))

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


def test_whoever_opened_first_is_told_that_it_was_they(batch, serials, reveal, clock):
    typed, opened_at = (serials[1], pin(batch, serials[1])), clock()
    first = reveal(*typed, region="MA-09", offered=(receipt := new_receipt()))
    clock.advance(days=40)
    again = reveal(*typed, offered=new_receipt(), kept=receipt)
    assert (first.answer, first.receipt) == ("first", receipt)
    assert (again.answer, again.at, again.region, again.receipt) == ("yours", opened_at, "MA-09", receipt)


def test_form_sent_twice_is_answered_as_that_of_one_person(batch, serials, reveal):
    typed, receipt = (serials[1], pin(batch, serials[1])), new_receipt()
    assert [reveal(*typed, offered=receipt).answer for _ in range(3)] == ["first", "yours", "yours"]


def test_anybody_else_is_told_when_it_was_and_whether_their_receipt_was_wrong(batch, serials, reveal):
    typed, receipt = (serials[1], pin(batch, serials[1])), reveal(serials[1], pin(batch, serials[1])).receipt
    strangers = ({}, {"offered": new_receipt()}, {"kept": new_receipt(), "offered": new_receipt()})
    answers = [reveal(*typed, **receipts) for receipts in strangers]
    assert [(each.answer, each.receipt, each.is_receipt_wrong) for each in answers] == [
        ("again", None, False), ("again", None, False), ("again", None, True),
    ]  # fmt: skip
    assert reveal(*typed, kept=receipt).answer == "yours"


def test_receipt_of_one_pack_says_nothing_of_another_and_nothing_without_the_number(batch, serials, reveal):
    first, second = serials[1], serials[2]
    receipt = reveal(first, pin(batch, first)).receipt
    reveal(second, pin(batch, second))
    assert reveal(second, pin(batch, second), kept=receipt).answer == "again"
    assert reveal(first, wrong(batch, first), kept=receipt).answer == "wrong"


def test_one_receipt_serves_two_packs_opened_on_the_same_form(batch, serials, reveal):
    receipt = new_receipt()
    opened = [reveal(serials[rank], pin(batch, serials[rank]), offered=receipt).answer for rank in (1, 2)]
    again = [reveal(serials[rank], pin(batch, serials[rank]), kept=receipt).answer for rank in (1, 2)]
    assert (opened, again) == (["first"] * 2, ["yours"] * 2)


def test_receipt_itself_is_not_kept(batch, serials, reveal, session):
    receipt = reveal(serials[1], pin(batch, serials[1])).receipt
    kept = session.scalars(select(LabelOpening.receipt)).one()
    identity = labels.identity_of(batch, serials[1])
    message = f"tdm-receipt-v1\n{identity.path}\n{receipt}\n".encode()
    assert kept == hmac.digest(RING.pin_key, message, "sha256")


def test_pack_opened_before_there_were_receipts_is_told_as_ever(batch, serials, reveal, session, acting):
    label = session.scalars(select(LabelSerial).where(LabelSerial.serial == serials[1])).one()
    label.state = "opened"
    session.add(LabelOpening(serial_id=label.id, at=acting(None).at))
    session.flush()
    assert reveal(serials[1], pin(batch, serials[1]), kept=new_receipt()).answer == "again"


def test_a_number_whose_key_was_stolen_proves_nothing(batch, serials, acting, session, tmp_path):
    (tmp_path / f"pin-{batch.pin_year:02}.key.compromised").touch()
    without = replace(RING, folder=tmp_path)
    with pytest.raises(Refused, match="was stolen once"):
        open_pack(serials[1], pin(batch, serials[1]), region=None, keys=without, actor=acting(None))
    assert session.query(LabelOpening).count() == 0


def test_a_key_that_is_not_at_hand_is_not_called_stolen(batch, serials, acting, session, tmp_path):
    without, kept = replace(RING, folder=tmp_path), tmp_path / f"pin-{batch.pin_year:02}.key"
    for prepare in (lambda: None, lambda: kept.write_bytes(RING.pin_key), lambda: kept.chmod(0o644)):
        prepare()
        with pytest.raises(NoKeys):
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
    assert {column.name for column in LabelOpening.__table__.columns} == {"serial_id", "at", "region", "receipt"}
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
