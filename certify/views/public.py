"""What anybody may read: the first page, what the label means, and the page behind each mark."""

from __future__ import annotations

from flask import Blueprint, current_app, redirect, render_template, request, session, url_for

from certify.queries.regulations import get_regulation_in_force
from certify.views import checking
from certify.views.counting import VIA
from certify.views.helpers import PUBLIC, SHARED, access, today
from certify.views.presenting import LANGUAGES
from certify.views.sending import wants_gzip
from certify.views.typed import path_of, read_typed
from certify.views.verification import choose_language
from certify.workflows import dossier, licence, meeting
from certify.workflows.address import LONGEST
from certify.workflows.scanning import Channel
from certify.workflows.words import N_

bp = Blueprint("public", __name__)

LIVES = (
    ("dossier", N_("The life of a request"), dossier.LIFE),
    ("meeting", N_("The life of a meeting"), meeting.LIFE),
    ("licence", N_("The life of an authorisation"), licence.LIFE),
)

DELAYS = (
    "receipt",
    "completeness",
    "complement_answer",
    "appoint_rapporteur",
    "conformity",
    "decision",
    "notification",
    "reservations",
    "appeal_review",
    "appeal_court",
)
"""The delays that an applicant lives by, in the order in which they come."""

ROBOTS = "User-agent: *\nDisallow: /check?\nDisallow: /check/\n"
"""The page of the check may be listed; what is typed there leads to marks. Pages behind marks are left open: that they
must not be listed is said by each of them, to whoever reads it.
"""


@bp.route("/")
@access(PUBLIC)
def home():
    """Welcome whoever holds a product and whoever makes one."""
    return render_template("public/home.html")


@bp.route("/label")
@access(PUBLIC)
def label():
    """Say what the label means, who decides, how long it takes; draw the lives from their own tables."""
    regulation = get_regulation_in_force(today())
    return render_template("public/label.html", lives=LIVES, delays=[regulation.delay(code) for code in DELAYS])


@bp.route("/privacy")
@access(PUBLIC)
def privacy():
    """Say what is kept of whoever scans, reports or has an account, and how long (law 09-08)."""
    return render_template("public/privacy.html")


@bp.route("/v/")
@access(PUBLIC)
def no_mark():
    """Lead from an address that lost its mark to where one types it."""
    return redirect(url_for(".home", _anchor="check"), 303)


@bp.route("/check")
@access(PUBLIC)
def check():
    """Lead from what was typed, or pasted with its address, to the page of that mark; else show the page of checks."""
    typed = request.args.get("mark", "")[: LONGEST + 1].strip()
    if not typed:
        return checking.page()
    desk, accepted = current_app.extensions["resolver"], request.headers.get("Accept-Language", "")
    hosts = desk.hosts
    reading = read_typed(typed, desk, hosts)
    if reading.host is not None:
        language = choose_language(request.query_string.decode(), accepted)
        return desk.refuse(reading, language, current_app.config["CLOCK"]()).leave
    asked = request.args.get("lang", session.get("lang"))
    language = f"&lang={asked}" if asked in LANGUAGES else ""
    return redirect(f"{path_of(typed, hosts)}?{VIA}={Channel.TYPED}{language}", 303)


@bp.route("/v/<path:mark>")
@bp.route("/V/<path:mark>")
@access(PUBLIC, SHARED)
def verification(mark):
    """Answer for a mark: its page, its JSON or its photo. `views.front` stands before this and answers the same."""
    language = choose_language(request.query_string.decode(), request.headers.get("Accept-Language", ""))
    answer = current_app.extensions["verification"].answer_at(mark, language, current_app.config["CLOCK"]())
    return (answer.packed() if wants_gzip(request.headers.get("Accept-Encoding", "")) else answer).leave


@bp.route("/robots.txt")
@access(PUBLIC, SHARED)
def robots():
    """Tell search engines what to leave."""
    return ROBOTS, {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "public, max-age=86400"}
