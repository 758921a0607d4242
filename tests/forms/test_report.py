"""The findings and the report as they are typed."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from certify.forms.finding import FindingForm, Found
from certify.forms.report import CorrectionForm, ProposalForm, Section

FINDING = {"statement": "Le lot manque.", "grade": "minor", "criterion": "", "due_on": "2026-12-20"}
REPORT = {"text": "Conforme.", "proposal": "favourable", "seen": "abc"}


def typed(kind, values, **choices):
    form = kind(MultiDict(values))
    for name, options in choices.items():
        form[name].choices = options
    return form


@pytest.fixture
def finding(app):
    with app.test_request_context():
        choices = {"grade": [("minor", "Mineure")], "criterion": [("", "—"), ("general.label", "Étiquette")]}
        yield lambda **changed: typed(FindingForm, FINDING | changed, **choices)


@pytest.fixture
def report(app):
    with app.test_request_context():
        yield lambda **changed: typed(ProposalForm, REPORT | changed, proposal=[("favourable", "Favorable")])


def test_a_finding_is_read(finding):
    assert (finding().validate(), finding().result()) == (
        True,
        Found("minor", None, "Le lot manque.", date(2026, 12, 20), None),
    )
    assert finding(criterion="general.label").result().criterion == "general.label"


@pytest.mark.parametrize(
    "changed",
    [{"statement": "  \n "}, {"statement": "x" * 4001}, {"grade": "grave"}, {"found_on": "x"}, {"due_on": "x"}],
)
def test_a_finding_that_cannot_be_is_told_at_its_field(finding, changed):
    form = finding(**changed)
    assert (form.validate(), list(form.errors)) == (False, list(changed))


def test_a_section_is_read(report):
    assert (report().validate(), report().result()) == (True, Section("Conforme.", "favourable", "abc"))


def test_a_draft_may_be_saved_empty(report):
    form = report(text=" ", proposal="")
    assert (form.validate(), form.result().text, form.result().proposal) == (True, "", None)


@pytest.mark.parametrize("changed", [{"text": "x" * 20001}, {"proposal": "no"}])
def test_a_section_that_cannot_be_is_told_at_its_field(report, changed):
    form = report(**changed)
    assert (form.validate(), list(form.errors)) == (False, list(changed))


@pytest.mark.parametrize("reason", ["", "  ", "x" * 4001])
def test_a_correction_says_why(app, reason):
    with app.test_request_context():
        form = typed(CorrectionForm, {"reason": reason})
        assert (form.validate(), list(form.errors)) == (False, ["reason"])
