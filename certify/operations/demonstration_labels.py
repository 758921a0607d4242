"""Numbered labels in the demonstration: an order that waits, one released with packs on sale, one roll stolen."""

from __future__ import annotations

from sqlalchemy import select

from certify.models import LabelBatch, Licence
from certify.operations import labels
from certify.operations import rehearsal as play
from certify.workflows.label import Cause
from certify.workflows.licence import State


def order_some(stage: play.Stage) -> None:
    """Let three holders order labels, two of which were released, and one of these packed with some of them."""
    standing = select(Licence).where(Licence.state == State.ACTIVE, Licence.valid_to >= stage.at.date())
    first, second, third = stage.session.scalars(standing.order_by(Licence.id).limit(3))
    batch = _order(stage, first, 130, has_pin=True)
    labels.release(batch, issuer=stage.issuer, actor=stage.acting("secretariat", stage.day(12)))
    packed = stage.acting(_owner(stage, first), stage.day(6))
    labels.activate(batch, 1, 60, lot="L2641", packed_on=packed.today, declared=60, actor=packed)
    roll = _order(stage, second, 65, has_pin=False)
    labels.release(roll, issuer=stage.issuer, actor=stage.acting("secretariat", stage.day(12)))
    labels.cancel(roll, 1, 65, cause=Cause.STOLEN, actor=stage.acting(_owner(stage, second), stage.day(3)))
    _order(stage, third, 500, has_pin=False)


def _order(stage: play.Stage, licence: Licence, size: int, *, has_pin: bool) -> LabelBatch:
    [sold_as] = licence.dossier.product.formats[:1]
    actor = stage.acting(_owner(stage, licence), stage.day(14))
    return labels.order_labels(licence, sold_as, size=size, has_pin=has_pin, gdti=stage.issuer.gdti, actor=actor)


def _owner(stage: play.Stage, licence: Licence) -> str:
    """Return the name in the play of somebody who represents the holder."""
    organisation = licence.dossier.organisation_id
    return next(name for name, user in stage.people.items() if user.organisation_id == organisation)
