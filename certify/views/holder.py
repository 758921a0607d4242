"""After the decision: the letter and how to contest it, the contract of use, the licence and its certificate."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from certify.extensions import db
from certify.forms.dossier import ContractForm
from certify.models import Dossier
from certify.operations.licences import accept_terms
from certify.queries.admissibility import is_notified
from certify.queries.decisions import find_licence, find_reason, get_decision, get_licence_of, list_certificates
from certify.queries.dossiers import get_dossier
from certify.queries.regulations import get_regulation
from certify.queries.turns import get_turn
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.workflows.criteria import Criterion
from certify.workflows.errors import AlreadyDone, NotFound
from certify.workflows.licence import LIFE, Action
from certify.workflows.numbering import show_mark
from certify.workflows.permissions import Right, Role
from certify.workflows.verdict import verdict_of
from certify.workflows.words import N_

bp = Blueprint("holder", __name__)


@bp.route("/dossiers/<int:dossier_id>/decision")
@access(Right.EDIT_DRAFT)
def decision(dossier_id: int):
    """The decision: its letter, its reasons or reservations, and how to contest it."""
    dossier = own(dossier_id)
    return render_template(
        "holder/decision.html",
        dossier=dossier,
        decision=get_decision(db.session, dossier),
        licence=find_licence(db.session, dossier),
        turn=get_turn(db.session, dossier, today()),
        criterion=lambda code: find_criterion(dossier, code),
        rules=get_regulation(dossier.regulation),
    )


@bp.route("/dossiers/<int:dossier_id>/contract", methods=["GET", "POST"])
@access(Action.ACCEPT_TERMS)
@writes
def contract(dossier_id: int):
    """The contract of use, read and signed by the holder."""
    dossier = own(dossier_id)
    licence = get_licence_of(db.session, dossier)
    if licence.terms_accepted_at or Action.ACCEPT_TERMS not in LIFE.offered(licence.state, {Role.APPLICANT}):
        raise AlreadyDone(N_("The contract of use is already signed: it was not signed twice."))
    form = form_for(ContractForm, version=licence.version)
    if not submitted(form):
        rules = get_regulation(dossier.regulation)
        return render_template("holder/contract.html", dossier=dossier, licence=licence, form=form, rules=rules)
    accept_terms(licence, version=form.version.data, actor=actor())
    return back_to(".licence", dossier_id=dossier.id)


@bp.route("/dossiers/<int:dossier_id>/licence")
@access(Right.EDIT_DRAFT)
def licence(dossier_id: int):
    """The licence: number, mark, validity, what the public reads, and the certificate."""
    dossier = own(dossier_id)
    found = get_licence_of(db.session, dossier)
    return render_template(
        "holder/licence.html",
        dossier=dossier,
        licence=found,
        verdict=verdict_of(found.state, found.valid_from, found.valid_to, today()),
        mark=show_mark(found.mark) if found.mark else None,
        address=f"{current_app.config['BASE_URL']}/v/{found.mark}" if found.mark else None,
        certificates=list_certificates(db.session, found),
        is_notified=is_notified(db.session, dossier),
        reason=find_reason(db.session, found),
        rules=get_regulation(dossier.regulation),
    )


def own(dossier_id: int) -> Dossier:
    """Return a dossier of the person's own organisation. Raises NotFound or NotAllowed."""
    return get_dossier(db.session, dossier_id, reader=person(), right=Right.EDIT_DRAFT)


def find_criterion(dossier: Dossier, code: str) -> Criterion | None:
    """Return the criterion that a reason cites, in the words of the regulation; None when it cites an article."""
    try:
        return get_regulation(dossier.regulation).criterion(code)
    except NotFound:
        return None
