"""The resolver of GS1 Digital Links: whatever a code on a pack or a paper says, sealed or not, leads to one answer.

    /SEAL/01/GTIN[/10/LOT][/21/SERIAL]    /SEAL/253/GDTI…    and both without SEAL; capital or small letters

A person reads the page of the mark, a program JSON or a set of links, as Accept asks; `?linkType=` leads on to one of
them. A forged seal is refused before the register is asked. `views.front` stands before this and answers the same.

The JSON says what TDM-1 (§3.11) names – verdict, reasons, asof, cert, evidence – and besides, as that of a mark,
code (the canonical path), mark, address, headline, licence and history. It is not signed: each part of the evidence
can be verified by itself.
"""

from __future__ import annotations

import json
import re
from datetime import datetime
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import parse_qs, urlsplit

from flask import Blueprint, current_app, request
from werkzeug.datastructures import MIMEAccept
from werkzeug.http import parse_accept_header

from certify.queries.codes import Check, Reading, check_codes
from certify.views.counting import seen_of
from certify.views.helpers import PUBLIC, SHARED, access
from certify.views.leaflets import record_of
from certify.views.linkset import ALL, HERE, description, link_name, links_of, linkset
from certify.views.seals import SealBook
from certify.views.sending import Answer, Headers, recalled, wants_gzip
from certify.views.verification import COMMON, OPEN, RETRY_AFTER, STATUSES, Verification, choose_language, is_guess
from certify.workflows.numbering import MARK_LENGTH, show_mark

bp = Blueprint("resolver", __name__)

PATHS = re.compile(r"(/[A-Za-z0-9]{20,200})?/(01|253)/")
"""The addresses that are taken for a code: what stands before the identifier may be a seal, whole or cut."""

PAGE, RECORD, LINKS = "text/html", "application/json", "application/linkset+json"
KINDS = (PAGE, RECORD, LINKS)
NO_SUCH_LINK = "This code has no link of the type that was asked for; ?linkType=linkset lists those there are."


class Resolver:
    """The desk that answers for codes: with the keys of the seals, and the GS1 key of our own documents."""

    def __init__(self, verification: Verification, seals: SealBook, gdti: str | None, is_demonstration: bool) -> None:
        self._desk, self._seals = verification, seals
        self._gdti, self._is_demonstration = gdti, is_demonstration

    @property
    def hosts(self) -> frozenset[str]:
        """The hosts whose addresses are ours: the official one, and those of the manifest."""
        return self._seals.hosts | {urlsplit(self._desk.base).netloc.lower()}

    def read(self, path: str) -> Reading:
        """Read a code from the path of its address, before the register is asked."""
        return self._seals.read(path)

    def check(self, readings: list[Reading], at: datetime) -> list[Check]:
        """Judge codes at a moment."""
        return check_codes(
            self._desk.register, readings, at=at, gdti=self._gdti, is_demonstration=self._is_demonstration
        )

    def refuse(self, reading: Reading, language: str, at: datetime) -> Answer:
        """Answer for the address of another host, which is never opened: the page shows whose it is."""
        (check,) = self.check([reading], at)
        body, press = self._desk.print(check, "", language)
        return Answer(STATUSES[check.verdict], _headers(STATUSES[check.verdict], PAGE, language), body, False, press)

    def answer(self, path: str, kind: str, language: str, at: datetime) -> Answer:
        """Answer for the code at a path with a page, JSON, or a set of links; or lead on to a link of a type."""
        reading, typed = self.read(path), _typed_part(path)
        (check,) = self.check([reading], at)
        self._desk.note(check)
        status = STATUSES.get(check.verdict, HTTPStatus.OK)
        kind = kind if check.entry or kind in KINDS else PAGE
        headers = _headers(status, kind, language)
        if reading.identity:
            headers = (*headers, ("Link", _link(here := f"{self._desk.base}{path.upper()}")))
        if kind == PAGE:
            body, press = self._desk.print(check, typed, language)
            return Answer(status, headers, body, False, press, seen=seen_of(check), is_guess=is_guess(check))
        if kind == RECORD:
            body = record_of(check, typed, self._desk.editions, self._desk.base)
            return Answer(status, headers, body, is_kept=False, is_guess=is_guess(check))
        links = links_of(check.entry, here, self._desk.base) if reading.identity else {}
        if kind == LINKS:
            body = linkset(links, reading.identity.path if reading.identity else "")
            return Answer(status, headers, body, is_kept=False, is_guess=is_guess(check))
        return _lead_on(kind, links, headers)


