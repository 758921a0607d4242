"""The other ends of a request: completed once on demand; adjourned by the committee; refused with its reasons."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from playwright.sync_api import expect

from certify.queries.regulations import get_regulation
from tests.browser.person import Person
from tests.browser.test_whole_path import open_dossier, sign_minutes
from tests.factories import a_pdf

VOTERS = ("president", "member1", "member2", "member3", "member4", "member5")
SAT = (*VOTERS, "expert")
"""Who reads the minutes: the six who vote, and the one who gives opinions."""

IN_DELIBERATION = {
    "fr": "Cumin beldi, nouvelle présentation",
    "ar": "كمون بلدي، تقديم جديد",
    "en": "Beldi cumin, new presentation",
}
NEXT = {
    "fr": "Ghassoul en plaques, nouvelle présentation",
    "ar": "غاسول صفائح، تقديم جديد",
    "en": "Ghassoul in flakes, new presentation",
}
"""The two items of the meeting that the demonstration leaves under way; two of six ballots are in on the first."""

TO_CHECK = {"fr": "Huile d’argan alimentaire", "ar": "زيت أركان الغذائية", "en": "Edible argan oil"}
"""A dossier of the first applicant of the demonstration, at its completeness check."""


def test_a_complement_is_asked_once_answered_and_found_complete(person: Callable[..., Person], tmp_path: Path):
    secretary, producer = person("secretariat"), person("applicant")
    number = ask_complement(secretary)
    answer(producer, tmp_path)
    open_dossier(secretary, number)
    assert not secretary.page.get_by_role("link", name=secretary.t("Request a complement"), exact=True).count()
    secretary.follow("Check the documents")
    for box in secretary.main().get_by_label(secretary.t("Conforming"), exact=True).all():
        box.check()
    secretary.press("Save what I found")
    open_dossier(secretary, number)
    secretary.follow("Declare admissible")
    secretary.press("Declare admissible")
    producer.go("/dossiers")
    producer.reads("Admissible")


def ask_complement(secretary: Person) -> str:
    """Ask for a newer test report; return the number of the dossier."""
    open_dossier(secretary, secretary.own(TO_CHECK))
    number = re.search(r"DEM-\d{4}-\d{5}", secretary.main().inner_text()).group()
    secretary.follow("Request a complement")
    label = get_regulation("2026-1").document("test_reports").label[secretary.language]
    if not secretary.main().get_by_label(label, exact=True).is_visible():
        secretary.page.get_by_text(secretary.t("Ask for another document")).click()
    asked = secretary.main().locator("li.document", has=secretary.page.get_by_label(label, exact=True))
    asked.get_by_label(label, exact=True).check()
    asked.get_by_role("textbox").fill("Un bulletin de moins de douze mois.")
    secretary.press("Send the request to the applicant")
    return number


def answer(producer: Person, folder: Path) -> None:
    """Answer the one point with a document, and send it all."""
    report = folder / "bulletin.pdf"
    report.write_bytes(a_pdf(2))
    producer.go("/dossiers")
    producer.follow_text(producer.own(TO_CHECK))
    producer.main().locator("a[href$=complement]").first.click()
    producer.page.wait_for_load_state()
    producer.press("Send the complement")
    producer.reads("Every point of the request needs an answer.")
    producer.follow("Answer this point")
    producer.field("The document").set_input_files(report)
    producer.press("Keep this answer")
    producer.press("Send the complement")


def test_one_item_is_adjourned_the_next_refused_and_the_letters_follow(person: Callable[..., Person]):
    president = person("president")
    meeting, first, second = items(president)
    for name in ("president", "member3", "member4", "member5"):
        vote(person(name), first, "Adjourn", "Une seconde analyse, par un autre laboratoire.")
    today = president.today()
    president.go(first)
    president.press("Close the vote")
    president.follow("State what follows")
    president.choose("The applicant (the legal delay stops)")
    president.fill("By when", (today + timedelta(days=30)).isoformat())
    president.press("State the terms")
    president.go(second)
    president.press("Open the item")
    for name in VOTERS:
        vote(person(name), second, "Unfavourable", "L’origine n’est pas établie.")
    president.go(second)
    president.press("Close the vote")
    president.follow("State what follows")
    president.fill("Or article of the regulation", "art. 3")
    president.fill("The fact", "La carrière citée n’est pas celle de la coopérative.")
    president.fill("The evidence", "Rapport du rapporteur, page 2.")
    president.press("Save the reasons")
    sign_minutes(person, meeting, SAT)
    letter_follows(person("secretariat"))


def items(president: Person) -> tuple[str, str, str]:
    """Return the addresses of the meeting under way and of its two items."""
    president.go("/committee")
    found = []
    for product in (IN_DELIBERATION, NEXT):
        president.go("/committee")
        president.follow_text(president.own(product))
        if president.page.url.endswith(("ballot", "interest")):
            president.go(president.page.url.rsplit("/", 1)[0])
        found.append(president.page.url)
    president.page.locator("main a[href*='/meetings/']").first.click()
    president.page.wait_for_load_state()
    return president.page.url, found[0], found[1]


def vote(member: Person, item: str, choice: str, words: str) -> None:
    """Cast a ballot with its words."""
    member.go(item)
    member.follow("Cast my ballot")
    member.choose(choice)
    member.fill("Your words", words)
    member.press("Cast my ballot")
    member.reads("Your ballot is in")


def letter_follows(secretary: Person) -> None:
    """The refusal has its letter; the adjournment is the applicant's turn."""
    secretary.go("/office")
    secretary.fill("Number, product or applicant", secretary.own(IN_DELIBERATION))
    secretary.press("Search")
    expect(secretary.main().get_by_role("row", name=re.compile(secretary.t("Adjourned")))).to_be_visible()
    open_dossier(secretary, secretary.own(NEXT))
    number = re.search(r"DEM-\d{4}-\d{5}", secretary.main().inner_text()).group()
    assert secretary.download(f"/papers/DEC-{number}.pdf")[:5] == b"%PDF-"
