"""The committee as it sits: its seats at a meeting, who is there, who is set aside, the quorum, the ballots.

A seat stands at a meeting when somebody holds a mandate on it that day. It is set aside from an item when the person
who sits there, or nobody sitting there its titular, declared a conflict on the dossier, evaluates it, or belongs to
the organisation that asks (`domain.md` §3.5; ISO/IEC 17065, 7.5 and 7.6).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from sqlalchemy import CompoundSelect, Date, Integer, Select, bindparam, func, or_, select, union_all
from sqlalchemy.orm import Session, contains_eager, joinedload

from certify.models import (
    AdvisoryOpinion,
    AgendaItem,
    Attendance,
    Ballot,
    Declaration,
    Dossier,
    Mandate,
    Meeting,
    RollEntry,
    Seat,
    SecretBallot,
    SecretStatement,
    User,
)
from certify.models.committee import Holding
from certify.models.meeting import ItemEnd
from certify.queries.evaluation import Judged, Sentence, judged_grid, sanitary_faults
from certify.queries.regulations import get_regulation
from certify.queries.relations import conflicts, inspectors_of
from certify.workflows import voting
from certify.workflows.errors import NotFound
from certify.workflows.voting import Choice, Quorum, SeatAt, VotingRule, same_words
from certify.workflows.words import N_

OVER_LIMIT = N_("Legal limit not respected: %(criterion)s, found %(found)s (limit %(limit)s).")
NOT_RESPECTED = N_("Legal requirement not respected: %(criterion)s.")


@dataclass(frozen=True)
class Place:
    """A seat at a meeting: its mandates of that day, the titular first, who sits there now, and whether set aside."""

    seat: Seat
    mandates: tuple[Mandate, ...]
    attendance: Attendance | None
    is_recused: bool

    @property
    def sitting(self) -> User | None:
        """Who sits there now."""
        return self.attendance.user if self.attendance else None

    @property
    def titular(self) -> User | None:
        """The titular of that day."""
        return next((held.user for held in self.mandates if held.holding is Holding.TITULAR), None)

    @property
    def is_by_alternate(self) -> bool:
        """An alternate sits there now."""
        return self.attendance is not None and self.holding(self.attendance.user_id) is Holding.ALTERNATE

    @property
    def at(self) -> SeatAt:
        """The seat as the rules of the vote see it."""
        return SeatAt(
            seat_id=self.seat.id,
            is_voting=self.seat.is_voting,
            is_president=self.seat.is_president,
            present=self.attendance is not None,
            recused=self.is_recused,
        )

    def holding(self, user_id: int) -> Holding | None:
        """How a person holds this seat that day; None for somebody who does not."""
        return next((held.holding for held in self.mandates if held.user_id == user_id), None)


@dataclass(frozen=True)
class Turnout:
    """How many ballots are in, and how many are awaited of the members present; never whose."""

    cast: int
    missing: int

    @property
    def expected(self) -> int:
        """All that will be in the urn."""
        return self.cast + self.missing


def list_places(
    session: Session, meeting: Meeting, item: AgendaItem | None = None, *, held_by: User | None = None
) -> list[Place]:
    """List the seats of a meeting as they stand now, the president's first; recusals are those of `item`.

    With `held_by`, those alone on which that person holds a mandate: a ballot asks for its own seat, not for thirty.
    """
    known, there = _seats_asked(held_by is not None)
    asked = {"meeting_id": meeting.id, "day": meeting.held_on, "user_id": held_by.id if held_by else None}
    mandates = session.scalars(known, asked).all()
    stays = session.scalars(there, asked)
    present = {stay.seat_id: stay for stay in stays}
    aside = set_aside(session, item.dossier) if item else frozenset()
    held: dict[Seat, list[Mandate]] = {}
    for mandate in mandates:
        held.setdefault(mandate.seat, []).append(mandate)
    return [_place(seat, tuple(those), present.get(seat.id), aside) for seat, those in held.items()]


@cache
def _seats_asked(is_of_one: bool) -> tuple[Select[tuple[Mandate]], Select[tuple[Attendance]]]:
    """Select the mandates of a day and who is at a meeting, on all seats or on those of one person: put together once.

    Every act and every page of a meeting asks for them, and putting them together takes longer than the answer.
    """
    day, user_id = bindparam("day", type_=Date), bindparam("user_id", type_=Integer)
    known = select(Mandate).join(Seat).where(in_force(day))
    there = select(Attendance).where(
        Attendance.meeting_id == bindparam("meeting_id", type_=Integer), Attendance.left_at.is_(None)
    )
    if is_of_one:
        own = select(Mandate.seat_id).where(Mandate.user_id == user_id, in_force(day))
        known, there = known.where(Mandate.seat_id.in_(own)), there.where(Attendance.seat_id.in_(own))
    known = known.options(joinedload(Mandate.user).lazyload(User.held_roles), contains_eager(Mandate.seat))
    known = known.order_by(Seat.is_president.desc(), Seat.id, Mandate.holding.desc(), Mandate.id)
    return known, there.options(joinedload(Attendance.user).lazyload(User.held_roles))


def _place(seat: Seat, mandates: tuple[Mandate, ...], stay: Attendance | None, aside: frozenset[int]) -> Place:
    titulars = {held.user_id for held in mandates if held.holding is Holding.TITULAR}
    concerned = {stay.user_id} if stay else titulars
    return Place(seat, mandates, stay, is_recused=not concerned.isdisjoint(aside))


def in_force(day: date) -> object:
    """Return the condition that a mandate is in force on `day`."""
    return (Mandate.starts_on <= day) & or_(Mandate.ends_on.is_(None), Mandate.ends_on >= day)


def set_aside(session: Session, dossier: Dossier) -> frozenset[int]:
    """Return the numbers of the people who neither deliberate nor vote on a dossier, by declaration or by their tie."""
    who = {"dossier_id": dossier.id, "organisation_id": dossier.organisation_id}
    return frozenset({*session.scalars(_tied(), who), dossier.rapporteur_id} - {None})


@cache
def _tied() -> CompoundSelect[tuple[int]]:
    """Select who is of the applicant, visits for the dossier, or declared a conflict: put together once."""
    dossier_id = bindparam("dossier_id", type_=Integer)
    own = select(User.id).where(User.organisation_id == bindparam("organisation_id", type_=Integer))
    return union_all(own, inspectors_of(dossier_id), conflicts(dossier_id))


def rule_of(meeting: Meeting, dossier: Dossier | None = None) -> VotingRule:
    """Return the rule of the vote: that of the meeting; how often a dossier is adjourned is its own regulation's."""
    committee = get_regulation(meeting.regulation).committee
    own = get_regulation(dossier.regulation).committee if dossier else committee
    return VotingRule(
        minimum_voters=committee.minimum_voters,
        second_convocation_minimum=committee.second_convocation_minimum,
        casting_vote=committee.casting_vote,
        max_adjournments=own.max_adjournments,
        quorum_share=committee.quorum_share,
        majority_share=committee.majority_share,
    )


