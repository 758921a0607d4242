"""Two pages of one rapporteur at the same moment, on real connections: nothing is reported twice, nothing is lost."""
# ruff: noqa: F811

from certify.extensions import db
from certify.models import Dossier, Event, Measurement, Report
from certify.operations.evaluation import submit_report
from certify.operations.findings import raise_finding, require_conformity
from certify.operations.measurements import write_measurements
from certify.queries.evaluation import Measured
from tests import factories
from tests.operations.test_simultaneous_office import acting, at_once, count, store  # noqa: F401
from tests.scenes import once

MOISTURE, HMF = "honey.moisture", "honey.hmf"
NOTHING = Measured().trace


def on(number, act):
    """Let an act be done on the dossier of this number, as each connection sees it."""
    return lambda actor: act(actor.session.get(Dossier, number), actor)


def written(code, value):
    return lambda dossier, actor: write_measurements(
        dossier, {code: Measured(value=value)}, seen={code: NOTHING}, actor=actor
    )


def report(version=None):
    return lambda dossier, actor: submit_report(
        dossier, proposal="favourable", sections=factories.sections("Conforme."), version=version, actor=actor
    )


def test_a_report_is_submitted_once(at_once):
    number = once(factories.graded).id
    assert at_once(*[("rachid", on(number, report()))] * 4) == 1
    assert count(Report, Report.dossier_id == number) == 1
    assert count(Event, Event.dossier_id == number, Event.action == "submit_report") == 1


def test_one_row_is_written_once_and_two_rows_both(at_once):
    number = once(factories.under_examination).id
    assert at_once(*[("rachid", on(number, written(MOISTURE, value))) for value in ("18", "19")]) == 1
    pages = {"honey.sugars": "70", HMF: "12"}
    assert at_once(*[("rachid", on(number, written(code, value))) for code, value in pages.items()]) == 2
    assert count(Measurement, Measurement.dossier_id == number) == 3


def test_no_report_leaves_on_a_grid_that_moves_under_it(at_once):
    dossier = once(factories.graded)
    db.session.commit()
    number, version = dossier.id, dossier.version

    def change(dossier, actor):
        write_measurements(dossier, {HMF: Measured(value="99")}, actor=actor)

    assert at_once(("rachid", on(number, report(version))), ("rachid", on(number, change))) == 1
    reported, changed = count(Report, Report.dossier_id == number), count(Measurement, Measurement.value == "99")
    assert (reported, changed) in {(1, 0), (0, 1)}


def test_conformity_is_asked_for_or_the_report_submitted(acting, at_once):
    dossier = once(factories.graded)
    due = acting("rachid").today.replace(month=12)
    raise_finding(dossier, grade="minor", statement="Le lot manque.", due_on=due, actor=acting("rachid"))
    db.session.commit()
    number = dossier.id

    def ask(dossier, actor):
        require_conformity(dossier, actor=actor)

    assert at_once(("rachid", on(number, ask)), ("rachid", on(number, report()))) == 1
    reported = count(Report, Report.dossier_id == number)
    assert db.session.get(Dossier, number).state == ("ready" if reported else "conformity")
