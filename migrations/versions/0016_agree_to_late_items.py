"""Keep why an item was added late, and what each seat answered before it opened."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

LATE = (
    "NOT EXISTS (SELECT 1 FROM agenda_item WHERE agenda_item.id = NEW.item_id"
    " AND agenda_item.late_reason IS NOT NULL AND agenda_item.opened_at IS NULL AND agenda_item.closed_at IS NULL)"
)
ALONE = (
    "NEW.opened_at IS NOT NULL AND OLD.opened_at IS NULL AND NEW.late_reason IS NOT NULL"
    " AND NOT EXISTS (SELECT 1 FROM late_answer WHERE late_answer.item_id = NEW.id AND late_answer.agrees)"
)

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    ("late_answer_in_time", "late_answer", "INSERT", LATE, "a late item is agreed to before it opens"),
    ("late_answer_is_kept", "late_answer", "UPDATE", None, "an answer on a late item stands"),
    ("late_answer_is_never_deleted", "late_answer", "DELETE", None, "an answer on a late item is kept"),
    ("late_item_is_agreed", "agenda_item", "UPDATE OF opened_at", ALONE, "nobody agreed to this late item"),
)


def upgrade() -> None:
    op.add_column("agenda_item", sa.Column("late_reason", sa.Text(), nullable=True))
    op.create_table(
        "late_answer",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("item_id", "seat_id", "user_id")),
        sa.Column("agrees", sa.Boolean(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        refers("late_answer", "item_id", "agenda_item.id"),
        refers("late_answer", "seat_id", "seat.id"),
        refers("late_answer", "user_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_answer")),
        sa.UniqueConstraint("item_id", "seat_id", name=op.f("uq_late_answer_item_id_seat_id")),
    )
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in write(*guard):
            op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("late_answer")
    op.drop_column("agenda_item", "late_reason")


def refers(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")


def sqlite(name: str, table: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    when = f"WHEN {condition}" if condition else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW {when}"
        f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    )


def postgresql(name: str, table: str, occasion: str, condition: str | None, sentence: str) -> tuple[str, ...]:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {condition or 'true'} THEN"
        f" RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation'; END IF;"
        " IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
