"""Verify a correction on a visit that was made, and say which observation of a visit a finding takes over."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NAME = "critical_is_visited"
SENTENCE = "a critical finding is closed on a visit"

BEFORE = (
    "NEW.action = 'close_finding' AND NEW.method <> 'visit'"
    " AND EXISTS (SELECT 1 FROM finding WHERE finding.id = NEW.finding_id AND finding.grade = 'critical')"
)
VISITED = (
    "EXISTS (SELECT 1 FROM visit JOIN finding ON finding.dossier_id = visit.dossier_id"
    " WHERE finding.id = NEW.finding_id AND visit.id = NEW.visit_id AND visit.state = 'done' AND visit.begun_at >"
    " (SELECT max(proof.at) FROM finding_step proof"
    " WHERE proof.finding_id = NEW.finding_id AND proof.action = 'report_correction'))"
)
AFTER = f"{BEFORE} OR NEW.action = 'close_finding' AND NEW.method = 'visit' AND NOT {VISITED}"


FINDING = "UPDATE OF dossier_id, grade, criterion, statement, evidence_id, found_on, raised_by_id, sent_at"
SENT = "a finding that was sent stays as it was"

KEPT = {"finding_step_is_kept": "UPDATE", "finding_step_is_never_deleted": "DELETE"}
"""The other triggers of the table, which SQLite loses when it copies a table to change it."""


def upgrade() -> None:
    with op.batch_alter_table("finding_step") as batch:
        batch.add_column(sa.Column("visit_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(op.f("fk_finding_step_visit_id"), "visit", ["visit_id"], ["id"], ondelete="RESTRICT")
    keep()
    replace(AFTER)
    op.add_column("finding", sa.Column("observation", sa.String(length=64), nullable=True))
    guard(f"{FINDING}, observation")


def downgrade() -> None:
    guard(FINDING)
    op.drop_column("finding", "observation")
    with op.batch_alter_table("finding_step") as batch:
        batch.drop_constraint(op.f("fk_finding_step_visit_id"), type_="foreignkey")
        batch.drop_column("visit_id")
    keep()
    replace(BEFORE)


def keep() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name, occasion in KEPT.items():
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {occasion} ON finding_step FOR EACH ROW"
                " BEGIN SELECT RAISE(ABORT, 'a step is followed by the next, never altered'); END"
            )


def guard(occasion: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TRIGGER finding_is_kept")
        op.execute(
            f"CREATE TRIGGER finding_is_kept BEFORE {occasion} ON finding FOR EACH ROW WHEN OLD.sent_at IS NOT NULL"
            f" BEGIN SELECT RAISE(ABORT, '{SENT}'); END"
        )
        return
    op.execute("DROP TRIGGER finding_is_kept ON finding")
    op.execute(
        f"CREATE TRIGGER finding_is_kept BEFORE {occasion} ON finding FOR EACH ROW EXECUTE FUNCTION finding_is_kept()"
    )


def replace(condition: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER {NAME} BEFORE INSERT ON finding_step FOR EACH ROW WHEN {condition}"
            f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
        )
        return
    op.execute(
        f"CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition} THEN"
        f" RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
    )
