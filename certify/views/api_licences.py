"""The register, for machines: one licence, page after page, and what changed since a moment."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from flask import current_app

from certify.extensions import db
from certify.models import RegisterEntry
from certify.queries.public_register import (
    SORTED,
    Change,
    Sieve,
    find_place_before,
    get_licence,
    list_changes,
    list_gtins,
    list_licences,
    verdict_on,
)
from certify.views.api import AGE, Invalid, asked, noun, sent
from certify.views.helpers import PUBLIC, SHARED, access, today
from certify.views.leaflets import EVIDENCE, FACTS
from certify.workflows.errors import Malformed, NotFound
from certify.workflows.identifiers import parse_gtin
from certify.workflows.numbering import LAST_REGION, Kind, parse_number
from certify.workflows.verdict import Verdict
from certify.workflows.words import N_

bp = noun("api_licences", __name__)

MOST, USUAL = 1000, 100
"""Rows on a page: at most, and when nobody says how many."""

LONGEST = 2**53
"""The last place of the log that every reader of JSON can write."""


@bp.route("/licences")
@access(PUBLIC, SHARED)
def licences():
    """List the licences of the register, page after page, in the order of their numbers."""
    said = asked("verdict", "region", "filiere", "gtin", "after", "limit")
    limit = _limit(said)
    sieve = Sieve(
        verdict=_read(said, "verdict", _verdict),
        region=_read(said, "region", lambda text: _count(text, 1, LAST_REGION)),
        filiere=_read(said, "filiere", lambda text: _plain(text, r"[a-z0-9_-]{1,40}")),
        gtin=_read(said, "gtin", parse_gtin),
    )
    after = _read(said, "after", lambda text: _plain(text, r"[A-Z0-9-]{1,40}")) or ""
    rows = list_licences(db.session, sieve, today=today(), after=after, limit=limit + 1)
    more = _next("licences", said, rows[limit - 1].number) if len(rows) > limit else None
    return sent({"licences": _all(rows[:limit]), "next": more}, AGE, **_link(more))


@bp.route("/licences/<number>")
@access(PUBLIC, SHARED)
def licence(number: str):
    """Say what the public may know of one licence."""
    asked()
    try:
        canonical = _number(number)
    except Malformed as fault:
        raise NotFound(N_("There is no such licence.")) from fault
    (found,) = _all([get_licence(db.session, canonical)])
    return sent(found, AGE)


@bp.route("/changes")
@access(PUBLIC, SHARED)
def changes():
    """List what happened to licences since a moment and after a place in the public log, whichever is later."""
    said = asked("after", "since", "limit")
    limit = _limit(said)
    places = [-1, _read(said, "after", lambda text: _count(text, -1, LONGEST))]
    if since := _read(said, "since", _moment):
        places.append(find_place_before(db.session, since))
    after = max(place for place in places if place is not None)
    found, last, is_more = list_changes(db.session, after=after, limit=limit)
    there = f"{current_app.config['BASE_URL']}/api/v1/changes?{urlencode({'after': last, 'limit': limit})}"
    content = {"changes": [_changed(change) for change in found], "next": there, "has_more": is_more}
    return sent(content, "public, no-cache", **_link(there))


def _all(rows: list[RegisterEntry]) -> list[dict[str, Any]]:
    gtins, day = list_gtins(db.session, [row.mark for row in rows]), today()
    base = current_app.config["BASE_URL"]
    return [
        {
            "number": row.number,
            "mark": row.mark,
            "verdict": verdict_on(row, day),
            "valid_from": row.valid_from.isoformat(),
            "valid_to": row.valid_to.isoformat(),
            **{name: row.facts[name] for name in FACTS},
            "gtins": gtins[row.mark],
            "history": row.history,
            "links": _links(row, base),
        }
        for row in rows
    ]


def _links(row: RegisterEntry, base: str) -> dict[str, str | None]:
    """Say where more is found: the page, the photo, the credential, the proof."""
    has_evidence = "evidence" in row.facts
    proofs = {name: f"{base}/c/{row.number}/{file}" if has_evidence else None for name, file in EVIDENCE.items()}
    photo = f"{base}/v/{row.mark}/photo.jpg" if row.photo_sha256 else None
    here = f"{base}/api/v1/licences/{row.number}"
    return {"self": here, "page": f"{base}/v/{row.mark}", "photo": photo, **proofs}


def _changed(change: Change) -> dict[str, Any]:
    return {
        "position": change.position,
        "at": change.at,
        "licence": change.number,
        "kind": change.kind,
        "ground": change.ground,
        "scope": change.scope,
    }


def _next(name: str, said: dict[str, str], after: str) -> str:
    return f"{current_app.config['BASE_URL']}/api/v1/{name}?{urlencode(said | {'after': after})}"


def _link(there: str | None) -> dict[str, str]:
    return {"Link": f'<{there}>; rel="next"'} if there else {}


def _read(said: dict[str, str], name: str, parse: Callable[[str], Any]) -> Any:
    """Read a parameter; None when it is not there. Raises Invalid when it is not as it must be."""
    try:
        return parse(said[name]) if name in said else None
    except Malformed as fault:
        raise Invalid((name, fault.message % fault.facts)) from fault
    except ValueError as fault:
        raise Invalid((name, str(fault))) from fault


def _limit(said: dict[str, str]) -> int:
    return _read(said, "limit", lambda text: _count(text, 1, MOST)) or USUAL


def _count(text: str, least: int, most: int) -> int:
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 16 and least <= int(sign + digits) <= most):
        raise ValueError(f"It is a whole number from {least} to {most}.")
    return int(sign + digits)


def _verdict(text: str) -> Verdict:
    if text not in SORTED:
        raise ValueError(f"It is one of {', '.join(SORTED)}.")
    return Verdict(text)


def _plain(text: str, shape: str) -> str:
    if not re.fullmatch(shape, text):
        raise ValueError(f"It is written {shape}.")
    return text


def _number(text: str) -> str:
    return str(parse_number(text, Kind.LICENCE))


def _moment(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("It is a moment with its zone: 2026-12-07T09:30:00Z.")
    return moment.astimezone(UTC)
