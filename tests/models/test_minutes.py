"""What the database refuses of proposed minutes, whoever asks."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from certify.extensions import db
from certify.models import MinutesSignature
from certify.operations import meetings, minutes, proposals
from certify.operations.minutes import GivenReason
from certify.workflows.voting import Choice
from tests.decisions import attest
from tests.scenes import once
from tests.sittings import Stage, at_work, on_stage  # noqa: F401

FORBIDDEN = [
    "UPDATE minutes_proposal SET facts = '{}'",
    "DELETE FROM minutes_proposal",
    "UPDATE minutes_signature SET user_id = 1",
    "DELETE FROM minutes_signature",
    "DELETE FROM minutes_agreement",
    "UPDATE minutes_remark SET text = 'x'",
    "UPDATE minutes_remark SET answer = 'x'",
    "DELETE FROM minutes_remark",
    "UPDATE meeting SET state = 'minutes_signed'",
    "INSERT INTO minutes_signature (proposal_id, capacity, user_id, sha256, signed_at)"
    " SELECT proposal_id, 'president', user_id, sha256, signed_at FROM minutes_signature",
    "INSERT INTO minutes_signature (proposal_id, capacity, user_id, sha256, signed_at)"
    f" SELECT proposal_id, 'president', user_id + 1, '{'b' * 64}', signed_at FROM minutes_signature",
    "DELETE FROM reason",
    "UPDATE reason SET fact = 'Autre chose'",
    "INSERT INTO reason (item_id, criterion, fact, evidence) SELECT item_id, criterion, fact, evidence FROM reason",
]


@pytest.fixture(name="attested")
def of_attested(stage):
    """The minutes of a refusal, remarked on, answered, approved, and signed by the secretary."""
    once(refused)
    return stage


def refused(acting, clock):
    """Refuse, and come to where the president signs."""
    stage = Stage(db.session, acting, clock)
    item = stage.decide(Choice.UNFAVOURABLE)
    reason = GivenReason("general.origin", "L’origine n’est pas établie.", "Rapport, version 1")
    minutes.state_reasons(item, reasons=[reason], actor=stage.acting("pia"))
    meetings.close_meeting(stage.meeting, reason="Temps", actor=stage.acting("pia"))
    minutes.draw_up_minutes(stage.meeting, actor=stage.acting("carol"))
    remark = proposals.remark_on_minutes(stage.meeting, item, text="Trop bref.", actor=stage.acting("bob"))
    proposals.answer_remark(remark, answer="Conforme.", actor=stage.acting("carol"))
    attest(stage.meeting, stage.acting)


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses(attested, statement):
    with pytest.raises(IntegrityError):
        attested.session.execute(sa.text(statement))
    attested.session.rollback()


def test_the_president_does_not_sign_before_the_secretary(attested):
    first = attested.session.query(MinutesSignature).one()
    minutes.correct_minutes(attested.meeting, reason="Une coquille", actor=attested.acting("carol"))
    minutes.draw_up_minutes(attested.meeting, actor=attested.acting("carol"))
    last = attested.session.execute(sa.text("SELECT id, sha256 FROM minutes_proposal ORDER BY id DESC")).first()
    alone = MinutesSignature(
        proposal_id=last.id, capacity="president", user_id=first.user_id, sha256=last.sha256, signed_at=first.signed_at
    )
    attested.session.add(alone)
    with pytest.raises(IntegrityError, match="signs the minutes first"):
        attested.session.flush()
