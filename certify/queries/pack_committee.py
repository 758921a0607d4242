"""What the evidence pack tells of the committee: the roll call of each item, who stood aside, the vote and its count.

An open vote is told seat by seat; of a secret one there would be the totals alone. Ballots that were never counted, or
that are still being cast, are not told.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from certify.models import (
    AdvisoryOpinion,
    AgendaItem,
    Attendance,
    Ballot,
    Declaration,
    Dossier,
    Mandate,
    Meeting,
    MinutesProposal,
    MinutesRemark,
    Seat,
    User,
    YearlyDeclaration,
)
from certify.queries.committee import in_force, list_opinions, set_aside
from certify.queries.declared import find_in_force, ties_to
from certify.queries.meetings import list_stays
from certify.queries.pack_words import plain, sentence, word
from certify.queries.tallies import Tally, read_tally
from certify.workflows.machine import Term
from certify.workflows.words import N_


class Manner(Term):
    """How an item was voted on."""

    OPEN = "open", N_("Open vote")
    SECRET = "secret", N_("Secret vote")


def list_meetings_of(session: Session, dossier: Dossier) -> Sequence[Meeting]:
    """List the meetings on whose agenda the dossier stood, in their order."""
    asked = select(Meeting).join(AgendaItem).where(AgendaItem.dossier_id == dossier.id)
    return session.scalars(asked.distinct().order_by(Meeting.id)).all()


def tell_meetings(session: Session, dossier: Dossier) -> list[dict[str, object]]:
    """Tell each time that the dossier stood on an agenda."""
    asked = select(AgendaItem).where(AgendaItem.dossier_id == dossier.id).options(joinedload(AgendaItem.meeting))
    return [_item(session, item) for item in session.scalars(asked.order_by(AgendaItem.id))]


def _item(session: Session, item: AgendaItem) -> dict[str, object]:
    meeting, tally = item.meeting, read_tally(item)
    return {
        "meeting": meeting.number,
        "held_on": plain(meeting.held_on),
        "place": meeting.place,
        "regulation": meeting.regulation,
        "is_urgent": meeting.is_urgent,
        "urgency": meeting.urgency,
        "second_of": meeting.second_of.number if meeting.second_of else None,
        "convened_at": plain(meeting.convened_at),
        "meeting_opened_at": plain(meeting.opened_at),
        "meeting_closed_at": plain(meeting.closed_at),
        "position": item.position,
        "opened_at": plain(item.opened_at),
        "closed_at": plain(item.closed_at),
        "seats": _seats(session, meeting),
        "attendance": [_stay(stay, item) for stay in list_stays(session, meeting)],
        "yearly_declarations": _yearly(session, item),
        "declarations": [_declaration(one) for one in item.declarations],
        "opinions": [_opinion(one) for one in list_opinions(session, item)] if item.opened_at else [],
        "set_aside": _set_aside(session, item),
        "quorum": _quorum(tally) if tally else None,
        "blocking_facts": [sentence(fact) for fact in tally.blocking_facts] if tally else [],
        "vote": _vote(session, item, tally) if tally and tally.totals else None,
        "ended": word(item.ended),
        "end_reason": item.end_reason,
        "debate": item.debate,
        "reasons": [{"criterion": one.criterion, "fact": one.fact, "evidence": one.evidence} for one in item.reasons],
        "reservations": [_reservation(one) for one in item.reservations],
        "awaited": item.awaited,
        "awaited_from": word(item.awaited_from),
        "awaited_by": plain(item.awaited_by),
    }


def tell_minutes(
    session: Session, sat: Iterable[Meeting]
) -> tuple[list[dict[str, object]], dict[str, str]]:
    """Tell each version of the minutes, who approved, remarked, answered and signed; and their texts, by path."""
    asked = select(MinutesProposal).where(MinutesProposal.meeting_id.in_([meeting.id for meeting in sat]))
    versions = session.scalars(asked.order_by(MinutesProposal.id)).all()
    paths = {one.id: f"minutes/{one.meeting.number.replace('/', '-')}-{one.version}.json" for one in versions}
    told = [_version(one) | {"path": paths[one.id]} for one in versions]
    return told, {paths[one.id]: one.facts for one in versions}


def _version(proposal: MinutesProposal) -> dict[str, object]:
    return {
        "meeting": proposal.meeting.number,
        "version": proposal.version,
        "sha256": proposal.sha256,
        "changes": proposal.changes,
        "changed": proposal.changed,
        "drawn_up_at": plain(proposal.drawn_up_at),
        "drawn_up_by": proposal.drawn_up_by_id,
        "approvals": [{"person": one.user_id, "agreed_at": plain(one.agreed_at)} for one in proposal.agreements],
        "remarks": [_remark(one) for one in proposal.remarks],
        "signatures": [
            {"capacity": word(one.capacity), "person": one.user_id, "sha256": one.sha256, "at": plain(one.signed_at)}
            for one in proposal.signatures
        ],
    }


def _remark(remark: MinutesRemark) -> dict[str, object]:
    return {
        "position": remark.item.position if remark.item else None,
        "person": remark.user_id,
        "text": remark.text,
        "made_at": plain(remark.made_at),
        "answer": remark.answer,
        "answered_by": remark.answered_by_id,
        "answered_at": plain(remark.answered_at),
    }


def _seats(session: Session, meeting: Meeting) -> list[dict[str, object]]:
    """Tell the seats of the day of a meeting, the president's first, with who held each."""
    asked = select(Mandate).join(Seat).where(in_force(meeting.held_on)).options(joinedload(Mandate.seat))
    seats: dict[Seat, list[dict[str, object]]] = {}
    for held in session.scalars(asked.order_by(Seat.is_president.desc(), Seat.id, Mandate.id)):
        seats.setdefault(held.seat, []).append({"person": held.user_id, "holding": word(held.holding)})
    return [
        {
            "code": seat.code,
            "body": {"fr": seat.body_fr, "ar": seat.body_ar},
            "is_voting": seat.is_voting,
            "is_president": seat.is_president,
            "holders": holders,
        }
        for seat, holders in seats.items()
    ]


