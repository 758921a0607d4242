"""Record which act appoints a member and who wrote it down; nobody sits twice, and no mandate is deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

DOUBLE = (
    "EXISTS (SELECT 1 FROM mandate AS other WHERE other.id <> NEW.id"
    " AND (other.user_id = NEW.user_id OR (other.seat_id = NEW.seat_id AND other.holding = NEW.holding))"
    " AND other.starts_on <= COALESCE(NEW.ends_on, '9999-12-31')"
    " AND NEW.starts_on <= COALESCE(other.ends_on, '9999-12-31'))"
)
GUARDS = (
    # after the row is written, because on SQLite it has no number before
    ("mandate_is_single", "AFTER INSERT", DOUBLE, "nobody sits twice on the same day"),
    ("mandate_stays_single", "AFTER UPDATE", DOUBLE, "nobody sits twice on the same day"),
    ("mandate_is_never_deleted", "BEFORE DELETE", None, "a mandate is ended, never deleted"),
)


def upgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("mandate") as table:
        table.add_column(sa.Column("act", sa.Text(), nullable=True))
        table.add_column(sa.Column("recorded_by_id", sa.Integer(), nullable=True))
        table.add_column(sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True))
        table.create_foreign_key(
            "fk_mandate_recorded_by_id", "user_account", ["recorded_by_id"], ["id"], ondelete="RESTRICT"
        )
    for guard in GUARDS:
        for statement in (sqlite if on_sqlite else postgresql)(*guard):
            op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON mandate")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    with op.batch_alter_table("mandate") as table:
        table.drop_constraint("fk_mandate_recorded_by_id", type_="foreignkey")
        for column in ("act", "recorded_by_id", "recorded_at"):
            table.drop_column(column)


def sqlite(name: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    when = f" WHEN {condition}" if condition else ""
    return (f"CREATE TRIGGER {name} {occasion} ON mandate{when} BEGIN SELECT RAISE(ABORT, '{sentence}'); END",)


def postgresql(name: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    refusal = f"RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation';"
    body = f"IF {condition} THEN {refusal} END IF; RETURN NULL;" if condition else refusal
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$",
        f"CREATE TRIGGER {name} {occasion} ON mandate FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
