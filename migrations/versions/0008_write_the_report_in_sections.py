"""Write the report section by section, and say why a version corrects the one before."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_draft",
        sa.Column("dossier_id", sa.Integer(), nullable=False),
        sa.Column("section", sa.String(length=40), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("proposal", sa.String(length=40), nullable=True),
        sa.Column("written_by_id", sa.Integer(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("id", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "proposal IS NULL OR section = 'proposal'", name=op.f("ck_report_draft_proposed_in_its_section")
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{target}.id"], name=op.f(f"fk_report_draft_{column}"), ondelete="RESTRICT"
            )
            for column, target in (("dossier_id", "dossier"), ("written_by_id", "user_account"))
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_draft")),
        sa.UniqueConstraint("dossier_id", "section", name=op.f("uq_report_draft_dossier_id_section")),
    )
    # Written as SQL: a batch would make the table anew on SQLite, without the triggers that freeze it.
    op.execute(
        "ALTER TABLE report ADD COLUMN reason TEXT CONSTRAINT ck_report_reason_of_a_correction"
        " CHECK (reason IS NULL OR (version > 1 AND trim(reason) <> ''))"
    )


def downgrade() -> None:
    op.execute("ALTER TABLE report DROP COLUMN reason")
    op.drop_table("report_draft")
