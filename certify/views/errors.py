"""One table from what went wrong to a status and a page; nothing else in the code knows these numbers."""

from __future__ import annotations

import sqlite3
from secrets import token_hex

from flask import Flask, current_app, g, jsonify, render_template, request
from flask_limiter import RateLimitExceeded
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from certify.extensions import db
from certify.trust.keyring import NoKeys
from certify.views.api import Invalid
from certify.views.presenting import say
from certify.views.problems import http_problem, is_api, problem
from certify.workflows import errors
from certify.workflows.words import N_

UNREACHABLE = (OperationalError, sqlite3.OperationalError)
"""The database does not answer, or a write has waited too long for its turn, which SQLite's driver says by itself."""

RULES = {
    errors.NotFound: 404,
    errors.NotAllowed: 403,
    errors.WrongState: 409,
    errors.AlreadyDone: 409,
    errors.Stale: 409,
    errors.Refused: 409,
    errors.Malformed: 422,
    errors.Unavailable: 503,
    errors.WorkflowError: 400,
}
"""The refusals of the rules, the most particular first along each one's ancestry."""

SENTENCES = {
    400: N_("This request could not be understood. Go back and try again."),
    403: N_("This page is not open to your account."),
    404: N_("This page does not exist, or no longer does."),
    405: N_("This address cannot be used that way. Go back and use the buttons of the page."),
    409: N_("This is no longer possible: the situation has changed. Go back to see where it stands."),
    413: N_("This file is too large: 10 MB at most. Take the photo at a lower quality, or scan fewer pages."),
    422: N_("Something that was typed cannot be accepted."),
    429: N_("Too many tries in a short time. Wait a few minutes and try again."),
}
"""What each status says to a person, when no rule has a sentence of its own."""

ENDED = N_("Your session has ended, so nothing was sent. Go back, sign in again and send it once more.")
UNSIGNED = N_("The keys of the label may sign no more: its administrator makes others first.")
BROKEN = N_("Something went wrong on our side. Nothing is lost: it is sent again later.")


def register(app: Flask) -> None:
    """Answer every error with a page in the reader's language."""
    app.register_error_handler(errors.WorkflowError, refused)
    app.register_error_handler(NoKeys, without_keys)
    app.register_error_handler(CSRFError, expired)
    app.register_error_handler(RateLimitExceeded, lambda error: page(429))
    app.register_error_handler(HTTPException, http)
    app.register_error_handler(Invalid, invalid)
    app.register_error_handler(Exception, broken)


def refused(error: errors.WorkflowError):
    """Show the sentence of the rule that refuses."""
    status = next(RULES[kind] for kind in type(error).__mro__ if kind in RULES)
    return page(status, error.message, error.facts)


def without_keys(error: NoKeys):
    """No key may sign what somebody asks for: nothing was done, and the log of the service says which to make."""
    current_app.logger.error("%s", error)
    return page(409, UNSIGNED)


def expired(error: CSRFError):
    """A form whose session is gone: nothing was done, and signing in again is the way out."""
    return page(400, ENDED)


def http(error: HTTPException):
    """Answer an HTTP error with our page; redirects pass through."""
    if error.code is None or error.code < 400:
        return error
    if is_api():
        return http_problem(error)
    allowed = [header for header in error.get_headers() if header[0] == "Allow"]  # RFC 9110: a 405 says what is
    return *page(error.code), dict(allowed)


def invalid(error: Invalid):
    """Tell a program what is wrong in its request, and where."""
    return problem(422, errors=error.errors)


def broken(error: Exception):
    """Log what broke under a reference that the person can read out on the telephone; the page needs no database."""
    db.session.rollback()
    reference = token_hex(4)
    current_app.logger.exception("reference %s", reference, exc_info=error)
    status = 503 if isinstance(error, UNREACHABLE) else 500
    if is_api():
        return problem(status, reference=reference)
    if speaks_json():
        return jsonify(message=say(BROKEN), reference=reference), status
    return current_app.jinja_env.get_template("errors/500.html").render(reference=reference), status


def speaks_json() -> bool:
    """Tell whether a script asks, and reads the sentence out of JSON: the page of visits, beyond the page itself."""
    return request.blueprint == "field" and request.endpoint != "field.page"


def page(status: int, message: str | None = None, facts: dict[str, object] | None = None):
    """Render the page of a status."""
    g.refusal = None
    if is_api():
        return problem(status, message % (facts or {}) if message else None)
    sentence = message or SENTENCES.get(status, SENTENCES[400])
    if speaks_json():
        return jsonify(message=say(sentence, facts), has_session=message is not ENDED), status
    return render_template("errors/error.html", status=status, message=sentence, facts=facts or {}), status
