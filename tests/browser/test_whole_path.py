"""The whole path, walked by labels and roles: from a cooperative that signs up to a jar that anyone can check."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from certify.operations.rehearsal import conforming
from certify.queries.reference import get_province
from certify.queries.regulations import get_regulation
from certify.workflows.criteria import Answer
from tests.backends import need_tool
from tests.browser.person import Person
from tests.factories import a_pdf, a_photo

MEMBERS = ("member1", "member2", "member3", "member4", "member5")
SAT = ("president", *MEMBERS[:4])
PASSWORD = "un-rucher-sous-les-euphorbes"
EMAIL = "naima@demo.example.com"
ICE = "999200000000189"
PRODUCT = {"fr": "Miel d’oranger", "ar": "عسل زهر الليمون"}


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """A document and a photo on the phone of the cooperative."""
    kept = {"pdf": tmp_path / "document.pdf", "photo": tmp_path / "pot.jpg"}
    kept["pdf"].write_bytes(a_pdf())
    kept["photo"].write_bytes(a_photo((640, 480)))
    return kept


def test_from_a_request_to_a_valid_label(person: Callable[..., Person], files, tmp_path):
    producer = person(None)
    sign_up(producer)
    describe(producer)
    number = file_request(producer, files)
    find_complete(person("secretariat"), number)
    examine(person("rapporteur"), number)
    meeting = convene(person("secretariat"), number)
    advance(producer, 14)
    decide(person, meeting, number)
    sign_minutes(person, meeting)
    licence = authorise(person, producer, number)
    verify(person, producer, licence, tmp_path)


def sign_up(producer: Person) -> None:
    """Open an account, confirm the address by the letter received, sign in."""
    producer.go("/sign-up")
    producer.fill("Name in French", "Coopérative Azarif")
    producer.fill("Name in Arabic", "تعاونية أزاريف")
    producer.select("Legal form", producer.t("Cooperative"))
    producer.choose("Producer and packer")
    producer.fill("ICE number", ICE)
    producer.fill("First and last name", "Naima Azarif")
    producer.fill("E-mail address", EMAIL)
    producer.choose({"fr": "Français", "ar": "العربية", "en": "English"}[producer.language])
    producer.fill("Password", PASSWORD)
    producer.press("Create the account")
    producer.go("/demonstration/mail")
    producer.main().locator("a[href*=confirm]").first.click()
    producer.fill("Password", PASSWORD)
    producer.press("Confirm the address and open the account")


def describe(producer: Person) -> None:
    """Say who the organisation is and where the product is made."""
    producer.go("/account/organisation")
    for label, value in {
        "Number of members": "24",
        "Of whom women": "24",
        "Tax identifier (IF)": "40123456",
        "Number in the local register of cooperatives": "17/2021",
        "Court that keeps the register": "Tiznit",
        "Address": "Douar Azarif",
        "Commune": "Tighmi",
        "Telephone": "06 12 34 56 78",
        "First and last name of the representative": "Naima Azarif",
        "In what capacity": "Présidente",
        "Identity card number (CNIE)": "jk 123456",
    }.items():
        producer.fill(label, value)
    province = get_province(29).label[producer.language]
    producer.select("Province or prefecture", province)
    producer.press("Save the particulars")
    producer.go("/account/sites")
    producer.follow("Add a site")
    for label, value in {
        "Name of the site": "Miellerie Azarif",
        "Address": "Douar Azarif",
        "Commune": "Tighmi",
    }.items():
        producer.fill(label, value)
    producer.select("Province or prefecture", province)
    producer.choose("Authorised or approved by ONSSA")
    producer.fill("ONSSA number", "m.29.214.24")
    producer.press("Save the site")
    producer.sees("M.29.214.24")


def file_request(producer: Person, files: dict[str, Path]) -> str:
    """Write the request step by step, attach every document, file it; return its number."""
    regulation = get_regulation("2026-1")
    producer.go("/dossiers")
    producer.follow("Start a request")
    producer.select("Value chain", regulation.filiere("honey").label[producer.language])
    producer.choose("Food")
    producer.press("Show what I will need")
    producer.fill("Name of the product in French", PRODUCT["fr"])
    producer.fill("Name of the product in Arabic", PRODUCT["ar"])
    producer.press("Start the request")
    producer.fill("Net content", "250")
    producer.select("Unit", "g")
    producer.fill("Packaging", "Pot en verre")
    producer.press("Save and go on")
    for label in ("Area of origin", "Raw material", "Ingredients", "How it is made", "What it owes to its place"):
        producer.fill(label, "Comme nous le faisons depuis toujours, à Tighmi.")
    producer.fill("How it is kept", "Au frais")
    producer.fill("Quantity made in a year", "800 kg")
    producer.press("Save and go on")
    producer.choose("Miellerie Azarif")
    producer.press("Save and go on")
    producer.press("Save and go on")
    attach(producer, files)
    producer.follow("Go on to the check")
    producer.reads("Nothing is missing")
    producer.choose("I commit myself to respect the regulations of use")
    producer.press("File the dossier")
    number = re.search(r"DEM-\d{4}-\d{5}", producer.main().inner_text()).group()
    assert producer.download(f"/papers/REC-{number}.pdf")[:5] == b"%PDF-"
    return number


def attach(producer: Person, files: dict[str, Path]) -> None:
    """Send each required document on its own, until none is asked for."""
    listing, today = producer.page.url, producer.today()
    producer.go(listing)
    while producer.main().get_by_text(producer.t("To send"), exact=True).count():
        entry = producer.main().locator("li", has=producer.page.get_by_text(producer.t("To send"), exact=True)).first
        is_photo = entry.locator("#product_photo").count()
        inputs = entry.locator("input[type=file]")
        if inputs.count():
            inputs.set_input_files(files["photo" if is_photo else "pdf"])
            entry.locator("button[type=submit]").click()
        else:
            entry.get_by_role("link", name=producer.t("Send this document")).click()
            producer.field("The document").set_input_files(files["pdf"])
            if producer.field("Date of the document").count():
                producer.field("Date of the document").fill(today.isoformat())
            producer.page.get_by_role("button", name=producer.t("Send"), exact=True).click()
        producer.page.wait_for_load_state()
        producer.go(listing)


def open_dossier(official: Person, number: str) -> None:
    """Find a dossier on the secretariat's desk, by its number or its product."""
    official.go("/office")
    official.fill("Number, product or applicant", number)
    official.press("Search")
    official.main().get_by_role("row", name=re.compile(number)).get_by_role("link").first.click()
    official.page.wait_for_load_state()
    official.look()


