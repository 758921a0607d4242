"""What follows an adjournment: back to the rapporteur for evidence, or back to the committee (move 17)."""

from __future__ import annotations

from certify.models import Dossier
from certify.operations.acting import Actor
from certify.operations.moves import move_dossier
from certify.workflows.dossier import Action


def resume_examination(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Send an adjourned dossier back to its rapporteur, who completes the evidence and reports anew."""
    move_dossier(dossier, Action.RESUME_EXAMINATION, actor=actor, version=version)


def return_to_committee(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Make an adjourned dossier ready for the next meeting, with the report that it has."""
    move_dossier(dossier, Action.RETURN_TO_COMMITTEE, actor=actor, version=version)