@recalled
def choose_kind(query: str, accepted: str) -> str:
    """Choose what to answer with: PAGE, RECORD, LINKS, or the name of a type of link to lead on to."""
    name = link_name(parse_qs(query).get("linkType", [""])[0])
    if name in ALL:
        return LINKS
    if name and name not in HERE:
        return name
    return parse_accept_header(accepted, MIMEAccept).best_match(KINDS, PAGE)


@bp.route("/01/<path:rest>")
@bp.route("/253/<path:rest>")
@bp.route("/<stem:seal>/01/<path:rest>")
@bp.route("/<stem:seal>/253/<path:rest>")
@access(PUBLIC, SHARED)
def resolve(rest: str, seal: str | None = None):
    """Answer for a code."""
    query, accepted = request.query_string.decode("latin-1"), request.headers.get("Accept-Language", "")
    kind = choose_kind(query, request.headers.get("Accept", ""))
    language = choose_language(query, accepted)
    desk = current_app.extensions["resolver"]
    answer = desk.answer(request.path, kind, language, current_app.config["CLOCK"]())
    return (answer.packed() if wants_gzip(request.headers.get("Accept-Encoding", "")) else answer).leave


@bp.route("/.well-known/gs1resolver")
@access(PUBLIC, SHARED)
def well_known():
    """Say what this resolver knows."""
    return description(current_app.config["BASE_URL"]), OPEN | {"Cache-Control": "public, max-age=3600"}


@lru_cache
def _headers(status: int, kind: str, language: str) -> Headers:
    headers = COMMON | OPEN | {"Cache-Control": "no-store", "Vary": "Accept, Accept-Language, Accept-Encoding"}
    headers["Strict-Transport-Security"] = "max-age=63072000; includeSubDomains; preload"
    if kind == PAGE:
        headers |= {"Content-Type": "text/html; charset=utf-8", "Content-Language": language}
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    else:
        headers["Content-Type"] = kind
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER)
    return tuple(headers.items())


def _typed_part(path: str) -> str:
    """Return what of a code a person can type again: the 12 characters after a GDTI, or else its last part."""
    last = path.rsplit("/", 1)[-1].upper()
    after = last[GDTI_LENGTH:]
    return show_mark(after) if last[:GDTI_LENGTH].isdigit() and len(after) == MARK_LENGTH else last


GDTI_LENGTH = 13


def _link(here: str) -> str:
    """Point programs to the set of links, and to the one way of writing this address."""
    return f'<{here}>; rel="canonical", <{here}?linkType=linkset>; rel="linkset"; type="{LINKS}"'


def _lead_on(name: str, links: dict, headers: Headers) -> Answer:
    """Lead on to the target of a type of link; to one that there is not, say so."""
    kept = tuple(header for header in headers if header[0] != "Content-Type")
    if name in links:
        target = (("Location", links[name][0]["href"]), ("Content-Type", "text/plain"))
        return Answer(HTTPStatus.TEMPORARY_REDIRECT, (*kept, *target), b"", is_kept=False)
    problem = {"title": "Not Found", "status": 404, "detail": NO_SUCH_LINK}
    headers = (*kept, ("Content-Type", "application/problem+json"))
    return Answer(HTTPStatus.NOT_FOUND, headers, json.dumps(problem).encode(), is_kept=False)
