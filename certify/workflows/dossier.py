"""The life of a dossier: one applicant, one product, one decision (`domain.md` §3.2 and §3.3, moves 1 to 23)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from certify.workflows.clock import Runs
from certify.workflows.machine import Guard, Machine, Term, Tone, move
from certify.workflows.mission import Lack
from certify.workflows.permissions import Role
from certify.workflows.voting import Outcome
from certify.workflows.words import N_


class State(Term):
    """Where a dossier stands: stored value, label for the desks, sentence for the applicant, tone, legal clock."""

    told: str
    tone: Tone
    runs: Runs

    def __init__(self, _value: str, _label: str, told: str, tone: Tone, runs: Runs) -> None:
        self.told = told
        self.tone = tone
        self.runs = runs

    DRAFT = "draft", N_("Draft"), N_("You are preparing it; nobody else reads it yet."), Tone.YOURS, Runs.STOPPED
    FILED = "filed", N_("Filed"), N_("Your file has arrived and waits for the secretariat."), Tone.GOOD, Runs.RUNNING
    CHECKING = (
        "checking",
        N_("Completeness check"),
        N_("The secretariat checks that your file is complete."),
        Tone.GOOD,
        Runs.RUNNING,
    )
    COMPLEMENT = (
        "complement",
        N_("Complement requested"),
        N_("It is your turn: the secretariat needs something more."),
        Tone.YOURS,
        Runs.STOPPED,
    )
    INADMISSIBLE = (
        "inadmissible",
        N_("Inadmissible"),
        N_("Your file cannot be examined; the letter says why and how to contest."),
        Tone.BAD,
        Runs.ENDED,
    )
    ADMISSIBLE = (
        "admissible",
        N_("Admissible"),
        N_("Your file is complete; a rapporteur will be appointed."),
        Tone.GOOD,
        Runs.RUNNING,
    )
    EXAMINATION = (
        "examination",
        N_("Under examination"),
        N_("The rapporteur examines your product."),
        Tone.GOOD,
        Runs.RUNNING,
    )
    CONFORMITY = (
        "conformity",
        N_("To be brought into conformity"),
        N_("It is your turn: correct what the rapporteur found and send the proof."),
        Tone.YOURS,
        Runs.STOPPED,
    )
    READY = (
        "ready",
        N_("Ready for the committee"),
        N_("The report is finished; your file waits for the next committee."),
        Tone.GOOD,
        Runs.RUNNING,
    )
    ON_AGENDA = (
        "on_agenda",
        N_("On the agenda"),
        N_("Your file is on the agenda of the committee."),
        Tone.GOOD,
        Runs.RUNNING,
    )
    DELIBERATION = (
        "deliberation",
        N_("In deliberation"),
        N_("The committee is deliberating on your file."),
        Tone.GOOD,
        Runs.RUNNING,
    )
    ADJOURNED = (
        "adjourned",
        N_("Adjourned"),
        N_("The committee needs something more before it decides."),
        Tone.YOURS,
        Runs.STOPPED,
    )
    OPINION = (
        "opinion",
        N_("Opinion given"),
        N_("The committee has voted; the minutes are being signed."),
        Tone.GOOD,
        Runs.RUNNING,
    )
    APPROVED = "approved", N_("Approved"), N_("Your product is approved."), Tone.GOOD, Runs.ENDED
    APPROVED_WITH_RESERVATIONS = (
        "approved_with_reservations",
        N_("Approved with reservations"),
        N_("Your product is approved once the reservations are lifted."),
        Tone.YOURS,
        Runs.ENDED,
    )
    REFUSED = (
        "refused",
        N_("Refused"),
        N_("The label is refused; the letter gives the reasons and how to contest."),
        Tone.BAD,
        Runs.ENDED,
    )
    WITHDRAWN = (
        "withdrawn",
        N_("Withdrawn by the applicant"),
        N_("You withdrew your request."),
        Tone.QUIET,
        Runs.ENDED,
    )
    LAPSED = (
        "lapsed",
        N_("Lapsed"),
        N_("Without an answer from you, the file was closed; you may file again."),
        Tone.QUIET,
        Runs.ENDED,
    )


class Action(Term):
    """What a person, or the legal clock, does to a dossier; the label is what the button says."""

    FILE = "file", N_("File the dossier")
    TAKE_UP = "take_up", N_("Take up the dossier")
    REQUEST_COMPLEMENT = "request_complement", N_("Request a complement")
    ANSWER_COMPLEMENT = "answer_complement", N_("Send the complement")
    DECLARE_ADMISSIBLE = "declare_admissible", N_("Declare admissible")
    DECLARE_INADMISSIBLE = "declare_inadmissible", N_("Declare inadmissible")
    DEEM_COMPLETE = "deem_complete", N_("Deem complete")
    APPOINT_RAPPORTEUR = "appoint_rapporteur", N_("Appoint the rapporteur")
    REQUIRE_CONFORMITY = "require_conformity", N_("Ask for conformity")
    PROVE_CONFORMITY = "prove_conformity", N_("Send the proof of conformity")
    PROPOSE_PLAN = "propose_plan", N_("Propose a plan")
    ACCEPT_PLAN = "accept_plan", N_("Accept the plan")
    RETURN_PLAN = "return_plan", N_("Send the plan back")
    REPORT_CORRECTION = "report_correction", N_("Report as corrected")
    CLOSE_FINDING = "close_finding", N_("Find it resolved")
    REJECT_CORRECTION = "reject_correction", N_("Find it not resolved")
    EXPIRE_FINDING = "expire_finding", N_("End of the time to correct")
    TAKE_SAMPLE = "take_sample", N_("Take a sample")
    SEND_SAMPLE = "send_sample", N_("Send a sample to a laboratory")
    SUBMIT_RESULTS = "submit_results", N_("Submit the results of an analysis")
    PLAN_VISIT = "plan_visit", N_("Plan a visit")
    CHANGE_VISIT = "change_visit", N_("Change the visit")
    CANCEL_VISIT = "cancel_visit", N_("Cancel the visit")
    BEGIN_VISIT = "begin_visit", N_("Begin the visit")
    CLOSE_VISIT = "close_visit", N_("Close the visit")
    RULE_TASK = "rule_task", N_("Settle a task of the examination")
    PASS_OVER = "pass_over", N_("Report as the file stands")
    SUBMIT_REPORT = "submit_report", N_("Submit the report")
    CORRECT_REPORT = "correct_report", N_("Correct the report")
    PUT_ON_AGENDA = "put_on_agenda", N_("Put on the agenda")
    TAKE_OFF_AGENDA = "take_off_agenda", N_("Take off the agenda")
    RULE_CONFLICT = "rule_conflict", N_("Rule on a conflict of interest")
    OPEN_ITEM = "open_item", N_("Open the item")
    CLOSE_ITEM = "close_item", N_("Close the vote")
    POSTPONE_ITEM = "postpone_item", N_("Postpone the item")
    RESUME_EXAMINATION = "resume_examination", N_("Resume the examination")
    RETURN_TO_COMMITTEE = "return_to_committee", N_("Return to the committee")
    SIGN_MINUTES = "sign_minutes", N_("Sign the minutes")
    NOTIFY = "notify", N_("Record the notification")
    LIFT_RESERVATIONS = "lift_reservations", N_("Lift the reservations")
    REFUSE_UNLIFTED = "refuse_unlifted", N_("Refuse for unlifted reservations")
    WITHDRAW = "withdraw", N_("Withdraw the request")
    LAPSE = "lapse", N_("Close without answer")


@dataclass(frozen=True)
class Facts:
    """What the guards look at; whoever asks for a move states the facts that concern it, the rest stays as it is."""

    missing_answers: int = 0
    missing_documents: int = 0
    is_engaged: bool = False
    is_conflicted: bool = False
    complements_used: int = 0
    complements_allowed: int = 1
    listed_pieces: int = 0
    unanswered_pieces: int = 0
    unchecked_documents: int = 0
    completeness_is_late: bool = False
    answer_is_overdue: bool = False
    reminders_sent: int = 0
    reminders_provided: int = 2
    ground_is_listed: bool = False
    has_second_signature: bool = False
    has_reason: bool = False
    findings_stated: int = 0
    unresolved_findings: int = 0
    applicant_asks_decision: bool = False
    has_report: bool = False
    missing_criteria: int = 0
    lacks: frozenset[Lack] = frozenset()
    sanitary_is_valid: bool = False
    agenda_is_open: bool = False
    meeting_is_open: bool = False
    item_has_quorum: bool = False
    undeclared_members: int = 0
    ballots_missing: int = 0
    outcome: Outcome | None = None
    minutes_are_approved: bool = False
    reasons_stated: int = 0
    reservations_listed: int = 0
    reservations_open: int = 0
    reservations_overdue: bool = False
    is_notified: bool = False
    has_proof: bool = False


ANSWERED = Guard(N_("Some answers are still missing."), lambda f: f.missing_answers == 0)
DOCUMENTED = Guard(N_("Some required documents are still missing."), lambda f: f.missing_documents == 0)
ENGAGED = Guard(N_("The commitment to respect the regulations of use is not signed."), lambda f: f.is_engaged)
IMPARTIAL = Guard(N_("This person has an interest in the dossier."), lambda f: not f.is_conflicted)
ONLY_ONCE = Guard(
    N_("A complement has already been requested; the law allows only one request."),
    lambda f: f.complements_used < f.complements_allowed,
)
LISTED = Guard(N_("List at least one document to complete, and say what is expected."), lambda f: f.listed_pieces > 0)
IN_TIME = Guard(
    N_("The completeness period is over: the file is deemed complete."), lambda f: not f.completeness_is_late
)
LATE = Guard(N_("The completeness period is still running."), lambda f: f.completeness_is_late)
ALL_ANSWERED = Guard(N_("Every point of the request needs an answer."), lambda f: f.unanswered_pieces == 0)
CHECKED = Guard(N_("Every document must be found conforming first."), lambda f: f.unchecked_documents == 0)
OVERDUE = Guard(N_("The applicant still has time to answer."), lambda f: f.answer_is_overdue)
REMINDED = Guard(
    N_("The reminders that the regulations provide must have been sent first."),
    lambda f: f.reminders_sent >= f.reminders_provided,
)
GROUND = Guard(N_("The ground must be one that the regulations list."), lambda f: f.ground_is_listed)
SECOND_SIGNATURE = Guard(N_("A second person must sign this act."), lambda f: f.has_second_signature)
REASON = Guard(N_("State the reason in writing."), lambda f: f.has_reason)
FINDING = Guard(N_("State what was found and by when it must be corrected."), lambda f: f.findings_stated > 0)
RESOLVED = Guard(
    N_("Some findings are not resolved: verify each, or ask the applicant for conformity."),
    lambda f: f.unresolved_findings == 0,
)
ASKED_AS_IS = Guard(
    N_("The applicant has not asked for a decision on the file as it stands."), lambda f: f.applicant_asks_decision
)
REPORTED = Guard(N_("The report is not written."), lambda f: f.has_report)
MEASURED = Guard(N_("Every mandatory criterion needs a value and its evidence."), lambda f: f.missing_criteria == 0)
SANITARY = Guard(N_("The sanitary authorisation is missing or no longer valid."), lambda f: f.sanitary_is_valid)
TASKS = tuple(Guard(lack.label, lambda f, lack=lack: lack not in f.lacks) for lack in Lack)
"""Every task of the mission is closed (move 13): the first that is not refuses with its own sentence."""
AGENDA_OPEN = Guard(N_("The agenda of this meeting is closed."), lambda f: f.agenda_is_open)
MEETING_OPEN = Guard(N_("The meeting is not open."), lambda f: f.meeting_is_open)
QUORUM = Guard(N_("The quorum for this item is not reached."), lambda f: f.item_has_quorum)
DECLARED = Guard(
    N_("Every member present must first declare an interest or none."), lambda f: f.undeclared_members == 0
)
ALL_VOTED = Guard(N_("Some members present have not voted yet."), lambda f: f.ballots_missing == 0)
MINUTES = Guard(N_("The minutes are not drawn up."), lambda f: f.minutes_are_approved)
REASONED = Guard(
    N_("A refusal needs at least one reason: criterion, fact and evidence."), lambda f: f.reasons_stated > 0
)
RESERVED = Guard(N_("List the reservations that the president confirms."), lambda f: f.reservations_listed > 0)
LIFTED = Guard(N_("Some reservations are still open."), lambda f: f.reservations_open == 0)
UNLIFTED = Guard(N_("The period to lift the reservations is still running."), lambda f: f.reservations_overdue)
NOT_NOTIFIED = Guard(N_("The decision has already been notified."), lambda f: not f.is_notified)
PROVEN = Guard(N_("State how and when the applicant received it."), lambda f: f.has_proof)

WITHDRAWABLE = (
    *(State.DRAFT, State.FILED, State.CHECKING, State.COMPLEMENT, State.ADMISSIBLE, State.EXAMINATION),
    *(State.CONFORMITY, State.READY, State.ON_AGENDA, State.DELIBERATION, State.ADJOURNED),
)
"""An applicant may withdraw until the committee has given its opinion (move 23)."""

S, A, R, O = State, Action, Role, Outcome  # noqa: E741 - the table below is read as a page of the regulation

TABLE = (
    # source            action                   target               who may                      conditions
    move(S.DRAFT, A.FILE, S.FILED, R.APPLICANT, ANSWERED, DOCUMENTED, ENGAGED),
    move(S.FILED, A.TAKE_UP, S.CHECKING, R.SECRETARIAT, IMPARTIAL),
    move(S.FILED, A.DEEM_COMPLETE, S.ADMISSIBLE, R.CLOCK, LATE),
    move(S.CHECKING, A.DECLARE_ADMISSIBLE, S.ADMISSIBLE, R.SECRETARIAT, CHECKED),
    move(S.CHECKING, A.REQUEST_COMPLEMENT, S.COMPLEMENT, R.SECRETARIAT, ONLY_ONCE, IN_TIME, LISTED),
    move(S.CHECKING, A.DECLARE_INADMISSIBLE, S.INADMISSIBLE, R.SECRETARIAT, IN_TIME, GROUND, REASON, SECOND_SIGNATURE),
    move(S.CHECKING, A.DEEM_COMPLETE, S.ADMISSIBLE, R.CLOCK, LATE),
    move(S.COMPLEMENT, A.ANSWER_COMPLEMENT, S.CHECKING, R.APPLICANT, ALL_ANSWERED),
    move(S.COMPLEMENT, A.LAPSE, S.LAPSED, R.CLOCK, OVERDUE, REMINDED),
    move(S.ADMISSIBLE, A.APPOINT_RAPPORTEUR, S.EXAMINATION, R.SECRETARIAT, IMPARTIAL),
    move(S.EXAMINATION, A.SUBMIT_REPORT, S.READY, R.RAPPORTEUR, REPORTED, *TASKS, MEASURED, SANITARY, RESOLVED),
    move(S.EXAMINATION, A.REQUIRE_CONFORMITY, S.CONFORMITY, R.RAPPORTEUR, FINDING),
    move(S.EXAMINATION, A.TAKE_SAMPLE, S.EXAMINATION, R.RAPPORTEUR),
    move(S.CONFORMITY, A.PROVE_CONFORMITY, S.EXAMINATION, R.APPLICANT, ALL_ANSWERED),
    move(S.CONFORMITY, A.PASS_OVER, S.READY, R.RAPPORTEUR, ASKED_AS_IS, REPORTED, *TASKS),
    move(S.CONFORMITY, A.LAPSE, S.LAPSED, R.CLOCK, OVERDUE, REMINDED),
    *(move(S.CONFORMITY, action, S.CONFORMITY, R.APPLICANT) for action in (A.PROPOSE_PLAN, A.REPORT_CORRECTION)),
    *(move(S.CONFORMITY, action, S.CONFORMITY, R.RAPPORTEUR) for action in (A.ACCEPT_PLAN, A.RETURN_PLAN)),
    *(
        move(state, action, state, R.RAPPORTEUR)
        for state in (S.EXAMINATION, S.CONFORMITY)
        for action in (A.CLOSE_FINDING, A.REJECT_CORRECTION)
    ),
    move(S.CONFORMITY, A.EXPIRE_FINDING, S.CONFORMITY, R.CLOCK),
    *(move(state, A.SEND_SAMPLE, state, R.RAPPORTEUR) for state in (S.EXAMINATION, S.CONFORMITY)),
    *(move(state, A.SUBMIT_RESULTS, state, R.LABORATORY) for state in (S.EXAMINATION, S.CONFORMITY)),
    *(
        move(state, action, state, R.RAPPORTEUR)
        for state in (S.EXAMINATION, S.CONFORMITY)
        for action in (A.PLAN_VISIT, A.CHANGE_VISIT, A.CANCEL_VISIT, A.RULE_TASK)
    ),
    *(
        move(state, action, state, R.RAPPORTEUR, R.INSPECTOR)
        for state in (S.EXAMINATION, S.CONFORMITY)
        for action in (A.BEGIN_VISIT, A.CLOSE_VISIT)
    ),
    move(S.READY, A.PUT_ON_AGENDA, S.ON_AGENDA, R.SECRETARIAT, AGENDA_OPEN),
    move(S.ON_AGENDA, A.OPEN_ITEM, S.DELIBERATION, R.PRESIDENT, MEETING_OPEN, DECLARED, QUORUM),
    move(S.ON_AGENDA, A.TAKE_OFF_AGENDA, S.READY, R.SECRETARIAT, R.PRESIDENT, REASON),
    *(move(state, A.CORRECT_REPORT, state, R.RAPPORTEUR, REPORTED, REASON) for state in (S.READY, S.ON_AGENDA)),
    move(S.DELIBERATION, A.CLOSE_ITEM, S.OPINION, R.PRESIDENT, QUORUM, ALL_VOTED, given=O.APPROVED),
    move(S.DELIBERATION, A.CLOSE_ITEM, S.OPINION, R.PRESIDENT, QUORUM, ALL_VOTED, given=O.APPROVED_WITH_RESERVATIONS),
    move(S.DELIBERATION, A.CLOSE_ITEM, S.OPINION, R.PRESIDENT, QUORUM, ALL_VOTED, given=O.REFUSED),
    move(S.DELIBERATION, A.CLOSE_ITEM, S.ADJOURNED, R.PRESIDENT, QUORUM, ALL_VOTED, given=O.ADJOURNED),
    move(S.DELIBERATION, A.POSTPONE_ITEM, S.READY, R.PRESIDENT, REASON),
    *(move(state, A.RULE_CONFLICT, state, R.PRESIDENT, REASON) for state in (S.ON_AGENDA, S.DELIBERATION)),
    move(S.ADJOURNED, A.RESUME_EXAMINATION, S.EXAMINATION, R.SECRETARIAT, R.RAPPORTEUR),
    move(S.ADJOURNED, A.RETURN_TO_COMMITTEE, S.READY, R.SECRETARIAT),
    move(S.OPINION, A.SIGN_MINUTES, S.APPROVED, R.PRESIDENT, MINUTES, given=O.APPROVED),
    move(
        S.OPINION,
        A.SIGN_MINUTES,
        S.APPROVED_WITH_RESERVATIONS,
        R.PRESIDENT,
        MINUTES,
        RESERVED,
        given=O.APPROVED_WITH_RESERVATIONS,
    ),
    move(S.OPINION, A.SIGN_MINUTES, S.REFUSED, R.PRESIDENT, MINUTES, REASONED, given=O.REFUSED),
    move(S.APPROVED_WITH_RESERVATIONS, A.LIFT_RESERVATIONS, S.APPROVED, R.RAPPORTEUR, R.SECRETARIAT, LIFTED),
    move(S.APPROVED_WITH_RESERVATIONS, A.REFUSE_UNLIFTED, S.REFUSED, R.CLOCK, UNLIFTED),
    *(
        move(state, A.NOTIFY, state, R.SECRETARIAT, NOT_NOTIFIED, PROVEN)
        for state in (S.APPROVED, S.APPROVED_WITH_RESERVATIONS, S.REFUSED, S.INADMISSIBLE)
    ),
    *(move(state, A.WITHDRAW, S.WITHDRAWN, R.APPLICANT) for state in WITHDRAWABLE),
)

LIFE = Machine(State.DRAFT, TABLE)

COMPLETENESS: Mapping[State, Runs] = {
    State.FILED: Runs.RUNNING,
    State.CHECKING: Runs.RUNNING,
    State.COMPLEMENT: Runs.STOPPED,
}
"""The clock of completeness: from filing until the file is admissible or not; stopped while the applicant has it."""

DECISION: Mapping[State, Runs] = {state: state.runs for state in State if state not in {State.DRAFT, *COMPLETENESS}}
"""The clock of the decision: from the complete file (admissible) until the signed decision (law 55-19: 60 days)."""
