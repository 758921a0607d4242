"""Dossiers, as each person may see them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from certify.models import Dossier, Event, User
from certify.queries.relations import is_recused, visible_to
from certify.workflows.dossier import State
from certify.workflows.errors import Conflicted, NotAllowed, NotFound
from certify.workflows.permissions import Right
from certify.workflows.words import N_


def get_dossier(session: Session, dossier_id: int, *, reader: User, right: Right = Right.READ_DOSSIER) -> Dossier:
    """Return a dossier on which `reader` has `right`. Raises NotFound, Conflicted (recused) or NotAllowed."""
    row = session.execute(
        select(Dossier, visible_to(reader, right), is_recused(reader)).where(Dossier.id == dossier_id)
    ).one_or_none()
    if row is None:
        raise NotFound(N_("There is no such dossier."))
    dossier, is_open, is_closed_out = row
    if is_closed_out:
        raise Conflicted(N_("A conflict of interest ties you to this dossier: it is closed to you."))
    if not is_open:
        raise NotAllowed(N_("This dossier is not open to your account."))
    return dossier


def list_dossiers(
    session: Session, *, reader: User, states: Collection[State] | None = None, right: Right = Right.READ_DOSSIER
) -> Sequence[Dossier]:
    """List the dossiers on which `reader` has `right`, the latest change first; product and organisation come along."""
    found = (
        select(Dossier)
        .where(visible_to(reader, right))
        .options(joinedload(Dossier.product), joinedload(Dossier.organisation), joinedload(Dossier.site))
        .order_by(Dossier.changed_at.desc(), Dossier.id.desc())
    )
    if states is not None:
        found = found.where(Dossier.state.in_(states))
    return session.scalars(found).all()


def count_dossiers(session: Session, *, reader: User) -> dict[State, int]:
    """Count by state the dossiers that `reader` may read."""
    counted = select(Dossier.state, func.count()).where(visible_to(reader)).group_by(Dossier.state)
    return dict(session.execute(counted).all())


def list_events(session: Session, dossier: Dossier) -> Sequence[Event]:
    """List what happened to a dossier, oldest first."""
    return session.scalars(select(Event).where(Event.dossier_id == dossier.id).order_by(Event.sequence)).all()
