"""Keep what inspectors record on their visits: entries and pictures, which nobody alters afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SENTENCES = {"visit_entry": "what was recorded on a visit is kept", "visit_photo": "a picture of a visit is kept"}


def upgrade() -> None:
    op.create_table(
        "visit_entry",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("device_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_visit_entry_sha256")),
        *foreign("visit_entry", visit_id="visit", author_id="user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_entry")),
        sa.UniqueConstraint("visit_id", "sha256", name=op.f("uq_visit_entry_visit_id_sha256")),
        sa.UniqueConstraint("visit_id", "uuid", name=op.f("uq_visit_entry_visit_id_uuid")),
    )
    op.create_table(
        "visit_photo",
        sa.Column("visit_id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("received_by_id", sa.Integer(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_visit_photo_sha256")),
        sa.CheckConstraint("size > 0", name=op.f("ck_visit_photo_size")),
        *foreign("visit_photo", visit_id="visit", received_by_id="user_account"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_visit_photo")),
        sa.UniqueConstraint("visit_id", "sha256", name=op.f("uq_visit_photo_visit_id_sha256")),
    )
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for table, sentence in SENTENCES.items():
        for occasion in ("UPDATE", "DELETE"):
            for statement in write(f"{table}_no_{occasion.lower()}", table, occasion, sentence):
                op.execute(statement)


def foreign(table: str, **targets: str) -> list[sa.ForeignKeyConstraint]:
    return [
        sa.ForeignKeyConstraint([column], [f"{target}.id"], name=op.f(f"fk_{table}_{column}"), ondelete="RESTRICT")
        for column, target in targets.items()
    ]


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for table in SENTENCES:
        for name in (f"{table}_no_update", f"{table}_no_delete"):
            op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON {table}")
            if not on_sqlite:
                op.execute(f"DROP FUNCTION {name}()")
        op.drop_table(table)


def sqlite(name: str, table: str, occasion: str, sentence: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    )


def postgresql(name: str, table: str, occasion: str, sentence: str) -> tuple[str, ...]:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
