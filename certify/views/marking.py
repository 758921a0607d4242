"""The print kit of a holder: which mark goes on which pack, how large, and the file that a printer wants."""

from __future__ import annotations

from flask import Blueprint, Response, render_template, request
from flask_babel import gettext

from certify.extensions import db
from certify.forms.label import KitForm
from certify.models import Licence
from certify.operations.label_sheets import Mark, product_mark
from certify.operations.labels import is_in_force
from certify.pdf.marks import mark_pdf, mark_svg
from certify.queries.decisions import get_licence_of
from certify.queries.dossiers import get_dossier
from certify.queries.labels import find_format
from certify.views.helpers import access, issuer, now, person, today
from certify.views.presenting import named
from certify.workflows.errors import NotFound, Refused
from certify.workflows.machine import Term
from certify.workflows.permissions import Right
from certify.workflows.printkit import MarkForm, Package, Printer, Size, sizes
from certify.workflows.words import N_

bp = Blueprint("marking", __name__)

NOT_IN_FORCE = N_("The licence is not in force: nothing may be printed under it.")
KINDS = {"svg": "image/svg+xml", "pdf": "application/pdf"}


@bp.route("/dossiers/<int:dossier_id>/marks")
@access(Right.PRINT_MARKS)
def kit(dossier_id: int):
    """Show which mark suits a pack, the sizes that are read, and their files."""
    licence = licensed(dossier_id)
    form = KitForm(request.args)
    form.sold_as.choices = formats_of(licence)
    is_right = form.validate()
    package, printer = _chosen(Package, form.package.data), _chosen(Printer, form.printer.data)
    position, lot = _position(form.sold_as.data), form.lot.data if is_right else None
    mark = _mark(licence, package.form, position, lot)
    return render_template(
        "marks/kit.html",
        dossier=licence.dossier,
        form=form,
        mark=mark,
        package=package,
        printer=printer,
        sold_as=find_format(licence, position),
        sizes=sizes(package.form, printer, mark.symbol.side),
        asked={"form": package.form, "printer": printer, "sold_as": position, "lot": lot},
    )


@bp.route("/dossiers/<int:dossier_id>/mark.<kind>")
@access(Right.PRINT_MARKS)
def mark(dossier_id: int, kind: str):
    """Hand out a mark as SVG or PDF, at one of the sizes that the kit offers."""
    if kind not in KINDS:
        raise NotFound(N_("Marks are handed out as SVG or PDF."))
    licence = licensed(dossier_id)
    form = KitForm(request.args)
    lot = form.lot.data if form.validate() else None
    shape = _chosen(MarkForm, request.args.get("form"))
    drawn = _mark(licence, shape, _position(form.sold_as.data), lot)
    offered = sizes(shape, _chosen(Printer, form.printer.data), drawn.symbol.side)
    size = next((each for each in offered if str(each.dots) == request.args.get("dots")), offered[0])
    answer = Response(_drawn(drawn, size, kind, named(licence.dossier.product)), mimetype=KINDS[kind])
    answer.headers["Cache-Control"] = "private, no-store"
    if "show" not in request.args:
        name = f"{licence.number}-{shape}-{size.side:.1f}mm.{kind}"
        answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def licensed(dossier_id: int) -> Licence:
    """Return the person's own licence, which must be in force today."""
    dossier = get_dossier(db.session, dossier_id, reader=person(), right=Right.PRINT_MARKS)
    licence = get_licence_of(db.session, dossier)
    if not is_in_force(licence, today()):
        raise Refused(NOT_IN_FORCE)
    return licence


def formats_of(licence: Licence) -> list[tuple[str, str]]:
    """Offer the formats of a product, by their position."""
    shown = ((each.position, f"{each.content} {each.unit}", each.packaging) for each in licence.dossier.product.formats)
    return [(str(position), f"{content}, {pack}" if pack else content) for position, content, pack in shown]


def _mark(licence: Licence, form: MarkForm, position: int, lot: str | None) -> Mark:
    sold_as = find_format(licence, position)
    gtin = sold_as.gtin if sold_as else None
    return product_mark(licence, form, issuer=issuer(), gtin=gtin, lot=lot if gtin else None)


def _drawn(mark: Mark, size: Size, kind: str, product: str) -> str | bytes:
    title = gettext("Mark of %(product)s", product=product)
    if kind == "svg":
        return mark_svg(mark.symbol, mark.line, module=size.module, title=title)
    return mark_pdf(mark.symbol, mark.line, dpi=size.dpi, dots=size.dots, title=title, at=now())


def _chosen(kind: type[Term], value: str | None) -> Term:
    """Return what the address names, or else the first that there is."""
    return next((term for term in kind if term.value == value), next(iter(kind)))


def _position(value: str | None) -> int:
    return int(value) if value and value.isascii() and value.isdigit() and len(value) < 4 else 0
