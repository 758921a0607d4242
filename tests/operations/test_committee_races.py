"""Two people, or one person twice, at the same moment: on real connections, one counts and the other is told."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from certify.extensions import db
from certify.models import AgendaItem, Ballot, Event, Licence, Meeting, MinutesSignature, Paper
from certify.operations import agenda, ballots, meetings, minutes
from certify.operations.acting import Actor
from certify.queries.committee import list_places
from certify.workflows.errors import AlreadyDone, NotAllowed, Stale, WorkflowError, WrongState
from certify.workflows.voting import Choice
from tests.assembly import EVERYBODY, assemble, deliberate
from tests.conftest import build, close
from tests.decisions import attest
from tests.people import SEATS
from tests.scenes import acting_at, once
from tests.sittings import Stage, convened, seat_an_alternate_president
from tests.times import Clock

FAVOURABLE = dict.fromkeys(SEATS, Choice.FAVOURABLE)


@pytest.fixture
def stage(any_app: Flask, clock: Clock) -> Stage:
    """The committee at work, on each kind of database in turn."""
    once(convened)
    return Stage(db.session, acting_at(clock, db.session), clock)


def at_once(
    app: Flask, clock: Clock, *acts: Callable[[Callable[[str], Actor]], object], on: Flask | None = None
) -> list[str]:
    """Let each act run and commit on a connection of its own, all at the same moment; return what each met.

    `on` is an application on the same database whose pool is wide enough for more of them than a server has.
    """
    db.session.commit()
    db.session.remove()
    start = Barrier(len(acts))

    def run(act: Callable) -> str:
        with (on or app).app_context():
            acting = acting_at(clock, db.session)
            start.wait()
            try:
                act(acting)
                db.session.commit()
            except (WorkflowError, IntegrityError) as refused:
                db.session.rollback()
                return type(refused).__name__
            return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        met = sorted(pool.map(run, acts))
    if on:
        with on.app_context():
            close()
    return met


def item_in(acting: Callable[[str], Actor]) -> AgendaItem:
    """Fetch the first item on the session of a thread."""
    return db.session.query(AgendaItem).order_by(AgendaItem.id).first()


def casting(name: str, choice: Choice = Choice.FAVOURABLE) -> Callable:
    return lambda acting: ballots.cast_ballot(item_in(acting), choice=choice, actor=acting(name))


def closing(version: int) -> Callable:
    return lambda acting: ballots.close_item(item_in(acting), version=version, actor=acting("pia"))


def test_two_ballots_of_one_member_are_one(any_app, stage, clock):
    stage.deliberate()
    met = at_once(any_app, clock, casting("bob"), casting("bob", Choice.ABSTENTION))
    assert (met, db.session.query(Ballot).count()) == (["AlreadyVoted", "done"], 1)


def test_everybody_votes_at_once_and_every_ballot_counts(any_app, stage, clock):
    stage.deliberate()
    met = at_once(any_app, clock, *(casting(name) for name in SEATS))
    assert (met, db.session.query(Ballot).count()) == (["done"] * 4, 4)


def test_thirty_members_vote_at_once_on_thirty_connections(any_app, clock, tmp_path):
    acting = acting_at(clock, db.session)
    deliberate(assemble(db.session, acting, clock, tmp_path).items[0], acting)
    where = any_app.config["SQLALCHEMY_DATABASE_URI"]
    wide = build(tmp_path / "wide", where, CLOCK=clock, SQLALCHEMY_ENGINE_OPTIONS={"pool_size": len(EVERYBODY)})
    assert at_once(any_app, clock, *map(casting, EVERYBODY), on=wide) == ["done"] * 30
    assert len({(ballot.seat_id, ballot.user_id) for ballot in db.session.query(Ballot)}) == 30
    assert ballots.close_item(item_in(acting), actor=acting("pia")).totals[Choice.FAVOURABLE] == 30


def test_two_closings_of_one_item_are_one(any_app, stage, clock):
    stage.deliberate()
    stage.vote(**FAVOURABLE)
    version = stage.item.dossier.version
    met = at_once(any_app, clock, closing(version), closing(version))
    assert met == [Stale.__name__, "done"]
    assert db.session.query(Event).filter_by(action="close_item").count() == 1


def test_two_closings_without_a_page_are_one_too(any_app, stage, clock):
    stage.deliberate()
    stage.vote(**FAVOURABLE)
    assert at_once(any_app, clock, closing(None), closing(None)) == [AlreadyDone.__name__, "done"]


def test_a_ballot_against_a_close_is_in_the_count_or_refused(any_app, stage, clock):
    stage.deliberate()
    stage.vote(pia=Choice.FAVOURABLE, bob=Choice.FAVOURABLE, brahim=Choice.FAVOURABLE)
    stage.leave("bouchra")
    stage.gather("bouchra")
    met = at_once(any_app, clock, casting("bouchra"), closing(None))
    item = item_in(stage.acting)
    counted = item.tally["cast"] if item.tally else None
    assert (met, counted, len(item.ballots)) in [(["done", "done"], 4, 4), (["Refused", "done"], None, 4)]


def test_a_meeting_is_opened_once(any_app, stage, clock):
    stage.gather()
    version = stage.meeting.version

    def opening(acting):
        meetings.open_meeting(db.session.query(Meeting).one(), version=version, actor=acting("pia"))

    assert at_once(any_app, clock, opening, opening) == ["Stale", "done"]


def test_two_people_on_one_seat_at_once_are_one(any_app, stage, clock):
    stage.gather("pia")

    def arriving(name):
        def arrive(acting):
            meeting = db.session.query(Meeting).one()
            user = acting(name).user
            seat = next(place.seat for place in list_places(db.session, meeting) if place.holding(user.id))
            meetings.record_arrival(meeting, seat, user, actor=acting("carol"))

        return arrive

    assert at_once(any_app, clock, arriving("bob"), arriving("badr")) == ["Refused", "done"]


def test_an_item_is_opened_once_whoever_presses_twice(any_app, stage, clock):
    stage.open()
    stage.declare(*SEATS)
    version = stage.item.dossier.version

    def opening(acting):
        agenda.open_item(item_in(acting), version=version, actor=acting("pia"))

    assert at_once(any_app, clock, opening, opening) == ["Stale", "done"]


@pytest.fixture
def attested(any_app, clock):
    """The minutes of one approval, signed by the secretary; Badr is the alternate of the president."""
    once(approved)
    return Stage(db.session, acting_at(clock, db.session), clock)


def approved(acting, clock, store):
    """Approve a honey, and come to where the president signs."""
    convened(acting, store)
    stage = Stage(db.session, acting, clock)
    seat_an_alternate_president(stage)
    stage.decide(Choice.FAVOURABLE)
    meetings.close_meeting(stage.meeting, actor=acting("pia"))
    minutes.draw_up_minutes(stage.meeting, actor=acting("carol"))
    attest(stage.meeting, acting)


def signing(name: str, version: int | None = None) -> Callable:
    return lambda acting: minutes.sign_minutes(db.session.query(Meeting).one(), version=version, actor=acting(name))


@pytest.mark.parametrize("names", [("pia", "pia"), ("pia", "badr")])
@pytest.mark.parametrize("has_page", [True, False])
def test_decisions_take_effect_once_whoever_signs_at_the_same_moment(any_app, attested, clock, names, has_page):
    version = attested.meeting.version if has_page else None
    met = at_once(any_app, clock, *(signing(name, version) for name in names))
    late = Stale if has_page else WrongState if len(set(names)) == 1 else NotAllowed
    early = late if len(set(names)) == 1 else NotAllowed  # one person presides, whoever comes first
    assert met in ([late.__name__, "done"], [early.__name__, "done"])
    signed = db.session.query(Event.dossier_id).filter_by(action="sign_minutes").order_by(Event.id).all()
    dossier = item_in(attested.acting).dossier
    assert sorted(signed, key=str) == [(dossier.id,), (None,)]
    others = ~Paper.kind.in_(["receipt", "convocation"])
    papers = db.session.query(Paper.number).filter(others).order_by(Paper.number).all()
    assert [number for (number,) in papers] == [f"DEC-{dossier.number}", "PV-CH-2026-01"]
    assert (db.session.query(Licence).count(), db.session.query(MinutesSignature).count()) == (1, 2)


def test_a_president_who_returns_and_a_member_who_stands_in_never_double_an_act(any_app, stage, clock):
    stage.gather("bob", "brahim", "bouchra")
    meetings.open_meeting(stage.meeting, actor=stage.acting("bob"))
    stage.declare("bob", "brahim", "bouchra")

    def returning(acting):
        meeting, pia = db.session.query(Meeting).one(), acting("pia").user
        seat = next(place.seat for place in list_places(db.session, meeting) if place.holding(pia.id))
        meetings.record_arrival(meeting, seat, pia, actor=acting("carol"))

    def opening(acting):
        agenda.open_item(item_in(acting), actor=acting("bob"))

    met = at_once(any_app, clock, returning, opening)
    assert met in (["done", "done"], ["NotAllowed", "done"])
    assert db.session.query(Event).filter_by(action="open_item").count() == met.count("done") - 1


def test_two_who_act_as_president_close_a_meeting_once(any_app, stage, clock):
    stage.gather("bob", "brahim", "bouchra")
    meetings.open_meeting(stage.meeting, actor=stage.acting("bob"))

    def closing_by(name):
        return lambda acting: meetings.close_meeting(db.session.query(Meeting).one(), reason="Fin", actor=acting(name))

    assert at_once(any_app, clock, closing_by("bob"), closing_by("pia"), closing_by("brahim")).count("done") == 1
    assert db.session.query(Event).filter_by(action="close").count() == 1
