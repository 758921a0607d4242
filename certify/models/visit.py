"""Visits of a site: what was planned and announced, who makes them, when they began and closed."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, Word, to
from certify.models.dossier import Dossier
from certify.models.user import User
from certify.workflows.visit import State


class VisitState(Base):
    """The states a visit may be in."""

    __tablename__ = "visit_state"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)


class Visit(Numbered):
    """One visit. `starts_at` is local time, "09:30"; `late_reason` says why the day is after the legal delay.

    `reason`: why it is needed, `to_prepare`: what the site is asked to have ready; both are told to the applicant.
    `follows_up` says what an earlier visit found, when this one verifies it. Closed or cancelled, it is never altered.
    """

    __tablename__ = "visit"
    __table_args__ = (
        CheckConstraint("(begun_at IS NOT NULL) OR state IN ('planned', 'cancelled')", name="begun_with_moment"),
        CheckConstraint("begun_at IS NULL OR state <> 'planned'", name="planned_not_begun"),
        CheckConstraint("(closed_at IS NOT NULL) = (state = 'done')", name="done_with_moment"),
        CheckConstraint("(closed_at IS NULL) = (summary IS NULL)", name="closed_with_summary"),
        CheckConstraint("(cancellation IS NOT NULL) = (state = 'cancelled')", name="cancelled_with_reason"),
    )

    dossier_id: Mapped[int] = to("dossier.id", index=True)
    state: Mapped[State] = mapped_column(Word(State), ForeignKey("visit_state.code"), index=True)
    planned_on: Mapped[date]
    starts_at: Mapped[str] = mapped_column(String(5))
    place: Mapped[str]
    reason: Mapped[str]
    to_prepare: Mapped[str | None]
    late_reason: Mapped[str | None]
    follows_up: Mapped[str | None]
    created_by_id: Mapped[int] = to("user_account.id")
    created_at: Mapped[datetime]
    announced_at: Mapped[datetime]
    begun_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    summary: Mapped[str | None]
    cancellation: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)

    dossier: Mapped[Dossier] = relationship()
    created_by: Mapped[User] = relationship()
    named: Mapped[list[VisitInspector]] = relationship(
        cascade="all, delete-orphan", order_by="VisitInspector.user_id", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def is_planned(self) -> bool:
        """Whether it has neither begun nor ended."""
        return self.state is State.PLANNED

    @property
    def inspectors(self) -> list[User]:
        """The people who make the visit."""
        return [one.user for one in self.named]


class VisitInspector(Numbered):
    """One inspector of one visit; whoever is named once it has begun stays named."""

    __tablename__ = "visit_inspector"
    __table_args__ = (UniqueConstraint("visit_id", "user_id"),)

    visit_id: Mapped[int] = to("visit.id")
    user_id: Mapped[int] = to("user_account.id", index=True)

    user: Mapped[User] = relationship(lazy="joined")
