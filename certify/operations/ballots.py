"""Declarations of interest, ballots, and the close of the vote."""

from __future__ import annotations

from certify.models import AgendaItem, Ballot, Declaration
from certify.models.committee import Holding
from certify.models.meeting import Interest, ItemEnd
from certify.operations.acting import Actor
from certify.operations.agenda import end_item, explaining, hold_item, told
from certify.operations.moves import move_dossier
from certify.queries.committee import (
    blocking_facts,
    count_adjournments,
    find_ballot,
    find_declaration,
    find_place,
    get_presiding,
    get_quorum,
    get_turnout,
    rule_of,
)
from certify.queries.meetings import RUNNING
from certify.queries.relations import relations_of, roles_on
from certify.queries.tallies import seal
from certify.workflows import voting
from certify.workflows.dossier import ALL_VOTED, Action, Facts
from certify.workflows.errors import Conflicted, Malformed, NotAllowed, QuorumMissing, Refused, WrongState
from certify.workflows.evidence import fingerprint
from certify.workflows.permissions import Relation, Right, may
from certify.workflows.voting import Choice, Quorum, Result
from certify.workflows.words import N_

ASKED = {
    Choice.FAVOURABLE_WITH_RESERVATIONS: N_("Write the reservation that must be lifted."),
    Choice.UNFAVOURABLE: N_("Write the reason of your unfavourable vote."),
    Choice.ADJOURN: N_("Write what is awaited before the committee decides."),
}
"""What a ballot must say besides its choice; the others say nothing."""

NO_DECISION = N_("The ballots allow no decision and no further adjournment is possible: another meeting decides.")


def declare_interest(
    item: AgendaItem, *, interest: Interest, statement: str | None = None, actor: Actor
) -> Declaration:
    """Declare no interest in an item, or a conflict and what it is; a conflict closes the dossier at once, for good.

    "None" may still become a conflict until the person has voted. Raises Conflicted when a conflict stands already,
    WrongState when the item or the meeting is over, Refused when the ballot is cast or the conflict is not stated.
    """
    actor.hold(item)
    allow(item, Right.DECLARE_INTEREST, actor=actor)
    if item.closed_at is not None or item.meeting.state not in RUNNING:
        raise WrongState(N_("This item is over: interests are declared before the vote."))
    if interest is Interest.CONFLICT and not statement:
        raise Refused(N_("Say in a few words what ties you to this dossier."))
    declared = find_declaration(actor.session, item, actor.user)
    if interest is Interest.CONFLICT and find_ballot(actor.session, item, actor.user) is not None:
        raise Refused(N_("Your ballot on this item is cast. Tell the president, who may postpone the item."))
    if declared is None:
        declared = Declaration(item_id=item.id, user_id=actor.id)
        actor.session.add(declared)
    declared.interest = interest
    declared.statement = statement if interest is Interest.CONFLICT else None
    declared.declared_at = actor.at
    actor.session.flush()
    return declared


def cast_ballot(item: AgendaItem, *, choice: Choice, statement: str | None = None, actor: Actor) -> Ballot:
    """Cast the ballot of the seat that the actor sits on, once.

    Raises WrongState before the item opens and after it closes, AlreadyVoted, Conflicted, NotAllowed (absent, advisory,
    alternate of a titular who is present), Refused (no declaration yet, a choice not offered), Malformed (no text where
    one is needed, a text where none belongs).
    """
    actor.hold(item)
    allow(item, Right.VOTE, actor=actor)
    check_open(item)
    place = find_place(actor.session, item.meeting, actor.user, item)
    if place is None:
        raise NotAllowed(N_("You hold no seat at this meeting."))
    sits = place.sitting is actor.user
    voting.may_vote(
        voting.SeatAt(place.seat.id, place.seat.is_voting, place.seat.is_president, sits, sits and place.is_recused),
        has_voted=any(ballot.seat_id == place.seat.id or ballot.user_id == actor.id for ballot in item.ballots),
        is_alternate=place.holding(actor.id) is Holding.ALTERNATE,
        titular_present=place.sitting is place.titular and place.titular is not None,
    )
    check_ballot(item, choice, statement, actor=actor)
    ballot = Ballot(seat_id=place.seat.id, user_id=actor.id, choice=choice, statement=statement, cast_at=actor.at)
    item.ballots.append(ballot)
    actor.session.flush()
    return ballot


