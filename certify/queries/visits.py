"""Visits: of a dossier, and of an inspector's desk; until when the law allows one; who may be named."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from certify.models import Dossier, User, Visit, VisitInspector
from certify.queries.admissibility import has_interest
from certify.queries.deadlines import read_delay
from certify.queries.relations import visible_to
from certify.queries.users import holds
from certify.workflows.clock import Reading
from certify.workflows.errors import NotAllowed, NotFound
from certify.workflows.permissions import Right, Role
from certify.workflows.visit import AHEAD
from certify.workflows.words import N_


def get_visit(session: Session, visit_id: int, *, reader: User, right: Right = Right.CONDUCT_VISIT) -> Visit:
    """Return a visit of a dossier on which `reader` has `right`: its inspectors with CONDUCT_VISIT, else its readers.

    Raises NotFound, or NotAllowed for whoever is not named on it or has no such right.
    """
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise NotFound(N_("There is no such visit."))
    open_to = session.scalar(select(Dossier.id).where(Dossier.id == visit.dossier_id, visible_to(reader, right)))
    if open_to is None or (right is Right.CONDUCT_VISIT and not is_named(visit, reader)):
        raise NotAllowed(N_("This visit is not open to your account."))
    return visit


def get_visit_of(session: Session, dossier: Dossier, visit_id: int) -> Visit:
    """Return a visit of a dossier that somebody was allowed to fetch, or raise NotFound."""
    visit = session.scalars(select(Visit).filter_by(id=visit_id, dossier_id=dossier.id)).one_or_none()
    if visit is None:
        raise NotFound(N_("There is no such visit."))
    return visit


def is_named(visit: Visit, user: User) -> bool:
    """Tell whether a person is one of the inspectors of a visit."""
    return any(one.user_id == user.id for one in visit.named)


def list_visits(session: Session, *, inspector: User, today: date) -> Sequence[Visit]:
    """List the visits that a person is named on: today's and those to close first, then to come, then past ones.

    A dossier that is closed to them since, by a conflict, has no visit in the list.
    """
    asked = (
        select(Visit)
        .join(VisitInspector, VisitInspector.visit_id == Visit.id)
        .join(Dossier, Dossier.id == Visit.dossier_id)
        .where(VisitInspector.user_id == inspector.id, visible_to(inspector, Right.CONDUCT_VISIT))
        .options(
            joinedload(Visit.dossier).joinedload(Dossier.product),
            joinedload(Visit.dossier).joinedload(Dossier.organisation),
            joinedload(Visit.dossier).joinedload(Dossier.site),
        )
    )
    ahead = or_(*(Visit.state == state for state in AHEAD))
    now = session.scalars(asked.where(ahead, Visit.planned_on <= today).order_by(Visit.planned_on, Visit.starts_at))
    coming = session.scalars(asked.where(ahead, Visit.planned_on > today).order_by(Visit.planned_on, Visit.starts_at))
    past = session.scalars(asked.where(~ahead).order_by(Visit.planned_on.desc(), Visit.id.desc()))
    return [*now, *coming, *past]


def list_dossier_visits(session: Session, dossier: Dossier) -> Sequence[Visit]:
    """List the visits of a dossier in the order of their days, cancelled ones too."""
    asked = select(Visit).where(Visit.dossier_id == dossier.id).order_by(Visit.planned_on, Visit.id)
    return session.scalars(asked, execution_options={"populate_existing": True}).all()


def list_inspectors(session: Session, dossier: Dossier) -> Sequence[User]:
    """List who may be named on a visit: open accounts of inspectors and the rapporteur, without any interest in it."""
    able = (User.is_active, User.confirmed_at.is_not(None))
    asked = select(User).where(*able, or_(holds(Role.INSPECTOR), User.id == dossier.rapporteur_id)).order_by(User.name)
    return [user for user in session.scalars(asked) if not has_interest(session, user, dossier)]


def list_clashes(session: Session, visits: Sequence[Visit]) -> Mapping[int, Sequence[tuple[str, str]]]:
    """Tell, by visit still to be made, which of its inspectors are named on another one that day: (name, hour).

    Of the other visit nothing else is told: its dossier may not be the reader's.
    """
    ahead = [visit for visit in visits if visit.state in AHEAD]
    days = {visit.planned_on for visit in ahead}
    asked = select(Visit).where(Visit.planned_on.in_(days), Visit.state.in_(AHEAD)).order_by(Visit.starts_at, Visit.id)
    others = session.scalars(asked).all() if days else ()
    return {
        visit.id: [
            (user.name, other.starts_at)
            for other in others
            if other.id != visit.id and other.planned_on == visit.planned_on
            for user in other.inspectors
            if is_named(visit, user)
        ]
        for visit in ahead
    }


def list_busy(
    session: Session, day: date, inspectors: Sequence[User], *, but: Visit | None = None
) -> list[tuple[str, str]]:
    """Tell which of these inspectors are named on a visit still to be made on a day, save one: (name, hour)."""
    asked = select(Visit).where(Visit.planned_on == day, Visit.state.in_(AHEAD)).order_by(Visit.starts_at, Visit.id)
    others = [visit for visit in session.scalars(asked) if visit is not but]
    return [(user.name, other.starts_at) for other in others for user in inspectors if is_named(other, user)]


def visit_reading(session: Session, dossier: Dossier, today: date) -> Reading | None:
    """Read the legal delay of the visit, which runs with the clock of the decision from the complete file."""
    return read_delay(session, dossier, "visit", today)
