"""What the administrator does: look for accounts, open them, give and take roles, close and reopen."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from flask import Blueprint, render_template, request, url_for
from flask_babel import get_locale, gettext

from certify.extensions import db
from certify.forms.base import Form
from certify.forms.user import OFFICES, RolesForm, StaffForm
from certify.models import User
from certify.operations.sign_up import is_invited
from certify.operations.users import change_roles, close_account, invite_again, open_account, reopen_account
from certify.queries.users import count_roles, get_user, list_users
from certify.views.auth import key
from certify.views.helpers import access, actor, back_to, form_for, person, submitted, writes
from certify.workflows.permissions import HUMAN_ROLES, Right, Role
from certify.workflows.words import N_

bp = Blueprint("administration", __name__)

TOLD = {
    Role.SECRETARIAT: N_("Keeps the files, the legal delays and the agenda. Does not vote."),
    Role.RAPPORTEUR: N_("Examines the dossiers given to them and reports. Does not decide on them."),
    Role.INSPECTOR: N_("Visits the sites they are named for. Decides nothing."),
    Role.MEMBER: N_("Reads, declares interests and votes, for the seat they hold."),
    Role.PRESIDENT: N_("Opens and closes meetings and items, and signs the minutes."),
    Role.SIGNATORY: N_("Signs authorisations, suspensions and withdrawals."),
    Role.ADMINISTRATOR: N_("Manages accounts and roles. Reads no dossier."),
    Role.LABORATORY: N_("Analyses samples known by a code. Does not learn whose product it is; holds no other role."),
    Role.AUDITOR: N_("Reads everything, the journal included. Writes nothing."),
}
"""What giving a role means."""


@bp.route("/accounts")
@access(Right.MANAGE_USERS)
def users():
    """The accounts, by page; a part of a name, an address or an organisation narrows them, and so does a role."""
    search, role = request.args.get("search", "").strip(), asked_role()
    found = list_users(db.session, search=search, role=role, page=request.args.get("page", 1, int))
    return render_template(
        "administration/users.html",
        found=found,
        search=search,
        role=role,
        roles=HUMAN_ROLES,
        counts=count_roles(db.session),
        page_url=lambda number: url_for(".users", search=search or None, role=role, page=number),
    )


@bp.route("/accounts/new", methods=["GET", "POST"])
@access(Right.MANAGE_USERS)
@writes
def new_user():
    """Open an account for somebody of the house."""
    form = form_for(StaffForm, {"locale": get_locale().language})
    if not submitted(form):
        return render_template("administration/new_user.html", form=form, told=told())
    given = {"roles": form.roles.data, "laboratory": form.laboratory.data}
    opened = open_account(form.result(), **given, key=key(), actor=actor())
    return back_to(".user", user_id=opened.id)


@bp.route("/accounts/<int:user_id>")
@access(Right.MANAGE_USERS)
def user(user_id: int):
    """One account, and what can be done with it."""
    shown = get_user(db.session, user_id)
    is_me = shown.id == person().id
    return render_template("administration/user.html", user=shown, is_me=is_me, waits=is_invited(shown))


@bp.route("/accounts/<int:user_id>/roles", methods=["GET", "POST"])
@access(Right.MANAGE_USERS)
@writes
def roles(user_id: int):
    """Give and take the roles of somebody."""
    shown = get_user(db.session, user_id)
    form = form_for(RolesForm, {"roles": [role for role in OFFICES if role in shown.roles]})
    if not submitted(form):
        return render_template("administration/roles.html", user=shown, form=form, told=told())
    change_roles(shown, form.result(), actor=actor())
    return back_to(".user", user_id=shown.id)


@bp.route("/accounts/<int:user_id>/closing", methods=["GET", "POST"])
@access(Right.MANAGE_USERS)
@writes
def close(user_id: int):
    """Close an account."""
    return confirmed(get_user(db.session, user_id), "administration/close.html", close_account)


@bp.route("/accounts/<int:user_id>/reopening", methods=["GET", "POST"])
@access(Right.MANAGE_USERS)
@writes
def reopen(user_id: int):
    """Open a closed account again."""
    return confirmed(get_user(db.session, user_id), "administration/reopen.html", reopen_account)


@bp.route("/accounts/<int:user_id>/invitation", methods=["GET", "POST"])
@access(Right.MANAGE_USERS)
@writes
def invitation(user_id: int):
    """Send its link again to an account without a password."""
    return confirmed(get_user(db.session, user_id), "administration/invitation.html", partial(invite_again, key=key()))


def confirmed(shown: User, template: str, act: Callable[..., None]):
    """Ask for a confirmation that names the consequence, then do `act` on an account."""
    form = form_for(Form)
    if not submitted(form):
        return render_template(template, user=shown, form=form)
    act(shown, actor=actor())
    return back_to(".user", user_id=shown.id)


def told() -> dict[str, str]:
    """Return what each role does, in the language of the page."""
    return {role: gettext(sentence) for role, sentence in TOLD.items()}


def asked_role() -> Role | None:
    """Return the role that the list is narrowed to, if it is one."""
    asked = request.args.get("role", "")
    return Role(asked) if asked in list(HUMAN_ROLES) else None
