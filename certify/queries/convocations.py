"""The convocations to a meeting: whom each convenes, when it left, and who may open it."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from certify.models import ConvocationSent, Dossier, Meeting, Paper, User
from certify.queries.relations import is_owner, is_recused
from certify.workflows.errors import Conflicted, NotAllowed
from certify.workflows.permissions import Right, Role, may
from certify.workflows.words import N_

KEEPERS = frozenset({Role.SECRETARIAT, Role.AUDITOR})
"""Who opens the convocation of somebody else."""


def list_sent(session: Session, meeting: Meeting) -> Sequence[ConvocationSent]:
    """List the convocations to a meeting, in their order, with whom they are for and the message that carries them."""
    asked = select(ConvocationSent).where(ConvocationSent.meeting_id == meeting.id)
    asked = asked.options(
        joinedload(ConvocationSent.user), joinedload(ConvocationSent.message), joinedload(ConvocationSent.paper)
    )
    return session.scalars(asked.order_by(ConvocationSent.paper_id)).all()


def find_mine(session: Session, meeting: Meeting, reader: User) -> Paper | None:
    """Return the convocation of `reader` to a meeting, if it is still open to them."""
    sent = select(ConvocationSent).where(ConvocationSent.meeting_id == meeting.id, ConvocationSent.user_id == reader.id)
    found = session.scalars(sent.options(joinedload(ConvocationSent.paper))).one_or_none()
    return found.paper if found and not _tells_closed(session, found.paper, reader) else None


def check_open(session: Session, paper: Paper, reader: User) -> None:
    """Raise NotAllowed or Conflicted unless a convocation is open to `reader`, whole."""
    sent = session.get(ConvocationSent, paper.id)
    is_theirs = sent is not None and sent.user_id == reader.id
    if not may(Right.READ_MEETING, reader.roles) or not (is_theirs or reader.roles & KEEPERS):
        raise NotAllowed(N_("A convocation opens to whom it convenes, and to the secretariat."))
    if _tells_closed(session, paper, reader):
        raise Conflicted(
            N_("This convocation tells of a dossier that is closed to you: the agenda of the meeting is yours.")
        )


def _tells_closed(session: Session, paper: Paper, reader: User) -> bool:
    """Tell whether a convocation lists a dossier that is closed to `reader` now."""
    listed = [item["dossier"] for item in json.loads(paper.facts)["items"]]
    closed = select(Dossier.id).where(Dossier.number.in_(listed), or_(is_recused(reader), is_owner(reader)))
    return session.scalars(closed.limit(1)).first() is not None
