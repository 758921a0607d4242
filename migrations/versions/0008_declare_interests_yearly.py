"""Keep what those who sit on the committee declare each year: never altered, the last of a year supersedes."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = ("yearly_declaration", "declared_tie")
STATED = (
    "(SELECT count(*) FROM declared_tie WHERE declared_tie.declaration_id = NEW.declaration_id)"
    " >= (SELECT tie_count FROM yearly_declaration WHERE yearly_declaration.id = NEW.declaration_id)"
)

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    *((f"{table}_is_kept", table, "UPDATE", None, "a yearly declaration is followed by another") for table in TABLES),
    *((f"{table}_is_never_deleted", table, "DELETE", None, "a yearly declaration is kept") for table in TABLES),
    ("declared_tie_is_stated", "declared_tie", "INSERT", STATED, "a declaration gains no tie afterwards"),
)


def upgrade() -> None:
    op.create_table(
        "yearly_declaration",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("tie_count", sa.Integer(), nullable=False),
        sa.Column("declared_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("tie_count >= 0", name=op.f("ck_yearly_declaration_tie_count")),
        refers("yearly_declaration", "user_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_yearly_declaration")),
    )
    op.create_index(op.f("ix_yearly_declaration_user_id"), "yearly_declaration", ["user_id"])
    op.create_table(
        "declared_tie",
        sa.Column("declaration_id", sa.Integer(), nullable=False),
        sa.Column("organisation_name", sa.Text(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=True),
        sa.Column("nature", sa.String(length=40), nullable=False),
        sa.Column("since", sa.Date(), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("statement", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("organisation_name <> ''", name=op.f("ck_declared_tie_named")),
        sa.CheckConstraint("since IS NULL OR until IS NULL OR until >= since", name=op.f("ck_declared_tie_dates")),
        sa.CheckConstraint(
            "nature <> 'other' OR statement IS NOT NULL", name=op.f("ck_declared_tie_other_is_stated")
        ),
        refers("declared_tie", "declaration_id", "yearly_declaration.id"),
        refers("declared_tie", "organisation_id", "organisation.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_tie")),
    )
    op.create_index(op.f("ix_declared_tie_declaration_id"), "declared_tie", ["declaration_id"])
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
