"""Reservations of an approval: lifted one by one, each with its proof; then the product is approved (move 21)."""

from __future__ import annotations

from certify.models import Dossier, Licence, Reservation
from certify.operations.acting import Actor
from certify.operations.admissibility import decide_now, touch
from certify.operations.licences import born
from certify.operations.moves import move_dossier
from certify.queries.admissibility import list_reservations, office_facts
from certify.workflows.dossier import Action
from certify.workflows.errors import AlreadyDone, NotFound, Refused
from certify.workflows.words import N_


def lift_reservation(
    dossier: Dossier, *, reservation: Reservation, proof: str, actor: Actor, version: int | None = None
) -> None:
    """Lift one reservation on the proof that what was asked is done; the dossier stays where it is."""
    actor.hold(dossier, version)
    decide_now(dossier, Action.LIFT_RESERVATIONS, actor=actor)
    if reservation not in list_reservations(actor.session, dossier):
        raise NotFound(N_("This reservation does not belong to this dossier."))
    if reservation.lifted_at is not None:
        raise AlreadyDone(N_("This reservation is already lifted."))
    if not proof:
        raise Refused(N_("Say what proves that the reservation is met."))
    reservation.proof, reservation.lifted_at, reservation.lifted_by_id = proof, actor.at, actor.id
    touch(dossier, actor=actor)


def lift_reservations(dossier: Dossier, *, actor: Actor, version: int | None = None) -> Licence:
    """Approve the product, every reservation being lifted; its licence is born, to be signed."""
    actor.hold(dossier, version)
    lifted = [one.statement for one in list_reservations(actor.session, dossier)]
    facts = office_facts(actor.session, dossier, actor.today)
    move_dossier(dossier, Action.LIFT_RESERVATIONS, actor=actor, facts=facts, particulars={"lifted": lifted})
    return born(dossier, actor=actor)
