"""Name the states; a new one is one INSERT in a migration of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

STATES = {
    "dossier_state": (
        "draft filed checking complement inadmissible admissible examination conformity ready on_agenda deliberation"
        " adjourned opinion approved approved_with_reservations refused withdrawn lapsed"
    ),
    "meeting_state": (
        "draft convened open suspended closed minutes_drafted minutes_signed no_quorum postponed cancelled"
    ),
    "licence_state": "to_sign active suspended withdrawn expired",
}


def upgrade() -> None:
    for table, codes in STATES.items():
        op.bulk_insert(sa.table(table, sa.column("code")), [{"code": code} for code in codes.split()])


def downgrade() -> None:
    for table in STATES:
        op.execute(sa.delete(sa.table(table)))
