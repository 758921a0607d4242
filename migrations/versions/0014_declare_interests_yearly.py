"""Keep what members declare each year, what consultative ones think of an item, and why a meeting is urgent."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLES = ("yearly_declaration", "declared_tie")
STATED = (
    "(SELECT count(*) FROM declared_tie WHERE declared_tie.declaration_id = NEW.declaration_id)"
    " >= (SELECT tie_count FROM yearly_declaration WHERE yearly_declaration.id = NEW.declaration_id)"
)

VOTES = "(SELECT is_voting FROM seat WHERE seat.id = NEW.seat_id)"
OVER = "EXISTS (SELECT 1 FROM agenda_item WHERE agenda_item.id = {row}.item_id AND agenda_item.closed_at IS NOT NULL)"
UNSTATED = "NEW.is_urgent AND (NEW.urgency IS NULL OR NEW.urgency = '')"

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    *((f"{table}_is_kept", table, "UPDATE", None, "a yearly declaration is followed by another") for table in TABLES),
    *((f"{table}_is_never_deleted", table, "DELETE", None, "a yearly declaration is kept") for table in TABLES),
    *(
        (f"opinion_{name}", "advisory_opinion", occasion, OVER.format(row=row), "this item is over: its opinions stand")
        for name, occasion, row in (
            ("in_time", "INSERT", "NEW"),
            ("stands", "UPDATE", "OLD"),
            ("stays", "DELETE", "OLD"),
        )
    ),
    ("opinion_is_no_vote", "advisory_opinion", "INSERT", VOTES, "a seat with a vote gives no advisory opinion"),
    ("urgency_is_stated", "meeting", "INSERT", UNSTATED, "an urgent meeting says why"),
    ("urgency_stays_stated", "meeting", "UPDATE OF is_urgent, urgency", UNSTATED, "an urgent meeting says why"),
    ("convocation_sent_is_kept", "convocation_sent", "UPDATE", None, "the proof of a convocation is kept"),
    ("convocation_sent_is_never_deleted", "convocation_sent", "DELETE", None, "the proof of a convocation is kept"),
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
        sa.CheckConstraint("nature <> 'other' OR statement IS NOT NULL", name=op.f("ck_declared_tie_other_is_stated")),
        refers("declared_tie", "declaration_id", "yearly_declaration.id"),
        refers("declared_tie", "organisation_id", "organisation.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_declared_tie")),
    )
    op.create_index(op.f("ix_declared_tie_declaration_id"), "declared_tie", ["declaration_id"])
    op.create_table(
        "advisory_opinion",
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("item_id", "seat_id", "user_id")),
        sa.Column("stance", sa.String(length=40), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("statement <> ''", name=op.f("ck_advisory_opinion_stated")),
        refers("advisory_opinion", "item_id", "agenda_item.id"),
        refers("advisory_opinion", "seat_id", "seat.id"),
        refers("advisory_opinion", "user_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_advisory_opinion")),
        sa.UniqueConstraint("item_id", "seat_id", name=op.f("uq_advisory_opinion_item_id_seat_id")),
        sa.UniqueConstraint("item_id", "user_id", name=op.f("uq_advisory_opinion_item_id_user_id")),
    )
    op.create_table(
        "convocation_sent",
        *(
            sa.Column(name, sa.Integer(), nullable=False)
            for name in ("paper_id", "meeting_id", "user_id", "message_id")
        ),
        refers("convocation_sent", "paper_id", "paper.id"),
        refers("convocation_sent", "meeting_id", "meeting.id"),
        refers("convocation_sent", "user_id", "user_account.id"),
        refers("convocation_sent", "message_id", "message.id"),
        sa.PrimaryKeyConstraint("paper_id", name=op.f("pk_convocation_sent")),
        sa.UniqueConstraint("meeting_id", "user_id", name=op.f("uq_convocation_sent_meeting_id_user_id")),
    )
    op.add_column("meeting", sa.Column("urgency", sa.Text(), nullable=True))
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
    op.drop_column("meeting", "urgency")
    for table in ("convocation_sent", "advisory_opinion", *reversed(TABLES)):
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
