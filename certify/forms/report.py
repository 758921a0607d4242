"""The report: one section at a time, then the whole, read once more before it is submitted for good."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.validators import Length, StopValidation, ValidationError

from certify.forms.base import Form

LONGEST = Length(max=20000, message=_l("Shorten this text to 20,000 characters."))


def not_yet(_form: Form, field: RadioField) -> None:
    """Let nothing be chosen in a working draft, without calling the choice optional."""
    if not field.data:
        field.errors = []
        raise StopValidation


@dataclass(frozen=True)
class Section:
    """What the rapporteur wrote in one section; `proposal` where one is chosen, `seen` the trace of what was shown."""

    text: str
    proposal: str | None
    seen: str | None


class SectionForm(Form):
    """One section of the report. A working draft may be saved empty: the whole is asked for when it is submitted."""

    text = TextAreaField(_l("Text"), [LONGEST])
    seen = HiddenField()

    def result(self) -> Section:
        """Return what was written."""
        return Section(self.text.data or "", None, self.seen.data)


class ProposalForm(SectionForm):
    """The section where the rapporteur proposes."""

    proposal = RadioField(_l("What do you propose?"), [not_yet])

    def result(self) -> Section:
        """Return what was written, and what is proposed."""
        return Section(self.text.data or "", self.proposal.data or None, self.seen.data)


class SubmitForm(Form):
    """The report as it was read once more; it carries the version of the dossier alone."""

    def result(self) -> dict[str, str]:
        """Return nothing: a first report gives no reason."""
        return {}


class CorrectionForm(Form):
    """Why the report that stands is corrected."""

    reason = TextAreaField(
        _l("Why do you correct the report?"),
        [Length(max=4000, message=_l("Shorten this text to 4,000 characters."))],
        description=_l("The committee reads it above the new version; the earlier one stays readable."),
    )

    def validate_reason(self, field: TextAreaField) -> None:
        """Ask for the reason."""
        if not field.data:
            raise ValidationError(gettext("Say why the report is corrected."))

    def result(self) -> dict[str, str]:
        """Return the reason."""
        return {"reason": self.reason.data}
