"""The clock of a demonstration."""

from __future__ import annotations

from flask_babel import lazy_gettext as _l
from wtforms import SubmitField

from certify.forms.base import Form

STEPS = {"one": 1, "ten": 10, "thirty": 30}


class ClockForm(Form):
    """Three buttons, one for each step."""

    one = SubmitField(_l("1 day"))
    ten = SubmitField(_l("10 days"))
    thirty = SubmitField(_l("30 days"))

    def result(self) -> int:
        """Return the days of the button that was pressed, 0 for none."""
        return next((days for name, days in STEPS.items() if self[name].data), 0)
