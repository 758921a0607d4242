"""Declarations of interest, ballots, and the close of the vote."""

from __future__ import annotations

from certify.models import AgendaItem, Ballot, Declaration, Seat
from certify.models.committee import Holding
from certify.models.meeting import Interest, ItemEnd
from certify.operations.acting import Actor
from certify.operations.agenda import end_item, explaining, hold_item, told
from certify.operations.moves import move_dossier
from certify.operations.urn import put_in
from certify.queries.committee import (
    blocking_facts,
    count_adjournments,
    find_declaration,
    find_place,
    get_presiding,
    get_quorum,
    get_turnout,
    has_voted,
    is_presiding,
    keep_stay,
    list_papers,
    list_roll,
    rule_of,
)
from certify.queries.declared import check_has_declared
from certify.queries.meetings import RUNNING
from certify.queries.regulations import get_regulation
from certify.queries.relations import relations_of
from certify.queries.tallies import seal
from certify.workflows import voting
from certify.workflows.dossier import ALL_VOTED, Action, Facts
from certify.workflows.errors import AlreadyDone, Conflicted, Malformed, NotAllowed, QuorumMissing, Refused, WrongState
from certify.workflows.evidence import fingerprint
from certify.workflows.permissions import Relation, Right, capacities, may
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
    if interest is Interest.CONFLICT and has_voted(actor.session, item, actor.user):
        raise Refused(N_("Your ballot on this item is cast. Tell the president, who may postpone the item."))
    if declared is None:
        declared = Declaration(item_id=item.id, user_id=actor.id)
        actor.session.add(declared)
    declared.interest = interest
    declared.statement = statement if interest is Interest.CONFLICT else None
    declared.declared_at = actor.at
    actor.session.flush()
    return declared


def cast_ballot(item: AgendaItem, *, choice: Choice, statement: str | None = None, actor: Actor) -> str | None:
    """Cast the ballot of the seat that the actor sits on, once; return the receipt when the vote is secret.

    Raises WrongState before the item opens and after it closes, AlreadyVoted, Conflicted, NotAllowed (absent, advisory,
    alternate of a titular who is present), Refused (no declaration yet, a choice not offered), Malformed (no text where
    one is needed, a text where none belongs).

    Thirty do this in the same second: they share the item, which its close waits to have alone, and each keeps their
    own stay, which no departure and no second press of theirs then changes.
    """
    actor.hold(item, shared=True)
    keep_stay(actor.session, item.meeting_id, actor.user)
    allow(item, Right.VOTE, actor=actor)
    check_open(item)
    place = find_place(actor.session, item.meeting, actor.user, item)
    if place is None:
        raise NotAllowed(N_("You hold no seat at this meeting."))
    sits = place.sitting is actor.user
    voting.may_vote(
        voting.SeatAt(place.seat.id, place.seat.is_voting, place.seat.is_president, sits, sits and place.is_recused),
        has_voted=has_voted(actor.session, item, actor.user, place.seat),
        is_alternate=place.holding(actor.id) is Holding.ALTERNATE,
        titular_present=place.sitting is place.titular and place.titular is not None,
    )
    check_ballot(item, choice, statement, actor=actor)
    if item.is_secret:
        return put_in(item, place.seat, choice=choice, statement=statement, actor=actor)
    sheet = {"seat_id": place.seat.id, "user_id": actor.id, "choice": choice, "statement": statement}
    actor.session.add(Ballot(item_id=item.id, cast_at=actor.at, **sheet))
    actor.session.flush()
    actor.session.expire(item, ["ballots"])  # read anew by whoever counts, instead of by each who votes
    return None


def ask_secrecy(item: AgendaItem, *, actor: Actor, version: int | None = None) -> None:
    """Make the vote on an open item secret, as one member present asks; it stays so. `version`: the dossier's.

    Raises WrongState while the item is not open, AlreadyDone when it is secret, NotAllowed for who has no vote there,
    Refused once somebody voted or when the regulation knows open votes only.
    """
    hold_item(item, actor=actor, version=version)
    allow(item, Right.VOTE, actor=actor)
    check_open(item)
    place = find_place(actor.session, item.meeting, actor.user, item)
    if place is None or place.sitting is not actor.user or not place.seat.is_voting or place.is_recused:
        raise NotAllowed(N_("Only a member present, with a vote on this item, may ask for a secret ballot."))
    if item.is_secret:
        raise AlreadyDone(N_("The vote on this item is secret already."))
    if not get_regulation(item.meeting.regulation).committee.secret_on_request:
        raise Refused(N_("The regulation in force at this meeting knows open votes only."))
    if item.ballots:
        raise Refused(N_("Somebody has voted openly already: a secret ballot is asked for before the first vote."))
    item.is_secret = True
    actor.session.flush()


