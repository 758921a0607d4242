"""Signing up, signing in, and the passwords."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import EmailField, Field, HiddenField, PasswordField, RadioField, SelectField, StringField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from certify.forms.base import Form
from certify.queries.organisations import Kind, Trade
from certify.workflows.errors import Malformed
from certify.workflows.identifiers import parse_ice
from certify.workflows.machine import Term
from certify.workflows.passwords import check_password

LANGUAGES = (SelectChoice("fr", "Français"), SelectChoice("ar", "العربية"), SelectChoice("en", "English"))
"""The languages people are written to in, each by its own name."""


class AsTyped:
    """A field that is shown again as it was typed, though what it holds may have been put in canonical form."""

    def _value(self) -> str:
        return self.raw_data[0] if self.raw_data else super()._value()


class TypedField(AsTyped, StringField):
    """A text that has a canonical form."""


class AddressField(AsTyped, EmailField):
    """An e-mail address."""


class Later(Optional):
    """An answer that may be given later: nothing is refused meanwhile, yet it is not said to be optional."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags = {}


def offer(terms: Iterable[Term]) -> list[SelectChoice]:
    """Make the choices of a field from words of the field."""
    return [SelectChoice(term.value, _l(term.label)) for term in terms]


class OneOf:
    """One of the choices of the field, or the message that asks for it; give the field `validate_choice=False`."""

    field_flags = {"required": True}  # noqa: RUF012 - WTForms reads it so

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Form, field: Field) -> None:
        """Refuse what is not among the choices."""
        if not any(value and value == field.data for value, _, _, _ in field.iter_choices()):
            raise ValidationError(str(self.message))


def is_email(_form: Form, field: Field) -> None:
    """Take an address that mail can reach, in lower case; letters outside ASCII cannot stand before the @."""
    try:
        checked = validate_email(
            field.data, check_deliverability=False, globally_deliverable=False, allow_smtputf8=False
        )
    except EmailNotValidError as error:
        raise ValidationError(gettext("Enter a whole address, such as name@example.com.")) from error
    if "." not in checked.ascii_domain:
        raise ValidationError(gettext("Enter a whole address, such as name@example.com."))
    field.data = checked.ascii_email.lower()


def is_good_password(form: Form, field: Field) -> None:
    """Take a password that may protect the account of the form's `owner`, or of the address in the same form."""
    owner = form["email"].data if "email" in form else form.owner
    try:
        check_password(field.data, owner or "")
    except Malformed as error:
        raise ValidationError(gettext(error.message, **error.facts)) from error


def name_field() -> StringField:
    """Make the field of a person's name."""
    return StringField(
        _l("First and last name"),
        [DataRequired(_l("Enter a first and last name.")), Length(max=120, message=_l("Use at most 120 characters."))],
    )


def email_field() -> EmailField:
    """Make the field of an address that has to be right."""
    return AddressField(_l("E-mail address"), [DataRequired(_l("Enter an e-mail address.")), is_email])


def language_field() -> RadioField:
    """Make the field of the language somebody is written to in."""
    asked = OneOf(_l("Choose a language."))
    return RadioField(_l("Language of our messages"), [asked], choices=list(LANGUAGES), validate_choice=False)


def new_password_field() -> PasswordField:
    """Make the field of a password to be chosen."""
    return PasswordField(
        _l("Password"),
        [DataRequired(_l("Choose a password.")), is_good_password],
        description=_l("At least 12 characters. Three or four words you will remember do well."),
    )


class SignInForm(Form):
    """An address and its password, and the page that was asked for."""

    email = EmailField(_l("E-mail address"), [DataRequired(_l("Enter your e-mail address."))])
    password = PasswordField(_l("Password"), [DataRequired(_l("Enter your password."))])
    next = HiddenField()


class EmailForm(Form):
    """An address to write to."""

    email = email_field()


class PasswordForm(Form):
    """The password of who signed up, typed once more to confirm the address."""

    password = PasswordField(_l("Password"), [DataRequired(_l("Enter the password you chose when you signed up."))])


class NewPasswordForm(Form):
    """A password to be chosen by `owner`, an address that the view sets."""

    owner: str | None = None
    password = new_password_field()


@dataclass(frozen=True)
class Claim:
    """What somebody says of themselves and of their organisation."""

    name_fr: str
    name_ar: str | None
    kind: str
    trade: str
    ice: str
    name: str
    email: str
    locale: str
    password: str


class SignUpForm(Form):
    """An organisation and the person who acts for it."""

    name_fr = StringField(
        _l("Name in French"),
        [
            DataRequired(_l("Enter the name of your organisation, as it is registered.")),
            Length(max=200, message=_l("Use at most 200 characters.")),
        ],
    )
    name_ar = StringField(
        _l("Name in Arabic"),
        [Optional(), Length(max=200, message=_l("Use at most 200 characters."))],
        description=_l("The certificate bears both names; you may add this one later."),
    )
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
        [DataRequired(_l("Enter the ICE number."))],
        description=_l("15 digits; it stands on your registration and on your invoices."),
    )
    name = name_field()
    email = email_field()
    locale = language_field()
    password = new_password_field()

    def validate_ice(self, field: Field) -> None:
        """Take an ICE whose key is right, as its 15 digits."""
        try:
            field.data = parse_ice(field.data)
        except Malformed as error:
            raise ValidationError(gettext(error.message, **error.facts)) from error

    def result(self) -> Claim:
        """Return what was said."""
        return Claim(**{name: self[name].data for name in Claim.__dataclass_fields__})
