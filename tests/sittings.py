"""A committee at work: three honeys are ready, the first two on the agenda of a meeting convened a fortnight ahead.

A test module that imports `at_work` (which takes the place of `settled_sqlite`) and `on_stage` (which is `stage`)
starts from there instead of from an empty office.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from certify.extensions import db
from certify.models import AgendaItem, Dossier, Mandate, Meeting, Seat, User, UserRole
from certify.models.committee import Holding
from certify.models.meeting import Interest
from certify.operations import agenda, ballots, meetings
from certify.operations.acting import Actor
from certify.operations.storage import Store
from certify.queries.committee import list_places
from certify.workflows.dossier import State
from certify.workflows.permissions import Role
from certify.workflows.voting import Choice
from tests.clients import Reader
from tests.conftest import build
from tests.factories import reported, store_in
from tests.people import PASSWORD, SEATS, hashing_cheaply
from tests.scenes import acting_at
from tests.times import NOON, Clock

Acting = Callable[[str | None], Actor]
DAY = (NOON + timedelta(days=14)).date()
"""The day of the meeting: Monday 7 December 2026."""

WORDS = {
    Choice.FAVOURABLE_WITH_RESERVATIONS: "Corriger le poids net sur l’étiquette.",
    Choice.UNFAVOURABLE: "L’origine n’est pas établie.",
    Choice.ADJOURN: "Une seconde analyse.",
}
"""What goes with each vote that needs words."""


def convened(acting: Acting, store: Store, *, items: int = 1, spare: int = 0) -> None:
    """Make ready honeys: `items` on the agenda of a convened meeting, then `spare` on none."""
    ready = [reported(acting, store=store) for _ in range(items + spare)]
    meeting = meetings.plan_meeting(held_on=DAY, starts_at="09:30", place="Rabat", actor=acting("carol"))
    agenda.fill_agenda(meeting, ready[:items], actor=acting("carol"))
    meetings.convene(meeting, actor=acting("carol"))


@cache
def prepared(settled: Path, folder: Path) -> Path:
    """Return the SQLite file of a committee at work, made once a run."""
    shutil.copy(settled, folder / "certify.sqlite")
    app = build(folder, CLOCK=Clock())
    with app.app_context():
        convened(acting_at(Clock(), db.session), store_in(folder), items=2, spare=1)
        db.session.commit()
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()
    return folder / "certify.sqlite"


@pytest.fixture(scope="session", name="settled_sqlite")
def at_work(settled_sqlite: Path) -> Path:
    """The database of a committee at work, in the place of the empty one."""
    folder = settled_sqlite.parent / "committee"
    folder.mkdir(exist_ok=True)
    return prepared(settled_sqlite, folder)


@dataclass
class Stage:
    """The meeting and its items, and what people do there in one word."""

    session: Session
    acting: Acting
    clock: Clock

    @property
    def meeting(self) -> Meeting:
        """The convened meeting."""
        return self.session.scalars(select(Meeting).order_by(Meeting.id).limit(1)).one()

    @property
    def item(self) -> AgendaItem:
        """Its first item."""
        return self.meeting.items[0]

    @property
    def other(self) -> AgendaItem:
        """Its second item."""
        return self.meeting.items[1]

    @property
    def spare(self) -> Dossier:
        """The honey that is ready and on no agenda."""
        return self.session.scalars(select(Dossier).where(Dossier.state == State.READY)).one()

    def gather(self, *names: str) -> None:
        """Come to the day of the meeting, with these people (everybody, when none is named)."""
        if self.clock().date() < DAY:
            self.clock.advance(days=14)
        places = list_places(self.session, self.meeting)
        for name in names or SEATS:
            user = self.acting(name).user
            seat = next(place.seat for place in places if place.holding(user.id))
            meetings.record_arrival(self.meeting, seat, user, actor=self.acting("carol"))

    def leave(self, name: str) -> None:
        """Record that somebody leaves."""
        user = self.acting(name).user
        stay = next(stay for stay in self.meeting.attendances if stay.user is user and stay.left_at is None)
        meetings.record_departure(stay, actor=self.acting("carol"))

    def open(self, *names: str) -> None:
        """Gather and open the meeting."""
        self.gather(*names)
        meetings.open_meeting(self.meeting, actor=self.acting("pia"))

    def declare(self, *names: str, item: AgendaItem | None = None, conflict: str | None = None) -> None:
        """Declare no interest in an item (the first), but for who has a conflict."""
        for name in names:
            said = {"interest": Interest.NONE}
            if name == conflict:
                said = {"interest": Interest.CONFLICT, "statement": "Parent d’une adhérente"}
            ballots.declare_interest(item or self.item, **said, actor=self.acting(name))

    def deliberate(self, *names: str, conflict: str | None = None) -> AgendaItem:
        """Open the meeting with these people and, once all have declared, its first item."""
        self.open(*names)
        self.declare(*(names or SEATS), conflict=conflict)
        agenda.open_item(self.item, actor=self.acting("pia"))
        return self.item

    def vote(self, item: AgendaItem | None = None, **choices: Choice) -> None:
        """Cast ballots, each with the words it needs."""
        for name, choice in choices.items():
            words = WORDS.get(choice)
            ballots.cast_ballot(item or self.item, choice=choice, statement=words, actor=self.acting(name))

    def decide(self, choice: Choice, *names: str) -> AgendaItem:
        """Vote as one on the first item, and close it."""
        item = self.deliberate(*names)
        self.vote(**dict.fromkeys(names or SEATS, choice))
        ballots.close_item(item, actor=self.acting("pia"))
        return item


@pytest.fixture(name="stage")
def on_stage(session: Session, acting: Acting, clock: Clock) -> Stage:
    """The committee at work."""
    return Stage(session, acting, clock)


def plain(answer: TestResponse) -> str:
    """Return the text of a page with ordinary spaces, for those that keep a date on one line."""
    return answer.text.replace("\N{NO-BREAK SPACE}", " ")


class Visitor:
    """Somebody's browser, in English. Each request has a context of its own: several people may visit in one test."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, **more: object) -> TestResponse:
        """Ask for a page."""
        return self.ask(self.client.get, path, **more)

    def post(self, path: str, **typed: object) -> TestResponse:
        """Send a form."""
        return self.ask(self.client.post, path, data=typed)

    def ask(self, how: Callable, path: str, **more: object) -> TestResponse:
        """Let what the test did be seen, ask, and see afterwards what the page did."""
        db.session.commit()
        answer = Context().run(how, path, **more)
        db.session.expire_all()
        return answer


@pytest.fixture(name="visitor")
def of_visitor(app: Flask) -> Callable[[str], Visitor]:
    """`visitor("bob")` is Bob's browser, signed in."""

    def sign_in(name: str) -> Visitor:
        browser = Visitor(Reader(app, app.response_class))
        with hashing_cheaply():
            answer = browser.post("/sign-in", email=f"{name}@example.ma", password=PASSWORD)
        assert answer.status_code == 303, answer.text
        browser.get("/?lang=en")
        return browser

    return sign_in


def seat_an_alternate_president(stage: Stage) -> tuple[User, Seat]:
    """Give Badr the second mandate of the president's seat, and the role."""
    badr, seat = stage.acting("badr").user, list_places(stage.session, stage.meeting)[0].seat
    [old] = stage.session.query(Mandate).filter_by(user_id=badr.id)
    old.ends_on = stage.clock().date() - timedelta(days=1)
    stage.session.flush()
    stage.session.add(Mandate(seat=seat, user=badr, holding=Holding.ALTERNATE, starts_on=stage.clock().date()))
    badr.held_roles.append(UserRole(role=Role.PRESIDENT))
    stage.session.flush()
    return badr, seat
