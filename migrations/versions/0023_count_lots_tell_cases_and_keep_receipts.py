"""Count the labels in use under a lot that is scanned."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("seen_code", sa.Column("counted_to", sa.Integer(), nullable=True))
    op.create_index(op.f("ix_label_activation_lot"), "label_activation", ["lot"])


def downgrade() -> None:
    op.drop_index(op.f("ix_label_activation_lot"), "label_activation")
    op.drop_column("seen_code", "counted_to")
