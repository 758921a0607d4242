"""Findings: what must be corrected before the committee, and each step by which it is, none of them ever altered."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, Word, term, to
from certify.models.document import Document
from certify.models.user import User
from certify.workflows.finding import Action, Grade, Method, State
from certify.workflows.permissions import Role


class FindingState(Base):
    """The states a finding may be in: a new one is one INSERT."""

    __tablename__ = "finding_state"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)


class Finding(Numbered):
    """A nonconformity to correct (moves 10 and 11). Once sent it stays as it was; what follows are its steps.

    `found_on` is the day it was seen, from which its notice is due; `raised_at` when it was written down, then sent.
    `observation` is the fingerprint of the entry of a visit that it takes over.
    """

    __tablename__ = "finding"
    __table_args__ = (CheckConstraint("(state = 'noted') = (sent_at IS NULL)", name="sent_once_noted"),)

    dossier_id: Mapped[int] = to("dossier.id", index=True)
    state: Mapped[State] = mapped_column(Word(State), ForeignKey("finding_state.code"))
    grade: Mapped[Grade] = term(Grade)
    criterion: Mapped[str | None] = mapped_column(String(80))
    statement: Mapped[str]
    evidence_id: Mapped[int | None] = to("document.id")
    observation: Mapped[str | None] = mapped_column(String(64))
    found_on: Mapped[date]
    due_on: Mapped[date]
    raised_by_id: Mapped[int] = to("user_account.id")
    raised_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    evidence: Mapped[Document | None] = relationship()
    raised_by: Mapped[User] = relationship()
    steps: Mapped[list[FindingStep]] = relationship(
        back_populates="finding", order_by="FindingStep.sequence", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}

    def last(self, action: Action) -> FindingStep | None:
        """Return the latest step by which `action` was taken; None when it never was."""
        return next((step for step in reversed(self.steps) if step.action is action), None)

    @property
    def plan(self) -> FindingStep | None:
        """The latest plan proposed."""
        return self.last(Action.PROPOSE_PLAN)

    @property
    def correction(self) -> FindingStep | None:
        """The latest report that it is corrected."""
        return self.last(Action.REPORT_CORRECTION)


class FindingStep(Numbered):
    """One step in the life of a finding. `said` is the plan, the reason, what was done or what was verified.

    `who` does what is planned; `due_on` is the day planned, or given anew; `visit_id`, its day `visited_on` and perhaps
    `document` (a report on paper) go with a verification on the spot; what was closed before visits were kept has no
    `visit_id`.
    """

    __tablename__ = "finding_step"
    __table_args__ = (
        UniqueConstraint("finding_id", "sequence"),
        CheckConstraint("(action = 'close_finding') = (method IS NOT NULL)", name="closed_by_a_method"),
        CheckConstraint("visited_on IS NULL OR method = 'visit'", name="visited_to_close"),
        CheckConstraint(
            "action <> 'propose_plan' OR (said IS NOT NULL AND who IS NOT NULL AND due_on IS NOT NULL)",
            name="plan_is_whole",
        ),
    )

    finding_id: Mapped[int] = to("finding.id")
    sequence: Mapped[int]
    at: Mapped[datetime]
    action: Mapped[Action] = term(Action)
    source: Mapped[State] = term(State)
    target: Mapped[State] = term(State)
    role: Mapped[Role] = term(Role)
    actor_id: Mapped[int | None] = to("user_account.id")
    said: Mapped[str | None]
    who: Mapped[str | None]
    due_on: Mapped[date | None]
    method: Mapped[Method | None] = term(Method)
    visited_on: Mapped[date | None]
    visit_id: Mapped[int | None] = to("visit.id")
    document_id: Mapped[int | None] = to("document.id")

    finding: Mapped[Finding] = relationship(back_populates="steps")
    actor: Mapped[User | None] = relationship()
    document: Mapped[Document | None] = relationship()
    proofs: Mapped[list[FindingProof]] = relationship(
        back_populates="step", order_by="FindingProof.id", lazy="selectin"
    )


class FindingProof(Numbered):
    """What shows a correction: a file, or an explanation in its place. `dated_on` is the day of the evidence itself."""

    __tablename__ = "finding_proof"
    __table_args__ = (UniqueConstraint("step_id", "document_id"),)

    step_id: Mapped[int] = to("finding_step.id")
    document_id: Mapped[int] = to("document.id")
    dated_on: Mapped[date]

    step: Mapped[FindingStep] = relationship(back_populates="proofs")
    document: Mapped[Document] = relationship(lazy="selectin")
