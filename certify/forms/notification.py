"""How and when a decision reached the applicant."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import DateField, RadioField, StringField
from wtforms.validators import DataRequired, Length, ValidationError

from certify.forms.base import Form

WITHOUT_PROOF = "account"


@dataclass(frozen=True)
class Receipt:
    """The channel (a value of `models.dossier.Channel`), the day, and what shows it."""

    channel: str
    received_on: date
    proof: str | None


class NotificationForm(Form):
    """The proof that the applicant received a decision."""

    channel = RadioField(_l("How did it reach the applicant?"), validators=[DataRequired(_l("Choose how."))])
    received_on = DateField(
        _l("Day of receipt"),
        description=_l("The day on the slip or the acknowledgement: the periods of appeal run from it."),
        validators=[DataRequired(_l("Enter the day of receipt."))],
    )
    proof = StringField(
        _l("Proof"),
        description=_l("Number of the registered letter, reference of the slip or of the bailiff’s report."),
        validators=[Length(max=500, message=_l("Shorten this text to 500 characters."))],
    )

    def validate_received_on(self, field: DateField) -> None:
        """Say in the reader's language that a day is wrong."""
        if field.process_errors:
            field.errors = []
            raise ValidationError(_l("Enter the day of receipt as day, month and year."))

    def validate_proof(self, field: StringField) -> None:
        """Every channel but the account leaves a trace on paper: it is named."""
        if self.channel.data not in (None, WITHOUT_PROOF) and not field.data:
            raise ValidationError(_l("Enter the number or the reference that proves the receipt."))

    def result(self) -> Receipt:
        """Return the receipt."""
        return Receipt(self.channel.data, self.received_on.data, self.proof.data)
