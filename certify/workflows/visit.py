"""The life of a visit (`domain.md` §3.3, move 9): announced to the site, made on its day, closed once."""

from __future__ import annotations

from dataclasses import dataclass

from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.permissions import Role
from certify.workflows.words import N_


class State(Term):
    """Where a visit stands: stored value, label, tone."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    PLANNED = "planned", N_("Planned"), Tone.YOURS
    UNDER_WAY = "under_way", N_("Under way"), Tone.YOURS
    DONE = "done", N_("Done"), Tone.GOOD
    CANCELLED = "cancelled", N_("Cancelled"), Tone.QUIET


class Action(Term):
    """What is done to a visit; the label is what the button says."""

    CHANGE = "change", N_("Change the visit")
    BEGIN = "begin", N_("Begin the visit")
    CLOSE = "close", N_("Close the visit")
    CANCEL = "cancel", N_("Cancel the visit")


@dataclass(frozen=True)
class Facts:
    """What the guards look at; whoever asks for a move states the facts that concern it."""

    inspectors: int = 0
    conflicted: int = 0
    is_to_come: bool = False
    is_in_time: bool = False
    is_its_day: bool = False
    is_named: bool = False
    has_reason: bool = False
    has_summary: bool = False


INSPECTORS = Guard(N_("Name at least one inspector."), lambda f: f.inspectors > 0)
IMPARTIAL = Guard(N_("One of these people has an interest in the dossier: name another."), lambda f: f.conflicted == 0)
TO_COME = Guard(N_("This day has passed. Choose today or a later day."), lambda f: f.is_to_come)
IN_TIME = Guard(
    N_("This day is after the legal delay for the visit. Choose an earlier day, or write why it must be later."),
    lambda f: f.is_in_time or f.has_reason,
)
ITS_DAY = Guard(N_("The visit begins on its day, not before."), lambda f: f.is_its_day)
NAMED = Guard(N_("You are not one of the inspectors of this visit."), lambda f: f.is_named)
REASON = Guard(N_("State the reason in writing."), lambda f: f.has_reason)
SUMMARY = Guard(N_("Write how the visit went."), lambda f: f.has_summary)

PLANNING = (INSPECTORS, IMPARTIAL, TO_COME, IN_TIME)
"""What a visit must keep when it is planned, and again when it is changed."""

S, A, R = State, Action, Role

TABLE = (
    # source            action     target       who may                     conditions
    move(S.PLANNED, A.BEGIN, S.UNDER_WAY, R.RAPPORTEUR, R.INSPECTOR, NAMED, ITS_DAY),
    move(S.PLANNED, A.CHANGE, S.PLANNED, R.RAPPORTEUR, *PLANNING),
    move(S.PLANNED, A.CANCEL, S.CANCELLED, R.RAPPORTEUR, R.CLOCK, REASON),
    move(S.UNDER_WAY, A.CLOSE, S.DONE, R.RAPPORTEUR, R.INSPECTOR, NAMED, SUMMARY),
    move(S.UNDER_WAY, A.CANCEL, S.CANCELLED, R.CLOCK, REASON),
)

LIFE = Machine(State.PLANNED, TABLE)

AHEAD = (State.PLANNED, State.UNDER_WAY)
"""The states in which a visit is still to be made or closed."""
