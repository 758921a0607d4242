"""A numbered label as it is scanned, in each of its states: what the page says follows what the holder declared."""

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Licence, User
from certify.operations import labels, openings
from certify.operations.acting import Actor
from certify.queries.labels import find_label, list_serials
from certify.trust.pin import opening_pin
from certify.workflows.label import Cause
from tests.labels import GTIN, released
from tests.proofs import BASE_URL, ISSUER, RING
from tests.scans import scans


@pytest.fixture
def scan(settled_sqlite):
    yield from scans(settled_sqlite)


@pytest.fixture
def acting(scan):
    def acting(name):
        asked = select(User).where(User.email == f"{name}@example.ma")
        return Actor(db.session, db.session.scalars(asked).one() if name else None, scan.clock())

    return acting


def read(scan, path):
    """The verdict and the reasons that a program reads, a minute later: answers are kept for seconds."""
    db.session.commit()
    scan.clock.advance(minutes=1)
    answer = scan.get(path, Accept="application/json")
    return answer.json["verdict"], answer.json["reasons"]


@pytest.mark.parametrize("gtin", [GTIN, None])
def test_label_answers_as_it_stands(scan, acting, gtin):
    batch = released(db.session.scalars(select(Licence)).one(), acting, size=3, has_pin=True, gtin=gtin)
    serials = dict(list_serials(db.session, batch))
    named = {rank: labels.identity_of(batch, serial) for rank, serial in serials.items()}
    code = {rank: ISSUER.seal(identity).removeprefix(BASE_URL) for rank, identity in named.items()}
    assert read(scan, code[1]) == ("suspect", ["sealed", "not_activated"])
    said = {"lot": "L2412", "packed_on": acting("alice").today, "declared": 2}
    labels.activate(batch, 1, 2, **said, actor=acting("alice"))
    assert read(scan, code[1]) == ("valid", ["sealed"])
    assert read(scan, named[1].path) == ("valid", ["unsealed"])
    pin = opening_pin(named[1], RING.pin_key)
    openings.open_pack(serials[1], pin, region=None, keys=RING, actor=acting(None))
    assert read(scan, code[1]) == ("valid", ["sealed"])
    labels.cancel(batch, 2, 3, cause=Cause.STOLEN, actor=acting("carol"))
    assert [read(scan, code[rank]) for rank in (2, 3)] == [("suspect", ["sealed", "void"])] * 2
    assert [find_label(db.session, serials[rank]).state for rank in (1, 2, 3)] == ["opened", "void", "void"]
