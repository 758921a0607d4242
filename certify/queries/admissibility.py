"""What the secretariat needs to know of a dossier: its checklist, what was asked for, who may examine it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import Integer, Select, bindparam, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from certify.models import (
    AgendaItem,
    Complement,
    Declaration,
    Document,
    Dossier,
    Inadmissibility,
    Mandate,
    Notification,
    Paper,
    Reservation,
    User,
    UserRole,
)
from certify.models.document import Standing
from certify.models.meeting import Interest, ItemEnd
from certify.models.paper import PaperKind
from certify.queries.calendar import MOROCCAN_HOLIDAYS
from certify.queries.deadlines import completeness_reading
from certify.queries.regulations import get_regulation
from certify.queries.relations import visible_to
from certify.workflows.clock import Moment, Runs, read
from certify.workflows.dossier import LIFE, Action, Facts, State
from certify.workflows.errors import NotFound
from certify.workflows.permissions import Role
from certify.workflows.words import N_


@dataclass(frozen=True)
class Candidate:
    """A rapporteur whom the secretariat may appoint: the dossiers they have in hand, and what stands in the way.

    `sits`: the person holds a seat on the committee now, and would not vote on a dossier that they examined.
    """

    user: User
    in_hand: int
    is_conflicted: bool
    sits: bool


def states_offering(action: Action) -> tuple[State, ...]:
    """List the states from which the regulation lets `action` be taken."""
    return tuple(dict.fromkeys(row.source for row in LIFE.table if row.action is action))


def list_current_documents(session: Session, dossier: Dossier) -> Sequence[Document]:
    """List the version that counts of each document, in the order of the regulation; unknown kinds come last."""
    order = {rule.code: place for place, rule in enumerate(get_regulation(dossier.regulation).documents)}
    return sorted(
        session.scalars(_current_documents(), {"dossier_id": dossier.id}),
        key=lambda document: (order.get(document.kind, len(order)), document.kind),
    )


@cache
def _current_documents() -> Select[tuple[Document]]:
    """Select the documents of a dossier of which no later version was handed in: put together once."""
    later = Document.__table__.alias("later")
    newer = exists(
        select(later.c.id).where(
            later.c.dossier_id == Document.dossier_id,
            later.c.kind == Document.kind,
            later.c.version > Document.version,
        )
    ).correlate(Document)
    return select(Document).where(Document.dossier_id == bindparam("dossier_id", type_=Integer), ~newer)


def list_complements(session: Session, dossier: Dossier) -> Sequence[Complement]:
    """List the requests for completion with their points, the first one first; the law allows one."""
    return session.scalars(
        select(Complement)
        .where(Complement.dossier_id == dossier.id)
        .options(joinedload(Complement.points))
        .order_by(Complement.round)
    ).unique().all()  # fmt: skip


def find_inadmissibility(session: Session, dossier: Dossier) -> Inadmissibility | None:
    """Return the act of inadmissibility, proposed or signed; None when there is none."""
    return session.scalars(select(Inadmissibility).where(Inadmissibility.dossier_id == dossier.id)).one_or_none()


def find_decision(session: Session, dossier: Dossier) -> Paper | None:
    """Return the decision letter that stands, the last one issued; None before any decision."""
    decisions = select(Paper).where(Paper.dossier_id == dossier.id, Paper.kind == PaperKind.DECISION)
    return session.scalars(decisions.order_by(Paper.id.desc()).limit(1)).one_or_none()


def list_notifications(session: Session, dossier: Dossier) -> Sequence[Notification]:
    """List how and when decisions on the dossier reached the applicant, in that order."""
    found = select(Notification).where(Notification.dossier_id == dossier.id).order_by(Notification.id)
    return session.scalars(found).all()


def is_notified(session: Session, dossier: Dossier) -> bool:
    """Tell whether the decision that stands has reached the applicant."""
    decision = find_decision(session, dossier)
    told = select(Notification.id).where(Notification.paper_id == (decision.id if decision else None))
    return session.scalars(told).first() is not None


def list_reservations(session: Session, dossier: Dossier) -> Sequence[Reservation]:
    """List the reservations under which the product was approved, as the president confirmed them."""
    return session.scalars(
        select(Reservation)
        .join(AgendaItem, AgendaItem.id == Reservation.item_id)
        .where(AgendaItem.dossier_id == dossier.id, AgendaItem.ended == ItemEnd.APPROVED_WITH_RESERVATIONS)
        .order_by(Reservation.id)
    ).all()


def get_reservation(session: Session, dossier: Dossier, reservation_id: int) -> Reservation:
    """Return one of the reservations of a dossier, or raise NotFound."""
    found = next((one for one in list_reservations(session, dossier) if one.id == reservation_id), None)
    if found is None:
        raise NotFound(N_("There is no such reservation on this dossier."))
    return found


def last_day_of(dossier: Dossier, delay: str, start: date) -> date:
    """Return the last day of a delay of the dossier's regulation that starts on `start`."""
    rule = get_regulation(dossier.regulation).delay(delay)
    return read([Moment(start, Runs.RUNNING)], rule, MOROCCAN_HOLIDAYS, start).due_on