def close_item(item: AgendaItem, *, actor: Actor, version: int | None = None, casting: Choice | None = None) -> Result:
    """Close the vote: count it, seal its result, and take the dossier where it leads (moves 17 and 18).

    `casting` is what the president of a secret vote that is tied states openly: which ballot is theirs stays secret.

    Ballots of seats that left since stay counted: they were cast by members present. When the ballots allow no decision
    the item is postponed. `version` is the dossier's. Raises QuorumMissing or Refused while the vote cannot be closed.
    """
    hold_item(item, actor=actor, version=version)
    get_presiding(actor.session, item.meeting, actor.user, present=True)
    quorum = get_quorum(actor.session, item.meeting, item)
    missing = get_turnout(actor.session, item).missing
    blocking = blocking_facts(actor.session, item.dossier, actor.today)
    if item.is_secret:
        check_complete(quorum, missing)
        check_casting(item, casting, blocked=bool(blocking), actor=actor)
    result = count(item, blocked=bool(blocking), actor=actor, casting=casting)
    facts = Facts(item_has_quorum=quorum.is_reached, ballots_missing=missing, outcome=result.outcome)
    tally = seal(quorum, blocking, result) | urn_seal(item, result, casting, actor=actor)
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


def count(item: AgendaItem, *, blocked: bool, actor: Actor, casting: Choice | None = None) -> Result:
    """Count the ballots of an item; nobody is told before it closes.

    In a secret vote no ballot is known as the president's: one of those that chose `casting` stands for it in a tie.
    """
    ballots = [voting.Ballot(ballot.choice, is_president=ballot.seat.is_president) for ballot in item.ballots]
    if item.is_secret:
        chosen = sorted(paper.choice for paper in list_papers(actor.session, item))
        first = chosen.index(casting) if casting in chosen else None
        ballots = [voting.Ballot(choice, is_president=place == first) for place, choice in enumerate(chosen)]
    adjournments = count_adjournments(actor.session, item.dossier)
    return voting.tally(ballots, rule_of(item.meeting, item.dossier), blocked=blocked, adjournments=adjournments)


def casting_choices(item: AgendaItem, *, actor: Actor) -> tuple[Choice, ...]:
    """List what the president may state to break the tie of a secret vote that is complete; nothing otherwise.

    The choices are those that somebody made, and an abstention, which leaves the tie.
    """
    roll = list_roll(actor.session, item) if item.is_secret and item.closed_at is None else ()
    president = any(actor.session.get_one(Seat, entry.seat_id).is_president for entry in roll)
    if not president or not is_presiding(actor.session, item.meeting, actor.user):
        return ()
    if get_turnout(actor.session, item).missing or not get_quorum(actor.session, item.meeting, item).is_reached:
        return ()
    blocked = bool(blocking_facts(actor.session, item.dossier, actor.today))
    if all(message != voting.NO_CASTING_VOTE for message, _ in count(item, blocked=blocked, actor=actor).steps):
        return ()
    made = {paper.choice for paper in list_papers(actor.session, item)} | {Choice.ABSTENTION}
    return tuple(choice for choice in Choice if choice in made)


def check_casting(item: AgendaItem, casting: Choice | None, *, blocked: bool, actor: Actor) -> None:
    """Hold that the urn has as many ballots as the roll has names, and that a tie is broken openly or left."""
    if len(list_papers(actor.session, item)) != len(list_roll(actor.session, item)):
        raise Refused(N_("The ballots are not as many as the members who voted: postpone the item and report this."))
    choices = casting_choices(item, actor=actor)
    if choices and casting not in choices:
        raise Refused(N_("The secret vote is tied: state openly which way your casting vote goes, then close again."))


def urn_seal(item: AgendaItem, result: Result, casting: Choice | None, *, actor: Actor) -> dict[str, object]:
    """Return what is sealed of a secret vote besides: the casting choice, and a fingerprint of the receipts."""
    if not item.is_secret:
        return {}
    papers = [[paper.receipt, str(paper.choice)] for paper in list_papers(actor.session, item)]
    stated = str(casting) if casting and result.casting_vote else None
    return {"casting_choice": stated, "papers": fingerprint({"papers": papers})}


def check_open(item: AgendaItem) -> None:
    """Raise WrongState unless the vote on an item is open."""
    if item.closed_at is not None:
        raise WrongState(N_("The vote on this item is closed: your ballot came too late and was not counted."))
    if item.opened_at is None:
        raise WrongState(N_("The president has not opened this item yet: vote once it is open."))


def check_ballot(item: AgendaItem, choice: Choice, statement: str | None, *, actor: Actor) -> None:
    """Check the declaration that comes before, the choice against those offered, the text against the choice."""
    check_has_declared(actor.session, actor.user, actor.today)
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
    ties = relations_of(actor.session, actor.user, item.dossier)
    if Relation.RECUSED in ties:
        raise Conflicted(N_("A conflict of interest ties you to this dossier: it is closed to you."))
    if not may(right, capacities(actor.roles, ties)):
        raise NotAllowed(N_("You do not sit on this dossier."))
