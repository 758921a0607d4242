"""Numbered labels, as their holder, the office and whoever scans one may see them; and the balance of a year."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, extract, func, select
from sqlalchemy.orm import Session, contains_eager, joinedload

from certify.models import (
    Dossier,
    LabelActivation,
    LabelBatch,
    LabelOpening,
    LabelSerial,
    LabelVoiding,
    Licence,
    ProductFormat,
    User,
)
from certify.queries.regulations import get_regulation
from certify.queries.relations import is_recused, visible_to
from certify.queries.units import ratio
from certify.workflows import batch
from certify.workflows.errors import Malformed, NotAllowed, NotFound
from certify.workflows.label import State, packs_left
from certify.workflows.numbering import MARK_LENGTH, parse_mark
from certify.workflows.permissions import Right
from certify.workflows.scanning import code_of, label_path
from certify.workflows.words import N_, tidy

QUANTITY = re.compile(r"(?P<amount>\d{1,3}(?: \d{3})+|\d+)(?:[.,](?P<part>\d{1,3}))? ?(?P<unit>[A-Za-z]{1,5})\b.*")
"""A quantity as people state it: 1 200 kg, 2 t, 1,5 t par an."""

NO_BATCH = N_("There is no such order of labels.")


@dataclass(frozen=True)
class Found:
    """A label as a scan finds it. `opened_at` and `region` are those of the first opening."""

    state: State
    serial: str
    rank: int
    batch_id: int
    gtin: str | None
    gdti: str | None
    mark: str
    lot: str | None
    packed_on: date | None
    batch_position: int
    has_pin: bool
    opened_at: datetime | None
    region: str | None


@dataclass(frozen=True)
class Balance:
    """What a year leaves: packs of the batch's content, within the certified quantity; `packed` is in its unit."""

    year: int
    yearly: Decimal
    tolerance: int
    packed: Decimal
    left: int


@dataclass(frozen=True)
class PackedLot:
    """What was declared of a lot: the labels that are in use on its packs, and the first day of packing."""

    units: int
    packed_on: date


def find_label(session: Session, serial: str) -> Found | None:
    """Return the label of a serial (twelve symbols, canonical); None when the label gave out no such one."""
    asked = (
        select(LabelSerial, Licence.mark, LabelOpening)
        .join(LabelSerial.batch)
        .join(LabelBatch.licence)
        .outerjoin(LabelOpening, LabelOpening.serial_id == LabelSerial.id)
        .where(LabelSerial.serial == serial)
        .options(contains_eager(LabelSerial.batch), joinedload(LabelSerial.activation))
    )
    row = session.execute(asked).one_or_none()
    if row is None:
        return None
    found, mark, opening = row
    return Found(
        state=found.state,
        serial=found.serial,
        rank=found.rank,
        batch_id=found.batch_id,
        gtin=found.batch.gtin,
        gdti=found.batch.gdti,
        mark=mark,
        lot=found.activation.lot if found.activation else None,
        packed_on=found.activation.packed_on if found.activation else None,
        batch_position=found.batch.position,
        has_pin=found.batch.has_pin,
        opened_at=opening.at if opening else None,
        region=opening.region if opening else None,
    )


def find_lot(session: Session, gtin: str, lot: str) -> PackedLot | None:
    """Return what was packed of a trade item under a lot; None when no label of it is in use, or none ever was.

    The day is that of the first activation, though its labels be void since: packs of the lot were about from then on.
    """
    in_use = func.count().filter(LabelSerial.state != State.VOID)
    asked = select(in_use, func.min(LabelActivation.packed_on)).select_from(LabelSerial)
    asked = asked.join(LabelSerial.activation).join(LabelActivation.batch)
    units, packed_on = session.execute(asked.where(LabelBatch.gtin == gtin, LabelActivation.lot == lot)).one()
    return PackedLot(units, packed_on) if units else None


