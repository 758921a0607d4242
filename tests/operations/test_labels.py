"""Numbered labels: who orders, releases and activates them, what a year allows, and what the log says of all this."""
# ruff: noqa: F811

import json
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
from sqlalchemy import select

from certify.models import LedgerEntry, Message
from certify.operations import labels, licences
from certify.operations.label_sheets import Paper, batch_sheets, product_mark
from certify.queries.labels import certified_quantity, count_states, find_label, get_balance, get_rank, list_serials
from certify.trust.keyring import NoKeys, put_away
from certify.trust.keys import to_text
from certify.trust.ledger import Ledger
from certify.trust.seal import SealReading, parse_address, read_seal
from certify.workflows.errors import Malformed, NotAllowed, Refused, Stale, WrongState
from certify.workflows.label import Cause
from certify.workflows.numbering import parse_mark
from certify.workflows.printkit import MarkForm
from tests.labels import GTIN, ordered, released
from tests.proofs import GDTI, ISSUER, RING
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401

PACKED = date(2026, 12, 7)


@pytest.fixture
def licence(licence_of):
    return licence_of("signed")


@pytest.fixture
def activate(acting):
    def activate(batch, first, last, declared=None, *, name="alice", **more):
        said = {"lot": "L2412", "packed_on": PACKED, "declared": declared or last - first + 1} | more
        return labels.activate(batch, first, last, **said, actor=acting(name))

    return activate


def entries(session):
    return [json.loads(row.entry) for row in session.scalars(select(LedgerEntry).order_by(LedgerEntry.position))]


def states(session, batch):
    return {state.value: count for state, count in count_states(session, batch).items() if count}


def root(paths):
    """Hash paths by hand as RFC 6962 says, for two to four leaves."""
    row = sorted(sha256(b"\0" + path.encode()).digest() for path in paths)
    while len(row) > 1:
        pairs = [row[place : place + 2] for place in range(0, len(row), 2)]
        row = [sha256(b"\1" + b"".join(pair)).digest() if len(pair) == 2 else pair[0] for pair in pairs]
    return to_text(row[0])


def test_order_names_what_is_printed_and_waits(licence, acting, session):
    batch = ordered(licence, acting, size=7)
    assert (batch.state, batch.gtin, batch.gdti, batch.content, batch.unit) == ("ordered", GTIN, None, "250", "g")
    assert (batch.position, list_serials(session, batch)) == (None, [])


def test_format_without_bar_code_gets_our_own_key(licence, acting):
    assert (ordered(licence, acting, gtin=None).gdti, GDTI) == (GDTI, GDTI)
    with pytest.raises(Refused):
        ordered(licence, acting, gtin=None, gdti=None)


@pytest.mark.parametrize("size", [0, -3, 10_001])
def test_order_has_a_size_of_reason(licence, acting, size):
    with pytest.raises(Malformed):
        ordered(licence, acting, size=size)


def test_only_the_holder_orders(licence, acting):
    [sold_as] = licence.dossier.product.formats
    for name in ("mallory", "carol", "sami", "rachid"):
        with pytest.raises(NotAllowed):
            labels.order_labels(licence, sold_as, size=1, has_pin=False, gdti=GDTI, actor=acting(name))


def test_nothing_is_ordered_released_or_activated_under_a_suspended_licence(licence, acting, activate):
    waiting, standing = ordered(licence, acting), released(licence, acting)
    licences.suspend(licence, reason="Analyse défavorable.", actor=acting("sami"))
    with pytest.raises(Refused):
        ordered(licence, acting)
    with pytest.raises(Refused):
        labels.release(waiting, issuer=ISSUER, actor=acting("carol"))
    with pytest.raises(Refused):
        activate(standing, 1, 2)


def test_release_gives_each_label_a_serial_of_its_own(licence, acting, session):
    batch = released(licence, acting, size=600)
    rows = list_serials(session, batch)
    assert [rank for rank, _ in rows] == list(range(1, 601))
    assert len({serial for _, serial in rows}) == 600
    assert all(parse_mark(serial) == serial for _, serial in rows)
    assert states(session, batch) == {"printed": 600}


