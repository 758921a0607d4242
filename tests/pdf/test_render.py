"""The papers as a reader, an archive and a machine receive them."""

import gc
import re
import subprocess
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
import zxingcpp
from jinja2 import UndefinedError
from PIL import Image
from weasyprint.urls import FatalURLFetchingError

from certify.pdf import fonts
from certify.pdf.qr import qr_svg
from certify.pdf.render import environment, fetch, lay_out, render
from tests.pdf import samples
from tests.trust.given import VECTORS

PAPERS = {
    "receipt": samples.receipt(),
    "decision": samples.decision("refused"),
    "minutes": samples.minutes(),
    "erratum": samples.erratum(),
    "certificate": samples.certificate(),
}
TITLES = {
    "receipt": "REC-DEM-2026-00042 · Récépissé de dépôt · وصل إيداع",
    "decision": "DEC-DEM-2026-00042 · Décision de refus · قرار الرفض",
    "minutes": "PV-CH-2026-03 · Procès-verbal · محضر اجتماع",
    "erratum": "PV-CH-2026-03-R1 · Procès-verbal rectificatif · محضر تصحيحي",
    "certificate": "CERT-TDM-09-2026-0107-K-1 · Certificat d’autorisation d’usage · شهادة الترخيص بالاستعمال",
}
SENTENCES = {
    "receipt": ("Ce récépissé ne vaut pas autorisation", "هذا الوصل لا يقوم مقام", "5 février 2026", "1,4 Mo"),
    "decision": (
        "Vu la loi n° 03-01",
        "بناء على القانون رقم",
        "67 mg/kg, soit 27 mg/kg",
        "الواقعة المعاينة",
        "dans les 60 jours qui suivent la notification",
        "من تاريخ تبليغ هذا القرار",
    ),
    "minutes": (
        "Quorum atteint : 5 présents, 4 requis, 7 sièges comptés",
        "النصاب القانوني متوفر",
        "a quitté la salle",
        "Voix prépondérante de",
        "رأي بالموافقة بتحفظ",
        "Signé le 15 mars 2026 à 9 h 30",
        samples.digest(10),
    ),
    "erratum": (
        "Il ne change ni une décision, ni un vote",
        "الصواب",
        "titulaire, est arrivée à 9 h 30",
        "Signé le 15 mars 2026 à 9 h 30",
        samples.digest(902),
    ),
    "certificate": (
        "Miel d’euphorbe, 250 g",
        "عسل الدغموس",
        "Valable du 16 mars 2026 au 15 mars 2029",
        "تعاونية تيغمي",
        "Ce papier prouve seulement que",
        "7K9M-4T2X-P8QJ",
        samples.ADDRESS,
    ),
}


@pytest.fixture(scope="module")
def papers(tmp_path_factory) -> dict[str, Path]:
    """Each kind of paper, written once."""
    folder = tmp_path_factory.mktemp("papers")
    for name, facts in PAPERS.items():
        (folder / f"{name}.pdf").write_bytes(render(facts))
    return {name: folder / f"{name}.pdf" for name in PAPERS}


def poppler(*command: object) -> str:
    return subprocess.run([str(word) for word in command], capture_output=True, check=True, text=True).stdout


def plain(text: str) -> str:
    """The letters and spaces alone, as a reader searches them."""
    letters = (letter for letter in unicodedata.normalize("NFKC", text) if unicodedata.category(letter) != "Cf")
    return re.sub(r"\s+", " ", "".join(letters)).strip()


def words(pdf: bytes, tmp_path: Path) -> str:
    (tmp_path / "paper.pdf").write_bytes(pdf)
    return plain(poppler("pdftotext", tmp_path / "paper.pdf", "-"))


@pytest.mark.parametrize("name", PAPERS)
def test_same_facts_give_the_same_bytes(papers, name):
    assert render(PAPERS[name]) == papers[name].read_bytes()


@pytest.mark.parametrize("name", PAPERS)
def test_text_is_read_in_both_languages_in_its_order(papers, name):
    text = plain(poppler("pdftotext", papers[name], "-"))
    assert [sentence for sentence in SENTENCES[name] if plain(sentence) not in text] == []


