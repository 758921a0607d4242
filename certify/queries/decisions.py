"""A decision as its addressee reads it: the letter, the reasons, the reservations, the ways to contest it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import AgendaItem, Dossier, Event, Licence, Notification, Paper, Reason, Reservation
from certify.models.meeting import ItemEnd
from certify.models.paper import PaperKind
from certify.queries.admissibility import find_decision, find_inadmissibility, last_day_of, list_reservations
from certify.queries.regulations import get_regulation
from certify.workflows.clock import Runs
from certify.workflows.errors import NotFound
from certify.workflows.licence import State
from certify.workflows.parameters import Appeal, Ground
from certify.workflows.words import N_


@dataclass(frozen=True)
class Decision:
    """What was decided and why. `appeals` pairs each way to contest with its last day, None before the notification."""

    paper: Paper | None
    notification: Notification | None
    ground: Ground | None
    reason: str | None
    reasons: Sequence[Reason]
    reservations: Sequence[Reservation]
    appeals: Sequence[tuple[Appeal, date | None]]


def get_decision(session: Session, dossier: Dossier) -> Decision:
    """Return the decision on a dossier; raises NotFound while the administration, or its applicant, still has it.

    Nothing of a vote is read before the state says that the decision is signed.
    """
    if dossier.number is None or dossier.state.runs is not Runs.ENDED:
        raise NotFound(N_("There is no decision on this dossier yet."))
    paper = find_decision(session, dossier)
    told = select(Notification).where(Notification.paper_id == (paper.id if paper else None))
    notification = session.scalars(told).one_or_none()
    act = find_inadmissibility(session, dossier)
    signed = act if act and act.signed_at else None
    regulation = get_regulation(dossier.regulation)
    received = notification.received_on if notification else None
    return Decision(
        paper=paper,
        notification=notification,
        ground=regulation.ground(signed.ground) if signed else None,
        reason=signed.reason if signed else None,
        reasons=_list_reasons(session, dossier),
        reservations=list_reservations(session, dossier),
        appeals=[(one, last_day_of(dossier, one.delay, received) if received else None) for one in regulation.appeals],
    )


def find_licence(session: Session, dossier: Dossier) -> Licence | None:
    """Return the licence that an approval gave birth to; None without one."""
    return session.scalars(select(Licence).where(Licence.dossier_id == dossier.id)).one_or_none()


def get_licence_of(session: Session, dossier: Dossier) -> Licence:
    """Return the licence of a dossier, or raise NotFound."""
    licence = find_licence(session, dossier)
    if licence is None:
        raise NotFound(N_("No licence has come of this dossier."))
    return licence


def list_certificates(session: Session, licence: Licence) -> Sequence[Paper]:
    """List the certificates of a licence, the one in force first."""
    asked = select(Paper).where(Paper.licence_id == licence.id, Paper.kind == PaperKind.CERTIFICATE)
    return session.scalars(asked.order_by(Paper.version.desc())).all()


def find_reason(session: Session, licence: Licence) -> str | None:
    """Return the reason of the last act on a licence that gave one, while that act stands; None otherwise."""
    asked = select(Event.reason, Event.target).where(Event.licence_id == licence.id)
    reason, target = session.execute(asked.order_by(Event.sequence.desc()).limit(1)).one_or_none() or (None, None)
    return reason if target == licence.state and licence.state is not State.ACTIVE else None


def _list_reasons(session: Session, dossier: Dossier) -> Sequence[Reason]:
    refused = select(Reason).join(AgendaItem, AgendaItem.id == Reason.item_id)
    asked = refused.where(AgendaItem.dossier_id == dossier.id, AgendaItem.ended == ItemEnd.REFUSED)
    return session.scalars(asked.order_by(Reason.id)).all()
