"""An erratum to signed minutes: drawn up, signed by two people, issued; it changes no row but its own."""

from __future__ import annotations

from hashlib import sha256

from sqlalchemy import select

from certify.models import AgendaItem, Erratum, ErratumSignature, Meeting, User
from certify.models.minutes import Capacity
from certify.operations.acting import Actor
from certify.operations.journal import record
from certify.operations.outbox import write
from certify.operations.paper_erratum import erratum_facts
from certify.operations.paper_words import PRESIDING
from certify.operations.papers import issue_erratum
from certify.queries.errata import count_errata, is_open_to
from certify.queries.meetings import get_item, may_read_minutes
from certify.queries.minutes import find_proposal, list_sat
from certify.queries.presidency import get_presiding, list_presiding
from certify.workflows import meeting as meetings
from certify.workflows.erratum import LIFE, Action, Facts, Passage, State
from certify.workflows.errors import Conflicted, Malformed
from certify.workflows.numbering import erratum_number, minutes_number
from certify.workflows.permissions import Role, in_the_chair
from certify.workflows.words import N_

CLOSED_TO_YOU = N_("These minutes tell of a dossier that is closed to you: another person signs them.")


def draw_up_erratum(
    meeting: Meeting,
    item: AgendaItem | None,
    *,
    passage: Passage,
    says: str,
    should_say: str,
    reason: str,
    actor: Actor,
) -> Erratum:
    """Draw up an erratum on an item, or on the meeting as a whole, and freeze its text for two people to sign."""
    actor.hold(meeting)
    _decide(
        State.INTENDED,
        Action.DRAW_UP,
        Facts(
            minutes_are_signed=meeting.state is meetings.State.MINUTES_SIGNED,
            passage=passage,
            says=says,
            should_say=should_say,
            has_reason=bool(reason),
        ),
        actor=actor,
    )
    if item is not None:
        _check_item(meeting, item, actor=actor)
    elif not may_read_minutes(actor.session, meeting, reader=actor.user):
        raise Malformed(N_("Choose the item that the erratum is about."))
    rank = count_errata(actor.session, meeting) + 1
    erratum = Erratum(
        number=erratum_number(minutes_number(meeting.number), rank),
        meeting=meeting,
        item=item,
        proposal=find_proposal(actor.session, meeting),
        rank=rank,
        passage=passage,
        says=says,
        should_say=should_say,
        reason=reason,
        drawn_up_by_id=actor.id,
        drawn_up_at=actor.at,
    )
    erratum.facts = erratum_facts(erratum).to_json()
    erratum.sha256 = sha256(erratum.facts.encode()).hexdigest()
    actor.session.add(erratum)
    _record(erratum, Action.DRAW_UP, actor=actor)
    return erratum


def attest_erratum(erratum: Erratum, *, actor: Actor) -> None:
    """Sign an erratum as secretary, the first of the two signatures; who may preside is told."""
    _hold(erratum, actor=actor)
    _decide(erratum.state, Action.ATTEST, Facts(), actor=actor)
    _sign(erratum, Capacity.SECRETARY, actor=actor)
    _record(erratum, Action.ATTEST, actor=actor)
    _tell(erratum, "erratum_attested", list_presiding(actor.session, erratum.meeting), actor=actor)


def sign_erratum(erratum: Erratum, *, actor: Actor) -> None:
    """Sign an erratum after the secretary: its paper is issued, and who sat is told. No decision changes."""
    _hold(erratum, actor=actor)
    chair = get_presiding(actor.session, erratum.meeting, actor.user)
    is_another_hand = all(each.user_id != actor.id for each in erratum.signatures)
    facts = Facts(is_another_hand=is_another_hand)
    LIFE.decide(erratum.state, Action.SIGN, in_the_chair(actor.roles, presides=True), facts)
    _sign(erratum, Capacity.PRESIDENT, actor=actor)
    _record(erratum, Action.SIGN, actor=actor)
    issue_erratum(erratum, PRESIDING[chair.basis], actor=actor)
    sat = select(User).where(User.id.in_(list_sat(actor.session, erratum.meeting)), User.is_active).order_by(User.id)
    _tell(erratum, "erratum_signed", actor.session.scalars(sat).all(), actor=actor)


def drop_erratum(erratum: Erratum, *, reason: str | None, actor: Actor) -> None:
    """Give up an erratum that both have not signed, for the written reason; it keeps its number."""
    _hold(erratum, actor=actor)
    _decide(erratum.state, Action.DROP, Facts(has_reason=bool(reason)), actor=actor)
    erratum.dropped_by_id, erratum.dropped_at, erratum.drop_reason = actor.id, actor.at, reason
    _record(erratum, Action.DROP, actor=actor)


def _check_item(meeting: Meeting, item: AgendaItem, *, actor: Actor) -> None:
    get_item(actor.session, item.id, reader=actor.user)
    if item.meeting_id != meeting.id:
        raise Malformed(N_("Choose an item of this meeting."))


def _hold(erratum: Erratum, *, actor: Actor) -> None:
    """Lock an erratum with its meeting. Raises Conflicted when it is about a dossier closed to the actor."""
    actor.hold(erratum.meeting)
    actor.hold(erratum)
    actor.session.expire(erratum, ["signatures"])
    if not is_open_to(actor.session, erratum, reader=actor.user):
        raise Conflicted(CLOSED_TO_YOU)


def _decide(state: State, action: Action, facts: Facts, *, actor: Actor) -> State:
    return LIFE.decide(state, action, actor.roles, facts)


def _sign(erratum: Erratum, capacity: Capacity, *, actor: Actor) -> None:
    signature = ErratumSignature(capacity=capacity, user=actor.user, sha256=erratum.sha256, signed_at=actor.at)
    erratum.signatures.append(signature)
    actor.session.flush()


def _record(erratum: Erratum, action: Action, *, actor: Actor) -> None:
    """Keep the act in the journal of the meeting, whose state stays as it is."""
    who = frozenset().union(*(row.who for row in LIFE.table if row.action is action))
    held = in_the_chair(actor.roles, presides=action is Action.SIGN)
    role = next(role for role in Role if role in held and role in who)
    meeting = erratum.meeting
    told = {"erratum": erratum.number, "sha256": erratum.sha256}
    record(meeting, actor=actor, role=role, action=action, source=meeting.state, facts=told)


def _tell(erratum: Erratum, kind: str, people: list[User], *, actor: Actor) -> None:
    """Write to each of these people, but to nobody to whom the erratum is closed."""
    meeting = erratum.meeting
    facts = {"number": erratum.number, "meeting_id": meeting.id, "held_on": meeting.held_on}
    facts |= {"path": f"/meetings/errata/{erratum.id}"}
    for user in people:
        if user.id != actor.id and is_open_to(actor.session, erratum, reader=user):
            key = f"meeting_{kind}:{meeting.id}:{erratum.id}:{user.id}"
            dossier = erratum.item.dossier if erratum.item else None
            write(user, kind, key=key, facts=facts, dossier=dossier, actor=actor)
