"""The grid as the rapporteur fills it in, and what never gets in."""

from dataclasses import replace

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from certify.extensions import db
from certify.models import Measurement, User
from certify.operations.acting import Actor
from certify.operations.evaluation import submit_report
from certify.operations.measurements import write_measurements
from certify.queries.admissibility import list_current_documents
from certify.queries.evaluation import Measured, find_measurement, judged_grid, measured_of, missing_criteria
from certify.workflows.criteria import Verdict
from certify.workflows.errors import Malformed, NotAllowed, NotFound, Stale, WrongState
from tests.factories import filed, graded, sections, store_in, under_examination
from tests.scenes import once
from tests.times import Clock

MOISTURE, HMF = "honey.moisture", "honey.hmf"


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


@pytest.fixture
def dossier(app):
    return once(under_examination)


def kept(session, dossier, code=MOISTURE):
    return measured_of(find_measurement(session, dossier, code))


def test_a_value_is_kept_in_one_way_of_writing(session, acting, dossier):
    changed = write_measurements(dossier, {MOISTURE: Measured(value=" ١٨٫٥٠ %")}, actor=acting("rachid"))
    assert (changed, kept(session, dossier)) == ((MOISTURE,), Measured(value="18.50"))


@pytest.mark.parametrize(
    ("typed", "verdict"),
    [("20", Verdict.CONFORM), ("20,1", Verdict.NOT_CONFORM), (None, Verdict.MISSING)],
)
def test_the_grid_judges_what_was_entered(session, acting, dossier, typed, verdict):
    write_measurements(dossier, {MOISTURE: Measured(value=typed)}, actor=acting("rachid"))
    assert next(row.verdict for row in judged_grid(session, dossier) if row.criterion.code == MOISTURE) is verdict


def test_only_a_legal_limit_blocks(session, acting, dossier):
    rows = {MOISTURE: Measured(value="30"), "general.pesticides": Measured(value="absent")}
    write_measurements(dossier, rows, actor=acting("rachid"))
    assert [row.criterion.code for row in judged_grid(session, dossier) if row.is_blocking] == ["general.pesticides"]


def test_a_mandatory_criterion_needs_value_and_evidence(session, acting, dossier):
    before = missing_criteria(session, dossier)
    write_measurements(dossier, {MOISTURE: Measured(value="18")}, actor=acting("rachid"))
    assert missing_criteria(session, dossier) == before
    evidence = list_current_documents(session, dossier)[0].id
    write_measurements(dossier, {MOISTURE: Measured(value="18", evidence_id=evidence)}, actor=acting("rachid"))
    assert [one.code for one in before if one not in missing_criteria(session, dossier)] == [MOISTURE]


def test_a_row_left_empty_is_removed(session, acting, dossier):
    write_measurements(dossier, {MOISTURE: Measured(value="18")}, actor=acting("rachid"))
    write_measurements(dossier, {MOISTURE: Measured(method="AOAC 969.38")}, actor=acting("rachid"))
    assert session.scalars(select(Measurement)).all() == []


def test_a_change_counts_on_the_dossier_and_nothing_changed_does_not(session, acting, dossier):
    start = dossier.version
    for _ in range(2):
        write_measurements(dossier, {MOISTURE: Measured(value="18")}, actor=acting("rachid"))
        session.flush()
    assert dossier.version == start + 1


def test_two_pages_open_on_one_grid_keep_what_each_typed(session, acting, dossier):
    shown = {MOISTURE: Measured().trace, HMF: Measured().trace}
    rapporteur = acting("rachid")
    write_measurements(dossier, {MOISTURE: Measured(value="18"), HMF: Measured()}, seen=shown, actor=rapporteur)
    write_measurements(dossier, {MOISTURE: Measured(), HMF: Measured(value="12")}, seen=shown, actor=rapporteur)
    assert (kept(session, dossier).value, kept(session, dossier, HMF).value) == ("18", "12")


def test_two_pages_that_change_one_row_do_not_silence_each_other(session, acting, dossier):
    shown, rapporteur = {MOISTURE: Measured().trace}, acting("rachid")
    write_measurements(dossier, {MOISTURE: Measured(value="18")}, seen=shown, actor=rapporteur)
    with pytest.raises(Stale):
        write_measurements(dossier, {MOISTURE: Measured(value="19")}, seen=shown, actor=rapporteur)
    assert kept(session, dossier).value == "18"