def close_item(item: AgendaItem, *, actor: Actor, version: int | None = None) -> Result:
    """Close the vote: count it, seal its result, and take the dossier where it leads (moves 17 and 18).

    Ballots of seats that left since stay counted: they were cast by members present. When the ballots allow no decision
    the item is postponed. `version` is the dossier's. Raises QuorumMissing or Refused while the vote cannot be closed.
    """
    hold_item(item, actor=actor, version=version)
    get_presiding(actor.session, item.meeting, actor.user, present=True)
    quorum = get_quorum(actor.session, item.meeting, item)
    missing = get_turnout(actor.session, item).missing
    blocking = blocking_facts(actor.session, item.dossier, actor.today)
    result = count(item, blocked=bool(blocking), actor=actor)
    facts = Facts(item_has_quorum=quorum.is_reached, ballots_missing=missing, outcome=result.outcome)
    tally = seal(quorum, blocking, result)
    more = told(item, quorum) | {"outcome": result.outcome, "tally": fingerprint(tally)}
    if result.outcome is None:
        check_complete(quorum, missing)
        action, end, facts = Action.POSTPONE_ITEM, ItemEnd.POSTPONED, Facts(has_reason=True)
    else:
        action, end = Action.CLOSE_ITEM, ItemEnd(result.outcome)
    reason = None if result.outcome else NO_DECISION
    with explaining(quorum):
        move_dossier(item.dossier, action, actor=actor, facts=facts, reason=reason, particulars=more)
    item.tally = tally
    end_item(item, end, reason=reason, actor=actor)
    return result


def count(item: AgendaItem, *, blocked: bool, actor: Actor) -> Result:
    """Count the ballots of an item; nobody is told before it closes."""
    ballots = [voting.Ballot(ballot.choice, is_president=ballot.seat.is_president) for ballot in item.ballots]
    adjournments = count_adjournments(actor.session, item.dossier)
    return voting.tally(ballots, rule_of(item.meeting, item.dossier), blocked=blocked, adjournments=adjournments)


def check_open(item: AgendaItem) -> None:
    """Raise WrongState unless the vote on an item is open."""
    if item.closed_at is not None:
        raise WrongState(N_("The vote on this item is closed: your ballot came too late and was not counted."))
    if item.opened_at is None:
        raise WrongState(N_("The president has not opened this item yet: vote once it is open."))


def check_ballot(item: AgendaItem, choice: Choice, statement: str | None, *, actor: Actor) -> None:
    """Check the declaration that comes before, the choice against those offered, the text against the choice."""
    declared = find_declaration(actor.session, item, actor.user)
    if declared is None:
        raise Refused(N_("Say first whether you have an interest in this dossier."))
    if choice not in offered_choices(item, actor=actor):
        raise Refused(N_("“%(choice)s” is not possible on this item."), choice=choice)
    if choice in ASKED and not statement:
        raise Malformed(ASKED[choice])
    if choice not in ASKED and statement:
        raise Malformed(N_("“%(choice)s” takes no text: choose another vote, or leave the text empty."), choice=choice)


def offered_choices(item: AgendaItem, *, actor: Actor) -> tuple[Choice, ...]:
    """List what a ballot on this item may choose today."""
    blocked = bool(blocking_facts(actor.session, item.dossier, actor.today))
    adjournments = count_adjournments(actor.session, item.dossier)
    return voting.choices(blocked, adjournments, rule_of(item.meeting, item.dossier))


def check_complete(quorum: Quorum, missing: int) -> None:
    """Hold the two conditions of a close when the ballots allow no outcome, for the machine has no row then."""
    if not quorum.is_reached:
        raise QuorumMissing(quorum.message, **quorum.facts)
    if missing:
        raise Refused(ALL_VOTED.sentence)


def allow(item: AgendaItem, right: Right, *, actor: Actor) -> None:
    """Raise Conflicted for whoever is recused, NotAllowed for whoever lacks `right` on the dossier of an item."""
    if Relation.RECUSED in relations_of(actor.session, actor.user, item.dossier):
        raise Conflicted(N_("A conflict of interest ties you to this dossier: it is closed to you."))
    if not may(right, roles_on(actor.session, actor.user, item.dossier)):
        raise NotAllowed(N_("You do not sit on this dossier."))
