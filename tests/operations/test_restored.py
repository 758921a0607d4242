"""A database restored from a backup older than the published log: nothing is published, proved or printed from it."""
# ruff: noqa: F811

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from certify.extensions import db
from certify.models import Credential, LedgerEntry, NumberSeries
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.ledger import log
from certify.operations.publishing import proof_of, publish
from certify.trust.keys import FileSigner
from certify.trust.note import read_checkpoint, sign_checkpoint
from certify.trust.tiles import CHECKPOINT, Forked
from tests.conftest import close
from tests.intruders import disarm
from tests.presses import print_all
from tests.proofs import ISSUER
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401

HASH = "A" * 43


def forget(session) -> None:
    """Take the last entry out of the log of the database, as if a backup without it had been restored."""
    disarm(session)
    size = session.scalar(select(func.count()).select_from(LedgerEntry))
    session.execute(text(f"DELETE FROM ledger_entry WHERE position = {size - 1}"))
    session.get_one(NumberSeries, ("ledger", 0)).last = size - 1
    session.commit()


def tell(session, number: int, at) -> None:
    log("journal", actor=Actor(session, None, at), head=HASH, events=number)
    session.commit()


@pytest.mark.parametrize("later", [0, 1, 2, 5])
def test_a_restored_database_publishes_nothing_on_either_engine(any_app, clock, tmp_path, later):
    session, public = db.session, tmp_path / "public"
    for number in range(5):
        tell(session, number, clock())
    publish(session, public, issuer=ISSUER, at=clock())
    forget(session)
    for number in range(later):
        tell(session, 100 + number, clock())
    before = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}
    with pytest.raises(Forked):
        publish(session, public, issuer=ISSUER, at=clock())
    assert {path: path.read_bytes() for path in public.rglob("*") if path.is_file()} == before


@pytest.fixture
def public(app) -> Path:
    return Path(app.instance_path) / "public"


@pytest.fixture
def restored(session, app, public, licence_of, *, store, clock, acting):
    """Another licence was signed since the backup, and published; the database of the backup is back."""
    publish(session, public, issuer=ISSUER, at=clock())
    close()
    file = Path(app.instance_path) / "certify.sqlite"
    shutil.copy(file, file.with_suffix(".backup"))
    licences.suspend(licence_of("signed"), reason="Analyse.", actor=acting("sami"))
    session.commit()
    publish(session, public, issuer=ISSUER, at=clock())
    close()
    for beside in file.parent.glob("certify.sqlite-*"):
        beside.unlink()
    shutil.copy(file.with_suffix(".backup"), file)


@pytest.mark.usefixtures("restored")
def test_an_entry_in_the_place_of_another_is_never_proved(session, public, licence_of, store, *, acting, clock):
    licences.sign_licence(licence_of("notified"), store=store, issuer=ISSUER, actor=acting("sami"))
    session.commit()
    granted = session.scalars(select(LedgerEntry).where(LedgerEntry.kind == "decision")).all()[-1]
    with pytest.raises(Forked):
        proof_of(public, granted, ISSUER)
    with pytest.raises(Forked):
        print_all(store, at=clock())


@pytest.mark.usefixtures("restored")
def test_the_page_of_a_proof_says_that_there_is_none(session, client_of):
    known = session.scalars(select(Credential)).one()
    assert client_of(None).get(f"/c/{known.licence.number}/proof").status_code == 200
    for trigger in ("ledger_entry_is_kept", "ledger_entry_is_never_deleted"):
        session.execute(text(f"DROP TRIGGER {trigger}"))
    session.execute(text(f"UPDATE ledger_entry SET entry = '{{}}' WHERE position = {known.position}"))
    session.commit()
    assert client_of(None).get(f"/c/{known.licence.number}/proof").status_code == 503


COMMANDS = ["tick", "serve", "paper TDM x.pdf", "pack TDM x.zip"]


@pytest.mark.parametrize("command", COMMANDS)
def test_under_a_head_that_the_log_did_not_sign_nothing_runs(app, session, public, clock, tmp_path, *, command):
    publish(session, public, issuer=ISSUER, at=clock())
    thief, checkpoint = FileSigner.make(tmp_path / "x.pem"), public / "log" / CHECKPOINT
    checkpoint.write_text(sign_checkpoint(read_checkpoint(checkpoint.read_text()), thief))
    before = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}
    done = app.test_cli_runner().invoke(args=command.split())
    assert (done.exit_code, "cannot be believed: the log did not sign this" in done.output) == (1, True)
    assert {path: path.read_bytes() for path in public.rglob("*") if path.is_file()} == before


@pytest.mark.usefixtures("restored")
@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_refuses_and_says_what_to_read(app, public, command):
    before = (public / "log" / CHECKPOINT).read_bytes()
    done = app.test_cli_runner().invoke(args=command.split())
    assert (done.exit_code, "does not continue the public log" in done.output, "docs/proof.md" in done.output) == (
        1,
        True,
        True,
    )
    assert (public / "log" / CHECKPOINT).read_bytes() == before
