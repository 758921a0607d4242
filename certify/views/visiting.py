"""The tasks and visits of a mission, for its rapporteur; the desk of an inspector, and a visit to begin and close."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_babel import gettext

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.visit import CancelForm, CloseForm, TaskForm, VisitForm
from certify.models import Dossier, User, Visit
from certify.operations.tasks import rule_task
from certify.operations.visits import Plan, begin_visit, cancel_visit, change_visit, close_visit, plan_visit
from certify.queries.documents import label_of, list_documents
from certify.queries.dossiers import get_dossier
from certify.queries.relations import roles_on
from certify.queries.tasks import get_task
from certify.queries.visits import get_visit, get_visit_of, list_busy, list_inspectors, list_visits, visit_reading
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.views.offering import demand
from certify.views.presenting import tongue
from certify.workflows import visit as visits
from certify.workflows.dossier import LIFE, Action
from certify.workflows.mission import Settled
from certify.workflows.permissions import Right

bp = Blueprint("visiting", __name__)


@bp.route("/missions/<int:dossier_id>/tasks/<task>", methods=["GET", "POST"])
@access(Action.RULE_TASK)
@writes
def rule(dossier_id: int, task: str):
    """Conclude on the documents, or rule that a visit or a sample is needed or not."""
    found = _mission(dossier_id, Action.RULE_TASK)
    assigned = get_task(db.session, found, task, today())
    offered = [(one, gettext(one.label)) for one in assigned.rulings]
    first = {"standing": assigned.rulings[0]} if len(offered) == 1 else None
    form = form_for(TaskForm, first, version=found.version, standing=offered)
    if not submitted(form):
        return render_template("visiting/task.html", dossier=found, assigned=assigned, form=form)
    standing = Settled(form.standing.data)
    told = {"standing": standing, "statement": form.statement.data}
    rule_task(found, assigned.task, **told, actor=actor(), version=form.version.data)
    return back_to("evaluation.mission", dossier_id=found.id, _anchor="tasks")


@bp.route("/missions/<int:dossier_id>/visits", methods=["GET", "POST"])
@access(Action.PLAN_VISIT)
@writes
def plan(dossier_id: int):
    """Plan a visit: the site and the inspectors are told at once."""
    found = _mission(dossier_id, Action.PLAN_VISIT)
    form = _form(found, {"place": _place(found)}, version=found.version)
    if not submitted(form):
        return _page("plan", found, form)
    named = _chosen(found, form.inspectors.data)
    plan_visit(found, Plan(**vars(form.result())), inspectors=named, actor=actor(), version=form.version.data)
    return back_to("evaluation.mission", dossier_id=found.id, _anchor="tasks")


@bp.route("/missions/<int:dossier_id>/visits/<int:visit_id>", methods=["GET", "POST"])
@access(Action.CHANGE_VISIT)
@writes
def change(dossier_id: int, visit_id: int):
    """Change what was announced of a visit; everybody is told again."""
    found = _mission(dossier_id, Action.CHANGE_VISIT)
    visit = _visit(found, visit_id, visits.Action.CHANGE)
    saved = {name: getattr(visit, name) for name in Plan.__dataclass_fields__}
    saved["inspectors"] = [str(user.id) for user in visit.inspectors]
    form = _form(found, saved, version=visit.version, visit=visit)
    if not submitted(form):
        return _page("change", found, form, visit=visit)
    named = _chosen(found, form.inspectors.data)
    change_visit(visit, Plan(**vars(form.result())), inspectors=named, actor=actor(), version=form.version.data)
    return back_to("evaluation.mission", dossier_id=found.id, _anchor="tasks")


@bp.route("/missions/<int:dossier_id>/visits/<int:visit_id>/cancel", methods=["GET", "POST"])
@access(Action.CANCEL_VISIT)
@writes
def cancel(dossier_id: int, visit_id: int):
    """Cancel a visit for a written reason."""
    found = _mission(dossier_id, Action.CANCEL_VISIT)
    visit = _visit(found, visit_id, visits.Action.CANCEL)
    form = form_for(CancelForm, version=visit.version)
    if not submitted(form):
        return _page("cancel", found, form, visit=visit)
    cancel_visit(visit, reason=form.reason.data, actor=actor(), version=form.version.data)
    return back_to("evaluation.mission", dossier_id=found.id, _anchor="tasks")


@bp.route("/visits")
@access(Right.WORK_INSPECTION)
def desk():
    """Show an inspector's visits, today's first."""
    mine = list_visits(db.session, inspector=person(), today=today())
    return render_template("visiting/desk.html", visits=mine, today=today())


@bp.route("/visits/<int:visit_id>", methods=["GET", "POST"])
@access(Right.CONDUCT_VISIT)
@writes
def visit(visit_id: int):
    """Show a visit to its inspectors: where, why, what; begin it on its day, and close it."""
    found = get_visit(db.session, visit_id, reader=person())
    offered = _acts(found)
    is_closing = visits.Action.CLOSE in offered
    form = form_for(CloseForm if is_closing else Form, version=found.version)
    if not submitted(form):
        return _show(found, form, offered)
    if is_closing:
        close_visit(found, summary=form.summary.data, actor=actor(), version=form.version.data)
    else:
        begin_visit(found, actor=actor(), version=form.version.data)
    return back_to(".visit", visit_id=found.id)


def _show(found: Visit, form: Form, offered: tuple[visits.Action, ...]) -> str:
    documents = list_documents(db.session, found.dossier, reader=person())
    return render_template(
        "visiting/visit.html",
        visit=found,
        dossier=found.dossier,
        form=form,
        offered=offered,
        acts=visits.Action,
        is_its_day=today() >= found.planned_on,
        documents=documents,
        name=lambda kind: tongue(label_of(found.dossier, kind, today())),
    )


def _acts(found: Visit) -> tuple[visits.Action, ...]:
    """List what an inspector may do with a visit, while its dossier is still examined."""
    roles = roles_on(db.session, person(), found.dossier)
    examined = LIFE.offered(found.dossier.state, roles)
    return visits.LIFE.offered(found.state, roles) if Action.CLOSE_VISIT in examined else ()


def _mission(dossier_id: int, action: Action) -> Dossier:
    found = get_dossier(db.session, dossier_id, reader=person(), right=Right.FILL_GRID)
    demand(LIFE, found, action, roles_on(db.session, person(), found))
    return found


def _visit(found: Dossier, visit_id: int, action: visits.Action) -> Visit:
    visit = get_visit_of(db.session, found, visit_id)
    demand(visits.LIFE, visit, action, roles_on(db.session, person(), found))
    return visit


def _page(name: str, found: Dossier, form: Form, **more: object) -> str:
    reading = visit_reading(db.session, found, today())
    return render_template(f"visiting/{name}.html", dossier=found, form=form, reading=reading, **more)


def _place(found: Dossier) -> str:
    site = found.site
    return ", ".join(part for part in (site.name, site.address, site.commune) if part) if site else ""


def _form(found: Dossier, saved: dict[str, object], *, version: int, visit: Visit | None = None) -> VisitForm:
    """Make the form of a plan: it offers the inspectors, and asks whether they are expected elsewhere."""
    offered = [(str(user.id), user.name) for user in list_inspectors(db.session, found)]
    form = form_for(VisitForm, saved, version=version, inspectors=offered)
    form.busy = lambda day, numbers: list_busy(db.session, day, _chosen(found, numbers), but=visit)
    return form


def _chosen(found: Dossier, numbers: list[str]) -> list[User]:
    return [user for user in list_inspectors(db.session, found) if str(user.id) in numbers]
