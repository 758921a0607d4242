"""A visit without network, a browser killed in the middle of a photo: nothing is missing, every hash is equal."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Playwright, Route, expect, sync_playwright
from sqlalchemy import select

from certify.extensions import db
from certify.models import Dossier, User, Visit, VisitEntry, VisitPhoto
from certify.operations.acting import Actor
from certify.operations.storage import Store
from certify.operations.visits import Plan, plan_visit
from certify.queries.calendar import casablanca_today
from certify.queries.settings import get_days_ahead
from certify.workflows.dossier import State
from tests.backends import need_chromium
from tests.browser.conftest import LANGUAGE
from tests.browser.phone import Phone
from tests.conftest import build, close
from tests.recordings import picture


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright by itself: each phone is a browser of its own."""
    need_chromium()
    with sync_playwright() as play:
        yield play


@pytest.fixture(scope="module")
def server(instance: Path, product: str) -> Iterator[Flask]:
    """The same database and files as the product serves, for who looks behind it."""
    app = build(instance, DEMONSTRATION=True)
    with app.app_context():
        yield app
        close()


@pytest.fixture
def visit(server: Flask) -> int:
    """A visit of two inspectors, planned for today."""
    people = {user.email.partition("@")[0]: user for user in db.session.scalars(select(User))}
    free = ~Dossier.id.in_(select(Visit.dossier_id))
    found = select(Dossier).where(Dossier.state == State.EXAMINATION, Dossier.rapporteur_id.is_not(None), free)
    dossier = db.session.scalars(found.order_by(Dossier.id)).first()
    now = server.config["CLOCK"]() + timedelta(days=get_days_ahead(db.session))
    actor = Actor(db.session, db.session.get_one(User, dossier.rapporteur_id), now)
    plan = Plan(casablanca_today(now), "09:30", "Atelier", "Voir la traçabilité.", late_reason="Accès coupé.")
    inspectors = [people["inspector"], people["inspector2"]]
    number = plan_visit(dossier, plan, inspectors=inspectors, actor=actor).id
    db.session.commit()
    return number


@pytest.fixture
def phone(playwright: Playwright, product: str, tmp_path: Path) -> Iterator[Callable[[str], Phone]]:
    """`phone("inspector")` is an inspector's phone, signed in, with the mission on it."""
    phones = []

    def hand(who: str) -> Phone:
        made = Phone(playwright, tmp_path / who, product, LANGUAGE)
        phones.append(made)
        made.start()
        made.go(f"/field?lang={LANGUAGE}")
        made.page.get_by_role("link", name=made.t("Sign in again")).click()
        made.sign_in(who)
        made.page.wait_for_url(re.compile("/field"))
        return made

    yield hand
    for one in phones:
        one.context.close()
    assert [one.problems for one in phones if one.problems] == []


def open_mission(phone: Phone, visit: int) -> None:
    """Open the mission, once the phone can do it without network."""
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    link = phone.page.locator(f'a[href="#{visit}"]')
    link.click()
    expect(phone.part("Checklist").get_by_role("group").first).to_be_visible()


