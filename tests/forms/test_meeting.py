"""What is typed about a meeting."""

from __future__ import annotations

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from certify.forms.meeting import AgendaForm, ArrivalForm, Plan, PlanForm, ReasonForm

TYPED = {"held_on": "2027-01-20", "starts_at": "09:30", "place": " Rabat "}


def filled(kind, **typed):
    return kind(MultiDict(typed))


@pytest.mark.parametrize(
    ("typed", "kept"), [("9:30", "09:30"), ("09h30", "09:30"), ("14 h", "14:00"), ("٠٩:٣٠", "09:30"), ("7.05", "07:05")]
)
def test_a_time_is_kept_one_way(app, typed, kept):
    form = filled(PlanForm, **(TYPED | {"starts_at": typed}))
    assert form.validate()
    assert form.result() == Plan(date(2027, 1, 20), kept, "Rabat", False)


@pytest.mark.parametrize("typed", ["24:00", "9:75", "neuf heures", ""])
def test_what_is_no_time_is_asked_again(app, typed):
    form = filled(PlanForm, **(TYPED | {"starts_at": typed}))
    assert not form.validate()
    assert list(form.errors) == ["starts_at"]


def test_dossiers_keep_the_order_shown(app):
    form = AgendaForm(MultiDict([("dossiers", "3"), ("dossiers", "7")]))
    form.offer([(7, "DEM-2026-00007"), (5, "DEM-2026-00005"), (3, "DEM-2026-00003")])
    assert (form.validate(), form.result()) == (True, (7, 3))


def test_an_arrival_names_a_seat_and_a_person(app):
    assert not filled(ArrivalForm, seat="x", person="2").validate()
    form = filled(ArrivalForm, seat="4", person="2", is_remote="y")
    assert (form.validate(), tuple(vars(form.result()).values())) == (True, (4, 2, True))


def test_a_reason_of_spaces_is_no_reason(app):
    form = filled(ReasonForm, reason="   ")
    assert (form.validate(), list(form.errors)) == (False, ["reason"])
