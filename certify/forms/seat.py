"""A seat of the committee, and who is appointed to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from certify.forms.auth import OneOf, offer
from certify.forms.base import Form
from certify.forms.site import DayField
from certify.workflows.composition import Holding

SHORT = Length(max=200, message=_l("Use at most 200 characters."))


@dataclass(frozen=True)
class Chair:
    """A seat to be made."""

    code: str
    body_fr: str
    body_ar: str
    is_voting: bool
    is_president: bool


@dataclass(frozen=True)
class Appointment:
    """Who is appointed, how, from when to when, and by which act."""

    user_id: int
    holding: Holding
    starts_on: date
    ends_on: date | None
    act: str | None


class SeatForm(Form):
    """What the seat stands for, and its voice."""

    code = StringField(
        _l("Code of the seat"),
        [DataRequired(_l("Enter a short code."))],
        description=_l("Short and in capitals, such as ONSSA."),
    )
    body_fr = StringField(_l("Body, in French"), [DataRequired(_l("Enter the name of the body in French.")), SHORT])
    body_ar = StringField(_l("Body, in Arabic"), [DataRequired(_l("Enter the name of the body in Arabic.")), SHORT])
    is_voting = BooleanField(_l("This seat votes and counts for the quorum"), default=True)
    is_president = BooleanField(_l("This seat presides over the committee"))

    def result(self) -> Chair:
        """Return the seat."""
        return Chair(self.code.data, self.body_fr.data, self.body_ar.data, self.is_voting.data, self.is_president.data)


class AppointmentForm(Form):
    """Who sits there; the view gives `user_id` its choices."""

    user_id = SelectField(_l("Person"), [OneOf(_l("Choose a person."))], validate_choice=False)
    holding = RadioField(
        _l("How they hold it"),
        [OneOf(_l("Choose titular or alternate."))],
        choices=offer(Holding),
        validate_choice=False,
    )
    starts_on = DayField(_l("First day"), [DataRequired(_l("Enter the first day of the mandate."))])
    ends_on = DayField(_l("Last day"), [Optional()], description=_l("Leave it empty while no end is set."))
    act = StringField(
        _l("Act of appointment"), [Optional(), SHORT], description=_l("The decision or letter, with its date.")
    )

    def validate_user_id(self, field: SelectField) -> None:
        """Take one of the people offered."""
        if field.data not in {key for key, *_ in field.iter_choices() if key}:
            raise ValidationError(_l("Choose a person."))

    def result(self) -> Appointment:
        """Return the appointment."""
        holding, act = Holding(self.holding.data), self.act.data or None
        return Appointment(int(self.user_id.data), holding, self.starts_on.data, self.ends_on.data, act)


class EndForm(Form):
    """The last day of a mandate."""

    ends_on = DayField(_l("Last day"), [DataRequired(_l("Enter the last day of the mandate."))])
