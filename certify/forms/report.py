"""The report: a summary and a proposal, read once more before it is submitted for good."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import DataRequired, Length

from certify.forms.base import Form

PREVIEW, EDIT, SUBMIT = "preview", "edit", "submit"
"""What the buttons of the pages ask for."""


@dataclass(frozen=True)
class Written:
    """What the rapporteur proposes to the committee, and the summary of the evaluation."""

    proposal: str
    summary: str


class ReportForm(Form):
    """The summary and the proposal; `step` is the button that was pressed."""

    summary = TextAreaField(
        _l("Summary of the evaluation"),
        [
            DataRequired(_l("Write the summary: the committee decides on it.")),
            Length(max=20000, message=_l("Shorten this text to 20,000 characters.")),
        ],
        description=_l("What you examined, what you found, what you weighed. The committee reads it with the grid."),
    )
    proposal = RadioField(_l("What do you propose?"), validators=[DataRequired(_l("Choose what you propose."))])
    step = HiddenField()

    def result(self) -> Written:
        """Return what was written."""
        return Written(self.proposal.data, self.summary.data)
