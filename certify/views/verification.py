"""The one answer to a mark, for whoever scans or types it: judged once, then written as a page or as JSON.

A mark is known (200), unknown or mistyped (404), or cannot be checked right now (503: the register does not answer,
which says nothing about the product). A change shows everywhere within a minute: an answer is kept HERE seconds in
this process, and THERE seconds by browsers and proxies.

The JSON says, by language ("fr", "ar", "en") where a person may read it:
    mark, mark_shown    the twelve characters, and as printed; for a mistyped mark null, and what was typed
    address             where the mark is checked
    verdict             valid, suspended, withdrawn, expired, not_yet, suspect, unknown, mistyped or cannot_check
    reasons             why, the words of `workflows.verdict.Reason`; a mark carries no seal: "unsealed" is among them
    headline            the verdict in words
    checked_at          the moment of the check (UTC); null when nothing was checked
    licence             null, or: number, valid_from, valid_to (dates), product, holder, commune, province, region,
                        filiere, usage (food, cosmetic, other), formats, variety, sign, meeting, regulation, photo
    evidence            null, or where to verify it: seal, status (uri, idx), vc, proof (addresses)
    history             on (date), kind (granted, suspended, reinstated, withdrawn, expired), meeting, sentence
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qs

from flask import Flask
from werkzeug.datastructures import LanguageAccept
from werkzeug.http import parse_accept_header

from certify.operations.storage import Store
from certify.queries.codes import Check, check_mark
from certify.queries.register import Register, Unreachable
from certify.views.counting import seen_of
from certify.views.editions import Edition
from certify.views.headers import HEADERS
from certify.views.leaflets import record_of, view_of
from certify.views.presenting import LANGUAGES
from certify.views.sending import Answer, Headers, recalled
from certify.workflows.errors import Malformed
from certify.workflows.numbering import parse_mark
from certify.workflows.verdict import Verdict

HERE, THERE = 5, 45
"""Seconds that an answer is kept in this process and by whoever received it; together well under a minute."""

RETRY_AFTER = 30
JSON_ENDING, PHOTO_NAME = ".json", "/photo.jpg"

STATUSES = {
    Verdict.UNKNOWN: HTTPStatus.NOT_FOUND,
    Verdict.MISTYPED: HTTPStatus.NOT_FOUND,
    Verdict.COUNTERFEIT: HTTPStatus.NOT_FOUND,
    Verdict.FOREIGN: HTTPStatus.NOT_FOUND,
    Verdict.CANNOT_CHECK: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""The status of a verdict; every verdict on a known mark is 200."""

POLICY = "; ".join(
    (
        "default-src 'none'",
        "style-src 'self'",
        "img-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
"""Stricter than for the other pages: there is no script at all."""

COMMON = HEADERS | {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex",
}
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"""The JSON holds public facts alone, so that the page of a shop may read it."""


class Verification:
    """The desk that answers for marks, with the register, the store of the photos, and the page in each language."""

    def __init__(self, app: Flask, register: Register, store: Store) -> None:
        self.register, self.store, self._log = register, store, app.logger
        self.base, self._is_demonstration = app.config["BASE_URL"], app.config["DEMONSTRATION"]
        self.editions: dict[str, Edition] = app.extensions["editions"]

    def answer(self, mark_text: str, language: str, wants_json: bool, at: datetime) -> Answer:
        """Judge a mark, however it is written, at a moment; answer with the page of a language, or in JSON."""
        check = check_mark(self.register, mark_text, at=at, is_demonstration=self._is_demonstration)
        self.note(check)
        status = STATUSES.get(check.verdict, HTTPStatus.OK)
        is_kept = status != HTTPStatus.SERVICE_UNAVAILABLE
        if wants_json:
            record = record_of(check, mark_text, self.editions, self.base)
            return Answer(status, _headers(status, None), record, is_kept, is_guess=is_guess(check))
        page, press = self.print(check, mark_text, language)
        headers = _headers(status, language)
        return Answer(status, headers, page, is_kept, press, seen=seen_of(check), is_guess=is_guess(check))

    def print(self, check: Check, typed: str, language: str) -> tuple[bytes, Callable[[], bytes]]:
        """Write the page of a check, and what makes its gzip."""
        edition = self.editions[language]
        return edition.print(view_of(check, typed, edition, self.base.split("://", 1)[1]))

    def note(self, check: Check) -> None:
        """Log that the register did not answer, when it did not."""
        if check.trouble:
            self._log.warning("the register does not answer: %s", check.trouble)

    def answer_at(self, path: str, language: str, at: datetime) -> Answer:
        """Answer what follows `/v/` in an address: a mark, a mark with `.json`, or its photo."""
        path = path.strip("/")
        if path.endswith(PHOTO_NAME):
            return self.photo(path.removesuffix(PHOTO_NAME))
        return self.answer(path.removesuffix(JSON_ENDING), language, path.endswith(JSON_ENDING), at)

    def photo(self, mark_text: str) -> Answer:
        """Answer with the photo of a licence, which never changes once signed; to its absence, with nothing (404)."""
        try:
            entry = self.register.find(parse_mark(mark_text))
            if entry is None:
                return Answer(HTTPStatus.NOT_FOUND, NO_PHOTO, b"", is_kept=False, is_guess=True)
            if entry.photo_sha256:
                return Answer(HTTPStatus.OK, PHOTO, self.store.read(entry.photo_sha256))
        except Unreachable:
            return Answer(HTTPStatus.SERVICE_UNAVAILABLE, NO_PHOTO, b"", is_kept=False)
        except (Malformed, FileNotFoundError):
            pass  # nobody filed a photo under this mark, or its file is not on this machine
        return Answer(HTTPStatus.NOT_FOUND, NO_PHOTO, b"", is_kept=False)


def is_guess(check: Check) -> bool:
    """Tell whether a code could have been guessed and was not there: `views.guessing` counts it."""
    return check.verdict is Verdict.UNKNOWN


def make_editions(app: Flask) -> dict[str, Edition]:
    """Make the page in each language, by its code; an application needs them once, whatever desk stands in front."""
    addresses = app.url_map.bind("")

    def address_of(endpoint: str, **values: str) -> str:
        app.inject_url_defaults(endpoint, values)
        return addresses.build(endpoint, values)

    return {code: Edition(code, app.jinja_env.loader, address_of) for code in LANGUAGES}


@recalled
def choose_language(query: str, accepted: str) -> str:
    """Choose the language from the query (`lang`), else from the Accept-Language header; French when neither says."""
    asked = parse_qs(query).get("lang", [""])[0]
    if asked in LANGUAGES:
        return asked
    return parse_accept_header(accepted, LanguageAccept).best_match(["fr", "ar", "en"], "fr")


@lru_cache
def _headers(status: int, language: str | None) -> Headers:
    """Return the headers of an answer; `language` is None for JSON."""
    headers = dict(COMMON)
    if language:
        headers |= {"Content-Type": "text/html; charset=utf-8", "Content-Language": language}
        headers["Vary"] = "Accept-Language, Accept-Encoding"
    else:
        headers |= OPEN | {"Content-Type": "application/json", "Vary": "Accept-Encoding"}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers |= {"Cache-Control": "no-store", "Retry-After": str(RETRY_AFTER)}
    else:
        headers["Cache-Control"] = f"public, max-age={THERE}"
    return tuple(headers.items())


PHOTO = tuple((COMMON | {"Content-Type": "image/jpeg", "Cache-Control": "public, max-age=31536000, immutable"}).items())
NO_PHOTO = tuple((COMMON | {"Content-Type": "image/jpeg", "Cache-Control": "no-store"}).items())
