"""The form that all others extend."""

from __future__ import annotations

import unicodedata

from wtforms import FieldList, FormField, HiddenField
from wtforms import Form as PlainForm
from wtforms.fields.core import UnboundField


def tidy(value: object) -> object:
    """Strip the spaces around what was typed and compose its letters (NFC); nothing typed is None.

    The zero byte goes too: no keyboard types it, and no database keeps it in a text.
    """
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", value.replace("\0", "")).strip() or None


class Form(PlainForm):
    """Strips every text once; carries the version of what is on the screen, for whoever edits a shared thing."""

    version = HiddenField(filters=[lambda value: int(value) if str(value or "").isdecimal() else None])

    class Meta(PlainForm.Meta):
        """How fields are bound."""

        def bind_field(self, form: PlainForm, unbound_field: UnboundField, options: dict) -> object:
            """Give every field the filter that tidies, save those that only enclose others and take none."""
            if issubclass(unbound_field.field_class, FieldList | FormField):
                return unbound_field.bind(form=form, **options)
            filters = [*unbound_field.kwargs.get("filters", ()), tidy]
            return unbound_field.bind(form=form, **{**options, "filters": filters})
