"""The advisory opinions of the consultative members: heard in the debate, written in the minutes, never counted."""

from __future__ import annotations

from sqlalchemy import select

from certify.models import AdvisoryOpinion, AgendaItem
from certify.operations.acting import Actor
from certify.operations.ballots import allow
from certify.queries.committee import find_declaration, find_place
from certify.queries.declared import check_has_declared
from certify.workflows.errors import Malformed, NotAllowed, Refused
from certify.workflows.permissions import Right
from certify.workflows.voting import Stance, may_advise
from certify.workflows.words import N_


def give_opinion(item: AgendaItem, *, stance: Stance, statement: str | None, actor: Actor) -> AdvisoryOpinion:
    """Give the opinion of the actor's consultative seat on an item, or put it anew, until the item ends.

    Raises Conflicted, NotAllowed (a seat with a vote, or none), WrongState once the item ended, Refused before the
    declarations of interest, of the year and on the item, Malformed without words.
    """
    actor.hold(item)
    allow(item, Right.GIVE_OPINION, actor=actor)
    place = find_place(actor.session, item.meeting, actor.user, item)
    if place is None:
        raise NotAllowed(N_("You hold no seat at this meeting."))
    may_advise(place.at, is_over=item.closed_at is not None)
    check_has_declared(actor.session, actor.user, actor.today)
    if find_declaration(actor.session, item, actor.user) is None:
        raise Refused(N_("Say first whether you have an interest in this dossier."))
    if not statement:
        raise Malformed(N_("Write your opinion in a few sentences: the minutes carry it."))
    asked = select(AdvisoryOpinion).where(AdvisoryOpinion.item_id == item.id, AdvisoryOpinion.seat_id == place.seat.id)
    opinion = actor.session.scalars(asked).one_or_none()
    if opinion is None:
        opinion = AdvisoryOpinion(item_id=item.id, seat_id=place.seat.id)
        actor.session.add(opinion)
    opinion.user_id, opinion.stance, opinion.statement, opinion.given_at = actor.id, stance, statement, actor.at
    actor.session.flush()
    return opinion
