"""Who somebody is, and what the administrator gives them."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, PasswordField, SelectMultipleField, StringField
from wtforms.validators import DataRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from certify.forms.auth import email_field, is_good_password, language_field, name_field, offer
from certify.forms.base import Form
from certify.workflows.permissions import HUMAN_ROLES, Role

OFFICES = tuple(role for role in HUMAN_ROLES if role is not Role.APPLICANT)


@dataclass(frozen=True)
class Person:
    """Somebody as they are called and written to."""

    name: str
    email: str
    locale: str


def roles_field() -> SelectMultipleField:
    """Make the field of the offices somebody holds, as boxes to tick."""
    return SelectMultipleField(
        _l("Roles"),
        choices=offer(OFFICES),
        coerce=Role,
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )


class ProfileForm(Form):
    """How I am called, and in which language I am written to."""

    name = name_field()
    locale = language_field()


class ChangePasswordForm(Form):
    """My password: the present one, and the next. `owner` is my address, which the view sets."""

    owner: str | None = None
    present = PasswordField(_l("Present password"), [DataRequired(_l("Enter your present password."))])
    password = PasswordField(
        _l("New password"),
        [DataRequired(_l("Choose a password.")), is_good_password],
        description=_l("At least 12 characters. Three or four words you will remember do well."),
    )


class PersonForm(Form):
    """Somebody to open an account for, without a choice of roles."""

    name = name_field()
    email = email_field()
    locale = language_field()

    def result(self) -> Person:
        """Return who it is."""
        return Person(self.name.data, self.email.data, self.locale.data)


class RolesForm(Form):
    """The offices somebody holds; none at all is a choice too."""

    roles = roles_field()

    def result(self) -> frozenset[Role]:
        """Return the roles ticked."""
        return frozenset(self.roles.data or ())


class StaffForm(PersonForm):
    """Somebody of the house, with at least one office."""

    roles = roles_field()
    laboratory = StringField(
        _l("Name of the laboratory"),
        [Length(max=120, message=_l("Shorten this name to 120 characters."))],
        description=_l("Only for somebody who answers for a laboratory: the name that its results bear."),
    )

    def validate_roles(self, field: Field) -> None:
        """Ask for a role: an account without one opens nothing."""
        if not field.data:
            raise ValidationError(gettext("Choose at least one role."))