@pytest.mark.parametrize("gtin", [GTIN, None])
def test_log_commits_to_every_label_of_a_batch(licence, acting, session, gtin):
    key, path = ({"gtin": GTIN}, f"/01/{GTIN}/21/") if gtin else ({"gdti": GDTI}, f"/253/{GDTI}")
    batch = released(licence, acting, size=3, gtin=gtin)
    leaf = entries(session)[-1]
    told = {"cert": licence.number, "kid": RING.seal_kid, "n": 3, **key}
    assert {name: leaf[name] for name in ("t", *told)} == {"t": "batch", **told}
    assert leaf["root"] == batch.root == root(path + serial for _, serial in list_serials(session, batch))
    assert batch.position == len(entries(session)) - 1


def test_only_the_secretariat_settles_an_order_and_once(licence, acting):
    batch = ordered(licence, acting)
    for name in ("alice", "sami", "aude"):
        with pytest.raises(NotAllowed):
            labels.release(batch, issuer=ISSUER, actor=acting(name))
    labels.release(batch, issuer=ISSUER, actor=acting("carol"))
    with pytest.raises(WrongState):
        labels.decline(batch, reason="Trop tard.", actor=acting("carol"))
    with pytest.raises(WrongState):
        labels.release(batch, issuer=ISSUER, actor=acting("dora"))


def test_stale_release_is_refused(licence, acting):
    batch = ordered(licence, acting)
    with pytest.raises(Stale):
        labels.release(batch, issuer=ISSUER, actor=acting("carol"), version=batch.version + 1)


def test_declined_order_keeps_its_reason(licence, acting, session):
    batch = ordered(licence, acting)
    with pytest.raises(Refused):
        labels.decline(batch, reason="", actor=acting("carol"))
    labels.decline(batch, reason="Le format n’est pas au dossier.", actor=acting("carol"))
    assert (batch.state, batch.reason, batch.position) == ("declined", "Le format n’est pas au dossier.", None)


def test_holder_is_written_to_when_an_order_is_settled(licence, acting, session):
    released(licence, acting)
    labels.decline(ordered(licence, acting), reason="Format absent du dossier.", actor=acting("carol"))
    asked = select(Message).where(Message.kind == "labels_settled").order_by(Message.id)
    told = [(message.recipient.email, message.facts["reason"]) for message in session.scalars(asked)]
    assert told == [("alice@example.ma", None), ("alice@example.ma", "Format absent du dossier.")]


def test_range_is_activated_with_lot_and_day_and_the_log_knows(licence, acting, session, activate):
    batch = released(licence, acting)
    activation = activate(batch, 3, 6)
    serial = dict(list_serials(session, batch))[4]
    found = find_label(session, serial)
    assert (found.state, found.lot, found.packed_on, found.mark) == ("active", "L2412", PACKED, licence.mark)
    assert states(session, batch) == {"printed": 6, "active": 4}
    leaf = {"t": "activate", "v": 1, "cert": licence.number, "batch": batch.position, "lot": "L2412"}
    leaf |= {"packed": "2026-12-07", "n": 4, "at": entries(session)[-1]["at"]}
    assert (entries(session)[-1], activation.position) == (leaf, batch.position + 1)


@pytest.mark.parametrize("claimed", [(1, 4, 5), (1, 4, 3), (2, 2, 0), (11, 20, 10)])
def test_labels_and_packs_must_agree(licence, acting, session, claimed):
    batch = released(licence, acting)
    first, last, declared = claimed
    with pytest.raises(Refused):
        labels.activate(batch, first, last, lot="L1A", packed_on=PACKED, declared=declared, actor=acting("alice"))
    assert states(session, batch) == {"printed": 10}


def test_what_is_active_or_void_is_not_activated_again(licence, acting, session, activate):
    batch = released(licence, acting)
    activate(batch, 1, 4)
    labels.cancel(batch, 5, 5, cause=Cause.DESTROYED, actor=acting("alice"))
    with pytest.raises(Refused):
        activate(batch, 1, 4)
    activate(batch, 1, 7, declared=2)
    assert states(session, batch) == {"printed": 3, "active": 6, "void": 1}


