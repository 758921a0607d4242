"""The paper worker's one task: draw and seal the papers that are issued and not printed yet.

Imported by the commands alone, and called from one thread of their process: it brings WeasyPrint with it. It commits,
as only the delivery of messages does besides: each paper drawn stands by itself, and no transaction is open while one
is drawn, which would keep everybody else from writing.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from certify.models import Licence, Paper, PaperCopy, PaperFile
from certify.operations.acting import Actor
from certify.operations.ledger import log_paper
from certify.operations.patience import Patience
from certify.operations.sealing import NotPublished, Press, complete, gather_inside
from certify.operations.storage import Store
from certify.pdf.facts import from_json
from certify.pdf.render import render
from certify.trust.tiles import Forked

log = logging.getLogger(__name__)

SEAL = "seal"
AGAIN_AFTER, DRAWN_AGAIN_AFTER = timedelta(seconds=30), timedelta(minutes=5)
"""How long the key of the seal and the time-stamp authority are left alone once one of them failed, and a paper that
could not be drawn.
"""


class Undrawn(Exception):
    """A paper cannot be drawn; the fault is its own."""


class Unsealed(Exception):
    """A paper that is drawn cannot be closed: the key or the time-stamp authority does not answer. No other could."""


def print_pending(
    session: Session, store: Store, press: Press, *, at: datetime, limit: int = 100, patience: Patience | None = None
) -> int:
    """Draw, seal and keep at most `limit` papers, the newest first: somebody waits for it; return how many were.

    A paper that cannot be drawn is logged and tried again later; the others do not wait for it. When one cannot be
    sealed, none is drawn any more, until AGAIN_AFTER if `patience` is kept. Two processes may do this at once: both
    draw the same paper, and the second one to finish changes nothing. Call it with nothing unsaved: the session is
    rolled back before each drawing.
    """
    patience = patience or Patience()
    if not patience.is_over(SEAL, at, AGAIN_AFTER):
        return 0
    waiting = select(Paper.id).outerjoin(PaperFile).where(PaperFile.paper_id.is_(None)).order_by(Paper.id.desc())
    numbers = session.scalars(waiting).all()
    session.rollback()
    printed = 0
    for paper_id in numbers:
        if printed == limit:
            break
        if not patience.is_over(f"paper {paper_id}", at, DRAWN_AGAIN_AFTER):
            continue
        try:
            printed += _print(session, store, press, paper_id, at=at)
        except NotPublished as early:
            log.info("%s", early)
        except Unsealed:
            patience.note(SEAL, at)
            break
        except Undrawn:
            patience.note(f"paper {paper_id}", at)
    return printed


def print_now(session: Session, store: Store, press: Press, papers: Iterable[Paper], *, at: datetime) -> None:
    """Draw and keep these papers: somebody stands and waits for them. As `print_pending`, it wants nothing unsaved."""
    for paper_id in [paper.id for paper in papers]:
        try:
            _print(session, store, press, paper_id, at=at)
        except (NotPublished, Undrawn) as fault:
            log.info("%s", fault)
        except Unsealed:
            return


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
    """Print one paper; false when another process was faster. Raises NotPublished, Undrawn and Unsealed."""
    paper = session.get_one(Paper, paper_id)
    try:
        inside = gather_inside(session, paper, press)
        session.expunge(paper)
        session.rollback()  # a paper never changes: it can be drawn and sealed outside any transaction
        bare = complete(_draw(paper), paper, inside)
    except NotPublished:
        session.rollback()
        raise
    except Forked as fork:
        session.rollback()
        log.error("Paper %s cannot be printed: the database does not continue the public log, %s", paper.number, fork)
        raise Undrawn(paper.number) from fork
    except Exception as fault:
        session.rollback()
        log.exception("Paper %s cannot be printed", paper.number)
        raise Undrawn(paper.number) from fault
    try:
        content = press.close(bare, at)
    except Exception as fault:
        log.exception("Paper %s cannot be sealed", paper.number)
        raise Unsealed(paper.number) from fault
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
