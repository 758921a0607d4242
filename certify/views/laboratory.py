"""The laboratory's room: the samples sent to it by their codes, and their results, submitted once.

Nothing shown here comes from the dossier but the criteria asked: pages are given an Assignment, never a sample.
"""

from __future__ import annotations

from flask import Blueprint, render_template

from certify.extensions import db
from certify.forms.analysis import analysis_form, analysis_values
from certify.forms.document import chosen
from certify.models import Portion
from certify.operations.samples import submit_results
from certify.queries.samples import assignment_of, get_portion, list_assignments
from certify.views.files import received
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, writes
from certify.workflows.errors import Malformed, NotFound
from certify.workflows.numbering import parse_sample_code
from certify.workflows.permissions import Right
from certify.workflows.words import N_

bp = Blueprint("laboratory", __name__)


@bp.route("/analyses")
@access(Right.WORK_LABORATORY)
def desk():
    """List the samples sent to this laboratory, those awaited first."""
    return render_template("laboratory/desk.html", assignments=list_assignments(db.session, reader=person()))


@bp.route("/analyses/<code>", methods=["GET", "POST"])
@access(Right.WORK_LABORATORY)
@writes
def analysis(code: str):
    """Enter the results of a sample and submit them, or read what was submitted."""
    portion = _portion(code)
    asked = assignment_of(portion)
    form = form_for(analysis_form(asked.criteria), analysis_values(asked.criteria), version=asked.version)
    if not submitted(form):
        return render_template("laboratory/analysis.html", asked=asked, form=form)
    submit_results(
        portion,
        form.result(),
        measured_on=form.measured_on.data,
        bulletin=received(chosen(form.bulletin)),
        version=form.version.data,
        actor=actor(),
    )
    return back_to(".analysis", code=portion.code)


def _portion(code: str) -> Portion:
    """Fetch the part that a code names; one that is mistyped names none."""
    try:
        return get_portion(db.session, parse_sample_code(code), reader=person())
    except Malformed as error:
        raise NotFound(N_("No sample with this code was sent to you.")) from error
