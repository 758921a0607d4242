"""A numbered label as it is scanned, in each of its states: what the page says follows what the holder declared."""

import re

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Licence, SeenCode, User
from certify.operations import labels, openings
from certify.operations.acting import Actor
from certify.queries.labels import find_label, list_serials
from certify.trust.pin import opening_pin
from certify.views.leaflets import view_of
from certify.workflows.label import Cause
from certify.workflows.numbering import show_mark
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


def page_of(scan, path, language="en"):
    """The page that a person reads, a minute later."""
    db.session.commit()
    scan.clock.advance(minutes=1)
    return scan.get(f"{path}?lang={language}").text


@pytest.fixture
def sold(scan, acting):
    """Two labels with a number under a field, of which the first is on a pack."""

    def sold(gtin=GTIN, **more):
        batch = released(
            db.session.scalars(select(Licence)).one(), acting, gtin=gtin, **{"size": 2, "has_pin": True} | more
        )
        labels.activate(batch, 1, 1, lot="L2412", packed_on=acting("alice").today, declared=1, actor=acting("alice"))
        db.session.commit()
        return [labels.identity_of(batch, serial) for _, serial in list_serials(db.session, batch)]

    return sold


@pytest.mark.parametrize("gtin", [GTIN, None])
def test_buyer_is_led_to_the_number_under_the_field_until_it_is_typed(scan, acting, sold, gtin):
    packed, printed = sold(gtin)
    serial = packed.serial or packed.document
    for language in ("fr", "ar", "en"):
        address = f'href="/open?serial={serial}&amp;lang={language}"'
        assert page_of(scan, packed.path, language).count(address) == 1
        assert "/open?" not in page_of(scan, printed.path, language)
    assert page_of(scan, ISSUER.seal(packed).removeprefix(BASE_URL)).count(f"/open?serial={serial}") == 1
    openings.open_pack(serial, opening_pin(packed, RING.pin_key), region=None, keys=RING, actor=acting(None))
    assert "/open?" not in page_of(scan, packed.path)


def test_label_without_a_field_and_a_licence_suspended_lead_nowhere(scan, sold):
    plain, numbered = sold(has_pin=False)[0], sold()[0]
    assert "/open?" not in page_of(scan, plain.path)
    scan.act("suspend")
    assert "/open?" not in page_of(scan, numbered.path)


def test_page_of_a_label_costs_no_further_question_and_comes_from_a_mould_as_jinja_renders_it(scan, sold):
    packed, _ = sold()
    page_of(scan, packed.path)
    asked, (_, connection) = [], scan.register._idle[0]
    connection.set_trace_callback(asked.append)
    page = page_of(scan, packed.path)
    assert [re.findall("FROM ([a-z_]+)", question)[0] for question in asked] == [
        "register_gtin", "label_serial", "seen_code",
    ]  # fmt: skip
    resolver = scan.app.extensions["resolver"]
    [check] = resolver.check([resolver.read(packed.path)], scan.clock())
    edition = scan.app.extensions["verification"].editions["en"]
    view = view_of(check, packed.serial, edition, BASE_URL.split("://")[1])
    assert (edition.render(view), check.code.can_open) == (page, True)


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


@pytest.mark.parametrize("gtin", [GTIN, None])
def test_serial_typed_from_a_label_answers_as_its_code(scan, sold, gtin):
    packed, printed = sold(gtin)
    serials = [named.serial or named.document for named in (packed, printed)]
    typed = [f"/v/{show_mark(serial)}" for serial in serials]
    assert [read(scan, f"{path}.json") for path in typed] == [
        ("valid", ["unsealed"]),
        ("suspect", ["unsealed", "not_activated"]),
    ]
    assert f'href="/open?serial={serials[0]}&amp;lang=en"' in page_of(scan, typed[0])
    answer = scan.get(f"{typed[0]}.json").json
    assert (answer["code"], answer["verdict"], answer["reasons"]) == (packed.path, "valid", ["unsealed"])
    bulk = scan.app.test_client().post("/api/v1/checks", json={"codes": [serials[0].lower(), printed.path]}).json
    assert [check["verdict"] for check in bulk["checks"]] == ["valid", "suspect"]


def test_serial_typed_is_counted_as_its_label_is(scan, sold):
    packed, _ = sold()
    page_of(scan, packed.path)
    page_of(scan, f"/v/{packed.serial.lower()}")
    scan.app.extensions["recorder"].flush()
    assert db.session.scalars(select(SeenCode.path)).all() == [packed.path]
