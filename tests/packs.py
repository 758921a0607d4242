"""Evidence packs in the hands of whoever receives them: made from the staged dossiers, opened, altered, checked."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from sqlalchemy import select

from certify.extensions import db
from certify.models import Dossier, Paper
from certify.models.paper import PaperFile
from certify.operations.storage import Store
from certify.pack import archive, check
from certify.pack.archive import Pack
from certify.queries.pack import gather_pack

Entries = dict[str, bytes]


def print_all(store: Store, clock: Callable) -> None:
    """Give each paper a file of its own, as the paper worker would, in no time."""
    printed = select(PaperFile.paper_id)
    for paper in db.session.scalars(select(Paper).where(Paper.id.not_in(printed)).order_by(Paper.id)):
        content = b"%PDF-1.7 " + paper.number.encode()
        digest = store.keep(content)
        db.session.add(PaperFile(paper_id=paper.id, sha256=digest, size=len(content), printed_at=clock()))
    db.session.commit()
    db.session.expire_all()


def pack_of(dossier: Dossier, store: Store) -> bytes:
    """Make the pack of a dossier."""
    gathered = gather_pack(db.session, dossier)
    assert gathered.unprinted == ()
    made = BytesIO()
    Pack(gathered.facts, gathered.texts, gathered.files, gathered.at).write(made, store)
    return made.getvalue()


def entries_of(content: bytes) -> Entries:
    """Open a pack."""
    with ZipFile(BytesIO(content)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def facts_of(content: bytes) -> Mapping:
    """Read the facts of a pack."""
    return json.loads(entries_of(content)[check.INDEX])


def zipped(entries: Mapping[str, bytes], place: Path) -> Path:
    """Write a ZIP whose own checksums are right."""
    with ZipFile(place, "w") as written:
        for name, content in entries.items():
            written.writestr(name, content)
    return place


def resealed(entries: Entries) -> Entries:
    """Compute SHA256SUMS anew, as somebody who hides a change would."""
    told = [f"{sha256(content).hexdigest()}  {name}\n" for name, content in entries.items() if name != archive.SUMS]
    listed = "".join(told).encode()
    return entries | {archive.SUMS: listed + f"# {sha256(listed).hexdigest()}\n".encode()}


def checked(path: Path, program: Path | None = None) -> tuple[int, str]:
    """Run the program in a process that knows nothing of us; return its status and what it printed."""
    command = [sys.executable, "-I", "-S", str(program or check.__file__), str(path)]
    done = subprocess.run(command, capture_output=True, check=False, cwd=path.parent, env={"PYTHONUTF8": "1"})
    assert done.stderr == b"", done.stderr.decode()
    return done.returncode, done.stdout.decode()
