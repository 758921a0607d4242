"""A meeting on three screens: what one does shows on the others’ in seconds, and nothing of it on a recused one’s."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import expect

from tests.browser.person import Person
from tests.browser.test_other_ends import IN_DELIBERATION, VOTERS

SOON = 6_000
"""Milliseconds within which another screen has followed; it asks every second."""


def open_item(member: Person) -> None:
    """Go to the item in deliberation."""
    member.go("/committee")
    member.follow_text(member.own(IN_DELIBERATION))
    if member.page.url.endswith(("ballot", "interest")):
        member.go(member.page.url.rsplit("/", 1)[0])


def revision(member: Person) -> str:
    """What the page of somebody shows."""
    return member.page.locator("[data-live]").get_attribute("data-revision")


def follows(member: Person, text: str) -> None:
    """See a text come by itself."""
    expect(member.main().get_by_text(text).locator("visible=true").first).to_be_visible(timeout=SOON)


def test_one_persons_act_shows_on_the_other_screens(person: Callable[..., Person]):
    president, voter, recused, secretary = (person(name) for name in ("president", VOTERS[4], VOTERS[5], "secretariat"))
    open_item(recused)
    recused.go(recused.page.url.removesuffix("/ballot") + "/interest")
    recused.choose("I have an interest: a conflict")
    recused.fill("What ties you to it", "Un parent y travaille")
    open_item(president)
    open_item(voter)
    recused.press("Declare")
    meeting = president.page.get_by_role("link", name="CH-", exact=False).first.get_attribute("href")
    recused.go(meeting)
    follows(president, "Un parent y travaille")
    expect(voter.main().get_by_text(voter.t("Set aside")).first).to_be_visible(timeout=SOON)

    shown, before = revision(recused), revision(president)
    focused = president.main().get_by_role("link").first
    focused.focus()
    address = voter.page.url
    voter.go(address + "/ballot")
    voter.choose("Favourable")
    voter.press("Cast my ballot")
    follows(president, president.t("Ballots in: %(cast)s of %(expected)s.", cast="3", expected="5"))
    expect(focused).to_be_focused()
    assert (revision(recused) == shown, revision(president) == before) == (True, False)

    president.context.set_offline(True)
    follows(president, president.t("Not connected since"))
    before = revision(president)
    secretary.go(f"{meeting}/attendance")
    secretary.press("Leaves")
    president.context.set_offline(False)
    expect(president.page.locator("[data-live-lost]")).to_be_hidden(timeout=2 * SOON)
    expect(president.page.locator(f'[data-revision="{before}"]')).to_have_count(0, timeout=SOON)
    expect(recused.page.locator(f'[data-revision="{shown}"]')).to_have_count(0, timeout=SOON)
    president.problems = [said for said in president.problems if "ERR_INTERNET_DISCONNECTED" not in said]
