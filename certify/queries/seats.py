"""The composition of the committee: its seats, their mandates past, present and coming, and who may be appointed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from certify.models import Mandate, Meeting, Seat, User
from certify.workflows.composition import Holding, Tenure
from certify.workflows.errors import NotFound
from certify.workflows.words import N_


@dataclass(frozen=True)
class Held:
    """A mandate as of one day: is it coming, in force, or over."""

    mandate: Mandate
    is_coming: bool
    is_over: bool

    @property
    def is_in_force(self) -> bool:
        """Whether the person sits that day."""
        return not (self.is_coming or self.is_over)


@dataclass(frozen=True)
class Bench:
    """A seat with its mandates, those in force first, then the coming ones, then the others, the latest first."""

    seat: Seat
    held: tuple[Held, ...]

    def lacks(self, holding: Holding) -> bool:
        """Whether nobody holds the seat so, that day."""
        return not any(one.is_in_force and one.mandate.holding is holding for one in self.held)


def list_benches(session: Session, today: date) -> list[Bench]:
    """List the seats, the president's first, with everybody who held, holds or will hold them."""
    asked = select(Seat).options(selectinload(Seat.mandates).joinedload(Mandate.user))
    return [_bench(seat, today) for seat in session.scalars(asked.order_by(Seat.is_president.desc(), Seat.id))]


def get_bench(session: Session, seat_id: int, today: date) -> Bench:
    """Return one seat with its mandates, or raise NotFound."""
    seat = session.get(Seat, seat_id)
    if seat is None:
        raise NotFound(N_("There is no such seat."))
    return _bench(seat, today)


def get_mandate(session: Session, mandate_id: int) -> Mandate:
    """Return a mandate, or raise NotFound."""
    asked = select(Mandate).where(Mandate.id == mandate_id).options(joinedload(Mandate.seat), joinedload(Mandate.user))
    mandate = session.scalars(asked).one_or_none()
    if mandate is None:
        raise NotFound(N_("There is no such mandate."))
    return mandate


def list_appointable(session: Session) -> list[User]:
    """List who may be given a seat: everybody of the house with an open account, by name."""
    asked = select(User).where(User.is_active, User.organisation_id.is_(None))
    return list(session.scalars(asked.order_by(User.name, User.id)))


def list_tenures(session: Session) -> list[Tenure]:
    """List every mandate as the rules see it."""
    return [tenure_of(mandate) for mandate in session.scalars(select(Mandate).order_by(Mandate.id))]


def tenure_of(mandate: Mandate) -> Tenure:
    """Return one mandate as the rules see it."""
    return Tenure(mandate.seat_id, mandate.user_id, mandate.holding, mandate.starts_on, mandate.ends_on)


def find_last_meeting_day(session: Session) -> date | None:
    """Return the day of the last meeting that was opened; None before the first."""
    return session.scalar(select(func.max(Meeting.held_on)).where(Meeting.opened_at.is_not(None)))


def _bench(seat: Seat, today: date) -> Bench:
    held = [
        Held(one, is_coming=one.starts_on > today, is_over=one.ends_on is not None and one.ends_on < today)
        for one in sorted(seat.mandates, key=lambda one: (one.starts_on, one.id), reverse=True)
    ]
    held.sort(key=lambda one: (one.is_over, one.is_coming, one.mandate.holding is not Holding.TITULAR))
    return Bench(seat, tuple(held))
