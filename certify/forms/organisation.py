"""The particulars of an organisation."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, RadioField, SelectField, StringField, TelField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from certify.forms.auth import AddressField, AsTyped, Later, OneOf, TypedField, is_email, offer
from certify.forms.base import Form
from certify.queries.organisations import Kind, Trade
from certify.queries.reference import list_provinces, list_regions
from certify.workflows.errors import Malformed
from certify.workflows.identifiers import parse_cnie, parse_ice, parse_phone, parse_tax_identifier

LONG = Length(max=300, message=_l("Use at most 300 characters."))


def parsed(parse: Callable[[str], str]) -> Callable[[Form, Field], None]:
    """Make a validator that puts an identifier in its canonical form, or says what the rule finds wrong with it."""

    def check(_form: Form, field: Field) -> None:
        try:
            field.data = parse(field.data)
        except Malformed as error:
            raise ValidationError(gettext(error.message, **error.facts)) from error

    return check


def list_choices() -> list[SelectChoice]:
    """List the provinces under their regions, named and ordered in the language of the page, after an empty line."""
    language = get_locale().language if get_locale() else "fr"
    choices = [SelectChoice("", gettext("Choose…"))]
    for region in list_regions():
        own = (
            SelectChoice(one.code, one.label[language], optgroup=region.label[language])
            for one in list_provinces()
            if one.region == region.code
        )
        choices += sorted(own, key=lambda choice: choice.label)
    return choices


class ProvinceField(SelectField):
    """One of the 75 préfectures and provinces, by its ONSSA code; None while none is chosen."""

    def __init__(self, label: str, validators: list | None = None, **options: object) -> None:
        super().__init__(label, validators, coerce=_code, choices=list_choices, **options)

    def pre_validate(self, form: Form) -> None:
        """Refuse a code that no province bears."""
        if self.data is not None and not any(choice.value == self.data for choice in self.iter_choices()):
            raise ValidationError(gettext("Choose the province."))


class PhoneField(AsTyped, TelField):
    """A telephone number."""


class CountField(IntegerField):
    """A whole number that is not negative; what else is typed is told in our words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the digits, Arabic-Indic ones included."""
        text = (valuelist[0] if valuelist else "").strip()
        self.data = int(text) if text.isdecimal() else None
        if text and (self.data is None or self.data > 1_000_000):
            self.data = None
            raise ValueError(gettext("Enter a number in digits, such as 40."))


class OrganisationForm(Form):
    """What an organisation says of itself. A number already known is retyped only to change it."""

    name_fr = StringField(
        _l("Name in French"), [DataRequired(_l("Enter the name of your organisation, as it is registered.")), LONG]
    )
    name_ar = StringField(_l("Name in Arabic"), [Later(), LONG])
    kind = SelectField(
        _l("Legal form"),
        [OneOf(_l("Choose the legal form."))],
        choices=[SelectChoice("", _l("Choose…")), *offer(Kind)],
        validate_choice=False,
    )
    trade = RadioField(
        _l("What you do with the product"),
        [OneOf(_l("Choose what you do."))],
        choices=offer(Trade),
        validate_choice=False,
    )
    ice = TypedField(
        _l("ICE number"),
        [DataRequired(_l("Enter the ICE number.")), parsed(parse_ice)],
        description=_l("15 digits; it stands on your registration and on your invoices."),
    )
    tax_number = TypedField(_l("Tax identifier (IF)"), [Optional(), parsed(parse_tax_identifier)])
    cooperative_register = StringField(
        _l("Number in the local register of cooperatives"),
        [Later(), LONG],
        description=_l("As it stands on the certificate of registration, year included."),
    )
    trade_register = StringField(_l("Number in the trade register"), [Later(), LONG])
    register_court = StringField(_l("Court that keeps the register"), [Optional(), LONG])
    members_count = CountField(_l("Number of members"), [Later()])
    women_count = CountField(_l("Of whom women"), [Optional()])
    address = StringField(_l("Address"), [Later(), LONG])
    commune = StringField(_l("Commune"), [Later(), LONG])
    province = ProvinceField(_l("Province or prefecture"), [Later()])
    phone = PhoneField(_l("Telephone"), [Later(), parsed(parse_phone)])
    email = AddressField(
        _l("E-mail address of the organisation"),
        [Optional(), is_email],
        description=_l("If it is another than yours."),
    )
    representative_name = StringField(_l("First and last name of the representative"), [Later(), LONG])
    representative_capacity = StringField(
        _l("In what capacity"), [Later(), LONG], description=_l("For example: president, manager.")
    )
    representative_cnie = TypedField(_l("Identity card number (CNIE)"), [Later(), parsed(parse_cnie)])

    def validate_women_count(self, field: Field) -> None:
        """Compare the women with the members they are part of."""
        if field.data is None:
            return
        if self.members_count.data is None:
            raise ValidationError(gettext("Enter the number of members too."))
        if field.data > self.members_count.data:
            raise ValidationError(gettext("There cannot be more women than members."))

    def result(self) -> dict[str, object]:
        """Return the particulars by the name of their column."""
        return {field.name: field.data for field in self if field.name != "version"}


def _code(value: object) -> int | None:
    return int(value) if str(value or "").isdigit() else None
