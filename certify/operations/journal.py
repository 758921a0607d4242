"""The journal: one event a move, chained by hash, written in the transaction of the move."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime

from sqlalchemy import select

from certify.models import Dossier, Event, Licence, Meeting
from certify.operations.acting import Actor
from certify.queries.journal import said
from certify.workflows.evidence import GENESIS, fingerprint
from certify.workflows.machine import Term
from certify.workflows.permissions import Role

SUBJECTS = {Dossier: "dossier_id", Meeting: "meeting_id", Licence: "licence_id"}


def record(
    subject: Dossier | Meeting | Licence,
    *,
    actor: Actor,
    role: Role,
    action: Term,
    source: Term,
    reason: str | None = None,
    documents: Iterable[Mapping[str, str]] = (),
    facts: Mapping[str, object] | None = None,
) -> Event:
    """Append what just happened to `subject`, whose state is already the new one. `facts` must be plain JSON."""
    column = SUBJECTS[type(subject)]
    actor.session.flush()
    last = actor.session.scalars(
        select(Event).where(getattr(Event, column) == subject.id).order_by(Event.sequence.desc()).limit(1)
    ).first()
    event = Event(
        sequence=last.sequence + 1 if last else 1,
        at=actor.at.astimezone(UTC),
        actor_id=actor.id,
        role=role,
        action=str(action),
        source=str(source),
        target=str(subject.state),
        reason=reason,
        documents=[dict(document) for document in documents],
        facts=plain(facts or {}),
        previous_hash=last.hash if last else GENESIS,
    )
    setattr(event, column, subject.id)
    event.hash = fingerprint(said(event))
    actor.session.add(event)
    actor.session.flush()
    return event


def plain(facts: Mapping[str, object]) -> dict[str, object]:
    """Turn the dates among `facts` into the text that JSON keeps; terms are text already."""
    return json.loads(json.dumps(dict(facts), default=_iso))


def _iso(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} cannot stand in the journal")
