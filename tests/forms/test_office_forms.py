"""What the office types: shapes alone, without an application."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from certify.forms.admissibility import ChecklistForm, ComplementForm, InadmissibilityForm, LiftForm, RapporteurForm
from certify.forms.desk import DeskForm, LicencesForm
from certify.forms.licence import ReasonForm
from certify.forms.notification import NotificationForm
from certify.queries.desk import Filters, Task
from certify.queries.licences import LicenceFilters
from certify.workflows.dossier import State

CHANNELS = [("account", "Account"), ("hand", "Hand")]


def typed(kind, _choices=None, **fields):
    form = kind(MultiDict(fields))
    for name, choices in (_choices or {}).items():
        form[name].choices = choices
    return form


def notified(**more):
    said = {"channel": "hand", "received_on": "2026-12-07", "proof": " Bordereau 12 "} | more
    return typed(NotificationForm, {"channel": CHANNELS}, **said)


def test_checklist_gathers_what_was_found():
    form = typed(ChecklistForm, **{"checks-0-document": "7", "checks-0-standing": "not_conforming",
                                   "checks-0-finding": " Illisible ", "checks-1-document": "x",
                                   "checks-1-standing": "conforming"})  # fmt: skip
    form.offer([("conforming", "Yes"), ("not_conforming", "No")])
    assert form.validate()
    assert form.result().found == {7: ("not_conforming", "Illisible"), 0: ("conforming", None)}


def test_nonconformity_asks_why():
    form = typed(ChecklistForm, **{"checks-0-document": "7", "checks-0-standing": "not_conforming"})
    form.offer([("not_conforming", "No")])
    assert not form.validate()
    assert list(form.errors["checks"][0]) == ["finding"]


def test_complement_keeps_what_is_ticked():
    form = typed(ComplementForm, **{"points-0-kind": "statutes", "points-0-is_wanted": "y", "points-0-wanted": "Signés",
                                    "points-1-kind": "power", "points-1-wanted": "rien"}, message="")  # fmt: skip
    assert form.validate()
    assert (form.result().points, form.result().message) == ((("statutes", "Signés"),), None)


@pytest.mark.parametrize("proof", ["", "   "])
def test_receipt_on_paper_names_its_proof(proof):
    form = notified(proof=proof)
    assert (form.validate(), list(form.errors)) == (False, ["proof"])
    assert notified(channel="account", proof=proof).validate()


@pytest.mark.parametrize("day", ["", "07/12/2026", "2026-02-30", "demain"])
def test_day_of_receipt_is_a_day(day):
    form = notified(received_on=day)
    assert (form.validate(), list(form.errors), len(form.received_on.errors)) == (False, ["received_on"], 1)


def test_receipt_is_plain_data():
    form = notified()
    assert form.validate()
    receipt = form.result()
    assert (receipt.channel, receipt.received_on, receipt.proof) == ("hand", date(2026, 12, 7), "Bordereau 12")


@pytest.mark.parametrize(
    ("kind", "field", "choices"),
    [
        (LiftForm, "proof", {}),
        (ReasonForm, "reason", {}),
        (InadmissibilityForm, "reason", {"ground": [("out_of_scope", "Out")]}),
        (InadmissibilityForm, "ground", {"ground": [("out_of_scope", "Out")]}),
        (RapporteurForm, "rapporteur", {"rapporteur": [(3, "Rachid")]}),
    ],
)
def test_nothing_typed_says_what_to_do(kind, field, choices):
    form = typed(kind, choices, **{field: "  "})
    assert not form.validate()
    assert len(form[field].errors) == 1


@pytest.mark.parametrize("chosen", ["out", "", None])
def test_ground_is_one_of_the_list(chosen):
    form = typed(InadmissibilityForm, {"ground": [("out_of_scope", "Out")]}, ground=chosen, reason="x")
    assert not form.validate()


def test_filters_ignore_what_is_not_offered():
    offered = {"state": [("", "Any"), ("filed", "Filed")], "region": [("", "Any")], "filiere": [("", "Any")]}
    form = typed(DeskForm, offered, q=" safran ", state="filed", region="MA-09", task="to_check", page="2")
    assert form.result() == Filters(Task.TO_CHECK, State.FILED, None, None, "safran", 2)
    assert typed(DeskForm, offered, task="nothing", page="-1", state="x").result() == Filters()


def test_licence_filters_are_read_alike():
    assert typed(LicencesForm, ending="1", page="9" * 30).result() == LicenceFilters(is_ending=True)