def office_facts(session: Session, dossier: Dossier, today: date) -> Facts:
    """State what the rows say of a dossier for the guards of the secretariat's moves.

    What a person still has to write (reason, ground, proof, list) is not among them: it stays as `Facts` leaves it.
    """
    regulation = get_regulation(dossier.regulation)
    completeness = completeness_reading(session, dossier, today)
    return Facts(
        complements_used=len(list_complements(session, dossier)),
        complements_allowed=regulation.committee.complements_allowed,
        unchecked_documents=sum(
            document.standing is not Standing.CONFORMING for document in list_current_documents(session, dossier)
        ),
        completeness_is_late=completeness is not None and completeness.is_late,
        reservations_open=sum(one.lifted_at is None for one in list_reservations(session, dossier)),
        is_notified=is_notified(session, dossier),
    )


def has_interest(session: Session, user: User, dossier: Dossier) -> bool:
    """Tell whether `user` must keep away from the dossier: they represent its applicant, or declared a conflict.

    A conflict declared on any dossier of the same applicant counts: the tie is to the people, not to the product.
    """
    asked = select(User.id).where(User.id == user.id, _is_interested(dossier.organisation_id))
    return session.scalars(asked).first() is not None


def list_candidates(session: Session, dossier: Dossier, today: date, *, reader: User) -> list[Candidate]:
    """List the rapporteurs with an open account, the least loaded first, those with an interest last.

    What they have in hand is counted without what is closed to `reader`.
    """
    asked = (
        select(User, _in_hand(reader), _is_interested(dossier.organisation_id), _sits(today))
        .join(UserRole, UserRole.user_id == User.id)
        .where(UserRole.role == Role.RAPPORTEUR, User.is_active, User.confirmed_at.is_not(None))
        .order_by(User.name, User.id)
    )
    found = [Candidate(*row) for row in session.execute(asked)]
    return sorted(found, key=lambda candidate: (candidate.is_conflicted, candidate.in_hand))


def _in_hand(reader: User):
    """Count the dossiers that the rapporteur has to report on, among those that `reader` may see."""
    busy = (*states_offering(Action.SUBMIT_REPORT), *states_offering(Action.PASS_OVER))
    counted = select(func.count()).select_from(Dossier).where(visible_to(reader))
    return counted.where(Dossier.rapporteur_id == User.id, Dossier.state.in_(busy)).correlate(User).scalar_subquery()


def _sits(today: date):
    """Tell whether the person holds a seat on the committee today."""
    holds = select(Mandate.id).where(Mandate.user_id == User.id, Mandate.starts_on <= today)
    return exists(holds.where(or_(Mandate.ends_on.is_(None), Mandate.ends_on >= today)).correlate(User))


def _is_interested(organisation_id: int):
    """Tell whether the person represents the organisation or declared a conflict on one of its dossiers."""
    declared = (
        select(Declaration.id)
        .join(AgendaItem, AgendaItem.id == Declaration.item_id)
        .join(Dossier, Dossier.id == AgendaItem.dossier_id)
        .where(
            Dossier.organisation_id == organisation_id,
            Declaration.user_id == User.id,
            Declaration.interest == Interest.CONFLICT,
        )
        .correlate(User)
    )
    return or_(func.coalesce(User.organisation_id, 0) == organisation_id, exists(declared))
