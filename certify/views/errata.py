"""Errata to signed minutes: the secretariat draws one up and signs it, who presides signs it after."""

from __future__ import annotations

from flask import Blueprint, render_template, url_for
from flask_babel import gettext

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.erratum import ErratumForm
from certify.models import Erratum
from certify.operations import errata
from certify.queries.errata import get_erratum
from certify.queries.minutes import list_remarkable
from certify.queries.presidency import roles_at
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, writes
from certify.views.meetings import fetch, reasoned
from certify.views.presenting import named
from certify.workflows.erratum import LIFE, Action
from certify.workflows.permissions import Right

bp = Blueprint("errata", __name__)

PAGES = {
    Action.ATTEST: "errata.attestation",
    Action.SIGN: "errata.signature",
    Action.DROP: "errata.dropping",
}
"""Where each act on an erratum is done."""


def fetch_erratum(erratum_id: int) -> Erratum:
    """Fetch an erratum for whoever asks."""
    return get_erratum(db.session, erratum_id, reader=person())


def shown(erratum: Erratum, **more: object):
    """Show an erratum, with what its reader may do with it."""
    offered = LIFE.offered(erratum.state, roles_at(db.session, erratum.meeting, person()))
    return render_template("meetings/erratum.html", erratum=erratum, offered=offered, pages=PAGES, **more)


@bp.route("/meetings/<int:meeting_id>/minutes/errata", methods=["GET", "POST"])
@access(Action.DRAW_UP)
@writes
def drawing_up(meeting_id: int):
    """Draw up an erratum to signed minutes."""
    meeting = fetch(meeting_id)
    items, whole = list_remarkable(db.session, meeting, reader=person())
    form = form_for(ErratumForm)
    form.offer({item.position: named(item.dossier.product) for item in items}, whole=whole)
    if not submitted(form):
        return render_template("meetings/erratum_new.html", meeting=meeting, form=form)
    position, told = form.result()
    item = next((item for item in items if item.position == position), None)
    drawn_up = errata.draw_up_erratum(meeting, item, **vars(told), actor=actor())
    return back_to(".erratum", erratum_id=drawn_up.id)


@bp.route("/meetings/errata/<int:erratum_id>")
@access(Right.READ_MEETING)
def erratum(erratum_id: int):
    """One erratum: what the minutes say, what they should say, why, and who signed."""
    return shown(fetch_erratum(erratum_id))


@bp.route("/meetings/errata/<int:erratum_id>/attestation", methods=["GET", "POST"])
@access(Action.ATTEST)
@writes
def attestation(erratum_id: int):
    """Sign an erratum as secretary."""
    return _signed(erratum_id, Action.ATTEST, errata.attest_erratum)


@bp.route("/meetings/errata/<int:erratum_id>/signature", methods=["GET", "POST"])
@access(Action.SIGN)
@writes
def signature(erratum_id: int):
    """Sign an erratum as president."""
    return _signed(erratum_id, Action.SIGN, errata.sign_erratum)


@bp.route("/meetings/errata/<int:erratum_id>/dropping", methods=["GET", "POST"])
@access(Action.DROP)
@writes
def dropping(erratum_id: int):
    """Give up an erratum that both have not signed."""
    found = fetch_erratum(erratum_id)
    return reasoned(
        found,
        _drop,
        url_for(".erratum", erratum_id=found.id),
        found.meeting.version,
        title=gettext("Give up the erratum"),
        consequence=gettext("It keeps its number and your reason, and never enters into force."),
    )


def _signed(erratum_id: int, action: Action, operation):
    found = fetch_erratum(erratum_id)
    form = form_for(Form)
    if not submitted(form):
        return shown(found, form=form, signing=action)
    operation(found, actor=actor())
    return back_to(".erratum", erratum_id=found.id)


def _drop(found: Erratum, *, version: int | None, **given: object) -> None:
    """Give up an erratum; what is shown of it changes by its own acts alone, so its meeting's version says nothing."""
    errata.drop_erratum(found, **given)
