"""Papers drawn and sealed by the worker: from real acts to whole PDFs, once each, whoever prints."""

import json
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.extensions import db
from certify.models import Credential, LedgerEntry, Paper, PaperCopy, PaperFile
from certify.models.paper import PaperKind
from certify.operations.printing import paper_bytes, print_pending
from certify.operations.publishing import publish
from certify.operations.sealing import Press
from certify.operations.storage import Store
from certify.pdf.facts import from_json
from certify.pdf.render import render
from certify.trust.keys import to_text
from certify.trust.paper_reading import Trusted, read_paper
from certify.workflows.papers import PaperSeal
from tests.factories import filed, store_in
from tests.presses import press, print_all, sealer
from tests.proofs import ISSUER
from tests.scans import granted
from tests.scenes import once
from tests.times import NOON


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


def add_broken(session, clock):
    """Add a paper that no template can draw."""
    facts = '{"kind": "receipt", "number": "REC-DEM-2026-00099"}'
    paper = Paper(number="REC-DEM-2026-00099", kind=PaperKind.RECEIPT, facts=facts, issued_at=clock(), dossier_id=1)
    session.add(paper)
    session.commit()


@pytest.fixture
def licensed(app):
    """A dossier whose licence is signed; nothing is printed yet."""
    return once(granted).dossier


def bytes_of(session, store, paper, clock) -> bytes | None:
    return paper_bytes(session, store, press(store), paper, at=clock())


def test_the_papers_of_a_real_course_are_printed_and_sealed(session, licensed, clock, store):
    assert print_all(store, at=clock()) == 9
    papers = session.scalars(select(Paper).order_by(Paper.id)).all()
    convened = ["convocation"] * 5
    assert [str(paper.kind) for paper in papers] == ["receipt", *convened, "minutes", "decision", "certificate"]
    for paper in papers:
        content = bytes_of(session, store, paper, clock)
        reading = read_paper(content, Trusted(sealer().chain), at=clock())
        assert reading.digests == (paper.file.sha256, paper.file.bare_sha256)
        assert (reading.seal, reading.number, reading.sealed_at) == (PaperSeal.INTACT, paper.number, clock())
        with pikepdf.open(BytesIO(content)) as pdf:
            assert paper.number in str(pdf.docinfo["/Title"])
            assert pdf.attachments["facts.json"].get_file().read_bytes().decode() == paper.facts
    assert print_all(store, at=clock()) == 0


def test_a_certificate_carries_its_proofs_and_the_log_knows_its_file(session, licensed, clock, store):
    print_all(store, at=clock(), limit=1)
    paper = session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
    credential = session.scalars(select(Credential)).one()
    with pikepdf.open(BytesIO(bytes_of(session, store, paper, clock))) as pdf:
        inside = {name: file.get_file().read_bytes().decode() for name, file in pdf.attachments.items()}
    assert inside.keys() == {"facts.json", "credential.jwt", "event.json", "issuance.tlog-proof"}
    assert inside["credential.jwt"] == credential.token
    assert inside["event.json"] == session.get_one(LedgerEntry, credential.position).entry
    assert inside["issuance.tlog-proof"].startswith(f"c2sp.org/tlog-proof@v1\nindex {credential.position}\n")
    assert told(session) == [to_text(bytes.fromhex(paper.file.sha256))]


def told(session) -> list[str]:
    """What the public log says of files of certificates, in its order."""
    entries = map(json.loads, session.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.position)))
    return [entry["pdf"] for entry in entries if entry["t"] == "doc"]


def test_a_certificate_waits_for_the_log_and_the_others_do_not(session, licensed, clock, store):
    assert print_pending(session, store, press(store), at=clock(), limit=1) == 1
    certificate = session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
    certificate_id = certificate.id
    assert bytes_of(session, store, certificate, clock) is None
    assert print_all(store, at=clock(), limit=1) == 1
    assert sorted(session.scalars(select(PaperFile.paper_id))) == [certificate_id - 1, certificate_id]


def test_a_lost_file_is_made_again_to_the_same_bytes(session, clock, store):
    once(filed)
    session.commit()
    print_all(store, at=clock())
    paper = session.scalars(select(Paper)).one()
    before = bytes_of(session, store, paper, clock)
    store.path(paper.file.sha256).unlink()
    clock.advance(days=3)
    assert bytes_of(session, store, paper, clock) == before
    assert session.scalars(select(PaperCopy)).all() == []


def test_a_lost_file_of_a_paper_older_than_the_seals_is_drawn_as_it_was(session, clock, store):
    once(filed)
    paper = session.scalars(select(Paper)).one()
    drawn = render(from_json("receipt", paper.facts))
    digest = sha256(drawn).hexdigest()
    session.add(PaperFile(paper_id=paper.id, sha256=digest, size=len(drawn), printed_at=clock()))
    session.commit()
    assert bytes_of(session, store, paper, clock) == drawn


def test_a_lost_certificate_becomes_another_file_that_the_log_knows_too(session, licensed, clock, store):
    print_all(store, at=clock(), limit=1)
    publish(session, press(store).public, issuer=ISSUER, at=clock())
    paper = session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
    store.path(paper.file.sha256).unlink()
    again = bytes_of(session, store, paper, clock)
    session.expire_all()
    assert sha256(again).hexdigest() == paper.kept.sha256 != paper.file.sha256
    assert told(session) == [to_text(bytes.fromhex(each.sha256)) for each in (paper.file, paper.kept)]
    assert bytes_of(session, store, paper, clock) == again


@dataclass(frozen=True)
class Absent(Press):
    """A press whose token was taken out."""

    def close(self, content: bytes, at: object) -> bytes:
        """Fail."""
        raise OSError("no token")


def test_without_the_key_no_paper_leaves_and_none_is_lost(session, clock, store, caplog):
    once(filed)
    session.commit()
    absent = Absent(sealer(), None, ISSUER, press(store).public)
    assert print_pending(session, store, absent, at=clock()) == 0
    assert session.scalars(select(PaperFile)).all() == []
    assert "no token" in caplog.text
    assert print_all(store, at=clock()) == 1


def test_a_paper_that_cannot_be_drawn_stops_no_other(session, acting, clock, store, caplog):
    once(filed)
    add_broken(session, clock)
    filed(acting("alice"), store=store)
    session.commit()
    assert print_all(store, at=clock(), limit=2) == 2
    assert session.scalars(select(Paper.number).join(PaperFile).order_by(Paper.id)).all() == [
        "REC-DEM-2026-00001",
        "REC-DEM-2026-00002",
    ]
    assert "Paper REC-DEM-2026-00099 cannot be printed" in caplog.text


def test_no_more_than_asked_is_printed(session, acting, clock, store):
    once(filed)
    filed(acting("alice"), store=store)
    session.commit()
    assert [print_all(store, at=clock(), limit=1) for _ in range(3)] == [1, 1, 0]


@dataclass(frozen=True)
class Overtaken(Store):
    """A store beside which another worker prints the same paper a moment earlier."""

    def keep(self, content: bytes) -> str:
        """Let the other worker be faster, once."""
        digest = super().keep(content)
        with Session(db.engine) as other:
            other.add(PaperFile(paper_id=1, sha256=digest, size=len(content), printed_at=NOON))
            other.commit()
        return digest


def test_two_workers_print_a_paper_once(any_app, acting, clock):
    store = store_in(any_app.instance_path)
    filed(acting("alice"), store=store)
    db.session.commit()
    assert print_pending(db.session, Overtaken(store.root), press(store), at=clock()) == 0
    assert db.session.scalars(select(PaperFile.paper_id)).all() == [1]
