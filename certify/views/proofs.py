"""What anybody checks without trusting us: the log, the status list, the keys, the credential of a licence, its proof.

Files written by `operations.publishing` are handed out as they are; a proxy may serve the folder itself.
"""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, current_app, request, send_file

from certify.extensions import db
from certify.models import LedgerEntry
from certify.operations.publishing import ALERTS, BUNDLE, LOG, STATUS, WELL_KNOWN, proof_of
from certify.queries.ledger import get_credential, get_entry, get_issue
from certify.trust.tiles import CHECKPOINT, ENDED, Forked
from certify.views.helpers import PUBLIC, SHARED, access, issuer
from certify.views.sending import wants_gzip
from certify.views.verification import THERE
from certify.workflows.errors import NotFound, Unavailable
from certify.workflows.words import N_

bp = Blueprint("proofs", __name__)

PART = re.compile(r"[\w-][\w.-]{0,99}(/[\w-][\w.-]{0,99}){0,7}", re.ASCII)
"""The name of a file of the log below its folder: no step up, and nothing that a file system cannot hold."""

OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
TEXT, BYTES = "text/plain", "application/octet-stream"
"""Flask adds the character set of texts."""

FOR_EVER = "public, max-age=31536000, immutable"
STATUS_AGE = f"public, max-age={THERE}, stale-if-error=86400"
"""A list is at most a minute behind, the second of its publication included; one that cannot be fetched is still used,
and says how old it is. Nothing that tells a status is ever handed out while it is being asked for anew.
"""

BUNDLE_AGE = f"public, max-age={THERE}"
KEYS_AGE = "public, max-age=3600, must-revalidate"


@bp.route(f"/{LOG}/{CHECKPOINT}")
@access(PUBLIC, SHARED)
def checkpoint():
    """Hand out the signed head of the log."""
    return _file(f"{LOG}/{CHECKPOINT}", TEXT, "public, max-age=5")


@bp.route(f"/{LOG}/tile/<path:name>")
@access(PUBLIC, SHARED)
def tile(name: str):
    """Hand out a tile of the log, or a bundle of its entries; neither ever changes."""
    return _part("tile", name)


@bp.route(f"/{LOG}/anchor/<path:name>")
@access(PUBLIC, SHARED)
def anchor(name: str):
    """Hand out a time-stamp over a head of the log (`.tst`), or that head as it was stamped (`.checkpoint`)."""
    return _part("anchor", name)


@bp.route(f"/{LOG}/{ENDED}/<path:name>")
@access(PUBLIC, SHARED)
def ended(name: str):
    """Hand out the last head of a log whose key was given up, with the signatures of its witnesses."""
    return _part(ENDED, name, TEXT)


@bp.route(f"/{STATUS}")
@access(PUBLIC, SHARED)
def status():
    """Hand out the signed list of the states of all licences."""
    return _file(STATUS, "application/statuslist+jwt", STATUS_AGE)


@bp.route(f"/{ALERTS}")
@access(PUBLIC, SHARED)
def alerts():
    """Hand out the signed list of the codes that were confirmed to be copied."""
    return _file(ALERTS, "application/jwt", STATUS_AGE)


@bp.route(f"/{BUNDLE}")
@access(PUBLIC, SHARED)
def bundle():
    """Hand out what a device needs to judge codes without network, each part as it was signed."""
    is_packed = wants_gzip(request.headers.get("Accept-Encoding", ""))
    answer = _file(f"{BUNDLE}.gz" if is_packed else BUNDLE, "application/json", BUNDLE_AGE)
    answer.headers["Vary"] = "Accept-Encoding"
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    return answer


@bp.route(f"/{WELL_KNOWN}/tdm-trust.json")
@access(PUBLIC, SHARED)
def manifest():
    """Hand out the public keys and what each may sign, signed by the roots."""
    return _file(f"{WELL_KNOWN}/tdm-trust.json", "application/jose+json", KEYS_AGE)


@bp.route(f"/{WELL_KNOWN}/jwks.json")
@access(PUBLIC, SHARED)
def jwks():
    """Hand out the public keys as a JWK set."""
    return _file(f"{WELL_KNOWN}/jwks.json", "application/jwk-set+json", KEYS_AGE)


@bp.route(f"/{WELL_KNOWN}/did.json")
@access(PUBLIC, SHARED)
def did():
    """Hand out the public keys as a DID document."""
    return _file(f"{WELL_KNOWN}/did.json", "application/did+json", KEYS_AGE)


@bp.route("/c/<licence_number>/vc.jwt")
@access(PUBLIC, SHARED)
def credential(licence_number: str):
    """Hand out the credential of a licence, which never changes."""
    found = get_credential(db.session, licence_number)
    return found.token, OPEN | {"Content-Type": "application/vc+jwt", "Cache-Control": FOR_EVER}


@bp.route("/c/<licence_number>/proof")
@access(PUBLIC, SHARED)
def proof(licence_number: str):
    """Hand out the proof that the issue of a licence is in the public log."""
    return _proved(get_issue(db.session, licence_number))


@bp.route("/proof/<int:entry_id>")
@access(PUBLIC, SHARED)
def proof_of_entry(entry_id: int):
    """Hand out the proof that an entry, whichever, is in the public log: that of a suspension as that of an issue."""
    return _proved(get_entry(db.session, entry_id))


def _proved(entry: LedgerEntry):
    """Prove an entry, under a head that enough witnesses signed as soon as one of these holds it."""
    try:
        written = proof_of(_folder(), entry, issuer(), is_witnessed=True) or proof_of(_folder(), entry, issuer())
    except Forked as fork:
        raise Unavailable(N_("The public log does not tell of this: nothing is proved.")) from fork
    if written is None:
        raise Unavailable(NOT_YET)
    return written, OPEN | {"Content-Type": f"{TEXT}; charset=utf-8", "Cache-Control": f"public, max-age={THERE}"}


NOT_YET = N_("This is not published yet: come back in a minute.")


def _part(kind: str, name: str, content_type: str = BYTES):
    if not (_folder() / LOG / CHECKPOINT).exists():
        raise Unavailable(NOT_YET)
    if not PART.fullmatch(name) or not (path := _folder() / LOG / kind / name).is_file():
        raise NotFound(N_("The log has no such part."))
    return _sent(path, content_type, FOR_EVER)


def _folder() -> Path:
    return Path(current_app.instance_path) / "public"


def _file(name: str, kind: str, age: str):
    path = _folder() / name
    if not path.is_file():
        raise Unavailable(NOT_YET)
    return _sent(path, kind, age)


def _sent(path: Path, kind: str, age: str):
    answer = send_file(path, kind, conditional=True, etag=True)
    answer.headers.update(OPEN | {"Cache-Control": age})
    answer.set_etag(_digest(path))
    return answer.make_conditional(request)


def _digest(path: Path) -> str:
    """Return the strong tag of a file: the hash of what it says, the same on every machine that serves it."""
    return sha256(path.read_bytes()).hexdigest()[:32]