def find_complete(secretary: Person, number: str) -> None:
    """Take the file up, check every document, declare it admissible, appoint the rapporteur."""
    open_dossier(secretary, number)
    secretary.follow("Take up the dossier")
    secretary.press("Take up the dossier")
    secretary.follow("Check the documents")
    for box in secretary.main().get_by_label(secretary.t("Conforming"), exact=True).all():
        box.check()
    secretary.press("Save what I found")
    open_dossier(secretary, number)
    secretary.follow("Declare admissible")
    secretary.press("Declare admissible")
    open_dossier(secretary, number)
    secretary.follow("Appoint the rapporteur")
    secretary.main().get_by_label(re.compile("Rachid Ouahbi")).check()
    secretary.press("Appoint the rapporteur")


def examine(rapporteur: Person, number: str) -> None:
    """Close the tasks, fill in the grid, every criterion with its evidence, and submit the report."""
    rapporteur.go("/missions")
    rapporteur.main().locator("tr", has_text=number).get_by_role("link").first.click()
    rapporteur.page.wait_for_load_state()
    rapporteur.reads("The examination of the documents is not concluded.")
    for task, ruling in (("documents", "Concluded"), ("visit", "Not needed"), ("sampling", "Not needed")):
        rapporteur.main().locator(f"a[href$='/tasks/{task}']").click()
        rapporteur.choose(ruling)
        rapporteur.fill("Your conclusion or reason", "Pièces concordantes ; site visité cette année.")
        rapporteur.press("Keep this ruling")
    rapporteur.follow("Fill in the grid")
    evidence = get_regulation("2026-1").document("test_reports").label[rapporteur.language]
    for criterion in get_regulation("2026-1").criteria_for("honey", "food"):
        row = rapporteur.page.locator(f"li[id='{criterion.code}']")
        value = row.locator("[name$='-value']")
        if criterion.answer is Answer.PRESENCE:
            value.select_option(conforming(criterion))
        else:
            value.fill(conforming(criterion))
        proof = row.get_by_label(rapporteur.t("Evidence"))
        proof.select_option(value=proof.locator("option", has_text=evidence).first.get_attribute("value"))
    rapporteur.fill("Laboratory", "Laboratoire de démonstration")
    rapporteur.press("Save the grid")
    rapporteur.go(rapporteur.page.url.replace("/grid", "/report"))
    for section in get_regulation("2026-1").report_sections:
        rapporteur.go(re.sub("/report.*", f"/report/{section.code}", rapporteur.page.url))
        if section.code == "proposal":
            rapporteur.choose("Favourable")
        rapporteur.page.locator("textarea[name=text]").fill("Origine, procédé et analyses vérifiés.")
        rapporteur.press("Save and go on")
    rapporteur.follow("Read the report once more")
    rapporteur.press("Submit the report")
    rapporteur.reads("Report of the rapporteur")


