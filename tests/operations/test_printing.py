"""Papers drawn by the worker: from real acts to whole PDFs, once each, whoever prints."""

from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.extensions import db
from certify.models import Paper, PaperFile
from certify.models.paper import PaperKind
from certify.operations.licences import sign_licence
from certify.operations.printing import paper_bytes, print_pending
from certify.operations.storage import Store
from certify.workflows.voting import Choice
from tests.decisions import accept, decide_together
from tests.factories import filed, reported, store_in
from tests.proofs import ISSUER
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


def test_the_papers_of_a_real_course_are_printed(session, acting, clock, store):
    dossier = reported(acting, store=store)
    decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    sign_licence(accept(dossier, acting), store=store, issuer=ISSUER, actor=acting("sami"))
    session.commit()
    assert print_pending(session, store, at=clock()) == 9
    papers = session.scalars(select(Paper).order_by(Paper.id)).all()
    convened = ["convocation"] * 5
    assert [str(paper.kind) for paper in papers] == ["receipt", *convened, "minutes", "decision", "certificate"]
    for paper in papers:
        content = paper_bytes(paper, store)
        assert (sha256(content).hexdigest(), len(content)) == (paper.file.sha256, paper.file.size)
        with pikepdf.open(BytesIO(content)) as pdf:
            assert paper.number in str(pdf.docinfo["/Title"])
            assert pdf.attachments["facts.json"].get_file().read_bytes().decode() == paper.facts
    assert print_pending(session, store, at=clock()) == 0


def test_a_lost_file_is_drawn_anew_to_the_same_bytes(session, acting, clock, store):
    filed(acting("alice"), store=store)
    session.commit()
    print_pending(session, store, at=clock())
    paper = session.scalars(select(Paper)).one()
    before = paper_bytes(paper, store)
    store.path(paper.file.sha256).unlink()
    assert paper_bytes(paper, store) == before


def test_a_paper_that_cannot_be_drawn_stops_no_other(session, acting, clock, store, caplog):
    filed(acting("alice"), store=store)
    add_broken(session, clock)
    filed(acting("alice"), store=store)
    session.commit()
    assert print_pending(session, store, at=clock(), limit=2) == 2
    assert session.scalars(select(Paper.number).join(PaperFile).order_by(Paper.id)).all() == [
        "REC-DEM-2026-00001",
        "REC-DEM-2026-00002",
    ]
    assert "Paper REC-DEM-2026-00099 cannot be printed" in caplog.text


def test_no_more_than_asked_is_printed(session, acting, clock, store):
    filed(acting("alice"), store=store)
    filed(acting("alice"), store=store)
    session.commit()
    assert [print_pending(session, store, at=clock(), limit=1) for _ in range(3)] == [1, 1, 0]


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
    assert print_pending(db.session, Overtaken(store.root), at=clock()) == 0
    assert db.session.scalars(select(PaperFile.paper_id)).all() == [1]