def _stay(stay: Attendance, item: AgendaItem) -> dict[str, object]:
    return {
        "seat": stay.seat.code,
        "person": stay.user_id,
        "is_remote": stay.is_remote,
        "arrived_at": plain(stay.arrived_at),
        "left_at": plain(stay.left_at),
        "at_item": _overlaps(stay, item.opened_at, item.closed_at),
    }


def _overlaps(stay: Attendance, opened_at: datetime | None, closed_at: datetime | None) -> bool:
    """Tell whether a stay touches the time of an item; one that was never opened had nobody."""
    if opened_at is None:
        return False
    return (closed_at is None or stay.arrived_at <= closed_at) and (stay.left_at is None or stay.left_at >= opened_at)


def _declaration(declared: Declaration) -> dict[str, object]:
    return {
        "person": declared.user_id,
        "interest": word(declared.interest),
        "statement": declared.statement,
        "declared_at": plain(declared.declared_at),
    }


def _yearly(session: Session, item: AgendaItem) -> list[dict[str, object]]:
    """Tell the yearly declaration in force of each member at the item, and of its ties those to whoever asks alone."""
    if item.opened_at is None:
        return []
    held = select(Mandate.user_id).where(in_force(item.meeting.held_on))
    users = session.scalars(select(User).where(User.id.in_(held)).order_by(User.id)).all()
    found = (find_in_force(session, user, at=item.opened_at) for user in users)
    return [_declared(made, item.dossier) for made in found if made]


def _declared(made: YearlyDeclaration, dossier: Dossier) -> dict[str, object]:
    ties = ties_to(made, dossier.organisation)
    return {
        "person": made.user_id,
        "year": made.year,
        "declared_at": plain(made.declared_at),
        "ties": [
            {
                "nature": word(tie.nature),
                "since": plain(tie.since),
                "until": plain(tie.until),
                "statement": tie.statement,
            }
            for tie in ties
        ],
    }


def _set_aside(session: Session, item: AgendaItem) -> list[int]:
    """List the holders of a seat that day who neither deliberated nor voted on the dossier."""
    holders = session.scalars(select(Mandate.user_id).where(in_force(item.meeting.held_on)))
    return sorted(set_aside(session, item.dossier).intersection(holders))


def _opinion(given: AdvisoryOpinion) -> dict[str, object]:
    return {
        "seat": given.seat.code,
        "person": given.user_id,
        "stance": word(given.stance),
        "statement": given.statement,
        "given_at": plain(given.given_at),
    }


def _quorum(tally: Tally) -> dict[str, object]:
    counted = tally.quorum
    figures = {name: getattr(counted, name) for name in ("base", "required", "present", "recused", "is_reached")}
    return figures | {"said": sentence((counted.message, counted.facts))}


def _vote(session: Session, item: AgendaItem, tally: Tally) -> dict[str, object]:
    """Tell a counted vote; `ballots` is None where the vote was secret."""
    return {
        "manner": word(Manner.SECRET if item.is_secret else Manner.OPEN),
        "totals": {str(choice): count for choice, count in tally.totals.items()},
        "cast": tally.cast,
        "casting_vote": tally.casting_vote,
        "outcome": word(tally.outcome),
        "steps": [sentence(step) for step in tally.steps],
        "ballots": None if item.is_secret else [_ballot(ballot) for ballot in _list_ballots(session, item)],
    }


def _list_ballots(session: Session, item: AgendaItem) -> Sequence[Ballot]:
    asked = select(Ballot).where(Ballot.item_id == item.id).options(joinedload(Ballot.seat))
    return session.scalars(asked.order_by(Ballot.seat_id)).all()


def _ballot(ballot: Ballot) -> dict[str, object]:
    return {"seat": ballot.seat.code, "choice": word(ballot.choice), "statement": ballot.statement}


def _reservation(one: object) -> dict[str, object]:
    return {
        "statement": one.statement,
        "due_on": plain(one.due_on),
        "proof": one.proof,
        "lifted_at": plain(one.lifted_at),
    }
