"""The tables of labels: whoever writes past the operations, no label goes back and nothing told to the log changes."""
# ruff: noqa: F811

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from certify.extensions import db
from certify.models import LabelActivation, LabelBatch
from certify.operations import labels
from certify.queries.labels import count_states
from certify.workflows.batch import State
from certify.workflows.label import Cause
from tests import scans
from tests.labels import released
from tests.operations.test_simultaneous_office import acting  # noqa: F401
from tests.scenes import once

BROKEN = (
    "UPDATE label_serial SET state = 'printed', activation_id = NULL WHERE rank = 1",
    "UPDATE label_serial SET state = 'active' WHERE rank = 3",
    "UPDATE label_serial SET activation_id = NULL WHERE rank = 1",
    "UPDATE label_serial SET serial = '7K9M4T2XP8QJ' WHERE rank = 2",
    "UPDATE label_serial SET state = 'opened' WHERE rank = 2",
    "DELETE FROM label_serial",
    "UPDATE label_batch SET size = 1",
    "UPDATE label_batch SET kid = 3",
    "DELETE FROM label_batch",
    "UPDATE label_activation SET lot = 'L9'",
    "DELETE FROM label_activation",
    "UPDATE label_voiding SET count = 1",
    "DELETE FROM label_voiding",
)


def test_database_lets_no_label_go_back(any_app, acting):
    licence = once(scans.granted)
    batch = released(licence, acting, size=3)
    labels.activate(batch, 1, 1, lot="L2412", packed_on=acting("alice").today, declared=1, actor=acting("alice"))
    labels.cancel(batch, 3, 3, cause=Cause.STOLEN, actor=acting("alice"))
    db.session.commit()
    for statement in BROKEN:
        with pytest.raises(DatabaseError):
            db.session.execute(text(statement))
        db.session.rollback()
    assert count_states(db.session, batch) == {"printed": 1, "active": 1, "opened": 0, "void": 1}
    assert db.session.query(LabelActivation).count() == 1
    assert db.session.get_one(LabelBatch, batch.id).state is State.RELEASED
