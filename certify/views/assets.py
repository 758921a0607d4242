"""The stylesheet and what else is the same for everybody: from memory, compressed once, under an address that changes
with the content, so that a phone on a poor line fetches each version one time.
"""

from __future__ import annotations

import mimetypes
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path

from certify.views.headers import HEADERS
from certify.views.sending import Answer

COMPRESSED = ("text/", "image/svg+xml", "application/json")


Variants = dict[tuple[bool, bool], Answer]
"""A file by (is it packed, was its very version asked for)."""


class Assets:
    """The files of a folder, read when first asked for and again when they change."""

    def __init__(self, folder: Path) -> None:
        self._paths = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
        self._held: dict[str, tuple[int, str, Variants]] = {}

    def answer(self, name: str, query: str, is_packed: bool) -> Answer | None:
        """Answer with a file, as gzip when that is welcome and helps; None when there is no such file."""
        found = self._find(name)
        if found is None:
            return None
        version, variants = found
        return variants[is_packed, query == f"v={version}"]

    def stamp(self, endpoint: str, values: dict[str, object]) -> None:
        """Add the version to the address of a file: a default for `url_for`."""
        if endpoint == "static" and "v" not in values and (found := self._find(str(values.get("filename")))):
            values["v"] = found[0]

    def _find(self, name: str) -> tuple[str, Variants] | None:
        path = self._paths.get(name)
        try:
            changed = path.stat().st_mtime_ns if path else None
        except FileNotFoundError:
            changed = None
        if path is None or changed is None:
            return None
        held = self._held.get(name)
        if held is None or held[0] != changed:
            held = self._held[name] = (changed, *_load(path))
        return held[1:]


def _load(path: Path) -> tuple[str, Variants]:
    """Read a file; return a short trace of its content, and the ways of sending it."""
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    is_text = kind.startswith(COMPRESSED)
    headers = (*HEADERS.items(), ("Content-Type", f"{kind}; charset=utf-8" if is_text else kind))
    if is_text:
        headers = (*headers, ("Vary", "Accept-Encoding"))
    content, variants = path.read_bytes(), {}
    for is_settled, life in ((True, "public, max-age=31536000, immutable"), (False, "no-cache")):
        plain = Answer(HTTPStatus.OK, (*headers, ("Cache-Control", life)), content)
        variants[False, is_settled] = plain
        variants[True, is_settled] = plain.packed() if is_text else plain
    return sha256(content).hexdigest()[:8], variants
