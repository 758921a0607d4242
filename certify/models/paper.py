"""Papers issued: the facts printed, for ever, and the file made from them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, term, to
from certify.models.message import Message
from certify.models.user import User
from certify.workflows.machine import Term
from certify.workflows.words import N_


class PaperKind(Term):
    """What a paper is."""

    RECEIPT = "receipt", N_("Receipt")
    DECISION = "decision", N_("Decision letter")
    MINUTES = "minutes", N_("Minutes")
    ERRATUM = "erratum", N_("Erratum to the minutes")
    CERTIFICATE = "certificate", N_("Certificate")
    CONVOCATION = "convocation", N_("Convocation")


class Paper(Numbered):
    """One paper issued once; a re-issue is another row with the next `version` and its own number.

    `facts` is the canonical JSON that `certify.pdf` prints: same facts, same bytes. The database refuses
    UPDATE and DELETE here and on the file.
    """

    __tablename__ = "paper"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN dossier_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN meeting_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN licence_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_subject",
        ),
    )

    number: Mapped[str] = mapped_column(String(48), unique=True)
    kind: Mapped[PaperKind] = term(PaperKind)
    version: Mapped[int] = mapped_column(default=1)
    dossier_id: Mapped[int | None] = to("dossier.id", index=True)
    meeting_id: Mapped[int | None] = to("meeting.id", index=True)
    licence_id: Mapped[int | None] = to("licence.id", index=True)
    facts: Mapped[str]
    issued_at: Mapped[datetime]
    issued_by_id: Mapped[int | None] = to("user_account.id")

    file: Mapped[PaperFile | None] = relationship(back_populates="paper")
    copies: Mapped[list[PaperCopy]] = relationship(order_by="PaperCopy.printed_at", back_populates="paper")

    @property
    def kept(self) -> PaperFile | PaperCopy | None:
        """The file to hand out: the last one made; None while none is printed."""
        return self.copies[-1] if self.copies else self.file


class PaperFile(Base):
    """The printed and sealed file of a paper, kept under its SHA-256.

    `bare_sha256` is that of the same file before its seal, which holds the moment of sealing; None for a paper printed
    before papers were sealed.
    """

    __tablename__ = "paper_file"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="sha256"),)

    paper_id: Mapped[int] = to("paper.id", primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    bare_sha256: Mapped[str | None] = mapped_column(String(64), index=True)
    size: Mapped[int]
    printed_at: Mapped[datetime]

    paper: Mapped[Paper] = relationship(back_populates="file")


class PaperCopy(Base):
    """A further file of a paper whose file was lost: another seal, another fingerprint, as genuine as the first."""

    __tablename__ = "paper_copy"
    __table_args__ = (CheckConstraint("length(sha256) = 64", name="sha256"),)

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    paper_id: Mapped[int] = to("paper.id", index=True)
    bare_sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int]
    printed_at: Mapped[datetime]

    paper: Mapped[Paper] = relationship(back_populates="copies")


class ConvocationSent(Base):
    """Whom a convocation convenes to which meeting, and the message that carries it: the proof of its sending."""

    __tablename__ = "convocation_sent"
    __table_args__ = (UniqueConstraint("meeting_id", "user_id"),)

    paper_id: Mapped[int] = to("paper.id", primary_key=True)
    meeting_id: Mapped[int] = to("meeting.id")
    user_id: Mapped[int] = to("user_account.id")
    message_id: Mapped[int] = to("message.id")

    paper: Mapped[Paper] = relationship()
    user: Mapped[User] = relationship()
    message: Mapped[Message] = relationship()
