"""The journal: what happened to a dossier, a meeting or a licence, one row a move, chained by hash, never altered."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from certify.models.base import Numbered, term, to
from certify.models.user import User
from certify.workflows.permissions import Role


class Event(Numbered):
    """One move. `sequence` counts from 1 within its subject; `hash` covers every other column and the previous hash.

    `documents` lists {"name", "sha256"} of the papers concerned; `facts` holds what the move rested on.
    """

    __tablename__ = "event"
    __table_args__ = (
        CheckConstraint(
            "(CASE WHEN dossier_id IS NULL THEN 0 ELSE 1 END) + (CASE WHEN meeting_id IS NULL THEN 0 ELSE 1 END)"
            " + (CASE WHEN licence_id IS NULL THEN 0 ELSE 1 END) = 1",
            name="one_subject",
        ),
        CheckConstraint("sequence >= 1", name="sequence"),
        UniqueConstraint("dossier_id", "sequence"),
        UniqueConstraint("meeting_id", "sequence"),
        UniqueConstraint("licence_id", "sequence"),
    )

    dossier_id: Mapped[int | None] = to("dossier.id")
    meeting_id: Mapped[int | None] = to("meeting.id")
    licence_id: Mapped[int | None] = to("licence.id")
    sequence: Mapped[int]
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = to("user_account.id")
    role: Mapped[Role] = term(Role)
    action: Mapped[str] = mapped_column(String(40))
    source: Mapped[str] = mapped_column(String(40))
    target: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str | None]
    documents: Mapped[list]
    facts: Mapped[dict]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)

    actor: Mapped[User | None] = relationship()
