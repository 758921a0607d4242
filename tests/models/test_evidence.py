"""What the database itself refuses, whoever asks: each promise has a statement that tries to break it."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from certify.extensions import db
from certify.models import (
    AgendaItem,
    Ballot,
    ConflictRuling,
    Declaration,
    Dossier,
    Event,
    Licence,
    Meeting,
    Paper,
    PaperCopy,
    PaperFile,
    Product,
)
from certify.models.dossier import Usage
from certify.models.meeting import Interest, ItemEnd
from certify.models.paper import PaperKind
from certify.operations.journal import record
from certify.workflows import licence, meeting
from certify.workflows.dossier import Action, State
from certify.workflows.interests import Ground, Ruling
from certify.workflows.permissions import Role
from certify.workflows.voting import Choice
from tests.scenes import once
from tests.times import NOON

HASH = "a" * 64


@pytest.fixture
def evidence(any_app):
    """One of everything that is kept for ever: event, paper and file, closed ballot, signed licence."""
    once(one_of_everything)


def one_of_everything(acting):
    """Write it down."""
    dossier = Dossier(
        number="DEM-2026-00001",
        organisation_id=1,
        state=State.DELIBERATION,
        regulation="2026-1",
        rapporteur_id=acting("rachid").id,
        created_by_id=acting("alice").id,
        created_at=NOON,
        changed_at=NOON,
        filed_at=NOON,
        product=Product(name_fr="Miel", filiere="honey", usage=Usage.FOOD),
    )
    sitting = Meeting(
        number="CH-2026-01",
        state=meeting.State.OPEN,
        held_on=date(2026, 11, 23),
        starts_at="09:30",
        place="Rabat",
        regulation="2026-1",
        created_by_id=acting("carol").id,
        created_at=NOON,
        items=[AgendaItem(dossier=dossier, position=1, opened_at=NOON)],
    )
    db.session.add(sitting)
    db.session.flush()
    item = sitting.items[0]
    voice = {"item_id": item.id, "user_id": acting("bob").id}
    db.session.add(Declaration(**voice, interest=Interest.CONFLICT, statement="Parent", declared_at=NOON))
    ruled = {"ground": Ground.AUTHOR, "ruling": Ruling.DISMISSED, "reason": "Il n’a rien écrit.", "ruled_at": NOON}
    db.session.add(ConflictRuling(**voice, **ruled, ruled_by_id=acting("pia").id))
    db.session.add(Ballot(**voice, seat_id=2, choice=Choice.FAVOURABLE, cast_at=NOON))
    db.session.add(
        Licence(
            dossier_id=dossier.id,
            state=licence.State.ACTIVE,
            number="TDM-09-2026-0001-K",
            mark="7K9M4T2XP8QJ",
            valid_from=date(2026, 11, 23),
            valid_to=date(2029, 11, 22),
            signed_at=NOON,
            created_at=NOON,
        )
    )
    paper = Paper(number="REC-1", kind=PaperKind.RECEIPT, dossier_id=dossier.id, facts="{}", issued_at=NOON)
    paper.file = PaperFile(sha256=HASH, size=1, printed_at=NOON)
    paper.copies = [PaperCopy(sha256=HASH, bare_sha256=HASH, size=1, printed_at=NOON)]
    db.session.add(paper)
    record(dossier, actor=acting("carol"), role=Role.SECRETARIAT, action=Action.OPEN_ITEM, source=State.ON_AGENDA)
    db.session.flush()
    item.closed_at, item.ended, item.tally = NOON, ItemEnd.APPROVED, {}


FORBIDDEN = [
    "UPDATE event SET reason = 'x'",
    "DELETE FROM event",
    "UPDATE paper SET facts = 'x'",
    "DELETE FROM paper_file",
    "UPDATE paper_file SET sha256 = 'x'",
    "DELETE FROM paper_copy",
    "UPDATE paper_copy SET bare_sha256 = 'x'",
    "UPDATE ballot SET choice = 'unfavourable'",
    "DELETE FROM ballot",
    "UPDATE declaration SET interest = 'none'",
    "DELETE FROM declaration",
    "UPDATE agenda_item SET ended = 'refused'",
    "UPDATE conflict_ruling SET ruling = 'confirmed'",
    "DELETE FROM conflict_ruling",
    "INSERT INTO conflict_ruling (item_id, user_id, ground, ruling, reason, ruled_by_id, ruled_at)"
    " SELECT item_id, user_id, 'competitor', ruling, reason, user_id, ruled_at FROM conflict_ruling",
    "INSERT INTO conflict_ruling (item_id, user_id, ground, ruling, reason, ruled_by_id, ruled_at)"
    " SELECT item_id, user_id, 'competitor', ruling, '', ruled_by_id, ruled_at FROM conflict_ruling",
    "INSERT INTO conflict_ruling (item_id, user_id, ground, ruling, reason, ruled_by_id, ruled_at)"
    " SELECT item_id, user_id, ground, ruling, reason, ruled_by_id, ruled_at FROM conflict_ruling",
    "UPDATE agenda_item SET tally = '{}'",
    "INSERT INTO reason (item_id, criterion, fact, evidence) SELECT id, ' ', 'Non', 'Rapport' FROM agenda_item",
    "INSERT INTO reason (item_id, criterion, fact, evidence) SELECT id, 'general.origin', '', 'x' FROM agenda_item",
    "INSERT INTO reason (item_id, criterion, fact, evidence) SELECT id, 'general.origin', 'Non', '' FROM agenda_item",
    "UPDATE meeting SET state = 'minutes_signed'",
    "UPDATE agenda_item SET closed_at = NULL, ended = NULL",
    "UPDATE dossier SET number = 'DEM-2026-00002'",
    "UPDATE dossier SET number = NULL, filed_at = NULL",
    "UPDATE dossier SET regulation = '2027-1'",
    "UPDATE licence SET mark = '000000000000'",
    "UPDATE licence SET number = 'TDM-09-2026-0002-X'",
    "UPDATE licence SET state = 'to_sign'",
    "DELETE FROM licence",
    "UPDATE dossier SET state = 'blessed'",
    "UPDATE dossier SET state = 'draft', rapporteur_id = NULL, number = NULL",
    "INSERT INTO ballot (item_id, seat_id, user_id, choice, cast_at)"
    " SELECT id, 3, 9, 'favourable', '2026-11-23' FROM agenda_item",
]


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses(evidence, statement):
    with pytest.raises(IntegrityError):
        db.session.execute(sa.text(statement))
        db.session.commit()
    db.session.rollback()


def test_one_seat_has_one_ballot(any_app, evidence, user):
    item = db.session.scalars(sa.select(AgendaItem)).one()
    with pytest.raises(IntegrityError):
        db.session.add(Ballot(item_id=item.id, seat_id=2, user_id=1, choice=Choice.FAVOURABLE, cast_at=NOON))
        db.session.flush()
    db.session.rollback()


def test_the_journal_forks_nowhere(evidence):
    event = db.session.scalars(sa.select(Event)).one()
    with pytest.raises(IntegrityError):
        twin = {column.name: getattr(event, column.name) for column in Event.__table__.columns}
        db.session.execute(sa.insert(Event).values(**twin | {"id": 99, "hash": "b" * 64}))
    db.session.rollback()


def test_identity_and_telephone_are_sealed_in_the_table(any_app):
    kept = db.session.execute(sa.text("SELECT representative_cnie, phone FROM organisation WHERE id = 1")).one()
    assert not [value for value in kept if "AB123456" in value or "612345678" in value]
