"""A request while it is being written: short steps that keep what was typed, documents one by one, the filing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, g, render_template, request, url_for
from flask_babel import gettext
from wtforms import FieldList, RadioField, SelectField
from wtforms.fields import SelectChoice

from certify.extensions import db
from certify.forms.document import DatedDocumentForm, DocumentForm, chosen
from certify.forms.dossier import NOWHERE, ClaimsForm, FilingForm, PlaceForm, ScopeForm, StartForm, sign_name
from certify.forms.product import MAX_FORMATS, IdentityForm, Making, MakingForm, field_of, shown_formats
from certify.models import Dossier, Site
from certify.operations.documents import hand_in
from certify.operations.dossiers import (
    file_dossier,
    start_dossier,
    write_claims,
    write_identity,
    write_making,
    write_place,
)
from certify.queries.documents import KINDS, UNSTATED, Entry, get_rules, list_entries
from certify.queries.dossiers import get_dossier
from certify.queries.drafts import Missing, Step, check_draft, list_signs, remark_on_place
from certify.queries.organisations import get_organisation_of
from certify.queries.reference import get_province
from certify.queries.regulations import get_regulation_in_force
from certify.views.files import received
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, today, writes
from certify.views.presenting import comma, tongue
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import AlreadyDone, NotFound, Stale, WrongState
from certify.workflows.permissions import Right, Role
from certify.workflows.regulation import Regulation
from certify.workflows.words import N_

bp = Blueprint("draft", __name__)

STEPS = (
    *((str(step), step.label) for step in (Step.PRODUCT, Step.MAKING, Step.PLACE, Step.CLAIMS, Step.DOCUMENTS)),
    ("check", N_("Check and file")),
)
"""The steps in their order: the page of each, and what it is called."""


@bp.route("/dossiers/new", methods=["GET", "POST"])
@access(Right.START_DOSSIER)
@writes
def start():
    """Say what a request needs, for the value chain and the use chosen; then begin it under a name."""
    mine, rules = get_organisation_of(person()), get_regulation_in_force(today())
    scope = ScopeForm(request.values if "filiere" in request.values else None)
    scope.filiere.choices = filieres(rules)
    scope.uses = {one.code: one.usages for one in rules.filieres}
    is_scoped = "filiere" in request.values and scope.validate()
    form = form_for(StartForm, scope.data, filiere=filieres(rules))
    if not is_scoped or not submitted(form):
        needed = what_is_needed(rules, scope.filiere.data, scope.usage.data) if is_scoped else ()
        return render_template("applicant/start.html", scope=scope, form=form, needed=needed, is_scoped=is_scoped)
    dossier = start_dossier(mine, **form.result(), actor=actor())
    return back_to(".product", dossier_id=dossier.id)


@bp.route("/dossiers/<int:dossier_id>/product", methods=["GET", "POST"])
@access(Right.EDIT_DRAFT)
@writes
def product(dossier_id: int):
    """The first step: what the product is and the formats it is sold in."""
    dossier = open_draft(dossier_id)
    saved = {name: getattr(dossier.product, name) for name in ("filiere", "category", "name_fr", "name_ar", "name_en")}
    saved |= {"usage": str(dossier.product.usage), "formats": shown_formats(dossier.product.formats)}
    rules = get_rules(dossier, today())
    form = form_for(IdentityForm, saved, version=dossier.version, filiere=filieres(rules))
    form.category.choices = categories(rules, form.filiere.data)
    if not submitted(form):
        if ("add" in request.args or not form.formats.entries) and len(form.formats) < MAX_FORMATS:
            form.formats.append_entry()
        return step_page("product", dossier, form, saved)
    write_identity(dossier, form.result(), version=form.version.data, actor=actor())
    if "add" in request.form:
        return back_to(".product", dossier_id=dossier.id, add=1, _anchor="formats")
    if form.filiere.data != saved["filiere"] and form.category.choices:
        return back_to(".product", dossier_id=dossier.id, _anchor="category")
    return go_on("product", dossier)


@bp.route("/dossiers/<int:dossier_id>/making", methods=["GET", "POST"])
@access(Right.EDIT_DRAFT)
@writes
def making(dossier_id: int):
    """The second step: where the product comes from and how it is made."""
    dossier = open_draft(dossier_id)
    saved = {field_of(name): getattr(dossier.product, name) for name in Making.__annotations__}
    form = form_for(MakingForm, saved, version=dossier.version)
    if not submitted(form):
        return step_page("making", dossier, form, saved)
    write_making(dossier, form.result(), version=form.version.data, actor=actor())
    return go_on("making", dossier)


@bp.route("/dossiers/<int:dossier_id>/place", methods=["GET", "POST"])
@access(Right.EDIT_DRAFT)
@writes
def place(dossier_id: int):
    """The third step: the site, with what is odd about it for this product."""
    dossier = open_draft(dossier_id)
    sites = dossier.organisation.sites
    saved = {"site_id": str(dossier.site_id or NOWHERE)}
    choices = [SelectChoice(str(site.id), site.name) for site in sites]
    form = form_for(PlaceForm, saved, version=dossier.version, site_id=choices)
    if not submitted(form):
        told = {str(site.id): told_of(site) for site in sites}
        remarks = {site: remark_on_place(dossier, site, today()) for site in sites}
        return step_page("place", dossier, form, saved, told=told, remarks=remarks)
    write_place(dossier, site_id=form.result(), version=form.version.data, actor=actor())
    return go_on("place", dossier)


@bp.route("/dossiers/<int:dossier_id>/claims", methods=["GET", "POST"])
@access(Right.EDIT_DRAFT)
@writes
def claims(dossier_id: int):
    """The fourth step: the recognised sign claimed, if any, and the brand."""
    dossier = open_draft(dossier_id)
    product = dossier.product
    saved = {name: getattr(product, name) for name in ("sign_body", "sign_certificate")}
    saved |= {"sign_name": sign_name(product.sign) if product.sign else None, "own_brand": product.brand}
    form = form_for(ClaimsForm, saved, version=dossier.version)
    form.signs = list_signs(db.session)
    if not submitted(form):
        return step_page("claims", dossier, form, saved, names=[sign_name(sign) for sign in form.signs])
    write_claims(dossier, form.result(), version=form.version.data, actor=actor())
    return go_on("claims", dossier)


@bp.route("/dossiers/<int:dossier_id>/documents")
@access(Right.EDIT_DRAFT)
def documents(dossier_id: int):
    """The fifth step: what must be attached, and what was."""
    dossier = open_draft(dossier_id)
    entries = list_entries(db.session, dossier, reader=person(), today=today())
    return step_page("documents", dossier, None, {}, entries=entries)


@bp.route("/dossiers/<int:dossier_id>/documents/<kind>", methods=["GET", "POST"])
@access(Right.EDIT_DRAFT)
@writes
def document(dossier_id: int, kind: str):
    """One document: send it, send a newer version of it, or say why it cannot be had."""
    dossier = open_draft(dossier_id)
    entry = get_entry(dossier, kind)
    form = form_for(DatedDocumentForm if entry.rule.max_age_months else DocumentForm)
    form.today, form.may_explain, form.max_age_months = today(), entry.rule.may_explain, entry.rule.max_age_months
    if not submitted(form):
        return render_template("applicant/document.html", dossier=dossier, entry=entry, form=form)
    stored = received(chosen(form.file))
    hand_in(dossier, kind, stored=stored, explanation=form.explanation.data, expires_on=form.last_day, actor=actor())
    return back_to(".documents", dossier_id=dossier.id, _anchor=kind)


@bp.route("/dossiers/<int:dossier_id>/check", methods=["GET", "POST"])
@access(Action.FILE)
@writes
def check(dossier_id: int):
    """The last step: what is missing, each with the way to it; then the commitment and the filing."""
    dossier = open_draft(dossier_id, gone=N_("This request is already filed: it was not filed twice."))
    form = form_for(FilingForm, version=dossier.version)
    if not submitted(form):
        found = check_draft(db.session, dossier, reader=person(), today=today())
        rules, address = get_rules(dossier, today()), partial(repair, dossier)
        return step_page("check", dossier, form, {}, check=found, rules=rules, address=address)
    file_dossier(dossier, is_engaged=form.is_engaged.data, version=form.version.data, actor=actor())
    return back_to("applicant.filed", dossier_id=dossier.id)


def open_draft(dossier_id: int, gone: str | None = None) -> Dossier:
    """Return a draft of the person's own organisation. Raises AlreadyDone with `gone`, or WrongState, once it is filed.

    A step that was just refused comes back all the same: what was typed must not be lost.
    """
    dossier = get_dossier(db.session, dossier_id, reader=person(), right=Right.EDIT_DRAFT)
    if Action.FILE not in LIFE.offered(dossier.state, {Role.APPLICANT}):
        if gone:
            raise AlreadyDone(gone)
        if g.get("refusal") is None:
            raise WrongState(N_("This file is no longer a draft: what it says stands as it was filed."))
    return dossier


def step_page(page: str, dossier: Dossier, form, saved: Mapping[str, object], **more: object) -> str:
    """Show a step among the others, and what somebody else saved meanwhile, if that is why it comes back."""
    return render_template(
        f"applicant/{page}.html",
        dossier=dossier,
        form=form,
        number=[name for name, _ in STEPS].index(page) + 1,
        titles=[gettext(label) for _, label in STEPS],
        urls=[url_for(f".{name}", dossier_id=dossier.id) for name, _ in STEPS],
        changes=list(compare(form, saved)) if isinstance(g.get("refusal"), Stale) else [],
        **more,
    )


def repair(dossier: Dossier, missing: Missing) -> str:
    """Return the address where a missing answer is given, at its very field."""
    if missing.step is Step.ORGANISATION:
        return url_for("account.organisation", _anchor=missing.field)
    if missing.step is Step.SITE:
        return url_for("account.site", site_id=dossier.site_id, _anchor=missing.field)
    field = f"{missing.field}-0" if missing.step is Step.PLACE else field_of(missing.field)
    return url_for(f".{missing.step}", dossier_id=dossier.id, _anchor=field)


def go_on(page: str, dossier: Dossier):
    """Lead to the next step, or to the dossier when the person wants to stop here."""
    following = STEPS[[name for name, _ in STEPS].index(page) + 1][0]
    endpoint = "applicant.dossier" if "later" in request.form else f".{following}"
    return back_to(endpoint, dossier_id=dossier.id)


def compare(form, saved: Mapping[str, object]):
    """Yield what differs between the saved step and what was typed: label, saved, typed."""
    for name, kept in saved.items():
        before, typed = written(form[name], kept), written(form[name], form[name].data)
        if before != typed:
            yield form[name].label.text if name != "formats" else gettext("Formats"), before, typed


def written(field, value: object) -> str:
    """Write a value as the person would read it on the form."""
    if isinstance(field, FieldList):
        lines = ([each.get(part) for part in ("content", "unit", "packaging", "gtin")] for each in value)
        return "; ".join(" ".join(filter(None, line)) for line in lines if any(line))
    if isinstance(field, RadioField | SelectField):
        return next((str(label) for key, label, *_ in field.iter_choices() if key == value), "")
    return str(value or "")


def told_of(site: Site) -> str:
    """Say where a site is and under which sanitary number."""
    place = f"{site.commune}{comma()} {tongue(get_province(site.province).label)}"
    return f"{place} · {site.sanitary_number}" if site.sanitary_number else place


def filieres(rules: Regulation) -> list[SelectChoice]:
    """List the value chains of the regulation, by name."""
    named = (SelectChoice(one.code, tongue(one.label)) for one in rules.filieres)
    return [SelectChoice("", gettext("Choose…")), *sorted(named, key=lambda choice: choice.label)]


def categories(rules: Regulation, filiere: str) -> list[SelectChoice]:
    """List the categories that a product of a value chain may be declared to be of; nothing when it has none."""
    known = next((one.categories for one in rules.filieres if one.code == filiere), ())
    named = [SelectChoice(one.code, tongue(one.label)) for one in known]
    return [SelectChoice("", gettext("None of these")), *named] if named else []


def what_is_needed(rules: Regulation, filiere: str, usage: str) -> list[tuple[object, bool]]:
    """List the documents that a request will need, each with whether it depends on what it will say."""
    stated = {KINDS[person().organisation.kind]}
    certain = rules.documents_for(filiere, usage, stated)
    possible = rules.documents_for(filiere, usage, stated | UNSTATED | {"sign_claimed", "brand_owned", "gtin"})
    return [(rule, rule in certain and rule.mandatory) for rule in possible]


def get_entry(dossier: Dossier, kind: str) -> Entry:
    """Return one document of the list of a dossier, or raise NotFound."""
    entries = list_entries(db.session, dossier, reader=person(), today=today())
    entry = next((entry for entry in entries if entry.rule.code == kind), None)
    if entry is None:
        raise NotFound(N_("This request does not need such a document."))
    return entry
