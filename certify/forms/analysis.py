"""What a laboratory submits: a result for each criterion asked, the day, and the bulletin that it signs for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from wtforms import Field, FileField, FormField
from wtforms.validators import DataRequired, ValidationError

from certify.forms.base import Form
from certify.forms.document import has_file
from certify.forms.measurement import MeasureForm, measure_fields
from certify.forms.site import DayField
from certify.queries.measured import Measured
from certify.workflows.criteria import Criterion

FOUND = ("value", "uncertainty", "unit", "method")


class AnalysisForm(Form):
    """The results of one part of a sample; `analysis_form` gives it a row for each criterion."""

    names: Mapping[str, str] = {}

    measured_on = DayField(_l("Day of the results"), [DataRequired(_l("Enter the day of the results."))])
    bulletin = FileField(_l("Bulletin of analysis, as PDF"))

    def rows(self) -> Iterator[tuple[str, MeasureForm]]:
        """Yield each criterion's code with its row, in the order of the grid."""
        return ((code, self[name].form) for code, name in self.names.items())

    def validate_bulletin(self, field: Field) -> None:
        """Ask for the file."""
        if not has_file(field):
            raise ValidationError(gettext("Choose the PDF of your bulletin."))

    def result(self) -> dict[str, Measured]:
        """Return what was found, by code of criterion; what was left empty was not analysed."""
        return {code: Measured(**{name: row[name].data for name in FOUND}) for code, row in self.rows()}


def analysis_form(criteria: Sequence[Criterion]) -> type[AnalysisForm]:
    """Make the form of what is asked of a laboratory."""
    names = {criterion.code: criterion.code.replace(".", "_") for criterion in criteria}
    rows = {
        names[criterion.code]: FormField(type("MeasureForm", (MeasureForm,), measure_fields(criterion)))
        for criterion in criteria
    }
    return type("AnalysisForm", (AnalysisForm,), {"names": names, **rows})


def analysis_values(criteria: Sequence[Criterion]) -> dict[str, dict[str, str]]:
    """Return what the form shows first: the method of the norm."""
    return {criterion.code.replace(".", "_"): {"method": criterion.method} for criterion in criteria}
