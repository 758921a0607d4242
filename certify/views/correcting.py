"""How findings are followed: the applicant plans and reports, the rapporteur reads, verifies and closes."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Blueprint, g, render_template
from flask_babel import gettext

from certify.extensions import db
from certify.forms.correction import (
    ACCEPT,
    CLOSE,
    REJECT,
    RETURN,
    CorrectionForm,
    PlanForm,
    RulingForm,
    VerificationForm,
)
from certify.forms.document import chosen, has_file
from certify.models import Dossier, Visit
from certify.operations.corrections import (
    accept_plan,
    close_finding,
    propose_plan,
    reject_correction,
    report_correction,
    return_plan,
)
from certify.queries.calendar import casablanca_today
from certify.queries.dossiers import get_dossier
from certify.queries.findings import Case, get_case, list_cases, list_verifying
from certify.queries.regulations import get_regulation
from certify.views.files import received
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.views.presenting import day
from certify.workflows import finding as findings
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import AlreadyDone, NotFound
from certify.workflows.finding import Method
from certify.workflows.permissions import Right, Role
from certify.workflows.words import N_

bp = Blueprint("correcting", __name__)

MOVED = N_("Somebody has already done this, or it is no longer asked for: nothing was done twice.")


@bp.route("/dossiers/<int:dossier_id>/conformity")
@access(Action.PROVE_CONFORMITY)
def conformity(dossier_id: int):
    """Show the applicant every point to correct: what, why, by when, what to do now."""
    dossier = get_dossier(db.session, dossier_id, reader=person(), right=Right.EDIT_DRAFT)
    cases = list_cases(db.session, dossier, reader=person(), today=today(), sent=True)
    if not cases:
        raise NotFound(N_("Nothing was found to correct on this dossier."))
    may_ask = Action.PROVE_CONFORMITY in LIFE.offered(dossier.state, {Role.APPLICANT})
    return render_template("applicant/conformity.html", dossier=dossier, cases=cases, may_ask=may_ask)


@bp.route("/dossiers/<int:dossier_id>/findings/<int:finding_id>/plan", methods=["GET", "POST"])
@access(Action.PROPOSE_PLAN)
@writes
def plan(dossier_id: int, finding_id: int):
    """Say what will be done about one point, by whom and by when."""
    dossier, case = followed(dossier_id, finding_id, Right.EDIT_DRAFT, findings.Action.PROPOSE_PLAN)
    kept = case.finding.plan
    usual = {"by": max(case.finding.due_on, today())}
    values = {"what": kept.said, "who": kept.who, "by": kept.due_on} if kept else usual
    form = form_for(PlanForm, values, version=case.finding.version)
    if not submitted(form):
        return render_template("applicant/plan.html", dossier=dossier, case=case, form=form)
    propose_plan(case.finding, **vars(form.result()), version=form.version.data, actor=actor())
    return back_to(".conformity", dossier_id=dossier.id, _anchor=f"finding-{finding_id}")


@bp.route("/dossiers/<int:dossier_id>/findings/<int:finding_id>/correction", methods=["GET", "POST"])
@access(Action.REPORT_CORRECTION)
@writes
def correction(dossier_id: int, finding_id: int):
    """Report one point as corrected, with its proof."""
    dossier, case = followed(dossier_id, finding_id, Right.EDIT_DRAFT, findings.Action.REPORT_CORRECTION)
    form = form_for(CorrectionForm, version=case.finding.version)
    form.today = today()
    if not submitted(form):
        return render_template("applicant/correction.html", dossier=dossier, case=case, form=form)
    report_correction(
        case.finding,
        done=form.done.data,
        proofs=[received(one) for one in form.chosen],
        dated_on=form.dated_on.data,
        explanation=form.explanation.data,
        version=form.version.data,
        actor=actor(),
    )
    return back_to(".conformity", dossier_id=dossier.id, _anchor=f"finding-{finding_id}")


@bp.route("/missions/<int:dossier_id>/findings/<int:finding_id>/plan", methods=["GET", "POST"])
@access(Action.ACCEPT_PLAN)
@writes
def ruling(dossier_id: int, finding_id: int):
    """Accept a plan, or send it back."""
    dossier, case = followed(dossier_id, finding_id, Right.FILL_GRID, findings.Action.ACCEPT_PLAN)
    rulings = [(ACCEPT, gettext("Accept the plan")), (RETURN, gettext("Send it back to the applicant"))]
    form = form_for(RulingForm, version=case.finding.version, ruling=rulings)
    if not submitted(form):
        return _page("ruling", dossier, case, form)
    if form.ruling.data == ACCEPT:
        accept_plan(case.finding, version=form.version.data, actor=actor())
    else:
        return_plan(case.finding, reason=form.reason.data, version=form.version.data, actor=actor())
    return back_to("evaluation.mission", dossier_id=dossier.id, _anchor="findings")


@bp.route("/missions/<int:dossier_id>/findings/<int:finding_id>/verification", methods=["GET", "POST"])
@access(Action.CLOSE_FINDING)
@writes
def verification(dossier_id: int, finding_id: int):
    """Verify a correction: resolved, on documents or on a visit, or not resolved."""
    dossier, case = followed(dossier_id, finding_id, Right.FILL_GRID, findings.Action.CLOSE_FINDING)
    verdicts = [(CLOSE, gettext("Resolved")), (REJECT, gettext("Not resolved"))]
    methods = [(one, gettext(one.label)) for one in Method]
    visits = list_verifying(db.session, case.finding)
    named = [("", gettext("None")), *((str(one.id), _visit_line(one)) for one in visits)]
    form = form_for(VerificationForm, version=case.finding.version, verdict=verdicts, method=methods, visit=named)
    if not submitted(form):
        return _page("verification", dossier, case, form, visits=visits)
    _verify(case, form, visits)
    return back_to("evaluation.mission", dossier_id=dossier.id, _anchor="findings")


def _visit_line(visit: Visit) -> str:
    return f"{day(casablanca_today(visit.begun_at))} · {visit.place}"


def _verify(case: Case, form: VerificationForm, visits: Sequence[Visit]) -> None:
    kept = {"version": form.version.data, "actor": actor()}
    if form.verdict.data == REJECT:
        reject_correction(case.finding, reason=form.said.data, due_on=form.due_on.data, **kept)
        return
    if form.is_visit:
        kept["visit"] = next(one for one in visits if str(one.id) == form.visit.data)
        kept["report"] = received(chosen(form.report)) if has_file(form.report) else None
    close_finding(case.finding, verified=form.said.data, method=form.method.data, **kept)


def followed(dossier_id: int, finding_id: int, right: Right, action: findings.Action) -> tuple[Dossier, Case]:
    """Fetch a finding on which the rules offer `action` to the person; else raise NotFound, or AlreadyDone."""
    dossier = get_dossier(db.session, dossier_id, reader=person(), right=right)
    case = get_case(db.session, dossier, finding_id, reader=person(), today=today())
    if action not in case.offers:
        g.refusal = None
        raise AlreadyDone(MOVED)
    return dossier, case


def _page(name: str, dossier: Dossier, case: Case, form: object, **more: object) -> str:
    rules = get_regulation(dossier.regulation)
    return render_template(f"evaluation/{name}.html", dossier=dossier, case=case, form=form, rules=rules, **more)
