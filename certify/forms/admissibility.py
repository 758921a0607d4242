"""What the secretariat writes while it checks a file: the checklist, the request to complete it, the refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, FieldList, FormField, HiddenField, RadioField, TextAreaField
from wtforms import Form as PlainForm
from wtforms.validators import DataRequired, Length, ValidationError

from certify.forms.base import Form

LONG = Length(max=4000, message=_l("Shorten this text to 4,000 characters."))
NOT_CONFORMING = "not_conforming"


@dataclass(frozen=True)
class Checks:
    """What was found, by the number of the document: its standing and, when it does not conform, why."""

    found: Mapping[int, tuple[str, str | None]]


@dataclass(frozen=True)
class Request:
    """What the applicant is asked for: (kind of document, what is expected) and a word to go with it."""

    points: tuple[tuple[str, str], ...]
    message: str | None


@dataclass(frozen=True)
class Proposal:
    """On which ground of the regulation, and why in fact."""

    ground: str
    reason: str


class CheckForm(PlainForm):
    """One document of the checklist."""

    Meta = Form.Meta

    document = HiddenField()
    standing = RadioField(_l("What did you find?"), validators=[DataRequired(_l("Choose what you found."))])
    finding = TextAreaField(_l("What is wrong, and what is expected"), validators=[LONG])

    def validate_finding(self, field: TextAreaField) -> None:
        """A document that does not conform needs its reason: the applicant reads it."""
        if self.standing.data == NOT_CONFORMING and not field.data:
            raise ValidationError(_l("Say what is wrong with this document and what is expected."))


class ChecklistForm(Form):
    """All the documents of a file at once; `offer` gives each its choices."""

    checks = FieldList(FormField(CheckForm))

    def offer(self, standings: list[tuple[str, str]]) -> None:
        """Set what may be found of a document: (value, label)."""
        for entry in self.checks:
            entry.form.standing.choices = standings

    def result(self) -> Checks:
        """Return what was found."""
        typed = (entry.form for entry in self.checks)
        return Checks({_number(one.document.data): (one.standing.data, one.finding.data) for one in typed})


class PointForm(PlainForm):
    """One document that the applicant may be asked for."""

    Meta = Form.Meta

    kind = HiddenField()
    is_wanted = BooleanField()
    wanted = TextAreaField(_l("What is expected"), validators=[LONG])

    def validate_wanted(self, field: TextAreaField) -> None:
        """What is asked for must be said, once and precisely: the law allows a single request."""
        if self.is_wanted.data and not field.data:
            raise ValidationError(_l("Say what you expect for this document."))


class ComplementForm(Form):
    """The request to complete the file."""

    points = FieldList(FormField(PointForm))
    message = TextAreaField(_l("A word to the applicant"), validators=[LONG])

    def result(self) -> Request:
        """Return the documents that are ticked."""
        ticked = (entry.form for entry in self.points if entry.form.is_wanted.data)
        return Request(tuple((one.kind.data, one.wanted.data) for one in ticked), self.message.data)


class InadmissibilityForm(Form):
    """The proposal to declare a file inadmissible."""

    ground = RadioField(_l("On which ground?"), validators=[DataRequired(_l("Choose the ground."))])
    reason = TextAreaField(
        _l("The reason, in fact"),
        validators=[DataRequired(_l("Write the reason: the applicant and the court read it.")), LONG],
    )

    def result(self) -> Proposal:
        """Return the ground and the reason."""
        return Proposal(self.ground.data, self.reason.data)


class RapporteurForm(Form):
    """The rapporteur to appoint, by the number of their account."""

    rapporteur = RadioField(
        _l("Who examines this dossier?"), coerce=int, validators=[DataRequired(_l("Choose a rapporteur."))]
    )

    def result(self) -> int:
        """Return the number of the account."""
        return self.rapporteur.data


class LiftForm(Form):
    """The proof that lifts a reservation."""

    proof = TextAreaField(
        _l("What proves that it is met"),
        validators=[DataRequired(_l("Say what proves it: a document, a visit, an analysis, with its date.")), LONG],
    )

    def result(self) -> str:
        """Return the proof."""
        return self.proof.data


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 19 else 0
