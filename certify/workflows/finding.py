"""The life of a finding: what must be corrected before the committee, and how it is resolved (`domain.md` §3.8).

Where the dossier must stand for each of these moves is said by the table of the dossier, under the same names.
"""

from __future__ import annotations

from dataclasses import dataclass

from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.permissions import Role
from certify.workflows.words import N_


class Grade(Term):
    """How grave a finding is; the delay to correct it is `finding_<grade>` of the regulation."""

    MINOR = "minor", N_("Minor")
    MAJOR = "major", N_("Major")
    CRITICAL = "critical", N_("Critical")

    @property
    def delay(self) -> str:
        """The code of its delay in the regulation."""
        return f"finding_{self}"


class Method(Term):
    """How a correction was verified."""

    DOCUMENTARY = "documentary", N_("On documents")
    VISIT = "visit", N_("On a new visit")


class State(Term):
    """Where a finding stands: stored value, label for the desks, sentence for the applicant, tone."""

    told: str
    tone: Tone

    def __init__(self, _value: str, _label: str, told: str, tone: Tone) -> None:
        self.told = told
        self.tone = tone

    NOTED = "noted", N_("Written down"), N_("You have not been told of it yet."), Tone.QUIET
    OPEN = "open", N_("Plan awaited"), N_("Say what you will do, who does it and by when."), Tone.YOURS
    PLAN_PROPOSED = (
        "plan_proposed",
        N_("Plan proposed"),
        N_("The rapporteur reads your plan; you may still change it."),
        Tone.QUIET,
    )
    PLAN_ACCEPTED = (
        "plan_accepted",
        N_("Plan accepted"),
        N_("Do what you planned, then report it with the proof."),
        Tone.YOURS,
    )
    CORRECTED = "corrected", N_("Reported as corrected"), N_("The rapporteur verifies what you sent."), Tone.QUIET
    CLOSED = "closed", N_("Resolved"), N_("The rapporteur verified it: nothing is left to do."), Tone.GOOD
    UNRESOLVED = (
        "unresolved",
        N_("Not resolved"),
        N_("What you sent did not resolve it: read why, then report again or propose another plan."),
        Tone.BAD,
    )
    OVERDUE = (
        "overdue",
        N_("Overdue"),
        N_("The day has passed. You may still act: without an answer your file is closed."),
        Tone.BAD,
    )


class Action(Term):
    """What is done to a finding; the label is what the button says."""

    SEND = "send", N_("Send to the applicant")
    PROPOSE_PLAN = "propose_plan", N_("Propose a plan")
    ACCEPT_PLAN = "accept_plan", N_("Accept the plan")
    RETURN_PLAN = "return_plan", N_("Send the plan back")
    REPORT_CORRECTION = "report_correction", N_("Report as corrected")
    CLOSE_FINDING = "close_finding", N_("Find it resolved")
    REJECT_CORRECTION = "reject_correction", N_("Find it not resolved")
    EXPIRE_FINDING = "expire_finding", N_("End of the time to correct")


@dataclass(frozen=True)
class Facts:
    """What the guards look at."""

    has_plan: bool = False
    plan_is_accepted: bool = False
    has_reason: bool = False
    has_proof: bool = False
    has_verification: bool = False
    is_critical: bool = False
    visited_since_proof: bool = False
    is_past_due: bool = False


PLANNED = Guard(N_("Say what will be done, by whom and by when."), lambda f: f.has_plan)
AGREED = Guard(
    N_("Propose a plan first: the rapporteur must accept it before you report."), lambda f: f.plan_is_accepted
)
REASON = Guard(N_("State the reason in writing."), lambda f: f.has_reason)
PROVEN = Guard(N_("Add a proof, or explain why there is none."), lambda f: f.has_proof)
VERIFIED = Guard(N_("Say what was verified, and how."), lambda f: f.has_verification)
VISITED = Guard(
    N_("A critical finding is closed only on a visit held after its proof."),
    lambda f: f.visited_since_proof or not f.is_critical,
)
PAST = Guard(N_("The time to correct is still running."), lambda f: f.is_past_due)

S, A, R = State, Action, Role

TABLE = (
    # source             action                target            who may       conditions
    move(S.NOTED, A.SEND, S.OPEN, R.RAPPORTEUR),
    move(S.OPEN, A.PROPOSE_PLAN, S.PLAN_PROPOSED, R.APPLICANT, PLANNED),
    move(S.PLAN_PROPOSED, A.ACCEPT_PLAN, S.PLAN_ACCEPTED, R.RAPPORTEUR),
    move(S.PLAN_PROPOSED, A.RETURN_PLAN, S.OPEN, R.RAPPORTEUR, REASON),
    move(S.PLAN_PROPOSED, A.PROPOSE_PLAN, S.PLAN_PROPOSED, R.APPLICANT, PLANNED),
    move(S.PLAN_ACCEPTED, A.REPORT_CORRECTION, S.CORRECTED, R.APPLICANT, AGREED, PROVEN),
    move(S.CORRECTED, A.CLOSE_FINDING, S.CLOSED, R.RAPPORTEUR, VERIFIED, VISITED),
    move(S.CORRECTED, A.REJECT_CORRECTION, S.UNRESOLVED, R.RAPPORTEUR, REASON),
    move(S.UNRESOLVED, A.REPORT_CORRECTION, S.CORRECTED, R.APPLICANT, AGREED, PROVEN),
    move(S.UNRESOLVED, A.PROPOSE_PLAN, S.PLAN_PROPOSED, R.APPLICANT, PLANNED),
    *(move(state, A.EXPIRE_FINDING, S.OVERDUE, R.CLOCK, PAST) for state in (S.OPEN, S.PLAN_ACCEPTED, S.UNRESOLVED)),
    move(S.OVERDUE, A.REPORT_CORRECTION, S.CORRECTED, R.APPLICANT, AGREED, PROVEN),
    move(S.OVERDUE, A.PROPOSE_PLAN, S.PLAN_PROPOSED, R.APPLICANT, PLANNED),
)

LIFE = Machine(State.NOTED, TABLE)


def waits_for(state: State) -> Role | None:
    """Return whose turn it is: who makes the next ordinary move; None once nothing follows."""
    following = LIFE.leaving(state)
    return next(iter(following[0].who)) if following else None


OWED = tuple(state for state in State if waits_for(state) is Role.APPLICANT)
"""The states in which the applicant has something to do."""

AWAITING = tuple(state for state in State if waits_for(state) is Role.RAPPORTEUR and state is not State.NOTED)
"""The states in which the rapporteur has something to read or to verify."""

PENDING = tuple(state for state in State if state is not State.CLOSED)
"""The states of what is not resolved."""
