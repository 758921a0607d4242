"""Visits and tasks on the screen: planned, told to the applicant, made by the inspectors, closed; who is kept out."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Event, Message, TaskRuling, Visit
from certify.operations import visits
from certify.operations.delivery import letter_of
from certify.operations.findings import raise_finding, require_conformity
from certify.operations.visits import cancel_visit
from certify.workflows.visit import State
from tests import factories
from tests.scenes import once
from tests.visiting import PLAN, begun, made, planned


@pytest.fixture
def store(app):
    return factories.store_in(app.instance_path)


@pytest.fixture
def dossier(app):
    return once(factories.under_examination)


@pytest.fixture
def visit(dossier, acting):
    found = planned(dossier, acting)
    db.session.commit()
    return found


def version_in(page):
    return re.search(r'name="version"[^>]*value="(\d+)"', page.text)[1]


def typed(user, **more):
    plan = {"planned_on": "2026-11-30", "starts_at": "9h30", "place": PLAN.place, "reason": PLAN.reason}
    return plan | {"to_prepare": PLAN.to_prepare, "inspectors": [user("ines").id, user("ilyas").id]} | more


def test_the_rapporteur_plans_a_visit_and_the_applicant_sees_it(client_of, dossier, user):
    rachid, path = client_of("rachid"), f"/missions/{dossier.id}/visits"
    assert "Prévoir une visite" in rachid.get(f"/missions/{dossier.id}").text
    answer = rachid.post(path, data=typed(user, version=version_in(rachid.get(path))))
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/missions/{dossier.id}#tasks")
    [visit] = db.session.scalars(select(Visit)).all()
    assert (visit.starts_at, [one.name for one in visit.inspectors]) == ("09:30", ["Ines Test", "Ilyas Test"])
    page = client_of("alice").get(f"/dossiers/{dossier.id}").text
    assert [text in page for text in (PLAN.place, PLAN.reason, PLAN.to_prepare)] == [True] * 3
    assert re.search(r"Visite du 30.novembre.2026", page)


@pytest.mark.parametrize(
    ("name", "value"),
    [("planned_on", "2026-11-01"), ("planned_on", "demain"), ("planned_on", "2027-03-01"), ("starts_at", "midi"),
     ("place", ""), ("reason", ""), ("inspectors", [])],
)  # fmt: skip
def test_an_incomplete_plan_is_told_and_nothing_is_announced(client_of, dossier, user, name, value):
    rachid, path = client_of("rachid"), f"/missions/{dossier.id}/visits"
    answer = rachid.post(path, data=typed(user, version=version_in(rachid.get(path)), **{name: value}))
    assert answer.status_code == 422
    assert PLAN.to_prepare in answer.text
    assert db.session.scalars(select(Visit)).all() == []
    assert db.session.scalars(select(Message).where(Message.kind == "visit_planned")).all() == []


def test_a_plan_on_a_page_that_was_overtaken_is_refused(client_of, dossier, user):
    answer = client_of("rachid").post(f"/missions/{dossier.id}/visits", data=typed(user, version=1))
    assert (answer.status_code, db.session.scalars(select(Visit)).all()) == (409, [])


@pytest.mark.parametrize("name", ["alice", "mallory", "carol", "ines", "bob", "pia", "adam", "aude"])
def test_nobody_else_plans_changes_or_rules(client_of, dossier, visit, name):
    browser, mission = client_of(name), f"/missions/{dossier.id}"
    paths = ("visits", f"visits/{visit.id}", f"visits/{visit.id}/cancel", "tasks/visit")
    assert [browser.post(f"{mission}/{path}").status_code for path in paths] == [403] * 4


def test_the_rapporteur_changes_and_cancels_a_visit(client_of, dossier, visit, user):
    rachid, path = client_of("rachid"), f"/missions/{dossier.id}/visits/{visit.id}"
    page = rachid.get(path)
    assert PLAN.reason in page.text
    more = {"planned_on": "2026-12-02", "inspectors": [user("ines").id], "version": version_in(page)}
    assert rachid.post(path, data=typed(user, **more)).status_code == 303
    assert (visit.planned_on.isoformat(), [one.name for one in visit.inspectors]) == ("2026-12-02", ["Ines Test"])
    cancel = f"{path}/cancel"
    told = {"reason": "Route coupée.", "version": version_in(rachid.get(cancel))}
    assert rachid.post(cancel, data=told).status_code == 303
    assert (visit.state, visit.cancellation) == (State.CANCELLED, "Route coupée.")
    assert rachid.get(path).status_code == 409


def test_an_inspector_begins_and_closes_a_visit(client_of, visit, clock):
    ines, path = client_of("ines"), f"/visits/{visit.id}"
    assert path in ines.get("/visits").text
    assert "La visite commence le jour prévu, pas avant." in ines.get(path).text
    clock.advance(days=7)
    assert "Aujourd’hui" in ines.get("/visits").text
    assert ines.post(path, data={"version": version_in(ines.get(path))}).status_code == 303
    empty = ines.post(path, data={"version": version_in(ines.get(path)), "summary": ""})
    assert (empty.status_code, visit.state) == (422, State.UNDER_WAY)
    told = {"version": version_in(ines.get(path)), "summary": "Tout a été vu."}
    assert ines.post(path, data=told).status_code == 303
    assert (visit.state, visit.summary) == (State.DONE, "Tout a été vu.")


@pytest.mark.parametrize("name", ["alice", "mallory", "carol", "bob", "rachid"])
def test_a_visit_is_open_to_its_inspectors_alone(client_of, visit, name):
    browser = client_of(name)
    assert browser.get(f"/visits/{visit.id}").status_code == 403
    assert browser.post(f"/visits/{visit.id}").status_code == 403
    assert visit.state is State.PLANNED


def test_the_rapporteur_rules_on_a_task_and_the_mission_shows_it(client_of, dossier):
    rachid, path = client_of("rachid"), f"/missions/{dossier.id}/tasks/visit"
    for said, status in (("", 422), ("Site vu en mai.", 303)):
        told = {"standing": "not_needed", "statement": said, "version": version_in(rachid.get(path))}
        assert rachid.post(path, data=told).status_code == status
    assert [one.statement for one in db.session.scalars(select(TaskRuling))] == ["Site vu en mai."]
    assert "Site vu en mai." in rachid.get(f"/missions/{dossier.id}").text
    assert "Site vu en mai." in client_of("alice").get(f"/dossiers/{dossier.id}").text
    assert rachid.get(f"/missions/{dossier.id}/tasks/cooking").status_code == 404


def test_the_conclusion_on_the_documents_is_not_told_to_the_applicant(client_of, dossier):
    rachid, path = client_of("rachid"), f"/missions/{dossier.id}/tasks/documents"
    told = {"standing": "concluded", "statement": "Bilan douteux.", "version": version_in(rachid.get(path))}
    assert rachid.post(path, data=told).status_code == 303
    assert "Bilan douteux." not in client_of("alice").get(f"/dossiers/{dossier.id}").text


def test_the_office_sees_a_late_visit(client_of, dossier, acting, clock):
    carol = client_of("carol")
    assert dossier.number not in carol.get("/office?task=late_visit").text
    clock.advance(days=46)
    assert dossier.number in carol.get("/office?task=late_visit").text
    visit = planned(dossier, acting, replace_day(clock))
    db.session.commit()
    assert dossier.number in carol.get("/office?task=late_visit").text
    visits.begin_visit(visit, actor=acting("ines"))
    visits.close_visit(visit, summary="Vu.", actor=acting("ines"))
    db.session.commit()
    assert dossier.number not in carol.get("/office?task=late_visit").text


def replace_day(clock):
    """A plan for today, late as it is."""
    return replace(PLAN, planned_on=clock().date(), late_reason="La route était coupée.")


def test_the_letters_say_when_where_and_why_in_each_language(visit, user):
    for name, locale in (("alice", "fr"), ("ines", "ar"), ("ilyas", "en")):
        user(name).locale = locale
        asked = select(Message).where(Message.kind == "visit_planned", Message.recipient_id == user(name).id)
        letter = letter_of(db.session, db.session.scalars(asked).one(), base_url="https://label.ma")
        assert [text in letter.text for text in (PLAN.place, PLAN.reason, "09:30")] == [True] * 3
        link = f"https://label.ma/dossiers/{visit.dossier_id}" if name == "alice" else "https://label.ma/visits"
        assert link in letter.text.splitlines()


def test_the_appointment_tells_the_rapporteur_the_tasks_and_their_last_days(dossier, user):
    asked = select(Message).where(Message.kind == "rapporteur_appointed", Message.recipient_id == user("rachid").id)
    letter = letter_of(db.session, db.session.scalars(asked).one(), base_url="https://label.ma")
    assert [day in letter.text for day in ("13 décembre 2026", "7 janvier 2027")] == [True, True]


def test_the_journal_keeps_each_act_of_a_visit(dossier, acting, clock):
    begun(dossier, acting, clock)
    asked = select(Event.action).where(Event.dossier_id == dossier.id).order_by(Event.sequence)
    assert db.session.scalars(asked).all()[-2:] == ["plan_visit", "begin_visit"]


def test_the_office_reads_tasks_and_visits(client_of, dossier, acting, clock, session):
    visit = made(dossier, acting, clock)
    session.commit()
    page = client_of("carol").get(f"/office/dossiers/{dossier.id}?lang=en").text
    assert ("Tasks of the mission" in page, f"/visits/{visit.id}/report" in page) == (True, True)


def test_two_visits_of_an_inspector_on_one_day_are_told(client_of, dossier, acting, app, session):
    planned(dossier, acting, inspectors=("ines",))
    session.commit()
    page = f"/missions/{dossier.id}?lang=en"
    assert "also named" not in client_of("rachid").get(page).text
    other = factories.under_examination(acting, store=factories.store_in(app.instance_path))
    visit = planned(other, acting, replace(PLAN, starts_at="14:00"), inspectors=("ines", "ilyas"))
    session.commit()
    assert "Ines Test is also named on another visit that day, at 14:00" in client_of("rachid").get(page).text
    cancel_visit(visit, reason="Neige.", actor=acting("rachid"))
    session.commit()
    assert "also named" not in client_of("rachid").get(page).text


def test_a_clash_is_told_beside_the_names_before_the_plan_is_taken(client_of, dossier, acting, store, user):
    first = planned(dossier, acting, replace(PLAN, starts_at="14:00"), inspectors=("ines",))
    other = factories.under_examination(acting, store=store)
    db.session.commit()
    rachid, path = client_of("rachid"), f"/missions/{other.id}/visits"
    page = rachid.get(f"{path}?lang=en")
    assert 'name="despite"' not in page.text
    plan = typed(user, planned_on=PLAN.planned_on.isoformat(), version=version_in(page))
    told = rachid.post(path, data=plan)
    error = re.search(r'id="inspectors-error".*?</p>', told.text, re.S)[0]
    assert (told.status_code, "Ines Test (14:00)" in error, "Ilyas" in error) == (422, True, False)
    assert 'name="despite"' in told.text
    assert db.session.scalars(select(Visit.id)).all() == [first.id]
    assert (
        db.session.scalars(
            select(Message.id).where(Message.dossier_id == other.id, Message.kind == "visit_planned")
        ).all()
        == []
    )
    assert rachid.post(path, data=plan | {"despite": "y"}).status_code == 303
    assert len(db.session.scalars(select(Visit.id)).all()) == 2


def test_a_visit_that_is_changed_does_not_clash_with_itself(client_of, dossier, visit, user):
    rachid, path = client_of("rachid"), f"/missions/{dossier.id}/visits/{visit.id}"
    plan = typed(user, planned_on=PLAN.planned_on.isoformat(), version=version_in(rachid.get(path)))
    assert rachid.post(path, data=plan).status_code == 303


def test_the_office_sees_a_notice_that_is_late(client_of, dossier, acting, clock, session):
    raise_finding(dossier, grade="minor", statement="x", actor=acting("rachid"))
    session.commit()
    clock.advance(days=21)
    assert dossier.number not in client_of("carol").get("/office?task=late_notice").text
    clock.advance(days=1)
    assert dossier.number in client_of("carol").get("/office?task=late_notice").text
    require_conformity(dossier, actor=acting("rachid"))
    session.commit()
    assert dossier.number not in client_of("carol").get("/office?task=late_notice").text


def test_the_page_of_a_visit_leads_to_the_phone_and_later_to_the_report(client_of, dossier, acting, clock):
    visit = begun(dossier, acting, clock)
    db.session.commit()
    page = client_of("ines").get(f"/visits/{visit.id}")
    assert (page.status_code, f'href="/field?lang=fr#{visit.id}"' in page.text) == (200, True)
    assert f'href="/visits/{visit.id}/report"' in page.text
