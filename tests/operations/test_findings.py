"""What the rapporteur finds to correct: raised, taken back, sent, answered."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from certify.operations.dossiers import ask_decision
from certify.operations.findings import raise_finding, remove_finding, require_conformity
from certify.queries.admissibility import list_current_documents
from certify.queries.documents import get_document, list_documents
from certify.queries.dossiers import list_events
from certify.queries.evaluation import list_findings, list_sent
from certify.workflows.dossier import State
from certify.workflows.errors import AlreadyDone, NotAllowed, NotFound, Refused, Stale, WrongState
from tests.factories import a_photo, corrected, filed, store_in, stored, under_examination
from tests.recordings import recorded
from tests.scenes import once
from tests.visiting import begun

DUE = date(2026, 12, 20)
LATEST = date(2027, 5, 23)


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


@pytest.fixture
def dossier(app):
    return once(under_examination)


def found(dossier, acting, statement="Le poids net manque.", due_on=DUE, **more):
    return raise_finding(dossier, grade="minor", statement=statement, due_on=due_on, actor=acting("rachid"), **more)


def answer_all(session, dossier, acting):
    for finding in list_findings(session, dossier):
        if finding.correction is None:
            corrected(finding, acting)


def test_conformity_is_asked_for_with_what_was_found(session, acting, dossier):
    finding = found(dossier, acting, criterion="general.label")
    require_conformity(dossier, actor=acting("rachid"))
    event = list_events(session, dossier)[-1]
    assert (dossier.state, event.facts) == (
        State.CONFORMITY,
        {
            "findings": [finding.id],
            "due_on": "2026-12-20",
            "wanted": [{"kind": "general.label", "wanted": "Le poids net manque."}],
        },
    )


def test_the_time_to_correct_runs_from_the_day_it_is_asked(acting, clock, dossier):
    finding = found(dossier, acting)
    asked_at = clock.advance(days=3)
    require_conformity(dossier, actor=acting("rachid"))
    assert finding.raised_at == asked_at


def test_nothing_found_is_nothing_to_ask(acting, dossier):
    with pytest.raises(Refused, match="State what was found"):
        require_conformity(dossier, actor=acting("rachid"))
    assert dossier.state is State.EXAMINATION


@pytest.mark.parametrize("due_on", [date(2026, 11, 22), date(2026, 11, 23), LATEST + timedelta(days=1)])
def test_the_day_to_correct_by_is_within_the_regulation(session, acting, dossier, due_on):
    with pytest.raises(Refused, match="must come after today, and by 2027-05-23"):
        found(dossier, acting, due_on=due_on)
    assert list_findings(session, dossier) == []


def test_the_last_day_of_the_regulation_may_be_given(acting, dossier):
    assert found(dossier, acting, due_on=LATEST).due_on == LATEST


def test_a_criterion_outside_the_grid_is_not_found(acting, dossier):
    with pytest.raises(NotFound):
        found(dossier, acting, criterion="saffron.crocin")


def test_a_finding_is_taken_back_until_it_is_sent(session, acting, dossier):
    remove_finding(found(dossier, acting), actor=acting("rachid"))
    assert list_findings(session, dossier) == []
    sent = found(dossier, acting)
    require_conformity(dossier, actor=acting("rachid"))
    answer_all(session, dossier, acting)
    with pytest.raises(AlreadyDone):
        remove_finding(sent, actor=acting("rachid"))
    assert list_findings(session, dossier) == [sent]


def test_a_second_request_asks_for_what_is_new_alone(session, acting, dossier):
    first = found(dossier, acting)
    require_conformity(dossier, actor=acting("rachid"))
    answer_all(session, dossier, acting)
    with pytest.raises(Refused):
        require_conformity(dossier, actor=acting("rachid"))
    second = found(dossier, acting, statement="Le lot manque.")
    require_conformity(dossier, actor=acting("rachid"))
    assert list_events(session, dossier)[-1].facts["findings"] == [second.id]
    assert list_sent(session, dossier) == {first.id, second.id}


def test_a_new_request_forgets_that_a_decision_was_asked_for(session, acting, dossier):
    found(dossier, acting)
    require_conformity(dossier, actor=acting("rachid"))
    ask_decision(dossier, actor=acting("alice"))
    answer_all(session, dossier, acting)
    found(dossier, acting, statement="Le lot manque.")
    require_conformity(dossier, actor=acting("rachid"))
    assert dossier.asks_decision_as_is is False


@pytest.mark.parametrize("name", ["alice", "carol", "pia", "mallory"])
def test_nobody_else_finds(session, acting, dossier, name):
    with pytest.raises(NotAllowed):
        raise_finding(dossier, grade="minor", statement="x", due_on=DUE, actor=acting(name))
    assert list_findings(session, dossier) == []


def test_what_is_not_under_examination_has_no_finding(acting):
    dossier = once(filed)
    dossier.rapporteur_id = acting("rachid").id
    with pytest.raises(WrongState):
        found(dossier, acting)


def test_two_pages_ask_once(acting, dossier):
    found(dossier, acting)
    version = dossier.version
    found(dossier, acting, statement="Le lot manque.")
    with pytest.raises(Stale):
        require_conformity(dossier, version=version, actor=acting("rachid"))
    assert dossier.state is State.EXAMINATION


@pytest.mark.parametrize(
    ("grade", "due_on"), [("minor", "2027-02-21"), ("major", "2026-12-23"), ("critical", "2026-11-23")]
)
def test_without_a_day_that_of_the_grade_counts(acting, dossier, grade, due_on):
    finding = raise_finding(dossier, grade=grade, statement="x", actor=acting("rachid"))
    assert finding.due_on == date.fromisoformat(due_on)


def test_the_usual_delay_runs_from_the_day_it_is_sent(acting, clock, dossier):
    finding = raise_finding(dossier, grade="major", statement="x", actor=acting("rachid"))
    clock.advance(days=3)
    require_conformity(dossier, actor=acting("rachid"))
    assert (finding.due_on, finding.state) == (date(2026, 12, 26), "open")


def test_a_day_that_passed_before_it_was_sent_is_refused(acting, clock, dossier):
    found(dossier, acting, due_on=date(2026, 11, 25))
    clock.advance(days=3)
    with pytest.raises(Refused, match="has passed"):
        require_conformity(dossier, actor=acting("rachid"))
    assert dossier.state is State.EXAMINATION


def test_it_is_not_seen_after_today(acting, dossier):
    with pytest.raises(Refused, match="after today"):
        found(dossier, acting, found_on=date(2026, 11, 24))


def test_what_shows_it_is_hidden_from_the_applicant_until_it_is_sent(session, acting, dossier, store):
    alice, seen = acting("alice").user, stored(store, content=a_photo())
    finding = found(dossier, acting, evidence=seen)
    session.flush()
    kinds = lambda: {one.kind for one in list_documents(session, dossier, reader=alice)}  # noqa: E731
    assert (finding.evidence.sha256, "evidence-1" in kinds()) == (seen.sha256, False)
    with pytest.raises(NotAllowed):
        get_document(session, finding.evidence_id, reader=alice, today=acting("alice").today)
    require_conformity(dossier, actor=acting("rachid"))
    assert "evidence-1" in kinds()


def test_evidence_is_of_the_same_dossier(acting, dossier, store):
    other = under_examination(acting, store=store)
    theirs = list_current_documents(acting("rachid").session, other)[0]
    with pytest.raises(NotFound):
        found(dossier, acting, evidence_id=theirs.id)


def test_what_a_visit_observed_was_seen_on_its_day(session, acting, clock, dossier):
    visit = begun(dossier, acting, clock)
    seen = {"fact": "Sol humide.", "measure": "", "grade": "minor", "check": ""}
    entry = recorded(visit, acting("ines"), kind="observation", body=seen)
    clock.advance(days=2)
    finding = found(dossier, acting, observation=entry.sha256, found_on=acting("rachid").today)
    assert (finding.observation, finding.found_on) == (entry.sha256, visit.planned_on)
    session.flush()
    require_conformity(dossier, actor=acting("rachid"))
    session.flush()
    with pytest.raises(DatabaseError, match="stays as it was"):
        session.execute(text("UPDATE finding SET observation = NULL"))


def test_an_observation_of_another_dossier_is_not_taken_over(acting, clock, dossier, store):
    other = under_examination(acting, store=store)
    entry = recorded(begun(other, acting, clock), acting("ines"), kind="note", body={"text": "x"})
    with pytest.raises(NotFound):
        found(dossier, acting, observation=entry.sha256)
