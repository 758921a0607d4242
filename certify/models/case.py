"""Cases of suspected copies: what raised each, what readers wrote, and each step of what people decided."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, Sealed, Word, term, to
from certify.models.licence import Licence
from certify.models.scan import SeenCode
from certify.models.user import User
from certify.workflows.case import Action, State
from certify.workflows.permissions import Role
from certify.workflows.scanning import Signal


class CaseState(Base):
    """The states a case may be in: a new one is one INSERT."""

    __tablename__ = "case_state"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)


class CopyCase(Numbered):
    """A signal on a code that somebody must look into; one at most is pending for a code and a signal.

    `visits`, `regions`, `since` are the figures of the signal as it last was; `decided_at` is when it left the desk,
    and scans before it never raise the same signal again; `told_at`, when the secretariat was written to.
    """

    __tablename__ = "copy_case"
    __table_args__ = (
        Index(
            "uq_copy_case_pending",
            "seen_id",
            "signal",
            unique=True,
            sqlite_where="state IN ('open', 'examined')",
            postgresql_where="state IN ('open', 'examined')",
        ),
        CheckConstraint("(state IN ('open', 'examined')) = (decided_at IS NULL)", name="decided_is_dated"),
    )

    seen_id: Mapped[int] = to("seen_code.id", index=True)
    licence_id: Mapped[int | None] = to("licence.id", index=True)
    signal: Mapped[Signal] = term(Signal)
    state: Mapped[State] = mapped_column(Word(State), ForeignKey("case_state.code"), index=True)
    visits: Mapped[int]
    regions: Mapped[int]
    since: Mapped[datetime]
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    seen: Mapped[SeenCode] = relationship()
    licence: Mapped[Licence | None] = relationship()
    steps: Mapped[list[CaseStep]] = relationship(back_populates="case", order_by="CaseStep.sequence")
    reports: Mapped[list[CaseReport]] = relationship(back_populates="case", order_by="CaseReport.id")

    __mapper_args__ = {"version_id_col": version}


class CaseStep(Numbered):
    """One step in the life of a case, chained by hash as the journal is, never altered; `reason` is in writing."""

    __tablename__ = "case_step"
    __table_args__ = (UniqueConstraint("case_id", "sequence"),)

    case_id: Mapped[int] = to("copy_case.id")
    sequence: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int] = to("user_account.id")
    role: Mapped[Role] = term(Role)
    action: Mapped[Action] = term(Action)
    source: Mapped[State] = term(State)
    target: Mapped[State] = term(State)
    reason: Mapped[str | None]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    case: Mapped[CopyCase] = relationship(back_populates="steps")
    actor: Mapped[User] = relationship()


class CaseReport(Numbered):
    """What somebody who held the product wrote: sealed, read by the office alone; `contact` is erased in time."""

    __tablename__ = "case_report"

    case_id: Mapped[int] = to("copy_case.id", index=True)
    received_on: Mapped[date]
    said: Mapped[str] = mapped_column(Sealed)
    bought: Mapped[str | None] = mapped_column(Sealed)
    region: Mapped[str | None] = mapped_column(String(5))
    contact: Mapped[str | None] = mapped_column(Sealed)

    case: Mapped[CopyCase] = relationship(back_populates="reports")
