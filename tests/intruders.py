"""What somebody who has the database in hand can do to it."""

from __future__ import annotations

from sqlalchemy import text


def disarm(session) -> None:
    """Take the triggers away; on PostgreSQL until the end of the transaction."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SET LOCAL session_replication_role = replica"))
        return
    for trigger in session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        session.execute(text(f"DROP TRIGGER {trigger}"))
