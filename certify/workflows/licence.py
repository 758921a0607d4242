"""The life of an authorisation to use the label, born of an approval (`domain.md` §3.6, moves A1 and A4 to A8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.permissions import Role
from certify.workflows.words import N_


class State(Term):
    """Where a licence stands: stored value, label, tone."""

    tone: Tone

    def __init__(self, _value: str, _label: str, tone: Tone) -> None:
        self.tone = tone

    TO_SIGN = "to_sign", N_("To be signed"), Tone.YOURS
    ACTIVE = "active", N_("Active"), Tone.GOOD
    SUSPENDED = "suspended", N_("Suspended"), Tone.YOURS
    WITHDRAWN = "withdrawn", N_("Withdrawn"), Tone.BAD
    EXPIRED = "expired", N_("Expired"), Tone.QUIET


class Action(Term):
    """What is done to a licence; the label is what the button says."""

    ACCEPT_TERMS = "accept_terms", N_("Sign the contract of use")
    SIGN = "sign", N_("Sign the authorisation")
    SUSPEND = "suspend", N_("Suspend the licence")
    REINSTATE = "reinstate", N_("Reinstate the licence")
    WITHDRAW = "withdraw", N_("Withdraw the licence")
    EXPIRE = "expire", N_("End of validity")


class Ground(Term):
    """Why a licence is suspended or withdrawn, by a code that says nothing of anybody: the public log holds it.

    `scope` tells whether what was packed before the day is concerned too: who did not pay in June made good honey in
    January, who adulterated it did not (`trust.md` §3.10). A code keeps its scope for ever, for the log holds both and
    its readers refuse one that is not of the other: another scope is another code.
    """

    scope: str

    def __init__(self, _value: str, _label: str, scope: str = "prospective") -> None:
        self.scope = scope

    STATED = "R00", N_("Another ground, stated in the reason")
    NOT_CORRECTED = "R01", N_("A non-conformity that was not corrected in time")
    SANITARY = "R02", N_("The sanitary authorisation of the site is suspended or over")
    MISUSE = "R03", N_("Misuse of the label, or a false claim")
    OBLIGATIONS = "R04", N_("Obligations of the contract not kept (fees, reports, access)")
    HOLDER = "R05", N_("At the request of the holder")
    HEALTH = "R06", N_("Danger to health"), "retroactive"
    FRAUD = "R07", N_("Fraud, or a forged certificate"), "retroactive"


@dataclass(frozen=True)
class Facts:
    """What the guards look at."""

    terms_are_accepted: bool = False
    is_notified: bool = False
    has_reason: bool = False
    is_past_validity: bool = False


ACCEPTED = Guard(N_("The holder has not signed the contract of use yet."), lambda f: f.terms_are_accepted)
NOT_ACCEPTED = Guard(N_("The contract of use is already signed."), lambda f: not f.terms_are_accepted)
NOTIFIED = Guard(N_("The decision has not been notified yet."), lambda f: f.is_notified)
REASON = Guard(N_("State the reason in writing."), lambda f: f.has_reason)
PAST = Guard(N_("The licence is still within its validity."), lambda f: f.is_past_validity)
WITHIN = Guard(N_("The licence is past its validity."), lambda f: not f.is_past_validity)

S, A, R = State, Action, Role

TABLE = (
    # source         action           target          who may        conditions
    move(S.TO_SIGN, A.SIGN, S.ACTIVE, R.SIGNATORY, NOTIFIED, ACCEPTED),
    move(S.TO_SIGN, A.ACCEPT_TERMS, S.TO_SIGN, R.APPLICANT, NOT_ACCEPTED),
    move(S.ACTIVE, A.EXPIRE, S.EXPIRED, R.CLOCK, PAST),
    move(S.ACTIVE, A.SUSPEND, S.SUSPENDED, R.SIGNATORY, REASON),
    move(S.ACTIVE, A.WITHDRAW, S.WITHDRAWN, R.SIGNATORY, REASON),
    move(S.SUSPENDED, A.REINSTATE, S.ACTIVE, R.SIGNATORY, REASON, WITHIN),
    move(S.SUSPENDED, A.WITHDRAW, S.WITHDRAWN, R.SIGNATORY, REASON),
    move(S.SUSPENDED, A.EXPIRE, S.EXPIRED, R.CLOCK, PAST),
)

LIFE = Machine(State.TO_SIGN, TABLE)


def last_day(valid_from: date, years: int) -> date:
    """Return the last day of a validity of `years` years less a day; from 29 February it ends on 28 February."""
    try:
        anniversary = valid_from.replace(year=valid_from.year + years)
    except ValueError:  # 29 February in a year that has none: the anniversary is 1 March
        anniversary = date(valid_from.year + years, 3, 1)
    return anniversary - timedelta(days=1)
