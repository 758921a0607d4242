"""What an applicant hands in, piece by piece, and the one request to complete it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, term, to
from certify.models.user import User
from certify.workflows.machine import Term, Tone
from certify.workflows.words import N_


class Standing(Term):
    """What the secretariat found of a document."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    TO_CHECK = "to_check", N_("To check"), Tone.QUIET
    CONFORMING = "conforming", N_("Conforming"), Tone.GOOD
    NOT_CONFORMING = "not_conforming", N_("Not conforming"), Tone.BAD


class Document(Numbered):
    """One version of one piece: a file kept under its SHA-256, or a written explanation in its place.

    Versions of a kind follow each other and none is ever replaced: the last one counts, the earlier ones stay.
    """

    __tablename__ = "document"
    __table_args__ = (
        UniqueConstraint("dossier_id", "kind", "version"),
        CheckConstraint("(sha256 IS NULL) <> (explanation IS NULL)", name="file_or_explanation"),
        CheckConstraint("sha256 IS NULL OR length(sha256) = 64", name="sha256"),
    )

    dossier_id: Mapped[int] = to("dossier.id", index=True)
    kind: Mapped[str] = mapped_column(String(60))
    version: Mapped[int]
    file_name: Mapped[str | None]
    media_type: Mapped[str | None] = mapped_column(String(40))
    size: Mapped[int | None]
    sha256: Mapped[str | None] = mapped_column(String(64))
    explanation: Mapped[str | None]
    expires_on: Mapped[date | None]
    standing: Mapped[Standing] = term(Standing)
    finding: Mapped[str | None]
    uploaded_by_id: Mapped[int] = to("user_account.id")
    uploaded_at: Mapped[datetime]
    checked_by_id: Mapped[int | None] = to("user_account.id")
    checked_at: Mapped[datetime | None]

    uploaded_by: Mapped[User] = relationship(foreign_keys=[uploaded_by_id])


class Complement(Numbered):
    """A request for completion (move 3); the law allows one, hence one per dossier and `round`."""

    __tablename__ = "complement"
    __table_args__ = (UniqueConstraint("dossier_id", "round"),)

    dossier_id: Mapped[int] = to("dossier.id")
    round: Mapped[int] = mapped_column(default=1)
    message: Mapped[str | None]
    due_on: Mapped[date]
    requested_by_id: Mapped[int] = to("user_account.id")
    requested_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]

    points: Mapped[list[ComplementPoint]] = relationship(
        cascade="all, delete-orphan", order_by="ComplementPoint.id", back_populates="complement"
    )


class ComplementPoint(Numbered):
    """One thing asked for: a kind of document, what is wanted, and the answer given."""

    __tablename__ = "complement_point"
    __table_args__ = (UniqueConstraint("complement_id", "kind"),)

    complement_id: Mapped[int] = to("complement.id")
    kind: Mapped[str] = mapped_column(String(60))
    wanted: Mapped[str]
    answer: Mapped[str | None]
    document_id: Mapped[int | None] = to("document.id")

    complement: Mapped[Complement] = relationship(back_populates="points")
    document: Mapped[Document | None] = relationship()
