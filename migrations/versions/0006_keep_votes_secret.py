"""Keep a vote secret when a member asks: a roll without choices, ballots without voters, their words apart."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

TABLES = ("roll_entry", "secret_ballot", "secret_statement")
UNDER_WAY = (
    "NOT EXISTS (SELECT 1 FROM agenda_item WHERE agenda_item.id = NEW.item_id AND agenda_item.is_secret"
    " AND agenda_item.opened_at IS NOT NULL AND agenda_item.closed_at IS NULL)"
)
OVER = "EXISTS (SELECT 1 FROM agenda_item WHERE agenda_item.id = OLD.item_id AND agenda_item.closed_at IS NOT NULL)"

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    (
        "secrecy_stands",
        "agenda_item",
        "UPDATE OF is_secret",
        "OLD.is_secret <> NEW.is_secret AND (OLD.is_secret OR OLD.opened_at IS NULL OR OLD.closed_at IS NOT NULL"
        " OR EXISTS (SELECT 1 FROM ballot WHERE ballot.item_id = OLD.id))",
        "a vote becomes secret once it is open and before the first ballot, and stays so",
    ),
    (
        "secret_vote_names_nobody",
        "ballot",
        "INSERT",
        "EXISTS (SELECT 1 FROM agenda_item WHERE agenda_item.id = NEW.item_id AND agenda_item.is_secret)",
        "the vote on this item is secret: its ballots name nobody",
    ),
    *((f"{table}_in_time", table, "INSERT", UNDER_WAY, "no secret vote on this item is open") for table in TABLES),
    *((f"{table}_is_kept", table, "UPDATE", None, "a secret ballot is cast once") for table in TABLES),
    *((f"{table}_is_sealed", table, "DELETE", OVER, "the vote on this item is closed") for table in TABLES),
)


def upgrade() -> None:
    op.add_column("agenda_item", sa.Column("is_secret", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "roll_entry",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        refers("roll_entry", "item_id", "agenda_item.id"),
        refers("roll_entry", "seat_id", "seat.id"),
        refers("roll_entry", "user_id", "user_account.id"),
        sa.PrimaryKeyConstraint("item_id", "seat_id", name=op.f("pk_roll_entry")),
        sa.UniqueConstraint("item_id", "user_id", name=op.f("uq_roll_entry_item_id_user_id")),
        sqlite_with_rowid=False,
    )
    for table, key, *more in (("secret_ballot", "receipt"), ("secret_statement", "key", "statement")):
        op.create_table(
            table,
            sa.Column(key, sa.String(length=20), nullable=False),
            sa.Column("item_id", sa.Integer(), nullable=False),
            sa.Column("choice", sa.String(length=40), nullable=False),
            *(sa.Column(name, sa.Text(), nullable=False) for name in more),
            refers(table, "item_id", "agenda_item.id"),
            sa.PrimaryKeyConstraint(key, name=op.f(f"pk_{table}")),
            sqlite_with_rowid=False,
        )
        op.create_index(op.f(f"ix_{table}_item_id"), table, ["item_id"])
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
    for table in reversed(TABLES):
        op.drop_table(table)
    op.drop_column("agenda_item", "is_secret")


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
