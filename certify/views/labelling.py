"""Numbered labels, for the holder who orders and activates them and for the secretariat that releases them."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask_babel import gettext

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.label import ActivationForm, DeclineForm, OrderForm, RangeForm, ReleaseForm, VoidForm
from certify.models import LabelBatch
from certify.operations import labels
from certify.operations.label_sheets import Paper, batch_sheets
from certify.queries.labels import (
    Found,
    count_states,
    find_format,
    find_label,
    find_yearly,
    get_balance,
    get_batch,
    get_rank,
    list_activations,
    list_batches,
    list_orders,
    list_serials,
    list_voidings,
)
from certify.queries.reference import list_regions
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.views.helpers import access, actor, back_to, form_for, issuer, person, submitted, today, writes
from certify.views.marking import formats_of, licensed
from certify.views.presenting import named, tongue
from certify.workflows import batch as batches
from certify.workflows import label as lives
from certify.workflows.errors import Malformed, WrongState
from certify.workflows.numbering import parse_mark, show_mark
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_

bp = Blueprint("labelling", __name__)

LONGEST = 20
NOT_RELEASED = N_("These labels are not released: there is nothing to print or to activate yet.")


@bp.route("/dossiers/<int:dossier_id>/labels")
@access(Right.PRINT_MARKS)
def index(dossier_id: int):
    """The orders of labels under a licence in force."""
    licence = licensed(dossier_id)
    rows = [(batch, count_states(db.session, batch)) for batch in list_batches(db.session, licence)]
    return render_template("marks/labels.html", dossier=licence.dossier, licence=licence, rows=rows)


@bp.route("/dossiers/<int:dossier_id>/labels/order", methods=["GET", "POST"])
@access(Right.PRINT_MARKS)
@writes
def order(dossier_id: int):
    """Order labels for one format."""
    licence = licensed(dossier_id)
    form = form_for(OrderForm, sold_as=formats_of(licence))
    if not submitted(form):
        terms = get_regulation(licence.dossier.regulation).licence
        return render_template("marks/order.html", dossier=licence.dossier, form=form, largest=terms.largest_batch)
    asked, gdti = form.result(), current_app.config["GDTI"]
    sold_as = find_format(licence, asked.position)
    batch = labels.order_labels(licence, sold_as, size=asked.size, has_pin=asked.has_pin, gdti=gdti, actor=actor())
    return back_to(".show", label_batch_id=batch.id)


@bp.route("/office/labels")
@access(Right.READ_LICENCES)
def orders():
    """The orders that wait for the secretariat, then the others; a label looked for leads to its order."""
    found = _looked_for()
    if found:
        return redirect(url_for(".show", label_batch_id=found.batch_id, serial=found.serial), 303)
    typed = request.args.get("serial", "")[:LONGEST]
    return render_template("marks/orders.html", batches=list_orders(db.session, reader=person()), typed=typed)


@bp.route("/labels/<int:label_batch_id>")
@access(Right.PRINT_MARKS, Right.READ_LICENCES)
def show(label_batch_id: int):
    """One order: where it stands, its sheets, what became of its labels."""
    batch, found = _batch(label_batch_id), _looked_for()
    roles = roles_on(db.session, person(), batch.licence.dossier)
    is_released = batch.state is batches.State.RELEASED
    return _page(
        "batch",
        batch,
        acts=batches.LIFE.offered(batch.state, roles),
        may_print=is_released and may(Right.PRINT_LABELS, roles),
        may_activate=is_released and lives.Action.ACTIVATE in lives.LIFE.offered(lives.State.PRINTED, roles),
        may_cancel=is_released and lives.Action.CANCEL in lives.LIFE.offered(lives.State.PRINTED, roles),
        is_holder=may(Right.PRINT_MARKS, roles),
        counts=count_states(db.session, batch) if is_released else {},
        activations=list_activations(db.session, batch),
        voidings=list_voidings(db.session, batch),
        balance=get_balance(db.session, batch, today().year) if is_released else None,
        papers=Paper,
        label=found if found and found.batch_id == batch.id else None,
        regions={region.code: tongue(region.label) for region in list_regions()},
        show_mark=show_mark,
    )


@bp.route("/labels/<int:label_batch_id>/sheets.pdf")
@access(Right.PRINT_LABELS)
def sheet(label_batch_id: int):
    """Hand out the sheets of labels, as they are drawn."""
    batch = _batch(label_batch_id, right=Right.PRINT_LABELS)
    _demand_release(batch)
    paper = Paper.ROLL if request.args.get("paper") == Paper.ROLL else Paper.A4
    title = gettext("Labels of %(product)s", product=named(batch.licence.dossier.product))
    pages = batch_sheets(batch, list_serials(db.session, batch), paper, issuer=issuer(), title=title)
    name = f"{batch.licence.number}-{batch.id}-{paper}.pdf"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"}
    return Response(pages, mimetype="application/pdf", headers=headers)


@bp.route("/labels/<int:label_batch_id>/release", methods=["GET", "POST"])
@access(batches.Action.RELEASE)
@writes
def release(label_batch_id: int):
    """Release an order."""
    batch = _batch(label_batch_id, batches.Action.RELEASE)
    form = form_for(ReleaseForm, version=batch.version)
    if not submitted(form):
        return _page("release", batch, form=form, yearly=find_yearly(db.session, batch.licence, batch.unit))
    labels.release(batch, issuer=issuer(), yearly=form.result(), version=form.version.data, actor=actor())
    return back_to(".show", label_batch_id=batch.id)


@bp.route("/labels/<int:label_batch_id>/decline", methods=["GET", "POST"])
@access(batches.Action.DECLINE)
@writes
def decline(label_batch_id: int):
    """Decline an order, with the reason."""
    batch = _batch(label_batch_id, batches.Action.DECLINE)
    form = form_for(DeclineForm, version=batch.version)
    if not submitted(form):
        return _page("decline", batch, form=form)
    labels.decline(batch, reason=form.reason.data, version=form.version.data, actor=actor())
    return back_to(".show", label_batch_id=batch.id)


@bp.route("/labels/<int:label_batch_id>/activate", methods=["GET", "POST"])
@access(lives.Action.ACTIVATE)
@writes
def activate(label_batch_id: int):
    """Activate the labels that were put on packs."""
    batch = _batch(label_batch_id, right=Right.PRINT_MARKS)
    _demand_release(batch)
    form = form_for(ActivationForm, {"packed_on": today()})
    if not submitted(form):
        return _page("activate", batch, form=form, balance=get_balance(db.session, batch, today().year))
    packed, (first, last) = form.result(), _range(batch, form)
    said = {"lot": packed.lot, "packed_on": packed.packed_on, "declared": packed.declared}
    labels.activate(batch, first, last, **said, actor=actor())
    return back_to(".show", label_batch_id=batch.id)


@bp.route("/labels/<int:label_batch_id>/void", methods=["GET", "POST"])
@access(lives.Action.CANCEL)
@writes
def cancel(label_batch_id: int):
    """Declare labels void for good."""
    batch = _batch(label_batch_id, right=Right.PRINT_LABELS)
    _demand_release(batch)
    form = form_for(VoidForm)
    if not submitted(form):
        return _page("void", batch, form=form)
    labels.cancel(batch, *_range(batch, form), cause=form.result(), actor=actor())
    return back_to(".show", label_batch_id=batch.id)


def _looked_for() -> Found | None:
    """Return the label whose serial the address names, however it is written."""
    try:
        return find_label(db.session, parse_mark(request.args.get("serial", "")[:LONGEST]))
    except Malformed:
        return None


def _batch(
    label_batch_id: int, action: batches.Action | None = None, *, right: Right = Right.READ_PAPERS
) -> LabelBatch:
    """Return an order that the person may read; the page of an act opens only where it can be done."""
    batch = get_batch(db.session, label_batch_id, reader=person(), right=right)
    if action and request.method == "GET":
        roles = roles_on(db.session, person(), batch.licence.dossier)
        if action not in batches.LIFE.offered(batch.state, roles):
            batches.LIFE.decide(batch.state, action, roles)
    return batch


def _demand_release(batch: LabelBatch) -> None:
    if batch.state is not batches.State.RELEASED:
        raise WrongState(NOT_RELEASED)


def _range(batch: LabelBatch, form: RangeForm) -> tuple[int, int]:
    """Return the first and the last rank typed, in their order."""
    first, last = (get_rank(db.session, batch, field.data) for field in (form.first, form.last))
    return min(first, last), max(first, last)


def _page(name: str, batch: LabelBatch, form: Form | None = None, **more: object) -> str:
    return render_template(f"marks/{name}.html", batch=batch, dossier=batch.licence.dossier, form=form, **more)
