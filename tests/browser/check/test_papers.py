"""A paper dropped on `/check`: with network the register tells what it is, without it the seal inside does."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

from flask import Flask
from playwright.sync_api import expect
from sqlalchemy import select

from certify.extensions import db
from certify.models import Licence, Paper, PaperFile
from certify.models.paper import PaperKind
from certify.operations.storage import Store
from certify.pdf.render import render
from certify.trust.paper import attach, seal_pdf
from certify.trust.paper_keys import read_paper_sealer
from certify.workflows.licence import State
from tests.browser.check.device import Device, wait_for
from tests.browser.conftest import LANGUAGE
from tests.pdf import samples
from tests.trust import sealing
from tests.trust.kept import updated


def paper_of(server: Flask, number: str) -> bytes:
    """A certificate of a licence, sealed by the product; pyHanko wants a thread without a loop of its own."""

    def made() -> bytes:
        content = attach(render(samples.certificate()), f"CERT-{number}-1", at=samples.ISSUED)
        return seal_pdf(content, read_paper_sealer(Path(server.config["KEYS"])), datetime.now(UTC))

    with ThreadPoolExecutor(1) as apart:
        return apart.submit(made).result()


def number_in(state: State) -> str:
    """The number of a licence in a state."""
    found = db.session.scalars(select(Licence.number).where(Licence.state == state).order_by(Licence.id)).first()
    db.session.rollback()
    return found


SINCE = {"fr": "depuis le [0-9]+ ", "ar": "منذ [0-9]+ ", "en": "since [0-9]+ "}


WHOLE = "Proved here: the seal inside was made by the label, and what it covers was not changed in anything."


ELSEWHERE = "The file names the authorisation %(number)s. How that stands is proved; that the file is of it is not."


def test_without_network_each_paper_gets_its_own_answer(device: Device, server: Flask):
    active, withdrawn = number_in(State.ACTIVE), number_in(State.WITHDRAWN)
    genuine, ended = paper_of(server, active), paper_of(server, withdrawn)
    device.open()
    device.offline()

    device.drop(genuine)
    told = device.answers("paper-intact", "The label sealed this paper, and it is unchanged")
    assert (device.t(WHOLE) in told, device.t("Valid label") in told) == (True, True)
    device.drop(ended)
    told = device.answers("paper-outlived-here", "The label sealed this paper, but its authorisation no longer stands")
    assert (device.t(WHOLE) in told, device.t("Withdrawn label") in told) == (True, True)
    since = device.page.locator("#answer li.proved", has_text=re.compile(SINCE[LANGUAGE]))
    expect(since).to_be_visible()

    device.drop(genuine[:3000] + bytes([genuine[3000] ^ 1]) + genuine[3001:])
    told = device.answers("paper-broken", "This paper was altered")
    assert (device.t(WHOLE) in told, device.t(ELSEWHERE, number=active) in told) == (False, True)
    assert device.t("Valid label") not in told
    device.drop(updated(ended))
    told = device.answers("paper-appended", "Something was added to this paper after its seal")
    assert (device.t(ELSEWHERE, number=withdrawn) in told, device.t("Withdrawn label") in told) == (True, True)


def test_numbers_in_an_answer_break_behind_their_separators_and_a_hash_anywhere(device: Device, server: Flask):
    device.open()
    device.offline()
    content = b"%PDF-1.7 <dc:identifier>CERT-TDM-09</dc:identifier>"
    device.drop(content)
    device.answers("paper-unsealed", "No seal of the label was found in this file")
    written = [code.inner_html() for code in device.page.locator("#answer bdi.code").all()]
    assert written == [sha256(content).hexdigest(), "CERT-<wbr>TDM-<wbr>09"]


def test_without_network_a_paper_of_somebody_else_is_not_called_false(device: Device, server: Flask):
    device.open()
    device.offline()
    device.drop(b"%PDF-1.7 <dc:identifier>CERT-1</dc:identifier>")
    told = device.answers("paper-unsealed", "No seal of the label was found in this file")
    assert device.t("It calls itself %(number)s.", number="CERT-1") in told
    with ThreadPoolExecutor(1) as apart:
        device.drop(apart.submit(sealing.sealed).result())
    device.answers("paper-cannot_check-unknown_seal", "Cannot check right now")


def test_with_network_what_the_register_does_not_hold_is_told_by_its_seal(device: Device, server: Flask):
    sealed_only = paper_of(server, number_in(State.ACTIVE))
    device.open()
    device.drop(sealed_only)
    device.answers("paper-unrecorded", "This seal cannot be confirmed")
    device.drop(updated(sealed_only))
    device.answers("paper-appended", "Something was added to this paper after its seal")
    device.drop(b"%PDF-1.7 <dc:identifier>CERT-1</dc:identifier>")
    device.answers("paper-unknown", "The label did not issue this very file")


def test_a_paper_is_compared_with_the_register_by_its_fingerprint_alone(device: Device, server: Flask):
    device.open()
    wait_for(lambda: printed() is not None)
    content = Store(Path(server.instance_path) / "files").read(printed())
    device.asked.clear()
    paper = {"name": "a.pdf", "mimeType": "application/pdf", "buffer": content}
    device.page.locator("#file").set_input_files(paper)
    device.answers("paper-genuine", "This paper is genuine")
    device.page.locator("#file").set_input_files(paper | {"buffer": content[:-1] + b" "})
    told = device.answers("paper-broken", "This paper was altered")
    assert device.t("It calls itself %(number)s.", number="").strip(" .") in told
    assert [url for url in device.asked if url.endswith("/check/paper")] == []


def printed() -> str | None:
    """The fingerprint of a receipt that the product has printed meanwhile: no later paper takes its place."""
    receipts = select(PaperFile.sha256).join(Paper).where(Paper.kind == PaperKind.RECEIPT)
    found = db.session.scalars(receipts.order_by(Paper.id.desc()).limit(1)).first()
    db.session.rollback()
    return found
