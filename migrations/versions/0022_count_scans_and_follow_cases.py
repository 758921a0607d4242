"""Count scans without anybody in them, and follow cases of suspected copies."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STATES = "open examined dismissed referred confirmed alerted lifted"
PENDING = "state IN ('open', 'examined')"
MOVED = "OLD.seen_id <> NEW.seen_id OR OLD.signal <> NEW.signal OR OLD.opened_at <> NEW.opened_at"

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    (
        "copy_case_is_the_same",
        "copy_case",
        "UPDATE OF seen_id, signal, opened_at",
        MOVED,
        "a case stays about its code",
    ),
    ("copy_case_is_never_deleted", "copy_case", "DELETE", None, "a case is decided, never deleted"),
    ("case_step_is_kept", "case_step", "UPDATE", None, "a step is followed by the next, never altered"),
    ("case_step_is_never_deleted", "case_step", "DELETE", None, "a step is followed by the next, never altered"),
    (
        "case_report_is_kept",
        "case_report",
        "UPDATE OF case_id, received_on, said, bought, region",
        None,
        "what was written stays as it was written",
    ),
    ("case_report_is_never_deleted", "case_report", "DELETE", None, "what was written is kept with its case"),
)


def upgrade() -> None:
    create_scans()
    create_cases()
    op.add_column("register_entry", sa.Column("caution", sa.String(length=40), nullable=True))
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in write(*guard):
            op.execute(statement)


def create_scans() -> None:
    op.create_table(
        "seen_code",
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("path", sa.String(length=120), nullable=False),
        sa.Column("tier", sa.String(length=40), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=True),
        sa.Column("units", sa.Integer(), nullable=True),
        sa.Column("packed_on", sa.Date(), nullable=True),
        sa.Column("is_fresh", sa.Boolean(), nullable=False),
        sa.Column("caution", sa.String(length=40), nullable=True),
        sa.Column("caution_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("(caution IS NULL) = (caution_at IS NULL)", name=op.f("ck_seen_code_caution_is_dated")),
        sa.CheckConstraint("length(code) = 8", name=op.f("ck_seen_code_code_length")),
        refers("seen_code", "licence_id", "licence.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_seen_code")),
        sa.UniqueConstraint("code", name=op.f("uq_seen_code_code")),
        sa.UniqueConstraint("path", name=op.f("uq_seen_code_path")),
    )
    for column in ("licence_id", "is_fresh", "caution"):
        op.create_index(op.f(f"ix_seen_code_{column}"), "seen_code", [column])
    op.create_table(
        "scan",
        sa.Column("code", sa.LargeBinary(), nullable=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=False),
        sa.Column("visitor", sa.LargeBinary(), nullable=False),
        sa.Column("channel", sa.String(length=40), nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        refers("scan", "code", "seen_code.code"),
        sa.PrimaryKeyConstraint("code", "hour", "region", "visitor", "channel", "standing", name=op.f("pk_scan")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_scan_hour"), "scan", ["hour"])
    op.create_table(
        "scan_count",
        sa.Column("licence_id", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(length=5), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        refers("scan_count", "licence_id", "licence.id"),
        sa.PrimaryKeyConstraint("licence_id", "region", "month", name=op.f("pk_scan_count")),
    )


def create_cases() -> None:
    op.create_table(
        "case_state",
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_case_state")),
    )
    op.bulk_insert(sa.table("case_state", sa.column("code")), [{"code": code} for code in STATES.split()])
    op.create_table(
        "copy_case",
        sa.Column("seen_id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=True),
        sa.Column("signal", sa.String(length=40), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("visits", sa.Integer(), nullable=False),
        sa.Column("regions", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.DateTime(timezone=True), nullable=False) for name in ("since", "opened_at", "changed_at")),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(f"({PENDING}) = (decided_at IS NULL)", name=op.f("ck_copy_case_decided_is_dated")),
        refers("copy_case", "seen_id", "seen_code.id"),
        refers("copy_case", "licence_id", "licence.id"),
        sa.ForeignKeyConstraint(["state"], ["case_state.code"], name=op.f("fk_copy_case_state")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_copy_case")),
    )
    for column in ("seen_id", "licence_id", "state"):
        op.create_index(op.f(f"ix_copy_case_{column}"), "copy_case", [column])
    pending = sa.text(PENDING)
    op.create_index(
        "uq_copy_case_pending",
        "copy_case",
        ["seen_id", "signal"],
        unique=True,
        sqlite_where=pending,
        postgresql_where=pending,
    )
    op.create_table(
        "case_step",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(length=40), nullable=False) for name in ("role", "action", "source", "target")),
        sa.Column("reason", sa.Text(), nullable=True),
        *(sa.Column(name, sa.String(length=64), nullable=False) for name in ("previous_hash", "hash")),
        sa.Column("id", sa.Integer(), nullable=False),
        refers("case_step", "case_id", "copy_case.id"),
        refers("case_step", "actor_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_step")),
        sa.UniqueConstraint("case_id", "sequence", name=op.f("uq_case_step_case_id_sequence")),
        sa.UniqueConstraint("hash", name=op.f("uq_case_step_hash")),
    )
    op.create_table(
        "case_report",
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("bought", sa.Text(), nullable=True),
        sa.Column("region", sa.String(length=5), nullable=True),
        sa.Column("contact", sa.Text(), nullable=True),
        sa.Column("id", sa.Integer(), nullable=False),
        refers("case_report", "case_id", "copy_case.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_report")),
    )
    op.create_index(op.f("ix_case_report_case_id"), "case_report", ["case_id"])


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_column("register_entry", "caution")
    for table in ("case_report", "case_step", "copy_case", "case_state", "scan_count", "scan", "seen_code"):
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
