"""Samples: what was taken, its three parts with their codes, and what the laboratories found."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, term, to
from certify.models.document import Document
from certify.models.dossier import Dossier
from certify.models.user import User
from certify.workflows.sampling import Part, Progress


class Sample(Numbered):
    """A sample of a product, split in three; `criteria` are the codes asked of the laboratories. Never altered."""

    __tablename__ = "sample"

    dossier_id: Mapped[int] = to("dossier.id", index=True)
    taken_on: Mapped[date]
    place: Mapped[str]
    taken_by: Mapped[str]
    criteria: Mapped[list]
    recorded_by_id: Mapped[int] = to("user_account.id")
    recorded_at: Mapped[datetime]

    dossier: Mapped[Dossier] = relationship()
    portions: Mapped[list[Portion]] = relationship(back_populates="sample", order_by="Portion.id", lazy="selectin")


class Portion(Numbered):
    """One part of a sample. Once sent it stays with its laboratory; once submitted it is frozen."""

    __tablename__ = "portion"
    __table_args__ = (
        UniqueConstraint("sample_id", "part"),
        CheckConstraint("(laboratory_id IS NULL) = (sent_at IS NULL)", name="sent_to_a_laboratory"),
        CheckConstraint("laboratory_id IS NULL OR part <> 'witness'", name="witness_is_kept"),
        CheckConstraint("submitted_at IS NULL OR sent_at IS NOT NULL", name="submitted_once_sent"),
        CheckConstraint("(submitted_at IS NULL) = (bulletin_id IS NULL)", name="submitted_with_bulletin"),
        CheckConstraint("(submitted_at IS NULL) = (measured_on IS NULL)", name="submitted_with_day"),
    )

    sample_id: Mapped[int] = to("sample.id")
    part: Mapped[Part] = term(Part)
    code: Mapped[str] = mapped_column(String(12), unique=True)
    laboratory_id: Mapped[int | None] = to("user_account.id", index=True)
    reason: Mapped[str | None]
    sent_at: Mapped[datetime | None]
    measured_on: Mapped[date | None]
    bulletin_id: Mapped[int | None] = to("document.id")
    submitted_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)

    sample: Mapped[Sample] = relationship(back_populates="portions")
    laboratory: Mapped[User | None] = relationship()
    bulletin: Mapped[Document | None] = relationship()
    results: Mapped[list[AnalysisResult]] = relationship(
        back_populates="portion_of", order_by="AnalysisResult.id", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": version}

    @property
    def progress(self) -> Progress:
        """How far it is."""
        if self.submitted_at is not None:
            return Progress.RECEIVED
        return Progress.KEPT if self.sent_at is None else Progress.AWAITED


class AnalysisResult(Numbered):
    """What a laboratory found for one criterion, in the same terms as a measurement of the grid. Never altered."""

    __tablename__ = "analysis_result"
    __table_args__ = (
        UniqueConstraint("portion_id", "criterion"),
        CheckConstraint("(unit IS NULL) = (stated_value IS NULL)", name="stated_in_a_unit"),
    )

    portion_id: Mapped[int] = to("portion.id")
    criterion: Mapped[str] = mapped_column(String(80))
    value: Mapped[str]
    uncertainty: Mapped[str | None]
    unit: Mapped[str | None] = mapped_column(String(40))
    stated_value: Mapped[str | None]
    stated_uncertainty: Mapped[str | None]
    method: Mapped[str | None]

    portion_of: Mapped[Portion] = relationship(back_populates="results")