def get_quorum(session: Session, meeting: Meeting, item: AgendaItem | None = None) -> Quorum:
    """Count the quorum of an item, or of the meeting as a whole, from the seats as they are now."""
    seats = [place.at for place in list_places(session, meeting, item)]
    rule = rule_of(meeting, item.dossier if item else None)
    return voting.quorum(seats, rule, second_convocation=meeting.second_of_id is not None)


def list_undeclared(session: Session, item: AgendaItem) -> list[User]:
    """List who is present, is not set aside, and has not said yet whether they have an interest in the item."""
    declared = set(session.scalars(select(Declaration.user_id).where(Declaration.item_id == item.id)))
    places = list_places(session, item.meeting, item)
    return [
        place.sitting for place in places if place.sitting and not place.is_recused and place.sitting.id not in declared
    ]


def get_turnout(session: Session, item: AgendaItem) -> Turnout:
    """Count the ballots that are in, and the seats present and entitled whose ballot is awaited."""
    voted = {entry.seat_id for entry in list_roll(session, item)}
    seats = [place.at for place in list_places(session, item.meeting, item)]
    awaited = [seat for seat in seats if seat.is_voting and seat.present and not seat.recused]
    return Turnout(cast=len(voted), missing=sum(seat.seat_id not in voted for seat in awaited))


def find_place(session: Session, meeting: Meeting, user: User, item: AgendaItem | None = None) -> Place | None:
    """Return the seat that `user` sits on, or else may sit on; None when they hold no mandate that day."""
    theirs = list_places(session, meeting, item, held_by=user)
    return next((place for place in theirs if place.sitting is user), theirs[0] if theirs else None)


