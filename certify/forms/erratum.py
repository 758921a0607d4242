"""What an erratum to signed minutes says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import SelectField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired

from certify.forms.base import Form
from certify.forms.minutes import LONG, subjects, whole_number
from certify.workflows.erratum import MENDABLE, Passage


@dataclass(frozen=True)
class Mended:
    """What of the minutes is wrong, what they say, what they should say, why."""

    passage: Passage
    says: str
    should_say: str
    reason: str


class ErratumForm(Form):
    """An erratum; `offer` says on which items, and whether on the meeting as a whole."""

    position = SelectField(_l("Item"), coerce=whole_number, validators=[InputRequired(_l("Choose what it is about."))])
    passage = SelectField(
        _l("What is wrong"),
        description=_l("An outcome, a vote, a ballot, a date of effect or a state is never changed by an erratum."),
        validators=[DataRequired(_l("Choose what is wrong."))],
    )
    says = TextAreaField(
        _l("What the minutes say"),
        description=_l("Quote the words that are wrong, as the signed minutes have them."),
        validators=[DataRequired(_l("Quote what the minutes say.")), LONG],
    )
    should_say = TextAreaField(
        _l("What they should say"), validators=[DataRequired(_l("Write what they should say.")), LONG]
    )
    reason = TextAreaField(
        _l("Why"),
        description=_l("How the slip came about and what shows it. It stands on the paper."),
        validators=[DataRequired(_l("State the reason in writing.")), LONG],
    )

    def offer(self, products: Mapping[int, str], *, whole: bool) -> None:
        """Set the items that may be chosen, with the names of their products (0 is the meeting), and the passages."""
        self.position.choices = subjects(products, whole=whole)
        passages = [SelectChoice(str(each), str(_l(each.label))) for each in MENDABLE]
        self.passage.choices = [SelectChoice("", str(_l("Choose…"))), *passages]

    def result(self) -> tuple[int, Mended]:
        """Return the position chosen (0: the meeting) and what is mended."""
        passage = Passage(self.passage.data)
        return self.position.data, Mended(passage, self.says.data, self.should_say.data, self.reason.data)
