"""The review grid as the rapporteur fills it in: one row a criterion, made to measure for the grid of a dossier."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, FormField, HiddenField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import Length, ValidationError

from certify.forms.base import Form
from certify.queries.measured import Measured, canonical, split_unit
from certify.queries.units import ratio
from certify.workflows.criteria import Answer, Criterion
from certify.workflows.errors import Malformed
from certify.workflows.uncertainty import parse_uncertainty
from certify.workflows.words import N_

SHORT = Length(max=200, message=_l("Shorten this text to 200 characters."))
LONG = Length(max=2000, message=_l("Shorten this text to 2,000 characters."))
SHARED = ("laboratory", "measured_on", "evidence_id")
"""What one test report says of all its values at once."""
TYPED = ("value", "uncertainty", "unit", "method", "laboratory", "measured_on", "evidence_id", "note")
"""What is typed of a row."""
NUMERIC = {"inputmode": "decimal", "autocomplete": "off"}
Read = TypeVar("Read")


def document_number(value: object) -> int | None:
    """Return the number of the document chosen, None for none; what is no number is nobody's document."""
    if value in (None, ""):
        return None
    text = str(value)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else -1


def is_day(_form: PlainForm, field: DateField) -> None:
    """Take no day at all; say in the reader's language that one is wrong."""
    if field.process_errors:
        field.errors = []
        if any((field.raw_data or ("",))[0].split()):
            raise ValidationError(gettext("Enter the day of the result as day, month and year."))


class PartForm(PlainForm):
    """A part of a page’s form: it strips its texts as the whole does."""

    Meta = Form.Meta


class SourceForm(PartForm):
    """Where values come from: the laboratory, the day, the document that shows them."""

    laboratory = StringField(_l("Laboratory"), [SHORT])
    measured_on = DateField(_l("Day of the result"), [is_day])
    evidence_id = SelectField(_l("Evidence"), coerce=document_number, validate_choice=False, choices=())


class MeasureForm(PartForm):
    """What was found for one criterion; `measure_fields` gives the criterion its fields."""

    criterion: Criterion
    method = StringField(_l("Method"), [SHORT])

    def validate_value(self, field: Field) -> None:
        """Take a value of the kind that the criterion asks for; a comma, a unit, Arabic digits do no harm."""
        told(canonical, self.criterion, Measured(value=field.data))

    def validate_uncertainty(self, field: Field) -> None:
        """Take a positive number, beside the value that it belongs to."""
        if told(parse_uncertainty, field.data or "") is not None and not self.value.data:
            raise ValidationError(gettext("Enter the value that this uncertainty belongs to."))

    def validate_unit(self, field: Field) -> None:
        """Take a unit that measures what the criterion asks; none is the criterion's own."""
        if field.data and not self.value.errors and self.criterion.answer is Answer.NUMBER:
            _number, unit = told(split_unit, self.criterion, self.value.data or "", field.data)
            if unit is not None:
                told(ratio, unit, self.criterion.unit)


class RowForm(MeasureForm, SourceForm):
    """One row of the grid: its value and where it comes from.

    `seen` is the trace of the row as it was shown, `meanwhile` what was saved after the page was read.
    """

    meanwhile: Measured | None = None

    seen = HiddenField()
    note = TextAreaField(_l("Note"), [LONG])

    @property
    def measured(self) -> Measured:
        """What was typed, in canonical form when it can be read."""
        typed = Measured(**{name: self[name].data for name in TYPED})
        try:
            return canonical(self.criterion, typed)
        except Malformed:
            return typed

    def show(self, saved: Measured) -> None:
        """Put what is saved in the place of what was shown."""
        for name, value in shown(saved).items():
            self[name].data = value


def shown(saved: Measured) -> dict[str, object]:
    """Return what the fields of a row show of what is saved: a number as it was stated, in its unit."""
    return {name: getattr(saved, name) for name in TYPED} | saved.as_stated


def told(rule: Callable[..., Read], *typed: object) -> Read:
    """Return what a rule reads; its refusal is told beside the field, in the reader's language."""
    try:
        return rule(*typed)
    except Malformed as error:
        raise ValidationError(gettext(error.message, **error.facts)) from error


