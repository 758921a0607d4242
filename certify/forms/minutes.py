"""What the minutes still need said: the debate, the reasons, the reservations, the terms of an adjournment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import DateField, FieldList, FormField, RadioField, SelectField, StringField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.fields import SelectChoice
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

from certify.forms.base import Form

LONG = Length(max=4000, message=_l("Shorten this text to 4,000 characters."))

OWING = (
    SelectChoice("applicant", _l("The applicant (the legal delay stops)")),
    SelectChoice("administration", _l("The administration (the legal delay goes on)")),
)
"""Stored value of `AwaitedFrom`, and what follows of it."""


@dataclass(frozen=True)
class Terms:
    """What is awaited, from whom ("applicant" or "administration"), by when."""

    awaited: str
    awaited_from: str
    awaited_by: date


@dataclass(frozen=True)
class Stated:
    """A reason: a criterion or an article, the fact, the evidence."""

    criterion: str
    fact: str
    evidence: str


class AdjournmentForm(Form):
    """The terms of an adjournment."""

    awaited = TextAreaField(
        _l("What the committee awaits"),
        description=_l("The applicant reads this sentence."),
        validators=[DataRequired(_l("Write what is awaited.")), LONG],
    )
    awaited_from = RadioField(
        _l("From whom"),
        choices=OWING,
        validators=[DataRequired(_l("Choose who owes it."))],
        invalid_choice_message=_l("Choose who owes it."),
    )
    awaited_by = DateField(_l("By when"), validators=[DataRequired(_l("Enter the last day."))])

    def validate_awaited_by(self, field: DateField) -> None:
        """Say in the reader's language that a day is wrong."""
        if field.process_errors:
            field.errors = []
            raise ValidationError(_l("Enter the last day as day, month and year."))

    def result(self) -> Terms:
        """Return the terms."""
        return Terms(self.awaited.data, self.awaited_from.data, self.awaited_by.data)


class StatedForm(PlainForm):
    """One reason; an empty one is left out."""

    Meta = Form.Meta

    criterion = SelectField(_l("Criterion of the grid"), validate_choice=False)
    article = StringField(
        _l("Or article of the regulation"),
        validators=[Length(max=80, message=_l("Shorten this text to 80 characters."))],
    )
    fact = TextAreaField(_l("The fact"), description=_l("What was found of this product."), validators=[LONG])
    evidence = TextAreaField(
        _l("The evidence"), description=_l("The report, bulletin or document that shows it."), validators=[LONG]
    )

    @property
    def is_empty(self) -> bool:
        """Nothing is typed here."""
        return not any(field.data for field in self)

    def validate_fact(self, field: TextAreaField) -> None:
        """A reason is whole or absent: law and fact."""
        if not self.is_empty and not field.data:
            raise ValidationError(_l("Write the fact that was found."))

    def validate_evidence(self, field: TextAreaField) -> None:
        """A fact is shown by something."""
        if not self.is_empty and not field.data:
            raise ValidationError(_l("Name what shows it."))

    def validate_article(self, field: StringField) -> None:
        """A reason cites one text: a criterion of the grid, or else an article."""
        if not self.is_empty and bool(field.data) is bool(self.criterion.data):
            raise ValidationError(_l("Choose a criterion or name an article: one of the two."))


class ReasonsForm(Form):
    """The reasons of a refusal; `offer` gives the criteria of the grid."""

    reasons = FieldList(FormField(StatedForm))

    def offer(self, criteria: list[tuple[str, str]]) -> None:
        """Set the criteria that may be cited: (code, label)."""
        for entry in self.reasons:
            entry.form.criterion.choices = [SelectChoice("", "–"), *(SelectChoice(*each) for each in criteria)]

    def result(self) -> tuple[Stated, ...]:
        """Return the reasons typed."""
        typed = (entry.form for entry in self.reasons if not entry.form.is_empty)
        return tuple(Stated(one.criterion.data or one.article.data, one.fact.data, one.evidence.data) for one in typed)


class ReservationsForm(Form):
    """The reservations that the president confirms; an empty one is left out."""

    statements = FieldList(TextAreaField(_l("Reservation"), validators=[LONG]))

    def result(self) -> tuple[str, ...]:
        """Return the reservations typed."""
        return tuple(entry.data for entry in self.statements if entry.data)


class DebateForm(Form):
    """The summary of the debate on an item."""

    debate = TextAreaField(
        _l("Summary of the debate"),
        description=_l("What was said for and against, without names of who voted what. It enters the minutes."),
        validators=[LONG],
    )

    def result(self) -> str | None:
        """Return the summary."""
        return self.debate.data


def subjects(products: Mapping[int, str], *, whole: bool) -> list[SelectChoice]:
    """List what may be spoken of: the items, by their position and with the name of their product; 0 is the meeting."""
    items = [
        SelectChoice(each, str(_l("Item %(position)s – %(product)s", position=each, product=product)))
        for each, product in products.items()
    ]
    whole_meeting = [SelectChoice(0, str(_l("The meeting as a whole")))] if whole else []
    return [SelectChoice("", str(_l("Choose…"))), *items, *whole_meeting]


def whole_number(typed: object) -> int | str:
    """Read the position of an item; nothing chosen stays nothing."""
    return int(typed) if typed not in ("", None) else ""


class RemarkForm(Form):
    """A remark on the proposed minutes; `offer` says on which items, and whether on the meeting as a whole."""

    position = SelectField(
        _l("Item"),
        coerce=whole_number,
        validate_choice=True,
        validators=[InputRequired(_l("Choose what it is about."))],
    )
    text = TextAreaField(
        _l("What should be corrected"),
        description=_l("Say what the minutes say and what they should say. Your remark is kept, with your name."),
        validators=[DataRequired(_l("Write your remark.")), LONG],
    )

    def offer(self, products: Mapping[int, str], *, whole: bool) -> None:
        """Set the items that may be chosen, by their position and with the name of their product; 0 is the meeting."""
        self.position.choices = subjects(products, whole=whole)

    def result(self) -> tuple[int, str]:
        """Return the position chosen (0: the meeting) and the remark."""
        return self.position.data, self.text.data


class AnswerForm(Form):
    """What the secretariat answers to a remark."""

    answer = TextAreaField(
        _l("Your answer"),
        description=_l("Say that it will be corrected, or why not. It is kept beside the remark."),
        validators=[DataRequired(_l("Write your answer.")), LONG],
    )

    def result(self) -> str:
        """Return the answer."""
        return self.answer.data
