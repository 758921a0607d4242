"""The code of a lot whose copies a person confirmed: from its case to every answer, and back when the alert is over."""

from __future__ import annotations

import pytest

from certify.extensions import db
from certify.models import SeenCode
from certify.operations.acting import Actor
from certify.operations.cases import weigh_code
from certify.operations.labels import activate
from certify.operations.scanning import Seen
from certify.queries.cases import list_alerts
from certify.queries.labels import list_serials
from certify.trust.seal import Identity
from certify.workflows.scanning import Caution, Standing, Tier, code_of, lot_path
from tests import people, proofs, scans
from tests.copies import cases, code_row, looked
from tests.labels import GTIN, released
from tests.scenes import once

LOT = Seen(lot_path(GTIN, "L2412"), Tier.LOT, Standing.IN_USE)
SEALED = proofs.ISSUER.seal(Identity(gtin=GTIN, lot="L2412")).removeprefix(proofs.BASE_URL)
OTHER = proofs.ISSUER.seal(Identity(gtin=GTIN, lot="L2413")).removeprefix(proofs.BASE_URL)
REASON = "Le même lot vendu à Fès, sur un autre produit."


@pytest.fixture
def serial(any_app, acting, clock) -> str:
    """A honey sold under a GTIN, of which four jars were packed in one lot; the serial of the first."""
    batch = released(once(scans.granted, gtin=GTIN), acting)
    activate(batch, 1, 4, lot="L2412", packed_on=clock().date(), declared=4, actor=acting("alice"))
    db.session.commit()
    return dict(list_serials(db.session, batch))[1]


@pytest.fixture
def read(any_app, clock):
    """What a program reads of a path, a minute later: answers are kept for seconds."""

    def read(path: str) -> tuple[str, str]:
        db.session.rollback()
        clock.advance(minutes=1)
        said = any_app.test_client().get(path, headers={"Accept": "application/json"}).json
        return said["verdict"], " ".join(said["reasons"])

    return read


@pytest.fixture
def decide(any_app, serial, clock):
    """`decide("confirm")` is Carol deciding on the one case, on its page."""
    looked(*["?"] * 5, at=clock(), seen=LOT, every=1)
    weigh_code(code_row(LOT), actor=Actor(db.session, None, clock()))
    db.session.commit()
    client = any_app.test_client()
    with people.hashing_cheaply():
        client.post("/sign-in", data={"email": "carol@example.ma", "password": people.PASSWORD})

    def decide(decision: str) -> None:
        [case] = cases()
        typed = {"version": case.version, "reason": REASON}
        db.session.rollback()
        assert client.post(f"/office/copies/{case.id}/{decision}", data=typed).status_code == 303

    return decide


def caution(path: str, tier: Tier, caution: Caution, clock) -> None:
    """Say of a code what is known of its copies."""
    known = {"code": code_of(path), "path": path, "tier": tier, "is_fresh": False}
    db.session.add(SeenCode(**known, caution=caution, caution_at=clock()))
    db.session.commit()


def test_confirmed_copies_of_a_lot_show_wherever_its_code_is_read(any_app, read, decide):
    assert [read(path) for path in (SEALED, LOT.path)] == [("valid", "sealed"), ("valid", "unsealed")]
    decide("confirm")
    assert list_alerts(db.session) == [code_of(LOT.path)]
    assert [read(path) for path in (SEALED, SEALED.lower())] == [("suspect", "sealed copied")] * 2
    assert read(LOT.path) == ("suspect", "unsealed copied")
    client = any_app.test_client()
    bulk = {"codes": [f"{proofs.BASE_URL}{SEALED}", OTHER, f"/01/{GTIN}"]}
    said = client.post("/api/v1/checks", json=bulk).json["checks"]
    assert [one["verdict"] for one in said] == ["suspect", "valid", "valid"]
    page = client.get(f"{SEALED}?lang=fr").text
    assert "<h1>Contrefaçon suspectée</h1>" in page and "Des copies de ce code même ont été trouvées." in page


def test_a_lifted_alert_leaves_the_code_of_a_lot_valid(read, decide):
    decide("confirm")
    decide("lift")
    assert (list_alerts(db.session), read(SEALED)) == ([], ("valid", "sealed"))


def test_the_copies_of_one_lot_say_nothing_of_another_nor_of_numbered_labels(read, decide, serial):
    decide("confirm")
    unit = f"/01/{GTIN}/21/{serial}"
    paths = (OTHER, f"/01/{GTIN}/10/L2413", f"/01/{GTIN}", unit)
    assert [read(path)[0] for path in paths] == ["valid"] * 4


def test_a_label_under_alert_is_suspect_behind_whichever_lot_it_is_written(read, serial, clock):
    caution(f"/01/{GTIN}/21/{serial}", Tier.UNIT, Caution.ALERT, clock)
    paths = (f"/01/{GTIN}/21/{serial}", f"/01/{GTIN}/10/L2412/21/{serial}", f"/01/{GTIN}/10/X/21/{serial}")
    assert [read(path) for path in paths] == [("suspect", "unsealed copied")] * 3


def test_the_careful_sentence_shows_on_a_lot_as_on_a_unit(any_app, read, serial, clock):
    caution(LOT.path, Tier.LOT, Caution.WATCH, clock)
    assert read(SEALED) == ("valid", "sealed watched")
    assert "Dites-nous ce que vous avez remarqué" in any_app.test_client().get(f"{SEALED}?lang=fr").text
