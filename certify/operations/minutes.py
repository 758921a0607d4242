"""The minutes: what an outcome still needs said, then drawn up, corrected, and signed; with them every decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from certify.models import AgendaItem, Meeting, Paper, Reason, Reservation
from certify.models.meeting import AwaitedFrom, ItemEnd
from certify.operations.acting import Actor
from certify.operations.agenda import release_items
from certify.operations.ballots import allow
from certify.operations.ledger import log_decision
from certify.operations.licences import born
from certify.operations.meetings import need
from certify.operations.moves import move_dossier, move_meeting
from certify.operations.outbox import recipients, write
from certify.operations.paper_words import PRESIDING
from certify.operations.papers import issue_decision, issue_minutes
from certify.operations.proposals import countersign, freeze
from certify.queries.admissibility import last_day_of
from certify.queries.committee import find_place
from certify.queries.meetings import HELD, list_decided, list_unsettled, may_read_minutes
from certify.queries.presidency import Chair, get_presiding, roles_over
from certify.queries.relations import roles_on
from certify.workflows import dossier as dossiers
from certify.workflows.errors import Conflicted, Malformed, Refused, WrongState
from certify.workflows.meeting import Action, Facts
from certify.workflows.permissions import Right, Role, in_the_chair, may
from certify.workflows.voting import Outcome
from certify.workflows.words import N_

UNHEARD = N_("The meeting ended before this item was dealt with.")


@dataclass(frozen=True)
class GivenReason:
    """A reason of a refusal: the code of a criterion or an article of the regulation, the fact, what proves it."""

    criterion: str
    fact: str
    evidence: str


def state_adjournment(
    item: AgendaItem, *, awaited: str, awaited_from: AwaitedFrom, awaited_by: date, actor: Actor
) -> None:
    """State the terms of an adjournment: what is awaited, from whom, by when; the applicant is told.

    Raises Malformed for a day that is past or later than the regulation allows after the vote.
    """
    _hold(item, ItemEnd.ADJOURNED, actor=actor)
    _rule(item, actor=actor)
    latest = last_day_of(item.dossier, "adjournment", item.meeting.held_on)
    if not actor.today <= awaited_by <= latest:
        raise Malformed(N_("Choose a day from today to %(day)s, the longest adjournment allowed."), day=latest)
    item.awaited, item.awaited_from, item.awaited_by = awaited, awaited_from, awaited_by
    actor.session.flush()
    _tell_adjournment(item, actor=actor)


def record_debate(item: AgendaItem, *, text: str | None, actor: Actor) -> None:
    """Write the summary of the debate on an item, by the secretariat, until the minutes are drawn up."""
    _hold(item, actor=actor)
    need(actor, Right.PLAN_MEETING)
    item.debate = text
    actor.session.flush()


def state_reasons(item: AgendaItem, *, reasons: Sequence[GivenReason], actor: Actor) -> None:
    """State the reasons of a refusal, in place of those stated before (law 03-01: in law and in fact)."""
    _hold(item, ItemEnd.REFUSED, actor=actor)
    if not may(Right.PLAN_MEETING, actor.roles):
        _rule(item, actor=actor)
    if not reasons:
        raise Refused(dossiers.REASONED.sentence)
    item.reasons = [Reason(criterion=each.criterion, fact=each.fact, evidence=each.evidence) for each in reasons]
    actor.session.flush()


def confirm_reservations(item: AgendaItem, *, statements: Sequence[str], actor: Actor) -> None:
    """Confirm the reservations of an approval, in place of those confirmed before; the president alone may."""
    _hold(item, ItemEnd.APPROVED_WITH_RESERVATIONS, actor=actor)
    _rule(item, actor=actor)
    if not statements:
        raise Refused(dossiers.RESERVED.sentence)
    item.reservations = [Reservation(statement=statement) for statement in statements]
    actor.session.flush()


def draw_up_minutes(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """Draw up the minutes of a closed meeting, every item having its reasons, reservations or terms."""
    actor.hold(meeting, version)
    release_items(meeting, reason=UNHEARD, end=ItemEnd.POSTPONED, actor=actor)
    facts = Facts(items_unsettled=len(list_unsettled(actor.session, meeting)))
    move_meeting(meeting, Action.DRAW_UP_MINUTES, actor=actor, facts=facts)
    freeze(meeting, actor=actor)


def correct_minutes(meeting: Meeting, *, reason: str | None, actor: Actor, version: int | None = None) -> None:
    """Take minutes not signed yet back to the secretariat, for the written reason."""
    actor.hold(meeting, version)
    facts = Facts(has_reason=bool(reason))
    move_meeting(meeting, Action.CORRECT_MINUTES, actor=actor, facts=facts, reason=reason)


def sign_minutes(meeting: Meeting, *, actor: Actor, version: int | None = None) -> None:
    """Sign the minutes after the secretary: only now, in one transaction, do the decisions take effect.

    Every dossier decided ends, its letter is issued, its licence is born.

    Raises Conflicted when the minutes tell of a dossier closed to whoever signs: the next in the order signs then.
    """
    actor.hold(meeting, version)
    sits = find_place(actor.session, meeting, actor.user) is not None
    if sits and not may_read_minutes(actor.session, meeting, reader=actor.user):
        raise Conflicted(N_("These minutes tell of a dossier closed to you: who presides in your place signs them."))
    chair = get_presiding(actor.session, meeting, actor.user)
    proposal = countersign(meeting, chair, actor=actor)
    issue_minutes(proposal, PRESIDING[chair.basis], actor=actor)
    letters = [decide_dossier(item, chair, actor=actor) for item in list_decided(actor.session, meeting)]
    for letter in letters:
        log_decision(letter, actor=actor)


def decide_dossier(item: AgendaItem, chair: Chair, *, actor: Actor) -> Paper:
    """Take the dossier of an item to its end (move 19): reservations get their last day; return the letter issued.

    `chair` is whoever signs the minutes, and with them the letter.
    """
    dossier = item.dossier
    actor.hold(dossier)
    due_on = last_day_of(dossier, "reservations", actor.today)
    for reservation in item.reservations:
        reservation.due_on = due_on
    facts = dossiers.Facts(
        minutes_are_approved=True,
        outcome=Outcome(item.ended),
        reasons_stated=len(item.reasons),
        reservations_listed=len(item.reservations),
    )
    where = {"meeting": item.meeting.number, "position": item.position, "outcome": item.ended}
    roles = in_the_chair(roles_on(actor.session, actor.user, dossier), presides=True)
    move_dossier(dossier, dossiers.Action.SIGN_MINUTES, actor=actor, facts=facts, particulars=where, roles=roles)
    letter = issue_decision(dossier, actor=actor, title=PRESIDING[chair.basis])
    if facts.outcome is Outcome.APPROVED:
        born(dossier, actor=actor)
    return letter


def _rule(item: AgendaItem, *, actor: Actor) -> None:
    """Raise Conflicted or NotAllowed unless the actor presides over the item."""
    allow(item, Right.READ_DOSSIER, actor=actor)
    if not may(Right.RULE_ITEM, roles_over(actor.session, item, actor.user)):
        get_presiding(actor.session, item.meeting, actor.user, item)


def _hold(item: AgendaItem, end: ItemEnd | None = None, *, actor: Actor) -> None:
    """Lock an item whose minutes are still open; raise WrongState when they are not, or it ended otherwise."""
    actor.hold(item.meeting)
    actor.hold(item)
    if item.meeting.state not in HELD:
        raise WrongState(N_("The minutes are drawn up: take them back for correction first."))
    if end is not None and item.ended is not end:
        raise WrongState(N_("This item did not end that way: look at its result."))


def _tell_adjournment(item: AgendaItem, *, actor: Actor) -> None:
    dossier = item.dossier
    facts = {
        "number": dossier.number,
        "dossier_id": dossier.id,
        "product_fr": dossier.product.name_fr,
        "product_ar": dossier.product.name_ar or dossier.product.name_fr,
        "awaited": item.awaited,
        "awaited_from": item.awaited_from,
        "due_on": item.awaited_by,
    }
    for user in recipients(dossier, (Role.APPLICANT, Role.RAPPORTEUR), actor=actor):
        key = f"adjournment_stated:{item.id}:{user.id}:{actor.at.isoformat()}"
        write(user, "adjournment_stated", key=key, facts=facts, dossier=dossier, actor=actor)
