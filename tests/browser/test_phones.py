"""Two phones on one visit, two inspectors on one phone, a full phone, a refused position, a new page."""

from __future__ import annotations

import re

from playwright.sync_api import expect
from sqlalchemy import select

from certify.extensions import db
from certify.models import VisitEntry
from tests.browser.conftest import LANGUAGE
from tests.browser.phone import Phone
from tests.browser.test_visit import (  # noqa: F401 - fixtures
    held,
    if_needed_sign_in,
    open_mission,
    phone,
    playwright,
    server,
    visit,
)
from tests.recordings import picture

# ruff: noqa: F811


def note(one: Phone, text: str) -> None:
    """Record a note."""
    form = one.page.locator('form[data-form="note"]')
    form.get_by_label(re.compile("^" + one.t("Note"))).fill(text)
    form.get_by_role("button", name=one.t("Record the note")).click()
    expect(one.page.locator('[data-list="notes"]').get_by_text(text)).to_be_visible()


def observe(one: Phone, text: str) -> None:
    """Record an observation."""
    part = one.part("Observations")
    part.get_by_label(re.compile("^" + one.t("What you observe"))).first.fill(text)
    part.get_by_role("button", name=one.t("Record the observation")).click()
    expect(part.locator("li").get_by_text(text).first).to_be_visible()


def photograph(one: Phone, content: bytes) -> None:
    """Choose a photo."""
    chosen = one.part("Photos").get_by_label(re.compile("^" + one.t("Take or choose a photo")))
    chosen.set_input_files({"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": content})


def all_received(one: Phone, number: int) -> None:
    """See that the server has as many things as the phone keeps."""
    expect(one.page.locator("#standing-text")).to_have_text(
        one.t("%(done)s of %(all)s received", done=number, all=number)
    )


def sign_out(one: Phone) -> None:
    """Sign out as everybody does, on a page of the product."""
    one.go("/visits")
    one.page.get_by_role("button", name=one.t("Sign out")).click()
    one.page.wait_for_url(re.compile("sign-in|/$|signed-out"))
    one.page.wait_for_timeout(700)


def sign_in_again(one: Phone, who: str) -> None:
    """Sign in by the link of the page."""
    one.go(f"/field?lang={LANGUAGE}")
    one.page.get_by_role("link", name=one.t("Sign in again")).click()
    one.sign_in(who)
    one.page.wait_for_url(re.compile("/field"))


def forgotten(one: Phone, visit: int) -> bool:
    """Tell whether the phone forgets a visit and all that was recorded on it, once it has asked the server."""
    for _ in range(100):
        kept = one.stored()
        if not kept["entries"] and not kept["photos"] and visit not in kept["visits"]:
            return True
        one.page.wait_for_timeout(200)
    return False


def test_two_phones_merge_and_what_comes_after_the_close_is_late(phone, server, visit):
    first, second = phone("inspector"), phone("inspector2")
    open_mission(first, visit)
    open_mission(second, visit)
    first.context.set_offline(True)
    observe(first, "Le lot 12 manque au registre.")
    first.page.locator('[data-list="observations"]').get_by_role("button", name=first.t("Take a photo of it")).click()
    photograph(first, picture())
    expect(first.part("Photos").locator("li").get_by_text("Le lot 12 manque au registre.")).to_be_visible()
    observe(second, "Sols propres.")
    all_received(second, 1)
    first.context.set_offline(False)
    first.page.evaluate("dispatchEvent(new Event('online'))")
    all_received(first, 3)
    expect(first.part("Observations").get_by_text("Sols propres.").first).to_be_visible()
    second.page.evaluate("dispatchEvent(new Event('online'))")
    expect(second.part("Observations").get_by_text("Le lot 12 manque au registre.").first).to_be_visible()
    all_received(second, 1)
    assert len(held(visit)[0]) == 3

    second.context.set_offline(True)
    note(second, "Vu après coup.")
    first.go(f"/visits/{visit}")
    first.page.locator("textarea").fill("Visite faite avec la gérante.")
    first.press("Close the visit")
    first.page.wait_for_load_state()
    first.go(f"/field?lang={LANGUAGE}")
    expect(first.page.locator(f'a[href="#{visit}"]')).to_have_count(0)
    assert forgotten(first, visit)
    kept = second.stored()
    assert (len(kept["entries"]), visit in kept["visits"]) == (2, True)

    second.context.set_offline(False)
    second.page.evaluate("dispatchEvent(new Event('online'))")
    expect(second.page.locator(f'a[href="#{visit}"]')).to_have_count(0)
    expect(second.page.locator("#standing-text")).to_have_text(second.t("Nothing to send"))
    assert forgotten(second, visit)
    late = list(db.session.scalars(select(VisitEntry.is_late).where(VisitEntry.visit_id == visit).order_by("id")))
    db.session.rollback()
    assert late == [False, False, False, True]
    first.go(f"/visits/{visit}/report?lang={LANGUAGE}")
    for text in ("Sols propres.", "Le lot 12 manque au registre.", "Vu après coup."):
        expect(first.page.get_by_text(text).first).to_be_visible()
    expect(first.page.get_by_role("heading", name=first.t("Arrived after the close"))).to_be_visible()
    seen = first.page.locator("li.document").filter(has_text="Le lot 12 manque au registre.")
    expect(seen.locator("img")).to_have_count(1)


