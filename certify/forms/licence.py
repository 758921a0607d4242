"""What the signatory writes about a licence."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import TextAreaField
from wtforms.validators import DataRequired, Length

from certify.forms.base import Form


class ReasonForm(Form):
    """The written reason of a suspension, a reinstatement or a withdrawal."""

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
