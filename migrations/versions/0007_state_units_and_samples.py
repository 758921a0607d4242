"""State the unit and the uncertainty of a measurement."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0003"
branch_labels = None
depends_on = None

CHECKS = {
    "uncertainty_of_a_value": "uncertainty IS NULL OR value IS NOT NULL",
    "stated_in_a_unit": "(unit IS NULL) = (stated_value IS NULL)",
}


def upgrade() -> None:
    with op.batch_alter_table("measurement") as batch:
        for name in ("uncertainty", "stated_value", "stated_uncertainty"):
            batch.add_column(sa.Column(name, sa.Text(), nullable=True))
        batch.add_column(sa.Column("unit", sa.String(length=40), nullable=True))
        for name, condition in CHECKS.items():
            batch.create_check_constraint(op.f(f"ck_measurement_{name}"), condition)


def downgrade() -> None:
    with op.batch_alter_table("measurement") as batch:
        for name in CHECKS:
            batch.drop_constraint(op.f(f"ck_measurement_{name}"), type_="check")
        for name in ("unit", "uncertainty", "stated_value", "stated_uncertainty"):
            batch.drop_column(name)