@pytest.mark.parametrize("days", [-1, 1])
def test_packing_day_is_between_release_and_today(licence, acting, activate, days):
    batch = released(licence, acting)
    with pytest.raises(Refused):
        activate(batch, 1, 2, packed_on=PACKED + timedelta(days=days))


def test_only_the_holder_activates(licence, acting, activate):
    batch = released(licence, acting)
    for name in ("mallory", "carol", "sami"):
        with pytest.raises(NotAllowed):
            activate(batch, 1, 2, name=name)


def test_year_allows_the_certified_quantity_and_a_good_harvest(licence, acting, session, activate):
    licence.dossier.product.annual_volume = "1 kg"  # 4 packs of 250 g; with a tenth more, still 4
    batch = released(licence, acting)
    balance = get_balance(session, batch, 2026)
    assert (balance.yearly, balance.tolerance, balance.left) == (Decimal(1000), 10, 4)
    activate(batch, 1, 3)
    with pytest.raises(Refused, match="certified yearly quantity"):
        activate(batch, 4, 5)
    activate(batch, 4, 4)
    assert get_balance(session, batch, 2026).left == 0


def test_next_year_begins_anew_and_formats_share_a_year(licence, acting, session, activate, clock):
    licence.dossier.product.annual_volume = "1 kg"
    small = released(licence, acting)
    activate(small, 1, 2)
    licence.dossier.product.formats[0].content, licence.dossier.product.formats[0].unit = "0.5", "kg"
    large = released(licence, acting)
    assert [get_balance(session, batch, 2026).left for batch in (small, large)] == [2, 1]
    clock.advance(days=30)
    assert get_balance(session, large, 2027).left == 2
    activate(large, 1, 2, packed_on=date(2027, 1, 6))


def test_weight_and_volume_are_counted_apart(licence, acting, session, activate):
    licence.dossier.product.annual_volume = "1 kg"
    activate(jars := released(licence, acting), 1, 4)
    licence.dossier.product.formats[0].unit = "ml"
    labels.release(bottles := ordered(licence, acting), issuer=ISSUER, yearly=Decimal(500), actor=acting("carol"))
    assert [get_balance(session, batch, 2026).left for batch in (jars, bottles)] == [0, 2]


@pytest.mark.parametrize(
    ("stated", "unit", "read"),
    [
        ("1 200 kg", "g", 1_200_000),
        ("2 t", "kg", 2000),
        ("1,5 t par an", "kg", 1500),
        ("300 l", "ml", 300_000),
        ("1.200 kg", "g", None),
        ("300 l", "g", None),
        ("environ mille pots", "g", None),
        (None, "g", None),
        ("0 kg", "g", None),
    ],
)
def test_certified_quantity_is_read_when_there_is_no_doubt(licence, stated, unit, read):
    licence.dossier.product.annual_volume = stated
    assert certified_quantity(licence.dossier, unit) == read


def test_office_states_the_quantity_that_the_dossier_leaves_open(licence, acting, session):
    licence.dossier.product.annual_volume = "mille pots"
    batch = ordered(licence, acting)
    with pytest.raises(Refused, match="State the certified yearly quantity"):
        labels.release(batch, issuer=ISSUER, actor=acting("carol"))
    labels.release(batch, issuer=ISSUER, yearly=Decimal(250_000), actor=acting("carol"))
    assert get_balance(session, batch, 2026).left == 1100
    labels.release(second := ordered(licence, acting), issuer=ISSUER, actor=acting("carol"))
    assert second.yearly == "250000"


def test_void_labels_stay_void_and_the_log_knows(licence, acting, session, activate):
    batch = released(licence, acting, size=4)
    activate(batch, 1, 2)
    labels.cancel(batch, 2, 3, cause=Cause.STOLEN, actor=acting("carol"))
    assert states(session, batch) == {"printed": 1, "active": 1, "void": 2}
    serials = dict(list_serials(session, batch))
    leaf = entries(session)[-1]
    assert (leaf["t"], leaf["batch"], leaf["n"]) == ("void", batch.position, 2)
    assert leaf["root"] == root(f"/01/{GTIN}/21/{serials[rank]}" for rank in (2, 3))
    with pytest.raises(Refused):
        labels.cancel(batch, 2, 3, cause=Cause.STOLEN, actor=acting("alice"))
    with pytest.raises(NotAllowed):
        labels.cancel(batch, 1, 1, cause=Cause.STOLEN, actor=acting("mallory"))


