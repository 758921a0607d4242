"""The agenda: what is put on it and taken off, what is opened and postponed, what leaves it unheard.

Rows are locked in one order everywhere: meeting, dossier, item.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain

from sqlalchemy import func, select

from certify.models import AgendaItem, Dossier, Meeting
from certify.models.meeting import ItemEnd
from certify.operations.acting import Actor
from certify.operations.moves import move_dossier
from certify.operations.urn import shuffle
from certify.queries.committee import blocking_facts, get_quorum, list_places, list_undeclared
from certify.queries.interests import list_suggestions
from certify.queries.late import list_answers, read_agreement
from certify.queries.meetings import agenda_closes_on, agenda_is_open, find_open_item, find_standing_item
from certify.queries.presidency import Chair, get_presiding, roles_over
from certify.queries.relations import roles_on
from certify.queries.tallies import seal
from certify.workflows import dossier as dossiers
from certify.workflows import meeting as meetings
from certify.workflows.dossier import Action, Facts
from certify.workflows.errors import AlreadyDone, QuorumMissing, Refused
from certify.workflows.permissions import Role, in_the_chair
from certify.workflows.voting import Quorum
from certify.workflows.words import N_

WITHDRAWN = N_("The applicant withdrew the request.")
AGREEMENT_AWAITED = N_("A late item needs the agreement of every voting member present: awaited of %(names)s.")
NOT_AGREED = N_("%(names)s did not agree to this late item: take it off the agenda.")
QUORUM_SENTENCES = (dossiers.QUORUM.sentence, meetings.QUORUM.sentence)


def put_on_agenda(meeting: Meeting, dossier: Dossier, *, actor: Actor) -> AgendaItem:
    """Put a ready dossier on the agenda, after the items already there (move 14).

    Raises Refused once the agenda is closed, WrongState when the dossier is not ready.
    """
    actor.hold(meeting)
    actor.hold(dossier)
    if not agenda_is_open(meeting, actor.today):
        day = agenda_closes_on(meeting)
        raise Refused(N_("The agenda of this meeting is closed: the last day to add an item was %(day)s."), day=day)
    return append(meeting, dossier, actor=actor)


def append(meeting: Meeting, dossier: Dossier, *, late_reason: str | None = None, actor: Actor) -> AgendaItem:
    """Put a dossier, held with its meeting, after the items already there."""
    last = select(func.max(AgendaItem.position)).where(AgendaItem.meeting_id == meeting.id)
    position = (actor.session.scalars(last).one() or 0) + 1
    where = {"meeting": meeting.number, "position": position} | ({"late": late_reason} if late_reason else {})
    move_dossier(dossier, Action.PUT_ON_AGENDA, actor=actor, facts=Facts(agenda_is_open=True), particulars=where)
    item = AgendaItem(meeting=meeting, dossier=dossier, position=position, late_reason=late_reason)
    actor.session.add(item)
    actor.session.flush()
    return item


def fill_agenda(meeting: Meeting, chosen: Iterable[Dossier], *, actor: Actor) -> list[AgendaItem]:
    """Put several ready dossiers on the agenda, in this order, those of one value chain together."""
    chains: dict[str, list[Dossier]] = {}
    for dossier in chosen:
        chains.setdefault(dossier.product.filiere, []).append(dossier)
    return [put_on_agenda(meeting, dossier, actor=actor) for dossier in chain.from_iterable(chains.values())]


def take_off_agenda(item: AgendaItem, *, reason: str | None, actor: Actor, version: int | None = None) -> None:
    """Take an item off before it opens: the dossier is ready again, the item stays as a trace (move 15).

    `version` is the dossier's. Raises Refused without a reason, WrongState once the item is open.
    """
    roles = roles_over(actor.session, item, actor.user)
    _release(item, reason=reason, end=ItemEnd.TAKEN_OFF, actor=actor, roles=roles, version=version)


def release_items(meeting: Meeting, *, reason: str, end: ItemEnd, actor: Actor, chair: Chair | None = None) -> None:
    """Send back to the ready dossiers every item that stands unopened, when the meeting will not deal with it.

    An item closed to the actor (a recused president) stays for the secretariat to release. `chair`: the actor acts as
    whoever presides.
    """
    standing = select(AgendaItem).where(AgendaItem.meeting_id == meeting.id, AgendaItem.closed_at.is_(None))
    presides = chair is not None and chair.user is actor.user
    for item in actor.session.scalars(standing.order_by(AgendaItem.position)).all():
        roles = in_the_chair(roles_on(actor.session, actor.user, item.dossier), presides=presides)
        if Action.TAKE_OFF_AGENDA in dossiers.LIFE.offered(item.dossier.state, roles):
            _release(item, reason=reason, end=end, actor=actor, roles=roles)


def strike_withdrawn(dossier: Dossier, *, actor: Actor) -> None:
    """Close the item of a dossier that its applicant has just withdrawn, open or not; without one, nothing happens.

    Ballots already cast stay uncounted.
    """
    item = find_standing_item(actor.session, dossier)
    if item is not None:
        actor.hold(item)
        end_item(item, ItemEnd.WITHDRAWN, reason=WITHDRAWN, actor=actor)


def open_item(item: AgendaItem, *, actor: Actor, version: int | None = None) -> None:
    """Open an item: its conflicts are declared, its quorum holds, members may vote (move 16). `version`: the dossier's.

    Raises Refused while another item is open or somebody present has not declared, QuorumMissing with the figures.
    """
    meeting = item.meeting
    hold_item(item, actor=actor, version=version)
    chair = get_presiding(actor.session, meeting, actor.user, item, present=True)
    other = find_open_item(actor.session, meeting)
    if other is not None and other is not item:
        raise Refused(N_("Item %(position)s is still open: close or postpone it first."), position=other.position)
    check_late(item, actor=actor)
    quorum = get_quorum(actor.session, meeting, item)
    facts = Facts(
        meeting_is_open=meeting.state is meetings.State.OPEN,
        undeclared_members=len(list_undeclared(actor.session, item)),
        item_has_quorum=quorum.is_reached,
    )
    more, roles = told(item, quorum, chair) | left_open(item, actor=actor), roles_over(actor.session, item, actor.user)
    with explaining(quorum):
        move_dossier(item.dossier, Action.OPEN_ITEM, actor=actor, facts=facts, particulars=more, roles=roles)
    item.opened_at = actor.at
    actor.session.flush()


def check_late(item: AgendaItem, *, actor: Actor) -> None:
    """Raise Refused while somebody present has not agreed to hear a late item; the sentence names them."""
    if item.late_reason is None or item.meeting.state is not meetings.State.OPEN:
        return
    places = list_places(actor.session, item.meeting, item)
    stands = read_agreement(actor.session, item, places)
    for seats, sentence in ((stands.against, NOT_AGREED), (stands.awaited, AGREEMENT_AWAITED)):
        names = ", ".join(place.sitting.name for place in places if place.seat.id in seats)
        if names:
            raise Refused(sentence, names=names)


def postpone_item(item: AgendaItem, *, reason: str | None, actor: Actor, version: int | None = None) -> None:
    """Stop an open item without a decision: quorum lost, or no decision possible. Its ballots stay uncounted."""
    hold_item(item, actor=actor, version=version)
    chair = get_presiding(actor.session, item.meeting, actor.user, item)
    quorum = get_quorum(actor.session, item.meeting, item)
    facts = Facts(has_reason=bool(reason))
    more, roles = told(item, quorum, chair), roles_over(actor.session, item, actor.user)
    move_dossier(
        item.dossier, Action.POSTPONE_ITEM, actor=actor, facts=facts, reason=reason, particulars=more, roles=roles
    )
    item.tally = seal(quorum, blocking_facts(actor.session, item.dossier, actor.today), presided=chair.told)
    end_item(item, ItemEnd.POSTPONED, reason=reason, actor=actor)


def hold_item(item: AgendaItem, *, actor: Actor, version: int | None = None) -> None:
    """Lock the meeting, the dossier and the item, in that order; raises Stale, or AlreadyDone when the item ended."""
    actor.hold(item.meeting)
    actor.hold(item.dossier, version)
    actor.hold(item)
    if item.closed_at is not None:
        raise AlreadyDone(N_("Item %(position)s has already ended: look at its result."), position=item.position)


def end_item(item: AgendaItem, end: ItemEnd, *, actor: Actor, reason: str | None = None) -> None:
    """Close an item for good; the database seals it from here on, and a secret vote keeps no trace of its order."""
    if item.is_secret:
        shuffle(actor.session, item)
    item.ended, item.end_reason, item.closed_at = end, reason, actor.at
    actor.session.flush()


def told(item: AgendaItem, quorum: Quorum, chair: Chair) -> dict[str, object]:
    """Return what the journal keeps of an item: where it stood, the figures of its quorum, who presided and why."""
    figures = {"base": quorum.base, "required": quorum.required, "present": quorum.present, "recused": quorum.recused}
    return {"meeting": item.meeting.number, "position": item.position, "quorum": figures, "presided": chair.told}


def left_open(item: AgendaItem, *, actor: Actor) -> dict[str, object]:
    """Return what the journal keeps when an item opens: conflicts that nobody ruled on, who agreed to hear it late."""
    waiting = list_suggestions(actor.session, item)
    answers = [{"seat": each.seat_id, "person": each.user_id} for each in list_answers(actor.session, item)]
    late = {"late": item.late_reason, "agreed": answers} if item.late_reason else {}
    suggested = [{"member": each.user.id, "grounds": [str(ground) for ground in each.grounds]} for each in waiting]
    return late | ({"suggested": suggested} if suggested else {})


@contextmanager
def explaining(quorum: Quorum) -> Iterator[None]:
    """Say a refusal for want of quorum with its figures; other refusals pass."""
    try:
        yield
    except Refused as refusal:
        if refusal.message in QUORUM_SENTENCES:
            raise QuorumMissing(quorum.message, **quorum.facts) from refusal
        raise


def _release(
    item: AgendaItem,
    *,
    reason: str | None,
    end: ItemEnd,
    actor: Actor,
    roles: frozenset[Role],
    version: int | None = None,
) -> None:
    hold_item(item, actor=actor, version=version)
    where = {"meeting": item.meeting.number, "position": item.position}
    facts = Facts(has_reason=bool(reason))
    move_dossier(
        item.dossier, Action.TAKE_OFF_AGENDA, actor=actor, facts=facts, reason=reason, particulars=where, roles=roles
    )
    end_item(item, end, reason=reason, actor=actor)
