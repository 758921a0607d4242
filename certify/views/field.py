"""The visit on a phone: a page that opens without network, and the addresses by which it sends what was recorded.

The page itself holds no data and nobody's name, so it is public and any device may keep it. What is sent and fetched
is JSON, under the session and the token of whoever is signed in.
"""

from __future__ import annotations

from flask import Blueprint, current_app, jsonify, render_template, request
from flask_babel import gettext
from flask_wtf.csrf import generate_csrf

from certify.extensions import db
from certify.models import Visit
from certify.models.evaluation import Grade
from certify.operations.recording import receive_entry, receive_part
from certify.queries.recording import find_photo
from certify.queries.snapshot import take_snapshot
from certify.queries.visits import get_visit, list_visits
from certify.views.files import store
from certify.views.headers import HEADERS, POLICY
from certify.views.helpers import PUBLIC, access, actor, person, today, writes
from certify.views.installing import give_manifest, give_worker, kept_page
from certify.workflows.errors import Malformed
from certify.workflows.permissions import Right
from certify.workflows.recording import LONGEST_ENTRY, Answer, Signatory
from certify.workflows.visit import State
from certify.workflows.words import N_

bp = Blueprint("field", __name__)

FILES = ("style.css", "star.svg", *(f"field/{name}" for name in ("app.js", "field.css")))
MODULES = tuple(f"field/{name}.js" for name in ("entries", "keeping", "sending", "showing", "signing"))
"""What the page needs: the files it names, and the modules that these name."""

PAGE_POLICY = POLICY.replace("img-src 'self'", "img-src 'self' blob:") + "; worker-src 'self'"
PERMISSIONS = HEADERS["Permissions-Policy"].replace("geolocation=()", "geolocation=(self)")


@bp.route("/field")
@access(PUBLIC)
def page():
    """Show the page that inspectors keep on their phone; its data comes from the device."""
    return kept_page(_shell(), {"Content-Security-Policy": PAGE_POLICY, "Permissions-Policy": PERMISSIONS})


@bp.route("/field/worker.js")
@access(PUBLIC)
def worker():
    """Give the service worker of the page."""
    return give_worker(".page", "certify-field", files=FILES, modules=MODULES, shell=_shell)


@bp.route("/field/manifest.webmanifest")
@access(PUBLIC)
def manifest():
    """Give the manifest by which a phone installs the page."""
    return give_manifest(".page", gettext("Visits"))


@bp.route("/field/visits")
@access(Right.WORK_INSPECTION)
def visits():
    """Tell who is signed in, the token of what they send, and the visits that they are named on."""
    named = list_visits(db.session, inspector=person(), today=today())
    named = [{"visit": visit.id, "state": visit.state} for visit in named if visit.state is not State.CANCELLED]
    return jsonify(user=person().id, name=person().name, token=generate_csrf(), visits=named)


@bp.route("/field/visits/<int:visit_id>")
@access(Right.CONDUCT_VISIT)
def snapshot(visit_id: int):
    """Give a mission as the device keeps it, with the hashes of all that the server holds of it."""
    return jsonify(take_snapshot(db.session, _visit(visit_id)))


@bp.route("/field/visits/<int:visit_id>/entries/<digest>", methods=["POST"])
@access(Right.CONDUCT_VISIT)
@writes
def entry(visit_id: int, digest: str):
    """Receive one entry; the answer is its receipt."""
    found = _visit(visit_id)
    if (request.content_length or 0) > 2 * LONGEST_ENTRY:
        raise Malformed(N_("This entry is too long. Write a shorter text."))
    row = receive_entry(found, request.get_data().decode("utf-8", "replace"), name=digest, actor=actor())
    return jsonify(sha256=row.sha256, received_at=row.received_at.isoformat(), is_late=row.is_late)


@bp.route("/field/visits/<int:visit_id>/photos/<digest>", methods=["GET"])
@access(Right.CONDUCT_VISIT)
def reached(visit_id: int, digest: str):
    """Tell how much of a picture has arrived, so that sending goes on from there."""
    found = _visit(visit_id)
    if find_photo(db.session, found, digest):
        return jsonify(sha256=digest, offset=store().path(digest).stat().st_size, is_whole=True)
    return jsonify(sha256=digest, offset=store().arrived(_part(found, digest)), is_whole=False)


@bp.route("/field/visits/<int:visit_id>/photos/<digest>", methods=["POST"])
@access(Right.CONDUCT_VISIT)
@writes
def part(visit_id: int, digest: str):
    """Receive the next bytes of a picture; the answer is its receipt once it is here whole."""
    found = _visit(visit_id)
    _part(found, digest)
    progress = receive_part(
        found,
        request.get_data(),
        digest=digest,
        offset=request.args.get("offset", 0, type=int),
        limit=current_app.config["MAX_UPLOAD_SIZE"],
        store=store(),
        actor=actor(),
    )
    return jsonify(sha256=digest, offset=progress.offset, is_whole=progress.is_whole)


def _shell() -> str:
    return render_template("field/page.html", answers=Answer, grades=Grade, signatories=Signatory)


def _visit(visit_id: int) -> Visit:
    """Fetch a visit that the person is named on."""
    return get_visit(db.session, visit_id, reader=person())


def _part(visit: Visit, digest: str) -> str:
    """Return the name of a picture's parts; raise Malformed for what is no SHA-256."""
    if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
        raise Malformed(N_("This is not a fingerprint (SHA-256)."))
    return f"{visit.id}-{digest}"
