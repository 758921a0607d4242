"""What is typed about a meeting: its day and place, its agenda, who arrives and leaves, why it is given up."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, DateField, HiddenField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, Regexp, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from certify.forms.base import Form
from certify.workflows.words import tidy

CLOCK_TIME = re.compile(r"(?P<hour>[01]?\d|2[0-3])\s*[:hH.]\s*(?P<minute>[0-5]\d)?")
LONG = Length(max=4000, message=_l("Shorten this text to 4,000 characters."))


@dataclass(frozen=True)
class Plan:
    """When and where a meeting is held; `starts_at` is "09:30"."""

    held_on: date
    starts_at: str
    place: str
    is_urgent: bool
    urgency: str | None = None


@dataclass(frozen=True)
class Arrival:
    """Who takes which seat, in the room or from afar."""

    seat_id: int
    user_id: int
    is_remote: bool


class PlanForm(Form):
    """The day, the time and the place."""

    held_on = DateField(_l("Day of the meeting"), validators=[DataRequired(_l("Enter the day of the meeting."))])
    starts_at = StringField(
        _l("Time"),
        description=_l("Morocco’s time, such as 09:30."),
        validators=[DataRequired(_l("Enter the time of the meeting, such as 09:30."))],
    )
    place = StringField(
        _l("Place"),
        description=_l("The room and the address, or how to join from afar."),
        validators=[
            DataRequired(_l("Enter the place of the meeting.")),
            Length(max=300, message=_l("Shorten this text to 300 characters.")),
        ],
    )
    is_urgent = BooleanField(_l("This is an urgent meeting: the notice is shorter"))
    urgency = TextAreaField(
        _l("Why it is urgent"), description=_l("The members and the minutes read it."), validators=[LONG]
    )

    def validate_urgency(self, field: TextAreaField) -> None:
        """An urgency has its reason."""
        if self.is_urgent.data and not field.data:
            raise ValidationError(_l("Write why the meeting is urgent: the members and the minutes read it."))

    def validate_held_on(self, field: DateField) -> None:
        """Say in the reader's language that a day is wrong."""
        if field.process_errors:
            field.errors = []
            raise ValidationError(_l("Enter the day of the meeting as day, month and year."))

    def validate_starts_at(self, field: StringField) -> None:
        """Take 9:30, 09h30, 9 h and the like; keep "09:30"."""
        typed = CLOCK_TIME.fullmatch(tidy(field.data))
        if typed is None:
            raise ValidationError(_l("Enter the time of the meeting, such as 09:30."))
        field.data = f"{int(typed['hour']):02}:{typed['minute'] or '00'}"

    def result(self) -> Plan:
        """Return the plan."""
        return Plan(self.held_on.data, self.starts_at.data, self.place.data, self.is_urgent.data, self.urgency.data)


class AgendaForm(Form):
    """The ready dossiers to put on the agenda, in the order that `offer` gives them."""

    dossiers = SelectMultipleField(
        _l("Ready dossiers"),
        coerce=int,
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
        validators=[DataRequired(_l("Choose at least one dossier."))],
        invalid_value_message=_l("Choose among the ready dossiers shown."),
        invalid_choice_message=_l("Choose among the ready dossiers shown."),
    )

    def offer(self, ready: Iterable[tuple[int, str]]) -> None:
        """Set the dossiers that are ready: number in the table, number that people know."""
        self.dossiers.choices = [SelectChoice(*each) for each in ready]

    def result(self) -> tuple[int, ...]:
        """Return the dossiers chosen."""
        return tuple(each.value for each in self.dossiers.choices if each.value in self.dossiers.data)


class ArrivalForm(Form):
    """One button of the attendance sheet: this person takes this seat."""

    seat = HiddenField(validators=[Regexp(r"\d{1,9}", message=_l("Choose somebody of the sheet."))])
    person = HiddenField(validators=[Regexp(r"\d{1,9}", message=_l("Choose somebody of the sheet."))])
    is_remote = BooleanField(_l("From afar"))

    def result(self) -> Arrival:
        """Return who arrives where."""
        return Arrival(int(self.seat.data), int(self.person.data), self.is_remote.data)


class DepartureForm(Form):
    """One button of the attendance sheet: this person leaves."""

    stay = HiddenField(validators=[Regexp(r"\d{1,9}", message=_l("Choose somebody of the sheet."))])

    def result(self) -> int:
        """Return the line of the sheet."""
        return int(self.stay.data)


class ReasonForm(Form):
    """The written reason of an act that needs one."""

    reason = TextAreaField(
        _l("The reason, in writing"), validators=[DataRequired(_l("State the reason in writing.")), LONG]
    )

    def result(self) -> str:
        """Return the reason."""
        return self.reason.data


class CloseForm(Form):
    """The close of a meeting: why the items that were not dealt with go to another one, if any."""

    reason = TextAreaField(_l("Why some items were not dealt with"), validators=[LONG])

    def result(self) -> str | None:
        """Return the reason, if any."""
        return self.reason.data