def keep_stay(session: Session, meeting_id: int, user: User) -> None:
    """Lock the stay of `user` at a meeting, if they are there, until the end of the transaction."""
    stay = select(Attendance.id).where(Attendance.meeting_id == meeting_id, Attendance.user_id == user.id)
    session.execute(stay.where(Attendance.left_at.is_(None)).with_for_update())


def find_declaration(session: Session, item: AgendaItem, user: User) -> Declaration | None:
    """Return what `user` declared on `item`; None when they have not answered yet."""
    return session.scalars(select(Declaration).filter_by(item_id=item.id, user_id=user.id)).one_or_none()


def list_roll(session: Session, item: AgendaItem) -> Sequence[Ballot | RollEntry]:
    """List the seats that voted on an item, with who sat there: the ballots, or in a secret vote the roll alone."""
    kind = RollEntry if item.is_secret else Ballot
    return session.scalars(select(kind).where(kind.item_id == item.id).order_by(kind.seat_id)).all()


def has_voted(session: Session, item: AgendaItem, user: User, seat: Seat | None = None) -> bool:
    """Tell whether `user`, or somebody else on the same `seat`, voted on `item`; never what."""
    kind = RollEntry if item.is_secret else Ballot
    own = kind.user_id == user.id if seat is None else or_(kind.user_id == user.id, kind.seat_id == seat.id)
    return session.scalars(select(kind.seat_id).where(kind.item_id == item.id, own).limit(1)).first() is not None


def list_papers(session: Session, item: AgendaItem) -> Sequence[SecretBallot]:
    """List the ballots of a secret vote by receipt, which is no order of time."""
    return session.scalars(
        select(SecretBallot).where(SecretBallot.item_id == item.id).order_by(SecretBallot.receipt)
    ).all()


def list_statements(session: Session, item: AgendaItem, choice: Choice) -> list[str]:
    """List what the ballots of a closed vote say beside one choice, each text once and without its author.

    Two that differ only by their spaces, their capitals or the stop at their end say the same.
    """
    kind = SecretStatement if item.is_secret else Ballot
    said = select(kind.statement).join(AgendaItem, AgendaItem.id == kind.item_id)
    said = said.where(kind.item_id == item.id, kind.choice == choice, AgendaItem.closed_at.is_not(None))
    merged: dict[str, str] = {}
    for text in session.scalars(said.where(kind.statement.is_not(None)).order_by(kind.statement)):
        merged.setdefault(same_words(text), text)
    return list(merged.values())


def list_opinions(session: Session, item: AgendaItem) -> Sequence[AdvisoryOpinion]:
    """List what the consultative seats think of an item, seat by seat."""
    asked = select(AdvisoryOpinion).where(AdvisoryOpinion.item_id == item.id)
    asked = asked.options(joinedload(AdvisoryOpinion.user), joinedload(AdvisoryOpinion.seat))
    return session.scalars(asked.order_by(AdvisoryOpinion.seat_id)).all()


def get_seat(session: Session, seat_id: int) -> Seat:
    """Return a seat of the committee, or raise NotFound."""
    seat = session.get(Seat, seat_id)
    if seat is None:
        raise NotFound(N_("There is no such seat."))
    return seat


def count_adjournments(session: Session, dossier: Dossier) -> int:
    """Count how often the committee adjourned a dossier."""
    ended = select(func.count()).where(AgendaItem.dossier_id == dossier.id, AgendaItem.ended == ItemEnd.ADJOURNED)
    return session.scalars(ended).one()


def blocking_facts(session: Session, dossier: Dossier, today: date) -> tuple[Sentence, ...]:
    """List what makes an approval impossible whatever the vote: sanitary standing, measured values over a legal limit.

    The facts of a limit bear the `criterion` itself, whose label is in three languages.
    """
    over = (_over(row) for row in judged_grid(session, dossier) if row.is_blocking)
    return (*sanitary_faults(dossier, today), *over)


def _over(row: Judged) -> Sentence:
    criterion = row.criterion
    if not criterion.limit_shown:
        return NOT_RESPECTED, {"criterion": criterion}
    found = f"{row.measurement.value} {criterion.unit_shown}".strip()
    return OVER_LIMIT, {"criterion": criterion, "found": found, "limit": criterion.limit_shown}
