"""The outbox: messages written in the transaction that causes them, delivered afterwards, each once."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, to
from certify.models.user import User


class Message(Numbered):
    """A message to one person. `key` names the occasion, so that the same occasion never writes twice."""

    __tablename__ = "message"

    key: Mapped[str] = mapped_column(String(120), unique=True)
    kind: Mapped[str] = mapped_column(String(40))
    recipient_id: Mapped[int] = to("user_account.id", index=True)
    dossier_id: Mapped[int | None] = to("dossier.id", index=True)
    facts: Mapped[dict]
    written_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str | None]
    sent_at: Mapped[datetime | None] = mapped_column(index=True)

    recipient: Mapped[User] = relationship()
