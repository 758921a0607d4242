"""An answer ready to leave: its bytes made once, compressed when that is welcome, withheld when the reader has them."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache, wraps
from http import HTTPStatus
from typing import Any

from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from certify.operations.scanning import Seen

STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

LONGEST_HEADER = 256
"""What a reader sends beyond this length is judged each time, and not remembered."""

ABOUT_CONTENT = {"Content-Type", "Content-Encoding", "Content-Length", "Content-Language"}
"""What a 304 leaves out."""

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Answer:
    """A status, headers without length and tag, and the whole body. One that must not be kept bears no tag.

    `press` makes the gzip of the body when somebody knows a quicker way than compressing it; `seen` is the code that
    whoever reads this looked at, for `views.counting`; `is_guess`: it was well formed, bears no seal, and nobody was
    given it.
    """

    status: int
    headers: Headers
    body: bytes
    is_kept: bool = True
    press: Callable[[], bytes] | None = None
    is_packed: bool = False
    seen: Seen | None = None
    is_guess: bool = False

    def packed(self) -> Answer:
        """Return the same answer as gzip, the same bytes each time; a photo or nothing at all stays as it is."""
        if self.is_packed or not self.body or ("Content-Type", "image/jpeg") in self.headers:
            return self
        body = self.press() if self.press else gzip.compress(self.body, mtime=0)
        headers = (*self.headers, ("Content-Encoding", "gzip"))
        return replace(self, headers=headers, body=body, press=None, is_packed=True)

    @cached_property
    def tag(self) -> str:
        """The entity tag: another one for each other body, and for each encoding of it."""
        return f'"{len(self.body):x}-{zlib.crc32(self.body):08x}{zlib.adler32(self.body):08x}"'

    @cached_property
    def sent(self) -> tuple[str, list[tuple[str, str]]]:
        """The status line and the headers of the whole answer."""
        headers = [*self.headers, ("Content-Length", str(len(self.body)))]
        if self.is_kept:
            headers.append(("ETag", self.tag))
        return STATUS_LINES[self.status], headers

    @cached_property
    def unsent(self) -> tuple[str, list[tuple[str, str]]]:
        """The status line and the headers for a reader who has this very body."""
        return "304 Not Modified", [header for header in self.sent[1] if header[0] not in ABOUT_CONTENT]

    def leave(self, environ: Mapping[str, Any], start_response: Callable) -> Iterable[bytes]:
        """Send this answer to a GET or HEAD, or 304 to a reader who has it."""
        held = environ.get("HTTP_IF_NONE_MATCH")
        if held and self.is_kept and self.status == HTTPStatus.OK and self._is_among(held):
            status, headers = self.unsent
            start_response(status, list(headers))
            return []
        status, headers = self.sent
        start_response(status, list(headers))
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.body]

    def _is_among(self, held: str) -> bool:
        return held.strip() == "*" or self.tag in {one.strip().removeprefix("W/") for one in held.split(",")}


def recalled(judge: Callable[..., Any]) -> Callable[..., Any]:
    """Make a pure function of headers remember its answers, but to those of extraordinary length."""
    remembered = lru_cache(maxsize=512)(judge)

    @wraps(judge)
    def judged(*headers: str) -> Any:
        return remembered(*headers) if sum(map(len, headers)) <= LONGEST_HEADER else judge(*headers)

    return judged


@recalled
def wants_gzip(accepted: str) -> bool:
    """Tell from an Accept-Encoding header whether gzip is welcome."""
    return bool(accepted) and parse_accept_header(accepted, Accept)["gzip"] > 0
