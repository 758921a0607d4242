"""Labels are those that the public log committed to: a serial added, exchanged or revived by hand is found out."""
# ruff: noqa: F811

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text

from certify.extensions import db
from certify.models import LabelSerial, User
from certify.operations import labels, licences
from certify.operations.acting import Actor
from certify.operations.auditing import disagreements
from certify.operations.publishing import publish
from certify.workflows.label import Cause
from certify.workflows.verdict import Verdict
from certify.workflows.voting import Choice
from tests import decisions, factories
from tests.intruders import disarm
from tests.labels import GTIN, ordered, released
from tests.operations.test_publishing import audited
from tests.proofs import ISSUER
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401


def in_use(licence, acting):
    """Release ten labels; the first six are on packs, the second and the tenth are void."""
    batch = released(licence, acting)
    labels.activate(batch, 1, 6, lot="L1", packed_on=acting("alice").today, declared=6, actor=acting("alice"))
    for rank in (2, 10):
        labels.cancel(batch, rank, rank, cause=Cause.DESTROYED, actor=acting("alice"))
    return batch


@pytest.fixture
def batch(session, app, licence_of, acting, clock):
    made = in_use(licence_of("signed"), acting)
    ordered(licence_of("signed"), acting, size=3)
    session.commit()
    publish(session, Path(app.instance_path) / "public", issuer=ISSUER, at=clock())
    return made


@pytest.fixture
def found(session, app, batch):
    def check() -> list[str]:
        session.commit()
        return list(disagreements(session, Path(app.instance_path) / "public", ISSUER))

    return check


def test_honest_labels_hold(session, batch, found):
    session.execute(text("UPDATE label_serial SET state = 'opened' WHERE rank = 1"))
    assert found() == []


INSERT = (
    "INSERT INTO label_serial (batch_id, rank, serial, state, activation_id)"
    " VALUES (1, {rank}, '0123456789AB', 'active', 1)"
)
SET_OF_TEN = "batch 1: its 10 labels are not those that the public log committed to"
ATTACKS = {
    "added": (
        INSERT.format(rank=11),
        [
            "batch 1: its 11 labels are not those that the public log committed to",
            "batch 1: 7 labels bear lot L1, where 6 were activated",
            "batch 1: labels bear lot L1 that are not of its range",
        ],
    ),
    "exchanged": ("UPDATE label_serial SET serial = '0123456789AB' WHERE rank = 7", [SET_OF_TEN]),
    "taken out": (
        "DELETE FROM label_serial WHERE rank = 7",
        ["batch 1: its 9 labels are not those that the public log committed to"],
    ),
    "activated": (
        "UPDATE label_serial SET state = 'active', activation_id = 1 WHERE rank = 7",
        [
            "batch 1: 7 labels bear lot L1, where 6 were activated",
            "batch 1: labels bear lot L1 that are not of its range",
        ],
    ),
    "revived": (
        "UPDATE label_serial SET state = 'active', voiding_id = NULL WHERE rank = 2",
        ["batch 1: 0 labels are void that are not those told in entry {void}"],
    ),
    "revived with its act": (
        "UPDATE label_serial SET state = 'active', voiding_id = NULL WHERE rank = 2;"
        " DELETE FROM label_voiding WHERE id = 1",
        ["labels: the public log tells of an entry {void} (void) that is not in the tables"],
    ),
    "another day": (
        "UPDATE label_activation SET packed_on = '2026-12-01'",
        ["labels: the public log tells otherwise than the tables of its entry {activate} (activate)"],
    ),
    "another root": (
        "UPDATE label_serial SET serial = '0123456789AB' WHERE rank = 7;"
        " UPDATE label_batch SET root = 'A' WHERE id = 1",
        ["labels: the public log tells otherwise than the tables of its entry {batch} (batch)", SET_OF_TEN],
    ),
    "of an order": (
        "INSERT INTO label_serial (batch_id, rank, serial, state) VALUES (2, 1, '0123456789AB', 'printed')",
        ["batch 2: its 1 labels are not those that the public log committed to"],
    ),
    "an act made up": (
        "INSERT INTO label_activation (batch_id, first_rank, last_rank, count, lot, packed_on, at, by_id, position)"
        " SELECT batch_id, 7, 7, 1, 'L2', packed_on, at, by_id, 999 FROM label_activation;"
        " UPDATE label_serial SET state = 'active', activation_id = 2 WHERE rank = 7",
        ["labels: the tables tell of an entry 999 (activate) that is not in the public log"],
    ),
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_labels_changed_behind_the_log_are_found_out(session, batch, found, attack):
    statements, faults = ATTACKS[attack]
    disarm(session)
    for statement in statements.split(";"):
        session.execute(text(statement))
    places = {"batch": batch.position, "activate": batch.position + 1, "void": batch.position + 2}
    assert found() == [fault.format(**places) for fault in faults]


def test_an_invented_label_answers_valid_is_unseen_from_outside_and_found_inside(session, app, batch, client_of, clock):
    disarm(session)
    serial = labels._new_serials(1, Actor(session, None, clock()))[0]
    session.execute(text(INSERT.format(rank=11).replace("0123456789AB", serial)))
    session.commit()
    public = Path(app.instance_path) / "public"
    publish(session, public, issuer=ISSUER, at=clock())
    assert audited(public, clock).checkpoint.size > 0
    path = f"/01/{GTIN}/21/{serial}"
    answer = client_of(None).get(f"/api/v1/codes?code={ISSUER.base_url}{path}").json
    assert answer["verdict"] == Verdict.VALID
    assert app.test_cli_runner().invoke(args=["journal", "check"]).exit_code == 1


def test_a_label_added_is_found_out_on_either_engine(any_app, clock, tmp_path):
    def acting(name: str) -> Actor:
        return Actor(db.session, db.session.query(User).filter_by(email=f"{name}@example.ma").one(), clock())

    store = factories.store_in(any_app.instance_path)
    dossier = factories.reported(acting, store=store)
    decisions.decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    licence = decisions.accept(dossier, acting)
    licences.sign_licence(licence, store=store, issuer=ISSUER, actor=acting("sami"))
    batch = in_use(licence, acting)
    db.session.commit()
    publish(db.session, tmp_path / "public", issuer=ISSUER, at=clock())
    assert list(disagreements(db.session, tmp_path / "public", ISSUER)) == []
    db.session.add(LabelSerial(batch_id=batch.id, rank=11, serial="0123456789AB", state="printed"))
    db.session.commit()
    assert list(disagreements(db.session, tmp_path / "public", ISSUER)) == [
        f"batch {batch.id}: its 11 labels are not those that the public log committed to"
    ]
