"""How a finding is resolved: the plan and what the rapporteur says of it, the correction, the verification."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, FileField, MultipleFileField, RadioField, SelectField
from wtforms.validators import DataRequired, ValidationError

from certify.forms.base import Form
from certify.forms.document import OpenDayField
from certify.forms.product import line, text
from certify.forms.site import DayField
from certify.workflows.finding import Method

ACCEPT, RETURN = "accept", "return"
CLOSE, REJECT = "close", "reject"


@dataclass(frozen=True)
class Planned:
    """What will be done, by whom, by when."""

    what: str
    who: str
    by: date


class PlanForm(Form):
    """The plan of an applicant."""

    what = text(_l("What will you do?"), required=_l("Say what you will do to correct this point."))
    who = line(_l("Who does it?"), _l("A name or a role, for example: the workshop manager."))
    by = DayField(_l("By when?"), [DataRequired(_l("Enter the day by which it will be done."))])

    def validate_who(self, field: Field) -> None:
        """Ask for somebody."""
        if not field.data:
            raise ValidationError(gettext("Say who will do it."))

    def result(self) -> Planned:
        """Return the plan."""
        return Planned(self.what.data, self.who.data, self.by.data)


class CorrectionForm(Form):
    """What was done, and what shows it: files with the day that they bear, or why there is no paper."""

    today: date
    done = text(_l("What did you do?"), required=_l("Say what you did to correct this point."))
    files = MultipleFileField(
        _l("The proof"),
        description=_l(
            "Photos, a test report, an invoice: one or several files. PDF, JPEG or PNG, 10 MB at most each."
        ),
    )
    dated_on = OpenDayField(
        _l("Date of the proof"), description=_l("The day that it bears, or on which the photo was taken.")
    )
    explanation = text(
        _l("If there is no paper to send"), _l("Say why, and how the rapporteur can see that it is corrected.")
    )

    @property
    def chosen(self) -> list[tuple[bytes, str]]:
        """The content and name of each file chosen."""
        return [(one.read(), one.filename) for one in self.files.data or () if getattr(one, "filename", None)]

    @property
    def has_files(self) -> bool:
        """Whether a file was chosen."""
        return any(getattr(one, "filename", None) for one in self.files.data or ())

    def validate_files(self, _field: Field) -> None:
        """Ask for a file, or for the words that may stand for it; not for both."""
        if not self.has_files and not self.explanation.data:
            raise ValidationError(gettext("Choose a file, or explain below why there is none."))
        if self.has_files and self.explanation.data:
            raise ValidationError(gettext("Send files or an explanation, not both: say the rest in what you did."))

    def validate_dated_on(self, field: Field) -> None:
        """Ask for the date of a file, not in the future."""
        if not self.has_files or field.errors:
            return
        if field.data is None:
            raise ValidationError(gettext("Enter the day that the proof bears."))
        if field.data > self.today:
            raise ValidationError(gettext("This date is in the future: enter the one that the document bears."))


class RulingForm(Form):
    """What the rapporteur says of a plan."""

    ruling = RadioField(
        _l("What do you say of this plan?"), validators=[DataRequired(_l("Accept it or send it back."))]
    )
    reason = text(
        _l("Reason, if you send it back"), _l("What is missing, and what you expect. The applicant reads this.")
    )

    def validate_reason(self, field: Field) -> None:
        """Ask for the reason of a plan sent back."""
        if self.ruling.data == RETURN and not field.data:
            raise ValidationError(gettext("Say why you send it back: the applicant reads it."))


class VerificationForm(Form):
    """What the rapporteur verified: resolved on documents or on a visit, or not resolved."""

    verdict = RadioField(_l("Is it resolved?"), validators=[DataRequired(_l("Say whether it is resolved."))])
    said = text(
        _l("What you verified"),
        _l("What you looked at and what you saw; or why it does not resolve the point. The applicant reads this."),
        required=_l("Write what you verified, or why it is not resolved."),
    )
    method = RadioField(_l("How did you verify it?"), validate_choice=False)
    visit = SelectField(
        _l("On which visit?"), description=_l("Only if you verified it on a visit."), validate_choice=False
    )
    report = FileField(
        _l("Report on paper"),
        description=_l("Only if the visit left one: what was recorded on the spot is kept already."),
    )
    due_on = OpenDayField(
        _l("Another day to correct by"), description=_l("Only if it is not resolved and more time is needed.")
    )

    @property
    def is_visit(self) -> bool:
        """Whether it is closed on a visit."""
        return self.verdict.data == CLOSE and self.method.data == Method.VISIT

    def validate_method(self, field: Field) -> None:
        """Ask how, of what is closed."""
        if self.verdict.data == CLOSE and field.data not in set(Method):
            raise ValidationError(gettext("Say how you verified it."))

    def validate_visit(self, field: Field) -> None:
        """Ask which visit, among those that may verify it."""
        if self.is_visit and field.data not in {value for value, _ in field.choices if value}:
            raise ValidationError(gettext("Choose the visit on which you verified it."))
