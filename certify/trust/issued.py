"""What proves a licence by itself, held against the entry of its issue in the public log: its credential and proof."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from certify.trust import tokens
from certify.trust.credential import KIND, called, digest, stated
from certify.trust.keys import to_bytes
from certify.trust.merkle import check_consistency, consistency_proof, root_from_inclusion
from certify.trust.note import read_tlog_proof
from certify.trust.scrutiny import (
    HOUR,
    LOG,
    Audited,
    Disagreement,
    Get,
    disagreeing,
    head_of,
    is_on_the_way,
    side_by_side,
)
from certify.trust.tiles import read_subtrees


def check_licences(
    get: Get, found: Audited, rows: Mapping[str, Mapping[str, Any]], numbers: Iterable[str], *, workers: int = 8
) -> Iterator[str]:
    """Hold the credential and the proof of each licence against its entry, `workers` at a time; yield those that agree.

    Two small files a licence. A proof under a newer head than the one audited is followed too: that head must go on
    from ours.
    """
    newer: set[tuple[int, bytes]] = set()
    yield from side_by_side(lambda number: _check_licence(get, found, rows[number], newer), numbers, workers)
    with disagreeing("the head of a proof: "):
        for size, root in newer:
            ours = found.checkpoint
            proof = consistency_proof(ours.size, size, read_subtrees(size, lambda path: get(LOG + path)))
            check_consistency(ours.size, ours.root, size, root, proof)


def _check_licence(get: Get, found: Audited, row: Mapping[str, Any], newer: set[tuple[int, bytes]]) -> str:
    number = row["number"]
    with disagreeing(f"{number}: "):
        _check_credential(get(f"/c/{number}/vc.jwt").decode(), found, row)
        index, hashes, note = read_tlog_proof(get(f"/c/{number}/proof").decode())
        head = head_of(note, found.manifest)
        issue = found.ledger.issues[number]
        if index != issue.position:
            raise Disagreement(f"{number}: its proof is that of entry {index}, not {issue.position}")
        if root_from_inclusion(found.subtree(0, index), index, head.size, hashes) != head.root:
            raise Disagreement(f"{number}: its proof does not lead from its entry to the head")
        if head.size > found.checkpoint.size:
            newer.add((head.size, head.root))
        elif not is_on_the_way(head, found):
            raise Disagreement(f"{number}: its proof is of another log")
    return number


def _check_credential(token: str, found: Audited, row: Mapping[str, Any]) -> None:
    """Compare a credential with the log, which has its hash, and with the row of the register."""
    number, issue = row["number"], found.ledger.issues[row["number"]]
    if digest(token) != issue.vc:
        raise Disagreement(f"{number}: its credential is not the one that the log tells")
    keys = found.manifest.keys.get("vc", {})
    header, payload, _ = token.split(".")
    is_known = json.loads(to_bytes(header))["kid"] in keys  # that of a key given up is proved by its hash alone
    said = tokens.read(token, kind=KIND, keys=keys) if is_known else json.loads(to_bytes(payload))
    told, entry = stated(said), said["status"]["status_list"]
    days = [(datetime.fromisoformat(said[name]) + HOUR * early).date() for name, early in TERMS]
    named = (told["number"], entry["idx"], entry["uri"] in found.manifest.status, *days)
    if named != (number, found.ledger.licences[number], True, issue.valid_from, issue.valid_to):
        raise Disagreement(f"{number}: its credential says another number, place or term than the log")
    if others := [name for name, word in _told_by(row).items() if told[name] != word]:
        raise Disagreement(f"{number}: the register names it otherwise than its credential: {', '.join(others)}")


def _told_by(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a row of the register says that a credential says, too (`credential.stated`)."""
    return {
        "mark": row["mark"],
        "holder": called(row["holder"]),
        "product": called(row["product"]),
        "gtins": sorted(row["gtins"]),
        "scheme": row["regulation"],
        "decided_on": row["meeting"]["held_on"],
    }


TERMS = (("validFrom", 1), ("validUntil", 0))
"""The ends of a validity: the first second of a day of Morocco, which may be in the last hour of the day before by UTC,
and the last second of one.
"""
