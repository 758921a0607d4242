"""The paper worker's one task: draw and seal the papers that are issued and not printed yet.

Imported by the commands alone, in a process with a single thread: it brings WeasyPrint with it. It commits, as only the
delivery of messages does besides: each paper drawn stands by itself, and no transaction is open while one is drawn,
which would keep everybody else from writing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certify.models import Licence, Paper, PaperCopy, PaperFile
from certify.operations.acting import Actor
from certify.operations.ledger import log_paper
from certify.operations.sealing import NotPublished, Press, complete, gather_inside
from certify.operations.storage import Store
from certify.pdf.facts import from_json
from certify.pdf.render import render
from certify.trust.tiles import Forked

log = logging.getLogger(__name__)


def print_pending(session: Session, store: Store, press: Press, *, at: datetime, limit: int = 100) -> int:
    """Draw, seal and keep at most `limit` papers, the newest first: somebody waits for it; return how many were.

    A paper that cannot be drawn is logged and tried again the next time; the others do not wait for it. Two processes
    may do this at once: both draw the same paper, and the second one to finish changes nothing. Call it with nothing
    unsaved: the session is rolled back before each drawing.
    """
    waiting = select(Paper.id).outerjoin(PaperFile).where(PaperFile.paper_id.is_(None)).order_by(Paper.id.desc())
    numbers = session.scalars(waiting).all()
    session.rollback()
    printed = 0
    for paper_id in numbers:
        if printed == limit:
            break
        printed += _print(session, store, press, paper_id, at=at)
    return printed


def print_now(session: Session, store: Store, press: Press, papers: Iterable[Paper], *, at: datetime) -> None:
    """Draw and keep these papers: somebody stands and waits for them. As `print_pending`, it wants nothing unsaved."""
    for paper_id in [paper.id for paper in papers]:
        _print(session, store, press, paper_id, at=at)


def paper_bytes(session: Session, store: Store, press: Press, paper: Paper, *, at: datetime) -> bytes | None:
    """Return the file of a paper, printed now if it was not; None when it cannot be. It commits.

    A file that was lost is made again. Where nothing moved meanwhile it comes out the same, to the byte; where the key
    was rotated, the log went on or a time-stamp is asked for, it is another file, recorded beside the first.
    """
    if paper.file is None:
        print_now(session, store, press, [paper], at=at)
        paper = session.get_one(Paper, paper.id)
    if paper.kept is None:
        return None
    if store.path(paper.kept.sha256).exists():
        return store.read(paper.kept.sha256)
    return _make_again(session, store, press, paper, at=at)


def _print(session: Session, store: Store, press: Press, paper_id: int, *, at: datetime) -> bool:
    paper = session.get_one(Paper, paper_id)
    try:
        inside = gather_inside(session, paper, press)
        session.expunge(paper)
        session.rollback()  # a paper never changes: it can be drawn and sealed outside any transaction
        bare = complete(_draw(paper), paper, inside)
        content = press.close(bare, at)
    except NotPublished as early:
        session.rollback()
        log.info("%s", early)
        return False
    except Forked as fork:
        session.rollback()
        log.error("Paper %s cannot be printed: the database does not continue the public log, %s", paper.number, fork)
        return False
    except Exception:
        session.rollback()
        log.exception("Paper %s cannot be printed", paper.number)
        return False
    kept = {"sha256": store.keep(content), "bare_sha256": sha256(bare).hexdigest(), "size": len(content)}
    session.add(PaperFile(paper_id=paper_id, printed_at=at, **kept))
    try:
        session.flush()
        _tell(session, paper, content, at=at)
        session.commit()
    except IntegrityError:  # the other process was faster; the primary key let one of them in
        session.rollback()
        return False
    return True


def _make_again(session: Session, store: Store, press: Press, paper: Paper, *, at: datetime) -> bytes:
    drawn, first = _draw(paper), paper.file
    bare = complete(drawn, paper, gather_inside(session, paper, press))
    for content in (drawn, press.close(bare, first.printed_at)):
        if sha256(content).hexdigest() == first.sha256:
            store.keep(content)
            return content
    content = press.close(bare, at)
    kept = {"sha256": store.keep(content), "bare_sha256": sha256(bare).hexdigest(), "size": len(content)}
    session.add(PaperCopy(paper_id=paper.id, printed_at=at, **kept))
    session.flush()
    _tell(session, paper, content, at=at)
    session.commit()
    return content


def _tell(session: Session, paper: Paper, content: bytes, *, at: datetime) -> None:
    """Tell the public log which file is a certificate; the log holds nothing of the other papers."""
    if paper.licence_id:
        log_paper(session.get_one(Licence, paper.licence_id), content, actor=Actor(session, None, at))


def _draw(paper: Paper) -> bytes:
    return render(from_json(str(paper.kind), paper.facts))
