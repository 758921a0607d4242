"""A scan is counted once a person looks, and nothing of the person is found anywhere afterwards."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest
from sqlalchemy import func, select
from werkzeug.test import Client

from certify.extensions import db
from certify.models import LabelSerial, Licence, RegisterGtin, ScanRow, SeenCode, User
from certify.operations.acting import Actor
from certify.operations.labels import activate, identity_of
from certify.trust.seal import Identity
from certify.views import front
from certify.views.counting import is_machine
from certify.workflows.scanning import Caution, Channel, Standing, Tier, code_of
from tests import proofs
from tests.labels import released
from tests.scans import UNKNOWN, scans

PHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 Version/18.1 Mobile Safari/604.1"


@pytest.fixture
def scan(settled_sqlite):
    yield from scans(settled_sqlite)


def look(scan, url=None, *, address="196.200.1.1", agent=PHONE, method="GET", **headers):
    """Open a page as a telephone does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()} | {"User-Agent": agent}
    environ = {"REMOTE_ADDR": address}
    return Client(scan.app).open(url or scan.url, method=method, headers=named, environ_base=environ, buffered=True)


def rows(scan) -> list[ScanRow]:
    db.session.rollback()
    scan.app.extensions["recorder"].flush()
    return list(db.session.scalars(select(ScanRow)))


def test_a_scan_is_counted_under_the_code_of_the_licence(scan):
    assert look(scan).status_code == 200
    (row,) = rows(scan)
    seen = db.session.scalars(select(SeenCode)).one()
    licence = db.session.scalars(select(Licence)).one()
    assert (row.code, row.channel, row.standing) == (code_of(f"/v/{scan.mark}"), Channel.CAMERA, Standing.IN_USE)
    assert (seen.path, seen.tier, seen.licence_id) == (f"/v/{scan.mark}", Tier.LICENCE, licence.id)


def test_what_comes_from_memory_packed_or_not_modified_is_counted_like_the_rest(scan):
    tag = look(scan, address="10.0.0.1").headers["ETag"]
    look(scan, address="10.0.0.2")
    look(scan, address="10.0.0.3", Accept_Encoding="gzip")
    look(scan, address="10.0.0.4", Accept_Encoding="gzip")
    assert look(scan, address="10.0.0.5", If_None_Match=tag).status_code == 304
    assert len(rows(scan)) == 5


@pytest.mark.parametrize("action", ["suspend", "withdraw"])
def test_a_scan_after_the_end_says_so(scan, action):
    scan.act(action)
    look(scan)
    assert [row.standing for row in rows(scan)] == [Standing.ENDED]


def test_another_spelling_and_another_language_are_the_same_look(scan):
    for url in (scan.url, f"/V/{scan.mark.lower()}", f"{scan.url}?lang=ar"):
        assert look(scan, url).status_code == 200
    assert len(rows(scan)) == 1


def test_what_is_typed_says_so(scan):
    answer = look(scan, f"/check?mark={scan.mark}&lang=fr")
    assert answer.headers["Location"] == f"/v/{scan.mark}?via=typed&lang=fr"
    look(scan, answer.headers["Location"])
    look(scan, f"{scan.url}?via=pwa", address="10.0.0.1")
    look(scan, f"{scan.url}?via=whatever", address="10.0.0.2")
    assert sorted(row.channel for row in rows(scan)) == [Channel.CAMERA, Channel.APP, Channel.TYPED]


def test_machines_and_what_is_fetched_ahead_count_nothing(scan):
    look(scan, method="HEAD")
    look(scan, Sec_Purpose="prefetch;prerender")
    look(scan, Purpose="prefetch")
    look(scan, X_Moz="prefetch")
    for agent in ("WhatsApp/2.23.20.0", "Googlebot/2.1 (+http://www.google.com/bot.html)", "curl/8.5"):
        look(scan, agent=agent)
    look(scan, f"{scan.url}.json")
    look(scan, f"{scan.url}/photo.jpg")
    look(scan, f"/v/{UNKNOWN}")
    look(scan, "/v/nothing")
    assert rows(scan) == []


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        "Mozilla/5.0 (Linux; Android 14; CUBOT NOTE 21) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36",
        "Mozilla/5.0 (iPhone) AppleWebKit/605.1.15 Mobile/15E148 Instagram 300.0",
        "",
    ],
)
def test_telephones_are_no_machines(agent):
    assert not is_machine(agent)


def test_no_address_is_found_anywhere_after_ten_thousand_scans(scan, caplog, capfd):
    chance, told = random.Random(7), set()
    for number in range(10_000):
        packed = chance.randbytes(4)
        address = ".".join(map(str, packed))
        if number % 10 == 0:
            address = f"2a01:cb{packed[0]:02x}:{packed[1]:x}:{packed[2]:x}::{packed[3]:x}"
        told.add(address)
        look(scan, address=address, agent=f"{PHONE} secret-{number}")
        if number % 500 == 0:
            scan.clock.advance(minutes=30)
    kept = rows(scan)
    db.session.commit()
    assert len(kept) > 9_900
    written = [path for path in Path(scan.app.instance_path).rglob("*") if path.is_file()]
    content = b"\n".join(path.read_bytes() for path in written)
    content += (caplog.text + "".join(capfd.readouterr())).encode()
    assert [path.name for path in written if path.name == "certify.sqlite"]
    assert (b"secret-" in content, PHONE.encode() in content) == (False, False)
    dotted, colons = rb"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", rb"2a01:cb[0-9a-f:]+"
    assert told.isdisjoint(one.decode() for one in re.findall(dotted + b"|" + colons, content))
    packed = {bytes(map(int, one.split("."))) for one in told if ":" not in one}
    assert len(packed & {row.visitor[:4] for row in kept}) < 5  # by chance one in fifty runs has one


