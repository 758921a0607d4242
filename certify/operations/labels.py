"""Numbered labels: ordered by the holder, released by the secretariat, activated as packs are filled, or declared void.

What the public log tells of it (`batch`, `activate`, `void`) is written in the same transaction, last.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from sqlalchemy import insert, select, update

from certify.models import LabelActivation, LabelBatch, LabelSerial, LabelVoiding, Licence, ProductFormat
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer
from certify.operations.ledger import log
from certify.operations.outbox import about, recipients, write
from certify.queries.calendar import casablanca_today
from certify.queries.labels import find_yearly, get_balance, is_in_range
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.trust.keyring import years_of_pins
from certify.trust.keys import to_text
from certify.trust.merkle import in_memory, leaf_hash, tree_hash
from certify.trust.seal import Identity
from certify.workflows import batch as batches
from certify.workflows import label as labels
from certify.workflows.errors import Malformed, NotAllowed, Refused
from certify.workflows.numbering import MARK_LENGTH, make_mark
from certify.workflows.permissions import Right, Role, may
from certify.workflows.verdict import Verdict, verdict_of
from certify.workflows.words import N_

SETTLED = "labels_settled"
AT_ONCE = 500
"""Serials looked for in one query."""


def is_in_force(licence: Licence, today: date) -> bool:
    """Tell whether the label may be used under a licence on a day."""
    return verdict_of(licence.state, licence.valid_from, licence.valid_to, today) is Verdict.VALID


def order_labels(
    licence: Licence, sold_as: ProductFormat, *, size: int, has_pin: bool, gdti: str | None, actor: Actor
) -> LabelBatch:
    """Order `size` labels for packs of one format; `gdti` is the label's own GS1 key, for a format without a GTIN."""
    actor.hold(licence, shared=True)
    if not may(Right.PRINT_MARKS, roles_on(actor.session, actor.user, licence.dossier)):
        raise NotAllowed(N_("Only the holder of a licence orders its labels."))
    if not is_in_force(licence, actor.today):
        raise Refused(batches.LICENSED.sentence)
    largest = get_regulation(licence.dossier.regulation).licence.largest_batch
    if not 1 <= size <= largest:
        raise Malformed(N_("An order is for 1 to %(largest)s labels; order the rest apart."), largest=largest)
    if not (sold_as.gtin or gdti):
        raise Refused(N_("This format has no bar code, and the label has no key of its own yet: enter a bar code."))
    ordered = LabelBatch(
        licence=licence,
        state=batches.LIFE.initial,
        gtin=sold_as.gtin,
        gdti=None if sold_as.gtin else gdti,
        content=sold_as.content,
        unit=sold_as.unit,
        packaging=sold_as.packaging,
        size=size,
        has_pin=has_pin,
        ordered_at=actor.at,
        ordered_by_id=actor.id,
    )
    actor.session.add(ordered)
    actor.session.flush()
    return ordered


def release(
    batch: LabelBatch, *, issuer: Issuer, actor: Actor, yearly: Decimal | None = None, version: int | None = None
) -> None:
    """Release an order: give each label its serial, and commit to all of them in the public log.

    `yearly` is the certified yearly quantity in the unit of the pack, which counts where the dossier states none that
    can be read.
    """
    licence = batch.licence
    actor.hold(licence)
    actor.hold(batch, version)
    known = find_yearly(actor.session, licence, batch.unit) or yearly
    facts = batches.Facts(is_licensed=is_in_force(licence, actor.today), has_quantity=bool(known))
    state = _decide(batch, batches.Action.RELEASE, facts, actor=actor)
    serials = _new_serials(batch.size, actor)
    rows = [
        {"batch_id": batch.id, "rank": rank, "serial": serial, "state": labels.LIFE.initial}
        for rank, serial in enumerate(serials, 1)
    ]
    actor.session.execute(insert(LabelSerial), rows)
    _tell(batch, actor=actor)
    kid, root = issuer.keys.seal_kid, root_of(batch, serials)
    key = {"gtin": batch.gtin} if batch.gtin else {"gdti": batch.gdti}
    position = log("batch", actor=actor, cert=licence.number, kid=kid, n=batch.size, root=root, **key)
    batch.kid, batch.root, batch.position, batch.yearly = kid, root, position, format(known.normalize(), "f")
    batch.pin_year = max(years_of_pins(issuer.keys.folder)) if batch.has_pin else None
    _settle(batch, state, actor=actor)


def decline(batch: LabelBatch, *, reason: str, actor: Actor, version: int | None = None) -> None:
    """Decline an order, for the written reason, which its holder reads."""
    actor.hold(batch, version)
    state = _decide(batch, batches.Action.DECLINE, batches.Facts(has_reason=bool(reason)), actor=actor)
    batch.reason = reason
    _tell(batch, actor=actor)
    _settle(batch, state, actor=actor)


