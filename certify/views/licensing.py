"""One licence on its page, and what the signatory does with it; the list is at the office (`office.licences`)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

from flask import Blueprint, current_app, render_template

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.licence import GroundForm, ReasonForm
from certify.models import Licence
from certify.operations import licences
from certify.operations.storage import Store
from certify.queries.licences import (
    find_entry,
    get_licence,
    list_certificates,
    list_licence_changes,
    list_licence_events,
    signing_facts,
)
from certify.queries.public_register import verdict_on
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.views.helpers import access, actor, back_to, form_for, issuer, person, submitted, today, writes
from certify.views.offering import demand, licence_acts, region_of, tell_changes
from certify.workflows.licence import LIFE, Action
from certify.workflows.numbering import show_mark
from certify.workflows.permissions import Right, may
from certify.workflows.verdict import verdict_of

bp = Blueprint("licence", __name__)


@bp.route("/licences/<int:licence_id>")
@access(Right.READ_LICENCES)
def show(licence_id: int):
    """Show one licence: where it stands, what the public reads, what happened to it, its certificates."""
    found = _licence(licence_id)
    entry = find_entry(db.session, found)
    by_itself = verdict_of(found.state, found.valid_from, found.valid_to, today())
    return _page(
        "licence",
        found,
        acts=licence_acts(found),
        verdict=verdict_on(entry, today()) if entry else by_itself,
        entry=entry,
        events=list_licence_events(db.session, found),
        papers=list_certificates(db.session, found),
        region=region_of(found.dossier),
        public_url=f"{current_app.config['BASE_URL']}/v/{found.mark}",
        show_mark=show_mark,
        date_of=date.fromisoformat,
        reads_journal=may(Right.READ_JOURNAL, roles_on(db.session, person(), found.dossier)),
    )


@bp.route("/licences/<int:licence_id>/sign", methods=["GET", "POST"])
@access(Action.SIGN)
@writes
def sign(licence_id: int):
    """Sign an authorisation."""
    found = _licence(licence_id, Action.SIGN)
    form = form_for(Form, version=found.version)
    if not submitted(form):
        terms = get_regulation(found.dossier.regulation).licence
        return _page("sign_licence", found, form, facts=signing_facts(db.session, found), terms=terms)
    licences.sign_licence(found, store=_store(), issuer=issuer(), version=form.version.data, actor=actor())
    return back_to(".show", licence_id=found.id)


@bp.route("/licences/<int:licence_id>/suspend", methods=["GET", "POST"])
@access(Action.SUSPEND)
@writes
def suspend(licence_id: int):
    """Suspend a licence, with the reason."""
    return _with_ground(licence_id, Action.SUSPEND, licences.suspend)


@bp.route("/licences/<int:licence_id>/reinstate", methods=["GET", "POST"])
@access(Action.REINSTATE)
@writes
def reinstate(licence_id: int):
    """End a suspension, with the reason."""
    found = _licence(licence_id, Action.REINSTATE)
    form = form_for(ReasonForm, version=found.version)
    if not submitted(form):
        return _page("change_licence", found, form, action=Action.REINSTATE)
    licences.reinstate(found, reason=form.result(), version=form.version.data, actor=actor())
    return back_to(".show", licence_id=found.id)


@bp.route("/licences/<int:licence_id>/withdraw", methods=["GET", "POST"])
@access(Action.WITHDRAW)
@writes
def withdraw(licence_id: int):
    """Withdraw a licence for good, with the reason."""
    return _with_ground(licence_id, Action.WITHDRAW, licences.withdraw)


def _licence(licence_id: int, action: Action | None = None) -> Licence:
    found = get_licence(db.session, licence_id, reader=person(), right=Right.READ_REPORT)
    if action:
        demand(LIFE, found, action, roles_on(db.session, person(), found.dossier))
    return found


def _page(name: str, found: Licence, form: Form | None = None, **more: object) -> str:
    tell_changes(found.version, lambda count: list_licence_changes(db.session, found, count))
    return render_template(f"office/{name}.html", licence=found, dossier=found.dossier, form=form, **more)


def _with_ground(licence_id: int, action: Action, operation: Callable):
    """Show the page of an act that needs a ground and a written reason; do it when it is sent."""
    found = _licence(licence_id, action)
    form = form_for(GroundForm, version=found.version)
    if not submitted(form):
        return _page("change_licence", found, form, action=action)
    given = form.result()
    operation(found, ground=given.ground, reason=given.reason, version=form.version.data, actor=actor())
    return back_to(".show", licence_id=found.id)


def _store() -> Store:
    return Store(Path(current_app.instance_path) / "files")