def test_nobody_can_be_found_again_by_trying_every_address_once_the_salt_is_gone(scan):
    look(scan, address="10.0.0.7")
    (before,) = rows(scan)
    yesterday = before.visitor
    scan.clock.advance(days=1)
    for number in range(256):
        look(scan, address=f"10.0.0.{number}")
    visitors = {row.visitor for row in rows(scan) if row.hour == scan.clock().replace(minute=0, second=0)}
    assert (len(visitors), yesterday in visitors) == (256, False)


def test_a_page_is_answered_though_the_database_takes_no_scan(scan):
    recorder = scan.app.extensions["recorder"]
    recorder._open_session = lambda: (_ for _ in ()).throw(AssertionError("asked while answering"))
    assert look(scan).status_code == 200
    front.stand(scan.app)
    assert db.session.scalar(select(func.count()).select_from(ScanRow)) == 0


GTIN = "06111234567895"


def sealed(identity: Identity) -> str:
    """The address of a code, with the seal of the label, without its host."""
    return proofs.ISSUER.seal(identity).removeprefix(proofs.BASE_URL)


def sell(scan) -> None:
    """Say that the product of the licence bears a GTIN."""
    db.session.add(RegisterGtin(gtin=GTIN, mark=scan.mark))
    db.session.commit()


def seen(scan) -> list[tuple[str, Tier, Standing]]:
    """List what was looked at: path, tier, standing."""
    found = rows(scan)
    paths = {row.code: row for row in db.session.scalars(select(SeenCode))}
    return [(paths[row.code].path, paths[row.code].tier, row.standing) for row in found]


def test_the_sealed_address_of_a_certificate_is_its_licence(scan):
    assert look(scan, sealed(Identity(gdti=proofs.GDTI, document=scan.mark))).status_code == 200
    look(scan)
    assert seen(scan) == [(f"/v/{scan.mark}", Tier.LICENCE, Standing.IN_USE)]


def test_a_forged_seal_is_counted_by_its_place_and_nothing_of_what_it_claims(scan):
    forged = sealed(Identity(gdti=proofs.GDTI, document=scan.mark)).replace(scan.mark, UNKNOWN)
    assert look(scan, forged).status_code == 404
    assert seen(scan) == [("forged", Tier.FORGED, Standing.FORGED)]


def test_our_seal_on_what_was_never_issued_says_that_a_key_is_lost(scan):
    sell(scan)
    path = Identity(gtin=GTIN, serial=UNKNOWN).path
    look(scan, sealed(Identity(gtin=GTIN, serial=UNKNOWN)))
    assert seen(scan) == [(path, Tier.UNIT, Standing.UNISSUED)]
    look(scan, path, address="10.0.0.9")
    assert len(seen(scan)) == 1


def test_a_trade_item_alone_is_its_licence_and_a_program_is_nobody(scan):
    sell(scan)
    look(scan, f"/01/{GTIN}", Accept="application/json")
    look(scan, f"/01/{GTIN}?linkType=linkset", Accept="application/linkset+json")
    assert seen(scan) == []
    look(scan, f"/01/{GTIN}", Accept="text/html,application/xhtml+xml")
    assert seen(scan) == [(f"/v/{scan.mark}", Tier.LICENCE, Standing.IN_USE)]


@pytest.fixture
def jar(scan):
    """The path of a numbered label on a jar packed today."""

    def acting(name: str) -> Actor:
        return Actor(db.session, db.session.query(User).filter_by(email=f"{name}@example.ma").one(), scan.clock())

    batch = released(db.session.scalars(select(Licence)).one(), acting)
    today = acting("alice").today
    activate(batch, 1, 5, lot="L1", packed_on=today, declared=5, actor=acting("alice"))
    serials = db.session.scalars(select(LabelSerial.serial).order_by(LabelSerial.rank)).all()
    db.session.commit()
    return [identity_of(batch, serial) for serial in serials]


def test_a_numbered_label_is_counted_by_itself_and_as_it_stands(scan, jar):
    packed, printed = jar[0], jar[-1]
    for one in (packed, printed):
        assert look(scan, sealed(one)).status_code == 200
    assert sorted(seen(scan)) == sorted(
        [(packed.path, Tier.UNIT, Standing.IN_USE), (printed.path, Tier.UNIT, Standing.PRINTED)]
    )


def test_a_numbered_label_is_one_code_whatever_lot_is_written_before_its_serial(scan, jar):
    for number in range(3):
        path = f"/01/{jar[0].gtin}/10/L{number}/21/{jar[0].serial}"
        assert look(scan, path, address=f"10.0.0.{number}").status_code == 200
    assert seen(scan) == [(jar[0].path, Tier.UNIT, Standing.IN_USE)] * 3


@pytest.mark.parametrize(
    ("caution", "headline"),
    [(None, "Label valide"), (Caution.WATCH, "Label valide, code"), (Caution.ALERT, "Contrefaçon suspectée")],
)
def test_the_page_of_a_jar_says_what_is_known_of_its_copies(scan, jar, caution, headline):
    if caution:
        known = {"code": code_of(jar[0].path), "path": jar[0].path, "tier": Tier.UNIT, "is_fresh": False}
        db.session.add(SeenCode(**known, caution=caution, caution_at=scan.clock()))
        db.session.commit()
    page, other = (look(scan, f"{sealed(one)}?lang=fr").text for one in jar[:2])
    assert f"<h1>{headline}" in page
    assert ["Dites-nous ce que vous avez remarqué" in text for text in (page, other)] == [bool(caution), False]
