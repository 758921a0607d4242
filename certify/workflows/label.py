"""The life of one numbered label: printed, activated when its pack is filled, opened by whoever bought it; or void.

A label that was stolen or not packed yet is a label that says so when it is scanned (TDM-1, §3.5). It never goes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.permissions import Role
from certify.workflows.words import N_


class State(Term):
    """Where a label stands: stored value, label, tone."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    PRINTED = "printed", N_("Printed, not activated"), Tone.QUIET
    ACTIVE = "active", N_("Activated"), Tone.GOOD
    OPENED = "opened", N_("Opened"), Tone.QUIET
    VOID = "void", N_("Void"), Tone.BAD


class Action(Term):
    """What is done to labels; the label is what the button says."""

    ACTIVATE = "activate_labels", N_("Activate labels")
    OPEN = "open_label", N_("Open the pack")
    CANCEL = "cancel_labels", N_("Declare labels void")


class Cause(Term):
    """Why labels are void."""

    DESTROYED = "destroyed", N_("Spoiled or destroyed")
    STOLEN = "stolen", N_("Lost or stolen")
    RETURNED = "returned", N_("Product returned or destroyed")


class Bearer(Term):
    """Somebody who is no user of the system."""

    BUYER = "buyer", N_("Whoever opens the pack")


@dataclass(frozen=True)
class Facts:
    """What the guards look at: of an activation, the labels found and the packs declared, and how many may yet be."""

    is_licensed: bool = True
    found: int = 0
    declared: int = 0
    left: int = 0
    is_after_release: bool = True
    is_right_pin: bool = False


LICENSED = Guard(N_("The licence is not in force: no label may be activated under it."), lambda f: f.is_licensed)
COUNTED = Guard(
    N_("The number of packs is not that of the labels between the first and the last: count both again."),
    lambda f: f.found == f.declared > 0,
)
WITHIN = Guard(
    N_("More packs than the certified yearly quantity allows: declare a change of quantity to the secretariat first."),
    lambda f: f.declared <= f.left,
)
RELEASED = Guard(
    N_("The packing day is before these labels were released, or in the future: correct it."),
    lambda f: f.is_after_release,
)
PIN = Guard(N_("This is not the number under the field of this label."), lambda f: f.is_right_pin)

S, A, R = State, Action, Role

TABLE = (
    # source       action       target      who may                        conditions
    move(S.PRINTED, A.ACTIVATE, S.ACTIVE, R.APPLICANT, LICENSED, COUNTED, RELEASED, WITHIN),
    move(S.PRINTED, A.CANCEL, S.VOID, R.APPLICANT, R.SECRETARIAT),
    move(S.ACTIVE, A.OPEN, S.OPENED, Bearer.BUYER, PIN),
    move(S.ACTIVE, A.CANCEL, S.VOID, R.APPLICANT, R.SECRETARIAT),
)

LIFE = Machine(State.PRINTED, TABLE)


def packs_left(yearly: Decimal, tolerance: int, packed: Decimal, content: Decimal) -> int:
    """Return how many packs of `content` may yet be packed in a year, all in one unit.

    `yearly` is the quantity that was certified, `tolerance` the per cent of a good harvest, `packed` what is declared.
    """
    return max(0, int((yearly * (100 + tolerance) / 100 - packed) // content))


def balance_year(packed_on: date) -> int:
    """Return the year whose balance a packing day counts in: the calendar year."""
    return packed_on.year
