"""The form of a grid, made to measure: what it reads, what it shares, and how it catches up."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from certify.forms.measurement import grid_form, grid_values
from certify.queries.evaluation import Measured
from certify.queries.regulations import get_regulation

CODES = ("honey.moisture", "general.origin", "honey.pollen")
MOISTURE, ORIGIN, POLLEN = (get_regulation("2026-1").criterion(code) for code in CODES)
NOTHING = Measured().trace


@pytest.fixture
def grid(app):
    """A grid of three rows: a number, a presence, a text; `grid({...})` has that typed."""
    with app.test_request_context():
        kind = grid_form((MOISTURE, ORIGIN, POLLEN), [("3", "Bulletins d’analyses")])
        yield lambda typed=None, values=None: kind(MultiDict(typed) if typed else None, data=values or {})


def test_an_empty_row_offers_the_method_of_the_norm_and_a_filled_one_its_own(grid):
    empty, filled = Measured(), Measured(value="18", method=None)
    assert grid(values=grid_values({"honey.moisture": (MOISTURE, empty)})).honey_moisture.method.data == "AOAC 969.38"
    assert grid(values=grid_values({"honey.moisture": (MOISTURE, filled)})).honey_moisture.method.data is None


def test_each_kind_of_criterion_has_its_field(grid):
    kinds = [type(row.value).__name__ for _code, row in grid().rows()]
    assert kinds == ["StringField", "SelectField", "TextAreaField"]


def test_what_is_typed_becomes_plain_rows(grid):
    typed = {
        "honey_moisture-value": "18,5 %",
        "honey_moisture-measured_on": "2026-11-02",
        "honey_moisture-evidence_id": "3",
        "general_origin-value": "present",
        "honey_pollen-value": " Euphorbe  dominante ",
    }
    form = grid(typed)
    assert (form.validate(), form.result()) == (
        True,
        {
            "honey.moisture": Measured(value="18.5", measured_on=date(2026, 11, 2), evidence_id=3),
            "general.origin": Measured(value="present"),
            "honey.pollen": Measured(value="Euphorbe dominante"),
        },
    )


def test_the_shared_source_goes_to_numbers_that_have_none(grid):
    shared = {"shared-laboratory": "LOARC", "shared-evidence_id": "3"}
    rows = grid(shared | {"honey_moisture-value": "18", "general_origin-value": "present"}).result()
    assert rows["honey.moisture"] == Measured(value="18", laboratory="LOARC", evidence_id=3)
    assert rows["general.origin"] == Measured(value="present")
    own = grid(shared | {"honey_moisture-value": "18", "honey_moisture-laboratory": "Autre"}).result()
    assert own["honey.moisture"].laboratory == "Autre"
    assert grid(shared | {"honey_moisture-value": ""}).result()["honey.moisture"] == Measured()


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("value", "abc"),
        ("value", "<0,1"),
        ("measured_on", "2026-02-30"),
        ("laboratory", "x" * 201),
        ("note", "x" * 2001),
    ],
)
def test_what_cannot_be_is_told_at_its_field(grid, field, typed):
    form = grid({f"honey_moisture-{field}": typed})
    assert (form.validate(), list(form.errors), list(form.errors["honey_moisture"])) == (
        False,
        ["honey_moisture"],
        [field],
    )


def test_a_page_overtaken_shows_what_is_saved_in_untouched_rows_and_beside_typed_ones(grid):
    typed = {f"{name}-seen": NOTHING for name in ("honey_moisture", "general_origin", "honey_pollen")}
    form = grid(typed | {"honey_moisture-value": "19"})
    saved = {"honey.moisture": Measured(value="18"), "general.origin": Measured(value="present")}
    form.catch_up(saved | {"honey.pollen": Measured()})
    rows = dict(form.rows())
    assert (rows["honey.moisture"].value.data, rows["honey.moisture"].meanwhile) == ("19", Measured(value="18"))
    assert (rows["general.origin"].value.data, rows["general.origin"].meanwhile) == ("present", None)
    assert form.seen() == {code: row.trace for code, row in (saved | {"honey.pollen": Measured()}).items()}
