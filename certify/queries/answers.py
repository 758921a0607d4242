"""What an applicant is asked to answer: points of a complement, further documents."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from certify.models import Complement, ComplementPoint, Document, Dossier
from certify.queries.documents import FURTHER
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


def list_further(session: Session, dossier: Dossier) -> Sequence[Document]:
    """List what was sent besides the list, the latest first."""
    asked = select(Document).where(Document.dossier_id == dossier.id, Document.kind.like(f"{FURTHER}-%"))
    return session.scalars(asked.order_by(Document.uploaded_at.desc(), Document.id.desc())).all()
