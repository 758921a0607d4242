"""Reads what a person types or a program sends as a code: a mark, or a whole address, of which the host is judged."""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import quote

from certify.queries.codes import Reading
from certify.views.resolver import PATHS, Resolver
from certify.workflows.address import NO_CODE, Typed, take_apart
from certify.workflows.errors import Malformed
from certify.workflows.numbering import parse_mark


def read_typed(text: str, resolver: Resolver, hosts: Collection[str]) -> Reading:
    """Read a code however it is written; `hosts` are ours. What cannot be read bears its fault."""
    try:
        return _read(take_apart(text, hosts), resolver)
    except Malformed as fault:
        return Reading(fault=fault)


def path_of(text: str, hosts: Collection[str]) -> str:
    """Return where the page of a code is that is not of another host: the path of its address, or of its mark."""
    mark = text
    try:
        typed = take_apart(text, hosts)
        if typed.path and PATHS.match(typed.path):
            return quote(typed.path.upper(), errors="replace")
        mark = text if typed.mark is None else typed.mark
        return f"/v/{parse_mark(mark)}"
    except Malformed:
        return f"/v/{quote(mark, safe='', errors='replace')}"


def _read(typed: Typed, resolver: Resolver) -> Reading:
    """Read what was taken apart. Raises Malformed."""
    if typed.host is not None:
        return Reading(host=typed.host)
    if typed.mark is not None:
        return Reading(parse_mark(typed.mark))
    if not PATHS.match(typed.path):
        raise Malformed(NO_CODE)
    return resolver.read(typed.path)
