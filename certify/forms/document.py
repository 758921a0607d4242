"""What is sent in the place of paper: a file, or words where the regulation takes them."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, FileField
from wtforms.validators import Optional, ValidationError

from certify.forms.base import Form
from certify.forms.product import plain_text, text
from certify.forms.site import DayField
from certify.workflows.clock import add_months


def has_file(field: Field) -> bool:
    """Tell whether a file was chosen: browsers send an empty part without a name when none was."""
    return bool(getattr(field.data, "filename", None))


class OpenDayField(DayField):
    """A day that may stay empty until something else asks for it."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read the day, if there is one."""
        if any(value.strip() for value in valuelist):
            super().process_formdata(valuelist)


class DocumentForm(Form):
    """One document. The view sets `today`, and what the regulation says of it: `may_explain`, `max_age_months`."""

    today: date
    may_explain = False
    max_age_months: int | None = None
    file = FileField(_l("The document"))
    issued_on = DayField(_l("Date of the document"), [Optional()])
    expires_on = DayField(_l("Valid until"), [Optional()], description=_l("Leave empty when it bears no end."))
    explanation = text(_l("Why you cannot send it"))

    def validate_file(self, field: Field) -> None:
        """Ask for a file, or for the words that may stand for it; not for both."""
        is_explained = bool(plain_text(self.explanation.data))
        if is_explained and not self.may_explain:
            raise ValidationError(gettext("An explanation cannot stand for this document: send it."))
        if has_file(field) and is_explained:
            raise ValidationError(gettext("Send the document or the explanation, not both."))
        if not has_file(field) and not is_explained:
            raise ValidationError(gettext("Choose the file, or take a photo of the document."))

    def validate_expires_on(self, field: Field) -> None:
        """A document that has expired is of no use."""
        if field.data < self.today:
            raise ValidationError(gettext("This document is no longer valid: send one that is."))

    @property
    def last_day(self) -> date | None:
        """The last day on which the document counts: said, or reckoned from its date."""
        if self.max_age_months and self.issued_on.data:
            return add_months(self.issued_on.data, self.max_age_months)
        return self.expires_on.data


class DatedDocumentForm(DocumentForm):
    """A document that may be so many months old and no more."""

    issued_on = OpenDayField(_l("Date of the document"))

    def validate_issued_on(self, field: Field) -> None:
        """Ask for the date of a file, neither in the future nor too long ago."""
        if not has_file(self.file) or field.errors:
            return
        if field.data is None:
            raise ValidationError(gettext("Enter the date that the document bears."))
        if field.data > self.today:
            raise ValidationError(gettext("This date is in the future: enter the one that the document bears."))
        if add_months(field.data, self.max_age_months) < self.today:
            months = self.max_age_months
            raise ValidationError(gettext("This document is more than %(months)s months old.", months=months))


class PointForm(Form):
    """The answer to one point asked for: a document, or words."""

    file = FileField(_l("The document"))
    answer = text(_l("Your answer in words"))

    def validate_file(self, field: Field) -> None:
        """Ask for one of the two."""
        if not has_file(field) and not self.answer.data:
            raise ValidationError(gettext("Choose a file, or answer in words."))


def chosen(field: Any) -> tuple[bytes, str] | None:
    """Return the content and the name of the file chosen; None when none was."""
    return (field.data.read(), field.data.filename) if has_file(field) else None
