"""A secret vote: who voted and what was voted lie in tables that nothing joins, and none of them keeps an order.

None has a serial number or a moment, and SQLite keeps them by their keys (WITHOUT ROWID); at the close the rows are
written anew in the order of those keys, so that PostgreSQL keeps none either. `docs/secret-ballot.md` says the limits.
"""

from __future__ import annotations

from sqlalchemy import String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from certify.models.base import Base, term, to
from certify.workflows.voting import Choice


class RollEntry(Base):
    """That a seat voted on an item, and who sat there; never what."""

    __tablename__ = "roll_entry"
    __table_args__ = (UniqueConstraint("item_id", "user_id"), {"sqlite_with_rowid": False})

    item_id: Mapped[int] = to("agenda_item.id", primary_key=True)
    seat_id: Mapped[int] = to("seat.id", primary_key=True)
    user_id: Mapped[int] = to("user_account.id")


class SecretBallot(Base):
    """What was voted on an item, under a receipt drawn by lot that its voter alone was shown."""

    __tablename__ = "secret_ballot"
    __table_args__ = ({"sqlite_with_rowid": False},)

    receipt: Mapped[str] = mapped_column(String(20), primary_key=True)
    item_id: Mapped[int] = to("agenda_item.id", index=True)
    choice: Mapped[Choice] = term(Choice)


class SecretStatement(Base):
    """The words that went with some secret ballot of this choice; its key is drawn by lot and joins nothing."""

    __tablename__ = "secret_statement"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[str] = mapped_column(String(20), primary_key=True)
    item_id: Mapped[int] = to("agenda_item.id", index=True)
    choice: Mapped[Choice] = term(Choice)
    statement: Mapped[str]