def test_every_particular_of_a_row_has_its_trace():
    row = Measured("18", "AOAC", "LOARC", None, 3, "Lot 12")
    others = [replace(row, **{name: None}) for name in ("value", "method", "laboratory", "evidence_id", "note")]
    stated = [replace(row, **{name: "1"}) for name in ("uncertainty", "unit", "stated_value", "stated_uncertainty")]
    assert len({one.trace for one in [row, *others, *stated]}) == 10


def test_a_value_stated_in_another_unit_is_judged_in_that_of_the_criterion(session, acting, dossier):
    typed = Measured(value="201", uncertainty="2", unit="g/kg")
    write_measurements(dossier, {MOISTURE: typed}, actor=acting("rachid"))
    expected = Measured(value="20.1", uncertainty="0.2", unit="g/kg", stated_value="201", stated_uncertainty="2")
    assert kept(session, dossier) == expected
    row = next(row for row in judged_grid(session, dossier) if row.criterion.code == MOISTURE)
    assert (row.verdict, row.is_uncertain) == (Verdict.NOT_CONFORM, True)


def test_an_answer_that_is_no_number_keeps_no_unit(session, acting, dossier):
    typed = Measured(value="present", uncertainty="2", unit="g/kg")
    write_measurements(dossier, {"general.origin": typed}, actor=acting("rachid"))
    assert kept(session, dossier, "general.origin") == Measured(value="present")


@pytest.mark.parametrize("particulars", [{"uncertainty": "1"}, {"unit": "g/kg"}, {"stated_value": "1"}])
def test_the_tables_keep_no_statement_without_its_value(any_app, particulars):
    session, clock = db.session, Clock()
    user = lambda name: session.query(User).filter_by(email=f"{name}@example.ma").one()  # noqa: E731
    dossier = under_examination(lambda name: Actor(session, user(name), clock()), store=store_in(any_app.instance_path))
    row = {"dossier_id": dossier.id, "criterion": MOISTURE, "entered_by_id": 1, "entered_at": clock()}
    with pytest.raises(IntegrityError):
        session.execute(insert(Measurement).values(**row, **particulars))


@pytest.mark.parametrize("typed", ["abc", "<0,1", "1 200 000 000 000 000", "NaN", "1e5"])
def test_a_value_that_is_no_number_is_refused(session, acting, dossier, typed):
    with pytest.raises(Malformed):
        write_measurements(dossier, {MOISTURE: Measured(value=typed)}, actor=acting("rachid"))
    assert kept(session, dossier) == Measured()


def test_what_is_not_of_this_dossier_is_not_found(session, acting, store, dossier):
    other = filed(acting("mallory"), store=store)
    foreign = list_current_documents(session, other)[0].id
    for rows in ({"saffron.crocin": Measured(value="1")}, {MOISTURE: Measured(value="18", evidence_id=foreign)}):
        with pytest.raises(NotFound):
            write_measurements(dossier, rows, actor=acting("rachid"))


def test_the_identity_card_is_no_evidence(session, acting, dossier):
    identity = next(piece.id for piece in list_current_documents(session, dossier) if piece.kind == "identity")
    with pytest.raises(NotFound):
        write_measurements(dossier, {MOISTURE: Measured(value="18", evidence_id=identity)}, actor=acting("rachid"))


@pytest.mark.parametrize("name", ["alice", "carol", "bob", "pia", "mallory", "aude"])
def test_nobody_else_fills_in_the_grid(session, acting, dossier, name):
    with pytest.raises(NotAllowed):
        write_measurements(dossier, {MOISTURE: Measured(value="18")}, actor=acting(name))
    assert kept(session, dossier) == Measured()


def test_the_grid_is_closed_once_reported(acting):
    dossier = once(graded)
    submit_report(dossier, proposal="favourable", sections=sections("Conforme."), actor=acting("rachid"))
    with pytest.raises(WrongState):
        write_measurements(dossier, {MOISTURE: Measured(value="1")}, actor=acting("rachid"))
