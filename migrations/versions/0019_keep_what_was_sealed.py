"""Keep the fingerprint of a paper before its seal, and each further file that a paper was made into once one was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

GUARDS = (
    ("paper_copy_is_kept", "UPDATE", "issued papers are never altered"),
    ("paper_copy_is_never_deleted", "DELETE", "issued papers are never deleted"),
)


def upgrade() -> None:
    op.add_column("paper_file", sa.Column("bare_sha256", sa.String(length=64), nullable=True))
    op.create_index(op.f("ix_paper_file_sha256"), "paper_file", ["sha256"])
    op.create_index(op.f("ix_paper_file_bare_sha256"), "paper_file", ["bare_sha256"])
    op.create_table(
        "paper_copy",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("bare_sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("length(sha256) = 64", name=op.f("ck_paper_copy_sha256")),
        sa.ForeignKeyConstraint(["paper_id"], ["paper.id"], name=op.f("fk_paper_copy_paper_id"), ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_paper_copy")),
    )
    op.create_index(op.f("ix_paper_copy_paper_id"), "paper_copy", ["paper_id"])
    op.create_index(op.f("ix_paper_copy_bare_sha256"), "paper_copy", ["bare_sha256"])
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for guard in GUARDS:
        for statement in sqlite(*guard) if on_sqlite else postgresql(*guard):
            op.execute(statement)


def downgrade() -> None:
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    for name, *_ in GUARDS:
        op.execute(f"DROP TRIGGER {name}" if on_sqlite else f"DROP TRIGGER {name} ON paper_copy")
        if not on_sqlite:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("paper_copy")
    op.drop_index(op.f("ix_paper_file_bare_sha256"), "paper_file")
    op.drop_index(op.f("ix_paper_file_sha256"), "paper_file")
    op.drop_column("paper_file", "bare_sha256")


def sqlite(name: str, occasion: str, sentence: str) -> tuple[str, ...]:
    return (
        f"CREATE TRIGGER {name} BEFORE {occasion} ON paper_copy FOR EACH ROW"
        f" BEGIN SELECT RAISE(ABORT, '{sentence}'); END",
    )


def postgresql(name: str, occasion: str, sentence: str) -> tuple[str, ...]:
    return (
        f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{sentence}' USING ERRCODE = 'integrity_constraint_violation'; END $$",
        f"CREATE TRIGGER {name} BEFORE {occasion} ON paper_copy FOR EACH ROW EXECUTE FUNCTION {name}()",
    )
