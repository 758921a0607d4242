"""How a finding is resolved: plan, acceptance, correction, verification; and what the database never lets happen."""

from datetime import date, timedelta

import pytest
from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from certify.models import Message
from certify.operations.corrections import (
    accept_plan,
    close_finding,
    propose_plan,
    reject_correction,
    report_correction,
    return_plan,
)
from certify.operations.dossiers import ask_decision
from certify.operations.evaluation import pass_over, submit_report
from certify.operations.findings import raise_finding, require_conformity
from certify.operations.timekeeping import Due, list_due, settle
from certify.operations.visits import cancel_visit
from certify.queries.dossiers import list_events
from certify.queries.evaluation import get_report
from certify.queries.reports import read_report
from certify.workflows import dossier as dossiers
from certify.workflows.errors import NotAllowed, Refused, Stale, WrongState
from certify.workflows.finding import State
from tests.factories import a_pdf, corrected, graded, planned, resolved, sections, store_in, stored, under_examination
from tests.scenes import once
from tests.visiting import begun, made
from tests.visiting import planned as to_visit

DUE = date(2026, 12, 20)


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


@pytest.fixture
def dossier(app):
    return once(graded)


@pytest.fixture
def sent(dossier, acting):
    """Write down as many findings of a grade as asked and send them."""

    def send(grade="minor", count=1):
        made = [
            raise_finding(dossier, grade=grade, statement=f"Point {n}.", due_on=DUE, actor=acting("rachid"))
            for n in range(count)
        ]
        require_conformity(dossier, actor=acting("rachid"))
        return made if count > 1 else made[0]

    return send


def plan(finding, acting, by=DUE, name="alice"):
    return propose_plan(finding, what="Refaire l’étiquette.", who="L’atelier", by=by, actor=acting(name))


def tick(acting):
    for due in [due for due in list_due(acting(None)) if due.duty in ("expire_findings", "remind_and_lapse")]:
        settle(due, actor=acting(None))


def test_the_whole_life_is_kept_step_by_step(session, acting, dossier, sent):
    finding = sent()
    resolved(finding, acting)
    steps = [(step.action, step.source, step.target, step.role) for step in finding.steps]
    assert steps == [
        ("propose_plan", "open", "plan_proposed", "applicant"),
        ("accept_plan", "plan_proposed", "plan_accepted", "rapporteur"),
        ("report_correction", "plan_accepted", "corrected", "applicant"),
        ("close_finding", "corrected", "closed", "rapporteur"),
    ]
    told = [event.action for event in list_events(session, dossier) if event.facts.get("finding") == finding.id]
    assert told == [step[0] for step in steps]


def test_a_plan_sent_back_is_kept_and_proposed_anew(acting, sent):
    finding = sent()
    plan(finding, acting)
    return_plan(finding, reason="Qui vérifie ?", actor=acting("rachid"))
    assert (finding.state, finding.plan.said, finding.steps[-1].said) == (
        "open",
        "Refaire l’étiquette.",
        "Qui vérifie ?",
    )
    plan(finding, acting)
    assert finding.state is State.PLAN_PROPOSED


def test_a_plan_changed_under_the_eyes_of_the_rapporteur_is_not_accepted(acting, sent):
    finding = sent()
    plan(finding, acting)
    version = finding.version
    plan(finding, acting, by=DUE - timedelta(days=1))
    with pytest.raises(Stale):
        accept_plan(finding, version=version, actor=acting("rachid"))
    assert finding.state is State.PLAN_PROPOSED


@pytest.mark.parametrize("by", [date(2026, 11, 22), date(2027, 5, 24)])
def test_a_plan_ends_within_what_the_regulation_allows(acting, sent, by):
    finding = sent()
    with pytest.raises(Refused, match="by 2027-05-23"):
        plan(finding, acting, by=by)
    assert finding.steps == []


def test_a_later_day_counts_once_it_is_accepted(acting, sent):
    finding = sent()
    plan(finding, acting, by=DUE + timedelta(days=10))
    assert finding.due_on == DUE
    accept_plan(finding, actor=acting("rachid"))
    assert finding.due_on == DUE + timedelta(days=10)


def test_nothing_is_reported_without_an_accepted_plan_or_proof(acting, sent):
    finding = sent()
    with pytest.raises(WrongState):
        report_correction(finding, done="Fait.", explanation="Voir.", actor=acting("alice"))
    planned(finding, acting)
    with pytest.raises(Refused, match="proof"):
        report_correction(finding, done="Fait.", actor=acting("alice"))
    assert finding.state is State.PLAN_ACCEPTED


