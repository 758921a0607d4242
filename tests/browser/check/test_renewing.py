"""What a device knows is renewed whole and forward, or not at all: bundles cut, false or old; a log with two pasts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from flask import Flask
from playwright.sync_api import Page, Route, expect
from sqlalchemy import select

from certify.extensions import db
from certify.models import Licence, User
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.translations import catalogue
from certify.trust.note import Checkpoint, sign_checkpoint
from certify.workflows.licence import State
from tests.browser.check.device import Device, marks, told_to_devices, wait_for
from tests.browser.conftest import LANGUAGE

REFUSED = (
    "What the server gave could not be proved and was not kept; what was known stays. If this lasts, tell the label."
)


FORKED = (
    "Warning: the public log of the label shows another past than the one this device saw. Nothing new was kept;"
    " what was known stays. Tell the label: somebody may be rewriting the register."
)


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
    wait_for(lambda: told_to_devices(server, "directory") != "")
    older: dict = {}
    device.context.route(re.compile(r"/offline/bundle\.json"), spoil(older.update))
    device.open()
    device.page.evaluate(
        """async () => {
          const { load, save } = await import("/static/check/keeping.js"), row = await load();
          await save({ ...row, issuedAt: row.issuedAt + 1000 }, row.receivedAt);
        }"""
    )
    device.context.unroute_all()
    device.context.route(re.compile(r"/offline/bundle\.json"), lambda route: route.fulfill(json=older))
    device.page.reload()
    device.knows(REFUSED)


def test_another_past_of_the_log_is_a_warning_and_what_was_known_stays(
    device: Device, server: Flask, issuer: Issuer, code
):
    genuine = code(marks(State.ACTIVE)[0])
    device.open()
    seen = size_kept(device.page)  # the log may have grown since: another head of that very size is another past

    def rewrite(bundle: dict) -> None:
        forged = Checkpoint(issuer.keys.manifest.log.name, seen, bytes(32))
        bundle["checkpoint"] = sign_checkpoint(forged, issuer.keys.log_signer)

    device.context.route(re.compile(r"/offline/bundle\.json"), spoil(rewrite))
    device.page.locator("#renew").click()
    device.knows(FORKED)
    expect(device.page.locator("#knowledge.tone-bad")).to_be_visible()
    device.context.unroute_all()
    device.offline()
    device.type(genuine)
    device.answers("valid", "Valid label")


def test_a_log_that_has_grown_is_followed_by_its_tiles_and_kept(device: Device, server: Flask):
    device.open()
    seen = size_kept(device.page)
    licence = db.session.scalars(select(Licence).where(Licence.state == State.SUSPENDED)).first()
    signatory = db.session.scalars(select(User).where(User.email == "signatory@demo.example.com")).one()
    licences.reinstate(licence, reason="Corrigé.", actor=Actor(db.session, signatory, server.config["CLOCK"]()))
    db.session.commit()
    device.context.route(re.compile(r"/log/tile/"), lambda route: route.abort())
    wait_for(lambda: renewed(device.page, "The server does not give it now; what was known stays."))
    assert size_kept(device.page) == seen
    device.context.unroute_all()
    device.asked.clear()
    wait_for(lambda: renewed(device.page) and size_kept(device.page) > seen)
    assert [url for url in device.asked if "/log/tile/0/" in url] != []


def renewed(page: Page, msgid: str = "") -> bool:
    """Renew, and tell whether the box of what the device knows then says so; with "", that all is well."""
    page.locator("#renew").click()
    page.wait_for_timeout(1000)
    if not msgid:
        return page.locator("#knowledge.tone-good").is_visible()
    return catalogue(LANGUAGE).gettext(msgid) in page.locator("#knowledge").inner_text()


def size_kept(page: Page) -> int:
    """Read how many entries the head of the log counts that the device keeps."""
    return page.evaluate(
        """async () => {
          const { load } = await import("/static/check/keeping.js");
          return Number((await load()).bundle.checkpoint.split("\\n")[1]);
        }"""
    )
