"""What a rapporteur ruled on the tasks of a mission; each ruling is kept, the last one counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, relationship

from certify.models.base import Numbered, term, to
from certify.models.user import User
from certify.workflows.mission import Settled, Task


class TaskRuling(Numbered):
    """A conclusion on the documents, or why a visit or a sample is needed or not. Never altered."""

    __tablename__ = "task_ruling"
    __table_args__ = (
        CheckConstraint("(task = 'documents') = (standing = 'concluded')", name="ruled_as_its_task"),
        CheckConstraint("statement <> ''", name="written"),
    )

    dossier_id: Mapped[int] = to("dossier.id", index=True)
    task: Mapped[Task] = term(Task)
    standing: Mapped[Settled] = term(Settled)
    statement: Mapped[str]
    ruled_by_id: Mapped[int] = to("user_account.id")
    ruled_at: Mapped[datetime]

    ruled_by: Mapped[User] = relationship()
