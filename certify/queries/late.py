"""A late item as its reader sees it: why it could not wait, who agreed to hear it, whose answer is awaited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from certify.models import AgendaItem, Dossier, LateAnswer, User
from certify.queries.committee import Place, find_declaration, list_places
from certify.queries.relations import visible_to
from certify.workflows import meeting as meetings
from certify.workflows.late import Agreement, agreement


@dataclass(frozen=True)
class Late:
    """`answers` in their order of time; `may_answer`: the reader's is awaited."""

    reason: str
    answers: Sequence[LateAnswer]
    awaited: Sequence[User]
    may_answer: bool


def list_answers(session: Session, item: AgendaItem) -> Sequence[LateAnswer]:
    """List what the seats answered on a late item, with who sat there."""
    asked = select(LateAnswer).where(LateAnswer.item_id == item.id).order_by(LateAnswer.said_at, LateAnswer.id)
    return session.scalars(asked.options(joinedload(LateAnswer.user), joinedload(LateAnswer.seat))).all()


def read_agreement(session: Session, item: AgendaItem, places: Sequence[Place] | None = None) -> Agreement:
    """Read where the agreement on a late item stands now."""
    places = list_places(session, item.meeting, item) if places is None else places
    return agreement(
        [place.at for place in places], {each.seat_id: each.agrees for each in list_answers(session, item)}
    )


def find_late(session: Session, item: AgendaItem, *, reader: User) -> Late | None:
    """Return what a reader, to whom the dossier is open, sees of a late item; None for any other item."""
    if item.late_reason is None:
        return None
    places = list_places(session, item.meeting, item)
    is_asked = item.meeting.state is meetings.State.OPEN and item.opened_at is None and item.closed_at is None
    asked = read_agreement(session, item, places).awaited if is_asked else ()
    awaited = [place.sitting for place in places if place.seat.id in asked]
    may_answer = reader in awaited and find_declaration(session, item, reader) is not None
    return Late(item.late_reason, list_answers(session, item), awaited, may_answer)


def list_concerned(session: Session, item: AgendaItem) -> list[User]:
    """List whom a late item is told to: who holds a mandate that day, and the rapporteur; nobody it is closed to."""
    convened = {held.user for place in list_places(session, item.meeting) for held in place.mandates}
    able = sorted((user for user in {*convened, item.dossier.rapporteur} if user.is_active), key=lambda user: user.id)
    asked = select(Dossier.id).where(Dossier.id == item.dossier_id)
    return [user for user in able if session.scalars(asked.where(visible_to(user))).first()]
