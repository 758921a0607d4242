"""What the database refuses of errata and of the minutes they stand beside, whoever asks."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from certify.extensions import db
from certify.operations import errata
from tests.operations.test_errata import approved, draw_up, put_in_force
from tests.scenes import once
from tests.sittings import Stage, at_work, on_stage  # noqa: F401

COPIED = (
    "number, meeting_id, item_id, proposal_id, rank, passage, says, should_say, reason, facts, sha256,"
    " drawn_up_by_id, drawn_up_at"
)


def again(**other: str) -> str:
    """Insert the first erratum again, with other values."""
    values = {"number": "'X'", "rank": "9"} | other
    chosen = ", ".join(values.get(name, name) for name in COPIED.replace(" ", "").split(","))
    return f"INSERT INTO erratum ({COPIED}) SELECT {chosen} FROM erratum WHERE rank = 1"


def sign_as(capacity: str, erratum: int, sha256: str = "sha256", user: str = "1") -> str:
    """Insert a signature under an erratum by its rank."""
    return (
        "INSERT INTO erratum_signature (erratum_id, capacity, user_id, sha256, signed_at)"
        f" SELECT id, '{capacity}', {user}, {sha256}, drawn_up_at FROM erratum WHERE rank = {erratum}"
    )


FORBIDDEN = [
    "UPDATE erratum SET should_say = 'Autre chose' WHERE rank = 2",
    "UPDATE erratum SET facts = '{}'",
    "UPDATE erratum SET dropped_at = drawn_up_at, dropped_by_id = 1, drop_reason = 'x' WHERE rank = 1",
    "UPDATE erratum SET drop_reason = 'x' WHERE rank = 3",
    "UPDATE erratum SET dropped_at = drawn_up_at WHERE rank = 2",
    "DELETE FROM erratum WHERE rank = 2",
    "UPDATE erratum_signature SET user_id = 1",
    "DELETE FROM erratum_signature",
    "UPDATE meeting SET state = 'closed'",
    again(rank="1"),
    again(passage="'outcome'"),
    again(passage="'vote'"),
    again(says="should_say"),
    again(reason="' '"),
    again(item_id="(SELECT max(id) FROM agenda_item) + 1"),
    sign_as("president", 2),
    sign_as("secretary", 2, f"'{'b' * 64}'"),
    sign_as("secretary", 3),
    sign_as("secretary", 1),
]


@pytest.fixture(name="errata_of_all_kinds")
def of_all_kinds(stage):
    """Three errata: in force, drawn up, given up."""
    once(of_each_kind)
    return stage


def of_each_kind(acting, clock, store):
    """Draw them up."""
    approved(acting, clock)
    stage = Stage(db.session, acting, clock)
    put_in_force(stage, draw_up(stage))
    draw_up(stage)
    errata.drop_erratum(draw_up(stage), reason="Double", actor=acting("carol"))


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_the_database_refuses(errata_of_all_kinds, statement):
    with pytest.raises(IntegrityError):
        errata_of_all_kinds.session.execute(sa.text(statement))
    errata_of_all_kinds.session.rollback()


def test_what_it_refuses_is_not_refused_to_everybody(errata_of_all_kinds):
    for statement in (again(), sign_as("secretary", 2)):
        errata_of_all_kinds.session.execute(sa.text(statement))
