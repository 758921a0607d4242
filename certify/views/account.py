"""One's own pages: who I am, the organisation I act for, its people and its sites."""

from __future__ import annotations

from flask import Blueprint, render_template, session
from flask_babel import get_locale
from flask_login import login_user

from certify.extensions import db
from certify.forms.organisation import OrganisationForm
from certify.forms.site import SiteForm
from certify.forms.user import ChangePasswordForm, PersonForm, ProfileForm
from certify.models import Organisation
from certify.operations.organisations import PARTICULARS, SITE, add_site, keep_particulars, keep_site
from certify.operations.users import add_colleague, change_password, keep_profile
from certify.queries.organisations import get_organisation_of, get_site, list_gaps, list_remarks
from certify.queries.reference import get_province
from certify.queries.users import list_members
from certify.views.auth import SignedIn, key, limited
from certify.views.helpers import SIGNED_IN, access, actor, back_to, form_for, person, submitted, today, writes
from certify.workflows.identifiers import format_ice, format_phone, mask_cnie
from certify.workflows.permissions import Right
from certify.workflows.words import Label

bp = Blueprint("account", __name__)


@bp.route("/account", methods=["GET", "POST"])
@access(SIGNED_IN)
@writes
def profile():
    """My name and the language I am written to in."""
    me = person()
    form = form_for(ProfileForm, {"name": me.name, "locale": me.locale})
    if not submitted(form):
        return render_template("account/profile.html", form=form, me=me)
    keep_profile(me, name=form.name.data, locale=form.locale.data, actor=actor())
    session["lang"] = form.locale.data
    return back_to(".profile", saved=1)


@bp.route("/account/password", methods=["GET", "POST"])
@access(SIGNED_IN)
@writes
def password():
    """My password; wherever else I was signed in, I no longer am."""
    me = person()
    form = form_for(ChangePasswordForm)
    form.owner = me.email
    if not submitted(form):
        return render_template("account/password.html", form=form)
    change_password(me, form.present.data, form.password.data, actor=actor())
    login_user(SignedIn(me))
    return back_to(".profile", saved=1)


@bp.route("/account/organisation", methods=["GET", "POST"])
@access(Right.KEEP_ORGANISATION)
@writes
def organisation():
    """What my organisation says of itself, what is missing, and who acts for it."""
    mine = get_organisation_of(person())
    form = form_for(OrganisationForm, shown(mine), version=mine.version)
    if not submitted(form):
        return render_template(
            "account/organisation.html",
            organisation=mine,
            form=form,
            gaps=list_gaps(mine),
            members=list_members(db.session, mine),
            cnie=mask_cnie(mine.representative_cnie) if mine.representative_cnie else None,
        )
    keep_particulars(mine, form.result(), version=form.version.data, actor=actor())
    return back_to(".organisation", saved=1)


@bp.route("/account/organisation/colleagues", methods=["GET", "POST"])
@limited("20 per hour", "5 per hour")
@access(Right.KEEP_ORGANISATION)
@writes
def colleague():
    """Let somebody else of my organisation in."""
    mine = get_organisation_of(person())
    form = form_for(PersonForm, {"locale": get_locale().language})
    if not submitted(form):
        return render_template("account/colleague.html", organisation=mine, form=form)
    add_colleague(mine, form.result(), key=key(), actor=actor())
    return back_to(".organisation", _anchor="members")


@bp.route("/account/sites")
@access(Right.KEEP_ORGANISATION)
def sites():
    """The places where my organisation makes, packs or stores."""
    mine = get_organisation_of(person())
    remarks = {site.id: list_remarks(site, today()) for site in mine.sites}
    return render_template("account/sites.html", organisation=mine, remarks=remarks, province=province_label)


@bp.route("/account/sites/new", methods=["GET", "POST"])
@access(Right.KEEP_ORGANISATION)
@writes
def new_site():
    """Add a site."""
    mine = get_organisation_of(person())
    form = form_for(SiteForm, {"province": mine.province, "commune": mine.commune})
    form.today = today()
    if not submitted(form):
        return render_template("account/site.html", form=form, site=None, remarks=())
    add_site(mine, form.result(), actor=actor())
    return back_to(".sites")


@bp.route("/account/sites/<int:site_id>", methods=["GET", "POST"])
@access(Right.KEEP_ORGANISATION)
@writes
def site(site_id: int):
    """Change what is said of a site."""
    kept = get_site(db.session, site_id, reader=person())
    form = form_for(SiteForm, {field: getattr(kept, field) for field in SITE}, version=kept.version)
    form.today = today()
    if not submitted(form):
        return render_template("account/site.html", form=form, site=kept, remarks=list_remarks(kept, today()))
    keep_site(kept, form.result(), version=form.version.data, actor=actor())
    return back_to(".sites")


def province_label(code: int) -> Label:
    """Return the name of a province in each language."""
    return get_province(code).label


def shown(organisation: Organisation) -> dict[str, object]:
    """Write the particulars as people read them; the identity card number is never written back."""
    said = {field: getattr(organisation, field) for field in PARTICULARS}
    said["ice"] = format_ice(organisation.ice) if organisation.ice else None
    said["phone"] = format_phone(organisation.phone) if organisation.phone else None
    return said