def record_everything(phone: Phone, photo: bytes) -> None:
    """Record one thing of each kind, as an inspector does; nine things with two signatures and their pictures."""
    check = phone.part("Checklist").locator("form").nth(0)
    check.get_by_label(phone.t("Conform"), exact=True).check()
    check.get_by_label(re.compile("^" + phone.t("What you saw"))).fill("Sols propres.")
    check.get_by_role("button", name=phone.t("Record this check")).click()
    seen = phone.part("Observations")
    seen.get_by_label(re.compile("^" + phone.t("What you observe"))).first.fill("Le lot 12 manque au registre.")
    seen.get_by_label(re.compile("^" + phone.t("How grave, in your opinion"))).select_option("minor")
    seen.get_by_role("button", name=phone.t("Record the observation")).click()
    expect(seen.get_by_text("Le lot 12 manque au registre.").first).to_be_visible()
    phone.press("Record the position")
    expect(phone.part("Position").get_by_text("30.427755")).to_be_visible()
    pictures = phone.part("Photos")
    pictures.get_by_label(re.compile("^" + phone.t("What the photo shows"))).fill("Le registre")
    pictures.get_by_label(re.compile("^" + phone.t("Take or choose a photo"))).set_input_files(
        {"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo}
    )
    expect(pictures.get_by_role("img", name="Le registre")).to_be_visible()
    sign(phone, "Inspector", "Ilham Sebti")
    sign(phone, "Representative of the site", "Aïcha Amrani")


def sign(phone: Phone, role: str, name: str) -> None:
    """Let somebody sign with the finger."""
    part = phone.part("Signatures")
    part.get_by_label(phone.t(role), exact=True).check()
    part.get_by_label(re.compile("^" + phone.t("Name of the person"))).fill(name)
    frame = part.locator("canvas")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    phone.page.mouse.move(box["x"] + 20, box["y"] + 40)
    phone.page.mouse.down()
    for step in range(12):
        phone.page.mouse.move(box["x"] + 20 + 15 * step, box["y"] + 40 + (len(name) if step % 2 else 0))
    phone.page.mouse.up()
    part.get_by_role("button", name=phone.t("Record the signature")).click()
    expect(part.get_by_text(name).first).to_be_visible()


def held(visit: int) -> tuple[set[str], set[str]]:
    """Return the hashes of the entries and of the pictures that the server holds."""
    entries = set(db.session.scalars(select(VisitEntry.sha256).where(VisitEntry.visit_id == visit)))
    photos = set(db.session.scalars(select(VisitPhoto.sha256).where(VisitPhoto.visit_id == visit)))
    db.session.rollback()  # a look that goes on would keep the server from writing
    return entries, photos


def slowly(route: Route) -> None:
    """Let a part of a photo leave as on a poor line."""
    time.sleep(0.5)
    route.continue_()


def wait_for_a_part(phone: Phone, store: Store, part: str, size: int) -> int:
    """Wait until a picture has arrived in part, but not whole."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        reached = store.arrived(part)
        if 0 < reached < size:
            return reached
        phone.page.wait_for_timeout(50)
    raise AssertionError("no part of the photo arrived")


def test_killed_while_a_photo_leaves_and_offline_before(phone, server, visit):
    photo, store = picture(side=3200), Store(Path(server.instance_path) / "files")
    digest = sha256(photo).hexdigest()
    mine = phone("inspector")
    open_mission(mine, visit)
    mine.context.set_offline(True)
    mine.page.reload()
    record_everything(mine, photo)
    mine.reads("%(done)s of %(all)s received", done=0, all=9)
    before = mine.stored()
    assert held(visit) == (set(), set())

    mine.kill()
    mine.start(offline=True)
    mine.go(f"/field?lang={LANGUAGE}#{visit}")
    mine.reads("%(done)s of %(all)s received", done=0, all=9)
    assert [one["sha256"] for one in mine.stored()["entries"]] == [one["sha256"] for one in before["entries"]]

    mine.context.route(re.compile(r"/photos/\w+\?offset="), slowly)
    mine.context.set_offline(False)
    mine.page.evaluate("dispatchEvent(new Event('online'))")
    if_needed_sign_in(mine, visit)
    reached = wait_for_a_part(mine, store, f"{visit}-{digest}", len(photo))
    mine.kill()
    assert digest not in held(visit)[1]

    offsets = []
    mine.start()
    mine.page.on("request", lambda request: offsets.append(request.url) if f"{digest}?offset=" in request.url else None)
    mine.go(f"/field?lang={LANGUAGE}#{visit}")
    if_needed_sign_in(mine, visit)
    mine.reads("%(done)s of %(all)s received", done=9, all=9)
    mine.reads("The server has everything.")
    entries, photos = held(visit)
    assert entries == {one["sha256"] for one in before["entries"]}
    assert photos == {one["sha256"] for one in before["photos"]}
    assert {one["sha256"]: one["found"] for one in before["photos"]} == {name: name for name in photos}
    assert store.read(digest) == photo
    assert int(offsets[0].split("offset=")[1]) >= reached > 0


def if_needed_sign_in(phone: Phone, visit: int) -> None:
    """Sign in again if the session did not outlive the browser; the page says so, and nothing is lost."""
    expect(phone.page.locator("#standing.tone-quiet")).to_have_count(0)
    again = phone.page.get_by_role("link", name=phone.t("Sign in again"))
    phone.page.wait_for_timeout(800)
    if again.is_visible():
        again.click()
        phone.sign_in("inspector")
        phone.page.wait_for_url(re.compile("/field"))
        phone.go(f"/field?lang={LANGUAGE}#{visit}")
