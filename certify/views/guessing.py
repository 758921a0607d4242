"""How often one connection may ask for codes that nobody was given (TDM-1, §3.3 and §8, 22), and what it then reads.

A code that is not sealed can be guessed, though 55 random bits make that hopeless; this makes it slow besides. Only
codes that are well formed and not there count: a slip of a finger fails its check character, so that even a thousand
telephones behind one address hardly ever ask for one. Known codes cost nothing, forged ones are answered as forged, and
what bears a genuine seal cannot be guessed: it is never refused.
"""

from __future__ import annotations

import json
from collections import OrderedDict
from datetime import datetime, timedelta
from http import HTTPStatus
from math import ceil
from threading import Lock

from certify.operations.scanning import network_of
from certify.views.editions import Edition
from certify.views.sending import Answer
from certify.views.verification import COMMON, OPEN

AT_ONCE = 60
"""Unknown codes that one connection may ask for at once, in each process."""

EVERY = timedelta(seconds=2)
"""After that, one more each time so long has passed."""

MOST = 16_384
"""Connections that one process remembers, the last ones; who asks for nothing unknown is not among them."""

PROBLEM = {
    "type": "about:blank",
    "title": HTTPStatus.TOO_MANY_REQUESTS.phrase,
    "status": HTTPStatus.TOO_MANY_REQUESTS.value,
    "detail": "Too many codes that do not exist were asked for from this address. This says nothing about this code: "
    "wait as long as Retry-After says. Codes with a genuine seal are answered always.",
}


class Guesses:
    """Counts unknown codes by connection, in memory: of an address nothing is kept but a number that changes with each
    process, and when all that it asked for will be forgiven.
    """

    def __init__(self) -> None:
        self._forgiven: OrderedDict[int, datetime] = OrderedDict()
        self._lock = Lock()

    def note(self, address: str, at: datetime) -> None:
        """Note that a code that does not exist was asked for."""
        key = hash(network_of(address))
        with self._lock:
            until = max(self._forgiven.pop(key, at), at) + EVERY
            self._forgiven[key] = min(until, at + AT_ONCE * EVERY)  # threads that race count no further than this
            first = next(iter(self._forgiven))
            if len(self._forgiven) > MOST or self._forgiven[first] <= at:  # at most one a call: they go as they came
                del self._forgiven[first]

    def wait(self, address: str, at: datetime) -> int:
        """Return how many seconds a connection has to wait before it may ask again; 0 when it need not."""
        until = self._forgiven.get(hash(network_of(address))) if self._forgiven else None
        if until is None or until - at > AT_ONCE * EVERY:  # a clock set back forgives
            return 0
        return max(0, ceil((until - at - (AT_ONCE - 1) * EVERY) / timedelta(seconds=1)))


def refuse(edition: Edition, seconds: int, wants_json: bool) -> Answer:
    """Ask for patience, without a word on the code: a page in the language of the reader, or a problem (RFC 9457)."""
    headers = COMMON | {"Cache-Control": "no-store", "Retry-After": str(seconds)}
    if wants_json:
        headers |= OPEN | {"Content-Type": "application/problem+json"}
        return Answer(HTTPStatus.TOO_MANY_REQUESTS, tuple(headers.items()), json.dumps(PROBLEM).encode(), False)
    headers |= {"Content-Type": "text/html; charset=utf-8", "Content-Language": edition.language}
    headers["Vary"] = "Accept-Language, Accept-Encoding"
    page = edition.render({}, "public/patience.html").encode()
    return Answer(HTTPStatus.TOO_MANY_REQUESTS, tuple(headers.items()), page, False)
