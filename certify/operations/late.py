"""Late items: added to a closed agenda, agreed to by each voting member present before they open."""

from __future__ import annotations

from certify.models import AgendaItem, Dossier, LateAnswer, Meeting
from certify.operations.acting import Actor
from certify.operations.agenda import append, hold_item
from certify.operations.ballots import allow
from certify.operations.outbox import about, write
from certify.queries.committee import find_declaration, find_place
from certify.queries.late import list_answers, list_concerned
from certify.queries.meetings import agenda_closes_on, agenda_is_open
from certify.workflows.errors import AlreadyDone, Malformed, NotAllowed, Refused, WrongState
from certify.workflows.meeting import State
from certify.workflows.permissions import Right
from certify.workflows.words import N_


def add_late_item(meeting: Meeting, dossier: Dossier, *, reason: str | None, actor: Actor) -> AgendaItem:
    """Put a ready dossier on an agenda that is closed, for a written reason; the members present then agree or not.

    Who was convened is told, and the rapporteur; nobody to whom the dossier is closed.

    Raises Refused while the agenda is open, before the members are convened and once the meeting opened; Malformed
    without a reason, WrongState when the dossier is not ready.
    """
    actor.hold(meeting)
    actor.hold(dossier)
    if agenda_is_open(meeting, actor.today):
        day = agenda_closes_on(meeting)
        raise Refused(N_("The agenda is still open until %(day)s: put the dossier on it as usual."), day=day)
    if meeting.state is not State.CONVENED:
        raise Refused(N_("A late item is added once the members are convened and before the meeting opens."))
    if not reason:
        raise Malformed(N_("Write why this item cannot wait for the next meeting."))
    item = append(meeting, dossier, late_reason=reason, actor=actor)
    _tell(item, actor=actor)
    return item


def answer_late(item: AgendaItem, *, agrees: bool, actor: Actor, version: int | None = None) -> LateAnswer:
    """Say, from one's seat and for good, whether a late item may be heard. `version`: the dossier's.

    Raises Conflicted for who is recused, NotAllowed for who is absent or has no vote, WrongState before the meeting
    opens and once the item did, Refused before the declaration of interest, AlreadyDone the second time.
    """
    hold_item(item, actor=actor, version=version)
    allow(item, Right.VOTE, actor=actor)
    if item.late_reason is None:
        raise WrongState(N_("This item was not added late: it needs no agreement."))
    if item.meeting.state is not State.OPEN or item.opened_at is not None:
        raise WrongState(N_("Late items are agreed to once the meeting is open, and before the item is."))
    place = find_place(actor.session, item.meeting, actor.user, item)
    if place is None or place.sitting is not actor.user or not place.seat.is_voting or place.is_recused:
        raise NotAllowed(N_("Only a member present, with a vote on this item, agrees to it or not."))
    if find_declaration(actor.session, item, actor.user) is None:
        raise Refused(N_("Say first whether you have an interest in this dossier."))
    if any(each.seat_id == place.seat.id for each in list_answers(actor.session, item)):
        raise AlreadyDone(N_("Your seat has answered already, and an answer is given once."))
    answer = LateAnswer(item_id=item.id, seat_id=place.seat.id, user_id=actor.id, agrees=agrees, said_at=actor.at)
    actor.session.add(answer)
    actor.session.flush()
    return answer


def _tell(item: AgendaItem, *, actor: Actor) -> None:
    """Write to who is concerned; a message names its dossier, so that none leaves to who is recused meanwhile."""
    meeting, kind = item.meeting, "late_item_added"
    facts = about(item.dossier, actor) | {"number": meeting.number, "place": meeting.place, "reason": item.late_reason}
    facts |= {"held_on": meeting.held_on, "starts_at": meeting.starts_at}
    place = {"reader": "member", "path": f"/committee/items/{item.id}"}
    for user in list_concerned(actor.session, item):
        more = {} if user.id == item.dossier.rapporteur_id else place
        key = f"{kind}:{item.id}:{user.id}"
        write(user, kind, key=key, facts=facts | more, dossier=item.dossier, actor=actor)
