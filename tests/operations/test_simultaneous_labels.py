"""Labels at the same moment, on real connections: nothing is activated twice, nothing beyond the certified quantity."""
# ruff: noqa: F811

import pytest

from certify.extensions import db
from certify.models import LabelBatch, LabelOpening
from certify.operations import labels, openings
from certify.queries.labels import count_states, get_balance, list_serials
from certify.trust.pin import opening_pin
from certify.workflows.label import State
from tests import scans
from tests.labels import ordered, released
from tests.operations.test_simultaneous_office import acting, at_once  # noqa: F401
from tests.proofs import ISSUER, RING
from tests.scenes import once


@pytest.fixture
def licence(any_app):
    return once(scans.granted)


def packing(batch_id, first, last):
    """Let somebody activate a range of the batch of a number, which is read on their own connection."""

    def act(actor):
        batch = actor.session.get_one(LabelBatch, batch_id)
        said = {"lot": "L2412", "packed_on": actor.today, "declared": last - first + 1}
        labels.activate(batch, first, last, **said, actor=actor)

    return act


def test_same_range_is_activated_once(licence, acting, at_once):
    batch = released(licence, acting, size=6)
    both = (packing(batch.id, 1, 4), packing(batch.id, 1, 4))
    assert at_once(*(("alice", act) for act in both)) == 1
    assert count_states(db.session, batch)[State.ACTIVE] == 4


def test_two_ranges_never_exceed_the_year_together(licence, acting, at_once):
    licence.dossier.product.annual_volume = "1 kg"
    first, second = released(licence, acting, size=4), released(licence, acting, size=4)
    assert at_once(("alice", packing(first.id, 1, 3)), ("alice", packing(second.id, 1, 3))) == 1
    assert get_balance(db.session, first, acting("alice").today.year).left == 1


def test_order_is_released_once(licence, acting, at_once):
    batch_id = ordered(licence, acting, size=5).id

    def press(actor):
        labels.release(actor.session.get_one(LabelBatch, batch_id), issuer=ISSUER, actor=actor)

    assert at_once(("carol", press), ("dora", press)) == 1
    assert len(list_serials(db.session, db.session.get_one(LabelBatch, batch_id))) == 5


def test_first_opening_is_one(licence, acting, at_once):
    batch = released(licence, acting, size=1, has_pin=True)
    packing(batch.id, 1, 1)(acting("alice"))
    [(_, serial)] = list_serials(db.session, batch)
    pin, answers = opening_pin(labels.identity_of(batch, serial), RING.pin_key), []

    def press(actor):
        answers.append(openings.open_pack(serial, pin, region=None, keys=RING, actor=actor).answer)

    assert at_once(("bob", press), ("badr", press)) == 2
    assert (sorted(answers), db.session.query(LabelOpening).count()) == (["again", "first"], 1)


def test_form_sent_twice_at_once_is_known_and_its_receipt_lasts(licence, acting, at_once):
    batch = released(licence, acting, size=1, has_pin=True)
    packing(batch.id, 1, 1)(acting("alice"))
    [(_, serial)] = list_serials(db.session, batch)
    pin, answers = opening_pin(labels.identity_of(batch, serial), RING.pin_key), []
    receipts = openings.Receipts(offered=openings.new_receipt())

    def press(actor):
        answers.append(openings.open_pack(serial, pin, region=None, receipts=receipts, keys=RING, actor=actor).answer)

    assert at_once(("bob", press), ("badr", press)) == 2
    assert sorted(answers) == ["first", "yours"]
    kept = openings.Receipts(kept=receipts.offered)
    again = openings.open_pack(serial, pin, region=None, receipts=kept, keys=RING, actor=acting("bob"))
    assert (again.answer, again.receipt) == ("yours", receipts.offered)
