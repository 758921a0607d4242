"""The yearly declarations of interest of those who sit on the committee: followed by another, never altered."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, relationship

from certify.models.base import Numbered, term, to
from certify.models.user import User
from certify.workflows.interests import Nature


class YearlyDeclaration(Numbered):
    """What somebody declared for a year: no tie, or `tie_count` of them; the last of a year supersedes those before.

    Triggers refuse UPDATE and DELETE, and a tie more than were stated.
    """

    __tablename__ = "yearly_declaration"
    __table_args__ = (CheckConstraint("tie_count >= 0", name="tie_count"),)

    user_id: Mapped[int] = to("user_account.id", index=True)
    year: Mapped[int]
    tie_count: Mapped[int]
    declared_at: Mapped[datetime]

    user: Mapped[User] = relationship()
    ties: Mapped[list[DeclaredTie]] = relationship(order_by="DeclaredTie.id", back_populates="declaration")


class DeclaredTie(Numbered):
    """A tie to an organisation, named as its member typed it; `organisation_id` is the one of the register it names."""

    __tablename__ = "declared_tie"
    __table_args__ = (
        CheckConstraint("organisation_name <> ''", name="named"),
        CheckConstraint("since IS NULL OR until IS NULL OR until >= since", name="dates"),
        CheckConstraint("nature <> 'other' OR statement IS NOT NULL", name="other_is_stated"),
    )

    declaration_id: Mapped[int] = to("yearly_declaration.id", index=True)
    organisation_name: Mapped[str]
    organisation_id: Mapped[int | None] = to("organisation.id")
    nature: Mapped[Nature] = term(Nature)
    since: Mapped[date | None]
    until: Mapped[date | None]
    statement: Mapped[str | None]

    declaration: Mapped[YearlyDeclaration] = relationship(back_populates="ties")
