"""What is typed about a late item: which dossier and why it cannot wait, then whether a member agrees to hear it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import AnyOf, DataRequired

from certify.forms.base import Form
from certify.forms.meeting import LONG


@dataclass(frozen=True)
class LateItem:
    """The dossier (number in the table) and the reason."""

    dossier_id: int
    reason: str


class LateForm(Form):
    """One ready dossier, and why it cannot wait; `offer` gives the dossiers."""

    dossier = RadioField(
        _l("Ready dossiers"),
        coerce=int,
        validators=[DataRequired(_l("Choose a dossier."))],
        invalid_value_message=_l("Choose a dossier."),
        invalid_choice_message=_l("Choose a dossier."),
    )
    reason = TextAreaField(
        _l("Why it cannot wait"),
        description=_l("The members and the minutes read it."),
        validators=[DataRequired(_l("Write why it cannot wait.")), LONG],
    )

    def offer(self, ready: Iterable[tuple[int, str]]) -> None:
        """Set the dossiers that are ready: number in the table, what people know them by."""
        self.dossier.choices = [SelectChoice(*each) for each in ready]

    def result(self) -> LateItem:
        """Return the dossier and the reason."""
        return LateItem(self.dossier.data, self.reason.data)


class AnswerForm(Form):
    """One of two buttons: agree to hear a late item, or not."""

    agrees = HiddenField(validators=[AnyOf(("yes", "no"), _l("Say whether you agree to hear this item."))])

    def result(self) -> bool:
        """Tell whether the member agrees."""
        return self.agrees.data == "yes"
