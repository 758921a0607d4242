"""Samples: taken, sent, answered once; what lands in the grid, what stays beside, and what never changes."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.exc import DatabaseError

from certify.extensions import db
from certify.models import AnalysisResult, Event, Measurement, Message, Portion, Sample
from certify.operations import samples
from certify.operations.dossiers import withdraw_dossier
from certify.operations.evaluation import submit_report
from certify.operations.measurements import write_measurements
from certify.queries.documents import list_documents
from certify.queries.evaluation import find_measurement, measured_of
from certify.queries.measured import Measured
from certify.queries.samples import list_analysed, list_laboratories
from certify.workflows.errors import AlreadyDone, Malformed, NotAllowed, NotFound, Refused, Stale, WrongState
from certify.workflows.permissions import Role
from certify.workflows.sampling import Part, Progress
from tests import factories
from tests.operations.test_simultaneous_office import acting, at_once, count, store  # noqa: F401
from tests.sampling import AGAIN, FOUND, HMF, MOISTURE, PLACE, analysed, contested, submit, taken
from tests.scenes import once

# ruff: noqa: F811


@pytest.fixture
def dossier(any_app):
    return once(factories.under_examination)


def kept(dossier, code=MOISTURE):
    return find_measurement(db.session, dossier, code)


def actions(dossier):
    asked = select(Event.action).where(Event.dossier_id == dossier.id).order_by(Event.sequence)
    return db.session.scalars(asked).all()


def test_a_sample_is_split_in_three_and_its_first_part_is_sent(dossier, acting):
    sample = taken(dossier, acting)
    assert [(one.part, one.progress) for one in sample.portions] == [
        (Part.ANALYSIS, Progress.AWAITED),
        (Part.COUNTER_ANALYSIS, Progress.KEPT),
        (Part.WITNESS, Progress.KEPT),
    ]
    assert len({one.code for one in sample.portions}) == 3
    assert actions(dossier)[-2:] == ["take_sample", "send_sample"]


def test_what_a_laboratory_finds_lands_in_the_grid_with_its_bulletin(dossier, acting, store):
    portion = analysed(taken(dossier, acting), acting, store).portions[0]
    row = kept(dossier)
    assert measured_of(row) == Measured(
        value="18.5", uncertainty="2", unit="g/kg", stated_value="185", stated_uncertainty="20", method="AOAC 969.38",
        laboratory="LOARC Agadir", measured_on=acting("lina").today, evidence_id=portion.bulletin_id,
    )  # fmt: skip
    assert (row.portion_id, row.evidence.kind, actions(dossier)[-1]) == (
        portion.id,
        f"bulletin-{portion.id}",
        "submit_results",
    )
    assert portion.bulletin in list_documents(db.session, dossier, reader=acting("rachid").user)


def test_the_laboratory_is_written_its_code_and_the_rapporteur_the_news(dossier, acting, store):
    sample = analysed(taken(dossier, acting), acting, store)
    code = sample.portions[0].code
    sent = db.session.scalars(select(Message).where(Message.recipient_id == acting("lina").id)).all()
    expected = {"number": code, "path": f"/analyses/{code}", "on": acting("lina").today.isoformat()}
    assert [(one.kind, one.dossier_id, one.facts) for one in sent] == [("sample_sent", None, expected)]
    told = select(Message.recipient_id).where(Message.kind == "results_submitted")
    assert db.session.scalars(told).all() == [acting("rachid").id]


def test_the_counter_analysis_counts_and_both_are_kept(dossier, acting, store):
    sample = contested(analysed(taken(dossier, acting), acting, store), acting)
    submit(sample, Part.COUNTER_ANALYSIS, acting("lotfi"), store, AGAIN)
    assert (kept(dossier).value, kept(dossier).laboratory) == ("19.5", "Laboratoire du Souss")
    both = list_analysed(db.session, dossier)[MOISTURE]
    assert [(one.measured.value, one.prevails) for one in both] == [("18.5", False), ("19.5", True)]


def test_a_value_that_only_the_first_analysis_has_stays(dossier, acting, store):
    sample = contested(analysed(taken(dossier, acting), acting, store), acting)
    submit(sample, Part.COUNTER_ANALYSIS, acting("lotfi"), store, {HMF: AGAIN[HMF]})
    assert (kept(dossier).laboratory, kept(dossier, HMF).value) == ("LOARC Agadir", "14")


def test_the_note_of_the_rapporteur_stays_and_a_changed_value_is_no_longer_the_laboratorys(dossier, acting, store):
    write_measurements(dossier, {MOISTURE: Measured(value="30", note="À vérifier")}, actor=acting("rachid"))
    analysis = analysed(taken(dossier, acting), acting, store)
    held = measured_of(kept(dossier))
    assert (held.value, held.note) == ("18.5", "À vérifier")
    write_measurements(dossier, {MOISTURE: replace(held, note="Vu")}, actor=acting("rachid"))
    assert kept(dossier).portion_id == analysis.portions[0].id
    write_measurements(dossier, {MOISTURE: Measured(value="17")}, actor=acting("rachid"))
    assert (kept(dossier).value, kept(dossier).portion_id) == ("17", None)


def test_results_are_submitted_once(dossier, acting, store):
    sample = analysed(taken(dossier, acting), acting, store)
    with pytest.raises(AlreadyDone):
        submit(sample, Part.ANALYSIS, acting("lina"), store, AGAIN)
    assert kept(dossier).value == "18.5"


def test_one_of_several_submissions_counts(dossier, acting, store, at_once):
    sample = taken(dossier, acting)
    portion, number = sample.portions[0].id, dossier.id

    def send(value):
        def sending(actor):
            found = {MOISTURE: Measured(value=value)}
            bulletin = factories.stored(store, "bulletin")
            row = actor.session.get(Portion, portion)
            samples.submit_results(row, found, measured_on=actor.today, bulletin=bulletin, actor=actor)

        return sending

    assert at_once(*[("lina", send(value)) for value in ("11", "12", "13", "14")]) == 1
    assert count(AnalysisResult) == count(Measurement, Measurement.dossier_id == number) == 1
    assert count(Event, Event.dossier_id == number, Event.action == "submit_results") == 1


def test_a_counter_analysis_is_sent_once(dossier, acting, store, at_once):
    sample = analysed(taken(dossier, acting), acting, store)
    number = sample.id

    def send(actor):
        samples.send_counter_analysis(
            actor.session.get(Sample, number), laboratory=acting("lotfi").user, reason="Contestée.", actor=actor
        )

    assert at_once(*[("rachid", send)] * 3) == 1
    assert count(Event, Event.dossier_id == dossier.id, Event.action == "send_sample") == 2


def test_no_report_leaves_on_results_that_came_meanwhile(acting, store):
    dossier = once(factories.graded)
    sample = taken(dossier, acting)
    version = dossier.version
    analysed(sample, acting, store)
    with pytest.raises(Stale):
        submit_report(
            dossier, proposal="favourable", sections=factories.sections("Vu."), version=version, actor=acting("rachid")
        )


def test_once_withdrawn_nothing_is_awaited(acting, store):
    dossier = once(factories.graded)
    sample = taken(dossier, acting)
    withdraw_dossier(dossier, actor=acting("alice"))
    with pytest.raises(WrongState):
        analysed(sample, acting, store)
    with pytest.raises(WrongState):
        taken(dossier, acting)


def test_who_may_not_take_or_answer(dossier, acting, store):
    sample = taken(dossier, acting)
    for name in ("alice", "carol", "bob", "lina"):
        with pytest.raises(NotAllowed):
            samples.take_sample(
                dossier, taken_on=acting(name).today, place=PLACE, taken_by="x", criteria=[HMF],
                laboratory=acting("lina").user, actor=acting(name),
            )  # fmt: skip
    for name in ("rachid", "lotfi", "alice"):
        with pytest.raises(NotAllowed):
            submit(sample, Part.ANALYSIS, acting(name), store)


def test_what_cannot_be_submitted(dossier, acting, store):
    portion, lina = taken(dossier, acting).portions[0], acting("lina")
    good = {"measured_on": lina.today, "bulletin": factories.stored(store, "bulletin"), "actor": lina}
    photo = factories.stored(store, "photo", factories.a_photo())
    for rows, changed, error in (
        ({MOISTURE: Measured(value="18 mL")}, {}, Malformed),
        ({MOISTURE: Measured()}, {}, Malformed),
        ({"honey.diastase": Measured(value="9")}, {}, NotFound),
        (FOUND, {"measured_on": lina.today + timedelta(days=1)}, Malformed),
        (FOUND, {"measured_on": lina.today - timedelta(days=1)}, Malformed),
        (FOUND, {"bulletin": photo}, Malformed),
        (FOUND, {"version": portion.version + 1}, Stale),
    ):
        with pytest.raises(error):
            samples.submit_results(portion, rows, **good | changed)
    assert (portion.submitted_at, kept(dossier)) == (None, None)


def test_a_counter_analysis_waits_for_the_first_and_goes_elsewhere(dossier, acting, store):
    sample = taken(dossier, acting)
    with pytest.raises(Refused):
        contested(sample, acting)
    analysed(sample, acting, store)
    with pytest.raises(Refused):
        samples.send_counter_analysis(
            sample, laboratory=acting("lina").user, reason="Contestée.", actor=acting("rachid")
        )


def test_whoever_has_another_role_is_not_blind_and_receives_nothing(dossier, acting):
    lina = acting("lina").user
    lina.held_roles.append(type(lina.held_roles[0])(role=Role.RAPPORTEUR))
    db.session.flush()
    assert [user.name for user in list_laboratories(db.session)] == ["Lotfi Test"]
    with pytest.raises(Refused):
        taken(dossier, acting)


BREAKING = {
    "a sample is altered": lambda sample: update(Sample).values(place="ailleurs"),
    "a sample is deleted": lambda sample: delete(Sample),
    "a part changes its code": lambda sample: update(Portion).values(code="x").where(Portion.part == "witness"),
    "a part is deleted": lambda sample: delete(Portion).where(Portion.part == "witness"),
    "a part changes laboratory": lambda sample: (
        update(Portion).values(laboratory_id=1).where(Portion.id == contest(sample))
    ),
    "the witness is sent": lambda sample: (
        update(Portion).values(laboratory_id=1, sent_at=sample.recorded_at).where(Portion.part == "witness")
    ),
    "submitted results move": lambda sample: update(Portion).values(reason="x").where(Portion.part == "analysis"),
    "a result is altered": lambda sample: update(AnalysisResult).values(value="1"),
    "a result is deleted": lambda sample: delete(AnalysisResult),
    "a result comes late": lambda sample: insert(AnalysisResult).values(
        portion_id=sample.portions[0].id, criterion="x", value="1"
    ),
    "a result comes for a part that was never sent": lambda sample: insert(AnalysisResult).values(
        portion_id=sample.portions[2].id, criterion="x", value="1"
    ),
    "results come without a bulletin": lambda sample: (
        update(Portion)
        .values(submitted_at=sample.recorded_at, measured_on=sample.taken_on)
        .where(Portion.id == contest(sample))
    ),
    "two parts are witnesses": lambda sample: insert(Portion).values(
        sample_id=sample.id, part="witness", code="other", version=1
    ),
}


def contest(sample):
    return sample.portions[1].id


def rows():
    tables = (kind.__table__ for kind in (Portion, AnalysisResult))
    return [row for table in tables for row in db.session.execute(select(table).order_by(table.c.id))]


@pytest.mark.parametrize("breaking", BREAKING)
def test_the_database_keeps_what_was_taken_and_found(dossier, acting, store, breaking):
    sample = contested(analysed(taken(dossier, acting), acting, store), acting)
    db.session.commit()
    before = rows()
    with pytest.raises(DatabaseError):
        db.session.execute(BREAKING[breaking](sample).execution_options(synchronize_session=False))
    db.session.rollback()
    assert rows() == before
