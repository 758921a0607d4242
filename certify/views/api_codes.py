"""Codes, for machines: one, or ten thousand at once."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from flask import current_app, request
from werkzeug.exceptions import BadRequest, ServiceUnavailable, UnsupportedMediaType

from certify.extensions import csrf, limiter
from certify.queries.codes import Check
from certify.views.api import JSON, Invalid, asked, noun, sent
from certify.views.helpers import PUBLIC, SHARED, access, writes
from certify.views.leaflets import evidence_of
from certify.views.typed import read_typed

bp = noun("api_codes", __name__)

MOST, LARGEST = 10_000, 4 * 1024 * 1024
"""Codes in one bulk check, and bytes of its body."""

BULK = "60 per minute"


@bp.route("/codes")
@access(PUBLIC, SHARED)
def code():
    """Judge one code: a mark, or the whole address that was scanned."""
    typed = asked("code").get("code")
    if typed is None:
        raise Invalid(("code", "Say which code: a mark, or an address."))
    (check,) = _checked([typed])
    evidence = evidence_of(check, current_app.config["BASE_URL"])
    return sent({"asof": _moment(check), **_said(typed, check), "evidence": evidence})


@bp.route("/checks", methods=["POST"])
@csrf.exempt
@limiter.limit(BULK)
@access(PUBLIC, SHARED)
@writes
def checks():
    """Judge many codes at once. It is a POST for the size of the question alone: nothing is written."""
    typed = _codes()
    checked = _checked(typed)
    return sent({"asof": _moment(checked[0]), "checks": [_said(*pair) for pair in zip(typed, checked, strict=True)]})


def _checked(typed: list[str]) -> list[Check]:
    """Judge codes together. Raises ServiceUnavailable when the register has to say something and does not."""
    desk = current_app.extensions["resolver"]
    hosts = desk.hosts
    readings = [read_typed(text, desk, hosts) for text in typed]
    checked = desk.check(readings, current_app.config["CLOCK"]())
    if any(check.trouble and check.reading.asks for check in checked):
        raise ServiceUnavailable
    return checked


def _codes() -> list[str]:
    """Read the body of a bulk check. Raises UnsupportedMediaType, RequestEntityTooLarge, BadRequest, Invalid."""
    if request.mimetype != JSON:
        raise UnsupportedMediaType
    request.max_content_length = LARGEST
    try:
        said = request.get_json(cache=False)
    except (RecursionError, UnicodeDecodeError) as error:
        raise BadRequest from error
    codes = said.get("codes") if isinstance(said, dict) else None
    if not isinstance(codes, list) or set(said) != {"codes"}:
        raise Invalid(("/codes", 'Send {"codes": [...]} and nothing else.'))
    if not 1 <= len(codes) <= MOST:
        raise Invalid(("/codes", f"Send 1 to {MOST} codes; these are {len(codes)}."))
    wrong = [place for place, one in enumerate(codes) if not isinstance(one, str)]
    if wrong:
        raise Invalid(*((f"/codes/{place}", "A code is a text.") for place in wrong[:10]))
    return codes


def _said(typed: str, check: Check) -> dict[str, Any]:
    """Say what came of a code."""
    entry = check.entry
    return {
        "code": typed,
        "verdict": check.verdict.word,
        "reasons": check.judgement.reasons,
        "mark": check.mark,
        "cert": entry.number if entry else None,
        "valid_from": entry.valid_from.isoformat() if entry else None,
        "valid_to": entry.valid_to.isoformat() if entry else None,
    }


def _moment(check: Check) -> str:
    return check.at.astimezone(UTC).isoformat(timespec="seconds")
