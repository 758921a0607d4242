"""An erratum to signed minutes: its frozen text, and the two signatures that put it in force beside them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, term, to
from certify.models.meeting import AgendaItem, Meeting
from certify.models.minutes import Capacity, MinutesProposal
from certify.models.user import User
from certify.workflows.erratum import MENDABLE, Passage, State


class Erratum(Numbered):
    """What signed minutes say, what they should say, and why; on an item, or (`item_id` none) on the meeting.

    `facts` is the frozen text that both sign, `sha256` its fingerprint. Nothing of it is ever altered; what is given up
    before the second signature keeps its number, and says why.
    """

    __tablename__ = "erratum"
    __table_args__ = (
        UniqueConstraint("meeting_id", "rank"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint(
            "trim(says) <> '' AND trim(should_say) <> '' AND trim(reason) <> '' AND says <> should_say", name="stated"
        ),
        CheckConstraint(f"passage IN ({', '.join(repr(str(each)) for each in MENDABLE)})", name="mendable"),
        CheckConstraint(
            "(dropped_at IS NULL) = (dropped_by_id IS NULL) AND (dropped_at IS NULL) = (drop_reason IS NULL)",
            name="dropped_by_somebody",
        ),
    )

    number: Mapped[str] = mapped_column(String(48), unique=True)
    meeting_id: Mapped[int] = to("meeting.id")
    item_id: Mapped[int | None] = to("agenda_item.id")
    proposal_id: Mapped[int] = to("minutes_proposal.id")
    rank: Mapped[int]
    passage: Mapped[Passage] = term(Passage)
    says: Mapped[str]
    should_say: Mapped[str]
    reason: Mapped[str]
    facts: Mapped[str]
    sha256: Mapped[str] = mapped_column(String(64))
    drawn_up_by_id: Mapped[int] = to("user_account.id")
    drawn_up_at: Mapped[datetime]
    dropped_by_id: Mapped[int | None] = to("user_account.id")
    dropped_at: Mapped[datetime | None]
    drop_reason: Mapped[str | None]

    meeting: Mapped[Meeting] = relationship()
    item: Mapped[AgendaItem | None] = relationship()
    proposal: Mapped[MinutesProposal] = relationship()
    drawn_up_by: Mapped[User] = relationship(foreign_keys=[drawn_up_by_id])
    signatures: Mapped[list[ErratumSignature]] = relationship(order_by="ErratumSignature.id")

    @property
    def is_in_force(self) -> bool:
        """Both have signed: its paper is issued."""
        return self.state is State.SIGNED

    @property
    def state(self) -> State:
        """Where it stands: the signatures say it, or that it was given up."""
        if self.dropped_at is not None:
            return State.DROPPED
        return (State.DRAWN_UP, State.ATTESTED, State.SIGNED)[len(self.signatures)]


class ErratumSignature(Numbered):
    """Who signed an erratum, in what capacity, when, and the hash of what they signed; two people, never one."""

    __tablename__ = "erratum_signature"
    __table_args__ = (UniqueConstraint("erratum_id", "capacity"), UniqueConstraint("erratum_id", "user_id"))

    erratum_id: Mapped[int] = to("erratum.id")
    capacity: Mapped[Capacity] = term(Capacity)
    user_id: Mapped[int] = to("user_account.id")
    sha256: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]

    user: Mapped[User] = relationship()
