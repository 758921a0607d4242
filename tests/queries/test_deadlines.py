"""Both legal clocks, read from what happened to a dossier."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from certify.models.meeting import AwaitedFrom
from certify.operations import admissibility, documents, dossiers
from certify.queries.deadlines import completeness_reading, decision_reading, moments, read_many
from certify.workflows.clock import Moment, Runs
from certify.workflows.dossier import COMPLETENESS, DECISION
from tests.factories import draft, filed, store_in, under_examination
from tests.scenes import once

NOON = datetime(2026, 11, 2, 11, 0, tzinfo=UTC)


def moves(*targets: str):
    return [SimpleNamespace(at=NOON + timedelta(days=day), target=target) for day, target in enumerate(targets)]


def on(day: int, runs: Runs) -> Moment:
    return Moment(date(2026, 11, 2) + timedelta(days=day), runs)


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


def test_completeness_runs_from_filing_and_stops_for_the_applicant():
    span = moments(moves("filed", "checking", "complement", "checking", "admissible"), COMPLETENESS)
    run, stop, end = Runs.RUNNING, Runs.STOPPED, Runs.ENDED
    assert span == [on(0, run), on(1, run), on(2, stop), on(3, run), on(4, end)]


def test_the_decision_runs_from_the_complete_file():
    span = moments(moves("filed", "checking", "admissible", "examination", "conformity", "examination"), DECISION)
    run, stop = Runs.RUNNING, Runs.STOPPED
    assert span == [on(2, run), on(3, run), on(4, stop), on(5, run)]


@pytest.mark.parametrize(
    ("owed_by", "runs"),
    [(AwaitedFrom.APPLICANT, Runs.STOPPED), (AwaitedFrom.ADMINISTRATION, Runs.RUNNING), (None, Runs.STOPPED)],
)
def test_an_adjournment_stops_the_clock_unless_the_administration_owes(owed_by, runs):
    span = moments(moves("admissible", "deliberation", "adjourned"), DECISION, [owed_by])
    assert span[-1] == on(2, runs)


def test_each_adjournment_has_its_own_debtor():
    span = moments(
        moves("admissible", "adjourned", "ready", "adjourned"),
        DECISION,
        [AwaitedFrom.ADMINISTRATION, AwaitedFrom.APPLICANT],
    )
    assert [moment.runs for moment in span] == [Runs.RUNNING, Runs.RUNNING, Runs.RUNNING, Runs.STOPPED]


def test_the_day_is_that_of_casablanca():
    late = [SimpleNamespace(at=datetime(2026, 7, 2, 23, 30, tzinfo=UTC), target="filed")]
    assert moments(late, COMPLETENESS) == [Moment(date(2026, 7, 3), Runs.RUNNING)]


def test_a_draft_has_no_clock(session, acting):
    dossier = once(draft, is_complete=False)
    today = acting(None).today
    assert (completeness_reading(session, dossier, today), decision_reading(session, dossier, today)) == (None, None)
    dossiers.withdraw_dossier(dossier, actor=acting("alice"))
    assert read_many(session, [dossier], today)[dossier.id].current is None


def test_a_complement_stops_what_the_administration_has(session, acting, clock):
    dossier = once(filed)
    admissibility.take_up(dossier, actor=acting("carol"))
    clock.advance(days=4)
    complement = admissibility.request_complement(dossier, [("statutes", "Signés.")], actor=acting("carol"))
    clock.advance(days=10)
    reading = completeness_reading(session, dossier, acting(None).today)
    assert (reading.used, reading.is_stopped, reading.due_on) == (4, True, None)
    documents.answer_point(complement.points[0], stored=None, answer="Voici.", actor=acting("alice"))
    dossiers.answer_complement(dossier, actor=acting("alice"))
    reading = completeness_reading(session, dossier, acting(None).today)
    assert (reading.used, reading.is_stopped, reading.due_on) == (4, False, date(2027, 1, 2))


def test_the_decision_is_due_sixty_days_after_the_complete_file(session, acting):
    dossier = once(under_examination)
    readings = read_many(session, [dossier], acting(None).today)[dossier.id]
    assert (readings.decision.due_on, readings.completeness.is_over) == (date(2027, 1, 22), True)
    assert readings.current is readings.decision
