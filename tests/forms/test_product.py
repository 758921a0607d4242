"""The shape of a product: figures in any digits, lines that may stay empty, never completeness."""

import pytest
from werkzeug.datastructures import MultiDict
from wtforms.fields import SelectChoice

from certify.forms.product import Format, IdentityForm, MakingForm
from tests.factories import Answers

BASE = {"filiere": "honey", "usage": "food"}


def identity(**typed: str) -> IdentityForm:
    form = IdentityForm(MultiDict(BASE | typed))
    form.filiere.choices = [SelectChoice("honey", "Miel")]
    return form


@pytest.fixture(autouse=True)
def _context(app):
    with app.test_request_context():
        yield


def test_an_empty_step_is_taken():
    form = identity()
    assert form.validate(), form.errors
    assert (form.result().name_fr, form.result().formats) == (None, ())
    assert MakingForm(MultiDict()).validate()


@pytest.mark.parametrize(
    ("typed", "canonical"),
    [
        ("250", "250"),
        ("0,5", "0.5"),
        ("0.250", "0.25"),
        ("٢٥٠", "250"),
        ("٠٫٥", "0.5"),
        ("1 000", "1000"),
        ("100000", "100000"),
    ],
)
def test_a_content_is_read_in_any_digits(typed, canonical):
    form = identity(**{"formats-0-content": typed, "formats-0-unit": "g"})
    assert form.validate(), form.errors
    assert form.result().formats == (Format(canonical, "g", None, None),)


@pytest.mark.parametrize("typed", ["beaucoup", "-1", "0", "1e9", "NaN", "1000000", "1,2,3"])
def test_a_content_that_is_no_quantity_is_told_at_its_field(typed):
    form = identity(**{"formats-0-content": typed, "formats-0-unit": "g"})
    assert not form.validate()
    assert (list(form.errors), list(form.formats.errors[0])) == (["formats"], ["content"])
    assert form.formats[0].form.content.data == typed


def test_a_bar_code_folds_arabic_digits_and_takes_no_stray_one():
    form = identity(**{"formats-0-content": "1", "formats-0-unit": "kg", "formats-0-gtin": "٦١١١٢٤٥٦٧٨٩٠٠"})
    assert form.validate(), form.errors
    assert form.result().formats[0].gtin == "06111245678900"
    wrong = identity(**{"formats-0-content": "1", "formats-0-unit": "kg", "formats-0-gtin": "6111245678906"})
    assert not wrong.validate()
    assert list(wrong.formats.errors[0]) == ["gtin"]


def test_a_bar_code_names_one_format():
    lines = {f"formats-{n}-{part}": value for n in (0, 1) for part, value in
             (("content", str(n + 1)), ("unit", "kg"), ("gtin", "6111245678900"))}  # fmt: skip
    form = identity(**lines)
    assert not form.validate()
    assert list(form.formats[1].form.errors) == ["gtin"]


def test_a_line_says_nothing_without_its_content():
    form = identity(**{"formats-0-packaging": "Pot"})
    assert not form.validate()
    assert list(form.formats.errors[0]) == ["content"]


def test_a_number_needs_its_unit():
    form = identity(**{"formats-0-content": "250"})
    assert not form.validate()
    assert list(form.formats.errors[0]) == ["unit"]


def test_a_line_that_is_removed_or_empty_is_no_format():
    kept = {"formats-0-content": "wrong", "formats-0-remove": "y", "formats-1-content": "", "formats-7-content": "5"}
    form = identity(**kept, **{"formats-7-unit": "l"})
    assert form.validate(), form.errors
    assert form.result().formats == (Format("5", "l", None, None),)


def test_thirty_formats_are_taken_and_a_flood_is_cut():
    typed = {
        f"formats-{n}-{part}": value for n in range(500) for part, value in (("content", str(n + 1)), ("unit", "g"))
    }
    form = identity(**typed)
    assert form.validate(), form.errors
    assert [each.content for each in form.result().formats] == [str(n + 1) for n in range(60)]


def test_arabic_stands_in_any_field_and_invisible_letters_in_none():
    form = identity(name_fr=" عسل \x00 حر\n", name_ar="Miel")
    assert form.validate(), form.errors
    assert (form.result().name_fr, form.result().name_ar) == ("عسل حر", "Miel")


def test_a_text_keeps_its_lines():
    form = MakingForm(MultiDict({"steps": "Un\r\nDeux\x00\x07\r\n", "storage": "Au\nfrais"}))
    assert form.validate(), form.errors
    assert (form.result().process, form.result().storage) == ("Un\nDeux", "Au frais")


def test_a_text_has_an_end():
    form = MakingForm(MultiDict({"steps": "x" * 6001, "storage": "x" * 201}))
    assert not form.validate()
    assert sorted(form.errors) == ["steps", "storage"]


def test_the_form_of_the_tests_is_the_form_of_the_people():
    assert set(MakingForm(MultiDict()).result().__dict__) <= set(Answers.__annotations__)
