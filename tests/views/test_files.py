"""Files and papers: opened to whoever may read them, served as what they are, and to nobody else."""

from io import BytesIO

import pytest
from sqlalchemy import select

from certify.models import Document, Paper
from certify.models.paper import PaperFile, PaperKind
from tests.factories import a_pdf, draft
from tests.scenes import once
from tests.staged import clock, played, settled_sqlite, staged, store  # noqa: F401


@pytest.fixture
def handed(session, staged):  # noqa: F811
    """`handed("filed", "statutes")` is that document."""
    return lambda name, kind: session.scalars(
        select(Document).where(Document.dossier_id == staged(name).id, Document.kind == kind)
    ).one()


@pytest.fixture
def printed(session, store, clock):  # noqa: F811
    """Print a paper as the worker does, with other bytes."""

    def print_now(paper: Paper) -> bytes:
        content = a_pdf(2)
        session.add(PaperFile(paper_id=paper.id, sha256=store.keep(content), size=len(content), printed_at=clock()))
        session.commit()
        return content

    return print_now


def paper_of(session, kind: PaperKind, dossier=None) -> Paper:
    asked = select(Paper).where(Paper.kind == kind)
    return session.scalars(asked.where(Paper.dossier_id == dossier.id) if dossier else asked).first()


def test_a_document_is_downloaded_as_what_it_is(client_of, handed, store):  # noqa: F811
    document = handed("filed", "statutes")
    with client_of("alice").get(f"/documents/{document.id}") as answer:
        assert (answer.status_code, answer.data) == (200, store.read(document.sha256))
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == "attachment; filename=statutes.pdf"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "private, no-cache"


def test_a_photo_is_shown_under_its_own_ending(client_of, handed, store):  # noqa: F811
    with client_of("carol").get(f"/documents/{handed('filed', 'product_photo').id}") as answer:
        shown = answer.headers["Content-Type"], answer.headers["Content-Disposition"]
        assert shown == ("image/jpeg", "inline; filename=product_photo.jpg")


def test_what_was_not_changed_is_not_sent_again_but_the_right_is_checked(client_of, handed, store):  # noqa: F811
    document = handed("filed", "statutes")
    seen = {"If-None-Match": f'"{document.sha256}"'}
    for name, status in (("alice", 304), ("mallory", 403)):
        with client_of(name).get(f"/documents/{document.id}", headers=seen) as answer:
            assert answer.status_code == status


@pytest.mark.parametrize(
    ("name", "status"),
    [("alice", 200), ("carol", 200), ("aude", 200), ("sami", 200)]
    + [(name, 403) for name in ("mallory", "adam", "bob", "pia", "rachid")],
)
def test_a_document_opens_to_who_reads_the_dossier(client_of, handed, store, name, status):  # noqa: F811
    with client_of(name).get(f"/documents/{handed('filed', 'statutes').id}") as answer:
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("name", "status"), [("alice", 200), ("carol", 200), ("rachid", 403), ("bob", 403), ("sami", 403), ("aude", 403)]
)
def test_an_identity_card_is_shown_to_the_secretariat_alone(client_of, handed, store, name, status):  # noqa: F811
    with client_of(name).get(f"/documents/{handed('refused', 'identity').id}") as answer:
        assert answer.status_code == status


def test_an_unknown_document_and_an_unknown_paper_are_not_there(client_of):
    alice = client_of("alice")
    assert [alice.get(path).status_code for path in ("/documents/99999", "/papers/REC-DEM-2026-99999.pdf")] == [
        404,
        404,
    ]


def test_nobody_opens_anything_without_signing_in(client_of, handed):
    answer = client_of(None).get(f"/documents/{handed('filed', 'statutes').id}")
    assert answer.status_code in (302, 303)


def test_a_paper_that_is_being_printed_says_so_and_looks_again(session, client_of, staged):  # noqa: F811
    paper = paper_of(session, PaperKind.RECEIPT, staged("filed"))
    answer = client_of("alice").get(f"/papers/{paper.number}.pdf?lang=en")
    assert (answer.status_code, answer.headers["Refresh"]) == (202, "2")
    assert "being prepared" in answer.text


@pytest.mark.parametrize("name", ["alice", "carol", "mallory", "adam"])
def test_a_printed_paper_opens_to_who_reads_the_dossier(session, client_of, staged, printed, name):  # noqa: F811
    paper = paper_of(session, PaperKind.DECISION, staged("refused"))
    content, may_read = printed(paper), name in ("alice", "carol")
    with client_of(name).get(f"/papers/{paper.number}.pdf") as answer:
        assert (answer.status_code, answer.data == content) == (200 if may_read else 403, may_read)


@pytest.mark.parametrize(("name", "status"), [("alice", 200), ("sami", 200), ("mallory", 403)])
def test_a_certificate_opens_with_its_dossier(session, client_of, printed, name, status):
    paper = paper_of(session, PaperKind.CERTIFICATE)
    printed(paper)
    with client_of(name).get(f"/papers/{paper.number}.pdf") as answer:
        assert answer.status_code == status


@pytest.mark.parametrize(
    ("name", "status"), [("alice", 403), ("mallory", 403), ("rachid", 403), ("carol", 200), ("pia", 200)]
)
def test_minutes_never_reach_an_applicant(session, client_of, printed, name, status):
    paper = paper_of(session, PaperKind.MINUTES)
    printed(paper)
    with client_of(name).get(f"/papers/{paper.number}.pdf") as answer:
        assert answer.status_code == status


def test_an_arabic_name_travels_whole(session, client_of, acting, store):  # noqa: F811
    dossier = once(draft, is_complete=False)
    session.commit()
    alice = client_of("alice")
    alice.post(f"/dossiers/{dossier.id}/documents/statutes", data={"file": (BytesIO(a_pdf()), "النظام الأساسي.pdf")})
    document = session.scalars(select(Document).where(Document.dossier_id == dossier.id)).one()
    with alice.get(f"/documents/{document.id}") as answer:
        assert document.file_name == "النظام الأساسي.pdf"
        assert "filename*=UTF-8''%D8%A7" in answer.headers["Content-Disposition"]