def activate(
    batch: LabelBatch, first: int, last: int, *, lot: str, packed_on: date, declared: int, actor: Actor
) -> LabelActivation:
    """Activate the labels from rank `first` to `last` that were put on `declared` packs of a lot, on a day.

    Refused beyond the certified quantity of the year. Labels in the range that are void, or active already, are not
    counted.
    """
    licence = batch.licence
    actor.hold(licence)
    waiting = _in_state(batch, first, last, labels.State.PRINTED)
    found = len(actor.session.scalars(select(LabelSerial.id).where(*waiting)).all())
    is_released = batch.settled_at is not None and batch.kid is not None
    facts = labels.Facts(
        is_licensed=is_in_force(licence, actor.today),
        found=found,
        declared=declared,
        left=get_balance(actor.session, batch, labels.balance_year(packed_on)).left if is_released else 0,
        is_after_release=is_released and casablanca_today(batch.settled_at) <= packed_on <= actor.today,
    )
    roles = roles_on(actor.session, actor.user, licence.dossier)
    target = labels.LIFE.decide(labels.State.PRINTED, labels.Action.ACTIVATE, roles, facts)
    leaf = {"cert": licence.number, "batch": batch.position, "lot": lot, "packed": packed_on, "n": found}
    position = log("activate", actor=actor, **leaf)
    activation = LabelActivation(
        batch_id=batch.id,
        first_rank=first,
        last_rank=last,
        count=found,
        lot=lot,
        packed_on=packed_on,
        at=actor.at,
        by_id=actor.id,
        position=position,
    )
    actor.session.add(activation)
    actor.session.flush()
    changed = update(LabelSerial).where(*waiting).values(state=target, activation_id=activation.id)
    actor.session.execute(changed, execution_options={"synchronize_session": False})
    return activation


def cancel(batch: LabelBatch, first: int, last: int, *, cause: labels.Cause, actor: Actor) -> LabelVoiding:
    """Declare void, for good, the labels from rank `first` to `last`; those opened or void already stay as they are."""
    actor.hold(batch.licence)
    roles = roles_on(actor.session, actor.user, batch.licence.dossier)
    states = [labels.State.PRINTED, labels.State.ACTIVE]
    target = next(labels.LIFE.decide(state, labels.Action.CANCEL, roles) for state in states)
    concerned = _in_state(batch, first, last, *states)
    rows = select(LabelSerial.serial).where(*concerned)
    serials = actor.session.scalars(rows).all()
    if not serials:
        raise Refused(N_("No label in this range can be declared void: they are void or opened already."))
    root = root_of(batch, serials)
    position = log("void", actor=actor, batch=batch.position, n=len(serials), root=root)
    voiding = LabelVoiding(
        batch_id=batch.id,
        first_rank=first,
        last_rank=last,
        count=len(serials),
        cause=cause,
        root=root,
        at=actor.at,
        by_id=actor.id,
        position=position,
    )
    actor.session.add(voiding)
    actor.session.flush()
    changed = update(LabelSerial).where(*concerned).values(state=target, voiding_id=voiding.id)
    actor.session.execute(changed, execution_options={"synchronize_session": False})
    return voiding


def identity_of(batch: LabelBatch, serial: str) -> Identity:
    """Return what a label of a batch names: the trade item with its serial, or our own document with it."""
    if batch.gtin:
        return Identity(gtin=batch.gtin, serial=serial)
    return Identity(gdti=batch.gdti, document=serial)


def root_of(batch: LabelBatch, serials: Iterable[str]) -> str:
    """Return the RFC 6962 root over the sorted leaf hashes of the paths of labels, as the log writes it."""
    hashes = sorted(leaf_hash(identity_of(batch, serial).path.encode()) for serial in serials)
    return to_text(tree_hash(len(hashes), in_memory(hashes)))


def _decide(batch: LabelBatch, action: batches.Action, facts: batches.Facts, *, actor: Actor) -> batches.State:
    roles = roles_on(actor.session, actor.user, batch.licence.dossier)
    return batches.LIFE.decide(batch.state, action, roles, facts)


def _settle(batch: LabelBatch, state: batches.State, *, actor: Actor) -> None:
    """Write the new state with who settled it when: the tables want all at once."""
    batch.state, batch.settled_at, batch.settled_by_id = state, actor.at, actor.id
    actor.session.flush()


def _tell(batch: LabelBatch, *, actor: Actor) -> None:
    """Write to everybody who represents the holder that their order was settled, with the reason if it was declined."""
    dossier = batch.licence.dossier
    with actor.session.no_autoflush:
        facts = about(dossier, actor) | {"path": f"/labels/{batch.id}", "reason": batch.reason}
        for user in recipients(dossier, (Role.APPLICANT,), actor=actor):
            key = f"{SETTLED}:batch-{batch.id}:{user.id}"
            write(user, SETTLED, key=key, facts=facts, dossier=dossier, actor=actor)


def _in_state(batch: LabelBatch, first: int, last: int, *states: labels.State) -> tuple:
    return is_in_range(batch, first, last), LabelSerial.state.in_(states)


def _new_serials(count: int, actor: Actor) -> Sequence[str]:
    """Draw as many serials that nothing bears yet, neither a label nor a licence."""
    drawn: dict[str, None] = {}
    while len(drawn) < count:
        fresh = [make_mark(secrets.token_bytes(MARK_LENGTH - 1)) for _ in range(min(AT_ONCE, count - len(drawn)))]
        taken = {
            *actor.session.scalars(select(LabelSerial.serial).where(LabelSerial.serial.in_(fresh))),
            *actor.session.scalars(select(Licence.mark).where(Licence.mark.in_(fresh))),
        }
        drawn |= dict.fromkeys(serial for serial in fresh if serial not in taken)
    return list(drawn)
