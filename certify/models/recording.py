"""What inspectors recorded on a visit, as their devices sent it: entries and pictures, under their SHA-256."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, term, to
from certify.models.user import User
from certify.models.visit import Visit
from certify.workflows.recording import Kind


class VisitEntry(Numbered):
    """One entry (`workflows/recording.py`): `text` is what was hashed. Never altered, never deleted.

    `device_at` is what the device's clock said. `is_late`: it arrived after the visit was closed; it is kept aside.
    """

    __tablename__ = "visit_entry"
    __table_args__ = (
        UniqueConstraint("visit_id", "sha256"),
        UniqueConstraint("visit_id", "uuid"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
    )

    visit_id: Mapped[int] = to("visit.id")
    sha256: Mapped[str] = mapped_column(String(64))
    uuid: Mapped[str] = mapped_column(String(36))
    author_id: Mapped[int] = to("user_account.id")
    kind: Mapped[Kind] = term(Kind)
    text: Mapped[str]
    device_at: Mapped[datetime]
    received_at: Mapped[datetime]
    is_late: Mapped[bool]

    visit: Mapped[Visit] = relationship()
    author: Mapped[User] = relationship(lazy="joined")


class VisitPhoto(Numbered):
    """A picture that an entry names, arrived whole: its bytes are in the store under `sha256`. Never altered."""

    __tablename__ = "visit_photo"
    __table_args__ = (
        UniqueConstraint("visit_id", "sha256"),
        CheckConstraint("length(sha256) = 64", name="sha256"),
        CheckConstraint("size > 0", name="size"),
    )

    visit_id: Mapped[int] = to("visit.id")
    sha256: Mapped[str] = mapped_column(String(64))
    size: Mapped[int]
    media_type: Mapped[str] = mapped_column(String(40))
    received_by_id: Mapped[int] = to("user_account.id")
    received_at: Mapped[datetime]

    visit: Mapped[Visit] = relationship()
