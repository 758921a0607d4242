"""The yearly declaration of interests: none, or the ties to organisations."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.fields import SelectChoice
from wtforms.validators import Length, Optional, ValidationError

from certify.forms.auth import OneOf, offer
from certify.forms.base import Form
from certify.forms.site import DayField
from certify.workflows.interests import Nature

MOST = 20
"""How many ties one declaration may state."""


@dataclass(frozen=True)
class Tie:
    """A tie to an organisation."""

    organisation: str
    nature: Nature
    since: date | None
    until: date | None
    statement: str | None


class TieForm(PlainForm):
    """One tie; an empty one is left out."""

    Meta = Form.Meta

    organisation = StringField(
        _l("Organisation"),
        [Length(max=200, message=_l("Use at most 200 characters."))],
        description=_l("Its whole name, or its ICE of 15 digits."),
    )
    nature = SelectField(
        _l("What ties you to it"), choices=[SelectChoice("", "–"), *offer(Nature)], validate_choice=False
    )
    since = DayField(_l("Since"), [Optional()])
    until = DayField(_l("Until"), [Optional()], description=_l("Leave it empty while the tie lasts."))
    statement = TextAreaField(
        _l("In a few words"), [Optional(), Length(max=1000, message=_l("Shorten this text to 1,000 characters."))]
    )

    @property
    def is_empty(self) -> bool:
        """Nothing is typed here."""
        return not any(field.data or field.errors for field in self)

    def validate_organisation(self, field: StringField) -> None:
        """A tie is to somebody."""
        if not self.is_empty and not field.data:
            raise ValidationError(_l("Name the organisation."))

    def validate_nature(self, field: SelectField) -> None:
        """A tie is of some nature."""
        if not self.is_empty and field.data not in set(Nature):
            raise ValidationError(_l("Choose what ties you to it."))

    def validate_statement(self, field: TextAreaField) -> None:
        """Another tie than those named is said in words."""
        if self.nature.data == Nature.OTHER and not field.data:
            raise ValidationError(_l("Say in a few words what this tie is."))


class YearlyForm(Form):
    """No tie, or the ties; `more` asks for a further empty one."""

    has_ties = RadioField(
        _l("Your ties to those who may ask for the label"),
        [OneOf(_l("Say whether you have ties to declare."))],
        choices=[
            SelectChoice("none", _l("I have no tie to any organisation that may ask for the label")),
            SelectChoice("ties", _l("I have the ties stated below")),
        ],
        validate_choice=False,
    )
    ties = FieldList(FormField(TieForm), min_entries=1, max_entries=MOST)

    def validate_has_ties(self, field: RadioField) -> None:
        """What is chosen and what is typed say the same."""
        typed = any(not entry.form.is_empty for entry in self.ties)
        if field.data == "none" and typed:
            raise ValidationError(_l("You typed a tie below: say that you have ties, or empty it."))
        if field.data == "ties" and not typed:
            raise ValidationError(_l("State at least one tie below."))

    def more(self) -> None:
        """Offer one more tie, up to the most."""
        if len(self.ties) < MOST:
            self.ties.append_entry()

    def result(self) -> tuple[Tie, ...]:
        """Return the ties typed."""
        typed = (entry.form for entry in self.ties if not entry.form.is_empty)
        return tuple(
            Tie(one.organisation.data, Nature(one.nature.data), one.since.data, one.until.data, one.statement.data)
            for one in typed
        )
