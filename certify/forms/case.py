"""What readers report about a product, and what the office writes when it decides a case."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, Optional

from certify.forms.base import Form


@dataclass(frozen=True)
class Told:
    """What somebody who held the product writes; everything but `said` is theirs to give or not."""

    said: str
    bought: str | None
    region: str | None
    contact: str | None


class ReportForm(Form):
    """The report of somebody who holds a product; nobody needs an account."""

    said = TextAreaField(
        _l("What is different"),
        [
            DataRequired(_l("Say what is different from the photo or the description.")),
            Length(max=2000, message=_l("Shorten this text to 2,000 characters.")),
        ],
        description=_l("The photo, the weight, the lot, the name of the producer, the print of the label…"),
    )
    bought = StringField(
        _l("Where and when you found it"),
        [Optional(), Length(max=300, message=_l("Use at most 300 characters."))],
        description=_l("A shop, a market, a site; do not write the name of a person."),
    )
    region = SelectField(_l("Region"), [Optional()], validate_choice=False)
    contact = StringField(
        _l("How we may reach you"),
        [Optional(), Length(max=120, message=_l("Use at most 120 characters."))],
        description=_l("An e-mail address or a telephone, only if you want us to ask you more. We erase it."),
    )

    def result(self) -> Told:
        """Return what was told; a region that is none of ours is none."""
        offered = {value for value, _ in self.region.choices}
        region = self.region.data if self.region.data in offered else None
        return Told(self.said.data, self.bought.data, region or None, self.contact.data)


class DecisionForm(Form):
    """The written reason of a decision on a case."""

    reason = TextAreaField(
        _l("The reason, in writing"),
        [
            DataRequired(_l("Write the reason: whoever reads the case later must understand it.")),
            Length(max=4000, message=_l("Shorten this text to 4,000 characters.")),
        ],
        description=_l("What you looked at, and what it showed. It stays with the case; the public does not read it."),
    )

    def result(self) -> str:
        """Return the reason."""
        return self.reason.data
