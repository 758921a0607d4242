"""A place of production, packing or storage, and its sanitary standing."""

from __future__ import annotations

from datetime import date

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import DateField, Field, RadioField, StringField
from wtforms.validators import DataRequired, Optional, ValidationError

from certify.forms.auth import Later, OneOf, TypedField, offer
from certify.forms.base import Form
from certify.forms.organisation import LONG, ProvinceField
from certify.queries.organisations import SanitaryRegime
from certify.queries.reference import list_activities
from certify.workflows.errors import Malformed
from certify.workflows.identifiers import parse_onssa
from certify.workflows.words import tidy

SOUTH, NORTH = 20.5, 36.1
WEST, EAST = -17.3, -0.9
POINTS = str.maketrans(",٫", "..")


class DayField(DateField):
    """A day; what else is typed is told in our words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(gettext("Enter a day that exists, such as 2027-03-31.")) from error


class DegreesField(TypedField):
    """A latitude or longitude in decimal degrees between two bounds; any comma may stand for the point."""

    def __init__(self, label: str, lowest: float, highest: float, **options: object) -> None:
        super().__init__(label, [Optional()], **options)
        self.lowest, self.highest = lowest, highest

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the number, and keep what was typed when it is none."""
        super().process_formdata(valuelist)
        text = tidy(str(self.data or "")).translate(POINTS).rstrip("°").strip()
        if not text:
            self.data = None
            return
        try:
            degrees = float(text)
        except ValueError as error:
            raise ValueError(gettext("Enter decimal degrees, such as 29.6975 or -9.7316.")) from error
        if not self.lowest <= degrees <= self.highest:
            raise ValueError(
                gettext(
                    "This is not in Morocco: enter a number between %(lowest)s and %(highest)s.",
                    lowest=self.lowest,
                    highest=self.highest,
                )
            )
        self.data = round(degrees, 6)


class SiteForm(Form):
    """A site. `today` is the day in Casablanca, which the view sets: no authorisation is dated after it."""

    today: date
    name = StringField(
        _l("Name of the site"),
        [DataRequired(_l("Give the site a name that you recognise.")), LONG],
        description=_l("As you call it, for example: Tighmi workshop."),
    )
    address = StringField(_l("Address"), [DataRequired(_l("Enter the address, or the douar.")), LONG])
    commune = StringField(_l("Commune"), [DataRequired(_l("Enter the commune.")), LONG])
    province = ProvinceField(_l("Province or prefecture"), [DataRequired(_l("Choose the province."))])
    latitude = DegreesField(_l("Latitude"), SOUTH, NORTH)
    longitude = DegreesField(_l("Longitude"), WEST, EAST)
    sanitary_regime = RadioField(
        _l("Sanitary standing of the site"),
        [OneOf(_l("Choose the standing of the site."))],
        choices=offer(SanitaryRegime),
        validate_choice=False,
    )
    sanitary_number = TypedField(
        _l("ONSSA number"),
        [Later()],
        description=_l("It stands on the authorisation or approval, such as PAC.15.13.21."),
    )
    sanitary_valid_to = DayField(
        _l("Valid until"), [Optional()], description=_l("Leave empty when the authorisation bears no end.")
    )

    def validate_latitude(self, _field: Field) -> None:
        """Take no latitude without its longitude."""
        self._take_both_or_neither(self.longitude)

    def validate_longitude(self, _field: Field) -> None:
        """Take no longitude without its latitude."""
        self._take_both_or_neither(self.latitude)

    def validate_sanitary_number(self, field: Field) -> None:
        """Take a number of the decree's pattern; one that belongs to another standing of the site is left out."""
        if self.sanitary_regime.data != SanitaryRegime.AUTHORISED:
            return
        try:
            field.data = str(parse_onssa(field.data, [activity.code for activity in list_activities()], self.today))
        except Malformed as error:
            raise ValidationError(gettext(error.message, **error.facts)) from error

    def _take_both_or_neither(self, other: Field) -> None:
        if other.data is None and not other.process_errors:
            raise ValidationError(gettext("Enter the latitude and the longitude, or neither."))

    def result(self) -> dict[str, object]:
        """Return the site by the name of its columns; only an authorised one has a number and an end."""
        said = {field.name: field.data for field in self if field.name != "version"}
        if said["sanitary_regime"] != SanitaryRegime.AUTHORISED:
            said |= {"sanitary_number": None, "sanitary_valid_to": None}
        return said
