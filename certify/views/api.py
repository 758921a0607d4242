"""The API for machines: read-only, public, without cookies; `openapi.json` says what each address takes and gives.

One file per noun: codes (`api_codes`), licences and their changes (`api_licences`). What they share is here: what may
be asked and how often, how an answer leaves, and the document itself.
"""

from __future__ import annotations

import json
import time
from functools import cache
from importlib.resources import files
from typing import Any

from flask import Blueprint, Response, current_app, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.exceptions import NotAcceptable

from certify.extensions import limiter
from certify.views.helpers import PUBLIC, SHARED, access
from certify.views.sending import Answer, wants_gzip
from certify.views.verification import OPEN, THERE

JSON = "application/json"
OFTEN = "600 per minute"
"""How often one address may ask; a bulk check counts by itself (`api_codes.BULK`)."""

SHOWN = "ETag, Link, Retry-After, RateLimit, RateLimit-Policy"
PREFLIGHT = {
    "Access-Control-Allow-Methods": "GET, HEAD, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Content-Type, If-None-Match",
    "Access-Control-Max-Age": "86400",
}

AGE = f"public, max-age={THERE}"
UNKEPT = "no-store"


class Invalid(Exception):
    """A request that is not as it must be: what is wrong where."""

    def __init__(self, *errors: tuple[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def noun(name: str, module: str) -> Blueprint:
    """Make the blueprint of a noun of the API; the nouns share their limit, as all questions cost us the same."""
    blueprint = Blueprint(name, module, url_prefix="/api/v1")
    limiter.shared_limit(OFTEN, scope="api")(blueprint)
    blueprint.before_request(_accepts)
    blueprint.after_request(_open_up)
    return blueprint


def _accepts() -> None:
    """Refuse to answer whoever wants something else than JSON."""
    accepted = request.accept_mimetypes
    if accepted and not MIMEAccept(accepted).best_match([JSON]):
        raise NotAcceptable


def _open_up(response: Response) -> Response:
    """Let the page of anybody read the answer, and say how often it may still ask (draft-ietf-httpapi-ratelimit)."""
    response.headers.update(OPEN | {"Access-Control-Expose-Headers": SHOWN, "X-Robots-Tag": "noindex"})
    if request.method == "OPTIONS":
        response.headers.update(PREFLIGHT)
    limit = limiter.current_limit
    if limit:
        window = limit.limit.get_expiry()
        left = max(0, round(limit.reset_at - time.time()))
        response.headers["RateLimit-Policy"] = f'"default";q={limit.limit.amount};w={window}'
        response.headers["RateLimit"] = f'"default";r={limit.remaining};t={left}'
        if response.status_code == 429:
            response.headers["Retry-After"] = str(left)
    return response


bp = noun("api", __name__)


@bp.route("")
@access(PUBLIC, SHARED)
def index():
    """Lead to everything that a program may read."""
    base = current_app.config["BASE_URL"]
    return sent({name: f"{base}{path}" for name, path in LINKS.items()}, AGE)


@bp.route("/openapi.json")
@access(PUBLIC, SHARED)
def document():
    """Hand out the description of this API."""
    return sent(openapi() | {"servers": [{"url": current_app.config["BASE_URL"]}]}, "public, max-age=3600")


LINKS = {
    "documentation": "/api/v1/openapi.json",
    "code": "/api/v1/codes{?code}",
    "checks": "/api/v1/checks",
    "licences": "/api/v1/licences",
    "changes": "/api/v1/changes",
    "record": "/v/{mark}.json",
    "paper": "/check/papers/{sha256}",
    "status_list": "/status/1",
    "alerts": "/status/alerts",
    "bundle": "/offline/bundle.json",
    "trust": "/.well-known/tdm-trust.json",
    "keys": "/.well-known/jwks.json",
    "did": "/.well-known/did.json",
    "resolver": "/.well-known/gs1resolver",
    "log": "/log/checkpoint",
    "credential": "/c/{number}/vc.jwt",
    "proof": "/c/{number}/proof",
    "entry_proof": "/proof/{entry}",
    "feed": "/log/changes.atom{?lang}",
}
"""Where everything is; the braces are those of RFC 6570."""


@cache
def openapi() -> dict[str, Any]:
    """Return the document as it is written, without the server."""
    return json.loads(files("certify").joinpath("views", "openapi.json").read_text())


def sent(content: object, cached: str = UNKEPT, **headers: str):
    """Send JSON: compressed where that is welcome; with a tag, and 304 for who has it, where it may be kept.

    Half a surrogate pair, which UTF-8 cannot write, is sent back escaped, as only JSON could bring it.
    """
    body = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(errors="backslashreplace")
    named = {"Content-Type": JSON, "Cache-Control": cached, "Vary": "Accept-Encoding"} | headers
    answer = Answer(200, tuple(named.items()), body, is_kept=cached != UNKEPT)
    return (answer.packed() if wants_gzip(request.headers.get("Accept-Encoding", "")) else answer).leave


def asked(*names: str) -> dict[str, str]:
    """Return the parameters of the query; one that is not among `names`, empty or there twice is refused."""
    wrong = [(name, "There is no such parameter.") for name in request.args if name not in names]
    wrong += [(name, "Say it once.") for name, values in request.args.lists() if name in names and len(values) > 1]
    wrong += [(name, "It is empty.") for name, value in request.args.items() if name in names and not value]
    if wrong:
        raise Invalid(*wrong)
    return request.args.to_dict()
