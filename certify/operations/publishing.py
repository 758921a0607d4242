"""What the world reads without asking us: the log, the status list and the keys, as files that any server hands out.

They follow from what was committed, and are written in one piece each: killed in between and done again, they come to
the same. `tick` does it every second; two that do it at once come to the same too.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy.orm import Session

from certify.models import LedgerEntry, RegisterEntry
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.operations.ledger import log
from certify.operations.numbers import hold_numbers
from certify.queries.cases import list_alerts
from certify.queries.labels import list_void_codes
from certify.queries.ledger import find_last_of, list_entries, list_gtins, list_places, list_states
from certify.trust.directory import Listed, alerts_token, directory_token
from certify.trust.keyring import NoKeys, did_document, jwks_of
from certify.trust.ledger import parse
from certify.trust.manifest import Manifest
from certify.trust.merkle import inclusion_proof, leaf_hash, root_from_inclusion
from certify.trust.note import BadNote, Checkpoint, open_note, tlog_proof
from certify.trust.status import Status, StatusList, pack, status_token
from certify.trust.tiles import CHECKPOINT, Forked, Log, read_subtrees
from certify.trust.tokens import Untrusted
from certify.trust.whole import write_whole
from certify.workflows.evidence import fingerprint
from certify.workflows.licence import Ground, State

LOG, STATUS, WELL_KNOWN = "log", "status/1", ".well-known"
ALERTS, BUNDLE, BUNDLE_OF = "status/alerts", "offline/bundle.json", "offline/bundle.of"
WITNESSED = "checkpoint.witnessed"
"""The last head that enough witnesses signed."""

RENEWED_AFTER = timedelta(minutes=5)
"""A list that says the same is signed again after that time: whoever holds it knows how old it is."""

SHOWN = {State.SUSPENDED: Status.SUSPENDED, State.WITHDRAWN: Status.WITHDRAWN}
"""What the list shows of a state; a licence that is over is told by its dates, so it is VALID here. An alert shows
while the licence is in force.
"""


@dataclass(frozen=True)
class Published:
    """What stands after a publication."""

    checkpoint: Checkpoint
    status: StatusList


def publish(session: Session, folder: Path, *, issuer: Issuer, at: datetime) -> Published:
    """Bring the files in `folder` up to what the database holds, alone. Raises what `bring_up` raises.

    It ends the transaction before it waits for its turn: whoever has the turn may wait for the database.
    """
    session.rollback()
    with log_in(folder, issuer).alone():
        return bring_up(session, folder, issuer=issuer, at=at)


def bring_up(session: Session, folder: Path, *, issuer: Issuer, at: datetime) -> Published:
    """Publish, for whoever holds the log still; an entry that tells of new keys is committed first.

    Raises Forked, and then nothing has changed, when the database does not go on from what is published; BadNote when
    the log has another key by now than that of `issuer`, and NoKeys when its manifest is not the newest.
    """
    hold(session, folder, issuer=issuer)
    tell_keys(session, issuer, at=at)
    session.commit()
    read: list[tuple[list, list]] = []

    def entries_from(begin: int) -> Sequence[bytes]:
        session.rollback()  # what is read from here on is no older than the head that was read before
        read.append((list_states(session), [*list_alerts(session), *list_void_codes(session)]))
        entries = list_entries(session, begin)
        session.rollback()
        return entries

    checkpoint = log_in(folder, issuer).append(entries_from)
    [(states, alerts)] = read
    show_keys(folder, issuer)
    status = show_status(folder, states, issuer=issuer, at=at)
    show_offline(session, folder, issuer=issuer, alerts=alerts)
    return Published(checkpoint, status)


def log_in(folder: Path, issuer: Issuer) -> Log:
    """Return the published log of a folder, for the one who writes it."""
    manifest = issuer.keys.manifest
    before = manifest.ended[-1] if manifest.ended else None
    return Log(folder / LOG, manifest.log.name, issuer.keys.log_signer, before)


def hold(session: Session, folder: Path, *, issuer: Issuer) -> None:
    """Return if the database goes on from the published log; raise Forked when an older one was restored.

    It ends the transaction: the head is read first, and then what the database holds now, never an older view of it.
    """
    session.rollback()
    public = log_in(folder, issuer)
    public.lacking(public.head(), lambda begin: list_entries(session, begin))
    session.rollback()


def is_published(folder: Path) -> bool:
    """Tell whether the log in `folder` has a head."""
    return (folder / LOG / CHECKPOINT).exists()


def tell_keys(session: Session, issuer: Issuer, *, at: datetime) -> None:
    """Tell the log which trust manifest stands, once for each. Raises NoKeys for one that is not the newest."""
    manifest = issuer.keys.manifest
    must_be_newest(session, manifest)
    if told_manifest(session)[0] < manifest.version:
        hold_numbers(session, "ledger", 0)
        must_be_newest(session, manifest)
        if told_manifest(session)[0] < manifest.version:  # nobody told it while this one waited
            log("keys", actor=Actor(session, None, at), version=manifest.version, sha256=manifest.digest)


def must_be_newest(session: Session, manifest: Manifest) -> None:
    """Raise NoKeys when the log tells of a newer manifest, or of another of that version: an old copy was restored."""
    version, digest = told_manifest(session)
    if manifest.version < version or (manifest.version == version and manifest.digest != digest):
        raise NoKeys(
            f"The log tells of another trust manifest than the one here, of version {version}: put the newest copy of "
            "the keys back (docs/proof.md, “Keys restored”)."
        )


def told_manifest(session: Session) -> tuple[int, str]:
    """Return the version and the hash of the trust manifest that the log tells of; 0 and nothing before the first."""
    last = find_last_of(session, "keys")
    told = parse(last.entry.encode()) if last else {"version": 0, "sha256": ""}
    return told["version"], told["sha256"]


def show_keys(folder: Path, issuer: Issuer) -> None:
    """Write the trust manifest and what follows from it for readers that know nothing else."""
    keys = issuer.keys
    written = {
        "tdm-trust.json": keys.published,
        "jwks.json": jwks_of(keys.manifest),
        "did.json": did_document(keys.did, keys.manifest),
    }
    for name, content in written.items():
        write(folder / WELL_KNOWN / name, json.dumps(content, separators=(",", ":")).encode())


def show_status(folder: Path, states: Sequence[tuple[State, bool]], *, issuer: Issuer, at: datetime) -> StatusList:
    """Sign the status list when it changed, or is not young any more."""
    uri, trusted = issuer.keys.manifest.status[0], issuer.keys.manifest.keys["status"]
    statuses = statuses_of(states)
    try:
        shown = StatusList.read((folder / STATUS).read_text(), trusted)
        is_young = timedelta(0) <= at - shown.issued_at < RENEWED_AFTER
        if is_young and shown.packed == pack(statuses) and shown.uri == uri:
            return shown
    except (FileNotFoundError, Untrusted):
        pass  # there is none yet, or another key signs now
    kid, signer = issuer.keys.signer("status")
    token = status_token(statuses, uri=uri, kid=kid, signer=signer, at=at)
    write(folder / STATUS, token.encode())
    return StatusList.read(token, trusted)


def statuses_of(states: Iterable[tuple[State, bool]]) -> list[Status]:
    """Return what the list shows of each licence, by its state and whether it is under alert."""
    return [
        Status.ALERT if state is State.ACTIVE and is_alerted else SHOWN.get(state, Status.VALID)
        for state, is_alerted in states
    ]


def show_offline(session: Session, folder: Path, *, issuer: Issuer, alerts: Iterable[bytes]) -> None:
    """Sign the alerts, and gather what a device needs to judge without network, each part as it was signed.

    `alerts` are the codes that a person confirmed to be copied, and the labels that are void, each by the eight bytes
    of `workflows.scanning.code_of`. All parts bear the moment of the very status list that goes with them, or a device
    refuses them, and the same content comes to the same bytes. The directory is read again only when another part
    changed, for no licence comes without an entry of the log.
    """
    kid, signer = issuer.keys.signer("status")
    status = (folder / STATUS).read_text()
    at = StatusList.read(status, issuer.keys.manifest.keys["status"]).issued_at
    parts = {
        "trust": issuer.keys.published,
        "status": status,
        "alerts": alerts_token(alerts, kid=kid, signer=signer, at=at),
        "checkpoint": _head(folder / LOG, issuer),
    }
    write(folder / ALERTS, parts["alerts"].encode())
    made_of = fingerprint(parts).encode()
    if (folder / BUNDLE).exists() and (folder / BUNDLE_OF).exists() and (folder / BUNDLE_OF).read_bytes() == made_of:
        return
    gtins = list_gtins(session)
    licences = [_listed(place, entry, gtins.get(entry.licence_id, ())) for place, entry in list_places(session)]
    session.rollback()
    parts["directory"] = directory_token(licences, kid=kid, signer=signer, at=at)
    whole = json.dumps(parts, separators=(",", ":")).encode()
    write(folder / f"{BUNDLE}.gz", gzip.compress(whole, mtime=0))
    write(folder / BUNDLE, whole)
    write(folder / BUNDLE_OF, made_of)


def _listed(place: int, entry: RegisterEntry, gtins: tuple[str, ...]) -> Listed:
    named = {"holder": entry.facts["holder"], "product": entry.facts["product"]}
    days = {"valid_from": entry.valid_from, "valid_to": entry.valid_to}
    last = entry.history[-1] if State(entry.state) in SHOWN and entry.history else {}
    if "ground" in last:
        days |= {"ended_on": date.fromisoformat(last["on"]), "ground": Ground(last["ground"])}
    return Listed(place=place, number=entry.number, mark=entry.mark, gtins=gtins, **named, **days)


def _head(published: Path, issuer: Issuer) -> str:
    """Return the head that devices are told of: where the manifest names a quorum, the last that reached it, since they
    refuse another; the present one while there is none.
    """
    manifest = issuer.keys.manifest
    if manifest.quorum > 0 and (published / WITNESSED).exists():
        note = (published / WITNESSED).read_text()
        with suppress(BadNote):
            if len(open_note(note, manifest.log, manifest.witnesses).seen_at) >= manifest.quorum:
                return note
    return (published / CHECKPOINT).read_text()


def proof_of(folder: Path, entry: LedgerEntry, issuer: Issuer, *, is_witnessed: bool = False) -> str | None:
    """Return the proof that an entry is in the published log (`c2sp.org/tlog-proof@v1`); None while it is not yet.

    `is_witnessed`: under a head that as many witnesses signed as the manifest wants, as what goes into a paper must be.
    It is never under a head of a log that has ended. Raises Forked when another entry was published in its place.
    """
    published, must_be = folder / LOG, is_witnessed and issuer.keys.manifest.quorum > 0
    try:
        note = (published / (WITNESSED if must_be else CHECKPOINT)).read_text()
        head = open_note(note, issuer.keys.manifest.log).checkpoint
    except (FileNotFoundError, BadNote):
        return None
    if entry.position >= head.size:
        return None
    hashes = inclusion_proof(
        entry.position, head.size, read_subtrees(head.size, lambda path: (published / path).read_bytes())
    )
    if root_from_inclusion(leaf_hash(entry.entry.encode()), entry.position, head.size, hashes) != head.root:
        raise Forked(f"entry {entry.position} of the {head.size} published is another")
    return tlog_proof(entry.position, hashes, note)


def write(path: Path, content: bytes) -> None:
    """Write a file in one piece, unless it says that already."""
    if path.exists() and path.read_bytes() == content:
        return
    write_whole(path, content, is_durable=False)
