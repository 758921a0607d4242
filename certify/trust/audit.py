"""Read the whole public log of a label, and hold everything that is published against it.

    python -m certify.trust.audit https://label.example.ma [--roots roots.json] [--memory FILE] [--witness NAME KEY.pem]

Needs no database and no account: it reads what anybody may read. It checks that the trust manifest is signed by the
roots (those in FILE, or those the manifest names, which trusts the site the first time), the checkpoint by the log,
that the log goes on from the one seen last, that the root is that of the entries, that no entry contradicts those
before it, and that the status list shows what the entries say. A witness signs what it has checked and kept: without
`--memory` it would sign two pasts. The exit status is 0 when all agrees, 1 when something does not, 2 when it could
not be read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from fcntl import LOCK_EX, flock
from pathlib import Path

from certify.trust.keys import FileSigner, to_bytes
from certify.trust.ledger import Incoherent, Ledger
from certify.trust.manifest import Manifest, Roots, read_manifest
from certify.trust.merkle import BadProof, check_consistency, consistency_proof, in_memory, leaf_hash, tree_hash
from certify.trust.note import BadNote, Checkpoint, cosign, open_note
from certify.trust.status import Status, StatusList
from certify.trust.tiles import read_entries, read_subtrees
from certify.trust.tokens import Untrusted

MANIFEST, LOG, CHECKPOINT = "/.well-known/tdm-trust.json", "/log/", "/log/checkpoint"
PATIENCE = 30
LARGEST = 32 * 1024 * 1024

Get = Callable[[str], bytes]
"""Returns what is published under a path of the site; raises OSError."""


class Disagreement(Exception):
    """Something published contradicts something else; the message says what."""


@dataclass(frozen=True)
class Memory:
    """What an auditor remembers from one time to the next: the roots, the version and the checkpoint it saw."""

    roots: Roots | None = None
    version: int = 0
    checkpoint: str = ""


@dataclass(frozen=True)
class Audited:
    """What was found to agree."""

    manifest: Manifest
    note: str
    checkpoint: Checkpoint
    ledger: Ledger
    lists: int
    witnesses: frozenset[str] = frozenset()


def audit(get: Get, memory: Memory, at: datetime) -> Audited:
    """Read everything and hold it against everything else. Raises Disagreement, or OSError when it cannot be read."""
    try:
        manifest = _manifest(get, memory, at)
        note = get(CHECKPOINT).decode()
        opened = open_note(note, manifest.log, manifest.witnesses)
        checkpoint = opened.checkpoint
        entries = _entries(get, checkpoint)
        _goes_on(get, manifest, memory, checkpoint)
        ledger = Ledger()
        ledger.read_all(entries)
        lists = [StatusList.read(_at_home(get, uri), manifest.keys["status"]) for uri in manifest.status]
    except (BadNote, BadProof, Incoherent, Untrusted, UnicodeDecodeError, KeyError, ValueError) as error:
        raise Disagreement(str(error)) from error
    for each in lists:
        _agrees(each, ledger, at)
    return Audited(manifest, note, checkpoint, ledger, len(lists), frozenset(opened.seen_at))


def _manifest(get: Get, memory: Memory, at: datetime) -> Manifest:
    signed = json.loads(get(MANIFEST))
    roots = memory.roots or Manifest.of(to_bytes(signed["payload"]), at.date()).roots
    return read_manifest(signed, roots, at=at, seen=memory.version)


def _entries(get: Get, checkpoint: Checkpoint) -> list[bytes]:
    """Read every entry; their root must be the one that was signed."""
    entries = list(read_entries(0, checkpoint.size, checkpoint.size, lambda path: get(LOG + path)))
    hashes = in_memory([leaf_hash(entry) for entry in entries])
    if tree_hash(len(entries), hashes) != checkpoint.root:
        raise Disagreement("the entries are not those that the checkpoint was signed for")
    return entries


def _goes_on(get: Get, manifest: Manifest, memory: Memory, checkpoint: Checkpoint) -> None:
    """Return if the log goes on from the checkpoint that was seen last; raise BadProof otherwise."""
    if not memory.checkpoint:
        return
    seen = open_note(memory.checkpoint, manifest.log).checkpoint
    if seen.size > checkpoint.size:
        raise BadProof("the log became shorter")
    subtrees = read_subtrees(checkpoint.size, lambda path: get(LOG + path))
    proof = consistency_proof(seen.size, checkpoint.size, subtrees)
    check_consistency(seen.size, seen.root, checkpoint.size, checkpoint.root, proof)


def _at_home(get: Get, uri: str) -> str:
    """Read a list that the manifest names from the site that is audited."""
    return get("/" + uri.split("://", 1)[-1].partition("/")[2]).decode()


def _agrees(shown: StatusList, ledger: Ledger, at: datetime) -> None:
    """Raise Disagreement where a status list shows something else than the log."""
    if at >= shown.expires_at:
        raise Disagreement(f"the status list {shown.uri} has expired")
    numbers = {place: number for number, place in ledger.licences.items()}
    listed = list(shown)
    for place, status in enumerate(ledger.statuses):
        if place >= len(listed) or listed[place] is not status:
            found = listed[place] if place < len(listed) else "nothing"
            raise Disagreement(f"{numbers[place]}: the status list shows {found}, the log {status}")
    if any(status is not Status.VALID for status in listed[len(ledger.statuses) :]):
        raise Disagreement(f"the status list {shown.uri} shows licences that the log does not know")


def patiently(look: Callable[[], Audited], times: int = 3, pause: float = 2.0) -> Audited:
    """Look again before saying that something disagrees: between two files, the site may have gone on."""
    for _ in range(times - 1):
        try:
            return look()
        except Disagreement:
            time.sleep(pause)
    return look()


def read_roots(path: Path) -> Roots:
    """Read pinned roots: {"threshold": 2, "roots": [{"kid", "x"}, …]}."""
    said = json.loads(path.read_text())
    return Roots({root["kid"]: to_bytes(root["x"]) for root in said["roots"]}, said["threshold"])


def remember(path: Path | None, roots: Roots | None) -> Memory:
    """Return what was kept at `path` the last time; pinned roots go before those kept. Raises OSError."""
    if path is None or not path.exists():
        return Memory(roots)
    try:
        said = json.loads(path.read_text())
        kept = Roots({kid: bytes.fromhex(key) for kid, key in said["roots"].items()}, said["threshold"])
        return Memory(roots or kept, said["version"], said["checkpoint"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise OSError(f"{path} is no memory of an auditor: {error}") from error


def keep(path: Path, found: Audited) -> None:
    """Keep what was seen, for the next time: in one piece, and safe on the disk before anything is signed."""
    roots = found.manifest.roots
    said = {"roots": {kid: key.hex() for kid, key in roots.keys.items()}, "threshold": roots.threshold}
    half = path.with_name(f".{path.name}.new")
    with half.open("w") as file:
        file.write(json.dumps(said | {"version": found.manifest.version, "checkpoint": found.note}))
        file.flush()
        os.fsync(file.fileno())
    half.replace(path)


@contextmanager
def alone(memory: Path | None) -> Iterator[None]:
    """Let one auditor at a time go on from a memory: two at once would each sign what goes on from the same head."""
    if memory is None:
        yield
        return
    with memory.with_name(f".{memory.name}.lock").open("w") as lock:
        flock(lock, LOCK_EX)
        yield


def over_http(site: str) -> Get:
    """Return what reads from a site."""

    def get(path: str) -> bytes:
        with urllib.request.urlopen(site.rstrip("/") + path, timeout=PATIENCE) as answer:
            return answer.read(LARGEST)

    return get


def main(arguments: list[str] | None = None) -> int:
    """Audit a site and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m certify.trust.audit", description=__doc__.partition("\n")[0])
    parser.add_argument("site", help="the address of the label, https://…")
    parser.add_argument("--roots", type=Path, help="the root keys that are trusted, as JSON")
    parser.add_argument("--memory", type=Path, help="a file that keeps what was seen: the log must go on from it")
    parser.add_argument("--witness", nargs=2, metavar=("NAME", "KEY"), help="sign the checkpoint as this witness")
    asked = parser.parse_args(arguments)
    if asked.witness and not asked.memory:
        parser.error("--witness needs --memory: who forgets what it signed signs two pasts")
    try:
        with alone(asked.memory):
            return run(asked, datetime.now(UTC))
    except Disagreement as error:
        print(f"DISAGREES  {error}", file=sys.stderr)
        return 1
    except (OSError, urllib.error.URLError) as error:
        print(f"CANNOT READ  {error}", file=sys.stderr)
        return 2


def run(asked: argparse.Namespace, at: datetime) -> int:
    """Audit a site, keep what was seen, then say so, and sign it where that is asked. Raises what `audit` raises."""
    roots = read_roots(asked.roots) if asked.roots else None
    found = patiently(lambda: audit(over_http(asked.site), remember(asked.memory, roots), at))
    if asked.memory:
        keep(asked.memory, found)
    print(
        f"AGREES  entries={found.checkpoint.size} licences={len(found.ledger.licences)} "
        f"decisions={len(found.ledger.decisions)} lists={found.lists} "
        f"witnesses={len(found.witnesses)}/{found.manifest.quorum} root={found.checkpoint.root.hex()[:16]}"
    )
    if asked.witness:
        name, key = asked.witness
        print(cosign(found.note, name, FileSigner.read(Path(key)), at), end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())
