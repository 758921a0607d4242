"""What the signatory writes about a licence."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length

from certify.forms.base import Form
from certify.workflows.licence import Ground


@dataclass(frozen=True)
class Grounded:
    """A ground of the regulation and the written reason."""

    ground: Ground
    reason: str


class ReasonForm(Form):
    """The written reason of a reinstatement."""

    reason = TextAreaField(
        _l("The reason, in writing"),
        description=_l("What was found, on which text it rests, and what the holder may do. It enters the journal."),
        validators=[
            DataRequired(_l("Write the reason: the holder and the court read it.")),
            Length(max=4000, message=_l("Shorten this text to 4,000 characters.")),
        ],
    )

    def result(self) -> str:
        """Return the reason."""
        return self.reason.data


class GroundForm(ReasonForm):
    """The ground and the written reason of a suspension or a withdrawal; the public log holds the code of the first."""

    ground = RadioField(
        _l("On which ground?"),
        description=_l("Its code alone is published. Danger to health and fraud concern what was packed before, too."),
        choices=[SelectChoice(str(ground), _l(ground.label)) for ground in (*list(Ground)[1:], Ground.STATED)],
        validators=[DataRequired(_l("Choose the ground."))],
    )

    def result(self) -> Grounded:
        """Return the ground and the reason."""
        return Grounded(Ground(self.ground.data), self.reason.data)
