"""Read the whole public log of a label, and hold everything that is published against it.

    python -m certify.trust.audit https://label.example.ma [--roots roots.json] [--memory FILE] [--witness NAME KEY.pem]
                                  [--sample N] [--workers N]

Needs no database, no account and no framework: it reads what anybody may read. It checks that the trust manifest is
signed by the roots (those in FILE, or those the manifest names, which trusts the site the first time) and is the one
that the log tells of, the checkpoint by the log, that the log goes on from the one seen last, that root and tiles are
those of the entries, that no entry contradicts those before it, and that status list, directory, alerts and register
show what the entries say; then the credential and the proof of each licence and each time-stamp over a head, or N of
either drawn by lot. A witness signs what it has checked and kept: without `--memory` it would sign two pasts.

The exit status is 0 when all agrees, 1 when something does not, 2 when it could not be read, 3 when all agrees and
fewer witnesses signed the head than the manifest wants (a witness is one of them, so it is not told that).
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from certify.trust.issued import check_licences
from certify.trust.keys import FileSigner, to_bytes
from certify.trust.ledger import Ledger
from certify.trust.manifest import Manifest, Roots, read_manifest
from certify.trust.merkle import BadProof, Subtree, check_consistency, consistency_proof, leaf_hash, tree_hash
from certify.trust.note import Checkpoint, cosign, open_note, read_checkpoint
from certify.trust.scrutiny import (
    LOG,
    Audited,
    Disagreement,
    Each,
    Get,
    check_list,
    check_offline,
    check_register,
    disagreeing,
)
from certify.trust.site import Site
from certify.trust.stamps import check_stamps
from certify.trust.status import StatusList
from certify.trust.tiles import read_entries, read_subtrees, tiles_of
from certify.trust.whole import alone, write_whole

MANIFEST, CHECKPOINT = "/.well-known/tdm-trust.json", f"{LOG}checkpoint"
TOLD_EVERY = 1000
"""Licences after which somebody who waits is told how far it came."""


@dataclass(frozen=True)
class Memory:
    """What an auditor remembers from one time to the next: the roots, the version and the checkpoint it saw."""

    roots: Roots | None = None
    version: int = 0
    checkpoint: str = ""


def audit(get: Get, memory: Memory, at: datetime) -> Audited:
    """Read manifest, log and status lists, and hold them against each other.

    Raises Disagreement, or OSError when they cannot be read. It holds the hash of each entry: 32 MB for a million.
    """
    signed, note = get(MANIFEST), get(CHECKPOINT)
    with disagreeing():
        manifest = _manifest(json.loads(signed), memory, at)
        opened = open_note(note.decode(), manifest.log, manifest.witnesses)
        ledger, subtree = _read_log(get, opened.checkpoint)
        _goes_on(manifest, memory, opened.checkpoint, subtree)
        _follows(manifest, opened.checkpoint, subtree)
        if ledger.manifest != (manifest.version, manifest.digest):
            raise Disagreement(f"the trust manifest is not the one that the log tells of, version {ledger.manifest[0]}")
        keys = manifest.keys["status"]
        lists = tuple(StatusList.read(get(_at_home(uri)).decode(), keys) for uri in manifest.status)
    for each in lists:
        check_list(each, ledger, at)
    return Audited(manifest, note.decode(), opened.checkpoint, ledger, subtree, lists, frozenset(opened.seen_at))


def _manifest(signed: dict, memory: Memory, at: datetime) -> Manifest:
    roots = memory.roots or Manifest.of(to_bytes(signed["payload"]), at.date()).roots
    return read_manifest(signed, roots, at=at, seen=memory.version)


def _read_log(get: Get, checkpoint: Checkpoint) -> tuple[Ledger, Subtree]:
    """Read every entry: the root they have must be the one that was signed, and each tile what they make."""
    ledger, hashes = Ledger(), []
    for entry in read_entries(0, checkpoint.size, checkpoint.size, lambda path: get(LOG + path)):
        ledger.read(entry)
        hashes.append(leaf_hash(entry))
    tiles = tiles_of(hashes)
    subtree = read_subtrees(len(hashes), tiles.__getitem__)
    if tree_hash(len(hashes), subtree) != checkpoint.root:
        raise Disagreement("the entries are not those that the checkpoint was signed for")
    for path, content in tiles.items():
        if get(LOG + path) != content:
            raise Disagreement(f"{path} does not hold the hashes of the entries: it breaks their proofs")
    return ledger, subtree


def _goes_on(manifest: Manifest, memory: Memory, checkpoint: Checkpoint, subtree: Subtree) -> None:
    """Return if the log goes on from the checkpoint that was seen last; raise BadProof otherwise."""
    if not memory.checkpoint:
        return
    seen = _seen(manifest, memory.checkpoint)
    if seen.size > checkpoint.size:
        raise BadProof("the log became shorter")
    proof = consistency_proof(seen.size, checkpoint.size, subtree)
    check_consistency(seen.size, seen.root, checkpoint.size, checkpoint.root, proof)


def _seen(manifest: Manifest, note: str) -> Checkpoint:
    """Read the head that was kept: of this log, or of one before it, maybe beyond what the roots say it came to."""
    kept = read_checkpoint(note)
    keys = [key for key in (manifest.log, *(each.key for each in manifest.ended)) if key.name == kept.origin]
    return open_note(note, keys[0] if keys else manifest.log).checkpoint


def _follows(manifest: Manifest, checkpoint: Checkpoint, subtree: Subtree) -> None:
    """Return if the log begins with all that each log before it held; raise BadProof otherwise."""
    for ended in manifest.ended:
        if ended.size > checkpoint.size or tree_hash(ended.size, subtree) != ended.root:
            raise BadProof(f"the log does not go on from the end of {ended.key.name}, which the roots have signed")


def _at_home(uri: str) -> str:
    """Return the path of a list that the manifest names: it is read from the site that is audited."""
    return "/" + uri.split("://", 1)[-1].partition("/")[2]


Shown = tuple[Audited, dict[str, dict]]


def audit_shown(get: Get, memory: Memory, at: datetime) -> Shown:
    """Audit the log and what follows from it: what devices keep, the register; return that and the register's rows."""
    found = audit(get, memory, at)
    return found, check_register(get, found, check_offline(get, found, at), at)


