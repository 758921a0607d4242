"""Number labels: orders, each label with its serial, what activates, voids and opens it; no life runs backwards."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

STATES = {"label_batch_state": "ordered released declined", "label_state": "printed active opened void"}
TABLES = ("label_guess", "label_opening", "label_serial", "label_voiding", "label_activation", "label_batch")

BATCH_CHECKS = {
    "one_key": "(gtin IS NULL) <> (gdti IS NULL)",
    "size": "size > 0",
    "settled_at": "(state = 'ordered') = (settled_at IS NULL)",
    "settled_by": "(settled_at IS NULL) = (settled_by_id IS NULL)",
    "released_with_key": "(state = 'released') = (kid IS NOT NULL)",
    "key_with_root": "(kid IS NULL) = (root IS NULL)",
    "key_with_leaf": "(kid IS NULL) = (position IS NULL)",
    "key_with_quantity": "(kid IS NULL) = (yearly IS NULL)",
    "pin_with_year": "pin_year IS NULL OR has_pin",
    "declined_with_reason": "(state = 'declined') = (reason IS NOT NULL)",
}
RANGE_CHECKS = {"ranks": "first_rank <= last_rank", "count": "count > 0"}
SERIAL_CHECKS = {
    "rank": "rank > 0",
    "serial": "length(serial) = 12",
    "printed_not_active": "state <> 'printed' OR activation_id IS NULL",
    "active_with_lot": "state NOT IN ('active', 'opened') OR activation_id IS NOT NULL",
    "void_with_cause": "(state = 'void') = (voiding_id IS NOT NULL)",
}

FORWARD = " OR ".join(
    f"(OLD.state = '{source}' AND NEW.state = '{target}')"
    for source, target in (("printed", "active"), ("printed", "void"), ("active", "opened"), ("active", "void"))
)
ORDER = "OF licence_id, gtin, gdti, content, unit, packaging, size, has_pin, ordered_at, ordered_by_id"
KEPT = "OLD.{0} IS NOT NULL AND (NEW.{0} IS NULL OR NEW.{0} <> OLD.{0})"

# (trigger, table, when it fires, condition or None, sentence)
GUARDS = (
    ("label_batch_is_kept", "label_batch", "UPDATE", "OLD.state <> 'ordered'", "an order that was settled stands"),
    ("label_batch_stays_as_ordered", "label_batch", f"UPDATE {ORDER}", None, "an order stands as it was made"),
    ("label_batch_is_never_deleted", "label_batch", "DELETE", None, "an order of labels is kept"),
    ("label_begins_printed", "label_serial", "INSERT", "NEW.state <> 'printed'", "a label begins printed"),
    ("label_keeps_its_serial", "label_serial", "UPDATE OF batch_id, rank, serial", None, "a label keeps its serial"),
    ("label_never_goes_back", "label_serial", "UPDATE OF state", f"NOT ({FORWARD})", "a label never goes back"),
    (
        "label_keeps_its_lot",
        "label_serial",
        "UPDATE OF activation_id, voiding_id",
        f"({KEPT.format('activation_id')}) OR ({KEPT.format('voiding_id')})",
        "a label keeps its lot",
    ),
    ("label_is_never_deleted", "label_serial", "DELETE", None, "a label is kept"),
    ("label_activation_is_kept", "label_activation", "UPDATE", None, "an activation stands"),
    ("label_activation_is_never_deleted", "label_activation", "DELETE", None, "an activation is kept"),
    ("label_voiding_is_kept", "label_voiding", "UPDATE", None, "what is void stays void"),
    ("label_voiding_is_never_deleted", "label_voiding", "DELETE", None, "what is void stays void"),
    ("label_opening_is_kept", "label_opening", "UPDATE", None, "a first opening stands"),
    ("label_opening_is_never_deleted", "label_opening", "DELETE", None, "a first opening is kept"),
)


def upgrade() -> None:
    for table, codes in STATES.items():
        created = op.create_table(
            table,
            sa.Column("code", sa.String(length=40), nullable=False),
            sa.PrimaryKeyConstraint("code", name=op.f(f"pk_{table}")),
        )
        op.bulk_insert(created, [{"code": code} for code in codes.split()])
    make_batch()
    for table, column in (
        ("label_activation", (sa.Column("lot", sa.String(length=20)), sa.Column("packed_on", sa.Date()))),
        ("label_voiding", (sa.Column("cause", sa.String(length=40)), sa.Column("root", sa.String(length=43)))),
    ):
        make_range(table, *column)
    make_serial()
    for table, columns in (
        ("label_opening", (moment("at"), sa.Column("region", sa.String(length=5), nullable=True))),
        ("label_guess", (whole("failures"), moment("locked_until", nullable=True))),
    ):
        op.create_table(
            table,
            whole("serial_id"),
            *columns,
            *([sa.CheckConstraint("failures >= 0", name=op.f("ck_label_guess_failures"))] * (table == "label_guess")),
            refers(table, "serial_id", "label_serial.id"),
            sa.PrimaryKeyConstraint("serial_id", name=op.f(f"pk_{table}")),
        )
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for guard in GUARDS:
        for statement in write(*guard):
            op.execute(statement)


def make_batch() -> None:
    op.create_table(
        "label_batch",
        whole("licence_id"),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("gtin", sa.String(length=14), nullable=True),
        sa.Column("gdti", sa.String(length=13), nullable=True),
        sa.Column("content", sa.String(length=12), nullable=False),
        sa.Column("unit", sa.String(length=8), nullable=False),
        sa.Column("packaging", sa.Text(), nullable=True),
        whole("size"),
        sa.Column("has_pin", sa.Boolean(), nullable=False),
        moment("ordered_at"),
        whole("ordered_by_id"),
        moment("settled_at", nullable=True),
        whole("settled_by_id", nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("yearly", sa.String(length=24), nullable=True),
        whole("kid", nullable=True),
        sa.Column("root", sa.String(length=43), nullable=True),
        whole("position", nullable=True),
        whole("pin_year", nullable=True),
        whole("version"),
        whole("id"),
        *checks("label_batch", BATCH_CHECKS),
        refers("label_batch", "licence_id", "licence.id"),
        refers("label_batch", "state", "label_batch_state.code", deletes=None),
        refers("label_batch", "ordered_by_id", "user_account.id"),
        refers("label_batch", "settled_by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_batch")),
        sa.UniqueConstraint("position", name=op.f("uq_label_batch_position")),
    )
    index("label_batch", "licence_id", "state")


def make_range(table: str, *columns: sa.Column) -> None:
    for column in columns:
        column.nullable = False
    op.create_table(
        table,
        *map(whole, ("batch_id", "first_rank", "last_rank", "count")),
        *columns,
        moment("at"),
        *map(whole, ("by_id", "position", "id")),
        *checks(table, RANGE_CHECKS),
        refers(table, "batch_id", "label_batch.id"),
        refers(table, "by_id", "user_account.id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("position", name=op.f(f"uq_{table}_position")),
    )
    index(table, "batch_id")


def make_serial() -> None:
    op.create_table(
        "label_serial",
        *map(whole, ("batch_id", "rank")),
        sa.Column("serial", sa.String(length=12), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        whole("activation_id", nullable=True),
        whole("voiding_id", nullable=True),
        whole("id"),
        *checks("label_serial", SERIAL_CHECKS),
        refers("label_serial", "batch_id", "label_batch.id"),
        refers("label_serial", "state", "label_state.code", deletes=None),
        refers("label_serial", "activation_id", "label_activation.id"),
        refers("label_serial", "voiding_id", "label_voiding.id"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_label_serial")),
        sa.UniqueConstraint("batch_id", "rank", name=op.f("uq_label_serial_batch_id_rank")),
        sa.UniqueConstraint("serial", name=op.f("uq_label_serial_serial")),
    )
    index("label_serial", "activation_id", "voiding_id")


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, table, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    for table in (*TABLES, *STATES):
        op.drop_table(table)


def whole(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.Integer(), nullable=nullable)


def moment(name: str, *, nullable: bool = False) -> sa.Column:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def checks(table: str, conditions: dict[str, str]) -> list[sa.CheckConstraint]:
    return [sa.CheckConstraint(text, name=op.f(f"ck_{table}_{name}")) for name, text in conditions.items()]


def refers(table: str, column: str, target: str, deletes: str | None = "RESTRICT") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"), ondelete=deletes)


def index(table: str, *columns: str) -> None:
    for column in columns:
        op.create_index(op.f(f"ix_{table}_{column}"), table, [column])


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
