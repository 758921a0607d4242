"""What the evaluation found: measures against the review grid, the report. Findings stand in `finding.py`."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, term, to
from certify.models.document import Document
from certify.models.sample import Portion
from certify.models.user import User
from certify.workflows.finding import Grade
from certify.workflows.machine import Term
from certify.workflows.words import N_

__all__ = ["Grade", "Measurement", "Proposal", "Report"]


class Proposal(Term):
    """What the rapporteur proposes to the committee."""

    FAVOURABLE = "favourable", N_("Favourable")
    FAVOURABLE_WITH_RESERVATIONS = "favourable_with_reservations", N_("Favourable with reservations")
    UNFAVOURABLE = "unfavourable", N_("Unfavourable")


class Measurement(Numbered):
    """The value of one criterion of the grid, with where it comes from. `value` is in canonical form (criteria.py).

    `value` and `uncertainty` are in the unit of the criterion; when they were stated in another `unit`, `stated_value`
    and `stated_uncertainty` keep them as they were. `portion_id`: the row stands as it came from a laboratory.
    """

    __tablename__ = "measurement"
    __table_args__ = (
        UniqueConstraint("dossier_id", "criterion"),
        CheckConstraint("uncertainty IS NULL OR value IS NOT NULL", name="uncertainty_of_a_value"),
        CheckConstraint("(unit IS NULL) = (stated_value IS NULL)", name="stated_in_a_unit"),
    )

    dossier_id: Mapped[int] = to("dossier.id")
    criterion: Mapped[str] = mapped_column(String(80))
    value: Mapped[str | None]
    method: Mapped[str | None]
    laboratory: Mapped[str | None]
    measured_on: Mapped[date | None]
    evidence_id: Mapped[int | None] = to("document.id")
    note: Mapped[str | None]
    uncertainty: Mapped[str | None]
    unit: Mapped[str | None] = mapped_column(String(40))
    stated_value: Mapped[str | None]
    stated_uncertainty: Mapped[str | None]
    portion_id: Mapped[int | None] = to("portion.id")
    entered_by_id: Mapped[int] = to("user_account.id")
    entered_at: Mapped[datetime]

    evidence: Mapped[Document | None] = relationship()
    portion: Mapped[Portion | None] = relationship()


class ReportDraft(Numbered):
    """One section of the report as the rapporteur last saved it; `proposal` is chosen in the section of that name."""

    __tablename__ = "report_draft"
    __table_args__ = (
        UniqueConstraint("dossier_id", "section"),
        CheckConstraint("proposal IS NULL OR section = 'proposal'", name="proposed_in_its_section"),
    )

    dossier_id: Mapped[int] = to("dossier.id")
    section: Mapped[str] = mapped_column(String(40))
    text: Mapped[str]
    proposal: Mapped[Proposal | None] = term(Proposal)
    written_by_id: Mapped[int] = to("user_account.id")
    written_at: Mapped[datetime]


class Report(Numbered):
    """The rapporteur's report, frozen: `body` is canonical JSON, `sha256` its hash. Never altered, only followed.

    `reason` says why a version corrects the one before; one that follows a new examination has none.
    """

    __tablename__ = "report"
    __table_args__ = (
        UniqueConstraint("dossier_id", "version"),
        CheckConstraint("reason IS NULL OR (version > 1 AND trim(reason) <> '')", name="reason_of_a_correction"),
    )

    dossier_id: Mapped[int] = to("dossier.id")
    version: Mapped[int]
    proposal: Mapped[Proposal] = term(Proposal)
    summary: Mapped[str]
    body: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    submitted_by_id: Mapped[int] = to("user_account.id")
    submitted_at: Mapped[datetime]
    reason: Mapped[str | None]

    submitted_by: Mapped[User] = relationship()