def patiently(look: Callable[[], Shown], times: int = 3, pause: float = 2.0) -> Shown:
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
    said |= {"version": found.manifest.version, "checkpoint": found.note}
    write_whole(path, json.dumps(said).encode(), is_durable=True)


def by_itself(memory: Path | None) -> AbstractContextManager[None]:
    """Let one auditor at a time go on from a memory: two at once would each sign what goes on from the same head."""
    return alone(memory.with_name(f".{memory.name}.lock")) if memory else nullcontext()


def main(arguments: list[str] | None = None) -> int:
    """Audit a site and say what was found."""
    parser = argparse.ArgumentParser(prog="python -m certify.trust.audit", description=__doc__.partition("\n")[0])
    parser.add_argument("site", help="the address of the label, https://…")
    parser.add_argument("--roots", type=Path, help="the root keys that are trusted, as JSON")
    parser.add_argument("--memory", type=Path, help="a file that keeps what was seen: the log must go on from it")
    parser.add_argument("--witness", nargs=2, metavar=("NAME", "KEY"), help="sign the checkpoint as this witness")
    parser.add_argument("--sample", type=int, help="look at so many credentials and time-stamps, drawn by lot")
    parser.add_argument(
        "--workers",
        type=int,
        choices=range(1, 65),
        metavar="N",
        default=8,
        help="how many of these are fetched at a time (8)",
    )
    asked = parser.parse_args(arguments)
    if asked.witness and not asked.memory:
        parser.error("--witness needs --memory: who forgets what it signed signs two pasts")
    try:
        with by_itself(asked.memory):
            return run(asked, datetime.now(UTC))
    except Disagreement as error:
        print(f"DISAGREES  {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"CANNOT READ  {error}", file=sys.stderr)
        return 2


def run(asked: argparse.Namespace, at: datetime) -> int:
    """Audit a site, keep what was seen, then say so, and sign it where that is asked. Raises what `audit` raises."""
    roots, get = read_roots(asked.roots) if asked.roots else None, Site(asked.site).get
    memory = remember(asked.memory, roots)
    found, rows = patiently(lambda: audit_shown(get, memory, at))
    numbers, places = _drawn(list(rows), asked.sample), _drawn(list(found.ledger.anchors), asked.sample)
    while True:
        try:
            _check_each(get, found, rows, numbers, places, workers=asked.workers)
            break
        except Disagreement:
            seen = Memory(found.manifest.roots, found.manifest.version, found.note)
            found, rows = patiently(lambda seen=seen: audit_shown(get, seen, at))
            if found.manifest.version == seen.version:
                raise  # no key was changed meanwhile, the log's among them
    if asked.memory:
        keep(asked.memory, found)
    print(
        f"{'AGREES' if found.has_quorum or asked.witness else 'TOO FEW WITNESSES'}  "
        f"entries={found.checkpoint.size} licences={len(rows)} credentials={len(numbers)} "
        f"decisions={len(found.ledger.decisions)} lists={len(found.lists)} stamps={len(places)} "
        f"witnesses={len(found.witnesses)}/{found.manifest.quorum} root={found.checkpoint.root.hex()[:16]}"
    )
    if asked.witness:
        name, key = asked.witness
        print(cosign(found.note, name, FileSigner.read(Path(key)), at), end="")
        return 0
    return 0 if found.has_quorum else 3


def _check_each(
    get: Get, found: Audited, rows: dict[str, dict], numbers: list[str], places: list[int], *, workers: int
) -> None:
    """Look at credentials, proofs and time-stamps; tell whoever waits how far it came. Raises Disagreement."""
    check_stamps(get, found, places, workers=workers)
    for count, _ in enumerate(check_licences(get, found, rows, numbers, workers=workers), 1):
        if count % TOLD_EVERY == 0:
            print(f"{count} of {len(numbers)} credentials", file=sys.stderr)


def _drawn(everything: list[Each], sample: int | None) -> list[Each]:
    """Draw a sample that nobody can foresee, in order; all of them when none is asked."""
    if sample is None or sample >= len(everything):
        return everything
    return sorted(random.SystemRandom().sample(everything, max(0, sample)))


if __name__ == "__main__":
    sys.exit(main())
