"""The life of a case of suspected copies: what the scans or a reader propose, a person decides (TDM-1, §3.13).

No signal suspends or accuses anybody: the clock may only open a case. Confirming puts the code on the published list of
alerts; for a whole authorisation it is the act of whoever signs suspensions.
"""

from __future__ import annotations

from dataclasses import dataclass

from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.permissions import Role
from certify.workflows.words import N_


class State(Term):
    """Where a case stands: stored value, label, tone."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    OPEN = "open", N_("To look into"), Tone.YOURS
    EXAMINED = "examined", N_("Being looked into"), Tone.YOURS
    DISMISSED = "dismissed", N_("No copy found"), Tone.QUIET
    REFERRED = "referred", N_("Handed to inspectors"), Tone.QUIET
    CONFIRMED = "confirmed", N_("Copies confirmed"), Tone.BAD
    ALERTED = "alerted", N_("Authorisation under alert"), Tone.BAD
    LIFTED = "lifted", N_("Alert lifted"), Tone.QUIET


class Action(Term):
    """What is done to a case; the label is what the button says."""

    TAKE_UP = "take_up", N_("Look into it")
    DISMISS = "dismiss", N_("Close: no copy found")
    REFER = "refer", N_("Hand to inspectors")
    CONFIRM = "confirm", N_("Confirm copies of this code")
    ALERT = "alert", N_("Alert on the whole authorisation")
    LIFT = "lift", N_("Lift the alert")


@dataclass(frozen=True)
class Facts:
    """What the guards look at."""

    has_reason: bool = False
    is_of_one_code: bool = False
    is_in_force: bool = False


REASON = Guard(N_("State the reason in writing."), lambda f: f.has_reason)
ONE_CODE = Guard(
    N_("This case is not about the code of one unit or lot: no single code can be put under alert."),
    lambda f: f.is_of_one_code,
)
IN_FORCE = Guard(
    N_("Only an authorisation in force comes under alert; of any other its page says already that it does not count."),
    lambda f: f.is_in_force,
)

S, A, R = State, Action, Role

TABLE = (
    # source       action      target         who may                        conditions
    move(S.OPEN, A.TAKE_UP, S.EXAMINED, R.SECRETARIAT, R.SIGNATORY),
    *(
        row
        for state in (S.EXAMINED, S.OPEN)
        for row in (
            move(state, A.DISMISS, S.DISMISSED, R.SECRETARIAT, R.SIGNATORY, REASON),
            move(state, A.REFER, S.REFERRED, R.SECRETARIAT, R.SIGNATORY, REASON),
            move(state, A.CONFIRM, S.CONFIRMED, R.SECRETARIAT, R.SIGNATORY, REASON, ONE_CODE),
            move(state, A.ALERT, S.ALERTED, R.SIGNATORY, REASON, IN_FORCE),
        )
    ),
    move(S.CONFIRMED, A.LIFT, S.LIFTED, R.SECRETARIAT, R.SIGNATORY, REASON),
    move(S.ALERTED, A.LIFT, S.LIFTED, R.SIGNATORY, REASON),
)

LIFE = Machine(State.OPEN, TABLE)

PENDING = (State.OPEN, State.EXAMINED)
"""The states in which somebody has to decide: of these there is one at most for a code and a signal."""

STANDING = (State.CONFIRMED, State.ALERTED)
"""The states in which an alert stands."""
