"""Who signs in, and with which roles."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, term, to
from certify.models.organisation import Organisation
from certify.workflows.permissions import Role


class User(Numbered):
    """A person with an account. `email` is kept lower case; without `confirmed_at` nobody signs in."""

    __tablename__ = "user_account"
    __table_args__ = (CheckConstraint("email = lower(email)", name="email_is_lower_case"),)

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    locale: Mapped[str] = mapped_column(String(8))
    organisation_id: Mapped[int | None] = to("organisation.id", index=True)
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    laboratory: Mapped[str | None]
    is_active: Mapped[bool] = mapped_column(default=True)
    is_demonstration: Mapped[bool] = mapped_column(default=False)

    organisation: Mapped[Organisation | None] = relationship()
    held_roles: Mapped[list[UserRole]] = relationship(cascade="all, delete-orphan", lazy="selectin")

    @property
    def laboratory_name(self) -> str:
        """What the laboratory is called that this person answers for."""
        return self.laboratory or self.name

    @property
    def roles(self) -> frozenset[Role]:
        """The roles this person holds."""
        return frozenset(held.role for held in self.held_roles)


class UserRole(Base):
    """One role of one person."""

    __tablename__ = "user_role"

    user_id: Mapped[int] = to("user_account.id", primary_key=True)
    role: Mapped[Role] = term(Role, primary_key=True)
