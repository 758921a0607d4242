"""What an applicant is asked to answer: points of a complement, findings, further documents."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from certify.models import Complement, ComplementPoint, Document, Dossier, Event, Finding
from certify.queries.documents import FURTHER
from certify.workflows.dossier import Action
from certify.workflows.errors import NotFound
from certify.workflows.words import N_


def get_complement(session: Session, dossier: Dossier) -> Complement:
    """Return the request that waits for its answer, with its points. Raises NotFound."""
    asked = (
        select(Complement)
        .where(Complement.dossier_id == dossier.id, Complement.answered_at.is_(None))
        .options(joinedload(Complement.points).joinedload(ComplementPoint.document))
    )
    found = session.scalars(asked).unique().one_or_none()
    if found is None:
        raise NotFound(N_("Nothing is asked for on this dossier."))
    return found


def get_point(session: Session, dossier: Dossier, point_id: int) -> ComplementPoint:
    """Return one point of the request that waits for its answer. Raises NotFound."""
    point = next((point for point in get_complement(session, dossier).points if point.id == point_id), None)
    if point is None:
        raise NotFound(N_("Nothing is asked for on this dossier."))
    return point


def list_findings(session: Session, dossier: Dossier) -> Sequence[Finding]:
    """List the findings of the present round: those raised since the file was last sent back, or not answered yet."""
    sent = select(func.max(Event.at)).where(
        Event.dossier_id == dossier.id, Event.action == str(Action.PROVE_CONFORMITY)
    )
    asked = select(Finding).where(Finding.dossier_id == dossier.id).options(joinedload(Finding.document))
    last = session.scalars(sent).one()
    if last is not None:
        asked = asked.where((Finding.raised_at > last) | Finding.answer.is_(None))
    return session.scalars(asked.order_by(Finding.id)).all()


def get_finding(session: Session, dossier: Dossier, finding_id: int) -> Finding:
    """Return one finding of the present round. Raises NotFound."""
    found = next((each for each in list_findings(session, dossier) if each.id == finding_id), None)
    if found is None:
        raise NotFound(N_("There is no such finding to correct on this dossier."))
    return found


def list_further(session: Session, dossier: Dossier) -> Sequence[Document]:
    """List what was sent besides the list, the latest first."""
    asked = select(Document).where(Document.dossier_id == dossier.id, Document.kind.like(f"{FURTHER}-%"))
    return session.scalars(asked.order_by(Document.uploaded_at.desc(), Document.id.desc())).all()
