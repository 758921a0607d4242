"""The public log held against the tables, from inside: what `flask journal check` does besides the chains.

From outside, without the database, `python -m certify.trust.audit` does the same with what is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from datetime import date, datetime, time
from pathlib import Path

from sqlalchemy.orm import Session

from certify.models import LedgerEntry
from certify.operations.acting import Actor
from certify.operations.auditing_labels import label_faults
from certify.operations.auditing_register import register_faults
from certify.operations.credentials import Issuer
from certify.operations.ledger import log
from certify.operations.publishing import LOG, statuses_of
from certify.queries.calendar import CASABLANCA
from certify.queries.journal import head_of, heads_at
from certify.queries.ledger import find_last_of, list_entries_of, list_states, stream_entries
from certify.trust.ledger import Incoherent, Ledger, parse
from certify.trust.merkle import EMPTY, Growing, leaf_hash
from certify.trust.note import BadNote, Checkpoint
from certify.trust.tiles import CHECKPOINT, read_entries

ANCHOR = "journal"
NOTHING = Checkpoint("", 0, EMPTY)
"""The head of a log of which nothing was published."""

SETTLED_AFTER = time(0, 15)
"""When a day of the journal is over: what was begun before midnight is committed by then."""


def anchor_journal(session: Session, *, at: datetime) -> None:
    """Tell the public log, once a day, the hash of the whole journal up to midnight: its past is fixed from then on."""
    local = at.astimezone(CASABLANCA)
    today = local.date()
    if local.time() < SETTLED_AFTER or ((last := find_last_of(session, ANCHOR)) and _day(last) == today):
        return
    head, events = head_of(session, before=datetime.combine(today, time.min, CASABLANCA))
    if events:
        log(ANCHOR, actor=Actor(session, None, at), head=head, events=events)


def disagreements(session: Session, public: Path, issuer: Issuer | None) -> Iterator[str]:
    """Yield where the tables contradict the public log, and where the log contradicts itself or what was published.

    `public` is the folder of what is published, `issuer` brings the key by which its head is known; None where there
    are no keys. It ends the transaction first: the head is read before what the database holds now.
    """
    session.rollback()
    try:
        head = _head(public, issuer)
    except (ValueError, OSError) as error:
        yield f"public log: what is published cannot be read: {error}"
        head = NOTHING
    ledger, grown, fault = Ledger(), Growing(), None
    root = grown.root()
    for entry in stream_entries(session):
        grown.add(leaf_hash(entry))
        root = grown.root() if grown.size == head.size else root
        try:
            if fault is None:
                ledger.read(entry)
        except Incoherent as error:
            fault = f"public log: {error}"
    if head is NOTHING and grown.size:
        yield f"public log: of its {grown.size} entries none is published"
    if (min(grown.size, head.size), root) != (head.size, head.root):
        yield from _parting(session, public, head)
    if fault:
        yield fault
        return
    states = statuses_of(list_states(session))
    if states != ledger.statuses:
        yield f"public log: it tells {len(ledger.statuses)} licences, or other states than the tables, {len(states)}"
    yield from register_faults(session)
    yield from label_faults(session)
    yield from _anchors(session)


def _head(public: Path, issuer: Issuer | None) -> Checkpoint:
    """Return what was published last, verified. Raises BadNote for a head that the log did not sign."""
    if not (public / LOG / CHECKPOINT).exists():
        return NOTHING
    if issuer is None:
        raise BadNote("there are no keys here by which to know its head")
    return issuer.keys.manifest.standing((public / LOG / CHECKPOINT).read_text())


def _parting(session: Session, public: Path, head: Checkpoint) -> Iterator[str]:
    """Name the first entry in which the database parts from what was published, or all that it lacks."""
    published = read_entries(0, head.size, head.size, lambda path: (public / LOG / path).read_bytes())
    is_named = False
    try:
        with closing(stream_entries(session)) as held:
            for place, there in enumerate(published):
                here = next(held, None)
                if here is None:
                    is_named = True
                    yield f"public log: the database lacks entry {place}, which is published: {there.decode()}"
                elif here != there:
                    yield f"public log: entry {place} is another than the one published: {there.decode()}"
                    return
        if not is_named:
            yield f"public log: its first {head.size} entries are not those that its published head signed"
    except (ValueError, OSError) as error:
        yield f"public log: it parts from its published head, and what is published cannot be read: {error}"


def _anchors(session: Session) -> Iterator[str]:
    anchors = [parse(entry.entry.encode()) for entry in list_entries_of(session, ANCHOR)]
    heads = heads_at(session, {said["events"] for said in anchors})
    for said in anchors:
        if heads.get(said["events"]) != said["head"]:
            yield f"journal: it is not the one that the public log anchored at {said['at']}"


def _day(entry: LedgerEntry) -> date:
    return entry.at.astimezone(CASABLANCA).date()
