"""Papers that people send: each gets its own right answer, and nobody learns of a paper that they do not hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
import qrcode
from PIL import Image
from sqlalchemy import or_, select

from certify.extensions import db
from certify.models import Licence, Paper, PaperFile, RegisterEntry
from certify.models.paper import PaperKind
from certify.operations.licences import suspend, withdraw
from certify.operations.papers import issue_certificate, issue_decision
from certify.operations.printing import print_now
from certify.operations.publishing import publish
from certify.trust.paper import attach, seal_pdf
from certify.trust.paper_keys import list_paper_roots, read_paper_sealer, replace_paper_root, rotate_paper_seal
from certify.trust.seal import Identity
from certify.workflows.papers import Finding
from certify.workflows.scanning import Caution
from tests.backends import need_tool
from tests.conftest import build, close
from tests.factories import a_pdf, store_in
from tests.presses import press, sealer
from tests.proofs import BASE_URL, HOST, ISSUER, KEYS, ROOTS
from tests.staged import clock, licence_of, played, staged  # noqa: F401
from tests.trust import sealing
from tests.trust.test_paper import appended, flipped, retouched


@pytest.fixture(scope="module")
def printed(played, tmp_path_factory) -> Path:  # noqa: F811
    """The staged database, where the certificate and the letter of the signed licence are printed and sealed."""
    folder = tmp_path_factory.mktemp("printed") / "instance"
    shutil.copytree(played.folder, folder)
    app = build(folder, CLOCK=played.clock)
    with app.app_context():
        kept, dossier = store_in(folder), played.dossiers["signed"]
        publish(db.session, folder / "public", issuer=ISSUER, at=played.clock())
        certified = Paper.licence_id.in_(select(Licence.id).where(Licence.dossier_id == dossier))
        letter = (Paper.dossier_id == dossier) & (Paper.kind == PaperKind.DECISION)
        papers = db.session.scalars(select(Paper).where(or_(certified, letter))).all()
        print_now(db.session, kept, press(kept), papers, at=played.clock())
        close()
    return folder


@pytest.fixture
def settled_sqlite(printed) -> Path:
    return printed / "certify.sqlite"


@pytest.fixture
def store(printed, app):
    shutil.copytree(printed / "files", Path(app.instance_path) / "files", dirs_exist_ok=True)
    return store_in(app.instance_path)


@pytest.fixture
def licence(licence_of):  # noqa: F811
    return licence_of("signed")


@pytest.fixture
def certificate(session, store) -> bytes:
    return file_of(session, store, PaperKind.CERTIFICATE)


@pytest.fixture
def send(client_of):
    """`send(content)` drops a file on the page and returns the answer."""

    def post(content: bytes, name: str = "paper.pdf", language: str = "en"):
        head = f'--x\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
        sent = {"data": head + content + b"\r\n--x--\r\n", "content_type": "multipart/form-data; boundary=x"}
        return client_of(None).post(f"/check/paper?lang={language}", **sent)

    return post


def file_of(session, store, kind: PaperKind) -> bytes:
    paper = session.scalars(select(Paper).join(PaperFile).where(Paper.kind == kind)).first()
    return store.read(paper.file.sha256)


def photo(address: str, form: str = "PNG") -> bytes:
    written = BytesIO()
    code = qrcode.make(address, box_size=8).convert("L")
    ground = Image.new("L", (code.width + 300, code.height + 500), 230)
    ground.paste(code, (120, 200))
    ground.save(written, form)
    return written.getvalue()


def huge() -> bytes:
    """A picture of 30 million pixels in a few kilobytes."""
    written = BytesIO()
    Image.new("L", (6000, 5000), 255).save(written, "PNG")
    return written.getvalue()


def headline(answer) -> str:
    return answer.text.split('class="card-title">')[1].split("<")[0]


def test_certificate_as_it_was_issued_is_genuine(send, certificate, licence):
    answer = send(certificate)
    assert (answer.status_code, headline(answer)) == (200, "This paper is genuine")
    for said in (f"CERT-{licence.number}-1", "Valid label", f"/v/{licence.mark}", "/check/paper"):
        assert said in answer.text
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (appended, "Something was added after the seal"),
        (retouched, "The file was changed"),
        (lambda content: flipped(content, len(content) // 3), "The file was changed"),
        (lambda content: content[: content.index(b"%%EOF") + 6], "its seal was removed"),
        (lambda content: content[: content.index(b"%%EOF") + 900], "The file was changed"),
    ],
)
def test_altered_certificate_is_said_to_be_and_which_it_was(send, certificate, licence, change, said):
    answer = send(change(certificate))
    assert (answer.status_code, headline(answer)) == (200, "This paper was altered")
    assert said in answer.text
    assert f"CERT-{licence.number}-1" in answer.text


def test_certificate_of_a_withdrawn_or_suspended_licence_says_so(send, session, acting, certificate, licence):
    suspend(licence, reason="Analyses", actor=acting("sami"))
    session.commit()
    assert "Suspended label" in send(certificate).text
    withdraw(licence, reason="Fraud", actor=acting("sami"))
    session.commit()
    answer = send(certificate)
    assert headline(answer) == "This paper is genuine, but its authorisation no longer stands"
    assert "Withdrawn label" in answer.text


def test_certificate_past_its_last_day_says_so_before_the_clock_has_moved_it(send, certificate, clock):  # noqa: F811
    clock.advance(days=4 * 365)
    answer = send(certificate)
    assert headline(answer) == "This paper is genuine, but its authorisation no longer stands"
    assert "Expired label" in answer.text


def test_certificate_of_a_licence_under_alert_is_genuine_and_warns(send, client_of, session, certificate, licence):
    entry = session.get(RegisterEntry, licence.mark)
    entry.caution = Caution.ALERT
    session.commit()
    answer = send(certificate)
    assert headline(answer) == "This paper is genuine, but counterfeits of its product were found"
    assert ("Suspected counterfeit" in answer.text, "Valid label" in answer.text) == (True, False)
    said = client_of(None).get(f"/check/papers/{sha256(certificate).hexdigest()}").json
    assert (said["verdict"], said["standing"]) == ("alerted", "suspect")


def test_alert_hides_no_end(send, session, certificate, licence, clock):  # noqa: F811
    session.get(RegisterEntry, licence.mark).caution = Caution.ALERT
    session.commit()
    clock.advance(days=4 * 365)
    assert headline(send(certificate)) == "This paper is genuine, but its authorisation no longer stands"


def test_certificate_that_was_issued_anew_is_superseded(send, session, acting, certificate, licence):
    issue_certificate(licence, issuer=ISSUER, actor=acting("sami"))
    session.commit()
    answer = send(certificate)
    assert headline(answer) == "This paper is genuine, and a newer one has replaced it"
    assert f"CERT-{licence.number}-2" in answer.text


def test_seal_of_another_root_is_foreign(send, certificate, clock):  # noqa: F811
    bare = attach(a_pdf_with_metadata(certificate), "CERT-TDM-09-2026-0001-X-1", at=clock())
    answer = send(seal_pdf(bare, sealing.sealer("theirs"), sealing.AT))
    assert headline(answer) == "This paper was sealed by somebody else"


def test_seal_of_ours_on_what_was_never_issued_is_not_believed(send, certificate, clock):  # noqa: F811
    bare = attach(a_pdf_with_metadata(certificate), "CERT-TDM-09-2026-0001-X-1", at=clock())
    answer = send(seal_pdf(bare, sealer(), clock()))
    assert headline(answer) == "This seal cannot be confirmed"


@pytest.fixture
def robbed(app, certificate, clock, tmp_path):  # noqa: F811
    """The label after the root of papers was stolen and replaced; returns what the thief seals with, under the old."""
    thief, ours = tmp_path / "thief", tmp_path / "keys"
    for folder in (thief, ours):
        shutil.copytree(KEYS, folder)
    rotate_paper_seal(thief, ROOTS, clock())
    replace_paper_root(ours, tmp_path / "new", "Agence", clock())
    app.config["KEYS"], held = str(ours), app.config["KEYS"]
    yield read_paper_sealer(thief)
    app.config["KEYS"] = held


def test_after_the_root_was_stolen_what_was_issued_under_it_is_genuine_and_nothing_else(
    robbed,
    send,
    certificate,
    clock,  # noqa: F811
):
    bare = attach(a_pdf_with_metadata(certificate), "CERT-TDM-09-2026-0001-X-1", at=clock())
    assert headline(send(certificate)) == "This paper is genuine"
    answer = send(seal_pdf(bare, robbed, clock()))
    assert headline(answer) == "This seal cannot be confirmed"
    assert "Do not rely on it, and show it to the office of the label." in answer.text


def test_replaced_root_is_handed_out_behind_the_present_one(app, robbed, client_of):
    present, old = (path.read_text() for path in list_paper_roots(Path(app.config["KEYS"])))
    assert old == (KEYS / "paper-root.crt").read_text()
    assert client_of(None).get("/.well-known/paper-roots.pem").text == present + old


def a_pdf_with_metadata(certificate: bytes) -> bytes:
    """A PDF that was never issued, made of one that was."""
    return retouched(certificate[: certificate.index(b"%%EOF") + 6]).replace(b"CERT-TDM", b"CERT-XXX")


def test_letter_tells_its_number_to_whoever_holds_its_bytes_and_nothing_to_others(send, session, store, licence):
    letter = file_of(session, store, PaperKind.DECISION)
    letter_number = f"DEC-{licence.dossier.number}"
    genuine, changed, claimed = send(letter), send(flipped(letter, len(letter) // 3)), send(retouched(letter))
    assert (headline(genuine), letter_number in genuine.text) == ("This paper is genuine", True)
    assert ("Valid label" in genuine.text, licence.mark in genuine.text) == (False, False)
    assert {headline(answer) for answer in (changed, claimed)} == {"This paper was altered"}
    assert "DEC-DEM" not in changed.text + claimed.text


def test_letter_after_which_another_was_written_is_superseded(send, session, acting, store, licence):
    letter = file_of(session, store, PaperKind.DECISION)
    issue_decision(licence.dossier, actor=acting("carol"))
    session.commit()
    answer = send(letter)
    assert headline(answer) == "This paper is genuine, and a newer one has replaced it"
    assert f"DEC-{licence.dossier.number}-2" in answer.text


def test_number_of_a_letter_is_not_confirmed(send, certificate, clock):  # noqa: F811
    """Whether there is such a letter, an invented file with its number does not tell."""
    invented = [
        attach(a_pdf_with_metadata(certificate), number, at=clock())
        for number in ("DEC-DEM-2026-00001", "DEC-DEM-2026-00999")
    ]
    pages = {re.sub(r'name="csrf_token" value="[^"]*"', "", send(content).text) for content in invented}
    assert len(pages) == 1


@pytest.mark.parametrize(
    ("content", "name", "status", "sentence"),
    [
        (b"", "paper.pdf", 422, "This file is empty"),
        (b"PK\x03\x04 rest", "paper.docx", 422, "an office document or a ZIP archive"),
        (b"a letter", "paper.pdf", 422, "the file is something else"),
        (b"%PDF-1.7\n" + bytes(900), "paper.pdf", 422, "This PDF is damaged or arrived incomplete"),
        (b"%PDF-1.7\n" + bytes(10 * 1024 * 1024), "paper.pdf", 422, "This file is too large"),
        (bytes(13 * 1024 * 1024), "paper.pdf", 413, "This file is too large"),
        (photo("x")[:300], "photo.png", 422, "This photo is damaged"),
        (huge(), "photo.png", 422, "too many pixels"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "photo.webp", 422, "This photo is damaged"),
    ],
)
def test_what_cannot_be_judged_is_said_beside_the_field(send, content, name, status, sentence):
    answer = send(content, name)
    beside = answer.text.split('id="file-error"')[1].split("</p>")[0]
    assert (answer.status_code, sentence in beside) == (status, True)


def test_nothing_chosen_is_said_beside_the_field(client_of):
    answer = client_of(None).post("/check/paper?lang=en", data={})
    assert answer.status_code == 422
    assert "Choose the PDF that you received" in answer.text.split('id="file-error"')[1]


def test_pdf_of_somebody_else_is_unknown(send):
    assert headline(send(a_pdf(1))) == "This is not a paper of the label"


def test_nothing_that_is_sent_is_kept(send, app, store, certificate):
    before = sorted(path for path in store.root.rglob("*") if path.is_file())
    for content in (certificate, a_pdf(1), photo(f"{BASE_URL}/v/7K9M4T2XP8QJ")):
        send(content)
    assert sorted(path for path in store.root.rglob("*") if path.is_file()) == before


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_photo_leads_to_what_its_code_names(send, form):
    answer = send(photo(f"{BASE_URL}/v/7K9M4T2XP8QJ", form), f"photo.{form.lower()}")
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/v/7K9M4T2XP8QJ")


def test_photo_of_a_certificate_leads_to_its_licence(send, client_of, certificate, licence, tmp_path):
    (tmp_path / "paper.pdf").write_bytes(certificate)
    command = [need_tool("pdftoppm"), "-r", "120", "-jpeg", "-singlefile", tmp_path / "paper.pdf", tmp_path / "photo"]
    subprocess.run(command, check=True)
    answer = send((tmp_path / "photo.jpg").read_bytes(), "photo.jpg")
    assert answer.status_code == 303
    assert licence.number in client_of(None).get(answer.headers["Location"]).text


def test_photo_of_a_sealed_code_leads_where_it_does(send, client_of, licence):
    answer = send(photo(ISSUER.printed_address(licence)), "photo.png")
    assert (answer.status_code, "/253/" in answer.headers["Location"]) == (303, True)
    assert licence.number in client_of(None).get(answer.headers["Location"]).text


def test_scan_leads_to_what_its_code_names(send):
    scan = BytesIO()
    Image.open(BytesIO(photo(f"{BASE_URL}/v/7K9M4T2XP8QJ"))).save(scan, "PDF")
    answer = send(scan.getvalue())
    assert (answer.status_code, answer.headers.get("Location")) == (303, "/v/7K9M4T2XP8QJ")


def test_photo_of_what_was_printed_under_the_host_before_leads_to_what_its_code_names(send, app, monkeypatch):
    monkeypatch.setitem(app.config, "BASE_URL", "https://label.example.ma")
    for address in (f"https://{HOST}/v/7K9M4T2XP8QJ", ISSUER.seal(Identity(gtin="06111234567895"))):
        answer = send(photo(address), "photo.png")
        assert (answer.status_code, answer.headers.get("Location")) == (303, "/" + address.split("/", 3)[3])


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("https://label-terroir.example/v/7K9M4T2XP8QJ", "leads to label-terroir.example, which is not the label"),
        (f"{BASE_URL}.evil.example/v/7K9M4T2XP8QJ", "leads to 127.0.0.1:5000.evil.example, which is not the label"),
        (f"{BASE_URL}@evil.example/v/7K9M4T2XP8QJ", "which is not the label"),
        (f"{BASE_URL}/sign-out", "No code was found on this photo"),
        ("BEGIN:VCARD", "No code was found on this photo"),
    ],
)
def test_photo_of_another_code_leads_nowhere(send, address, sentence):
    answer = send(photo(address), "photo.png")
    assert (answer.status_code, sentence in answer.text) == (422, True)


def test_fingerprint_alone_is_enough_to_ask(client_of, session, certificate, licence):
    get = client_of(None).get
    said = get(f"/check/papers/{sha256(certificate).hexdigest()}?lang=en")
    assert (said.status_code, said.json["verdict"], said.json["standing"]) == (200, "genuine", "valid")
    assert (said.json["number"], said.json["mark"]) == (f"CERT-{licence.number}-1", licence.mark)
    assert said.headers["Access-Control-Allow-Origin"] == "*"
    bare = get(f"/check/papers/{session.scalars(select(PaperFile.bare_sha256)).all()[-1].upper()}")
    assert (bare.json["verdict"], bare.json["difference"]) == ("altered", "unsealed")
    for unknown in ("0" * 64, "x"):
        answer = get(f"/check/papers/{unknown}")
        assert (answer.status_code, answer.json["verdict"], answer.json["number"]) == (404, "unknown", None)


@pytest.mark.parametrize("finding", Finding)
def test_page_of_checks_has_words_for_every_finding(client_of, finding):
    assert f'id="verdict-paper-{finding}"' in client_of(None).get("/check?lang=en").text


def test_root_is_handed_out_for_other_readers(client_of, certificate):
    answer = client_of(None).get("/.well-known/paper-roots.pem")
    assert answer.text.count("BEGIN CERTIFICATE") == 1


@pytest.mark.parametrize(("language", "said"), [("fr", "Ce document est authentique"), ("ar", "هذه الوثيقة أصلية")])
def test_answer_is_in_the_language_of_the_reader(send, certificate, language, said):
    assert headline(send(certificate, language=language)) == said
