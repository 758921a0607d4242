"""The course of a dossier in its applicant's words: what happened, what comes. Votes and figures stay inside."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy.orm import Session

from certify.models import Dossier, Event
from certify.queries.calendar import casablanca_today
from certify.queries.deadlines import decision_reading
from certify.queries.documents import label_of
from certify.queries.dossiers import list_events
from certify.queries.regulations import get_regulation
from certify.workflows.clock import Runs
from certify.workflows.dossier import LIFE, Action, State
from certify.workflows.machine import Tone
from certify.workflows.words import N_, Label

HAPPENED = {
    Action.FILE: N_("filed, receipt issued"),
    Action.TAKE_UP: N_("taken up by the secretariat"),
    Action.REQUEST_COMPLEMENT: N_("complement requested"),
    Action.ANSWER_COMPLEMENT: N_("complement sent"),
    Action.DECLARE_ADMISSIBLE: N_("found complete and admissible"),
    Action.DECLARE_INADMISSIBLE: N_("declared inadmissible"),
    Action.DEEM_COMPLETE: N_("deemed complete, the period for checking being over"),
    Action.APPOINT_RAPPORTEUR: N_("rapporteur appointed"),
    Action.REQUIRE_CONFORMITY: N_("corrections requested by the rapporteur"),
    Action.PROPOSE_PLAN: N_("plan proposed for a point to correct"),
    Action.ACCEPT_PLAN: N_("plan accepted by the rapporteur"),
    Action.RETURN_PLAN: N_("plan sent back by the rapporteur"),
    Action.REPORT_CORRECTION: N_("point reported as corrected"),
    Action.CLOSE_FINDING: N_("point found resolved by the rapporteur"),
    Action.REJECT_CORRECTION: N_("point found not resolved by the rapporteur"),
    Action.EXPIRE_FINDING: N_("time to correct a point over"),
    Action.PROVE_CONFORMITY: N_("proof of conformity sent"),
    Action.TAKE_SAMPLE: N_("sample taken"),
    Action.SEND_SAMPLE: N_("sample sent to a laboratory"),
    Action.SUBMIT_RESULTS: N_("results received from the laboratory"),
    Action.PLAN_VISIT: N_("visit planned"),
    Action.CHANGE_VISIT: N_("visit changed"),
    Action.CANCEL_VISIT: N_("visit cancelled"),
    Action.BEGIN_VISIT: N_("visit begun"),
    Action.CLOSE_VISIT: N_("visit made"),
    Action.PASS_OVER: N_("report finished on the file as it stood"),
    Action.SUBMIT_REPORT: N_("report finished"),
    Action.PUT_ON_AGENDA: N_("put on the agenda of the committee"),
    Action.TAKE_OFF_AGENDA: N_("taken off the agenda, to be put on another"),
    Action.OPEN_ITEM: N_("deliberation opened"),
    Action.CLOSE_ITEM: N_("voted on by the committee, minutes to be signed"),
    Action.POSTPONE_ITEM: N_("postponed without a decision"),
    Action.RESUME_EXAMINATION: N_("examination resumed"),
    Action.RETURN_TO_COMMITTEE: N_("sent back to the committee"),
    Action.NOTIFY: N_("decision notified"),
    Action.LIFT_RESERVATIONS: N_("reservations lifted, product approved"),
    Action.REFUSE_UNLIFTED: N_("refused, the reservations not being lifted in time"),
    Action.WITHDRAW: N_("withdrawn by you"),
    Action.LAPSE: N_("closed without an answer from you"),
}
UNTOLD = frozenset({Action.RULE_CONFLICT, Action.CORRECT_REPORT, Action.RULE_TASK})
"""What the committee and the rapporteur do among themselves, and what the page of the applicant shows elsewhere."""

REASONED = (Action.TAKE_OFF_AGENDA, Action.POSTPONE_ITEM, Action.PLAN_VISIT, Action.CHANGE_VISIT, Action.CANCEL_VISIT)
"""What is told with the reason that was written."""

DECIDED = {
    State.ADJOURNED: N_("adjourned by the committee"),
    State.APPROVED: N_("approved"),
    State.APPROVED_WITH_RESERVATIONS: N_("approved with reservations"),
    State.REFUSED: N_("refused"),
}
"""What a vote or a signature led to, where the action alone does not say."""

TO_COME = {
    State.FILED: N_("Filing, against a receipt"),
    State.CHECKING: N_("Check that the file is complete"),
    State.EXAMINATION: N_("Examination by the rapporteur"),
    State.DELIBERATION: N_("Committee"),
    State.APPROVED: N_("Decision"),
}
"""The steps of the ordinary course worth telling in advance."""


@dataclass(frozen=True)
class Point:
    """One point of the course: a msgid and what fills it, when, and what is worth saying under it."""

    text: str
    place: str
    tone: Tone = Tone.GOOD
    on: date | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    details: tuple[Label, ...] = ()


def list_points(session: Session, dossier: Dossier, today: date) -> tuple[Point, ...]:
    """Tell the course of a dossier: what happened, the last of it being where it is now, then what comes."""
    events = list_events(session, dossier)
    past = [_happened(event, dossier, today) for event in events if event.action not in UNTOLD]
    if past:
        past[-1] = replace(past[-1], place="current", tone=dossier.state.tone)
    reading = decision_reading(session, dossier, today)
    return (*past, *_coming(dossier, reading.due_on if reading else None))


def _happened(event: Event, dossier: Dossier, today: date) -> Point:
    action, target = Action(event.action), State(event.target)
    decided = action in (Action.CLOSE_ITEM, Action.SIGN_MINUTES)
    text = DECIDED.get(target, HAPPENED.get(action, "")) if decided else HAPPENED[action]
    return Point(text, "done", on=casablanca_today(event.at), details=tuple(_details(event, action, dossier, today)))


def _details(event: Event, action: Action, dossier: Dossier, today: date) -> Iterator[Label]:
    """Yield what an applicant may know of an event besides its name; votes and figures stay inside."""
    if action is Action.REQUEST_COMPLEMENT:
        yield from (label_of(dossier, point["kind"], today) for point in event.facts.get("wanted", ()))
    if action is Action.REQUIRE_CONFORMITY:
        yield from (_written(point["wanted"]) for point in event.facts.get("wanted", ()))
    if action in (*REASONED, Action.WITHDRAW) and event.reason:
        yield _written(event.reason)


def _written(text: str) -> Label:
    """Carry what one person typed as it is into every language."""
    return Label(text, text, text)


def _coming(dossier: Dossier, due_on: date | None) -> Iterator[Point]:
    """Yield the ordinary course from here; the decision bears its last day once that is known."""
    if dossier.state.runs is Runs.ENDED:
        return
    for state in LIFE.spine(dossier.state)[1:]:
        if state is State.APPROVED and due_on:
            yield Point(N_("Decision, by %(day)s at the latest"), "future", Tone.QUIET, facts={"day": due_on})
        elif state is State.APPROVED:
            limit = get_regulation(dossier.regulation).delay("decision").limit
            text = N_("Decision, at the latest %(days)s days after the complete file")
            yield Point(text, "future", Tone.QUIET, facts={"days": limit})
        elif state in TO_COME:
            yield Point(TO_COME[state], "future", Tone.QUIET)
