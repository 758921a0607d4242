"""The committee: its seats, and who sits on them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, term, to
from certify.models.user import User
from certify.workflows.composition import Holding


class Seat(Numbered):
    """One voice of the committee; the quorum counts seats, not people. One seat presides."""

    __tablename__ = "seat"
    __table_args__ = (
        Index(
            "uq_seat_presiding",
            "is_president",
            unique=True,
            sqlite_where=text("is_president"),
            postgresql_where=text("is_president"),
        ),
    )

    code: Mapped[str] = mapped_column(String(20), unique=True)
    body_fr: Mapped[str]
    body_ar: Mapped[str]
    is_voting: Mapped[bool] = mapped_column(default=True)
    is_president: Mapped[bool] = mapped_column(default=False)

    mandates: Mapped[list[Mandate]] = relationship(back_populates="seat", order_by="Mandate.id")


class Mandate(Numbered):
    """A person on a seat between two dates (`ends_on` is the last day, none while it lasts); never deleted.

    `act` names the decision that appoints them. A trigger refuses two of one holding on a seat, or two of one person,
    on the same day.
    """

    __tablename__ = "mandate"
    __table_args__ = (CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="dates"),)

    seat_id: Mapped[int] = to("seat.id", index=True)
    user_id: Mapped[int] = to("user_account.id", index=True)
    holding: Mapped[Holding] = term(Holding)
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    act: Mapped[str | None]
    recorded_by_id: Mapped[int | None] = to("user_account.id")
    recorded_at: Mapped[datetime | None]

    seat: Mapped[Seat] = relationship(back_populates="mandates")
    user: Mapped[User] = relationship(foreign_keys=[user_id])
