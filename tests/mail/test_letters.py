"""The letters: each kind in each language, with nothing missing and one address."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from certify.mail import letters
from certify.mail.letters import LANGUAGES, READERS, Unwritten, render, write_day

FOLDER = Path(letters.__file__).parent / "letters"
KINDS = sorted({path.name.split(".")[0] for path in FOLDER.glob("*.txt")} - {"frame"})
LINK = "https://label.example.ma/dossiers/7"
EVERYTHING = {
    "name": "Alice Amrani", "link": LINK, "host": "label.example.ma", "number": "DEM-2026-00042",
    "product_fr": "Miel d’euphorbe", "product_ar": "عسل الدغموس", "on": "2026-09-14", "due_on": "2026-10-01",
    "until": "2026-09-17", "hours": 2, "used": 45, "limit": 60, "valid_from": "2026-09-14", "valid_to": "2029-09-13",
    "licence": "TDM-09-2026-0107-K", "held_on": "2026-10-06", "starts_at": "09:30", "place": "Rabat", "items": 3,
    "is_second": True, "is_urgent": True, "reason": "Étiquette", "awaited": "Une analyse", "awaited_from": "applicant",
    "organisation_fr": "Coopérative Tighmi", "organisation_ar": "تعاونية تيغمي", "state": "approved",
    "documents_by": "2026-10-04", "visit_by": "2026-10-29", "sampling_by": "2026-10-29",
    "inspectors": "Ines Test", "is_changed": True, "to_prepare": "Les ruches", "cancellation": "Route coupée",
    "seat_fr": "Office des coopératives", "seat_ar": "مكتب التعاون", "holding": "alternate",
    "year": 2027, "urgency": "Récolte", "minimum": 3, "seen_on": "2026-09-10",
    "is_late": True, "count": 12, "more": 2, "cases": [
        {"signal": "spread", "visits": 7, "since": "2026-09-02", "regions_fr": ["Souss-Massa", "Oriental"],
         "regions_ar": ["سوس ماسة", "الشرق"], "regions_en": ["Souss-Massa", "Oriental"], "abroad": []},
        {"signal": "reported", "visits": 1, "since": "2026-09-03",
         "regions_fr": [], "regions_ar": [], "regions_en": [], "abroad": []},
    ],
}  # fmt: skip
NEEDED = ("name", "link", "host", "product_fr", "until", "hours", "used", "limit", "valid_to", "held_on", "starts_at",
          "place", "due_on", "awaited", "on", "seat_fr", "holding", "year", "seen_on", "is_late", "count", "more",
          "cases")  # fmt: skip
ARABIC = re.compile("[\u0621-\u064a]")


def test_every_kind_is_written_in_every_language():
    assert {path.name for path in FOLDER.iterdir()} == {
        f"{kind}.{language}.txt" for kind in [*KINDS, "frame"] for language in LANGUAGES
    }


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_letter_is_whole_for_every_reader(kind, language):
    for reader in READERS:
        for facts in (EVERYTHING, {name: EVERYTHING[name] for name in NEEDED}):
            letter = render(kind, language, facts | {"reader": reader})
            assert letter.text.count(LINK) == 1
            assert LINK in letter.text.splitlines()
            assert letter.subject == letter.subject.strip() != ""
            assert not re.search(r"None|[{}]|  |\n\n\n", letter.subject + letter.text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_paragraphs_stand_apart(kind, language):
    for reader in READERS:
        body = render(kind, language, EVERYTHING | {"reader": reader}).text.split("\n--\n")[0]
        lines = body.splitlines()
        touching = [below for above, below in pairwise(lines) if above and below]
        assert touching in ([], [LINK])


@pytest.mark.parametrize("kind", KINDS)
def test_letter_speaks_the_language_of_its_reader(kind):
    facts = EVERYTHING | {"name": "أليس", "place": "الرباط", "reason": "الملصق", "awaited": "تحليل"}
    facts |= {"urgency": "الجني", "inspectors": "إيناس", "to_prepare": "المناحل", "cancellation": "الطريق مقطوعة"}
    arabic = render(kind, "ar", facts).text.replace(LINK, "").replace("label.example.ma", "").replace("(ICE)", "")
    assert re.findall(r"[A-Za-zÀ-ÿ]{2,}", arabic.replace("TDM-09-2026-0107-K", "")) == []
    for language in ("fr", "en"):
        assert ARABIC.search(render(kind, language, EVERYTHING).text) is None


@pytest.mark.parametrize("language", LANGUAGES)
def test_subject_begins_with_the_number(language):
    assert render("dossier_filed", language, EVERYTHING).subject.startswith("DEM-2026-00042 – ")
    assert "DEM" not in render("confirm_address", language, EVERYTHING | {"number": None}).subject


def test_subject_is_one_line_whatever_a_name_holds():
    letter = render("licence_expiring", "fr", EVERYTHING | {"number": "X\r\nBcc: all@example.ma"})
    assert len(letter.subject.splitlines()) == 1


def test_letter_shows_a_name_as_it_is():
    facts = EVERYTHING | {"product_fr": "Miel <b>&</b> {{ name }}"}
    assert "« Miel <b>&</b> {{ name }} »" in render("dossier_filed", "fr", facts).text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("day", "french", "arabic", "english"),
    [
        ("2026-09-14", "14 septembre 2026", "14 شتنبر 2026", "14 September 2026"),
        ("2026-08-01", "1er août 2026", "1 غشت 2026", "1 August 2026"),
        ("2027-05-31", "31 mai 2027", "31 ماي 2027", "31 May 2027"),
        ("2026-12-25T10:00:00+00:00", "25 décembre 2026", "25 دجنبر 2026", "25 December 2026"),
    ],
)
def test_days_are_written_out(day, french, arabic, english):
    assert [write_day(day, language) for language in LANGUAGES] == [french, arabic, english]


@pytest.mark.parametrize(("kind", "facts"), [("no_such_kind", EVERYTHING), ("delay_alert", {"name": "A", "link": "l"})])
def test_letter_that_lacks_something_is_not_written(kind, facts):
    with pytest.raises(Unwritten):
        render(kind, "fr", facts)


def test_unknown_language_is_written_in_french():
    assert render("password_changed", "de", EVERYTHING) == render("password_changed", "fr", EVERYTHING)


def test_french_signs_stay_with_their_word():
    text = render("delay_alert", "fr", EVERYTHING).text
    assert re.findall(r"« | »| [:;?!]", text) == []


@pytest.mark.parametrize("hours", [2, 5])
def test_hours_are_said(hours):
    assert str(hours) in render("reset_password", "en", EVERYTHING | {"hours": hours}).text
