"""Typed about a visit: its plan, why it is cancelled, how it went; the rulings on the tasks of a mission."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, RadioField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from certify.forms.base import Form
from certify.forms.meeting import CLOCK_TIME
from certify.forms.product import SHORT, one_line, text
from certify.forms.site import DayField
from certify.workflows.words import tidy


@dataclass(frozen=True)
class Planned:
    """When and where a visit is made, why, and what the site has ready."""

    planned_on: date
    starts_at: str
    place: str
    reason: str
    to_prepare: str | None
    late_reason: str | None


class VisitForm(Form):
    """The plan of a visit; the view offers the inspectors.

    `busy` tells who of them is named on another visit of a day, and at what hour: such a plan is taken once the
    rapporteur says that it is meant. `clashes` are those it told last.
    """

    busy: Callable[[date, Sequence[str]], Sequence[tuple[str, str]]] = staticmethod(lambda _day, _numbers: ())
    clashes: Sequence[tuple[str, str]] = ()

    planned_on = DayField(_l("Day of the visit"), [DataRequired(_l("Enter the day of the visit."))])
    starts_at = StringField(
        _l("Time"),
        [DataRequired(_l("Enter the time of the visit, such as 09:30."))],
        description=_l("Morocco’s time, such as 09:30."),
    )
    place = StringField(
        _l("Where the visit is made"), [DataRequired(_l("Say where the visit is made.")), SHORT], filters=[one_line]
    )
    inspectors = SelectMultipleField(
        _l("Who makes the visit"),
        [DataRequired(_l("Name at least one inspector."))],
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )
    despite = BooleanField(_l("Both visits can be made that day: keep these names"))
    reason = text(
        _l("Why the visit is needed"),
        _l("The applicant reads this."),
        required=_l("Write why the visit is needed: the applicant reads it."),
    )
    to_prepare = text(_l("What the site should have ready"), _l("The applicant reads this."), optional=True)
    late_reason = text(
        _l("Why the visit cannot be made within the legal delay"), _l("Only for a later day."), optional=True
    )

    def validate_starts_at(self, field: StringField) -> None:
        """Take 9:30, 09h30, 9 h and the like; keep "09:30"."""
        typed = CLOCK_TIME.fullmatch(tidy(field.data))
        if typed is None:
            raise ValidationError(gettext("Enter the time of the visit, such as 09:30."))
        field.data = f"{int(typed['hour']):02}:{typed['minute'] or '00'}"

    def validate_inspectors(self, field: SelectMultipleField) -> None:
        """Refuse, until the rapporteur says that it is meant, who is named on another visit that day."""
        self.clashes = self.busy(self.planned_on.data, field.data) if self.planned_on.data else ()
        if self.clashes and not self.despite.data:
            named = " · ".join(f"{name} ({hour})" for name, hour in self.clashes)
            raise ValidationError(
                gettext(
                    "Named on another visit that day: %(named)s. Change the day or the names, or confirm below.",
                    named=named,
                )
            )

    def result(self) -> Planned:
        """Return the plan."""
        return Planned(
            self.planned_on.data,
            self.starts_at.data,
            self.place.data,
            self.reason.data,
            self.to_prepare.data,
            self.late_reason.data,
        )


class CancelForm(Form):
    """Why a visit is cancelled."""

    reason = text(
        _l("Why the visit is cancelled"),
        _l("The applicant and the inspectors read this."),
        required=_l("Write why the visit is cancelled."),
    )


class CloseForm(Form):
    """How a visit went."""

    summary = text(
        _l("How the visit went"),
        _l("What was seen, with whom. It is kept as it is."),
        required=_l("Write how the visit went."),
    )


class TaskForm(Form):
    """A ruling on a task; the view offers what may be ruled."""

    standing = RadioField(_l("Your ruling"), validators=[DataRequired(_l("Choose one of these."))])
    statement = text(
        _l("Your conclusion or reason"),
        required=_l("Write your conclusion, or your reason: it is kept with the dossier."),
    )
