"""The minutes before they are signed: each version proposed, what the members said of it, and the two signatures."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, term, to
from certify.models.meeting import AgendaItem, Meeting
from certify.models.user import User
from certify.workflows.machine import Term
from certify.workflows.words import N_


class Capacity(Term):
    """In what capacity somebody signs the minutes."""

    SECRETARY = "secretary", N_("Secretary of the meeting")
    PRESIDENT = "president", N_("President of the meeting")


class MinutesProposal(Numbered):
    """One version of the text of the minutes, frozen: canonical facts and their SHA-256. Never altered.

    From the second on, `changes` says why it follows the one before, and `changed` at which items it differs.
    """

    __tablename__ = "minutes_proposal"
    __table_args__ = (
        UniqueConstraint("meeting_id", "version"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("version = 1 OR trim(changes) <> ''", name="says_why"),
    )

    meeting_id: Mapped[int] = to("meeting.id")
    version: Mapped[int]
    facts: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    changes: Mapped[str] = mapped_column(default="")
    changed: Mapped[list]
    drawn_up_by_id: Mapped[int] = to("user_account.id")
    drawn_up_at: Mapped[datetime]

    meeting: Mapped[Meeting] = relationship()
    drawn_up_by: Mapped[User] = relationship()
    agreements: Mapped[list[MinutesAgreement]] = relationship()
    remarks: Mapped[list[MinutesRemark]] = relationship(back_populates="proposal", order_by="MinutesRemark.id")
    signatures: Mapped[list[MinutesSignature]] = relationship(order_by="MinutesSignature.id")


class MinutesAgreement(Base):
    """A member who sat approves one version, for what of it is open to them."""

    __tablename__ = "minutes_agreement"

    proposal_id: Mapped[int] = to("minutes_proposal.id", primary_key=True)
    user_id: Mapped[int] = to("user_account.id", primary_key=True)
    agreed_at: Mapped[datetime]


class MinutesRemark(Numbered):
    """What a member who sat asks to have corrected, on an item or (`item_id` none) on the meeting; then the answer."""

    __tablename__ = "minutes_remark"
    __table_args__ = (
        CheckConstraint("trim(text) <> ''", name="stated"),
        CheckConstraint(
            "(answered_at IS NULL) = (answer IS NULL) AND (answered_at IS NULL) = (answered_by_id IS NULL)",
            name="answered_by_somebody",
        ),
        CheckConstraint("answer IS NULL OR trim(answer) <> ''", name="answered"),
    )

    proposal_id: Mapped[int] = to("minutes_proposal.id", index=True)
    item_id: Mapped[int | None] = to("agenda_item.id")
    user_id: Mapped[int] = to("user_account.id")
    text: Mapped[str]
    made_at: Mapped[datetime]
    answer: Mapped[str | None]
    answered_by_id: Mapped[int | None] = to("user_account.id")
    answered_at: Mapped[datetime | None]

    proposal: Mapped[MinutesProposal] = relationship(back_populates="remarks")
    item: Mapped[AgendaItem | None] = relationship()
    user: Mapped[User] = relationship(foreign_keys=[user_id])


class MinutesSignature(Numbered):
    """Who signed one version, in what capacity, when, and the hash of what they signed; two people, never one."""

    __tablename__ = "minutes_signature"
    __table_args__ = (UniqueConstraint("proposal_id", "capacity"), UniqueConstraint("proposal_id", "user_id"))

    proposal_id: Mapped[int] = to("minutes_proposal.id")
    capacity: Mapped[Capacity] = term(Capacity)
    user_id: Mapped[int] = to("user_account.id")
    sha256: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]

    user: Mapped[User] = relationship()
