"""The outbox read back: what waits to be sent, and what was."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from certify.models import Declaration, Message, User
from certify.queries.relations import conflicts


def list_due_ids(session: Session, *, at: datetime, attempts: int, limit: int) -> Sequence[int]:
    """List the numbers of the messages to send now, the oldest first; not those tried `attempts` times in vain.

    A message to somebody whose account is closed waits until it is opened again; one about a dossier closed to its
    reader since it was written never leaves.
    """
    declared = conflicts(Message.dossier_id).where(Declaration.user_id == Message.recipient_id)
    recused = exists(declared.correlate(Message))
    due = (
        select(Message.id)
        .join(User, User.id == Message.recipient_id)
        .where(is_free(at), Message.attempts < attempts, User.is_active, ~recused)
        .order_by(Message.id)
        .limit(limit)
    )
    return session.scalars(due).all()


def list_latest(session: Session, *, limit: int) -> Sequence[Message]:
    """List the messages last written, the newest first, with whom they are for."""
    latest = select(Message).options(joinedload(Message.recipient)).order_by(Message.id.desc()).limit(limit)
    return session.scalars(latest).all()


def is_free(at: datetime) -> ColumnElement[bool]:
    """The message is not sent, and nobody is sending it."""
    return and_(Message.sent_at.is_(None), or_(Message.claimed_until.is_(None), Message.claimed_until < at))
