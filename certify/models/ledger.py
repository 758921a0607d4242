"""The public log as it is written, before it is published: one row an event, in one unbroken order, never altered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, to
from certify.models.licence import Licence


class LedgerEntry(Base):
    """One entry: its place in the log, from 0 and without a gap, and its bytes (canonical JSON), which are what counts.

    Written in the transaction of what it tells; the database refuses UPDATE, DELETE and a gap.
    """

    __tablename__ = "ledger_entry"
    __table_args__ = (CheckConstraint("position >= 0", name="position"),)

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str] = mapped_column(String(12), index=True)
    entry: Mapped[str]
    at: Mapped[datetime]


class SealedDecision(Base):
    """The name under which the log knows a decision: the hash of its letter and of a random salt, so that it tells
    nothing to whoever does not hold both.
    """

    __tablename__ = "sealed_decision"
    __table_args__ = (CheckConstraint("length(salt) = 64", name="salt"),)

    paper_id: Mapped[int] = to("paper.id", primary_key=True)
    ref: Mapped[str] = mapped_column(String(43), unique=True)
    salt: Mapped[str] = mapped_column(String(64))
    position: Mapped[int] = to("ledger_entry.position", unique=True)


class Credential(Base):
    """The credential of a licence, its place in the status list, and the entry of the log that tells of its issue."""

    __tablename__ = "credential"
    __table_args__ = (CheckConstraint("place >= 0", name="place"),)

    licence_id: Mapped[int] = to("licence.id", primary_key=True)
    place: Mapped[int] = mapped_column(unique=True)
    position: Mapped[int] = to("ledger_entry.position", unique=True)
    token: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(43), unique=True)
    issued_at: Mapped[datetime]

    licence: Mapped[Licence] = relationship()
