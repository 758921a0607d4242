"""What the rapporteur found that must be corrected before the committee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import FileField, RadioField, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from certify.forms.base import Form
from certify.forms.document import OpenDayField


@dataclass(frozen=True)
class Found:
    """A finding: how grave, on which criterion (or none in particular), what it is, seen when, due when.

    Without a day to correct it by, that of its grade counts; without the day it was seen, today.
    """

    grade: str
    criterion: str | None
    statement: str
    due_on: date | None
    found_on: date | None


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
    evidence = FileField(
        _l("What shows it"), description=_l("A photo or a document: PDF, JPEG or PNG. The applicant sees it.")
    )
    photo = SelectField(
        _l("A photo of the visit"),
        validate_choice=False,
        description=_l("The applicant sees it, unless you choose a file above."),
    )
    found_on = OpenDayField(_l("Seen on"))
    due_on = OpenDayField(_l("To correct by"))

    def result(self) -> Found:
        """Return the finding."""
        day = self.due_on.data
        return Found(self.grade.data, self.criterion.data or None, self.statement.data, day, self.found_on.data)