def test_what_one_left_on_a_shared_phone_waits_for_them(phone, server, visit):
    shared = phone("inspector")
    open_mission(shared, visit)
    blocked = re.compile("/entries/")
    shared.context.route(blocked, lambda route: route.abort())
    note(shared, "À envoyer plus tard.")
    sign_out(shared)
    assert len(shared.stored()["entries"]) == 1
    shared.go(f"/field?lang={LANGUAGE}")
    shared.reads("Things recorded on this phone are not sent yet: whoever recorded them must sign in here.")
    shared.context.unroute(blocked)
    sign_in_again(shared, "inspector2")
    shared.reads("Somebody else recorded things on this phone that are not sent yet: they must sign in here.")
    expect(shared.page.locator("#standing-text")).to_have_text(shared.t("Nothing to send"))
    assert held(visit)[0] == set()
    sign_out(shared)
    sign_in_again(shared, "inspector")
    all_received(shared, 1)
    expect(shared.page.locator("#others")).to_be_hidden()
    [name] = [one["sha256"] for one in shared.stored()["entries"]]
    assert held(visit)[0] == {name}
    sign_out(shared)
    assert (shared.stored()["entries"], shared.stored()["visits"]) == ([], [])


def test_a_full_phone_and_a_refused_position_lose_nothing(phone, server, visit):
    mine = phone("inspector")
    open_mission(mine, visit)
    observe(mine, "Sols propres.")
    all_received(mine, 1)
    mine.context.close()
    mine.start()
    session = mine.context.new_cdp_session(mine.page)
    session.send("Storage.overrideQuotaForOrigin", {"origin": mine.address, "quotaSize": 1000})
    mine.go(f"/field?lang={LANGUAGE}#{visit}")
    caption = mine.part("Photos").get_by_label(re.compile("^" + mine.t("What the photo shows")))
    caption.fill("Le registre")
    photograph(mine, picture(side=1600))
    mine.reads("This phone’s storage is full. Nothing was recorded: free some space, then do it again.")
    expect(caption).to_have_value("Le registre")
    assert (len(mine.stored()["entries"]), mine.stored()["photos"]) == (1, [])
    session.send("Storage.overrideQuotaForOrigin", {"origin": mine.address})
    photograph(mine, picture(side=1600))
    expect(mine.part("Photos").get_by_role("img", name="Le registre")).to_be_visible()
    if_needed_sign_in(mine, visit)
    all_received(mine, 3)

    mine.context.clear_permissions()
    mine.press("Record the position")
    mine.reads("The phone gives no position: it was refused or cannot be found. Describe the place in words instead.")
    mine.page.keyboard.type("Douar Tighmi, après le pont")
    mine.press("Record the place in words")
    all_received(mine, 4)
    expect(mine.part("Position").get_by_text("Douar Tighmi, après le pont").first).to_be_visible()


def test_a_new_version_of_the_page_replaces_the_old_and_keeps_what_is_recorded(phone, server, visit):
    mine = phone("inspector")
    open_mission(mine, visit)
    mine.context.route(re.compile("/entries/"), lambda route: route.abort())
    note(mine, "Écrit sous l’ancienne version.")
    before = mine.stored()["entries"]
    mine.page.evaluate(
        """async (path) => {
          for (const one of await navigator.serviceWorker.getRegistrations()) await one.unregister();
          for (const name of await caches.keys()) await caches.delete(name);
          await (await caches.open("certify-field-0000")).put(path, new Response("old"));
          await (await caches.open("another")).put(path, new Response("another"));
        }""",
        f"/field?lang={LANGUAGE}",
    )
    mine.go(f"/field?lang={LANGUAGE}")
    mine.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    mine.page.wait_for_function("caches.keys().then((names) => !names.includes('certify-field-0000'))")
    names = mine.page.evaluate("caches.keys()")
    assert sorted(re.sub(r"[0-9a-f]{16}$", "", name) for name in names) == ["another", "certify-field-"]
    mine.context.set_offline(True)
    mine.page.reload()
    assert mine.stored()["entries"] == before
    mine.page.locator(f'a[href="#{visit}"]').click()
    expect(mine.page.locator('[data-list="notes"]').get_by_text("Écrit sous l’ancienne version.")).to_be_visible()
