"""The authorisation to use the label, and the public register that answers whoever scans a mark."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, Word, to
from certify.models.dossier import Dossier
from certify.models.user import User
from certify.workflows.licence import State
from certify.workflows.scanning import Caution


class LicenceState(Base):
    """The states a licence may be in."""

    __tablename__ = "licence_state"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)


class Licence(Numbered):
    """One licence per approved dossier; number, mark and validity are given at signature, together and for ever."""

    __tablename__ = "licence"
    __table_args__ = (
        CheckConstraint("(state = 'to_sign') = (mark IS NULL)", name="signed_has_mark"),
        CheckConstraint("(mark IS NULL) = (number IS NULL)", name="mark_with_number"),
        CheckConstraint("(mark IS NULL) = (valid_to IS NULL)", name="mark_with_validity"),
        CheckConstraint("(mark IS NULL) = (signed_at IS NULL)", name="mark_with_signature"),
        CheckConstraint("valid_from IS NULL OR valid_to > valid_from", name="validity"),
    )

    dossier_id: Mapped[int] = to("dossier.id", unique=True)
    state: Mapped[State] = mapped_column(Word(State), ForeignKey("licence_state.code"), index=True)
    number: Mapped[str | None] = mapped_column(String(24), unique=True)
    mark: Mapped[str | None] = mapped_column(String(12), unique=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    terms_accepted_at: Mapped[datetime | None]
    terms_accepted_by_id: Mapped[int | None] = to("user_account.id")
    signed_at: Mapped[datetime | None]
    signed_by_id: Mapped[int | None] = to("user_account.id")
    photo_sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)

    dossier: Mapped[Dossier] = relationship()
    signed_by: Mapped[User | None] = relationship(foreign_keys=[signed_by_id])

    __mapper_args__ = {"version_id_col": version}


class RegisterEntry(Base):
    """What the public may know of one licence, and nothing more: the verification page reads this row alone.

    Written in the transaction that moves the licence. `facts` holds the printed particulars by language,
    `history` the dated changes of state; neither ever holds personal data. `caution` is what people confirmed about
    copies of the code itself.
    """

    __tablename__ = "register_entry"

    mark: Mapped[str] = mapped_column(String(12), primary_key=True)
    licence_id: Mapped[int] = to("licence.id", unique=True)
    number: Mapped[str] = mapped_column(String(24), unique=True)
    state: Mapped[str] = mapped_column(String(40))
    valid_from: Mapped[date]
    valid_to: Mapped[date]
    photo_sha256: Mapped[str | None] = mapped_column(String(64))
    facts: Mapped[dict]
    history: Mapped[list]
    changed_at: Mapped[datetime]
    caution: Mapped[Caution | None] = mapped_column(Word(Caution))


class RegisterGtin(Base):
    """A trade item that a licence covers: the GTIN on a pack leads to the licence, and to each one before it."""

    __tablename__ = "register_gtin"
    __table_args__ = (CheckConstraint("length(gtin) = 14", name="gtin"),)

    gtin: Mapped[str] = mapped_column(String(14), primary_key=True)
    mark: Mapped[str] = to("register_entry.mark", primary_key=True)
