"""Reads what a site publishes, over connections that stay open: an auditor asks for tens of thousands of small files.

Standard library alone. It connects to the site itself: no proxy, and no redirection.
"""

from __future__ import annotations

import time
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from threading import local
from urllib.parse import urlsplit

PATIENCE, LONGEST_PAUSE, TIMES = 30, 60, 5
"""Seconds for an answer, and for a pause that the site asks for; how often it is asked before it is given up."""

LARGEST = 64 * 1024 * 1024
"""Bytes of an answer; more is refused."""


class Site:
    """A site by its address; each thread that asks has a connection of its own."""

    def __init__(self, address: str) -> None:
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise OSError(f"{address} is no address: it begins with https://")
        self._kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
        self._host, self._port, self._below = parts.hostname, parts.port, parts.path.rstrip("/")
        self._kept = local()

    def get(self, path: str) -> bytes:
        """Return what is published under a path. Raises FileNotFoundError for what is not there, OSError."""
        for _ in range(TIMES):
            status, pause, content = self._ask(self._below + path)
            if status == 200:
                return content
            if status == 404:
                raise FileNotFoundError(f"{path} is not published")
            if status != 429:
                raise OSError(f"{path}: the site answers {status}")
            time.sleep(min(pause, LONGEST_PAUSE))
        raise OSError(f"{path}: the site asks to come back later, again and again")

    def _ask(self, path: str) -> tuple[int, int, bytes]:
        """Ask once more where a connection that was kept is closed by now."""
        is_kept = getattr(self._kept, "connection", None) is not None
        try:
            return self._ask_once(path)
        except (HTTPException, OSError) as error:
            self._kept.connection = None
            if not is_kept:
                raise OSError(f"{path}: {error or type(error).__name__}") from error
        return self._ask(path)

    def _ask_once(self, path: str) -> tuple[int, int, bytes]:
        if getattr(self._kept, "connection", None) is None:
            self._kept.connection = self._kind(self._host, self._port, timeout=PATIENCE)
        self._kept.connection.request("GET", path)
        answer = self._kept.connection.getresponse()
        content = answer.read(LARGEST + 1)
        if len(content) > LARGEST:
            self._kept.connection = None
            raise OSError("the answer is larger than any file of a label")
        pause = answer.getheader("Retry-After") or "1"
        return answer.status, int(pause) if pause.isdecimal() else 1, content
