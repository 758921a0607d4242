"""The paper worker's one task: draw the papers that are issued and not printed yet.

Imported by the commands alone, in a process with a single thread: it brings WeasyPrint with it. It commits, as only the
delivery of messages does besides: each paper drawn stands by itself, and no transaction is open while one is drawn,
which would keep everybody else from writing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certify.models import Licence, Paper, PaperFile
from certify.operations.acting import Actor
from certify.operations.ledger import log_paper
from certify.operations.storage import Store
from certify.pdf.facts import from_json
from certify.pdf.render import render

log = logging.getLogger(__name__)


def print_pending(session: Session, store: Store, *, at: datetime, limit: int = 100) -> int:
    """Draw and keep at most `limit` papers, the newest first: somebody waits for it; return how many were printed here.

    A paper that cannot be drawn is logged and tried again the next time; the others do not wait for it. Two processes
    may do this at once: both draw the same bytes, and the second one to finish changes nothing. Call it with nothing
    unsaved: the session is rolled back before each drawing.
    """
    waiting = select(Paper.id).outerjoin(PaperFile).where(PaperFile.paper_id.is_(None)).order_by(Paper.id.desc())
    numbers = session.scalars(waiting).all()
    session.rollback()
    printed = 0
    for paper_id in numbers:
        if printed == limit:
            break
        printed += _print(session, store, paper_id, at=at)
    return printed


def print_now(session: Session, store: Store, papers: Iterable[Paper], *, at: datetime) -> None:
    """Draw and keep these papers: somebody stands and waits for them. As `print_pending`, it wants nothing unsaved."""
    for paper_id in [paper.id for paper in papers]:
        _print(session, store, paper_id, at=at)


def paper_bytes(paper: Paper, store: Store) -> bytes:
    """Return the file of a paper: the one printed; or drawn anew, to the same bytes, while it is not or is lost."""
    if paper.file is not None and store.path(paper.file.sha256).exists():
        return store.read(paper.file.sha256)
    return _draw(paper)


def _print(session: Session, store: Store, paper_id: int, *, at: datetime) -> bool:
    paper = session.get_one(Paper, paper_id)
    session.expunge(paper)
    session.rollback()  # a paper never changes: it can be drawn outside any transaction
    try:
        content = _draw(paper)
    except Exception:
        log.exception("Paper %s cannot be printed", paper.number)
        return False
    session.add(PaperFile(paper_id=paper_id, sha256=store.keep(content), size=len(content), printed_at=at))
    try:
        session.flush()
        if paper.licence_id:
            licence = session.get_one(Licence, paper.licence_id)
            log_paper(licence, content, actor=Actor(session, None, at))
        session.commit()
    except IntegrityError:  # the other process was faster; the primary key let one of them in
        session.rollback()
        return False
    return True


def _draw(paper: Paper) -> bytes:
    return render(from_json(str(paper.kind), paper.facts))
