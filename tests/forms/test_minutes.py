"""What the minutes still need said."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from certify.forms.minutes import AdjournmentForm, ReasonsForm, ReservationsForm, Stated, Terms

WHOLE = {"criterion": "general.origin", "fact": "Non établie", "evidence": "Rapport"}


def reasons(*typed):
    form = ReasonsForm(
        MultiDict({f"reasons-{n}-{name}": text for n, one in enumerate(typed) for name, text in one.items()})
    )
    form.offer([("general.origin", "Origine")])
    return form


def test_whole_reasons_are_kept_and_empty_ones_left_out(app):
    form = reasons(WHOLE, {"criterion": "", "fact": " "}, {**WHOLE, "criterion": "", "article": "art. 12"})
    assert form.validate()
    assert form.result() == (Stated(*WHOLE.values()), Stated("art. 12", "Non établie", "Rapport"))


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ({**WHOLE, "fact": ""}, "fact"),
        ({**WHOLE, "evidence": ""}, "evidence"),
        ({**WHOLE, "criterion": ""}, "article"),
        ({**WHOLE, "article": "art. 12"}, "article"),
    ],
)
def test_a_reason_is_whole_law_and_fact(app, typed, wrong):
    form = reasons(typed)
    assert (form.validate(), list(form.reasons[0].errors)) == (False, [wrong])


def test_reservations_typed_are_kept(app):
    form = ReservationsForm(MultiDict({"statements-0": " Corriger ", "statements-1": "", "statements-2": "Traduire"}))
    assert (form.validate(), form.result()) == (True, ("Corriger", "Traduire"))


TERMS = {"awaited": "Une analyse", "awaited_from": "applicant", "awaited_by": "2027-01-15"}


def test_an_adjournment_has_its_terms(app):
    form = AdjournmentForm(MultiDict(TERMS))
    assert (form.validate(), form.result()) == (True, Terms("Une analyse", "applicant", date(2027, 1, 15)))


@pytest.mark.parametrize("missing", TERMS)
def test_terms_are_whole(app, missing):
    form = AdjournmentForm(MultiDict(TERMS | {missing: ""}))
    assert (form.validate(), list(form.errors)) == (False, [missing])
