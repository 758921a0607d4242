"""Plan visits: what is announced to the site, who makes them; a visit that ended is never altered."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

STATES = "planned under_way done cancelled"

CHECKS = {
    "begun_with_moment": "(begun_at IS NOT NULL) OR state IN ('planned', 'cancelled')",
    "planned_not_begun": "begun_at IS NULL OR state <> 'planned'",
    "done_with_moment": "(closed_at IS NOT NULL) = (state = 'done')",
    "closed_with_summary": "(closed_at IS NULL) = (summary IS NULL)",
    "cancelled_with_reason": "(cancellation IS NOT NULL) = (state = 'cancelled')",
}

PLANNED = "EXISTS (SELECT 1 FROM visit WHERE visit.id = {row}.visit_id AND visit.state = 'planned')"

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    ("visit_is_kept", "visit", "UPDATE", "OLD.state IN ('done', 'cancelled')", "a visit that ended is never altered"),
    (
        "visit_keeps_its_plan",
        "visit",
        "UPDATE OF planned_on, starts_at, place, reason, dossier_id, begun_at",
        "NEW.dossier_id <> OLD.dossier_id OR (OLD.begun_at IS NOT NULL AND (NEW.begun_at IS NULL"
        " OR NEW.begun_at <> OLD.begun_at OR NEW.planned_on <> OLD.planned_on OR NEW.starts_at <> OLD.starts_at"
        " OR NEW.place <> OLD.place OR NEW.reason <> OLD.reason))",
        "a visit that began stands as it was announced",
    ),
    ("visit_is_never_deleted", "visit", "DELETE", None, "a visit announced is kept"),
    (
        "inspector_named_in_time",
        "visit_inspector",
        "INSERT",
        f"NOT {PLANNED.format(row='NEW')}",
        "inspectors are named before the visit begins",
    ),
    ("inspector_is_kept", "visit_inspector", "UPDATE", None, "an inspector is named anew, never altered"),
    (
        "inspector_stays_named",
        "visit_inspector",
        "DELETE",
        f"NOT {PLANNED.format(row='OLD')}",
        "an inspector of a visit that began stays named",
    ),
)


def upgrade() -> None:
    state = op.create_table(
        "visit_state",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_visit_state")),
    )
    op.bulk_insert(state, [{"code": code} for code in STATES.split()])
    op.create_table(
        "visit",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("planned_on", sa.Date(), nullable=False),
        sa.Column("starts_at", sa.String(length=5), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("to_prepare", sa.Text(), nullable=True),
        sa.Column("late_reason", sa.Text(), nullable=True),
        sa.Column("follows_up", sa.Text(), nullable=True),
        sa.Column("created_by_id", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("announced_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("cancellation", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.CheckConstraint(condition, name=op.f(f"ck_visit_{name}")) for name, condition in CHECKS.items()),
        *foreign("visit", dossier_id="dossier", created_by_id="user_account"),
        sa.ForeignKeyConstraint(["state"], ["visit_state.code"], name=op.f("fk_visit_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit")),
    )
    op.create_index(op.f("ix_visit_dossier_id"), "visit", ["dossier_id"])
    op.create_index(op.f("ix_visit_state"), "visit", ["state"])
    op.create_table(
        "visit_inspector",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *foreign("visit_inspector", visit_id="visit", user_id="user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_inspector")),
        sa.UniqueConstraint("visit_id", "user_id", name=op.f("uq_visit_inspector_visit_id_user_id")),
    )
    op.create_index(op.f("ix_visit_inspector_user_id"), "visit_inspector", ["user_id"])
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in write(*guard):
            op.execute(statement)


def foreign(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")
        for column, target in targets.items()
    ]


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    for table in ("visit_inspector", "visit", "visit_state"):
        op.drop_table(table)
    op.execute("DELETE FROM user_role WHERE role = 'inspector'")


def sqlite(name: str, table: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    when = f"WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW {when}"
        f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    )


def postgresql(name: str, table: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    test = f"IF {condition} THEN" if condition else "IF true THEN"
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {test}"
        f" RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
