"""State the unit and the uncertainty of a measurement; keep samples, their parts and what laboratories found."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

CHECKS = {
    "uncertainty_of_a_value": "uncertainty IS NULL OR value IS NOT NULL",
    "stated_in_a_unit": "(unit IS NULL) = (stated_value IS NULL)",
}

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    ("sample_is_kept", "sample", "UPDATE", None, "a sample taken is never altered"),
    ("sample_is_never_deleted", "sample", "DELETE", None, "a sample taken is kept"),
    (
        "portion_keeps_its_code",
        "portion",
        "UPDATE OF sample_id, part, code, laboratory_id, sent_at",
        "NEW.sample_id <> OLD.sample_id OR NEW.part <> OLD.part OR NEW.code <> OLD.code OR (OLD.sent_at IS NOT NULL AND"
        " (NEW.laboratory_id IS NULL OR NEW.laboratory_id <> OLD.laboratory_id OR NEW.sent_at <> OLD.sent_at))",
        "a part keeps its code and its laboratory",
    ),
    ("portion_is_frozen", "portion", "UPDATE", "OLD.submitted_at IS NOT NULL", "submitted results are frozen"),
    ("portion_is_never_deleted", "portion", "DELETE", None, "a sample taken is kept"),
    (
        "result_in_time",
        "analysis_result",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM portion WHERE portion.id = NEW.portion_id"
        " AND portion.sent_at IS NOT NULL AND portion.submitted_at IS NULL)",
        "no result is awaited for this part",
    ),
    ("result_is_kept", "analysis_result", "UPDATE", None, "submitted results are frozen"),
    ("result_is_never_deleted", "analysis_result", "DELETE", None, "submitted results are frozen"),
)


def upgrade() -> None:
    op.add_column("user_account", sa.Column("laboratory", sa.Text(), nullable=True))
    create_samples()
    with op.batch_alter_table("measurement") as batch:
        for name in ("uncertainty", "stated_value", "stated_uncertainty"):
            batch.add_column(sa.Column(name, sa.Text(), nullable=True))
        batch.add_column(sa.Column("unit", sa.String(length=40), nullable=True))
        batch.add_column(sa.Column("portion_id", sa.Integer(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_measurement_portion_id"), "portion", ["portion_id"], ["id"], ondelete="RESTRICT"
        )
        for name, condition in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_measurement_{name}"), condition)
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in write(*guard):
            op.execute(statement)


def create_samples() -> None:
    op.create_table(
        "sample",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("taken_by", sa.Text(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("recorded_by_id", sa.Integer(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        *foreign("sample", dossier_id="dossier", recorded_by_id="user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sample")),
    )
    op.create_index(op.f("ix_sample_dossier_id"), "sample", ["dossier_id"])
    op.create_table(
        "portion",
        sa.Column("sample_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("laboratory_id", sa.Integer(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("measured_on", sa.Date(), nullable=True),
        sa.Column("bulletin_id", sa.Integer(), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(laboratory_id IS NULL) = (sent_at IS NULL)", name=op.f("ck_portion_sent_to_a_laboratory")),
        sa.CheckConstraint("laboratory_id IS NULL OR part <> 'witness'", name=op.f("ck_portion_witness_is_kept")),
        sa.CheckConstraint("submitted_at IS NULL OR sent_at IS NOT NULL", name=op.f("ck_portion_submitted_once_sent")),
        sa.CheckConstraint(
            "(submitted_at IS NULL) = (bulletin_id IS NULL)", name=op.f("ck_portion_submitted_with_bulletin")
        ),
        sa.CheckConstraint(
            "(submitted_at IS NULL) = (measured_on IS NULL)", name=op.f("ck_portion_submitted_with_day")
        ),
        *foreign("portion", sample_id="sample", laboratory_id="user_account", bulletin_id="document"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portion")),
        sa.UniqueConstraint("code", name=op.f("uq_portion_code")),
        sa.UniqueConstraint("sample_id", "part", name=op.f("uq_portion_sample_id_part")),
    )
    op.create_index(op.f("ix_portion_laboratory_id"), "portion", ["laboratory_id"])
    op.create_table(
        "analysis_result",
        sa.Column("portion_id", sa.Integer(), nullable=False),
        sa.Column("criterion", sa.String(length=80), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("uncertainty", sa.Text(), nullable=True),
        sa.Column("unit", sa.String(length=40), nullable=True),
        sa.Column("stated_value", sa.Text(), nullable=True),
        sa.Column("stated_uncertainty", sa.Text(), nullable=True),
        sa.Column("method", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(unit IS NULL) = (stated_value IS NULL)", name=op.f("ck_analysis_result_stated_in_a_unit")),
        *foreign("analysis_result", portion_id="portion"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_analysis_result")),
        sa.UniqueConstraint("portion_id", "criterion", name=op.f("uq_analysis_result_portion_id_criterion")),
    )


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
    with op.batch_alter_table("measurement") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_measurement_{name}"), type_="check")
        batch.drop_constraint(op.f("fk_measurement_portion_id"), type_="foreignkey")
        for name in ("unit", "uncertainty", "stated_value", "stated_uncertainty", "portion_id"):
            batch.drop_column(name)
    for table in ("analysis_result", "portion", "sample"):
        op.drop_table(table)
    op.execute("DELETE FROM user_role WHERE role = 'laboratory'")
    op.drop_column("user_account", "laboratory")


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
