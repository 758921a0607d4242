"""Keep the public log: its entries without a gap, what it calls each decision, the credential of each licence."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLES = ("ledger_entry", "sealed_decision", "credential")
NEXT = "(SELECT coalesce(max(position) + 1, 0) FROM ledger_entry)"

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    *((f"{table}_is_kept", table, "UPDATE", None, "what the public log tells is never altered") for table in TABLES),
    *((f"{table}_is_never_deleted", table, "DELETE", None, "the public log forgets nothing") for table in TABLES),
    (
        "ledger_entry_follows",
        "ledger_entry",
        "INSERT",
        f"NEW.position <> {NEXT}",
        "an entry of the public log follows the one before it",
    ),
    (
        "credential_follows",
        "credential",
        "INSERT",
        "NEW.place <> (SELECT coalesce(max(place) + 1, 0) FROM credential)",
        "a licence takes the next place in the status list",
    ),
)


def upgrade() -> None:
    op.create_table(
        "ledger_entry",
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("entry", sa.Text(), nullable=False),
        moment("at"),
        sa.CheckConstraint("position >= 0", name=op.f("ck_ledger_entry_position")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_ledger_entry")),
    )
    op.create_index(op.f("ix_ledger_entry_kind"), "ledger_entry", ["kind"])
    op.create_table(
        "sealed_decision",
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("ref", sa.String(length=43), nullable=False),
        sa.Column("salt", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(salt) = 64", name=op.f("ck_sealed_decision_salt")),
        refers("sealed_decision", "paper_id", "paper.id"),
        refers("sealed_decision", "position", "ledger_entry.position"),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_sealed_decision")),
        sa.UniqueConstraint("ref", name=op.f("uq_sealed_decision_ref")),
        sa.UniqueConstraint("position", name=op.f("uq_sealed_decision_position")),
    )
    op.create_table(
        "credential",
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("sha256", sa.String(length=43), nullable=False),
        moment("issued_at"),
        sa.CheckConstraint("place >= 0", name=op.f("ck_credential_place")),
        refers("credential", "licence_id", "licence.id"),
        refers("credential", "position", "ledger_entry.position"),
        sa.PrimaryKeyConstraint("licence_id", name=op.f("pk_credential")),
        sa.UniqueConstraint("place", name=op.f("uq_credential_place")),
        sa.UniqueConstraint("position", name=op.f("uq_credential_position")),
        sa.UniqueConstraint("sha256", name=op.f("uq_credential_sha256")),
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
    for table in reversed(TABLES):
        op.drop_table(table)


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


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
