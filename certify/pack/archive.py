"""The bytes of an evidence pack: one ZIP with fixed order and dates, nothing compressed, written file by file.

Large documents pass through in pieces. SHA256SUMS holds the hashes that were recorded when each file came, not those of
the files as they lie on the disk now: a file that changed there since is named by the pack's own `check.py`.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import BinaryIO, Protocol
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from certify.pack.page import HERE, LANGUAGES, render

SUMS = "SHA256SUMS"
UNIX, READABLE = 3, 0o100644 << 16
"""Written into every entry, so that the machine that makes the pack leaves no trace in it."""


class Kept(Protocol):
    """Where files are kept, by their SHA-256."""

    def path(self, digest: str) -> Path:
        """Return where a file lies."""


@dataclass(frozen=True)
class Pack:
    """A pack: its facts, the texts by path, the SHA-256 of each kept file by path; `at` dates every entry."""

    facts: Mapping[str, object]
    texts: Mapping[str, str]
    files: Mapping[str, str]
    at: datetime

    @cached_property
    def written(self) -> dict[str, bytes]:
        """What is written for the pack, by path: what a person opens first comes first."""
        pages = {f"index.{language}.html": render(self.facts, language).encode() for language in LANGUAGES}
        index = json.dumps(self.facts, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        check = files("certify.pack").joinpath("check.py").read_bytes()
        texts = {path: text.encode() for path, text in sorted(self.texts.items())}
        return {**pages, "index.json": index.encode(), "check.py": check, **texts}

    @cached_property
    def sums(self) -> bytes:
        """The lines of SHA256SUMS, as `sha256sum -c` reads them; the last one, a comment to it, seals the others."""
        digests = {path: sha256(content).hexdigest() for path, content in self.written.items()} | dict(self.files)
        listed = "".join(f"{digest}  {path}\n" for path, digest in digests.items()).encode()
        return listed + f"# {sha256(listed).hexdigest()}\n".encode()

    @property
    def fingerprint(self) -> str:
        """The SHA-256 of SHA256SUMS: one figure for the whole pack."""
        return sha256(self.sums).hexdigest()

    def write(self, target: BinaryIO, kept: Kept) -> None:
        """Write the ZIP to `target`; `kept` knows where each file lies. Raises FileNotFoundError when one is lost."""
        with ZipFile(target, "w", ZIP_STORED) as archive:
            for path, content in self.written.items():
                archive.writestr(self._entry(path), content)
            for path, digest in self.files.items():
                with kept.path(digest).open("rb") as source, archive.open(self._entry(path), "w") as entry:
                    shutil.copyfileobj(source, entry)
            archive.writestr(self._entry(SUMS), self.sums)

    def _entry(self, path: str) -> ZipInfo:
        entry = ZipInfo(path, self.at.astimezone(HERE).timetuple()[:6])
        entry.create_system, entry.external_attr = UNIX, READABLE
        return entry
