"""A paper that somebody wants judged."""

from __future__ import annotations

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, FileField
from wtforms.validators import ValidationError

from certify.forms.base import Form
from certify.forms.document import has_file


class PaperForm(Form):
    """One file: the PDF as it was received, or a photo of the paper."""

    file = FileField(
        _l("The paper, as PDF or as a photo"),
        description=_l("PDF, JPEG, PNG or WebP, 10 MB at most. Nothing that you send is kept."),
    )

    def validate_file(self, field: Field) -> None:
        """Ask for a file."""
        if not has_file(field):
            raise ValidationError(gettext("Choose the PDF that you received, or a photo of the paper."))
