"""The committee is composed: what is refused changes nothing, and two people at once give no seat twice."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError

from certify.extensions import db
from certify.models import Mandate, Message, Seat, User
from certify.operations import seats
from certify.operations.acting import Actor
from certify.workflows.composition import Holding
from certify.workflows.errors import AlreadyDone, Malformed, NotAllowed, Refused
from certify.workflows.permissions import Role


@dataclass
class Asked:
    """What the form of an appointment gives."""

    user_id: int
    holding: Holding = Holding.TITULAR
    starts_on: date = date(2026, 12, 1)
    ends_on: date | None = None
    act: str | None = "Décision n° 12/2026"


@dataclass
class Chair:
    """What the form of a seat gives."""

    code: str = "onssa"
    body_fr: str = "Office national de sécurité sanitaire"
    body_ar: str = "المكتب الوطني للسلامة الصحية"
    is_voting: bool = True
    is_president: bool = False


@pytest.fixture
def seat(acting):
    return seats.make_seat(Chair(), actor=acting("adam"))


def test_a_seat_is_made_by_the_administrator_alone(acting, session, seat):
    assert (seat.code, seat.is_voting, seat.is_president) == ("ONSSA", True, False)
    for name in ("carol", "pia", "aude", "alice"):
        with pytest.raises(NotAllowed):
            seats.make_seat(Chair(code="INRA"), actor=acting(name))
        with pytest.raises(NotAllowed):
            seats.appoint(seat, Asked(acting("sami").id), actor=acting(name))


@pytest.mark.parametrize(
    ("chair", "error"),
    [
        (Chair(), Refused),
        (Chair(code="INRA", is_president=True), Refused),
        (Chair(code="مكتب"), Malformed),
        (Chair(code="INRA", is_president=True, is_voting=False), (Malformed, Refused)),
    ],
)
def test_a_wrong_seat_is_not_made(acting, session, seat, chair, error):
    before = session.scalars(select(Seat.id)).all()
    with pytest.raises(error):
        seats.make_seat(chair, actor=acting("adam"))
    assert session.scalars(select(Seat.id)).all() == before


def test_who_is_appointed_gets_the_role_and_a_letter(acting, session, seat):
    mandate = seats.appoint(seat, Asked(acting("sami").id), actor=acting("adam"))
    assert acting("sami").roles == {Role.SIGNATORY, Role.MEMBER}
    assert (mandate.act, mandate.recorded_by_id) == ("Décision n° 12/2026", acting("adam").id)
    [letter] = session.scalars(select(Message).where(Message.kind == "seat_given"))
    assert (letter.recipient_id, letter.facts["seat_fr"]) == (acting("sami").id, seat.body_fr)


def test_nobody_sits_twice_and_no_applicant_sits(acting, session, seat):
    seats.appoint(seat, Asked(acting("sami").id), actor=acting("adam"))
    for asked in (Asked(acting("rachid").id), Asked(acting("sami").id, Holding.ALTERNATE), Asked(acting("bob").id)):
        with pytest.raises(Refused):
            seats.appoint(seat, asked, actor=acting("adam"))
    with pytest.raises(Malformed):
        seats.appoint(seat, Asked(acting("alice").id, Holding.ALTERNATE), actor=acting("adam"))
    assert len(session.scalars(select(Mandate).where(Mandate.seat_id == seat.id)).all()) == 1


def test_a_mandate_ends_and_the_next_begins(acting, session, seat):
    first = seats.appoint(seat, Asked(acting("sami").id), actor=acting("adam"))
    seats.end_mandate(first, date(2027, 3, 31), actor=acting("adam"))
    with pytest.raises(AlreadyDone):
        seats.end_mandate(first, date(2027, 4, 30), actor=acting("adam"))
    with pytest.raises(Malformed):
        seats.end_mandate(first, date(2026, 11, 30), actor=acting("adam"))
    second = seats.appoint(seat, Asked(acting("rachid").id, starts_on=date(2027, 4, 1)), actor=acting("adam"))
    assert (first.ends_on, second.starts_on - first.ends_on) == (date(2027, 3, 31), timedelta(days=1))


def number(name: str) -> int:
    return db.session.scalars(select(User.id).where(User.email == f"{name}@example.ma")).one()


BOB = {"holding": "titular", "starts_on": date(2026, 1, 1), "ends_on": date(2026, 12, 31)}


def test_the_database_refuses_a_second_voice_and_a_deletion(any_app):
    bob, other = number("bob"), number("sami")
    seat_id = db.session.scalars(select(Mandate.seat_id).where(Mandate.user_id == bob)).one()
    for statement in (
        insert(Mandate).values(seat_id=seat_id, user_id=other, **BOB),
        insert(Mandate).values(seat_id=seat_id, user_id=bob, **BOB | {"holding": "alternate"}),
        update(Mandate).values(user_id=bob).where(Mandate.user_id != bob),
        text("DELETE FROM mandate"),
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(statement)
        db.session.rollback()


def test_two_administrators_at_once_fill_a_seat_once(any_app, clock):
    adam_id = number("adam")
    seat = seats.make_seat(Chair(), actor=Actor(db.session, db.session.get(User, adam_id), clock()))
    seat_id, asked = seat.id, [number("sami"), number("rachid")]
    db.session.commit()

    def give(user_id: int) -> str:
        with any_app.app_context():
            actor = Actor(db.session, db.session.get(User, adam_id), clock())
            try:
                seats.appoint(db.session.get(Seat, seat_id), Asked(user_id), actor=actor)
                db.session.commit()
            except (Refused, DBAPIError) as refusal:
                db.session.rollback()
                return type(refusal).__name__
            return "given"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(give, asked)) == ["Refused", "given"]
    db.session.expire_all()
    assert len(db.session.scalars(select(Mandate).where(Mandate.seat_id == seat_id)).all()) == 1
