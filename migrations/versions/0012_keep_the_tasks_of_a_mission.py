"""Keep what a rapporteur rules on the tasks of a mission; a ruling is followed by another, never altered."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

# (trigger, when it fires)
GUARDS = (("task_ruling_is_kept", "UPDATE"), ("task_ruling_is_never_deleted", "DELETE"))
SENTENCE = "a ruling on a task is kept"


def upgrade() -> None:
    op.create_table(
        "task_ruling",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("task", sa.String(length=40), nullable=False),
        sa.Column("standing", sa.String(length=40), nullable=False),
        sa.Column("statement", sa.Text(), nullable=False),
        sa.Column("ruled_by_id", sa.Integer(), nullable=False),
        sa.Column("ruled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(task = 'documents') = (standing = 'concluded')", name=op.f("ck_task_ruling_ruled_as_its_task")
        ),
        sa.CheckConstraint("statement <> ''", name=op.f("ck_task_ruling_written")),
        sa.ForeignKeyConstraint(
            ["dossier_id"], ["dossier.id"], name=op.f("fk_task_ruling_dossier_id"), ondelete="RESTRICT"
        ),
        sa.ForeignKeyConstraint(
            ["ruled_by_id"], ["user_account.id"], name=op.f("fk_task_ruling_ruled_by_id"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task_ruling")),
    )
    op.create_index(op.f("ix_task_ruling_dossier_id"), "task_ruling", ["dossier_id"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, occasion in GUARDS:
        if on_sqlite:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {occasion} ON task_ruling FOR EACH ROW"
                f" BEGIN SELECT RAISE(ABORT, '{SENTENCE}'); END"
            )
            continue
        op.execute(
            f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            f" RAISE EXCEPTION '{SENTENCE}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(f"CREATE TRIGGER {name} BEFORE {occasion} ON task_ruling FOR EACH ROW EXECUTE FUNCTION {name}()")


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, _ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON task_ruling")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("task_ruling")