class GridForm(Form):
    """The rows of one grid, and the source that several of its numbers share."""

    names: Mapping[str, str] = {}

    shared = FormField(SourceForm)

    def rows(self) -> Iterator[tuple[str, RowForm]]:
        """Yield each criterion's code with its row, in the order of the grid."""
        return ((code, self[name].form) for code, name in self.names.items())

    def catch_up(self, saved: Mapping[str, Measured]) -> None:
        """Bring a refused page up to what is saved: a row left untouched shows it, a row typed in has it beside."""
        for code, row in self.rows():
            stands = saved[code]
            if row.seen.data == stands.trace:
                continue
            if row.measured.trace == row.seen.data:
                row.show(stands)
            else:
                row.meanwhile = stands
            row.seen.data = stands.trace

    def seen(self) -> dict[str, str]:
        """Return the trace of each row as it was shown."""
        return {code: row.seen.data or "" for code, row in self.rows()}

    def result(self) -> dict[str, Measured]:
        """Return what each row holds; a number without a source of its own takes the one that is shared."""
        shared = {name: self.shared.form[name].data for name in SHARED}
        return {code: _sourced(row.criterion, row.measured, shared) for code, row in self.rows()}


def grid_form(criteria: Sequence[Criterion], documents: Sequence[tuple[str, str]]) -> type[GridForm]:
    """Make the form of a grid; `documents` are what may be evidence, as (number, words).

    A field bears the code of its criterion, with an underscore for each dot.
    """
    choices = [SelectChoice(value, words) for value, words in (("", gettext("None")), *documents)]
    names = {criterion.code: criterion.code.replace(".", "_") for criterion in criteria}
    rows = {names[criterion.code]: FormField(_row_form(criterion, choices)) for criterion in criteria}
    shared = type("SharedForm", (SourceForm,), {"evidence_id": _evidence(choices)})
    return type("GridForm", (GridForm,), {"names": names, "shared": FormField(shared), **rows})


def grid_values(rows: Mapping[str, tuple[Criterion, Measured]]) -> dict[str, dict[str, object]]:
    """Return what a grid form shows first, by name of field: what is saved; in an empty row, the method of the norm."""
    return {
        code.replace(".", "_"): {
            **shown(saved),
            "method": criterion.method if saved.is_empty else saved.method,
            "seen": saved.trace,
        }
        for code, (criterion, saved) in rows.items()
    }


def _row_form(criterion: Criterion, choices: Sequence[SelectChoice]) -> type[RowForm]:
    named = {**measure_fields(criterion), "evidence_id": _evidence(choices)}
    return type("RowForm", (RowForm,), named)


def measure_fields(criterion: Criterion) -> dict[str, object]:
    """Make what a MeasureForm holds for a criterion: the fields of a value, in the order in which they are checked."""
    unit = gettext("Unit, if not %(unit)s", unit=criterion.unit_shown)
    return {
        "criterion": criterion,
        "value": _value(criterion),
        "uncertainty": StringField(_l("Uncertainty (±)"), [SHORT], render_kw=NUMERIC),
        "unit": StringField(unit, [Length(max=40, message=_l("Shorten this unit to 40 characters."))]),
    }


def _evidence(choices: Sequence[SelectChoice]) -> SelectField:
    return SelectField(_l("Evidence"), coerce=document_number, validate_choice=False, choices=choices)


def _value(criterion: Criterion) -> Field:
    """Make the field that a criterion's value is typed in: a number with its unit, one of two answers, or a text."""
    if criterion.answer is Answer.PRESENCE:
        answers = [("", N_("Not established yet")), *criterion.choices]
        choices = [SelectChoice(value, gettext(words)) for value, words in answers]
        return SelectField(_l("Answer"), choices=choices, validate_choice=False)
    if criterion.answer is Answer.TEXT:
        return TextAreaField(_l("What was found"))
    label = gettext("Value, in %(unit)s", unit=criterion.unit_shown) if criterion.unit_shown else gettext("Value")
    return StringField(label, render_kw=NUMERIC)


def _sourced(criterion: Criterion, row: Measured, shared: Mapping[str, object]) -> Measured:
    if criterion.answer is not Answer.NUMBER or not row.value:
        return row
    return replace(row, **{name: getattr(row, name) or given for name, given in shared.items()})
