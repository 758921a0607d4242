"""Samples, for the rapporteur: taking one, its labels, and the counter-analysis."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext

from certify.extensions import db
from certify.forms.sample import CounterForm, SampleForm
from certify.models import Dossier, User
from certify.operations.samples import send_counter_analysis, take_sample
from certify.queries.dossiers import get_dossier
from certify.queries.evaluation import list_criteria
from certify.queries.relations import roles_on
from certify.queries.samples import get_sample, list_laboratories
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.views.offering import demand
from certify.views.presenting import tongue
from certify.workflows.criteria import Answer
from certify.workflows.dossier import LIFE, Action
from certify.workflows.permissions import Right

bp = Blueprint("sampling", __name__)


@bp.route("/missions/<int:dossier_id>/samples", methods=["GET", "POST"])
@access(Action.TAKE_SAMPLE)
@writes
def take(dossier_id: int):
    """Write down a sample, and send its first part to a laboratory."""
    found = _mission(dossier_id, Action.TAKE_SAMPLE)
    asked = [(one.code, tongue(one.label)) for one in list_criteria(found) if one.answer is not Answer.TEXT]
    first = {"taken_on": today(), "taken_by": person().name}
    form = form_for(SampleForm, first, version=found.version, criteria=asked, laboratory=_offered())
    if not submitted(form):
        return render_template("evaluation/sample.html", dossier=found, form=form)
    taken = vars(form.result()) | {"laboratory": _chosen(form.laboratory.data)}
    sample = take_sample(found, **taken, version=form.version.data, actor=actor())
    return back_to(".labels", dossier_id=found.id, sample_id=sample.id)


@bp.route("/missions/<int:dossier_id>/samples/<int:sample_id>")
@access(Right.FILL_GRID)
def labels(dossier_id: int, sample_id: int):
    """Show the three labels of a sample, to be printed and stuck on its parts."""
    found = _mission(dossier_id)
    return render_template("evaluation/labels.html", dossier=found, sample=get_sample(db.session, found, sample_id))


@bp.route("/missions/<int:dossier_id>/samples/<int:sample_id>/counter-analysis", methods=["GET", "POST"])
@access(Action.SEND_SAMPLE)
@writes
def counter(dossier_id: int, sample_id: int):
    """Send the second part of a sample to another laboratory."""
    found = _mission(dossier_id, Action.SEND_SAMPLE)
    sample = get_sample(db.session, found, sample_id)
    form = form_for(CounterForm, version=found.version, laboratory=_offered())
    if not submitted(form):
        return render_template("evaluation/counter.html", dossier=found, sample=sample, form=form)
    chosen = _chosen(form.laboratory.data)
    send_counter_analysis(sample, laboratory=chosen, reason=form.reason.data, version=form.version.data, actor=actor())
    return back_to("evaluation.mission", dossier_id=found.id, _anchor="samples")


def _mission(dossier_id: int, action: Action | None = None) -> Dossier:
    """Fetch a dossier that the person was appointed to, for a move that is offered or to read."""
    found = get_dossier(db.session, dossier_id, reader=person(), right=Right.FILL_GRID)
    if action:
        demand(LIFE, found, action, roles_on(db.session, person(), found))
    return found


def _offered() -> list[tuple[str, str]]:
    known = [(str(user.id), user.laboratory_name) for user in list_laboratories(db.session)]
    return [("", gettext("Choose")), *known]


def _chosen(number: str) -> User:
    return next(user for user in list_laboratories(db.session) if str(user.id) == number)
