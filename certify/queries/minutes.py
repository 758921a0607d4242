"""The minutes as they are proposed and signed, to each reader without a word of a dossier closed to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from certify.models import Attendance, Dossier, Meeting, MinutesProposal, MinutesRemark, User
from certify.models.meeting import AgendaItem
from certify.queries.calendar import casablanca_today
from certify.queries.meetings import day_after, list_agenda, may_read_minutes
from certify.queries.regulations import get_regulation
from certify.queries.relations import visible_to
from certify.workflows.errors import Conflicted, NotFound
from certify.workflows.meeting import State
from certify.workflows.numbering import minutes_number
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_


@dataclass(frozen=True)
class Proposed:
    """The version of the minutes that stands, as its reader may see it.

    `whole`: they read all of it, and so why it was corrected. `approved` counts who sat and approved it, of `sat`;
    `read_by` is the last day to read it. `may_approve`, `may_remark`, `may_answer`: what the reader does with it;
    `paper` is the number of the signed paper, for whoever reads the whole.
    """

    version: MinutesProposal
    versions: Sequence[MinutesProposal]
    remarks: Sequence[MinutesRemark]
    whole: bool
    approved: int
    sat: int
    read_by: date
    may_approve: bool
    may_remark: bool
    may_answer: bool
    paper: str | None


def find_proposal(session: Session, meeting: Meeting) -> MinutesProposal | None:
    """Return the last version of the minutes of a meeting; None before they are first drawn up."""
    asked = select(MinutesProposal).where(MinutesProposal.meeting_id == meeting.id)
    return session.scalars(asked.order_by(MinutesProposal.version.desc()).limit(1)).first()


def list_sat(session: Session, meeting: Meeting) -> frozenset[int]:
    """Return the numbers of the people who sat at a meeting, were it for a moment."""
    return frozenset(session.scalars(select(Attendance.user_id).where(Attendance.meeting_id == meeting.id)))


def reading_ends_on(proposal: MinutesProposal) -> date:
    """Return the last day on which those who sat may read a version; the next day it counts as approved."""
    delay = get_regulation(proposal.meeting.regulation).delay("minutes_reading")
    return day_after(casablanca_today(proposal.drawn_up_at), delay)


def count_open_remarks(session: Session, meeting: Meeting) -> int:
    """Count the remarks, on whichever version, that the secretariat has not answered."""
    asked = select(MinutesRemark.id).join(MinutesProposal)
    asked = asked.where(MinutesProposal.meeting_id == meeting.id, MinutesRemark.answered_at.is_(None))
    return len(session.scalars(asked).all())


def list_remarks(session: Session, meeting: Meeting, *, reader: User) -> Sequence[MinutesRemark]:
    """List the remarks that `reader` may see: on the items open to them, on the meeting if they read all of it."""
    on_item = exists(
        select(AgendaItem.id).join(Dossier).where(AgendaItem.id == MinutesRemark.item_id, visible_to(reader))
    )
    on_meeting = MinutesRemark.item_id.is_(None) if may_read_minutes(session, meeting, reader=reader) else None
    shown = on_item if on_meeting is None else or_(on_item, on_meeting)
    asked = select(MinutesRemark).join(MinutesProposal).where(MinutesProposal.meeting_id == meeting.id, shown)
    return session.scalars(asked.order_by(MinutesRemark.id)).all()


def get_remark(session: Session, remark_id: int, *, reader: User) -> MinutesRemark:
    """Return a remark that `reader` may see. Raises NotFound, or Conflicted for one that is closed to them."""
    remark = session.get(MinutesRemark, remark_id)
    if remark is None:
        raise NotFound(N_("There is no such remark."))
    if remark not in list_remarks(session, remark.proposal.meeting, reader=reader):
        raise Conflicted(N_("This remark is closed to you."))
    return remark


def get_proposed(session: Session, meeting: Meeting, *, reader: User, today: date) -> Proposed | None:
    """Return where the minutes stand, for whoever was already allowed to fetch the meeting; None before the first."""
    proposal = find_proposal(session, meeting)
    if proposal is None:
        return None
    sat = list_sat(session, meeting)
    agreed = {each.user_id for each in proposal.agreements}
    is_open = meeting.state is State.MINUTES_DRAFTED
    reviews = is_open and reader.id in sat and may(Right.REVIEW_MINUTES, reader.roles)
    asked = select(MinutesProposal).where(MinutesProposal.meeting_id == meeting.id).order_by(MinutesProposal.version)
    whole, is_signed = may_read_minutes(session, meeting, reader=reader), meeting.state is State.MINUTES_SIGNED
    return Proposed(
        version=proposal,
        versions=session.scalars(asked).all(),
        remarks=list_remarks(session, meeting, reader=reader),
        whole=whole,
        approved=len(agreed & sat),
        sat=len(sat),
        read_by=reading_ends_on(proposal),
        may_approve=reviews and reader.id not in agreed,
        may_remark=reviews,
        may_answer=may(Right.PLAN_MEETING, reader.roles) and not is_signed,
        paper=minutes_number(meeting.number) if whole and is_signed else None,
    )


def list_remarkable(session: Session, meeting: Meeting, *, reader: User) -> tuple[list[AgendaItem], bool]:
    """List the items that `reader` may remark on, and tell whether they may remark on the meeting as a whole."""
    lines = list_agenda(session, meeting, reader=reader)
    return [line.item for line in lines if line.item], may_read_minutes(session, meeting, reader=reader)
