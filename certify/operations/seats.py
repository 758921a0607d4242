"""The committee is composed: seats are made, people appointed to them, mandates ended. What was is never rewritten."""

from __future__ import annotations

from datetime import date
from typing import Protocol

from sqlalchemy import select

from certify.models import Mandate, Seat, User, UserRole
from certify.operations.acting import Actor
from certify.operations.outbox import write
from certify.queries.seats import find_last_meeting_day, list_appointable, list_tenures, tenure_of
from certify.workflows.composition import Holding, Tenure, check_end, check_seat, check_tenure
from certify.workflows.errors import AlreadyDone, Malformed, NotAllowed, Refused
from certify.workflows.permissions import Right, Role, may
from certify.workflows.words import N_


class Chair(Protocol):
    """A seat to be made: the body it stands for, whether it votes, whether it presides."""

    code: str
    body_fr: str
    body_ar: str
    is_voting: bool
    is_president: bool


class Appointment(Protocol):
    """Who is appointed, how, from when to when, and by which act."""

    user_id: int
    holding: Holding
    starts_on: date
    ends_on: date | None
    act: str | None


def make_seat(chair: Chair, *, actor: Actor) -> Seat:
    """Add a seat to the committee. Raises Malformed, or Refused when its code or the presidency is taken."""
    _keep(actor)
    code = check_seat(chair.code, is_voting=chair.is_voting, is_president=chair.is_president)
    if actor.session.scalars(select(Seat.id).where(Seat.code == code)).first():
        raise Refused(N_("A seat of the code %(code)s is there already."), code=code)
    if chair.is_president and actor.session.scalars(select(Seat.id).where(Seat.is_president)).first():
        raise Refused(N_("Another seat presides already, and only one can."))
    named = {"body_fr": chair.body_fr, "body_ar": chair.body_ar}
    seat = Seat(code=code, is_voting=chair.is_voting, is_president=chair.is_president, **named)
    actor.session.add(seat)
    actor.session.flush()
    return seat


def appoint(seat: Seat, appointment: Appointment, *, actor: Actor) -> Mandate:
    """Give a seat to somebody, with the role that goes with it, and write to them.

    Raises Malformed and Refused as the rules of composition do.
    """
    _keep(actor)
    user = actor.session.get(User, appointment.user_id)
    if user not in list_appointable(actor.session):
        raise Malformed(N_("Choose somebody of the house whose account is open."))
    actor.hold(seat)
    actor.hold(user)
    tenure = Tenure(seat.id, user.id, appointment.holding, appointment.starts_on, appointment.ends_on)
    check_tenure(tenure, list_tenures(actor.session), find_last_meeting_day(actor.session))
    role = Role.PRESIDENT if seat.is_president else Role.MEMBER
    if role not in user.roles:
        user.held_roles.append(UserRole(role=role))
    days = {"starts_on": tenure.first, "ends_on": tenure.last}
    recorded = {"recorded_by_id": actor.id, "recorded_at": actor.at}
    mandate = Mandate(seat=seat, user=user, holding=tenure.holding, act=appointment.act, **days, **recorded)
    actor.session.add(mandate)
    actor.session.flush()
    facts = {"seat_fr": seat.body_fr, "seat_ar": seat.body_ar, "holding": str(tenure.holding), "path": "/committee"}
    told = facts | {"valid_from": tenure.first, "valid_to": tenure.last}
    write(user, "seat_given", key=f"seat_given:{mandate.id}", facts=told, actor=actor)
    return mandate


def end_mandate(mandate: Mandate, last_day: date, *, actor: Actor) -> None:
    """End a mandate after `last_day`. Raises AlreadyDone when it ends no later, and what the rules raise."""
    _keep(actor)
    actor.hold(mandate)
    if mandate.ends_on is not None and mandate.ends_on <= last_day:
        raise AlreadyDone(N_("This mandate already ends on %(day)s."), day=mandate.ends_on)
    check_end(tenure_of(mandate), last_day, find_last_meeting_day(actor.session))
    mandate.ends_on = last_day


def _keep(actor: Actor) -> None:
    if not may(Right.KEEP_COMMITTEE, actor.roles):
        raise NotAllowed(N_("Only an administrator composes the committee."))
