"""Coming in: sign up, confirm the address, sign in and out, choose another password."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, flash, g, redirect, render_template, request, session, url_for
from flask_babel import get_locale, gettext
from flask_login import UserMixin, current_user, login_user, logout_user

from certify.extensions import db, limiter, login
from certify.forms.auth import EmailForm, NewPasswordForm, PasswordForm, SignInForm, SignUpForm
from certify.forms.base import Form
from certify.models import User
from certify.operations import users
from certify.operations.passwords import is_password, stamp
from certify.operations.sign_up import confirm_address, resend_confirmation, sign_up
from certify.operations.tokens import Purpose, get_bearer
from certify.queries.users import find_user, find_user_by_email
from certify.views.helpers import PUBLIC, access, actor, back_to, form_for, now, person, submitted, who_may, writes
from certify.workflows.errors import NotFound, Refused
from certify.workflows.permissions import Right

bp = Blueprint("auth", __name__)

ROOMS = (
    (Right.START_DOSSIER, "applicant.desk"),
    (Right.WORK_OFFICE, "office.desk"),
    (Right.WORK_EVALUATION, "evaluation.desk"),
    (Right.WORK_INSPECTION, "visiting.desk"),
    (Right.WORK_COMMITTEE, "committee.desk"),
    (Right.WORK_LABORATORY, "laboratory.desk"),
    (Right.MANAGE_USERS, "administration.users"),
)
"""Where somebody finds their work, the first right that they carry counting."""


class SignedIn(UserMixin):
    """A person as the session knows them; it ends when their password changes or their account closes."""

    def __init__(self, user: User) -> None:
        self.user = user

    def get_id(self) -> str:
        """Return what the session keeps: the person's number and a trace of their password."""
        return f"{self.user.id}-{stamp(self.user.password_hash)}"


@login.user_loader
def load(kept: str) -> SignedIn | None:
    """Return the person of a session that still holds."""
    number, _, _trace = kept.partition("-")
    user = find_user(db.session, int(number)) if number.isdigit() else None
    if user is None or not user.is_active or user.confirmed_at is None:
        return None
    signed_in = SignedIn(user)
    return signed_in if signed_in.get_id() == kept else None


login.login_view = "auth.sign_in"
login.login_message = None


def home_of(user: User) -> str:
    """Return the address of the room where a person finds their work; their account when they have none."""
    held = (endpoint for right, endpoint in ROOMS if who_may(right) & user.roles)
    return url_for(next(held, "account.profile"))


def own_path(target: str | None) -> str | None:
    """Return `target` when it is an address of ours without its host, None for anything that might lead elsewhere."""
    if not target or not target.startswith("/") or target.startswith("//") or "\\" in target:
        return None
    if any(ord(character) <= 32 or ord(character) == 127 for character in target):
        return None
    parts = urlsplit(target)
    return None if parts.scheme or parts.netloc else target


def enter(user: User) -> None:
    """Begin a session of its own for `user`, in the language they chose before, or else in theirs."""
    forget()
    session.setdefault("lang", user.locale)
    login_user(SignedIn(user))


def forget() -> None:
    """End the session of whoever is here; the language they chose stays."""
    chosen = session.get("lang")
    session.clear()
    if chosen:
        session["lang"] = chosen


def recognised(email: str, password: str) -> User | None:
    """Return the person of an address and its password; it takes as long whether the address exists or not."""
    found = find_user_by_email(db.session, email)
    number, kept = (found.id, found.password_hash) if found else (None, None)
    db.session.rollback()  # a password takes its time to check: nobody's write shall wait for it
    return find_user(db.session, number) if is_password(password, kept) else None


def written_to(email: str):
    """Go to the page that says where the message went, whether there was anybody to write to or not."""
    session["written_to"] = email
    return back_to(".look_at_mail")


def mismatch(template: str, form: Form, **values: object):
    """Show a form again because the password typed in it is not the right one."""
    form.password.errors = [gettext("This password is not the one of this address. Try again, or choose another.")]
    g.form_failed = True
    return render_template(template, form=form, **values)


def key() -> str:
    """Return the key that links are signed with."""
    return current_app.config["SECRET_KEY"]


def typed_address() -> str:
    """Name the address that a form was sent for, to count the tries on it."""
    return f"address {request.form.get('email', '').strip().lower()[:254]}"


def has_failed(response: Response) -> bool:
    """Tell whether a try counts against its limit: whoever got in did not guess."""
    return response.status_code != 303


def by_link(purpose: Purpose) -> Callable:
    """Hand a view the person of the link in its address, or show why the link no longer serves."""

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def opened(token: str):
            try:
                user = get_bearer(db.session, token, purpose, key=key(), at=now())
            except (NotFound, Refused) as error:
                return render_template("auth/dead_link.html", error=error, purpose=purpose), 410
            session.setdefault("lang", user.locale)  # a link opens where the letter was read, in its language
            return view(user)

        return opened

    return decorate


