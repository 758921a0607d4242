"""The tables held against the public log from inside: whoever rewrites the past is found out."""
# ruff: noqa: F811

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from certify.extensions import db, reading
from certify.models import Event, LedgerEntry
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.auditing import anchor_journal, disagreements
from certify.operations.ledger import log
from certify.operations.publishing import publish
from certify.queries.journal import find_break, head_of, said
from certify.queries.ledger import list_entries_of
from certify.trust.ledger import parse
from certify.workflows.evidence import GENESIS, canonical, fingerprint
from tests.intruders import disarm
from tests.operations.test_publishing import audited, licence, public, store  # noqa: F401
from tests.proofs import ISSUER


@pytest.fixture
def found(session, public, clock):
    """Publish what is there; then `found()` commits what was done since, and says what the check finds."""

    def check() -> list[str]:
        session.commit()
        return list(disagreements(session, public, ISSUER))

    publish(session, public, issuer=ISSUER, at=clock())
    return check


@pytest.fixture
def anchored(session, licence, clock):
    anchor_journal(session, at=clock() + timedelta(days=1))
    session.commit()


def test_all_agree(licence, anchored, found):
    assert found() == []


def test_what_waits_to_be_published_is_no_fault(licence, found, acting):
    licences.suspend(licence, reason="Analyse.", actor=acting("sami"))
    assert found() == []


def test_the_journal_is_anchored_once_a_day(session, licence, clock):
    tomorrow = clock() + timedelta(days=1)
    for at in (tomorrow, tomorrow + timedelta(hours=1), tomorrow + timedelta(days=1)):
        anchor_journal(session, at=at)
    assert len(list_entries_of(session, "journal")) == 2


def test_a_journal_rewritten_with_all_its_hashes_is_found_out(session, anchored, found):
    disarm(session)
    session.execute(text("UPDATE event SET hash = replace(hash, 'a', 'b') WHERE id = 3"))
    assert [fault.partition(" at ")[0] for fault in found()] == [
        "journal: it is not the one that the public log anchored"
    ]


def rewrite(session, event: Event, reason: str) -> None:
    """Change why something was done, and every hash behind it."""
    event.reason, previous = reason, GENESIS
    chain = select(Event).where(Event.dossier_id == event.dossier_id).order_by(Event.sequence)
    for each in session.scalars(chain).all():
        each.previous_hash = previous
        each.hash = previous = fingerprint(said(each))
    session.flush()


def test_a_journal_rewritten_together_with_its_anchor_is_found_out(session, clock, anchored, found):
    disarm(session)
    rewrite(session, session.scalars(select(Event).where(Event.dossier_id.is_not(None))).first(), "Autre.")
    [anchor] = list_entries_of(session, "journal")
    head, events = head_of(session, before=clock() + timedelta(days=1))
    published = anchor.entry
    anchor.entry = canonical(parse(anchor.entry.encode()) | {"head": head, "events": events})
    assert find_break(session) is None
    assert found() == [f"public log: entry {anchor.position} is another than the one published: {published}"]


def test_the_attack_is_unseen_from_outside(session, public, clock, anchored, found):
    disarm(session)
    session.execute(text("UPDATE ledger_entry SET entry = replace(entry, 'events', 'acts') WHERE kind = 'journal'"))
    session.commit()
    assert audited(public, clock).checkpoint.size == len(session.scalars(select(LedgerEntry.position)).all())


@pytest.fixture
def told(any_app, tmp_path, clock):
    """On either engine: three entries, published; then `told(sql)` says what is found after a statement."""
    session, folder = db.session, tmp_path / "published"
    for number in range(3):
        log("journal", actor=Actor(session, None, clock()), head=head_of(session, before=clock())[0], events=number)
    session.commit()
    publish(session, folder, issuer=ISSUER, at=clock())

    def check(statement: str, issuer=ISSUER) -> list[str]:
        disarm(session)
        session.execute(text(statement))
        session.commit()
        return [fault.partition(": {")[0] for fault in disagreements(session, folder, issuer) if "public" in fault]

    return check


@pytest.mark.parametrize(
    ("statement", "faults"),
    [
        ("SELECT 1", []),
        (
            "UPDATE ledger_entry SET entry = (SELECT entry FROM ledger_entry WHERE position = 0) WHERE position = 1",
            ["public log: entry 1 is another than the one published"],
        ),
        (
            "DELETE FROM ledger_entry WHERE position > 1",
            [
                "public log: the database lacks entry 2, which is published",
                "public log: the database lacks entry 3, which is published",
            ],
        ),
        (
            "DELETE FROM ledger_entry WHERE position = 1",
            ["public log: entry 1 is another than the one published"],
        ),
    ],
)
def test_a_log_rewritten_on_either_engine_is_found_out(told, statement, faults):
    journal = "journal: it is not the one"
    assert [fault for fault in told(statement) if not fault.startswith(journal)] == faults


def test_without_its_key_the_published_head_proves_nothing(told):
    assert told("SELECT 1", issuer=None)[:1] == [
        "public log: what is published cannot be read: there are no keys here by which to know its head"
    ]


def test_a_head_that_the_log_did_not_sign_is_named(session, public, licence, found):
    file = public / "log" / "checkpoint"
    file.write_text(file.read_text().replace("\n5\n", "\n4\n"))
    assert found()[0].startswith("public log: what is published cannot be read: the signature of")


def test_a_log_that_is_published_nowhere_is_named(session, licence, public):
    assert list(disagreements(session, public, ISSUER)) == ["public log: of its 4 entries none is published"]


def test_nobody_waits_while_the_journal_is_read(any_app, clock):
    at = clock()
    with reading() as held:
        before = held.scalars(select(LedgerEntry.position)).all()
        log("journal", actor=Actor(db.session, None, at), head="A" * 43, events=1)
        db.session.commit()
        assert held.scalars(select(LedgerEntry.position)).all() == before


@pytest.mark.parametrize(
    ("rewritten", "faults"),
    [
        (
            "UPDATE licence SET state = 'suspended'",
            [
                "public log: it tells 1 licences, or other states than the tables, 1",
                "the public register tells otherwise than its journal and its credential: state",
            ],
        ),
        (
            "UPDATE licence SET valid_to = '2099-12-31'",
            [
                "its validity is not the one that the public log tells",
                "the public register tells otherwise than its journal and its credential: valid_to",
            ],
        ),
        (
            "UPDATE licence SET valid_to = '2099-12-31'; UPDATE register_entry SET valid_to = '2099-12-31'",
            ["its validity is not the one that the public log tells"],
        ),
        ("DELETE FROM register_entry", ["the public register lacks it"]),
    ],
)
def test_a_table_rewritten_is_found_out(session, licence, rewritten, faults, found):
    disarm(session)
    for statement in rewritten.split("; "):
        session.execute(text(statement))
    assert [each.removeprefix(f"licence {licence.number}: ") for each in found()] == faults


def test_a_credential_exchanged_is_found_out(session, licence, found):
    disarm(session)
    session.execute(text("UPDATE credential SET token = token || 'x'"))
    assert found() == [f"licence {licence.number}: its credential is not the one that the public log tells"]


def test_the_command_names_every_fault(app, session, licence, client_of):
    done = app.test_cli_runner().invoke(args=["journal", "check"])
    assert (done.exit_code, done.output) == (1, "public log: of its 4 entries none is published\n")
