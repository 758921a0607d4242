"""Count the labels in use under a lot, keep when the office was told of a case, and know the receipt of an opening."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seen_code", sa.Column("counted_to", sa.Integer(), nullable=True))
    op.add_column("copy_case", sa.Column("told_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("label_opening", sa.Column("receipt", sa.LargeBinary(), nullable=True))
    op.create_index(op.f("ix_label_activation_lot"), "label_activation", ["lot"])


def downgrade() -> None:
    op.drop_index(op.f("ix_label_activation_lot"), "label_activation")
    op.drop_column("label_opening", "receipt")
    op.drop_column("copy_case", "told_at")
    op.drop_column("seen_code", "counted_to")
