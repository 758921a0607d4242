"""The code of a lot is held against what its packer declared: how many labels are in use, and since which day."""

from datetime import timedelta

import pytest

from certify.extensions import db
from certify.models import LabelBatch
from certify.operations import labels, timekeeping
from certify.operations.acting import Actor
from certify.operations.scanning import Seen
from certify.workflows.label import Cause
from certify.workflows.scanning import Signal, Standing, Tier, lot_of, lot_path
from tests import scans
from tests.copies import cases, code_row, looked
from tests.labels import GTIN, released
from tests.scenes import once

LOT = Seen(lot_path(GTIN, "L2412"), Tier.LOT, Standing.IN_USE)


@pytest.fixture
def tick(any_app, clock):
    """Let the clock do what is due about scans; `tick()` returns the signals of the cases there are then."""

    def tick():
        actor = Actor(db.session, None, clock())
        for due in [due for due in timekeeping.list_due(actor) if due.duty == "weigh_code"]:
            timekeeping.settle(due, actor=actor)
            db.session.commit()
        return [case.signal for case in cases()]

    return tick


@pytest.fixture
def batch(any_app, acting, clock) -> LabelBatch:
    """Ten labels released."""
    found = released(once(scans.granted), acting, size=10)
    db.session.commit()
    return found


@pytest.fixture
def pack(batch, acting):
    """`pack(1, 4)` puts labels on packs, of this lot and today unless it is said otherwise."""

    def pack(first, last, *, lot="L2412", packed_on=None):
        actor = acting("alice")
        said = {"lot": lot, "packed_on": packed_on or actor.today, "declared": last - first + 1}
        labels.activate(batch, first, last, **said, actor=actor)
        db.session.commit()

    return pack


@pytest.fixture
def void(batch, acting):
    def void(first, last, cause=Cause.RETURNED):
        labels.cancel(batch, first, last, cause=cause, actor=acting("carol"))
        db.session.commit()

    return void


def known() -> tuple:
    row = code_row(LOT)
    return row.units, row.packed_on


def test_path_of_a_lot_is_taken_apart_as_it_was_made():
    assert (LOT.path, lot_of(LOT.path)) == ("/01/06111234567895/10/L2412", (GTIN, "L2412"))


def test_a_lot_is_seen_by_no_more_people_than_it_has_units(pack, tick, clock):
    pack(1, 4)
    clock.advance(days=2)
    looked(*["?"] * 4, at=clock(), seen=LOT, every=1)
    assert (tick(), known()) == ([], (4, clock().date() - timedelta(days=2)))
    looked("?", at=clock(), seen=LOT)
    assert tick() == [Signal.MANY]
    assert (cases()[0].visits, cases()[0].regions) == (5, 0)


def test_nothing_is_said_of_a_lot_under_which_no_label_is_in_use(batch, pack, tick, clock):
    pack(1, 4, lot="L2413")
    looked(*["?"] * 60, at=clock(), seen=LOT, every=1)
    assert (tick(), known()) == ([], (None, None))


def test_labels_declared_void_since_do_not_count_and_the_day_stays_that_of_the_first(pack, void, tick, clock):
    pack(1, 2)
    first_on = clock().date()
    clock.advance(days=3)
    pack(3, 6)
    looked(*["?"] * 4, at=clock(), seen=LOT, every=1)
    assert (tick(), known()) == ([], (6, first_on))
    void(1, 3)
    assert (tick(), known()) == ([Signal.MANY], (3, first_on))


def test_a_lot_all_of_whose_labels_are_void_is_not_known_any_more(pack, void, tick, clock):
    pack(1, 4)
    looked("?", at=clock(), seen=LOT)
    assert (tick(), known()) == ([], (4, clock().date()))
    void(1, 10)
    looked(*["?"] * 20, at=clock(), seen=LOT, every=1)
    assert (tick(), known()) == ([], (None, None))


def test_a_lot_looked_at_before_its_first_packing_day_is_early_once_that_day_is_told(batch, pack, tick, clock):
    looked("MA-06", at=clock(), seen=LOT)
    assert tick() == []
    clock.advance(days=2)
    pack(1, 4)
    assert tick() == [Signal.EARLY]
    assert (cases()[0].visits, cases()[0].since.date()) == (1, clock().date() - timedelta(days=2))


def test_packing_is_often_told_later_and_what_was_looked_at_meanwhile_is_not_early(batch, pack, tick, clock):
    clock.advance(days=2)
    packed_on = clock().date()
    clock.advance(hours=4)
    looked("MA-06", at=clock(), seen=LOT)
    clock.advance(days=2)
    pack(1, 4, packed_on=packed_on)
    assert (tick(), known()) == ([], (4, packed_on))


def test_a_lot_is_counted_anew_only_when_something_was_told_of_its_labels(pack, void, clock, acting):
    pack(1, 4)
    looked("?", at=clock(), seen=LOT)
    actor = Actor(db.session, None, clock())

    def due():
        return [due for due in timekeeping.list_due(actor) if due.duty == "weigh_code"]

    for told in (lambda: None, lambda: pack(5, 6), lambda: void(5, 5)):
        told()
        (one,) = due()
        timekeeping.settle(one, actor=actor)
        db.session.commit()
        assert due() == []
    pack(6 + 1, 8, lot="L2413")
    assert (due(), known()[0]) == ([], 5)
