"""Numbered labels held against what the public log committed to: which exist, how many are in use, which are void."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from certify.models import LabelActivation, LabelBatch, LabelSerial, LabelVoiding, LedgerEntry, Licence
from certify.operations.labels import root_of
from certify.trust.ledger import parse
from certify.workflows.label import State

SERIALS = (
    LabelSerial.batch_id,
    LabelSerial.rank,
    LabelSerial.serial,
    LabelSerial.state,
    LabelSerial.activation_id,
    LabelSerial.voiding_id,
)


def label_faults(session: Session) -> Iterator[str]:
    """Yield what of labels is not as the log tells it: batches and what became of them, then the labels of each."""
    yield from _acts(session, "batch", _batches(), LabelBatch.position)
    yield from _acts(session, "activate", _activations(), LabelActivation.position)
    yield from _acts(session, "void", _voidings(), LabelVoiding.position)
    found = select(*SERIALS).order_by(LabelSerial.batch_id, LabelSerial.rank).execution_options(yield_per=1000)
    seen = set()
    for batch_id, labels in groupby(session.execute(found), key=attrgetter("batch_id")):
        seen.add(batch_id)
        yield from _labels(session, session.get_one(LabelBatch, batch_id), list(labels))
    for batch in session.scalars(select(LabelBatch).where(LabelBatch.position.is_not(None)).order_by(LabelBatch.id)):
        if batch.id not in seen:
            yield from _labels(session, batch, [])


def _batches() -> Select:
    entry = {"cert": Licence.number, "kid": LabelBatch.kid, "n": LabelBatch.size, "root": LabelBatch.root}
    entry |= {"gtin": LabelBatch.gtin, "gdti": LabelBatch.gdti}
    return _row(entry).select_from(LabelBatch).join(Licence, Licence.id == LabelBatch.licence_id)


def _activations() -> Select:
    entry = {"cert": Licence.number, "batch": LabelBatch.position, "lot": LabelActivation.lot}
    entry |= {"packed": LabelActivation.packed_on, "n": LabelActivation.count}
    of_batch = _row(entry).select_from(LabelActivation).join(LabelBatch, LabelBatch.id == LabelActivation.batch_id)
    return of_batch.join(Licence, Licence.id == LabelBatch.licence_id)


def _voidings() -> Select:
    entry = {"batch": LabelBatch.position, "n": LabelVoiding.count, "root": LabelVoiding.root}
    return _row(entry).select_from(LabelVoiding).join(LabelBatch, LabelBatch.id == LabelVoiding.batch_id)


def _row(entry: dict[str, InstrumentedAttribute]) -> Select:
    return select(*(column.label(name) for name, column in entry.items()))


def _acts(session: Session, kind: str, rows: Select, position: InstrumentedAttribute) -> Iterator[str]:
    """Yield each entry of a kind that no row tells of in the same words, and each row without an entry."""
    entries = select(LedgerEntry.position, LedgerEntry.entry).where(LedgerEntry.kind == kind)
    rows = rows.add_columns(position.label("at")).where(position.is_not(None)).order_by(position)
    untold = iter(session.execute(rows))
    row = next(untold, None)
    for place, entry in session.execute(entries.order_by(LedgerEntry.position)):
        while row is not None and row.at < place:
            yield f"labels: the tables tell of an entry {row.at} ({kind}) that is not in the public log"
            row = next(untold, None)
        if row is None or row.at != place:
            yield f"labels: the public log tells of an entry {place} ({kind}) that is not in the tables"
            continue
        if _worded(row) != {name: said for name, said in parse(entry.encode()).items() if name not in ("v", "t", "at")}:
            yield f"labels: the public log tells otherwise than the tables of its entry {place} ({kind})"
        row = next(untold, None)
    while row is not None:
        yield f"labels: the tables tell of an entry {row.at} ({kind}) that is not in the public log"
        row = next(untold, None)


def _worded(row: Row) -> dict[str, Any]:
    """Return a row in the words of an entry, which names no key that a batch has not."""
    said = {name: value for name, value in row._mapping.items() if name != "at"}
    if "packed" in said:
        said["packed"] = said["packed"].isoformat()
    return {name: value for name, value in said.items() if value is not None or name not in ("gtin", "gdti")}


def _labels(session: Session, batch: LabelBatch, labels: Sequence[Row]) -> Iterator[str]:
    """Yield what is wrong with the labels of one batch: another set than committed to, other counts, other ranges."""
    name = f"batch {batch.id}"
    serials = [label.serial for label in labels]
    if (len(serials), root_of(batch, serials) if batch.root else None) != (
        batch.size if batch.root else 0,
        batch.root,
    ):
        yield f"{name}: its {len(serials)} labels are not those that the public log committed to"
    activations = {each.id: each for each in _of(session, LabelActivation, batch)}
    voidings = {each.id: each for each in _of(session, LabelVoiding, batch)}
    packed, void = defaultdict(list), defaultdict(list)
    for label in labels:
        packed[label.activation_id].append(label.rank)
        void[label.voiding_id].append(label.serial)
    for activation in activations.values():
        ranks = packed[activation.id]
        if len(ranks) != activation.count:
            yield f"{name}: {len(ranks)} labels bear lot {activation.lot}, where {activation.count} were activated"
        if any(not activation.first_rank <= rank <= activation.last_rank for rank in ranks):
            yield f"{name}: labels bear lot {activation.lot} that are not of its range"
    for voiding in voidings.values():
        serials = void[voiding.id]
        if (len(serials), root_of(batch, serials)) != (voiding.count, voiding.root):
            yield f"{name}: {len(serials)} labels are void that are not those told in entry {voiding.position}"
    for label in labels:
        acts = (label.activation_id in activations, label.voiding_id in voidings)
        if acts != (label.activation_id is not None, label.voiding_id is not None) or label.state not in _states(label):
            yield f"{name}: label {label.rank} is {label.state}, and no act made it so"


def _of(session: Session, table: type, batch: LabelBatch) -> Sequence[Any]:
    return session.scalars(select(table).where(table.batch_id == batch.id).order_by(table.id)).all()


def _states(label: Row) -> tuple[State, ...]:
    """Return the states in which a label may be by what was done with it."""
    if label.voiding_id is not None:
        return (State.VOID,)
    return (State.PRINTED,) if label.activation_id is None else (State.ACTIVE, State.OPENED)
