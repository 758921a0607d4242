"""The report: what it needs, what it freezes, and what it refuses to propose."""

import json
from datetime import date
from hashlib import sha256

import pytest

from certify.models.evaluation import Proposal
from certify.operations.dossiers import ask_decision
from certify.operations.evaluation import pass_over, submit_report
from certify.operations.findings import raise_finding, require_conformity
from certify.operations.measurements import write_measurements
from certify.queries.dossiers import list_events
from certify.queries.evaluation import Measured, get_report, list_reports, sanitary_faults
from certify.queries.reports import read_report
from certify.workflows.dossier import State
from certify.workflows.errors import NotAllowed, Refused, Stale, WrongState
from tests.factories import graded, reported, sections, store_in, under_examination
from tests.scenes import once

OVER = {"general_pesticides": "absent"}


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


def report(dossier, acting, proposal="favourable", act=submit_report, name="rachid", **more):
    return act(dossier, proposal=proposal, sections=sections("Le produit est conforme."), actor=acting(name), **more)


def as_it_stands(acting, store, **values):
    dossier = graded(acting, store=store, **values)
    raise_finding(dossier, grade="major", statement="Le lot manque.", due_on=date(2026, 12, 20), actor=acting("rachid"))
    require_conformity(dossier, actor=acting("rachid"))
    ask_decision(dossier, actor=acting("alice"))
    return dossier


def test_a_report_is_frozen_and_the_journal_holds_its_hash(session, acting):
    dossier = once(graded)
    made = report(dossier, acting)
    event = list_events(session, dossier)[-1]
    assert (dossier.state, made.version, made.sha256) == (State.READY, 1, sha256(made.body.encode()).hexdigest())
    assert event.documents == [{"name": "report-1", "sha256": made.sha256}]


def test_the_body_says_what_the_report_rests_on(session):
    made = get_report(session, once(reported, honey_moisture="18,5"))
    body = json.loads(made.body)
    row = next(row for row in body["grid"] if row["criterion"] == "honey.moisture")
    assert (row["value"], row["limit"], row["verdict"], row["laboratory"]) == (
        "18.5",
        "≤ 20 %",
        "conform",
        "LOARC Agadir",
    )
    assert (row["evidence"]["kind"], len(row["evidence"]["sha256"])) == ("test_reports", 64)
    assert {name: body[name] for name in ("dossier", "regulation", "proposal", "rapporteur")} == {
        "dossier": "DEM-2026-00001",
        "regulation": "2026-1",
        "proposal": "favourable",
        "rapporteur": "Rachid Test",
    }


def test_a_report_reads_the_same_whatever_changes_afterwards(session):
    dossier = once(reported)
    dossier.product.name_fr, dossier.site.sanitary_number = "Autre chose", None
    reading = read_report(dossier, get_report(session, dossier))
    assert (reading.product["name_fr"], reading.site["sanitary_number"]) == ("Miel d’euphorbe", "M.29.1.24")
    assert (reading.is_whole, reading.blocking, reading.missing) == (True, (), ())


def test_every_mandatory_criterion_is_asked_for(session, acting):
    dossier = once(graded)
    write_measurements(dossier, {"honey.hmf": Measured(value="10")}, actor=acting("rachid"))
    with pytest.raises(Refused, match="Every mandatory criterion"):
        report(dossier, acting)
    assert (dossier.state, list_reports(session, dossier)) == (State.EXAMINATION, [])


def test_the_sanitary_authorisation_is_valid_today(acting, clock):
    dossier = once(graded)
    dossier.site.sanitary_valid_to = acting(None).today
    clock.advance(days=1)
    with pytest.raises(Refused, match="sanitary authorisation is missing or no longer valid"):
        report(dossier, acting)
    clock.advance(days=-1)
    assert report(dossier, acting).version == 1


def test_a_report_is_written(acting):
    with pytest.raises(Refused, match="The report is not written"):
        submit_report(once(graded), proposal="favourable", sections=sections(""), actor=acting("rachid"))


@pytest.mark.parametrize("proposal", ["favourable", "favourable_with_reservations"])
def test_no_approval_is_proposed_against_a_legal_limit(session, acting, proposal):
    dossier = once(graded, **OVER)
    with pytest.raises(Refused, match="A fact forbids the approval"):
        report(dossier, acting, proposal)
    assert list_reports(session, dossier) == []
    blocking = read_report(dossier, report(dossier, acting, "unfavourable")).blocking
    assert [facts["criterion"].code for _sentence, facts in blocking] == ["general.pesticides"]


def test_what_the_applicant_leaves_as_it_is_goes_to_the_committee(session, acting, store):
    dossier = as_it_stands(acting, store, honey_hmf=None)
    made = read_report(dossier, report(dossier, acting, "unfavourable", pass_over))
    assert (dossier.state, made.is_as_it_stands, made.proposal) == (State.READY, True, Proposal.UNFAVOURABLE)
    assert [row.criterion.code for row in made.missing] == ["honey.hmf"]
    assert [(one.statement, one.answer) for one in made.corrections] == [("Le lot manque.", None)]


def test_nothing_is_passed_over_unless_the_applicant_asked(acting, store):
    dossier = as_it_stands(acting, store)
    dossier.asks_decision_as_is = False
    with pytest.raises(Refused, match="has not asked for a decision"):
        report(dossier, acting, act=pass_over)


def test_a_report_after_an_adjournment_is_the_next_version(session, acting):
    dossier = once(reported)
    dossier.state = State.EXAMINATION  # as an adjournment and its resumption leave it
    report(dossier, acting)
    assert [made.version for made in list_reports(session, dossier)] == [2, 1]


@pytest.mark.parametrize("name", ["alice", "carol", "pia", "bob", "mallory"])
def test_nobody_else_reports(session, acting, name):
    dossier = once(graded)
    with pytest.raises(NotAllowed):
        report(dossier, acting, name=name)
    assert list_reports(session, dossier) == []


def test_a_report_is_submitted_once(session, acting):
    dossier = once(reported)
    with pytest.raises(WrongState):
        report(dossier, acting)
    assert len(list_reports(session, dossier)) == 1


def test_no_report_on_a_grid_that_has_moved(session, acting):
    dossier = once(graded)
    shown = dossier.version
    write_measurements(dossier, {"honey.hmf": Measured(value="10")}, actor=acting("rachid"))
    with pytest.raises(Stale):
        report(dossier, acting, version=shown)
    assert list_reports(session, dossier) == []


@pytest.mark.parametrize(
    ("usage", "site", "holds"),
    [
        ("food", ("authorised", "M.29.1.24"), True),
        ("food", ("authorised", None), False),
        ("food", ("exempt", None), True),
        ("food", ("not_food", None), False),
        ("cosmetic", ("not_food", None), True),
        ("cosmetic", ("authorised", None), True),
    ],
)
def test_only_food_needs_the_sanitary_authorisation(acting, usage, site, holds):
    dossier = once(under_examination)
    dossier.product.usage, (dossier.site.sanitary_regime, dossier.site.sanitary_number) = usage, site
    acting(None).session.flush()
    acting(None).session.expire_all()
    assert (sanitary_faults(dossier, acting(None).today) == ()) is holds
