"""Files that people sent and papers that were issued, each opened only to whoever may read it."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryFile

from flask import Blueprint, Response, current_app, render_template, send_file

from certify.extensions import db
from certify.models import Paper
from certify.operations.storage import EXTENSIONS, PDF, Store, StoredFile, receive
from certify.pack.archive import Pack
from certify.queries.documents import get_document, get_paper
from certify.queries.pack import gather_pack, get_decided
from certify.views.helpers import SIGNED_IN, access, person, today
from certify.workflows.errors import NotFound
from certify.workflows.permissions import Right
from certify.workflows.words import N_

bp = Blueprint("files", __name__)

ZIP = "application/zip"

SANDBOX = "default-src 'none'; img-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'; sandbox"
"""What a stranger's file may do when a browser shows it: nothing."""

PAPER_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
"""Our own paper: browsers show a PDF through a plug-in of theirs."""

KEPT = "private, no-cache"
"""Only the reader's own browser keeps it, and asks again each time, so that a right withdrawn takes effect."""


def store() -> Store:
    """Return the store of this instance."""
    return Store(Path(current_app.instance_path) / "files")


def received(sent: tuple[bytes, str] | None) -> StoredFile | None:
    """Judge and keep the content and name that a form holds; None when no file was chosen. Raises Malformed."""
    return receive(store(), *sent, limit=current_app.config["MAX_UPLOAD_SIZE"]) if sent else None


@bp.route("/documents/<int:document_id>")
@access(SIGNED_IN)
def document(document_id: int):
    """Open a document that was handed in: photos are shown, anything else is downloaded."""
    found = get_document(db.session, document_id, reader=person(), today=today())
    if found.sha256 is None:
        raise NotFound(N_("An explanation was given here in the place of a document."))
    name = f"{Path(found.file_name).stem}{EXTENSIONS[found.media_type]}"
    return send(found.sha256, found.media_type, name, policy=SANDBOX, attached=found.media_type == PDF)


@bp.route("/papers/<number>.pdf")
@access(SIGNED_IN)
def paper(number: str):
    """Open an issued paper; while it is being printed, a page that looks again by itself."""
    found = get_paper(db.session, number, reader=person())
    if found.kept is None:
        return _being_prepared(found)
    return send(found.kept.sha256, PDF, f"{found.number}.pdf", policy=PAPER_POLICY, attached=False)


@bp.route("/dossiers/<int:dossier_id>/evidence.zip")
@access(Right.EXPORT_PACK)
def pack(dossier_id: int):
    """Hand out the evidence pack of a decision; while one of its papers is being printed, the page that waits."""
    gathered = gather_pack(db.session, get_decided(db.session, dossier_id, reader=person()))
    if gathered.unprinted:
        return _being_prepared(gathered.unprinted[0])
    made = Pack(gathered.facts, gathered.texts, gathered.files, gathered.at)
    written = TemporaryFile()  # noqa: SIM115 - the server closes it once it is sent
    made.write(written, store())
    size = written.tell()
    written.seek(0)
    response = send_file(written, mimetype=ZIP, as_attachment=True, download_name=gathered.name, etag=made.fingerprint)
    response.content_length, response.headers["Cache-Control"] = size, KEPT
    return response


def _being_prepared(paper: Paper) -> Response:
    response = current_app.make_response((render_template("files/being_prepared.html", paper=paper), 202))
    response.headers["Refresh"] = "2"
    response.headers["Retry-After"] = "2"
    return response


def send(digest: str, media_type: str, name: str, *, policy: str, attached: bool) -> Response:
    """Send a kept file under the policy that it deserves; the reader's browser asks again each time."""
    response = send_file(
        store().path(digest),
        mimetype=media_type,
        as_attachment=attached,
        download_name=name,
        etag=digest,
        conditional=True,
    )
    response.headers["Content-Security-Policy"] = policy
    response.headers["Cache-Control"] = KEPT
    return response
