"""What a demonstration shows besides: its accounts, its clock, the messages it sent. Not there in production."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from certify.extensions import db
from certify.forms.demonstration import ClockForm
from certify.mail.letters import Letter, Unwritten
from certify.models import Message, User
from certify.operations.delivery import letter_of
from certify.operations.demonstration import PASSWORD
from certify.operations.demonstration_clock import advance_demonstration
from certify.queries.messages import list_latest
from certify.queries.settings import get_days_ahead
from certify.queries.users import list_demonstration_users
from certify.views.helpers import PUBLIC, access, actor, back_to, form_for, submitted, writes
from certify.workflows.permissions import HUMAN_ROLES, Role

bp = Blueprint("demonstration", __name__)

SHOWN = 30
"""How many messages the mailbox shows."""


@bp.route("/demonstration", methods=["GET", "POST"])
@access(PUBLIC)
@writes
def accounts():
    """The accounts one can try, by role, and the clock that anybody may move."""
    form = form_for(ClockForm)
    if not submitted(form) or not form.result():
        return render_template(
            "demonstration/accounts.html",
            form=form,
            accounts=by_role(list_demonstration_users(db.session)),
            password=PASSWORD,
            days_ahead=get_days_ahead(db.session),
        )
    advance_demonstration(form.result(), actor=actor())
    return back_to(".accounts")


@bp.route("/demonstration/mail")
@access(PUBLIC)
def mail():
    """The last messages, as people receive them."""
    written = [(message, read(message)) for message in list_latest(db.session, limit=SHOWN)]
    return render_template("demonstration/mail.html", letters=[(one, letter) for one, letter in written if letter])


def by_role(people: list[User]) -> list[tuple[Role, list[User]]]:
    """Group people by the roles they hold, in the order of the roles."""
    found = [(role, [user for user in people if role in user.roles]) for role in HUMAN_ROLES]
    return [(role, users) for role, users in found if users]


def read(message: Message) -> Letter | None:
    """Return the letter of a message, None when it cannot be written."""
    try:
        return letter_of(db.session, message, base_url=current_app.config["BASE_URL"])
    except Unwritten:
        return None
