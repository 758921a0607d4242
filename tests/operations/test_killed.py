"""The process is killed at every step of an issue: afterwards the licence is there with its proofs, or not at all.

A child is forked for each step, and kills itself there (SIGKILL: nothing is tidied up). Then the product looks again.
"""

from __future__ import annotations

import os
import shutil
import signal
import sys
from collections.abc import Iterator
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
    step = 1
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
    """Count what an issue leaves: licences signed, credentials, entries of issue, certificates, register entries."""
    signed = session.scalars(select(Licence).where(Licence.state != State.TO_SIGN)).all()
    told = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "issue")).all()
    papers = session.scalars(select(Paper).where(Paper.licence_id.is_not(None))).all()
    kept = (session.scalars(select(table)).all() for table in (Credential, RegisterEntry))
    return tuple(map(len, (signed, told, papers, *kept)))


def test_a_killed_issue_leaves_everything_or_nothing(app, before):
    found = set()
    for _ in killed_everywhere(app, before):
        at, folder = app.config["CLOCK"](), Path(app.instance_path)
        found.add(standing(db.session))
        publish(db.session, folder / "public", issuer=ISSUER, at=at)
        read = audit.audit(reader(folder / "public"), audit.Memory(RING.manifest.roots), at)
        assert (len(read.ledger.licences), find_break(db.session), list(disagreements(db.session))) == (
            standing(db.session)[0],
            None,
            [],
        )
    assert found == {(1,) * 5, (2,) * 5}