def convene(secretary: Person, number: str) -> str:
    """Plan a meeting in two weeks with the dossier on its agenda, and convene it; return its address."""
    held_on = secretary.today() + timedelta(days=14)
    secretary.go("/meetings")
    secretary.follow("Plan a meeting")
    secretary.fill("Day of the meeting", held_on.isoformat())
    secretary.fill("Time", "10:00")
    secretary.fill("Place", "Rabat")
    secretary.press("Plan the meeting")
    meeting = secretary.page.url.removesuffix("/agenda")
    secretary.main().get_by_label(re.compile(number)).check()
    secretary.press("Put on the agenda")
    secretary.go(meeting)
    secretary.follow("Convene the meeting")
    secretary.press("Convene the meeting")
    return meeting


def advance(anybody: Person, days: int) -> None:
    """Let days pass in the demonstration."""
    anybody.go("/demonstration")
    for step, label in ((10, "10 days"), (1, "1 day")):
        while days >= step:
            anybody.press(label)
            days -= step


def decide(person: Callable[..., Person], meeting: str, number: str) -> None:
    """Declare interests, one of them a conflict; reach the quorum; vote; close."""
    secretary, president, recused = person("secretariat"), person("president"), person("member3")
    secretary.go(meeting + "/attendance")
    for name in ("Pia Fassi", "Brahim Naciri", "Bouchra El Amrani", "Badr Skalli", "Btissam Ziani"):
        seat = secretary.main().locator("form", has_text=name)
        seat.get_by_role("button", name=secretary.t("Arrives"), exact=True).click()
        secretary.page.wait_for_load_state()
    item = declare(president, meeting, number)
    for member in MEMBERS[:4]:
        declare(person(member), meeting, number, is_conflict=member == "member3")
    president.go(meeting)
    president.press("Open the meeting")
    president.go(item)
    president.press("Open the item")
    for voter in (president, person("member1"), person("member2"), person("member4")):
        voter.go(item)
        voter.follow("Cast my ballot")
        voter.choose("Favourable")
        voter.press("Cast my ballot")
        voter.reads("Your ballot is in")
    assert recused.context.request.get(item).status == 403
    assert number not in recused.context.request.get(meeting).text()
    president.go(item)
    president.press("Close the vote")
    president.reads("Approved")


