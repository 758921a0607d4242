"""Keep what is ruled on the conflicts of interest that the system suggests; a ruling is never altered."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

# (trigger, when it fires)
GUARDS = (("conflict_ruling_is_kept", "UPDATE"), ("conflict_ruling_is_never_deleted", "DELETE"))
SENTENCE = "a ruling on a conflict of interest is kept"


def upgrade() -> None:
    op.create_table(
        "conflict_ruling",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("ground", sa.String(length=40), nullable=False),
        sa.Column("ruling", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("ruled_by_id", sa.Integer(), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint("ruled_by_id <> user_id", name=op.f("ck_conflict_ruling_ruled_by_another")),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_conflict_ruling_reasoned")),
        sa.ForeignKeyConstraint(
            ["item_id"], ["agenda_item.id"], name=op.f("fk_conflict_ruling_item_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user_account.id"], name=op.f("fk_conflict_ruling_user_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ruled_by_id"], ["user_account.id"], name=op.f("fk_conflict_ruling_ruled_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conflict_ruling")),
        sa.UniqueConstraint("item_id", "user_id", "ground", name=op.f("uq_conflict_ruling_item_id_user_id_ground")),
    )
    write = sqlite if op.get_bind().dialect.name == "sqlite" else postgresql
    for name, occasion in GUARDS:
        for statement in write(name, occasion):
            op.execute(statement)


def downgrade() -> None:
    op.drop_table("conflict_ruling")
    if op.get_bind().dialect.name != "sqlite":
        for name, _ in GUARDS:
            op.execute(f"DROP FUNCTION {name}()")


def sqlite(name: str, occasion: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {name} BEFORE {occasion} ON conflict_ruling FOR EACH ROW"
        f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END",
    )


def postgresql(name: str, occasion: str) -> tuple[str, ...]:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON conflict_ruling FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
