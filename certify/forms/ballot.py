"""What a member says of one item: an interest or none, then a vote."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import RadioField, TextAreaField
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, ValidationError

from certify.forms.auth import OneOf, offer
from certify.forms.base import Form
from certify.workflows.interests import Ruling
from certify.workflows.voting import Choice, Stance

CONFLICT = "conflict"
INTERESTS = (
    SelectChoice("none", _l("I have no interest in this dossier")),
    SelectChoice(CONFLICT, _l("I have an interest: a conflict")),
)
"""Stored value and what the person says; not answering is the third state, and no choice of the form."""

RULINGS = (
    SelectChoice("confirmed", _l("It is a conflict: the member is recused")),
    SelectChoice("dismissed", _l("It is none: the member sits")),
)
"""Stored value of a ruling, and what the person who presides says."""

WORDED = {
    Choice.FAVOURABLE_WITH_RESERVATIONS: _l("Write the reservation: what must be done, so that somebody can check it."),
    Choice.UNFAVOURABLE: _l("Write the reason: which criterion is not met, and what shows it."),
    Choice.ADJOURN: _l("Write what is awaited, and from whom."),
}
"""The votes that need words, and the sentence that asks for them."""

LONG = Length(max=2000, message=_l("Shorten this text to 2,000 characters."))


@dataclass(frozen=True)
class Declared:
    """An interest ("none" or "conflict") and, for a conflict, what it is."""

    interest: str
    statement: str | None


@dataclass(frozen=True)
class Ruled:
    """A ruling on a conflict that was suggested, and its reason."""

    ruling: Ruling
    reason: str


@dataclass(frozen=True)
class Vote:
    """A choice, and its words where it needs some."""

    choice: Choice
    statement: str | None


class RulingForm(Form):
    """What whoever presides rules on a conflict that was suggested."""

    ruling = RadioField(
        _l("Your ruling"),
        choices=RULINGS,
        validators=[DataRequired(_l("Choose one of the two."))],
        invalid_choice_message=_l("Choose one of the two."),
    )
    reason = TextAreaField(
        _l("Why"), description=_l("The minutes say it."), validators=[DataRequired(_l("Write the reason.")), LONG]
    )

    def result(self) -> Ruled:
        """Return the ruling."""
        return Ruled(Ruling(self.ruling.data), self.reason.data)


class InterestForm(Form):
    """The declaration of interest."""

    interest = RadioField(
        _l("Do you have an interest in this dossier?"),
        choices=INTERESTS,
        validators=[DataRequired(_l("Answer one way or the other."))],
        invalid_choice_message=_l("Answer one way or the other."),
    )
    statement = TextAreaField(
        _l("What ties you to it"),
        description=_l("Only for a conflict: a relative, an employment, a share, advice given, a dispute."),
        validators=[LONG],
    )

    def validate_statement(self, field: TextAreaField) -> None:
        """A conflict is stated; no interest needs no words, and words beside it mean that something is unclear."""
        if self.interest.data == CONFLICT and not field.data:
            raise ValidationError(_l("Say in a few words what ties you to this dossier."))
        if self.interest.data == "none" and field.data:
            raise ValidationError(_l("You wrote what ties you to the dossier: answer that you have an interest."))

    def result(self) -> Declared:
        """Return the declaration."""
        return Declared(self.interest.data, self.statement.data)


class BallotForm(Form):
    """The ballot; `offer` gives it the votes that are possible on this item."""

    choice = RadioField(
        _l("Your vote"),
        coerce=Choice,
        validators=[DataRequired(_l("Choose one of the votes."))],
        invalid_value_message=_l("Choose one of the votes."),
        invalid_choice_message=_l("Choose one of the votes."),
    )
    statement = TextAreaField(
        _l("Your words"),
        description=_l("The reservation, the reason of an unfavourable vote, or what is awaited."),
        validators=[LONG],
    )

    def offer(self, choices: Iterable[Choice]) -> None:
        """Set the votes that are possible."""
        self.choice.choices = [SelectChoice(choice, _l(choice.label)) for choice in choices]

    def validate_statement(self, field: TextAreaField) -> None:
        """Ask for words where the vote needs them, and only there: nobody votes in favour with a reservation unsaid."""
        choice = self.choice.data
        if choice in WORDED and not field.data:
            raise ValidationError(WORDED[choice])
        if choice is not None and choice not in WORDED and field.data:
            raise ValidationError(_l("This vote takes no text: choose another vote, or leave the text empty."))

    def result(self) -> Vote:
        """Return the vote."""
        return Vote(self.choice.data, self.statement.data)


class CastingForm(Form):
    """The close of a vote: how the president breaks the tie of a secret one, when `offer` finds it tied."""

    casting = RadioField(
        _l("Your casting vote, stated openly"),
        coerce=Choice,
        validators=[Optional()],
        invalid_value_message=_l("Choose one of the votes."),
        invalid_choice_message=_l("Choose one of the votes."),
    )

    def offer(self, choices: Iterable[Choice]) -> None:
        """Set the votes that break the tie, one of which must then be chosen; the rules hold it."""
        self.casting.choices = [SelectChoice(choice, _l(choice.label)) for choice in choices]
        self.casting.flags.optional = not self.casting.choices

    def result(self) -> Choice | None:
        """Return the casting vote; None when nothing was tied."""
        return self.casting.data


@dataclass(frozen=True)
class Advice:
    """The opinion of a consultative member, and its words."""

    stance: Stance
    statement: str


class OpinionForm(Form):
    """An advisory opinion."""

    stance = RadioField(
        _l("Your opinion"), [OneOf(_l("Choose one of the two."))], choices=offer(Stance), validate_choice=False
    )
    statement = TextAreaField(
        _l("In a few sentences"),
        description=_l("The committee hears it, the minutes carry it, the vote does not count it."),
        validators=[DataRequired(_l("Write your opinion in a few sentences: the minutes carry it.")), LONG],
    )

    def result(self) -> Advice:
        """Return the opinion."""
        return Advice(Stance(self.stance.data), self.statement.data)
