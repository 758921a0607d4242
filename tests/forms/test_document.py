"""What is sent in the place of paper: a file, or words where the regulation takes them."""

from datetime import date
from io import BytesIO

import pytest
from werkzeug.datastructures import FileStorage, MultiDict

from certify.forms.document import DatedDocumentForm, DocumentForm, PointForm, chosen

TODAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def _context(app):
    with app.test_request_context():
        yield


def document(kind: type = DocumentForm, *, sent: bool = True, may_explain: bool = False, **typed: str):
    form = kind(MultiDict(typed))
    form.file.data = FileStorage(BytesIO(b"%PDF-"), "a.pdf" if sent else "")
    form.today, form.may_explain, form.max_age_months = TODAY, may_explain, 12 if kind is DatedDocumentForm else None
    return form


def test_a_file_is_enough():
    form = document(issued_on="", expires_on="", explanation="")
    assert form.validate(), form.errors
    assert (chosen(form.file), form.last_day) == ((b"%PDF-", "a.pdf"), None)


@pytest.mark.parametrize(
    ("sent", "may_explain", "typed"),
    [(False, True, {}), (False, False, {"explanation": "Perdue"}), (True, True, {"explanation": "Et voilà"})],
)
def test_a_file_or_words_but_not_both_nor_neither(sent, may_explain, typed):
    form = document(sent=sent, may_explain=may_explain, **typed)
    assert (form.validate(), list(form.errors)) == (False, ["file"])


def test_words_stand_where_the_regulation_takes_them():
    form = document(sent=False, may_explain=True, explanation="Je suis la présidente.")
    assert form.validate(), form.errors
    assert chosen(form.file) is None


@pytest.mark.parametrize(
    ("typed", "last_day"), [("2026-11-23", date(2027, 11, 23)), ("2025-11-23", date(2026, 11, 23))]
)
def test_a_dated_document_counts_so_many_months(typed, last_day):
    form = document(DatedDocumentForm, issued_on=typed)
    assert form.validate(), form.errors
    assert form.last_day == last_day


@pytest.mark.parametrize("typed", ["", "2026-11-24", "2025-11-22", "demain"])
def test_a_date_that_is_missing_to_come_or_too_old_is_told(typed):
    form = document(DatedDocumentForm, issued_on=typed)
    assert (form.validate(), list(form.errors)) == (False, ["issued_on"])


def test_a_document_that_has_expired_is_told():
    form = document(expires_on="2026-11-22")
    assert (form.validate(), list(form.errors)) == (False, ["expires_on"])


def test_a_point_wants_a_document_or_words():
    empty, worded = PointForm(MultiDict({"answer": " "})), PointForm(MultiDict({"answer": "Voici"}))
    assert (empty.validate(), worded.validate()) == (False, True)
