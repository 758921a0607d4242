"""The errors of the machines' API: RFC 9457, in English, whatever went wrong and wherever below `/api`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from http import HTTPStatus

from flask import Response, request
from werkzeug.exceptions import HTTPException

API = "/api/"
PROBLEM = "application/problem+json"

DETAILS = {
    400: "The body is not JSON.",
    404: "There is nothing at this address; /api/v1/openapi.json lists what there is.",
    405: "This address does not take that method.",
    406: "This address answers in application/json only.",
    413: "The body is too large: 4 MB at most.",
    415: "Send the body as application/json.",
    422: "Something in the request is not as it must be.",
    429: "Too many requests: wait as long as Retry-After says.",
    500: "Something went wrong on our side.",
    503: "The register does not answer right now. This says nothing about any code: try again.",
}


def is_api() -> bool:
    """Tell whether a program asks the API, even at an address that there is not."""
    return request.path.startswith(API)


def http_problem(error: HTTPException) -> Response:
    """Answer with the problem of an HTTP error, and what it has to tell: which methods there are, how long to wait."""
    answer = problem(error.code)
    kept = [(name, value) for name, value in error.get_headers() if name in ("Allow", "Retry-After")]
    answer.headers.update(kept)
    return answer


def problem(status: int, detail: str | None = None, errors: Sequence[tuple[str, str]] = (), **more: object) -> Response:
    """Answer with a problem; `errors` are what is wrong where, by JSON pointer or by name of the parameter."""
    said = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail or DETAILS.get(status, DETAILS[400]),
        "instance": request.path,
        **more,
    }
    if errors:
        said["errors"] = [{"where": where, "detail": what} for where, what in errors]
    answer = Response(json.dumps(said, ensure_ascii=False), status, content_type=PROBLEM)
    answer.headers["Cache-Control"] = "no-store"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        answer.headers["Retry-After"] = "30"
    return answer