@pytest.mark.parametrize("name", PAPERS)
def test_paper_says_its_title_language_and_structure(papers, name):
    told = poppler("pdfinfo", papers[name])
    assert plain(re.search("^Title:(.*)$", told, re.M)[1]) == plain(TITLES[name])
    assert re.search(r"^Tagged: +yes", told, re.M)
    with pikepdf.open(papers[name]) as pdf:
        assert str(pdf.Root.Lang) == "fr"
        assert bool(pdf.Root.ViewerPreferences.DisplayDocTitle)


@pytest.mark.parametrize("name", PAPERS)
def test_paper_claims_both_profiles_in_one_rdf_block(papers, name):
    with pikepdf.open(papers[name]) as pdf:
        claims = pdf.Root.Metadata.read_bytes().decode()
    assert claims.count("</rdf:RDF>") == 1
    assert 'pdfaid:part="3"' in claims
    assert 'pdfaid:conformance="A"' in claims
    assert 'pdfuaid:part="1"' in claims


@pytest.mark.parametrize("name", PAPERS)
def test_fonts_are_ours_embedded_and_mapped_to_unicode(papers, name):
    listed = [line.split() for line in poppler("pdffonts", papers[name]).splitlines()[2:]]
    assert {"+Paper-Sans", "+Paper-Naskh"} <= {line[0][6:].removesuffix("-Bold") for line in listed}
    assert all("+Paper-" in line[0] and (line[-5], line[-3]) == ("yes", "yes") for line in listed)


@pytest.mark.parametrize("name", PAPERS)
def test_facts_are_inside_the_paper_once(papers, name, tmp_path):
    poppler("pdfdetach", "-save", "1", "-o", tmp_path / "facts.json", papers[name])
    assert (tmp_path / "facts.json").read_text("utf-8") == PAPERS[name].to_json()
    with pikepdf.open(papers[name]) as pdf:
        assert [(str(each.AFRelationship), str(each.UF)) for each in pdf.Root.AF] == [("/Data", "facts.json")]


def spoken(element: pikepdf.Object, language: str = "fr") -> set[tuple[str, str]]:
    """Each kind of element under this one, with the language it is read in."""
    language = str(element.get("/Lang", language))
    kids = element.get("/K", [])
    inner = [each for each in kids if isinstance(each, pikepdf.Dictionary)] if isinstance(kids, pikepdf.Array) else []
    return {(str(element.get("/S", "")), language)}.union(*(spoken(each, language) for each in inner))


def test_arabic_is_marked_as_arabic_for_those_who_listen(papers):
    with pikepdf.open(papers["receipt"]) as pdf:
        read = spoken(pdf.Root.StructTreeRoot)
    assert {("/P", "ar"), ("/P", "fr"), ("/TD", "ar"), ("/TH", "fr")} <= read


def test_headers_and_footers_are_set_aside_as_pagination(papers):
    with pikepdf.open(papers["minutes"]) as pdf:
        last = pdf.pages[-1].Contents.read_bytes()
    assert last.count(b"/Pagination") >= 5
    assert b"/Artifact" in last


def test_minutes_number_their_pages_and_carry_their_head(papers):
    pages = int(re.search(r"^Pages: +(\d+)", poppler("pdfinfo", papers["minutes"]), re.M)[1])
    assert pages > 2
    for page in range(1, pages + 1):
        text = plain(poppler("pdftotext", "-f", page, "-l", page, papers["minutes"], "-"))
        assert f"Page {page} sur {pages}" in text
        assert page == 1 or "PV-CH-2026-03" in text


def test_table_repeats_its_head_on_the_next_page(tmp_path):
    text = words(render(samples.receipt(24)), tmp_path)
    assert text.count("Empreinte SHA-256") == 2


@pytest.mark.parametrize(
    ("outcome", "french", "arabic"),
    [
        (
            "approved",
            "Votre autorisation porte le numéro TDM-09-2026-0107-K",
            "تم الترخيص باستعمال الرمز الجماعي لمنتوجكم",
        ),
        ("approved_with_reservations", "À lever avant le", "قرار الترخيص بتحفظ"),
        ("inadmissible", "Votre demande est irrecevable", "طلبكم غير مقبول شكلا"),
        ("lapsed", "Votre demande est classée sans suite", "تقرر حفظ طلبكم"),
    ],
)
def test_decision_has_its_words_for_each_outcome(outcome, french, arabic, tmp_path):
    text = words(render(samples.decision(outcome)), tmp_path)
    assert plain(french) in text
    assert plain(arabic) in text


