"""`/check` in the hands of a shop: installed once, then without network it still tells forged from genuine, says how
old its knowledge is, and never calls valid what it cannot know.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Browser, Page, Route, expect
from sqlalchemy import select

from certify.extensions import db
from certify.models import Licence, PaperFile, User
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.storage import Store
from certify.workflows.licence import Ground, State
from tests.browser.check.device import Device, marks, needs_reader
from tests.browser.conftest import LANGUAGE
from tests.browser.person import LOCALES
from tests.views.test_checking import NO_LIBRARIES

REFUSED = (
    "What the server gave could not be proved and was not kept; what was known stays. If this lasts, tell the label."
)


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


def wait_for(holds: Callable[[], bool]) -> None:
    """Wait until something holds, as long as the product may take to publish."""
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(1)


def spoil(change: Callable[[dict], None]) -> Callable[[Route], None]:
    """Hand out the bundle of the server with something changed on the way."""

    def handle(route: Route) -> None:
        answer = route.fetch()
        bundle = answer.json()
        change(bundle)
        route.fulfill(response=answer, body=json.dumps(bundle))

    return handle


def cut(route: Route) -> None:
    """Hand out half of the bundle, as a line does that breaks."""
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.body()[: len(answer.body()) // 2])


def half_trusted(bundle: dict) -> None:
    bundle["trust"]["signatures"] = bundle["trust"]["signatures"][:1]


def false_list(bundle: dict) -> None:
    bundle["status"] = bundle["status"][:-6] + "AAAAAA"


@pytest.mark.parametrize(
    ("spoilt", "told"),
    [
        (cut, "No network: each check relies on this."),
        (spoil(half_trusted), REFUSED),
        (spoil(false_list), REFUSED),
    ],
    ids=["half a bundle", "one root of three", "a false list"],
)
def test_the_old_bundle_survives_a_new_one_that_is_cut_or_false(device: Device, server: Flask, code, spoilt, told):
    genuine = code(marks(State.ACTIVE)[0])
    device.open()
    device.context.route(re.compile(r"/offline/bundle\.json"), spoilt)
    device.page.locator("#renew").click()
    device.knows(told)
    device.context.unroute_all()
    device.offline()
    device.type(genuine)
    device.answers("valid", "Valid label")


def test_an_older_manifest_or_list_is_not_taken_back(device: Device, server: Flask):
    older: dict = {}
    device.context.route(re.compile(r"/offline/bundle\.json"), spoil(older.update))
    device.open()
    device.page.evaluate(
        """async () => {
          const { load, save } = await import("/static/check/keeping.js"), row = await load();
          await save({ ...row, issuedAt: row.issuedAt + 1000 });
        }"""
    )
    device.context.unroute_all()
    device.context.route(re.compile(r"/offline/bundle\.json"), lambda route: route.fulfill(json=older))
    device.page.reload()
    device.knows(REFUSED)


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


def test_a_paper_is_never_called_false_without_network(device: Device, server: Flask):
    device.open()
    device.offline()
    paper = {
        "name": "a.pdf",
        "mimeType": "application/pdf",
        "buffer": b"%PDF-1.7 <dc:identifier>CERT-1</dc:identifier>",
    }
    device.page.locator("#file").set_input_files(paper)
    told = device.answers("paper-cannot_check", "Cannot check right now")
    assert device.t("It calls itself %(number)s.", number="CERT-1") in told


def test_a_paper_is_compared_with_the_register_by_its_fingerprint_alone(device: Device, server: Flask):
    device.open()
    wait_for(lambda: printed() is not None)
    content = Store(Path(server.instance_path) / "files").read(printed())
    device.asked.clear()
    paper = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": content}
    device.page.locator("#file").set_input_files(paper)
    device.answers("paper-genuine", "This paper is genuine")
    device.page.locator("#file").set_input_files(paper | {"buffer": content[:-1] + b" "})
    told = device.answers("paper-unknown", "The label did not issue this very file")
    assert device.t("It calls itself %(number)s.", number="").strip(" .") in told
    assert [url for url in device.asked if url.endswith("/check/paper")] == []


def printed() -> str | None:
    """The fingerprint of a paper that the product has printed meanwhile."""
    found = db.session.scalars(select(PaperFile.sha256).limit(1)).first()
    db.session.rollback()
    return found


def test_without_a_script_a_typed_mark_leads_to_its_page(chromium: Browser, server: Flask, product: str):
    mark = marks(State.ACTIVE)[0]
    context = chromium.new_context(java_script_enabled=False, locale=LOCALES[LANGUAGE])
    page = context.new_page()
    page.goto(f"{product}/check?lang={LANGUAGE}")
    page.locator("#mark").fill(mark.lower())
    page.locator("#typed-form button").click()
    expect(page).to_have_url(re.compile(f"/v/{mark}"))
    context.close()
