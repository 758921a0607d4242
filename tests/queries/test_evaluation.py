"""What is read of an evaluation: the grid judged, the missions sorted, the report read back."""
# ruff: noqa: F811

import pytest
from sqlalchemy import event

from certify.extensions import db
from certify.models import Report
from certify.operations.measurements import write_measurements
from certify.queries.committee import blocking_facts
from certify.queries.evaluation import Measured, get_finding, get_report, judged_grid
from certify.queries.missions import Turn, get_examination, list_missions, turn_of
from certify.queries.reports import read_report
from certify.workflows.criteria import Verdict
from certify.workflows.errors import NotFound
from tests.missions import mission, played, settled_sqlite  # noqa: F401

TURNS = {
    "filed": None,
    "empty": Turn.MINE,
    "graded": Turn.MINE,
    "asked": Turn.OTHERS,
    "as_it_stands": Turn.MINE,
    "reported": Turn.OTHERS,
}


@pytest.mark.parametrize(
    ("category", "typed", "verdict"),
    [
        (None, "1.0", Verdict.CONFORM),
        ("extra_virgin", "0.8", Verdict.CONFORM),
        ("extra_virgin", "0.81", Verdict.NOT_CONFORM),
        ("virgin", "1.0", Verdict.CONFORM),
    ],
)
def test_the_declared_category_sets_the_limits(acting, mission, category, typed, verdict):
    dossier = mission("empty")
    dossier.product.filiere, dossier.product.category = "olive_oil", category
    write_measurements(dossier, {"olive_oil.acidity": Measured(value=typed)}, actor=acting("rachid"))
    row = next(row for row in judged_grid(db.session, dossier) if row.criterion.code == "olive_oil.acidity")
    assert row.verdict is verdict


def test_the_committee_and_the_rapporteur_read_one_grid(session, mission, acting):
    dossier = mission("over")
    blocking = blocking_facts(session, dossier, acting(None).today)
    assert [facts["criterion"].code for _sentence, facts in blocking] == ["general.pesticides"]
    assert [row.criterion.code for row in judged_grid(session, dossier) if row.is_blocking] == ["general.pesticides"]


@pytest.mark.parametrize("name", [name for name in TURNS if TURNS[name]])
def test_whose_turn_a_mission_is(mission, name):
    assert turn_of(mission(name)) is TURNS[name]


def test_missions_are_those_of_the_rapporteur_the_most_pressing_first(session, user, acting, mission):
    missions = list_missions(session, rapporteur=user("rachid"), today=acting(None).today)
    assert [row.dossier for row in missions[Turn.OTHERS]] == [mission("reported"), mission("asked")]
    assert mission("filed") not in [row.dossier for rows in missions.values() for row in rows]
    others = list_missions(session, rapporteur=user("carol"), today=acting(None).today)
    assert [rows for rows in others.values() if rows] == []


def test_a_desk_asks_as_many_questions_for_one_mission_as_for_many(session, user, acting, mission):
    def questions():
        asked = []
        event.listen(db.engine, "before_cursor_execute", lambda *call: asked.append(call[2]))
        for rows in list_missions(session, rapporteur=user("rachid"), today=acting(None).today).values():
            for row in rows:
                _ = row.dossier.product.name_fr, row.dossier.organisation.name_fr
        return len(asked)

    many = questions()
    for name in ("graded", "found", "asked", "over"):
        mission(name).rapporteur_id = user("dora").id
    session.commit()
    assert questions() == many


def test_an_examination_says_what_is_offered_and_what_stands_in_the_way(session, user, acting, mission):
    work = get_examination(session, mission("empty"), reader=user("rachid"), today=acting(None).today)
    assert [(str(offer.action), bool(offer.refusal)) for offer in work.offers] == [
        ("submit_report", True),
        ("require_conformity", True),
        ("take_sample", False),
        ("close_finding", False),
        ("reject_correction", False),
        ("send_sample", False),
        *((name, False) for name in ("plan_visit", "change_visit", "cancel_visit", "rule_task")),
        *((name, False) for name in ("begin_visit", "close_visit")),
    ]
    assert (work.is_open, work.mandatory, len(work.missing), work.unsent) == (True, 13, 13, [])


def test_a_finding_of_another_dossier_is_not_found(session, mission):
    with pytest.raises(NotFound):
        get_finding(session, mission("graded"), 1)


def test_a_report_that_was_altered_says_so(session, mission):
    dossier = mission("reported")
    kept = get_report(session, dossier)
    altered = Report(body=kept.body.replace("LOARC", "LOARK"), sha256=kept.sha256)
    assert (read_report(dossier, kept).is_whole, read_report(dossier, altered).is_whole) == (True, False)


def test_a_report_that_is_not_there_is_not_found(session, mission):
    for name, version in (("graded", None), ("reported", 2)):
        with pytest.raises(NotFound):
            get_report(session, mission(name), version)