def limited(by_network: str, by_address: str | None = None, **options: object) -> Callable:
    """Limit how often a form is sent from one network address and, where it has one, for one e-mail address."""

    def decorate(view: Callable) -> Callable:
        if by_address:
            view = limiter.limit(by_address, methods=["POST"], key_func=typed_address, **options)(view)
        return limiter.limit(by_network, methods=["POST"], **options)(view)

    return decorate


@bp.route("/sign-up", methods=["GET", "POST"])
@limited("20 per hour", "5 per hour")
@access(PUBLIC)
@writes
def sign_up_page():
    """Open an account for an applicant; what comes back is the same whoever they are."""
    if current_user.is_authenticated:
        return redirect(home_of(person()), 303)
    form = form_for(SignUpForm, {"locale": get_locale().language})
    if not submitted(form):
        return render_template("auth/sign_up.html", form=form)
    sign_up(form.result(), key=key(), actor=actor())
    return written_to(form.email.data)


@bp.route("/sign-up/sent")
@access(PUBLIC)
def look_at_mail():
    """Say where a message went, and what to do when it does not come."""
    return render_template("auth/look_at_mail.html", email=session.get("written_to"))


@bp.route("/confirm", methods=["GET", "POST"])
@limited("20 per hour", "5 per hour")
@access(PUBLIC)
@writes
def resend():
    """Send the link that confirms an address once more."""
    form = form_for(EmailForm)
    if not submitted(form):
        return render_template("auth/resend.html", form=form)
    resend_confirmation(form.email.data, key=key(), actor=actor())
    return written_to(form.email.data)


@bp.route("/confirm/<token>", methods=["GET", "POST"])
@limited("60 per hour")
@access(PUBLIC)
@writes
@by_link(Purpose.CONFIRM)
def confirm(user: User):
    """Confirm an address: the link proves it, the password that it is the same person who signed up."""
    if user.confirmed_at is not None:
        return back_to(".sign_in")
    form = form_for(PasswordForm)
    if not submitted(form):
        return render_template("auth/confirm.html", form=form, email=user.email)
    trace = stamp(user.password_hash)
    if not is_password(form.password.data, user.password_hash):
        return mismatch("auth/confirm.html", form, email=user.email)
    confirm_address(user, trace=trace, actor=actor())
    enter(user)
    return redirect(home_of(user), 303)


@bp.route("/sign-in", methods=["GET", "POST"])
@limited("30 per minute; 300 per hour", "10 per 15 minutes", deduct_when=has_failed)
@access(PUBLIC)
@writes
def sign_in():
    """Let somebody in, and lead them to the page they asked for or to their room."""
    if current_user.is_authenticated:
        return redirect(home_of(person()), 303)
    form = form_for(SignInForm, {"next": own_path(request.args.get("next"))})
    if not submitted(form):
        return render_template("auth/sign_in.html", form=form)
    user = recognised(form.email.data, form.password.data)
    if user is None:
        return mismatch("auth/sign_in.html", form)
    users.sign_in(user, password=form.password.data, actor=actor())
    enter(user)
    return redirect(own_path(form.next.data) or home_of(user), 303)


@bp.route("/sign-out", methods=["POST"])
@access(PUBLIC)
@writes
def sign_out():
    """End the session; the language stays."""
    logout_user()
    forget()
    flash("field", "left")  # the page that follows takes the missions off the device
    return back_to("public.home")


@bp.route("/reset", methods=["GET", "POST"])
@limited("20 per hour", "5 per hour")
@access(PUBLIC)
@writes
def ask_reset():
    """Send the link that lets somebody choose another password."""
    form = form_for(EmailForm)
    if not submitted(form):
        return render_template("auth/ask_reset.html", form=form)
    users.ask_reset(form.email.data, key=key(), actor=actor())
    return written_to(form.email.data)


@bp.route("/reset/<token>", methods=["GET", "POST"])
@access(PUBLIC)
@writes
@by_link(Purpose.RESET)
def reset(user: User):
    """Choose another password."""
    return choose_password(user)


@bp.route("/invitation/<token>", methods=["GET", "POST"])
@access(PUBLIC)
@writes
@by_link(Purpose.INVITATION)
def invitation(user: User):
    """Choose the first password of an account that somebody opened."""
    return choose_password(user)


def choose_password(user: User):
    """Ask for a new password of `user`, set it, and lead to the sign-in; whoever was signed in here no longer is."""
    form = form_for(NewPasswordForm)
    form.owner = user.email
    if not submitted(form):
        return render_template("auth/choose_password.html", form=form, user=user)
    users.set_password(user, form.password.data, trace=stamp(user.password_hash), actor=actor())
    forget()
    return back_to(".sign_in", password="set")
