"""The life of an order of numbered labels: asked for by the holder, released by the secretariat, or declined."""

from __future__ import annotations

from dataclasses import dataclass

from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.permissions import Role
from certify.workflows.words import N_


class State(Term):
    """Where an order stands: stored value, label, tone."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    ORDERED = "ordered", N_("Awaiting release"), Tone.YOURS
    RELEASED = "released", N_("Released"), Tone.GOOD
    DECLINED = "declined", N_("Declined"), Tone.BAD


class Action(Term):
    """What is done to an order; the label is what the button says."""

    RELEASE = "release_labels", N_("Release the labels")
    DECLINE = "decline_labels", N_("Decline the order")


@dataclass(frozen=True)
class Facts:
    """What the guards look at; `has_quantity`: the certified yearly quantity is known in the unit of the pack."""

    is_licensed: bool = True
    has_quantity: bool = True
    has_reason: bool = False


LICENSED = Guard(N_("The licence is not in force: no labels are released under it."), lambda f: f.is_licensed)
QUANTITY = Guard(
    N_("State the certified yearly quantity: the dossier does not give it in a unit of the pack."),
    lambda f: f.has_quantity,
)
REASON = Guard(N_("State the reason in writing."), lambda f: f.has_reason)

S, A, R = State, Action, Role

TABLE = (
    # source         action       target        who may        conditions
    move(S.ORDERED, A.RELEASE, S.RELEASED, R.SECRETARIAT, LICENSED, QUANTITY),
    move(S.ORDERED, A.DECLINE, S.DECLINED, R.SECRETARIAT, REASON),
)

LIFE = Machine(State.ORDERED, TABLE)