def declare(member: Person, meeting: str, number: str, *, is_conflict: bool = False) -> str:
    """Declare an interest in the one dossier of the meeting, or none; return the address of its item."""
    member.go(meeting)
    member.main().get_by_role("row", name=re.compile(number)).get_by_role("link").first.click()
    member.page.wait_for_load_state()
    item = member.page.url
    member.follow("Declare")
    if is_conflict:
        member.choose("I have an interest: a conflict")
        member.fill("What ties you to it", "Ma sœur dirige la coopérative.")
    else:
        member.choose("I have no interest in this dossier")
    member.press("Declare")
    return item


def sign_minutes(person: Callable[..., Person], meeting: str, sat: tuple[str, ...] = SAT) -> None:
    """Close the meeting; propose the minutes, have who sat approve them, sign them as secretary, then as president."""
    president, secretary = person("president"), person("secretariat")
    president.go(meeting)
    president.follow("Close the meeting")
    president.press("Close the meeting")
    secretary.go(meeting)
    secretary.follow("Draw up the minutes")
    secretary.press("Draw up the minutes")
    for role in sat:
        member = person(role)
        member.go(f"{meeting}/minutes")
        member.press("Approve these minutes")
    secretary.go(meeting)
    secretary.follow("Sign the minutes as secretary")
    secretary.press("Sign the minutes as secretary")
    secretary.reads("Signed by the secretary")
    president.go(meeting)
    president.follow("Sign the minutes")
    president.press("Sign the minutes")
    president.reads("Minutes signed")
    held = president.main().inner_text()
    minutes = president.download(f"/papers/PV-{re.search(r'CH-[0-9]{4}-[0-9]{2}', held).group()}.pdf")
    assert minutes[:5] == b"%PDF-"


def authorise(person: Callable[..., Person], producer: Person, number: str) -> str:
    """Notify, sign the contract of use, sign the authorisation; return the number of the licence."""
    secretary, signatory = person("secretariat"), person("signatory")
    today = secretary.today()
    open_dossier(secretary, number)
    secretary.follow("Record the notification")
    secretary.choose("Opened in the applicant’s account")
    secretary.fill("Day of receipt", today.isoformat())
    secretary.press("Record the notification")
    producer.go("/dossiers")
    producer.follow_text(PRODUCT[producer.language])
    assert producer.download(f"/papers/DEC-{number}.pdf")[:5] == b"%PDF-"
    producer.follow("Read and sign the contract")
    producer.main().get_by_role("checkbox").check()
    producer.press("Sign the contract of use")
    signatory.go("/licences?state=to_sign")
    waiting = signatory.main().get_by_role("row", name=re.compile(PRODUCT[signatory.language]))
    signatory.go(waiting.get_by_role("link").first.get_attribute("href"))
    signatory.follow("Sign the authorisation")
    signatory.press("Sign the authorisation")
    return re.search(r"TDM-\d{2}-\d{4}-\d{4}-\w", signatory.page.locator("body").inner_text()).group()


def verify(person: Callable[..., Person], producer: Person, licence: str, folder: Path) -> None:
    """Cut the QR out of the picture of the certificate, decode it with another's decoder, open what it says."""
    certificate = folder / "certificate.pdf"
    certificate.write_bytes(producer.download(f"/papers/CERT-{licence}-1.pdf"))
    subprocess.run([need_tool("pdftoppm"), "-r", "200", "-png", certificate, folder / "page"], check=True)
    page = Image.open(folder / "page-1.png")
    found = zxingcpp.read_barcodes(page, formats=zxingcpp.BarcodeFormat.QRCode)
    corners = found[0].position
    box = (corners.top_left.x - 30, corners.top_left.y - 30, corners.bottom_right.x + 30, corners.bottom_right.y + 30)
    cut = zxingcpp.read_barcodes(page.crop(box), formats=zxingcpp.BarcodeFormat.QRCode)
    assert [code.text for code in cut] == [found[0].text]
    consumer = person("nobody", role=None)
    consumer.go(cut[0].text)
    expect(consumer.page.get_by_role("heading", level=1)).to_have_text(consumer.t("Valid label"))
    consumer.sees(PRODUCT[consumer.language])
    consumer.sees(licence)