def test_auditor_reads_the_same_counts_in_the_log(licence, acting, session, activate):
    batch = released(licence, acting)
    activate(batch, 1, 4)
    labels.cancel(batch, 4, 5, cause=Cause.RETURNED, actor=acting("alice"))
    ledger = Ledger()
    ledger.read_all(row.entry.encode() for row in session.scalars(select(LedgerEntry).order_by(LedgerEntry.position)))
    told = ledger.batches[batch.position]
    assert (told.cert, told.released, told.activated, told.void) == (licence.number, 10, 4, 2)


def test_label_is_named_by_its_number_or_its_serial(licence, acting, session):
    batch, other = released(licence, acting), released(licence, acting)
    serial = dict(list_serials(session, batch))[7]
    shown = f"{serial[:4]}-{serial[4:8]} {serial[8:]}".lower()
    assert [get_rank(session, batch, typed) for typed in ("7", " nº 7", "٧", serial, shown)] == [7] * 5
    for typed in ("0", "11", "abc", dict(list_serials(session, other))[7]):
        with pytest.raises(Malformed):
            get_rank(session, batch, typed)


def test_unknown_serial_is_no_label(session):
    assert find_label(session, "7K9M4T2XP8QJ") is None


def test_sheet_holds_every_label_sealed_and_is_the_same_twice(licence, acting, session):
    batch = released(licence, acting, size=70, has_pin=True)

    def sheet():
        rows = list_serials(session, batch)
        return b"".join(batch_sheets(batch, rows, Paper.A4, issuer=ISSUER, title="Miel"))

    assert sheet() == sheet()


def test_sheet_of_a_key_that_seals_no_more_is_refused(licence, acting, session):
    batch = released(licence, acting)
    batch = replace_kid(batch, session)
    with pytest.raises(Refused):
        batch_sheets(batch, list_serials(session, batch), Paper.ROLL, issuer=ISSUER, title="Miel")


def test_sheet_whose_keys_are_gone_is_refused_before_a_page_leaves(licence, acting, session, tmp_path):
    batch = released(licence, acting, has_pin=True)
    ring = replace(RING, folder=tmp_path)

    def sheet():
        return batch_sheets(
            batch, list_serials(session, batch), Paper.A4, issuer=replace(ISSUER, keys=ring), title="Miel"
        )

    with pytest.raises(NoKeys):
        sheet()
    kept = tmp_path / f"pin-{batch.pin_year:02}.key"
    kept.touch(mode=0o600)
    kept.write_bytes(RING.pin_key)
    with pytest.raises(NoKeys):  # that of the seal is not there either
        sheet()
    put_away(kept).write_bytes(kept.read_bytes())
    kept.unlink()
    with pytest.raises(Refused, match="opening numbers of these labels was stolen"):
        sheet()


def replace_kid(batch, session):
    session.expunge(batch)
    batch.kid = 25
    return batch


@pytest.mark.parametrize(("gtin", "lot", "path"), [
    (GTIN, None, f"/01/{GTIN}"), (GTIN, "L2412", f"/01/{GTIN}/10/L2412"), (None, None, f"/253/{GDTI}000000000000"),
])  # fmt: skip
def test_product_mark_is_sealed(licence, gtin, lot, path):
    issuer = replace(ISSUER, base_url="https://tdm.ma")
    mark = product_mark(licence, MarkForm.SEALED, issuer=issuer, gtin=gtin, lot=lot)
    address = parse_address(mark.address)
    assert (address.identity.path, mark.line, mark.symbol.version) == (path, "tdm.ma · 0000-0000-0000", 7)
    assert read_seal(address.identity, address.seal, RING.manifest.seals, date(2026, 11, 27)) is SealReading.GENUINE


def test_short_mark_is_in_capitals_and_small(licence):
    issuer = replace(ISSUER, base_url="https://tdm.ma")
    mark = product_mark(licence, MarkForm.SHORT, issuer=issuer, gtin=GTIN, lot=None)
    assert (mark.address, mark.symbol.version) == ("HTTPS://TDM.MA/V/000000000000", 2)
