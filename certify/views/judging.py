"""Any paper of the label, dropped here: genuine, altered, superseded or unknown; a photo leads to what its code names.

What is sent is judged in memory and kept nowhere. By fingerprint the question may be asked without sending the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.exceptions import RequestEntityTooLarge

from certify.extensions import csrf, db, limiter
from certify.forms.document import chosen
from certify.forms.paper import PaperForm
from certify.models.paper import PaperKind
from certify.operations.storage import PDF, judge, sniff
from certify.queries.judging import Judgement, judge_fingerprint, judge_paper
from certify.trust.paper_keys import list_paper_roots, read_paper_roots, read_stamp_roots
from certify.views.errors import SENTENCES
from certify.views.helpers import PUBLIC, SHARED, access, form_for, now, submitted, today
from certify.views.presenting import say
from certify.views.proofs import OPEN
from certify.workflows.errors import Malformed, NotFound
from certify.workflows.papers import Finding
from certify.workflows.words import N_

if TYPE_CHECKING:
    from certify.trust.photographed import Code

bp = Blueprint("judging", __name__)

FREQUENCY = "10/minute;100/hour"
"""How often one address may send a file: reading the largest hostile one takes some seconds."""

NO_CODE = N_("No code was found on this photo. Take it nearer, flat and in good light, or send the PDF itself.")
INCOMPLETE = N_("This PDF is damaged or arrived incomplete. Open it to see, then send it again.")
ELSEWHERE = N_("The code on this photo leads to %(host)s, which is not the label. Do not rely on this paper.")


@bp.route("/check/paper", methods=["GET", "POST"])
@csrf.exempt
@access(PUBLIC)
@limiter.limit(FREQUENCY, methods=["POST"])
def paper():
    """Judge a PDF, or go where the code on a photo leads. It writes nothing, and the page that posts here is kept on
    devices: there is no token, and nothing to commit.
    """
    try:
        form = form_for(PaperForm)
    except RequestEntityTooLarge:
        form = PaperForm()
        return _refused(form, say(SENTENCES[413])), 413
    if not submitted(form):
        page = render_template("judging/paper.html", form=form, judgement=None)
        return page, 422 if form.errors else 200
    content, name = chosen(form.file)
    try:
        judged = _judged(content, name)
    except Malformed as fault:
        return _refused(form, say(fault.message, fault.facts)), 422
    return judged if isinstance(judged, Response) else _shown(judged)


@bp.route("/check/papers/<sha256>")
@access(PUBLIC, SHARED)
def fingerprint(sha256: str):
    """Say in JSON what a file of this SHA-256 (64 hexadecimal digits) is; 404 for what was never issued."""
    judgement = judge_fingerprint(db.session, sha256.lower(), today=today())
    status = 404 if judgement.finding is Finding.UNKNOWN else 200
    headers = OPEN | {"Cache-Control": "public, max-age=30", "Vary": "Accept-Language"}
    return jsonify(_record(judgement)), status, headers


@bp.route("/.well-known/paper-roots.pem")
@access(PUBLIC, SHARED)
def roots():
    """Hand out the root certificates of papers, the present one first, for whoever has their own reader trust them."""
    paths = [path for path in list_paper_roots(Path(current_app.config["KEYS"])) if path.exists()]
    if not paths:
        raise NotFound(N_("Papers are not sealed here yet."))
    text = b"".join(path.read_bytes() for path in paths)
    return text, OPEN | {"Content-Type": "application/x-pem-file", "Cache-Control": "public, max-age=3600"}


def _judged(content: bytes, name: str) -> Judgement | Response:
    """Judge a PDF; lead a photo, or a scan, to the page of its code. Raises Malformed for what cannot be read."""
    from certify.trust import paper_reading, photographed  # noqa: PLC0415 - pyHanko is large, and few papers are judged

    limit = current_app.config["MAX_UPLOAD_SIZE"]
    if content[8:12] == b"WEBP" and len(content) <= limit:
        return _followed(photographed.find_code(photographed.read_codes(content), _hosts()))
    if sniff(content) != PDF or len(content) > limit:
        judge(content, name, limit=limit)
        return _followed(photographed.find_code(photographed.read_codes(content), _hosts()))
    reading = paper_reading.read_paper(content, paper_reading.Trusted(*_roots()), at=now())
    with Session(db.engines.get("read", db.engine)) as session:  # a POST would take the turn of those who write
        judgement = judge_paper(session, reading, today=today())
    if judgement.finding is not Finding.UNKNOWN:
        return judgement
    if b"%%EOF" not in content[-2048:]:  # what is not a whole PDF cannot be judged: say so rather than "unknown"
        raise Malformed(INCOMPLETE)
    code = photographed.find_code(photographed.read_scan(content), _hosts())
    return _followed(code) if code else judgement


def _hosts() -> frozenset[str]:
    return current_app.extensions["resolver"].hosts


def _followed(code: Code | None) -> Response:
    """Lead to the page of the code on a photo. Raises Malformed: none is there, or it is somebody else's."""
    if code is None:
        raise Malformed(NO_CODE)
    if code.path is None:
        raise Malformed(ELSEWHERE, host=code.host)
    return redirect(code.path, 303)


def _roots() -> tuple[Sequence[bytes], ...]:
    folder = Path(current_app.config["KEYS"])
    try:
        return read_paper_roots(folder), read_stamp_roots(folder)
    except FileNotFoundError:
        return ([],)


def _refused(form: PaperForm, sentence: str) -> str:
    form.file.errors = [sentence]
    return render_template("judging/paper.html", form=form, judgement=None)


def _shown(judgement: Judgement) -> tuple[str, dict[str, str]]:
    is_public = judgement.paper is not None and judgement.paper.kind is PaperKind.CERTIFICATE
    page = render_template("judging/paper.html", form=PaperForm(), judgement=judgement, is_public=is_public)
    return page, {"Cache-Control": "no-store"}


def _record(judgement: Judgement) -> dict[str, object]:
    """Put a judgement in JSON; `headline` is in the language of the request."""
    paper, entry = judgement.paper, judgement.entry
    base = current_app.config["BASE_URL"]
    return {
        "verdict": judgement.finding,
        "headline": gettext(judgement.finding.label),
        "difference": judgement.difference,
        "number": paper.number if paper else None,
        "kind": paper.kind if paper else None,
        "issued_at": paper.issued_at.isoformat(timespec="seconds") if paper else None,
        "standing": judgement.standing,
        "newer": judgement.newer,
        "errata": judgement.errata,
        "mark": entry.mark if entry else None,
        "address": f"{base}/v/{entry.mark}" if entry else None,
        "asof": now().isoformat(timespec="seconds"),
    }
