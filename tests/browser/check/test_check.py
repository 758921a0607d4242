"""`/check` in the hands of a shop: installed once, then without network it still tells forged from genuine, says how
old its knowledge is, and never calls valid what it cannot know.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import NamedTuple

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select

from certify.extensions import db
from certify.models import LabelSerial, Licence, RegisterEntry, RegisterGtin, User
from certify.operations import labels, licences
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.trust.seal import Identity
from certify.workflows.licence import Ground, State
from certify.workflows.numbering import make_mark
from tests.browser.check.device import Device, marks, needs_reader, told_to_devices, wait_for
from tests.browser.conftest import LANGUAGE
from tests.browser.person import LOCALES
from tests.views.test_checking import NO_LIBRARIES


@needs_reader
def test_without_network_forged_is_told_from_genuine(device: Device, server: Flask, code):
    genuine, suspended, withdrawn = (marks(s)[0] for s in (State.ACTIVE, State.SUSPENDED, State.WITHDRAWN))
    device.open()
    device.offline()
    device.asked.clear()

    device.show(code(genuine))
    told = device.answers("valid", "Valid label")
    assert device.t("Proved here: the seal of this code was made by the label.") in told
    assert device.t("The server was not asked.") in told
    device.show(code(suspended))
    device.answers("suspended", "Suspended label")
    device.show(code(withdrawn))
    device.answers("withdrawn", "Withdrawn label")

    device.show(code(genuine).replace(genuine, withdrawn))
    device.answers("counterfeit", "Forged code")
    device.show(code(genuine).replace("127.0.0.1", "127.0.0.1.tdm-ma.example"))
    told = device.answers("foreign", "This code is not of the label")
    assert f"127.0.0.1.tdm-ma.example:{device.address.rpartition(':')[2]}" in told
    assert [url for url in device.asked if "example" in url] == []


def test_a_typed_mark_is_judged_but_nothing_is_called_proved(device: Device, server: Flask):
    mark = marks(State.ACTIVE)[0]
    device.open()
    device.offline()
    device.type(f"{mark[:4]}-{mark[4:8]} {mark[8:].lower()}")
    told = device.answers("valid", "Valid label")
    unsealed = "Not proved: this code bears no seal, anybody can write it. Scan the original code on the packaging."
    assert device.t(unsealed) in told
    device.type(mark[:-1])
    device.answers("mistyped", "Mistyped code")


@needs_reader
def test_with_network_a_numbered_label_shows_what_product_it_is_of(device: Device, server: Flask, issuer: Issuer):
    """The device does not know the label; the buyer is told to compare, and needs to see with what."""
    found = db.session.scalars(select(LabelSerial).where(LabelSerial.state == "active").limit(1)).one()
    address, serial = issuer.seal(labels.identity_of(found.batch, found.serial)), found.serial
    shown = db.session.scalars(select(RegisterEntry).where(RegisterEntry.licence_id == found.batch.licence_id)).one()
    named = [(shown.facts[name].get(LANGUAGE) or shown.facts[name]["fr"]) for name in ("product", "holder")]
    db.session.rollback()
    device.open()
    for show, code in ((device.type, serial), (device.show, address)):
        show(code)
        told = device.answers("valid", "Valid label")
        assert [name in told for name in named] == [True, True]


class Jar(NamedTuple):
    """A jar that bears a numbered label: its address, sealed, and what that names."""

    address: str
    unit: Identity
    licence: Licence


@pytest.fixture
def pack(server: Flask, issuer: Issuer) -> Callable[[int, str], Jar]:
    """`pack(nth, gtin)` fills a jar of the nth licence in force, a week ago; devices are told of the GTIN."""

    def made(nth: int, gtin: str) -> Jar:
        standing = select(Licence).where(Licence.state == State.ACTIVE).order_by(Licence.id)
        licence = db.session.scalars(standing.offset(nth)).first()
        holder = db.session.scalars(select(User).where(User.organisation == licence.dossier.organisation)).first()
        office = db.session.scalars(select(User).where(User.email == "secretariat@demo.example.com")).one()
        at = server.config["CLOCK"]() - timedelta(days=8)
        sold_as = licence.dossier.product.formats[0]
        sold_as.gtin = gtin
        db.session.add(RegisterGtin(gtin=gtin, mark=licence.mark))
        asked = {"size": 5, "has_pin": False, "gdti": issuer.gdti}
        batch = labels.order_labels(licence, sold_as, **asked, actor=Actor(db.session, holder, at))
        labels.release(batch, issuer=issuer, actor=Actor(db.session, office, at))
        packed = Actor(db.session, holder, at + timedelta(days=1))
        labels.activate(batch, 1, 5, lot="L1", packed_on=packed.today, declared=5, actor=packed)
        serial = db.session.scalars(select(LabelSerial.serial).where(LabelSerial.batch_id == batch.id)).first()
        unit = Identity(gtin=gtin, serial=serial)
        db.session.commit()
        wait_for(lambda: gtin in told_to_devices(server, "directory"))
        return Jar(issuer.seal(unit), unit, licence)

    return made


def test_without_network_an_invented_serial_is_never_valid_and_a_sealed_one_says_what_was_not_checked(
    device: Device, server: Flask, issuer: Issuer, pack
):
    jar = pack(3, "06111234567895")
    device.open()
    device.offline()
    invented = Identity(gtin=jar.unit.gtin, serial=make_mark(b"invented it"))
    for unsealed in (invented, jar.unit):
        device.type(f"{device.address}{unsealed.path}")
        told = device.answers("stale", "Status not checked (offline)")
    unseen = device.t("Whether this numbered label was put into use was not checked: that needs the network.")
    assert unseen not in told
    device.type(jar.address)
    assert unseen in device.answers("valid", "Valid label")
    device.type(issuer.seal(Identity(gtin=jar.unit.gtin, lot="L1")))
    assert unseen not in device.answers("valid", "Valid label")
    device.online()
    device.type(jar.address)
    assert unseen not in device.answers("valid", "Valid label")


def test_a_withdrawal_that_spares_what_was_packed_before_is_for_the_server_to_apply(
    device: Device, server: Flask, pack
):
    jar = pack(4, "06111234567888")
    signatory = db.session.scalars(select(User).where(User.email == "signatory@demo.example.com")).one()
    actor = Actor(db.session, signatory, server.config["CLOCK"]())
    last = db.session.scalars(select(Licence).where(Licence.state == State.ACTIVE).order_by(Licence.id.desc())).first()
    for licence, ground in ((jar.licence, Ground.OBLIGATIONS), (last, Ground.HEALTH)):
        licences.withdraw(licence, ground=ground, reason="Convenu en séance.", actor=actor)
    sparing, sparing_nothing, today = jar.licence.mark, last.mark, actor.today.isoformat()
    db.session.commit()
    wait_for(lambda: '"why":"R06"' in told_to_devices(server, "directory"))
    device.open()
    device.type(jar.address)
    told = device.answers("valid", "Valid label")
    assert device.t("The lot was packed while the authorisation was in force.") in told
    device.type(sparing)
    device.answers("withdrawn", "Withdrawn label")

    device.offline()
    device.type(jar.address)
    told = device.answers("withdrawn", "Withdrawn label")
    says = "async (day) => (await import('/static/field/showing.js')).day(day)"
    today = device.page.evaluate(says, today)
    spared = device.t(
        "Look at the day of packing on the product: what was packed before %(day)s may still be sold under the label."
        " If it was packed later, or says no day, do not buy it for its label.",
        day=today,
    )
    assert spared in told
    device.type(sparing_nothing)
    assert spared not in device.answers("withdrawn", "Withdrawn label")


def test_what_is_old_is_said_and_after_72_hours_nothing_is_valid(device: Device, server: Flask, code):
    genuine = code(marks(State.ACTIVE)[0])
    device.open()
    device.context.set_offline(True)
    began = datetime.now(UTC)
    device.page.clock.install(time=began + timedelta(hours=30))
    device.page.reload()
    device.type(genuine)
    told = device.answers("valid", "Valid label")
    assert device.page.evaluate(f"new Intl.RelativeTimeFormat('{LANGUAGE}').format(-30, 'hour')") in told
    device.page.clock.set_fixed_time(began + timedelta(hours=73))
    device.type(genuine)
    told = device.answers("stale", "Status not checked (offline)")
    assert device.t("Proved here: the seal of this code was made by the label.") in told
    device.type(genuine.replace(marks(State.ACTIVE)[0], marks(State.ACTIVE)[1]))
    device.answers("counterfeit", "Forged code")


def test_online_again_the_server_says_what_is_newer(device: Device, server: Flask, code):
    licence = db.session.scalars(
        select(Licence).where(Licence.state == State.ACTIVE).order_by(Licence.id.desc())
    ).first()
    mark = licence.mark
    device.open()
    device.offline()
    device.type(code(mark))
    device.answers("valid", "Valid label")
    signatory = db.session.scalars(select(User).where(User.email == "signatory@demo.example.com")).one()
    actor = Actor(db.session, signatory, server.config["CLOCK"]())
    licences.suspend(licence, ground=Ground.MISUSE, reason="Vu au souk.", actor=actor)
    db.session.commit()
    device.type(code(mark))
    device.answers("valid", "Valid label")
    device.online()
    device.type(code(mark))
    told = device.answers("suspended", "Suspended label")
    asked = device.t("The server was asked and says “%(headline)s”.", headline=device.t("Suspended label"))
    assert asked in told
    wait_for(lambda: "suspended" in kept(device.page, mark))
    device.offline()
    device.type(code(mark))
    device.answers("suspended", "Suspended label")


def kept(page: Page, mark: str) -> str:
    """Renew, and read the status that the device keeps of a licence, from its own storage and modules."""
    page.locator("#renew").click()
    return page.evaluate(
        """async (mark) => {
          const { load } = await import("/static/check/keeping.js"), row = await load();
          const { readBundle, rootsOf } = await import("/static/check/verify.mjs");
          const known = await readBundle(row.bundle, rootsOf(row.roots), { at: Date.now() });
          return known.status.status(known.directory.find({ mark }, "2100-01-01").idx);
        }""",
        mark,
    )


def test_a_device_that_knows_nothing_says_so_and_judges_nothing(device: Device, server: Flask, code):
    device.context.route(re.compile(r"/offline/bundle\.json|/v/|/253/"), lambda route: route.abort())
    device.page.goto(f"{device.address}/check?lang={LANGUAGE}")
    device.type(code(marks(State.ACTIVE)[0]))
    device.answers("cannot_check", "Cannot check right now")
    device.type("https://tdm-ma.example/v/x")
    device.answers("foreign", "This code is not of the label")


def test_without_ed25519_the_library_of_the_server_is_used_or_the_server_is_asked(device: Device, server: Flask, code):
    genuine = code(marks(State.ACTIVE)[0])
    device.page.add_init_script(
        """const own = SubtleCrypto.prototype.importKey;
        SubtleCrypto.prototype.importKey = function (format, key, algorithm, ...more) {
          if ((algorithm.name || algorithm) === "Ed25519") throw new DOMException("unknown", "NotSupportedError");
          return own.call(this, format, key, algorithm, ...more);
        };"""
    )
    if not NO_LIBRARIES:
        device.open()
        device.type(genuine)
        assert device.t("Proved here: the seal of this code was made by the label.") in device.answers(
            "valid", "Valid label"
        )
    device.context.route(re.compile("ed25519"), lambda route: route.abort())
    device.page.goto(f"{device.address}/check?lang={LANGUAGE}&again=1")
    device.page.evaluate(
        "navigator.serviceWorker.getRegistrations().then((all) => Promise.all(all.map((one) => one.unregister())))"
    )
    device.page.reload()
    device.knows("This browser cannot check signatures by itself: each check asks the server.")
    device.type(genuine)
    device.answers("valid", "Valid label")


@needs_reader
def test_a_picture_without_a_code_and_a_file_of_nothing_are_told_apart(device: Device, server: Flask):
    device.open()
    blank = BytesIO()
    Image.new("RGB", (600, 400), "#d8d0bf").save(blank, "PNG")
    device.page.locator("#file").set_input_files({"name": "a.png", "mimeType": "image/png", "buffer": blank.getvalue()})
    none = device.t("No code was found in this picture. Come closer, hold still, and avoid reflections.")
    expect(device.page.locator("#trouble")).to_have_text(none)
    device.page.locator("#file").set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"})
    neither = device.t("This file is neither a picture nor a PDF that can be read here.")
    expect(device.page.locator("#trouble")).to_have_text(neither)


def test_without_a_script_a_typed_mark_leads_to_its_page(chromium: Browser, server: Flask, product: str):
    mark = marks(State.ACTIVE)[0]
    context = chromium.new_context(java_script_enabled=False, locale=LOCALES[LANGUAGE])
    page = context.new_page()
    page.goto(f"{product}/check?lang={LANGUAGE}")
    page.locator("#mark").fill(mark.lower())
    page.locator("#typed-form button").click()
    expect(page).to_have_url(re.compile(f"/v/{mark}"))
    context.close()