def test_the_proof_bears_its_own_day(acting, sent, store):
    finding = sent()
    planned(finding, acting)
    files = [stored(store, content=a_pdf(pages)) for pages in (5, 6)]
    seen_on = date(2026, 11, 20)
    for wrong in (None, date(2026, 11, 24)):
        with pytest.raises(Refused, match="day that the proof bears"):
            report_correction(finding, done="Fait.", proofs=files, dated_on=wrong, actor=acting("alice"))
    step = report_correction(finding, done="Fait.", proofs=files, dated_on=seen_on, actor=acting("alice"))
    assert [(proof.document.sha256, proof.dated_on) for proof in step.proofs] == [
        (one.sha256, seen_on) for one in files
    ]


def test_the_file_goes_back_once_the_last_point_is_reported(session, acting, dossier, sent):
    first, second = sent(count=2)
    corrected(first, acting)
    assert dossier.state is dossiers.State.CONFORMITY
    corrected(second, acting)
    assert dossier.state is dossiers.State.EXAMINATION
    assert [event.action for event in list_events(session, dossier)][-2:] == ["report_correction", "prove_conformity"]


def test_unresolved_findings_block_the_report(acting, dossier, sent):
    finding = sent()
    corrected(finding, acting)
    with pytest.raises(Refused, match="not resolved"):
        submit_report(dossier, proposal="favourable", sections=sections("Conforme."), actor=acting("rachid"))
    close_finding(finding, verified="Étiquette vue.", method="documentary", actor=acting("rachid"))
    report = submit_report(dossier, proposal="favourable", sections=sections("Conforme."), actor=acting("rachid"))
    [told] = read_report(dossier, report).corrections
    assert (told.is_unresolved, [step["action"] for step in told.steps][-1]) == (False, "close_finding")


def test_a_finding_that_was_not_sent_blocks_the_report(acting, dossier):
    raise_finding(dossier, grade="minor", statement="x", actor=acting("rachid"))
    with pytest.raises(Refused, match="not resolved"):
        submit_report(dossier, proposal="favourable", sections=sections("Conforme."), actor=acting("rachid"))


def test_as_it_stands_the_report_says_what_is_not_resolved(session, acting, dossier, sent):
    first, _ = sent(count=2)
    resolved(first, acting)
    ask_decision(dossier, actor=acting("alice"))
    pass_over(dossier, proposal="unfavourable", sections=sections("Tel quel."), actor=acting("rachid"))
    told = read_report(dossier, get_report(session, dossier)).corrections
    assert [one.is_unresolved for one in told] == [False, True]


def test_what_is_not_resolved_comes_back_with_the_reason(acting, dossier, sent):
    finding = sent()
    corrected(finding, acting)
    day = DUE + timedelta(days=5)
    reject_correction(finding, reason="Le lot manque encore.", due_on=day, actor=acting("rachid"))
    assert (finding.state, finding.due_on, dossier.state) == ("unresolved", day, "examination")
    require_conformity(dossier, actor=acting("rachid"))
    report_correction(finding, done="Ajouté.", explanation="Voir.", actor=acting("alice"))
    assert (finding.state, dossier.state) == ("corrected", "examination")


def test_a_critical_finding_is_closed_only_on_a_visit_after_its_proof(acting, clock, dossier, sent, store):
    finding = sent("critical")
    corrected(finding, acting)
    rachid, report = acting("rachid"), stored(store, content=a_pdf(7))
    with pytest.raises(Refused, match="visit held after"):
        close_finding(finding, verified="Vu.", method="documentary", actor=rachid)
    visit = made(dossier, acting, clock)
    step = close_finding(finding, verified="Vu.", method="visit", visit=visit, report=report, actor=acting("rachid"))
    assert (finding.state, step.visit_id, step.visited_on) == ("closed", visit.id, visit.planned_on)
    assert step.document.sha256 == report.sha256


def before_the_proof(dossier, finding, acting, clock):
    visit = made(dossier, acting, clock)
    clock.advance(days=1)
    corrected(finding, acting)
    return visit


def on_its_day_before_it(dossier, finding, acting, clock):
    visit = made(dossier, acting, clock)
    clock.advance(minutes=1)
    corrected(finding, acting)
    return visit


def under_way(dossier, finding, acting, clock):
    corrected(finding, acting)
    return begun(dossier, acting, clock)


def cancelled(dossier, finding, acting, clock):
    corrected(finding, acting)
    visit = to_visit(dossier, acting)
    cancel_visit(visit, reason="Neige.", actor=acting("rachid"))
    clock.advance(days=8)
    return visit


def of_another_dossier(dossier, finding, acting, clock):
    corrected(finding, acting)
    other = under_examination(acting, store=store_in(current_app.instance_path))
    return made(other, acting, clock)


