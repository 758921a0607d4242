"""Add errata beside signed minutes, each signed twice; the database keeps them, and the minutes, as they are."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLES = ("erratum", "erratum_signature")
KEPT = ("number", "meeting_id", "item_id", "proposal_id", "rank", "passage", "says", "should_say", "reason", "facts")
KEPT += ("sha256", "drawn_up_by_id", "drawn_up_at")
MENDABLE = "'particulars', 'attendance', 'names', 'interests', 'papers', 'debate', 'wording'"
SIGNED_TWICE = "(SELECT count(*) FROM erratum_signature signed WHERE signed.erratum_id = OLD.id) = 2"

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    *((f"{table}_is_never_deleted", table, "DELETE", None, "an erratum is kept") for table in TABLES),
    ("erratum_is_kept", "erratum", f"UPDATE OF {', '.join(KEPT)}", None, "an erratum is never altered"),
    (
        "erratum_stands",
        "erratum",
        "UPDATE",
        f"OLD.dropped_at IS NOT NULL OR {SIGNED_TWICE}",
        "an erratum in force, or given up, stands",
    ),
    (
        "erratum_follows_signed_minutes",
        "erratum",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM meeting JOIN minutes_proposal ON minutes_proposal.meeting_id = meeting.id"
        " WHERE meeting.id = NEW.meeting_id AND meeting.state = 'minutes_signed'"
        " AND minutes_proposal.id = NEW.proposal_id)",
        "an erratum is about signed minutes",
    ),
    (
        "erratum_is_of_its_meeting",
        "erratum",
        "INSERT",
        "NEW.item_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM agenda_item WHERE agenda_item.id = NEW.item_id"
        " AND agenda_item.meeting_id = NEW.meeting_id)",
        "an erratum is about an item of its meeting",
    ),
    ("erratum_signature_is_kept", "erratum_signature", "UPDATE", None, "a signature is never altered"),
    (
        "erratum_signature_is_of_its_text",
        "erratum_signature",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM erratum WHERE erratum.id = NEW.erratum_id AND erratum.sha256 = NEW.sha256"
        " AND erratum.dropped_at IS NULL)",
        "a signature bears the hash of the text it signs",
    ),
    (
        "erratum_secretary_signs_first",
        "erratum_signature",
        "INSERT",
        "NEW.capacity = 'president' AND NOT EXISTS (SELECT 1 FROM erratum_signature other"
        " WHERE other.erratum_id = NEW.erratum_id AND other.capacity = 'secretary')",
        "the secretary signs an erratum first",
    ),
    (
        "minutes_stay_signed",
        "meeting",
        "UPDATE OF state",
        "OLD.state = 'minutes_signed' AND NEW.state <> 'minutes_signed'",
        "signed minutes are never taken back",
    ),
)


def upgrade() -> None:
    op.create_table(
        "erratum",
        sa.Column("number", sa.String(length=48), nullable=False),
        numbered("meeting_id"),
        numbered("item_id", nullable=True),
        numbered("proposal_id"),
        numbered("rank"),
        sa.Column("passage", sa.String(length=40), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("says", "should_say", "reason", "facts")),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        numbered("drawn_up_by_id"),
        moment("drawn_up_at"),
        numbered("dropped_by_id", nullable=True),
        moment("dropped_at", nullable=True),
        sa.Column("drop_reason", sa.Text(), nullable=True),
        numbered("id"),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_erratum_sha256")),
        sa.CheckConstraint(
            "trim(says) <> '' AND trim(should_say) <> '' AND trim(reason) <> '' AND says <> should_say",
            name=op.f("ck_erratum_stated"),
        ),
        sa.CheckConstraint(f"passage IN ({MENDABLE})", name=op.f("ck_erratum_mendable")),
        sa.CheckConstraint(
            "(dropped_at IS NULL) = (dropped_by_id IS NULL) AND (dropped_at IS NULL) = (drop_reason IS NULL)",
            name=op.f("ck_erratum_dropped_by_somebody"),
        ),
        refers("erratum", "meeting_id", "meeting.id"),
        refers("erratum", "item_id", "agenda_item.id"),
        refers("erratum", "proposal_id", "minutes_proposal.id"),
        refers("erratum", "drawn_up_by_id", "user_account.id"),
        refers("erratum", "dropped_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erratum")),
        sa.UniqueConstraint("meeting_id", "rank", name=op.f("uq_erratum_meeting_id_rank")),
        sa.UniqueConstraint("number", name=op.f("uq_erratum_number")),
    )
    op.create_table(
        "erratum_signature",
        numbered("erratum_id"),
        sa.Column("capacity", sa.String(length=40), nullable=False),
        numbered("user_id"),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        moment("signed_at"),
        numbered("id"),
        refers("erratum_signature", "erratum_id", "erratum.id"),
        refers("erratum_signature", "user_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erratum_signature")),
        sa.UniqueConstraint("erratum_id", "capacity", name=op.f("uq_erratum_signature_erratum_id_capacity")),
        sa.UniqueConstraint("erratum_id", "user_id", name=op.f("uq_erratum_signature_erratum_id_user_id")),
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


def numbered(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


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
