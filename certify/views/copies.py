"""Suspected copies: what waits for the office, one case with its picture of where and when, and each decision on it.

Beside it stands the one page that anybody may write on: the report of somebody who holds a product.
"""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from flask_babel import gettext

from certify.extensions import db, limiter
from certify.forms.base import Form
from certify.forms.case import DecisionForm, ReportForm
from certify.models import CopyCase
from certify.operations.cases import ONE_CODE, decide_case, report
from certify.queries.cases import case_roles, find_public_entry, get_case, list_cases, list_counts, picture_of
from certify.queries.reference import list_regions
from certify.queries.regulations import get_regulation_in_force
from certify.views.helpers import PUBLIC, access, actor, back_to, form_for, person, submitted, today, writes
from certify.views.offering import demand, page_url
from certify.views.pictures import draw
from certify.views.presenting import tongue
from certify.workflows.case import LIFE, Action, State
from certify.workflows.numbering import parse_mark, show_mark
from certify.workflows.permissions import Right
from certify.workflows.scanning import SOMEWHERE, Tier, licence_path

bp = Blueprint("copies", __name__)

DECISIONS = {
    Action.TAKE_UP: "copies.take_up",
    Action.DISMISS: "copies.dismiss",
    Action.REFER: "copies.refer",
    Action.CONFIRM: "copies.confirm",
    Action.ALERT: "copies.alert",
    Action.LIFT: "copies.lift",
}
"""Where each decision is made."""


UNKNOWN = "30 per minute"
"""How often one address may ask for the report of a mark that does not exist: known ones are not counted."""


@bp.route("/office/copies")
@access(Right.READ_CASES)
def index():
    """List the cases that wait, or those in a state that is asked for."""
    state = next((one for one in State if one == request.args.get("state")), None)
    page = request.args.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1
    found = list_cases(db.session, reader=person(), state=state, page=number)
    return render_template("copies/index.html", found=found, asked=state, states=State, page_url=page_url)


@bp.route("/office/copies/<int:case_id>")
@access(Right.READ_CASES)
def show(case_id: int):
    """Show one case: what raised it, where and when, what readers wrote, what was decided."""
    found = get_case(db.session, case_id, reader=person())
    terms = get_regulation_in_force(today()).scanning
    picture = picture_of(db.session, found.seen, today=today(), days=terms.keep_days)
    return render_template(
        "copies/case.html",
        case=found,
        picture=picture,
        drawing=draw(picture),
        place=place,
        offered=_offered(found),
        decisions=DECISIONS,
        counts=list_counts(db.session, found.licence) if found.licence else (),
    )


@bp.route("/office/copies/<int:case_id>/take-up", methods=["GET", "POST"])
@access(Action.TAKE_UP)
@writes
def take_up(case_id: int):
    """Say that one looks into a case."""
    return _decide(case_id, Action.TAKE_UP, Form)


@bp.route("/office/copies/<int:case_id>/dismiss", methods=["GET", "POST"])
@access(Action.DISMISS)
@writes
def dismiss(case_id: int):
    """Close a case: no copy was found."""
    return _decide(case_id, Action.DISMISS)


@bp.route("/office/copies/<int:case_id>/refer", methods=["GET", "POST"])
@access(Action.REFER)
@writes
def refer(case_id: int):
    """Hand a case to inspectors."""
    return _decide(case_id, Action.REFER)


@bp.route("/office/copies/<int:case_id>/confirm", methods=["GET", "POST"])
@access(Action.CONFIRM)
@writes
def confirm(case_id: int):
    """Confirm copies of one code."""
    return _decide(case_id, Action.CONFIRM)


@bp.route("/office/copies/<int:case_id>/alert", methods=["GET", "POST"])
@access(Action.ALERT)
@writes
def alert(case_id: int):
    """Put a whole authorisation under alert."""
    return _decide(case_id, Action.ALERT)


@bp.route("/office/copies/<int:case_id>/lift", methods=["GET", "POST"])
@access(Action.LIFT)
@writes
def lift(case_id: int):
    """Lift an alert."""
    return _decide(case_id, Action.LIFT)


@bp.route("/report/<mark>", methods=["GET", "POST"])
@limiter.limit("5 per hour; 20 per day", methods=["POST"], deduct_when=lambda answer: answer.status_code == 303)
@limiter.limit(UNKNOWN, methods=["GET"], deduct_when=lambda answer: answer.status_code == 404)
@access(PUBLIC)
@writes
def tell(mark: str):
    """Take down what somebody who holds a product writes about it."""
    entry = find_public_entry(db.session, parse_mark(mark))
    regions = [("", gettext("I would rather not say")), *((one.code, tongue(one.label)) for one in list_regions())]
    form = form_for(ReportForm, region=regions)
    if not submitted(form):
        return render_template("copies/report.html", form=form, entry=entry, show_mark=show_mark)
    told = form.result()
    given = {"said": told.said, "bought": told.bought, "region": told.region, "contact": told.contact}
    report(licence_path(entry.mark), Tier.LICENCE, licence_id=entry.licence_id, **given, actor=actor())
    return redirect(url_for(".told", mark=entry.mark), 303)


@bp.route("/report/<mark>/thanks")
@limiter.limit(UNKNOWN, deduct_when=lambda answer: answer.status_code == 404)
@access(PUBLIC)
def told(mark: str):
    """Thank whoever reported, and say what happens now."""
    entry = find_public_entry(db.session, parse_mark(mark))
    return render_template("copies/told.html", entry=entry, show_mark=show_mark)


def place(code: str) -> str:
    """Name a place: a region of ours, a country by its letters, or nowhere known."""
    if code == SOMEWHERE:
        return gettext("Place not known")
    region = next((one for one in list_regions() if one.code == code), None)
    return tongue(region.label) if region else gettext("Abroad: %(country)s", country=code)


def _offered(case: CopyCase) -> list[Action]:
    """List what the person may decide: of one code and of a whole authorisation, what the case is about."""
    offered = LIFE.offered(case.state, case_roles(db.session, person(), case))
    concerned = {Action.CONFIRM: case.seen.tier in ONE_CODE, Action.ALERT: case.licence is not None}
    return [action for action in offered if concerned.get(action, True)]


def _decide(case_id: int, action: Action, kind: type[Form] = DecisionForm):
    """Show the page of a decision; make it when it is sent."""
    found = get_case(db.session, case_id, reader=person())
    demand(LIFE, found, action, case_roles(db.session, person(), found))
    form = form_for(kind, version=found.version)
    if not submitted(form):
        return render_template("copies/decide.html", case=found, form=form, action=action)
    reason = form.result() if kind is DecisionForm else None
    decide_case(found, action, reason=reason, version=form.version.data, actor=actor())
    return back_to(".show", case_id=found.id)
