"""A large committee in deliberation: thirty seats, everybody present, for tests and measures of many votes at once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from certify.models import AgendaItem, Mandate, Meeting, Seat, User, UserRole
from certify.models.committee import Holding
from certify.models.meeting import Interest
from certify.operations import agenda, ballots, meetings
from certify.queries.committee import list_places
from certify.workflows.permissions import Role
from tests.factories import reported, store_in
from tests.people import SEATS, declare_year, hashed
from tests.times import NOON, Clock

EVERYBODY = (*SEATS, *(f"member{number}" for number in range(5, 31)))
"""The thirty, the president first."""


def seat_everybody(session: Session) -> None:
    """Give the twenty-six who are not in `people.SEATS` an account and a seat each."""
    for name in EVERYBODY[len(SEATS) :]:
        user = User(
            email=f"{name}@example.ma",
            name=f"{name.title()} Test",
            password_hash=hashed(),
            locale="fr",
            created_at=NOON,
            confirmed_at=NOON,
            held_roles=[UserRole(role=Role.MEMBER)],
        )
        session.add(user)
        session.flush()
        mandate = Mandate(user_id=user.id, holding=Holding.TITULAR, starts_on=date(2026, 1, 1))
        session.add(Seat(code=f"S-{name}", body_fr=f"Organisme de {name}", body_ar="هيئة", mandates=[mandate]))
        declare_year(session, user)
    session.flush()


def assemble(session: Session, acting: Callable, clock: Clock, folder: Path, *, items: int = 1) -> Meeting:
    """Seat the thirty, convene them with `items` honeys, and open the meeting a fortnight on, everybody there."""
    seat_everybody(session)
    day = (clock() + timedelta(days=14)).date()
    ready = [reported(acting, store=store_in(folder)) for _ in range(items)]
    meeting = meetings.plan_meeting(held_on=day, starts_at="09:30", place="Rabat", actor=acting("carol"))
    agenda.fill_agenda(meeting, ready, actor=acting("carol"))
    meetings.convene(meeting, actor=acting("carol"))
    clock.advance(days=14)
    for place in list_places(session, meeting):
        meetings.record_arrival(meeting, place.seat, place.titular, actor=acting("carol"))
    meetings.open_meeting(meeting, actor=acting("pia"))
    return meeting


def deliberate(item: AgendaItem, acting: Callable) -> None:
    """Let the thirty declare no interest in an item, and open it."""
    for name in EVERYBODY:
        ballots.declare_interest(item, interest=Interest.NONE, actor=acting(name))
    agenda.open_item(item, actor=acting("pia"))
