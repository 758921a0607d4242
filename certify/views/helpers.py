"""What every view is made of: who may come in, the one place that commits, forms that lose nothing, the actor."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import wraps
from pathlib import Path

from flask import current_app, flash, g, redirect, request, url_for
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from wtforms import FileField, MultipleFileField

from certify.extensions import SAFE_METHODS, db
from certify.models import User
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.queries.calendar import casablanca_today
from certify.queries.settings import get_days_ahead
from certify.trust.keyring import NoKeys, read_keyring
from certify.workflows import batch, case, dossier, erratum, label, licence, meeting
from certify.workflows.errors import AlreadyDone, Malformed, NotAllowed, Refused, Stale
from certify.workflows.machine import Term
from certify.workflows.permissions import CHAIRED, COMMITTEE, Right, Role, may
from certify.workflows.words import N_

PUBLIC = "public"
"""`@access(PUBLIC)`: anybody, signed in or not."""

SHARED = "shared"
"""`@access(PUBLIC, SHARED)`: the same answer for everybody, which proxies keep: no session is looked at, not even for
the language.
"""

KEPT = re.compile(r"[a-z0-9-]{1,60}")
"""The name under which keep.js keeps what is typed in a form; the form says it as `kept_as`."""

SIGNED_IN = "signed in"
"""`@access(SIGNED_IN)`: anybody with an account."""

LIVES = {life.Action: life.LIFE for life in (dossier, meeting, erratum, licence, batch, label, case)}


def who_may(what: Right | Term) -> frozenset[Role]:
    """Return the roles that carry a right, or that the regulation lets take an action from some state.

    What whoever presides may do is open to every member at this first door: the second asks the roll who presides.
    """
    if isinstance(what, Right):
        roles = frozenset(role for role in Role if may(what, {role}))
        return roles | COMMITTEE if what in CHAIRED else roles
    life = LIVES[type(what)]
    roles = frozenset().union(*(row.who for row in life.table if row.action is what))
    return roles | COMMITTEE if Role.PRESIDENT in roles else roles


def access(*whats: Right | Term | str) -> Callable:
    """Open a view to whoever carries one of `whats`: a Right, an Action of a life, PUBLIC or SIGNED_IN.

    This is the first door only: the query that fetches the object checks the person's ties to it.
    """

    def decorate(view: Callable) -> Callable:
        @wraps(view)
        def guarded(*args, **kwargs):
            if PUBLIC not in whats:
                if not current_user.is_authenticated:
                    return current_app.login_manager.unauthorized()
                if SIGNED_IN not in whats and not any(who_may(what) & person().roles for what in whats):
                    raise NotAllowed(N_("Your account does not open this page."))
            return view(*args, **kwargs)

        guarded.access = whats
        return guarded

    return decorate


def writes(view: Callable) -> Callable:
    """Commit once if the view returns, roll back if it raises: the only place that commits for the web.

    When a rule refuses what a form asked, the view is shown again with everything that was typed and the sentence
    that refuses (422), or, when somebody else changed the thing meanwhile, what changed (409). After a commit the next
    page tells the device that it need not keep what was typed.
    """

    @wraps(view)
    def written(*args, **kwargs):
        if request.method in SAFE_METHODS:
            return view(*args, **kwargs)
        try:
            response = view(*args, **kwargs)
            db.session.commit()
        except (Malformed, Refused, Stale) as error:
            db.session.rollback()
            if g.get("form") is None:
                raise
            g.refusal = error
            return view(*args, **kwargs), 409 if isinstance(error, Stale) else 422
        except StaleDataError as error:
            db.session.rollback()
            raise AlreadyDone(N_("Somebody changed this at the same moment; nothing of yours was written.")) from error
        except IntegrityError as error:
            db.session.rollback()
            raise AlreadyDone(N_("Somebody did this just before you; it was not done twice.")) from error
        except BaseException:
            db.session.rollback()
            raise
        if isinstance(response, str):
            return (response, 422) if g.get("form_failed") else response
        if KEPT.fullmatch(request.form.get("kept_as", "")):
            flash(request.form["kept_as"], "kept")
        return response

    written.writes = True
    return written


def form_for(kind: type, values: dict[str, object] | None = None, *, version: int | None = None, **choices: object):
    """Make a form: filled with what was posted, or else with `values`. `version` is what the person now sees.

    `choices` are set on the fields of that name.
    """
    posted = request.method == "POST"
    form = kind(request.form if posted else None, data=values or {})
    for name, options in choices.items():
        form[name].choices = options
    for field in form:
        if posted and isinstance(field, FileField):
            is_many = isinstance(field, MultipleFileField)
            field.data = request.files.getlist(field.name) if is_many else request.files.get(field.name)
    if version is not None and (not posted or isinstance(g.get("refusal"), Stale)):
        form.version.data = version
    g.form = form
    return form


def submitted(form) -> bool:
    """Tell whether the form was posted, holds together, and has not just been refused."""
    if request.method != "POST" or g.get("refusal") is not None:
        return False
    g.form_failed = not form.validate()
    return not g.form_failed


def is_shared() -> bool:
    """Tell whether the view that is asked for answers everybody alike."""
    return SHARED in getattr(current_app.view_functions.get(request.endpoint), "access", ())


def person() -> User:
    """Return the signed-in person."""
    return current_user.user


def now() -> datetime:
    """Return the present moment; a demonstration may have been moved some days ahead."""
    moment = current_app.config["CLOCK"]()
    if current_app.config["DEMONSTRATION"]:
        if "days_ahead" not in g:
            g.days_ahead = get_days_ahead(db.session)
        moment += timedelta(days=g.days_ahead)
    return moment


def today() -> date:
    """Return the date in Casablanca."""
    return casablanca_today(now())


def issuer() -> Issuer:
    """Return what licences are issued with. Raises Refused while the keys of the label are not in place."""
    settings = current_app.config
    try:
        keys = read_keyring(Path(settings["KEYS"]), settings["CLOCK"]())
    except NoKeys as missing:
        current_app.logger.error("%s", missing)
        raise Refused(N_("The keys of the label are not in place: its administrator makes them first.")) from missing
    return Issuer(settings["BASE_URL"], keys, settings["GDTI"])


def actor() -> Actor:
    """Return the signed-in person, or an anonymous one at sign-up, as the operations know them."""
    return Actor(db.session, person() if current_user.is_authenticated else None, now())


def back_to(endpoint: str, **values: object):
    """Answer a finished POST: go and see."""
    return redirect(url_for(endpoint, **values), 303)