def before_a_second_proof(dossier, finding, acting, clock):
    corrected(finding, acting)
    visit = made(dossier, acting, clock)
    reject_correction(finding, reason="Encore humide.", actor=acting("rachid"))
    require_conformity(dossier, actor=acting("rachid"))
    clock.advance(hours=1)
    report_correction(finding, done="Refait.", explanation="Voir.", actor=acting("alice"))
    return visit


WRONG_VISITS = (before_the_proof, on_its_day_before_it, under_way, cancelled, of_another_dossier, before_a_second_proof)


@pytest.fixture(params=WRONG_VISITS)
def wronged(request, acting, clock, dossier, sent):
    """A finding reported as corrected, with a visit that does not verify it."""
    finding = sent("critical" if request.param is before_the_proof else "minor")
    return finding, request.param(dossier, finding, acting, clock)


def test_no_other_visit_verifies_it(session, acting, wronged):
    finding, visit = wronged
    with pytest.raises(Refused, match="Choose a visit"):
        close_finding(finding, verified="Vu.", method="visit", visit=visit, actor=acting("rachid"))
    session.flush()
    forced = text(
        "INSERT INTO finding_step (finding_id, sequence, at, action, source, target, role, said, method, visit_id)"
        " VALUES (:finding, 9, :at, 'close_finding', 'corrected', 'closed', 'rapporteur', 'x', 'visit', :visit)"
    )
    with pytest.raises(DatabaseError, match="closed on a visit"):
        session.execute(forced, {"finding": finding.id, "visit": visit.id, "at": "2026-12-30"})


def test_the_clock_says_once_that_the_day_has_passed_to_both(session, acting, clock, dossier, sent):
    finding = sent()
    clock.advance(days=27)
    tick(acting)
    assert finding.state is State.OPEN
    clock.advance(days=1)
    for _ in range(2):
        tick(acting)
    assert [step.action for step in finding.steps] == ["expire_finding"]
    told = [one.recipient.name for one in session.query(Message).filter_by(kind="finding_overdue")]
    assert sorted(told) == ["Alice Test", "Rachid Test"]
    corrected(finding, acting)
    assert dossier.state is dossiers.State.EXAMINATION


def test_a_file_whose_plan_waits_for_the_rapporteur_does_not_lapse(acting, clock, dossier, sent):
    finding = sent()
    plan(finding, acting)
    for _ in range(6):
        clock.advance(days=20)
        tick(acting)
    assert (finding.state, dossier.state) == ("plan_proposed", "conformity")


def test_a_silent_file_lapses_with_its_findings(acting, clock, dossier, sent):
    sent()
    for _ in range(8):
        clock.advance(days=20)
        tick(acting)
    assert dossier.state is dossiers.State.LAPSED


@pytest.mark.parametrize("name", ["carol", "mallory", "rachid", "bob"])
def test_nobody_else_plans(acting, sent, name):
    finding = sent()
    with pytest.raises(NotAllowed):
        plan(finding, acting, name=name)
    assert finding.steps == []


@pytest.mark.parametrize("name", ["carol", "mallory", "alice", "pia"])
def test_nobody_else_verifies(acting, sent, name):
    finding = sent()
    corrected(finding, acting)
    with pytest.raises(NotAllowed):
        close_finding(finding, verified="Vu.", method="documentary", actor=acting(name))
    assert finding.state is State.CORRECTED


BROKEN = (
    "UPDATE finding SET statement = 'autre'",
    "UPDATE finding SET grade = 'minor'",
    "UPDATE finding SET sent_at = NULL",
    "DELETE FROM finding",
    "UPDATE finding_step SET said = 'autre'",
    "DELETE FROM finding_step",
    "UPDATE finding_proof SET dated_on = '2026-01-01'",
    "DELETE FROM finding_proof",
    "UPDATE finding SET state = 'noted'",
    "INSERT INTO finding_step (finding_id, sequence, at, action, source, target, role, said, method)"
    " VALUES (1, 9, '2026-11-23', 'close_finding', 'corrected', 'closed', 'rapporteur', 'x', 'documentary')",
)


@pytest.mark.parametrize("statement", BROKEN)
def test_the_database_keeps_what_was_sent(session, acting, sent, statement):
    finding = sent("critical")
    corrected(finding, acting)
    session.flush()
    with pytest.raises(DatabaseError):
        session.execute(text(statement))
    session.rollback()


def test_a_tick_that_looks_again_does_nothing(session, acting, dossier, sent):
    finding = sent()
    settle(Due("expire_findings", dossier.id), actor=acting(None))
    assert finding.steps == []
