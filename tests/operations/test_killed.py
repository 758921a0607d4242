"""The process is killed at every step of an issue: afterwards the licence is there with its proofs, or not at all.

A child is forked for each step, and kills itself there (SIGKILL: nothing is tidied up). Then the product looks again,
prints what is not printed, and publishes: the certificate is there, and the log tells its very file.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Credential, LedgerEntry, Licence, Paper, RegisterEntry, User
from certify.operations.acting import Actor
from certify.operations.auditing import disagreements
from certify.operations.licences import sign_licence
from certify.operations.printing import print_pending
from certify.operations.publishing import publish
from certify.operations.storage import Store
from certify.queries.journal import find_break
from certify.trust import audit
from certify.trust.keys import to_text
from certify.trust.ledger import parse
from certify.views import front
from certify.workflows.licence import State
from certify.workflows.voting import Choice
from tests.decisions import accept, decide_together
from tests.factories import reported, store_in
from tests.operations.test_publishing import reader
from tests.presses import press, print_all
from tests.proofs import ISSUER, RING
from tests.scenes import close, once

STEPS = {
    "_draw",
    "attach",
    "_write",
    "commit",
    "issue_certificate",
    "issue_credential",
    "keep",
    "log",
    "log_grant",
    "move_licence",
    "seal_pdf",
    "show_status",
    "sign_credential",
    "write",
    "write_entry",
}
"""The functions at whose beginning and end the process dies: signature, log, tables, commit, files."""

EVERY = int(os.environ.get("KILL_EVERY", "5"))
"""Which steps a run dies at: every fifth keeps it short; KILL_EVERY=1 dies at each."""

FIRST = int(os.environ.get("KILL_FIRST", datetime.now(UTC).toordinal() % EVERY + 1))
"""The first of them: another one each day, so that five days die at every step. KILL_FIRST=3 repeats a failure."""

STEPS_OF_AN_ISSUE = 50
"""Fewer than an issue has: whoever dies at steps closer than these dies before and after the commit."""

ROOMS = ("/certify/operations/", "/certify/trust/", "/sqlalchemy/orm/session.py")


def half_signed(acting, clock, store) -> None:
    """Approve two honeys of Alice, and sign the licence of one."""
    ready = [reported(acting, store=store) for _ in range(2)]
    decide_together(acting, clock, dict.fromkeys(ready, Choice.FAVOURABLE))
    signed, _ = [accept(dossier, acting) for dossier in ready]
    sign_licence(signed, store=store, issuer=ISSUER, actor=acting("sami"))


@pytest.fixture
def before(app, tmp_path) -> Path:
    """The instance as it stands before the second signature, its files printed."""
    once(half_signed)
    while print_all(store_in(app.instance_path), at=app.config["CLOCK"]()):
        pass
    close()
    shutil.copytree(app.instance_path, tmp_path / "before")
    return tmp_path / "before"


def issue(app) -> None:
    """Sign, commit, publish, print, publish: what the signatory and the clock do."""
    at, folder = app.config["CLOCK"](), Path(app.instance_path)
    store = Store(folder / "files")
    waiting = select(Licence).where(Licence.state == State.TO_SIGN, Licence.terms_accepted_at.is_not(None))
    signatory = db.session.scalars(select(User).where(User.email == "sami@example.ma")).one()
    sign_licence(db.session.scalars(waiting).one(), store=store, issuer=ISSUER, actor=Actor(db.session, signatory, at))
    db.session.commit()
    publish(db.session, folder / "public", issuer=ISSUER, at=at)
    print_pending(db.session, store, press(store), at=at)
    publish(db.session, folder / "public", issuer=ISSUER, at=at)


def die_at(step: int):
    """Return a profiler that kills this process at the `step`-th beginning or end of one of STEPS."""
    passed = 0

    def watch(frame, event, _argument) -> None:
        nonlocal passed
        code = frame.f_code
        if event in ("call", "return") and code.co_name in STEPS and any(room in code.co_filename for room in ROOMS):
            passed += 1
            if passed == step:
                os.kill(os.getpid(), signal.SIGKILL)

    return watch


def killed_at(app, step: int) -> bool:
    """Issue in a child that dies at a step; tell whether it died, or came to the end before."""
    child = os.fork()
    if not child:
        status = 1
        try:
            db.session.remove()
            sys.setprofile(die_at(step))
            issue(app)
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return os.WIFSIGNALED(status)


def killed_everywhere(app, before: Path) -> Iterator[int]:
    """Yield each step, the process having died there, on an instance as it was before."""
    step = FIRST
    while True:
        shutil.rmtree(app.instance_path)
        shutil.copytree(before, app.instance_path)
        front.stand(app)
        if not killed_at(app, step):
            return
        yield step
        db.session.remove()
        close()
        step += EVERY


def standing(session) -> tuple[int, ...]:
    """Count what an issue leaves: licences signed, entries of issue, certificates, credentials, register entries."""
    signed = session.scalars(select(Licence).where(Licence.state != State.TO_SIGN)).all()
    told = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "issue")).all()
    papers = session.scalars(select(Paper).where(Paper.licence_id.is_not(None))).all()
    kept = (session.scalars(select(table)).all() for table in (Credential, RegisterEntry))
    return tuple(map(len, (signed, told, papers, *kept)))


def printed(session, store: Store) -> list[str]:
    """List the hashes of the files of the certificates, as the disk has them, in the words of the log."""
    papers = session.scalars(select(Paper).where(Paper.licence_id.is_not(None))).all()
    return sorted(to_text(sha256(store.read(paper.file.sha256)).digest()) for paper in papers)


def told(session) -> list[str]:
    """List the hashes of files that the log tells."""
    entries = session.scalars(select(LedgerEntry.entry).where(LedgerEntry.kind == "doc"))
    return sorted(parse(entry.encode())["pdf"] for entry in entries)


def test_a_killed_issue_leaves_everything_or_nothing(app, before):
    left = set()
    for step in killed_everywhere(app, before):
        again = f"died at step {step}: KILL_FIRST={step} KILL_EVERY=9999 dies there again"
        at, folder = app.config["CLOCK"](), Path(app.instance_path)
        store = Store(folder / "files")
        stands = standing(db.session)
        left.add(stands)
        assert find_break(db.session) is None, again
        while print_all(store, at=at):
            pass
        publish(db.session, folder / "public", issuer=ISSUER, at=at)
        read = audit.audit(reader(folder / "public"), audit.Memory(RING.manifest.roots), at)
        assert list(disagreements(db.session, folder / "public", ISSUER)) == [], again
        assert (standing(db.session), len(read.ledger.licences)) == (stands, stands[0]), again
        assert (printed(db.session, store), len(read.ledger.papers)) == (told(db.session), stands[0]), again
    assert left <= {(1,) * 5, (2,) * 5}
    assert EVERY > STEPS_OF_AN_ISSUE or left == {(1,) * 5, (2,) * 5}
