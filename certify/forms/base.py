"""The form that all others extend."""

from __future__ import annotations

import unicodedata

from werkzeug.datastructures import MultiDict
from wtforms import FieldList, FormField, HiddenField
from wtforms import Form as PlainForm
from wtforms.fields.core import UnboundField


def tidy(value: object) -> object:
    """Strip the spaces around what was typed and compose its letters (NFC); nothing typed is None."""
    if not isinstance(value, str):
        return value
    return unicodedata.normalize("NFC", value).strip() or None


def _without_zero(value: object) -> object:
    return value.replace("\0", "") if isinstance(value, str) else value


class Form(PlainForm):
    """Strips every text once; carries the version of what is on the screen, for whoever edits a shared thing."""

    version = HiddenField(filters=[lambda value: int(value) if str(value or "").isdecimal() else None])

    class Meta(PlainForm.Meta):
        """How fields are bound, and what they are given."""

        def wrap_formdata(self, form: PlainForm, formdata: MultiDict | None) -> MultiDict | None:
            """Leave out the zero byte: no keyboard types it, no database keeps it in a text; alone it is nothing."""
            if formdata is None:
                return None
            return MultiDict((name, _without_zero(value)) for name, value in formdata.items(multi=True))

        def bind_field(self, form: PlainForm, unbound_field: UnboundField, options: dict) -> object:
            """Give every field the filter that tidies, save those that only enclose others and take none."""
            if issubclass(unbound_field.field_class, FieldList | FormField):
                return unbound_field.bind(form=form, **options)
            filters = [*unbound_field.kwargs.get("filters", ()), tidy]
            return unbound_field.bind(form=form, **{**options, "filters": filters})