def list_void_codes(session: Session) -> list[bytes]:
    """List the labels destroyed, stolen or returned, each by the eight bytes that name its code among the alerts."""
    asked = select(LabelBatch.gtin, LabelBatch.gdti, LabelSerial.serial).join(LabelSerial.batch)
    rows = session.execute(asked.where(LabelSerial.state == State.VOID))
    return [code_of(label_path(gtin, gdti, serial)) for gtin, gdti, serial in rows]


def get_batch(session: Session, batch_id: int, *, reader: User, right: Right) -> LabelBatch:
    """Return an order of labels on whose dossier `reader` has `right`. Raises NotFound or NotAllowed."""
    row = session.execute(
        select(LabelBatch, visible_to(reader, right), is_recused(reader))
        .join(LabelBatch.licence)
        .join(Dossier, Dossier.id == Licence.dossier_id)
        .where(LabelBatch.id == batch_id)
        .options(contains_eager(LabelBatch.licence))
    ).one_or_none()
    found, is_open, is_closed_out = row or (None, False, False)
    if found is None or is_closed_out:
        raise NotFound(NO_BATCH)
    if not is_open:
        raise NotAllowed(N_("These labels are not open to your account."))
    return found


def list_batches(session: Session, licence: Licence) -> Sequence[LabelBatch]:
    """List the orders under a licence, the latest first."""
    asked = select(LabelBatch).where(LabelBatch.licence_id == licence.id)
    return session.scalars(asked.order_by(LabelBatch.id.desc())).all()


def list_orders(session: Session, *, reader: User, limit: int = 100) -> Sequence[LabelBatch]:
    """List the orders that `reader` may read: those that wait, the oldest first, then the latest of the others."""
    licence = joinedload(LabelBatch.licence).joinedload(Licence.dossier)
    asked = (
        select(LabelBatch)
        .join(LabelBatch.licence)
        .join(Dossier, Dossier.id == Licence.dossier_id)
        .where(visible_to(reader, Right.READ_REPORT))
        .options(licence.joinedload(Dossier.product), licence.joinedload(Dossier.organisation))
    )
    waiting = asked.where(LabelBatch.state == batch.State.ORDERED).order_by(LabelBatch.id)
    settled = asked.where(LabelBatch.state != batch.State.ORDERED).order_by(LabelBatch.settled_at.desc())
    return [*session.scalars(waiting), *session.scalars(settled.limit(limit))]


def count_orders(session: Session, *, reader: User) -> int:
    """Count the orders that wait for the secretariat among those `reader` may read."""
    waiting = select(func.count()).select_from(LabelBatch).join(LabelBatch.licence)
    waiting = waiting.join(Dossier, Dossier.id == Licence.dossier_id)
    waiting = waiting.where(LabelBatch.state == batch.State.ORDERED, visible_to(reader, Right.READ_REPORT))
    return session.scalar(waiting) or 0


def count_states(session: Session, found: LabelBatch) -> dict[State, int]:
    """Count the labels of a batch in each state."""
    asked = select(LabelSerial.state, func.count()).where(LabelSerial.batch_id == found.id)
    counts = dict(tuple(row) for row in session.execute(asked.group_by(LabelSerial.state)))
    return {state: counts.get(state, 0) for state in State}


def list_serials(session: Session, found: LabelBatch) -> list[tuple[int, str]]:
    """List rank and serial of every label of a batch, in the order of the sheet."""
    asked = select(LabelSerial.rank, LabelSerial.serial).where(LabelSerial.batch_id == found.id)
    return [(rank, serial) for rank, serial in session.execute(asked.order_by(LabelSerial.rank))]


def list_activations(session: Session, found: LabelBatch) -> Sequence[LabelActivation]:
    """List what was activated of a batch, the latest first."""
    asked = select(LabelActivation).where(LabelActivation.batch_id == found.id)
    return session.scalars(asked.order_by(LabelActivation.id.desc())).all()


