"""The tasks of a mission: ruled on in writing, closed by what is really done; the report waits for all of them."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from certify.extensions import db
from certify.models import Event, Report, TaskRuling
from certify.operations import visits
from certify.operations.evaluation import submit_report
from certify.operations.tasks import rule_task
from certify.queries.tasks import list_lacks, list_tasks
from certify.workflows.errors import Malformed, NotAllowed, Refused, Stale
from certify.workflows.mission import Lack, Settled, Task
from tests import factories
from tests.operations.test_simultaneous_office import acting, at_once, count, store  # noqa: F401
from tests.sampling import analysed, taken
from tests.scenes import once
from tests.times import NOON
from tests.visiting import begun, planned

# ruff: noqa: F811


@pytest.fixture
def dossier(any_app):
    return once(factories.under_examination)


def rule(dossier, acting, task, standing, *, name="rachid", statement="Vu.", **more):
    return rule_task(dossier, task, standing=standing, statement=statement, actor=acting(name), **more)


def test_every_task_opens_with_the_examination_with_its_last_day(dossier, acting):
    found = list_tasks(db.session, dossier, acting("rachid").today)
    assert [(one.task, one.lack, (one.reading.due_on - NOON.date()).days) for one in found] == [
        (Task.DOCUMENTS, Lack.UNREAD, 20),
        (Task.VISIT, Lack.VISIT_UNDECIDED, 45),
        (Task.SAMPLING, Lack.SAMPLING_UNDECIDED, 45),
    ]


def test_a_ruling_is_kept_with_its_words_and_the_last_counts(dossier, acting):
    rule(dossier, acting, Task.VISIT, Settled.NOT_NEEDED)
    rule(dossier, acting, Task.VISIT, Settled.NEEDED, statement="Le lot est douteux.")
    assert list_lacks(db.session, dossier) == {Lack.UNREAD, Lack.UNVISITED, Lack.SAMPLING_UNDECIDED}
    events = db.session.execute(select(Event.reason, Event.facts).where(Event.action == "rule_task")).all()
    assert [(reason, facts["standing"]) for reason, facts in events] == [
        ("Vu.", "not_needed"),
        ("Le lot est douteux.", "needed"),
    ]


def test_what_was_begun_or_has_no_words_is_refused(dossier, acting):
    planned(dossier, acting)
    with pytest.raises(Refused, match="has begun"):
        rule(dossier, acting, Task.VISIT, Settled.NOT_NEEDED)
    with pytest.raises(Refused, match="settled so"):
        rule(dossier, acting, Task.SAMPLING, Settled.CONCLUDED)
    with pytest.raises(Malformed):
        rule(dossier, acting, Task.SAMPLING, Settled.NOT_NEEDED, statement="")
    with pytest.raises(Stale):
        rule(dossier, acting, Task.SAMPLING, Settled.NOT_NEEDED, version=1)
    assert db.session.scalars(select(TaskRuling)).all() == []


def test_what_the_regulation_imposes_on_a_value_chain_is_not_set_aside(dossier, acting):
    dossier.product.filiere = "dairy"
    with pytest.raises(Refused, match="impose"):
        rule(dossier, acting, Task.VISIT, Settled.NOT_NEEDED)
    assert Lack.UNVISITED in list_lacks(db.session, dossier)


@pytest.mark.parametrize("name", ["carol", "ines", "alice"])
def test_only_the_rapporteur_rules(dossier, acting, name):
    with pytest.raises(NotAllowed):
        rule(dossier, acting, Task.DOCUMENTS, Settled.CONCLUDED, name=name)


def report(dossier, acting):
    said = factories.sections("Conforme.")
    return submit_report(dossier, proposal="favourable", sections=said, actor=acting("rachid"))


def test_the_report_waits_for_the_visit_to_be_closed(acting, clock):
    dossier = once(factories.graded)
    visit = begun(dossier, acting, clock)
    with pytest.raises(Refused, match="planned or under way"):
        report(dossier, acting)
    assert db.session.scalars(select(Report)).all() == []
    visits.close_visit(visit, summary="Vu.", actor=acting("ines"))
    assert report(dossier, acting).version == 1


def test_the_report_waits_for_a_sample_at_the_laboratory(acting, store):
    dossier = once(factories.graded)
    sample = taken(dossier, acting)
    with pytest.raises(Refused, match="still at the laboratory"):
        report(dossier, acting)
    analysed(sample, acting, store)
    assert list_lacks(db.session, dossier) == frozenset()


@pytest.mark.parametrize(
    "statement",
    [
        update(TaskRuling).values(statement="Autre chose."),
        delete(TaskRuling),
    ],
)
def test_the_database_keeps_every_ruling(dossier, acting, statement):
    rule(dossier, acting, Task.DOCUMENTS, Settled.CONCLUDED)
    db.session.commit()
    with pytest.raises(DatabaseError):
        db.session.execute(statement)
    db.session.rollback()


@pytest.mark.parametrize(
    "change",
    [{"statement": ""}, {"task": "visit"}, {"standing": "needed"}, {"task": "documents", "standing": "needed"}],
)
def test_the_database_refuses_a_ruling_that_says_nothing(dossier, acting, change):
    row = {"dossier_id": dossier.id, "task": "documents", "standing": "concluded", "statement": "Vu."}
    row |= {"ruled_by_id": acting("rachid").id, "ruled_at": NOON}
    with pytest.raises(DatabaseError):
        db.session.execute(insert(TaskRuling).values(row | change))
    db.session.rollback()
