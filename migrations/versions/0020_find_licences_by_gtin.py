"""Lead from the GTIN on a pack to the licences of the product, those already signed included."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

SIGNED = """
INSERT INTO register_gtin (gtin, mark)
SELECT DISTINCT product_format.gtin, register_entry.mark FROM register_entry
JOIN licence ON licence.id = register_entry.licence_id
JOIN product ON product.dossier_id = licence.dossier_id
JOIN product_format ON product_format.product_id = product.id
WHERE product_format.gtin IS NOT NULL
"""


def upgrade() -> None:
    op.create_table(
        "register_gtin",
        sa.Column("gtin", sa.String(length=14), nullable=False),
        sa.Column("mark", sa.String(length=12), nullable=False),
        sa.CheckConstraint("length(gtin) = 14", name=op.f("ck_register_gtin_gtin")),
        sa.ForeignKeyConstraint(
            ["mark"], ["register_entry.mark"], name=op.f("fk_register_gtin_mark"), ondelete="RESTRICT"
        ),
        sa.PrimaryKeyConstraint("gtin", "mark", name=op.f("pk_register_gtin")),
    )
    op.execute(SIGNED)


def downgrade() -> None:
    op.drop_table("register_gtin")