def list_voidings(session: Session, found: LabelBatch) -> Sequence[LabelVoiding]:
    """List what was declared void of a batch, the latest first."""
    asked = select(LabelVoiding).where(LabelVoiding.batch_id == found.id)
    return session.scalars(asked.order_by(LabelVoiding.id.desc())).all()


def get_rank(session: Session, found: LabelBatch, typed: str) -> int:
    """Return the place of a label of this batch from what is printed on it: its number (nº 12) or its serial.

    Raises Malformed when the batch has no such label.
    """
    text = tidy(typed).upper().removeprefix("Nº").removeprefix("Nº".upper()).strip()
    if text.isdecimal() and len(text) < MARK_LENGTH:
        rank = int(text)
        if 1 <= rank <= found.size:
            return rank
        raise Malformed(N_("The labels of this order go from 1 to %(last)s."), last=found.size)
    serial = parse_mark(typed)
    asked = select(LabelSerial.rank).where(LabelSerial.batch_id == found.id, LabelSerial.serial == serial)
    rank = session.scalar(asked)
    if rank is None:
        raise Malformed(N_("No label of this order bears that serial."))
    return rank


def certified_quantity(dossier: Dossier, unit: str) -> Decimal | None:
    """Return the yearly quantity of the certified dossier in `unit`; None when it cannot be read without doubt."""
    read = QUANTITY.fullmatch(tidy(dossier.product.annual_volume or ""))
    if read is None or (read["part"] and len(read["part"]) == 3):  # 1.200 kg: a thousand, or a little more than one?
        return None
    amount = Decimal(f"{read['amount'].replace(' ', '')}.{read['part'] or 0}")
    return amount * (_factor(read["unit"], unit) or 0) or None


def find_yearly(session: Session, licence: Licence, unit: str) -> Decimal | None:
    """Return the certified yearly quantity in `unit`: what the dossier says, else what the office stated last."""
    if (stated := certified_quantity(licence.dossier, unit)) is not None:
        return stated
    asked = select(LabelBatch.yearly, LabelBatch.unit).where(
        LabelBatch.licence_id == licence.id, LabelBatch.yearly.is_not(None)
    )
    stated = session.execute(asked.order_by(LabelBatch.settled_at.desc()))
    return next((Decimal(yearly) * factor for yearly, of in stated if (factor := _factor(of, unit))), None)


def get_balance(session: Session, found: LabelBatch, year: int) -> Balance:
    """Return what the year leaves to pack with the labels of a released batch.

    All formats of the licence are counted that measure the same thing, weight or volume.
    """
    asked = (
        select(LabelBatch.content, LabelBatch.unit, func.sum(LabelActivation.count))
        .join(LabelActivation.batch)
        .where(LabelBatch.licence_id == found.licence_id, extract("year", LabelActivation.packed_on) == year)
        .group_by(LabelBatch.content, LabelBatch.unit)
    )
    packed = sum(
        (count * Decimal(content) * factor for content, unit, count in session.execute(asked)
         if (factor := _factor(unit, found.unit))), Decimal(0),
    )  # fmt: skip
    tolerance = get_regulation(found.licence.dossier.regulation).licence.quantity_tolerance_percent
    yearly = Decimal(found.yearly)
    left = packs_left(yearly, tolerance, packed, Decimal(found.content))
    return Balance(year, yearly, tolerance, packed, left)


def _factor(unit: str, into: str) -> Decimal | None:
    """Return how many `into` make one `unit`; None where they measure different things, which are counted apart."""
    try:
        return ratio(unit, into)
    except Malformed:
        return None


def find_format(licence: Licence, position: int) -> ProductFormat | None:
    """Return a format of the product that a licence is for; the first when there is none at that position."""
    formats = licence.dossier.product.formats
    return next((each for each in formats if each.position == position), next(iter(formats), None))


def is_in_range(found: LabelBatch, first: int, last: int) -> ColumnElement[bool]:
    """Return the condition that a label is of this batch, from one rank to another."""
    return and_(LabelSerial.batch_id == found.id, LabelSerial.rank.between(first, last))
