"""What the rapporteur finds to correct: raised, taken back, sent, answered."""

from datetime import date, timedelta

import pytest

from certify.operations.documents import answer_finding
from certify.operations.dossiers import ask_decision, prove_conformity
from certify.operations.findings import raise_finding, remove_finding, require_conformity
from certify.queries.dossiers import list_events
from certify.queries.evaluation import list_findings, list_sent
from certify.workflows.dossier import State
from certify.workflows.errors import AlreadyDone, NotAllowed, NotFound, Refused, Stale, WrongState
from tests.factories import filed, store_in, under_examination

DUE = date(2026, 12, 20)
LATEST = date(2027, 5, 23)


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


@pytest.fixture
def dossier(acting, store):
    return under_examination(acting, store=store)


def found(dossier, acting, statement="Le poids net manque.", due_on=DUE, **more):
    return raise_finding(dossier, grade="minor", statement=statement, due_on=due_on, actor=acting("rachid"), **more)


def answer_all(session, dossier, acting):
    for finding in list_findings(session, dossier):
        answer_finding(finding, stored=None, answer="Corrigé.", actor=acting("alice"))
    prove_conformity(dossier, actor=acting("alice"))


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


def test_what_is_not_under_examination_has_no_finding(session, acting, store):
    dossier = filed(acting("alice"), store=store)
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
