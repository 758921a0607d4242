"""Reads what a person types or a program sends as a code: a mark, or a whole address, of which the host is judged."""

from __future__ import annotations

import re
from urllib.parse import quote, urlsplit

from certify.queries.codes import Reading
from certify.views.resolver import PATHS, Resolver
from certify.workflows.errors import Malformed
from certify.workflows.numbering import parse_mark
from certify.workflows.words import N_

MARK = "/V/"
LONGEST = 300
"""Characters of a code; the longest of ours has 200."""

NO_CODE = N_("This is neither a code of the label nor an address of one.")


def read_typed(text: str, resolver: Resolver, base: str) -> Reading:
    """Read a code however it is written; `base` is the official address. What cannot be read bears its fault."""
    text = text.strip()
    if len(text) > LONGEST:
        return Reading(fault=Malformed(NO_CODE))
    if "://" not in text:
        return _at(text, resolver) if text.startswith("/") else _mark(text)
    try:
        parts = urlsplit(text)
        ours = urlsplit(base)
    except ValueError:
        return Reading(fault=Malformed(NO_CODE))
    if parts.netloc.lower() not in resolver.hosts or parts.scheme not in {"https", ours.scheme}:
        return Reading(host=parts.netloc)
    return _at(parts.path, resolver)


def path_of(text: str) -> str:
    """Return where the page of a code is that is not of another host: the path of its address, or of its mark."""
    path = urlsplit(text).path if "://" in text else text
    if PATHS.match(path):
        return quote(path.upper())
    mark = re.split(MARK, path, flags=re.IGNORECASE)[-1].strip()
    try:
        return f"/v/{parse_mark(mark)}"
    except Malformed:
        return f"/v/{quote(mark, safe='')}"


def _at(path: str, resolver: Resolver) -> Reading:
    if path[: len(MARK)].upper() == MARK:
        return _mark(path[len(MARK) :].removesuffix("/"))
    return resolver.read(path) if PATHS.match(path) else Reading(fault=Malformed(NO_CODE))


def _mark(text: str) -> Reading:
    try:
        return Reading(parse_mark(text))
    except Malformed as fault:
        return Reading(fault=fault)
