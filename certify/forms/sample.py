"""A sample as it is taken, and the counter-analysis that an applicant asks for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, SelectMultipleField, StringField
from wtforms.validators import DataRequired
from wtforms.widgets import CheckboxInput, ListWidget

from certify.forms.base import Form
from certify.forms.product import SHORT, one_line, text
from certify.forms.site import DayField


@dataclass(frozen=True)
class Taken:
    """A sample: when, where, by whom, and what is asked of the laboratory."""

    taken_on: date
    place: str
    taken_by: str
    criteria: tuple[str, ...]


def laboratory_field() -> SelectField:
    """Make the choice of a laboratory; the view offers them."""
    return SelectField(_l("Laboratory"), [DataRequired(_l("Choose a laboratory."))], coerce=str, validate_choice=True)


def required_line(label: str, told: str) -> StringField:
    """Make a field of one short line that may not stay empty."""
    return StringField(label, [DataRequired(told), SHORT], filters=[one_line])


class SampleForm(Form):
    """A sample; the view offers the criteria of the grid and the laboratories."""

    taken_on = DayField(_l("Taken on"), [DataRequired(_l("Enter the day on which the sample was taken."))])
    place = required_line(_l("Where it was taken"), _l("Say where it was taken."))
    taken_by = required_line(_l("Who took it"), _l("Say who took it."))
    criteria = SelectMultipleField(
        _l("What the laboratory is asked"),
        [DataRequired(_l("Choose at least one criterion to be analysed."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    laboratory = laboratory_field()

    def result(self) -> Taken:
        """Return the sample."""
        return Taken(self.taken_on.data, self.place.data, self.taken_by.data, tuple(self.criteria.data))


class CounterForm(Form):
    """The second analysis: by whom, and what the applicant contests."""

    laboratory = laboratory_field()
    reason = text(
        _l("What the applicant contests"),
        _l("When and how they asked for it. The laboratory does not read this."),
        required=_l("Write what the applicant contests."),
    )