def test_certificate_keeps_to_one_page_whatever_its_values(papers, tmp_path):
    assert re.search(r"^Pages: +1$", poppler("pdfinfo", papers["certificate"]), re.M)
    (tmp_path / "long.pdf").write_bytes(render(samples.long_certificate()))
    assert re.search(r"^Pages: +1$", poppler("pdfinfo", tmp_path / "long.pdf"), re.M)
    text = plain(poppler("pdftotext", tmp_path / "long.pdf", "-"))
    assert plain(samples.long_certificate().address) in text
    assert plain("1000 ml") in text


def test_what_was_typed_in_one_language_stands_once(tmp_path):
    text = words(render(samples.typed_certificate()), tmp_path)
    assert text.count("Coopérative de démonstration Tighmi") == 1
    assert text.count("250 g, pot en verre") == 1


def test_code_of_the_certificate_leads_to_its_address(papers):
    image = subprocess.run(["pdftoppm", "-r", "150", "-gray", papers["certificate"]], capture_output=True, check=True)
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(image.stdout)))
    assert code.text == samples.ADDRESS
    side = code.position.top_right.x - code.position.top_left.x
    assert side / 150 * 25.4 >= 25


def test_code_of_a_sealed_certificate_carries_the_seal_at_version_7(tmp_path):
    sealed = next(vector["url"] for vector in VECTORS["seals"] if vector["case"] == "certificate")
    facts = replace(samples.certificate(), code=sealed)
    (tmp_path / "paper.pdf").write_bytes(render(facts))
    command = ["pdftoppm", "-r", "150", "-gray", tmp_path / "paper.pdf"]
    image = subprocess.run(command, capture_output=True, check=True)
    (code,) = zxingcpp.read_barcodes(Image.open(BytesIO(image.stdout)), zxingcpp.BarcodeFormat.QRCode)
    assert (code.text, code.ec_level) == (sealed, "M")
    assert qr_svg(sealed, "").count('viewBox="0 0 53 53"') == 1
    assert plain(samples.ADDRESS) in words(render(facts), tmp_path)
    assert render(facts) == (tmp_path / "paper.pdf").read_bytes()


def test_demonstration_is_said_on_its_papers_alone(papers):
    assert "Démonstration, sans valeur juridique" in poppler("pdftotext", papers["receipt"], "-")
    assert "sans valeur juridique" not in poppler("pdftotext", papers["certificate"], "-")


def test_template_that_asks_for_an_unknown_fact_stops():
    with pytest.raises(UndefinedError):
        environment().from_string("{{ facts.colour }}").render(facts=PAPERS["receipt"])


def test_what_people_wrote_is_never_markup():
    assert "&lt;b&gt;" in environment().from_string("{{ text }}").render(text="<b>")


@pytest.mark.parametrize("address", ["file:///etc/passwd", "https://example.org/a.png", "data:text/plain,a"])
def test_paper_fetches_nothing_but_its_own_files(address):
    with pytest.raises(FatalURLFetchingError, match="not one of its own files"):
        fetch(address)
    with pytest.raises(FatalURLFetchingError):
        lay_out(f'<html lang="fr"><title>a</title><body><img alt="a" src="{address}">')


def test_missing_font_names_the_package_to_install(tmp_path):
    with pytest.raises(fonts.FontMissing, match="apt-get install fonts-dejavu-core fonts-noto-core"):
        fonts.font_files(tmp_path)


def test_decision_of_an_unknown_outcome_is_refused():
    with pytest.raises(ValueError, match="no letter for the outcome"):
        samples.decision("forgotten")


def test_paper_must_say_the_zone_of_its_time():
    with pytest.raises(ValueError, match="does not say its zone"):
        samples.receipt().__class__(**{**vars(samples.receipt()), "issued_at": datetime(2026, 1, 1)})  # noqa: DTZ001
    assert samples.receipt().issued_at.tzinfo is UTC


def test_collector_is_as_it_was_after_a_paper():
    assert gc.isenabled()
