"""Visits: planned and announced, changed, cancelled, begun and closed; who may, what is told, what never changes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from certify.extensions import db
from certify.models import Dossier, Event, Message, User, Visit, VisitInspector
from certify.operations import visits
from certify.operations.dossiers import withdraw_dossier
from certify.queries.committee import set_aside
from certify.queries.dossiers import get_dossier
from certify.queries.relations import relations_of, visible_to
from certify.queries.visits import get_visit, list_inspectors, list_visits, visit_reading
from certify.workflows.errors import NotAllowed, Refused, Stale, WrongState
from certify.workflows.permissions import Relation, Right, Role, capacities, may
from certify.workflows.visit import State
from tests.factories import under_examination
from tests.operations.test_simultaneous_office import acting, at_once, count, store  # noqa: F401
from tests.scenes import once
from tests.times import NOON
from tests.visiting import PLAN, begun, planned

# ruff: noqa: F811


@pytest.fixture
def dossier(any_app):
    return once(under_examination)


def told(visit):
    asked = select(Message.kind, Message.recipient_id, Message.facts).where(Message.kind.like("visit%"))
    return [
        (kind, db.session.get(User, to).email.split("@")[0], facts) for kind, to, facts in db.session.execute(asked)
    ]


def actions(dossier):
    asked = select(Event.action).where(Event.dossier_id == dossier.id).order_by(Event.sequence)
    return db.session.scalars(asked).all()


def test_a_visit_planned_is_announced_to_the_site_and_its_inspectors(dossier, acting):
    visit = planned(dossier, acting)
    letters = told(visit)
    assert {(kind, name) for kind, name, _ in letters} == {
        (("visit_planned"), name) for name in ("alice", "ines", "ilyas")
    }
    facts = {name: facts for _, name, facts in letters}
    assert facts["alice"]["path"] == f"/dossiers/{dossier.id}"
    assert (facts["ines"]["path"], facts["ines"]["inspectors"]) == ("/visits", "Ines Test, Ilyas Test")
    assert (actions(dossier)[-1], visit.state, visit.announced_at) == ("plan_visit", State.PLANNED, acting("rachid").at)


@pytest.mark.parametrize(
    ("change", "inspectors", "sentence"),
    [
        ({"planned_on": date(2026, 11, 1)}, ("ines",), "This day has passed. Choose today or a later day."),
        ({}, (), "Name at least one inspector."),
        ({}, ("carol",), "Only inspectors with an open account, or the rapporteur, make a visit."),
        ({}, ("alice",), "One of these people has an interest in the dossier: name another."),
        (
            {"planned_on": date(2027, 2, 1)},
            ("ines",),
            "This day is after the legal delay for the visit. Choose an earlier day, or write why it must be later.",
        ),
    ],
)
def test_a_plan_against_the_rules_is_refused_and_changes_nothing(dossier, acting, change, inspectors, sentence):
    before = actions(dossier)
    with pytest.raises(Refused, match=sentence.split(".")[0]):
        planned(dossier, acting, replace(PLAN, **change), inspectors)
    assert (db.session.scalars(select(Visit)).all(), actions(dossier), told(None)) == ([], before, [])


def test_the_delay_is_that_of_the_regulation_and_a_later_day_needs_its_reason(dossier, acting):
    due_on = visit_reading(db.session, dossier, acting("rachid").today).due_on
    assert due_on == NOON.date() + timedelta(days=45)
    assert planned(dossier, acting, replace(PLAN, planned_on=due_on)).late_reason is None
    late = replace(PLAN, planned_on=due_on + timedelta(days=1), late_reason="La miellerie est fermée jusque-là.")
    assert planned(dossier, acting, late).late_reason == "La miellerie est fermée jusque-là."


def test_the_rapporteur_may_make_the_visit(dossier, acting, clock):
    visit = planned(dossier, acting, inspectors=("rachid", "ines"))
    clock.advance(days=7)
    visits.begin_visit(visit, actor=acting("rachid"))
    assert visit.state is State.UNDER_WAY


@pytest.mark.parametrize("name", ["carol", "ines", "alice"])
def test_only_the_rapporteur_plans(dossier, acting, name):
    with pytest.raises(NotAllowed):
        visits.plan_visit(dossier, PLAN, inspectors=[acting("ines").user], actor=acting(name))


def test_a_visit_on_a_page_that_was_overtaken_is_refused(dossier, acting):
    with pytest.raises(Stale):
        visits.plan_visit(
            dossier, PLAN, inspectors=[acting("ines").user], actor=acting("rachid"), version=dossier.version - 1
        )


def test_a_change_is_told_to_everybody_and_to_who_is_released(dossier, acting):
    visit = planned(dossier, acting)
    new = replace(PLAN, planned_on=date(2026, 12, 3))
    visits.change_visit(visit, new, inspectors=[acting("ines").user], actor=acting("rachid"))
    later = [(kind, name) for kind, name, facts in told(visit)][3:]
    assert sorted(later) == [("visit_cancelled", "ilyas"), ("visit_planned", "alice"), ("visit_planned", "ines")]
    assert ([one.name for one in visit.inspectors], visit.planned_on) == (["Ines Test"], date(2026, 12, 3))
    assert actions(dossier)[-1] == "change_visit"


def test_a_visit_is_cancelled_with_its_reason(dossier, acting):
    visit = planned(dossier, acting)
    with pytest.raises(Refused):
        visits.cancel_visit(visit, reason="", actor=acting("rachid"))
    visits.cancel_visit(visit, reason="Route coupée.", actor=acting("rachid"))
    assert (visit.state, visit.cancellation) == (State.CANCELLED, "Route coupée.")
    assert sorted(name for kind, name, _ in told(visit) if kind == "visit_cancelled") == ["alice", "ilyas", "ines"]
    with pytest.raises(WrongState):
        visits.begin_visit(visit, actor=acting("ines"))


def test_a_visit_begins_on_its_day_by_one_of_its_inspectors(dossier, acting, clock):
    visit = planned(dossier, acting, inspectors=("ines",))
    with pytest.raises(Refused, match="on its day"):
        visits.begin_visit(visit, actor=acting("ines"))
    clock.advance(days=7)
    with pytest.raises(NotAllowed):
        visits.begin_visit(visit, actor=acting("ilyas"))
    visits.begin_visit(visit, actor=acting("ines"))
    assert (visit.state, visit.begun_at) == (State.UNDER_WAY, acting("ines").at)
    with pytest.raises(WrongState):
        visits.begin_visit(visit, actor=acting("ines"))


def test_a_visit_is_closed_once_and_the_rapporteur_is_told(dossier, acting, clock):
    visit = begun(dossier, acting, clock)
    visits.close_visit(visit, summary="Tout a été vu.", actor=acting("ilyas"))
    assert (visit.state, visit.summary, actions(dossier)[-1]) == (State.DONE, "Tout a été vu.", "close_visit")
    assert [name for kind, name, _ in told(visit) if kind == "visit_closed"] == ["rachid"]
    with pytest.raises(WrongState):
        visits.close_visit(visit, summary="Encore.", actor=acting("ines"))


def test_a_visit_falls_with_its_dossier_and_nobody_travels(dossier, acting):
    visit = planned(dossier, acting)
    withdraw_dossier(dossier, actor=acting("alice"))
    assert visit.state is State.CANCELLED
    assert sorted(name for kind, name, _ in told(visit) if kind == "visit_cancelled") == ["ilyas", "ines"]


def test_an_inspector_reads_the_dossier_of_a_visit_and_sits_no_more_on_it(dossier, acting):
    ines, ilyas = acting("ines").user, acting("ilyas").user
    visit = planned(dossier, acting, inspectors=("ines",))
    assert get_dossier(db.session, dossier.id, reader=ines) is dossier
    assert (list_visits(db.session, inspector=ines, today=visit.planned_on), set_aside(db.session, dossier)) == (
        [visit],
        {acting("rachid").id, ines.id, acting("alice").id},
    )
    for stranger in (ilyas, acting("carol").user):
        with pytest.raises(NotAllowed):
            get_visit(db.session, visit.id, reader=stranger)
    visits.cancel_visit(visit, reason="Route coupée.", actor=acting("rachid"))
    with pytest.raises(NotAllowed):
        get_dossier(db.session, dossier.id, reader=ines)


def test_the_rights_of_an_inspector_are_said_alike_in_sql(dossier, acting):
    planned(dossier, acting, inspectors=("ines",))
    for name in ("ines", "ilyas", "rachid"):
        user = acting(name).user
        held = capacities(user.roles, relations_of(db.session, user, dossier))
        for right in (Right.READ_DOSSIER, Right.CONDUCT_VISIT, Right.FILL_GRID, Right.READ_REPORT):
            seen = db.session.scalar(select(Dossier.id).where(Dossier.id == dossier.id, visible_to(user, right)))
            assert (seen is not None) == may(right, held), (name, right)
    assert Relation.INSPECTING in relations_of(db.session, acting("ines").user, dossier)


def test_today_stands_first_on_the_desk_then_what_comes_then_what_is_past(dossier, acting, clock):
    late = planned(dossier, acting, replace(PLAN, planned_on=date(2026, 12, 9)))
    first = begun(dossier, acting, clock)
    today = planned(dossier, acting, replace(PLAN, starts_at="14:00"))
    visits.close_visit(first, summary="Vu.", actor=acting("ines"))
    found = list_visits(db.session, inspector=acting("ines").user, today=acting("ines").today)
    assert [one.id for one in found] == [today.id, late.id, first.id]


def test_whoever_has_an_interest_is_not_offered(dossier, acting):
    assert {user.name for user in list_inspectors(db.session, dossier)} == {"Ines Test", "Ilyas Test", "Rachid Test"}
    assert Role.INSPECTOR in acting("ines").user.roles


@pytest.mark.parametrize(
    "statement",
    [
        lambda visit: update(Visit).values(summary="Autre chose."),
        lambda visit: update(Visit).values(place="Ailleurs"),
        lambda visit: delete(Visit),
        lambda visit: delete(VisitInspector),
        lambda visit: insert(VisitInspector).values(visit_id=visit.id, user_id=visit.created_by_id),
        lambda visit: update(VisitInspector).values(user_id=visit.created_by_id),
    ],
)
def test_the_database_refuses_to_alter_a_visit_that_ended(dossier, acting, clock, statement):
    visit = begun(dossier, acting, clock)
    visits.close_visit(visit, summary="Tout a été vu.", actor=acting("ines"))
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(statement(visit))
    db.session.rollback()


@pytest.mark.parametrize("change", [{"begun_at": None}, {"place": "Ailleurs"}, {"planned_on": date(2026, 12, 24)}])
def test_the_database_refuses_to_alter_the_plan_of_a_visit_that_began(dossier, acting, clock, change):
    begun(dossier, acting, clock)
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(update(Visit).values(**change))
    db.session.rollback()


@pytest.mark.parametrize(
    "change",
    [
        {"state": "under_way"},
        {"state": "done"},
        {"state": "cancelled"},
        {"closed_at": NOON, "summary": "x"},
        {"cancellation": "x"},
        {"begun_at": NOON},
    ],
)
def test_the_database_refuses_a_state_without_what_it_rests_on(dossier, acting, change):
    planned(dossier, acting)
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(update(Visit).values(**change))
    db.session.rollback()


def on(number, act, **more):
    """Let a verb be done on the visit of this number, as each connection sees it."""
    return lambda actor: act(actor.session.get(Visit, number), actor=actor, **more)


def moved(number, starts_at):
    def move(actor):
        visit = actor.session.get(Visit, number)
        visits.change_visit(
            visit, replace(PLAN, starts_at=starts_at), inspectors=visit.inspectors, version=1, actor=actor
        )

    return move


def test_two_people_change_a_visit_once(dossier, acting, at_once):
    number = planned(dossier, acting).id
    db.session.commit()
    assert at_once(("rachid", moved(number, "10:00")), ("rachid", moved(number, "14:00"))) == 1
    assert count(Event, Event.action == "change_visit") == 1


def test_a_visit_is_changed_or_cancelled(dossier, acting, at_once):
    number = planned(dossier, acting).id
    db.session.commit()
    cancel = on(number, visits.cancel_visit, reason="Neige.", version=1)
    assert at_once(("rachid", moved(number, "10:00")), ("rachid", cancel)) == 1
    assert count(Event, Event.action.in_(("change_visit", "cancel_visit"))) == 1


def test_two_inspectors_close_a_visit_once(dossier, acting, clock, at_once):
    number = begun(dossier, acting, clock).id
    db.session.commit()
    close = {name: on(number, visits.close_visit, summary=f"Vu par {name}.") for name in ("ines", "ilyas")}
    assert at_once(*close.items()) == 1
    assert count(Event, Event.action == "close_visit") == 1


def test_two_pages_plan_a_visit_once(dossier, acting, at_once):
    db.session.commit()
    number, version = dossier.id, dossier.version

    def plan(actor):
        found = actor.session.get(Dossier, number)
        ines = actor.session.scalars(select(User).where(User.email.like("ines@%"))).one()
        visits.plan_visit(found, PLAN, inspectors=[ines], version=version, actor=actor)

    assert at_once(("rachid", plan), ("rachid", plan)) == 1
    assert count(Visit, Visit.dossier_id == number) == 1
