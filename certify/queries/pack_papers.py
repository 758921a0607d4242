"""What the evidence pack tells of what was issued and sent: papers, licence, notifications, letters."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from certify.models import Dossier, Licence, Meeting, Message, Paper
from certify.models.paper import PaperKind
from certify.queries.admissibility import list_notifications
from certify.queries.pack_words import plain, word


def list_papers(
    session: Session, dossier: Dossier, licence: Licence | None, sat: Iterable[Meeting]
) -> tuple[Paper, ...]:
    """List the papers issued on a dossier, on its licence, and on the meetings that sat on it, with their files.

    Convocations are letters: they tell of other dossiers too, and when each left stands among the letters.
    """
    concerned = or_(
        Paper.dossier_id == dossier.id,
        Paper.licence_id.in_([licence.id] if licence else []),
        Paper.meeting_id.in_([meeting.id for meeting in sat]),
    )
    return tuple(
        session.scalars(
            select(Paper)
            .where(concerned, Paper.kind != PaperKind.CONVOCATION)
            .options(joinedload(Paper.file), selectinload(Paper.copies))
            .order_by(Paper.id)
        )
    )


def tell_paper(paper: Paper) -> dict[str, object]:
    """Tell of one paper; where it is printed, with its file."""
    told = {
        "number": paper.number,
        "kind": word(paper.kind),
        "version": paper.version,
        "issued_at": plain(paper.issued_at),
        "issued_by": paper.issued_by_id,
    }
    if paper.kept:
        told |= {"path": f"papers/{paper.number}.pdf", "sha256": paper.kept.sha256, "size": paper.kept.size}
    return told


def tell_licence(licence: Licence | None) -> dict[str, object] | None:
    """Tell of the licence that an approval gave birth to, with the photo that the public sees."""
    if licence is None:
        return None
    photo = licence.photo_sha256
    return {
        "number": licence.number,
        "mark": licence.mark,
        "state": word(licence.state),
        "valid_from": plain(licence.valid_from),
        "valid_to": plain(licence.valid_to),
        "signed_at": plain(licence.signed_at),
        "signed_by": licence.signed_by_id,
        "photo": {"path": "documents/public_photo.jpg", "sha256": photo} if photo else None,
    }


def tell_notifications(session: Session, dossier: Dossier, papers: Iterable[Paper]) -> list[dict[str, object]]:
    """Tell how each decision reached the applicant: for one opened in the account, the day of its first reading."""
    numbers = {paper.id: paper.number for paper in papers}
    return [
        {
            "paper": numbers[told.paper_id],
            "channel": word(told.channel),
            "received_on": plain(told.received_on),
            "proof": told.proof,
            "recorded_at": plain(told.recorded_at),
            "recorded_by": told.recorded_by_id,
        }
        for told in list_notifications(session, dossier)
    ]


def tell_letters(session: Session, dossier: Dossier, sat: Iterable[Meeting]) -> list[dict[str, object]]:
    """Tell what was written about the dossier, and what convened the committee that sat on it."""
    convened = (_to_meeting(meeting) for meeting in sat)
    asked = select(Message).where(or_(Message.dossier_id == dossier.id, *convened))
    return [_letter(message) for message in session.scalars(asked.order_by(Message.id))]


def _to_meeting(meeting: Meeting) -> ColumnElement[bool]:
    return and_(Message.dossier_id.is_(None), Message.key.like(f"meeting%:{meeting.id}:%"))


def _letter(message: Message) -> dict[str, object]:
    return {
        "kind": message.kind,
        "recipient": message.recipient_id,
        "written_at": plain(message.written_at),
        "sent_at": plain(message.sent_at),
        "facts": {name: value for name, value in message.facts.items() if name != "path"},
    }
