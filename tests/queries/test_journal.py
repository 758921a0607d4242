"""The journal read back: a forged row, a missing one and a moved state are each named at the first break."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from certify.extensions import db
from certify.models import Dossier
from certify.operations.admissibility import take_up
from certify.queries.journal import Break, find_break
from tests.factories import filed, store_in

GUARDS = ("event_is_kept", "event_is_never_deleted")


@pytest.fixture
def journal(app, acting):
    """Two dossiers, the first taken up; the guards of the table are taken off as an intruder would."""
    first = filed(acting("alice"), store=store_in(app.instance_path))
    filed(acting("alice"), store=store_in(app.instance_path))
    take_up(first, actor=acting("carol"))
    for guard in GUARDS:
        db.session.execute(sa.text(f"DROP TRIGGER {guard}"))
    db.session.commit()
    return first


def broken(statement: str) -> Break | None:
    """Do what an intruder does, and say what the check finds."""
    db.session.execute(sa.text(statement))
    db.session.commit()
    db.session.expire_all()
    return find_break(db.session)


def test_an_honest_journal_holds(journal):
    assert find_break(db.session) is None


def test_an_altered_event_is_named(journal):
    found = broken("UPDATE event SET reason = 'autre' WHERE dossier_id = 1 AND sequence = 2")
    assert found == Break("dossier 1", 2, "does not say what its hash says")


def test_a_missing_event_is_named(journal):
    found = broken("DELETE FROM event WHERE dossier_id = 1 AND sequence = 1")
    assert found == Break("dossier 1", 1, "event 1 is missing")


def test_a_last_event_taken_away_shows_in_the_state(journal):
    found = broken("DELETE FROM event WHERE dossier_id = 1 AND sequence = 2")
    assert found == Break("dossier 1", 1, "ends at filed, but the table says checking")


def test_a_state_moved_without_an_event_is_named(journal):
    found = broken("UPDATE dossier SET state = 'admissible' WHERE id = 2")
    assert found == Break("dossier 2", 1, "ends at filed, but the table says admissible")


def test_a_dossier_born_without_an_event_is_named(journal):
    number = db.session.scalars(sa.select(sa.func.max(Dossier.id))).one()
    assert broken("DELETE FROM event WHERE dossier_id = 2") == Break(
        f"dossier {number}", 0, "is filed without a single event"
    )
