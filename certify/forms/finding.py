"""What the rapporteur found that must be corrected before the committee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length, ValidationError

from certify.forms.base import Form


@dataclass(frozen=True)
class Found:
    """A finding: how grave, on which criterion (or none in particular), what it is, and by when it is corrected."""

    grade: str
    criterion: str | None
    statement: str
    due_on: date


class FindingForm(Form):
    """One finding; the view offers the grades and the criteria of the grid."""

    statement = TextAreaField(
        _l("What must be corrected"),
        [
            DataRequired(_l("Write what you found and what you expect: the applicant reads it.")),
            Length(max=4000, message=_l("Shorten this text to 4,000 characters.")),
        ],
        description=_l("What you saw, where, and what proof you expect. The applicant reads this."),
    )
    grade = RadioField(_l("How grave is it?"), validators=[DataRequired(_l("Choose how grave it is."))])
    criterion = SelectField(_l("Which criterion is it about?"), validate_choice=False)
    due_on = DateField(_l("To correct by"), [DataRequired(_l("Enter the day by which it must be corrected."))])

    def validate_due_on(self, field: DateField) -> None:
        """Say in the reader's language that a day is wrong."""
        if field.process_errors:
            field.errors = []
            raise ValidationError(gettext("Enter the day by which it must be corrected."))

    def result(self) -> Found:
        """Return the finding."""
        return Found(self.grade.data, self.criterion.data or None, self.statement.data, self.due_on.data)
