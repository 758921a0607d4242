"""What the desk and the list of licences are asked to show: filters typed or clicked, never refused, only ignored."""

from __future__ import annotations

from collections.abc import Iterable

from flask_babel import lazy_gettext as _l
from wtforms import HiddenField, SelectField, StringField

from certify.forms.base import Form
from certify.queries.desk import Filters, Task
from certify.queries.licences import LicenceFilters
from certify.workflows import dossier, licence
from certify.workflows.machine import Term


class _Filter(Form):
    """What both lists share. What is not on offer counts as not asked."""

    text = StringField(_l("Number, product or applicant"), name="q")
    state = SelectField(_l("State"), validate_choice=False)
    region = SelectField(_l("Region"), validate_choice=False)
    filiere = SelectField(_l("Value chain"), validate_choice=False)
    page = HiddenField()

    def chosen(self, name: str) -> str | None:
        """Return what was chosen among what is offered; None for nothing, or for something else."""
        offered = {value for value, *_ in self[name].choices or ()}
        return self[name].data if self[name].data in offered else None

    def number(self) -> int:
        """Return the page asked for, the first one when it is no number."""
        typed = self.page.data or ""
        return int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 7 else 1

    @property
    def is_narrow(self) -> bool:
        """Tell whether one of the lists is set."""
        return any(self.chosen(name) for name in ("state", "region", "filiere"))


class DeskForm(_Filter):
    """The filters of the queue."""

    task = HiddenField()

    def result(self) -> Filters:
        """Return what to look for."""
        return Filters(
            task=_term(Task, self.task.data),
            state=_term(dossier.State, self.chosen("state")),
            region=self.chosen("region"),
            filiere=self.chosen("filiere"),
            text=self.text.data,
            page=self.number(),
        )


class LicencesForm(_Filter):
    """The filters of the list of licences."""

    text = StringField(_l("Number, code, product or holder"), name="q")
    ending = HiddenField()

    def result(self) -> LicenceFilters:
        """Return what to look for."""
        return LicenceFilters(
            state=_term(licence.State, self.chosen("state")),
            is_ending=bool(self.ending.data),
            region=self.chosen("region"),
            filiere=self.chosen("filiere"),
            text=self.text.data,
            page=self.number(),
        )


def _term(kind: Iterable[Term], value: str | None) -> Term | None:
    return next((term for term in kind if term == value), None)
