"""What a buyer finds under the field of a label: the first opening is recorded here, later ones see it."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask_babel import gettext

from certify.extensions import db
from certify.forms.label import OpenForm
from certify.operations.openings import Receipts, new_receipt, open_pack
from certify.queries.labels import find_label
from certify.queries.reference import list_regions
from certify.trust.keyring import NoKeys
from certify.views.auth import limited
from certify.views.helpers import PUBLIC, access, actor, form_for, issuer, submitted, writes
from certify.views.presenting import tongue
from certify.workflows.errors import Malformed, Unavailable
from certify.workflows.numbering import parse_mark, show_mark
from certify.workflows.words import N_

bp = Blueprint("opening", __name__)


@bp.route("/open", methods=["GET", "POST"])
@limited("60 per hour")
@access(PUBLIC)
@writes
def pack():
    """Ask for the number under the field of a label, and say what it tells. Nothing of who asks is kept.

    Each form offers a receipt of its own. Whoever keeps that of the first opening comes back with it in the address;
    the address alone opens the form and tells nothing, so that one printed on a copy vouches for nothing.
    """
    regions = {region.code: tongue(region.label) for region in list_regions()}
    choices = [("", gettext("Not said")), *regions.items()]
    form = form_for(OpenForm, _given(), region=choices)
    if not submitted(form):
        return render_template("public/open.html", form=form)
    typed = form.result()
    try:
        receipts, keys = Receipts(typed.offered, typed.kept), issuer().keys
        found = open_pack(typed.serial, typed.pin, region=typed.region, receipts=receipts, keys=keys, actor=actor())
    except NoKeys as error:
        raise Unavailable(N_("We cannot check this number right now: try again later.")) from error
    db.session.flush()
    mark = find_label(db.session, typed.serial).mark
    page = render_template(
        "public/opened.html", found=found, serial=typed.serial, regions=regions, mark=mark, show_mark=show_mark
    )
    return page, 200, {"Cache-Control": "no-store"}


def _given() -> dict[str, str]:
    """Return what a new form begins with."""
    serial, receipt = (request.args.get(name, "")[:20] for name in ("serial", "receipt"))
    return {"serial": _as_printed(serial), "receipt": receipt, "offered": new_receipt()}


def _as_printed(text: str) -> str:
    """Write a serial as it stands beside the mark, so that one compares them; leave what is none as it came."""
    try:
        return show_mark(parse_mark(text))
    except Malformed:
        return text
