"""The revision of a meeting as one reader sees it: it changes when their pages about it would, and for nothing else."""

from __future__ import annotations

from sqlalchemy import Select, case, func, select
from sqlalchemy.orm import Session

from certify.models import (
    AdvisoryOpinion,
    AgendaItem,
    Attendance,
    Ballot,
    ConflictRuling,
    Declaration,
    Dossier,
    LateAnswer,
    Meeting,
    Reason,
    Reservation,
    RollEntry,
    User,
)
from certify.models.meeting import Interest
from certify.queries.meetings import find_open_item
from certify.queries.presidency import is_presiding
from certify.queries.relations import visible_to
from certify.workflows.evidence import fingerprint

LENGTH = 24
"""Characters of a fingerprint that a page compares."""


def get_revision(session: Session, meeting: Meeting, *, reader: User) -> str:
    """Return a short fingerprint of what `reader` may see change at a meeting.

    Of a dossier closed to them it holds what their page shows, the position of the item in deliberation, and nothing
    that happens to it; of the ballots of others, their number for who presides and nothing for anybody else. It is
    asked for every second by everybody in the room: a few small statements, and the roll of the committee.
    """
    open_item = find_open_item(session, meeting)
    presides = is_presiding(session, meeting, reader, open_item)
    stays = session.execute(
        select(func.count(), func.count(Attendance.left_at), func.max(Attendance.id)).where(
            Attendance.meeting_id == meeting.id
        )
    ).one()
    lines = session.execute(_lines(meeting, reader, presides)).all()
    under_way = open_item.position if open_item else None
    seen = [meeting.version, str(meeting.state), *stays, under_way, [[*line] for line in lines]]
    return fingerprint({"seen": seen})[:LENGTH]


def _lines(meeting: Meeting, reader: User, presides: bool) -> Select:
    """Select what may change of each item that is open to a reader."""

    def count(kind, *more):
        asked = select(func.count()).select_from(kind).where(kind.item_id == AgendaItem.id, *more)
        return asked.scalar_subquery()

    def latest(kind):
        return select(func.max(kind.id)).where(kind.item_id == AgendaItem.id).scalar_subquery()

    others = () if presides else (Ballot.user_id == reader.id,)
    on_roll = () if presides else (RollEntry.user_id == reader.id,)
    return (
        select(
            AgendaItem.position,
            case((AgendaItem.opened_at.is_not(None), 1), else_=0),
            case((AgendaItem.closed_at.is_not(None), 1), else_=0),
            case((AgendaItem.is_secret, 1), else_=0),
            AgendaItem.awaited,
            func.length(AgendaItem.debate),
            Dossier.version,
            count(Declaration),
            count(Declaration, Declaration.interest == Interest.CONFLICT),
            count(Declaration, Declaration.user_id == reader.id),
            count(LateAnswer),
            latest(AdvisoryOpinion),
            latest(ConflictRuling),
            latest(Reason),
            latest(Reservation),
            count(Ballot, *others),
            count(RollEntry, *on_roll),
        )
        .join(Dossier, Dossier.id == AgendaItem.dossier_id)
        .where(AgendaItem.meeting_id == meeting.id, visible_to(reader))
        .order_by(AgendaItem.position)
    )
