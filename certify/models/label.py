"""Numbered labels: what was ordered and released, each label with its serial, and what became of it."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Base, Numbered, Word, term, to
from certify.models.licence import Licence
from certify.models.user import User
from certify.workflows import batch, label


class LabelBatchState(Base):
    """The states an order of labels may be in."""

    __tablename__ = "label_batch_state"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)


class LabelState(Base):
    """The states a label may be in."""

    __tablename__ = "label_state"

    code: Mapped[str] = mapped_column(String(40), primary_key=True)


class LabelBatch(Numbered):
    """One order of labels for one format; released, it names the key they are sealed with and its leaf in the log.

    `content` and `unit` are those of the format when it was ordered, `yearly` the certified quantity in that unit; both
    are decimals as text. `pin_year` names the key of the opening numbers.
    `root` is the RFC 6962 root over the sorted leaf hashes of the paths, base64url. Settled, it is never altered.
    """

    __tablename__ = "label_batch"
    __table_args__ = (
        CheckConstraint("(gtin IS NULL) <> (gdti IS NULL)", name="one_key"),
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("(state = 'ordered') = (settled_at IS NULL)", name="settled_at"),
        CheckConstraint("(settled_at IS NULL) = (settled_by_id IS NULL)", name="settled_by"),
        CheckConstraint("(state = 'released') = (kid IS NOT NULL)", name="released_with_key"),
        CheckConstraint("(kid IS NULL) = (root IS NULL)", name="key_with_root"),
        CheckConstraint("(kid IS NULL) = (position IS NULL)", name="key_with_leaf"),
        CheckConstraint("(kid IS NULL) = (yearly IS NULL)", name="key_with_quantity"),
        CheckConstraint("pin_year IS NULL OR has_pin", name="pin_with_year"),
        CheckConstraint("(state = 'declined') = (reason IS NOT NULL)", name="declined_with_reason"),
    )

    licence_id: Mapped[int] = to("licence.id", index=True)
    state: Mapped[batch.State] = mapped_column(Word(batch.State), ForeignKey("label_batch_state.code"), index=True)
    gtin: Mapped[str | None] = mapped_column(String(14))
    gdti: Mapped[str | None] = mapped_column(String(13))
    content: Mapped[str] = mapped_column(String(12))
    unit: Mapped[str] = mapped_column(String(8))
    packaging: Mapped[str | None]
    size: Mapped[int]
    has_pin: Mapped[bool]
    ordered_at: Mapped[datetime]
    ordered_by_id: Mapped[int] = to("user_account.id")
    settled_at: Mapped[datetime | None]
    settled_by_id: Mapped[int | None] = to("user_account.id")
    reason: Mapped[str | None]
    yearly: Mapped[str | None] = mapped_column(String(24))
    kid: Mapped[int | None]
    root: Mapped[str | None] = mapped_column(String(43))
    position: Mapped[int | None] = mapped_column(unique=True)
    pin_year: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    licence: Mapped[Licence] = relationship()
    ordered_by: Mapped[User] = relationship(foreign_keys=[ordered_by_id])
    settled_by: Mapped[User | None] = relationship(foreign_keys=[settled_by_id])

    __mapper_args__ = {"version_id_col": version}


class LabelActivation(Numbered):
    """A range of labels put on packs of one lot: its leaf in the log is `position`. Never altered."""

    __tablename__ = "label_activation"
    __table_args__ = (
        CheckConstraint("first_rank <= last_rank", name="ranks"),
        CheckConstraint("count > 0", name="count"),
    )

    batch_id: Mapped[int] = to("label_batch.id", index=True)
    first_rank: Mapped[int]
    last_rank: Mapped[int]
    count: Mapped[int]
    lot: Mapped[str] = mapped_column(String(20), index=True)
    packed_on: Mapped[date]
    at: Mapped[datetime]
    by_id: Mapped[int] = to("user_account.id")
    position: Mapped[int] = mapped_column(unique=True)

    batch: Mapped[LabelBatch] = relationship()
    by: Mapped[User] = relationship()


class LabelVoiding(Numbered):
    """A range of labels declared void, and why; `root` is that of their paths, as a batch has it. Never altered."""

    __tablename__ = "label_voiding"
    __table_args__ = (
        CheckConstraint("first_rank <= last_rank", name="ranks"),
        CheckConstraint("count > 0", name="count"),
    )

    batch_id: Mapped[int] = to("label_batch.id", index=True)
    first_rank: Mapped[int]
    last_rank: Mapped[int]
    count: Mapped[int]
    cause: Mapped[label.Cause] = term(label.Cause)
    root: Mapped[str] = mapped_column(String(43))
    at: Mapped[datetime]
    by_id: Mapped[int] = to("user_account.id")
    position: Mapped[int] = mapped_column(unique=True)

    batch: Mapped[LabelBatch] = relationship()
    by: Mapped[User] = relationship()


class LabelSerial(Numbered):
    """One label: its place in the batch and its serial, for ever; where it stands, and what made it so."""

    __tablename__ = "label_serial"
    __table_args__ = (
        UniqueConstraint("batch_id", "rank"),
        CheckConstraint("rank > 0", name="rank"),
        CheckConstraint("length(serial) = 12", name="serial"),
        CheckConstraint("state <> 'printed' OR activation_id IS NULL", name="printed_not_active"),
        CheckConstraint("state NOT IN ('active', 'opened') OR activation_id IS NOT NULL", name="active_with_lot"),
        CheckConstraint("(state = 'void') = (voiding_id IS NOT NULL)", name="void_with_cause"),
    )

    batch_id: Mapped[int] = to("label_batch.id")
    rank: Mapped[int]
    serial: Mapped[str] = mapped_column(String(12), unique=True)
    state: Mapped[label.State] = mapped_column(Word(label.State), ForeignKey("label_state.code"))
    activation_id: Mapped[int | None] = to("label_activation.id", index=True)
    voiding_id: Mapped[int | None] = to("label_voiding.id", index=True)

    batch: Mapped[LabelBatch] = relationship()
    activation: Mapped[LabelActivation | None] = relationship()
    voiding: Mapped[LabelVoiding | None] = relationship()


class LabelOpening(Base):
    """The first time that the number under a label's field was shown to be known; where only if the buyer says so.

    `receipt` is the tag, of 32 bytes, of the receipt that this buyer alone was given (`trust.pin`).
    """

    __tablename__ = "label_opening"

    serial_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("label_serial.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    at: Mapped[datetime]
    region: Mapped[str | None] = mapped_column(String(5))
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)

    serial: Mapped[LabelSerial] = relationship()


class LabelGuess(Base):
    """Wrong numbers typed for a label, counted until it is locked; it holds nothing of whoever typed."""

    __tablename__ = "label_guess"
    __table_args__ = (CheckConstraint("failures >= 0", name="failures"),)

    serial_id: Mapped[int] = mapped_column(
        Integer, ForeignKey("label_serial.id", ondelete="RESTRICT"), primary_key=True, autoincrement=False
    )
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
