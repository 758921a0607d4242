"""Who presides over a meeting, or over one of its items: the roll is read here, the rule is `workflows.presidency`.

While a meeting runs whoever sits on a seat is on the roll as present; once it is over, whoever sat at it. The minutes
are a matter of the whole meeting: whoever may not read them does not preside over them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import AgendaItem, Attendance, Meeting, Seat, User
from certify.models.committee import Holding
from certify.queries.committee import Place, list_places, set_aside
from certify.queries.meetings import RUNNING, may_read_minutes
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.workflows.errors import Conflicted, NotAllowed
from certify.workflows.permissions import COMMITTEE, Role, in_the_chair
from certify.workflows.presidency import Basis, Holder, presiding
from certify.workflows.words import N_

NOBODY = N_("Nobody who may preside is present: have an arrival recorded first.")


@dataclass(frozen=True)
class Chair:
    """Who presides, on which seat, why, and whether they are there."""

    user: User
    seat: Seat
    basis: Basis
    is_present: bool

    @property
    def told(self) -> dict[str, object]:
        """What the journal and a sealed result keep of it."""
        return {"person": self.user.id, "seat": self.seat.id, "basis": str(self.basis)}


def find_chair(
    session: Session, meeting: Meeting, item: AgendaItem | None = None, *, but: User | None = None
) -> Chair | None:
    """Return who presides now, over an item when one is named; `but` is somebody who may not rule on themselves."""
    places = list_places(session, meeting, item)
    people = {held.user_id: held.user for place in places for held in place.mandates}
    aside = _aside(session, meeting, item, people.values()) | ({but.id} if but else frozenset())
    roll = tuple(_roll(session, meeting, places, aside))
    found = presiding(roll, get_regulation(meeting.regulation).committee.acting_president)
    if found is None:
        return None
    seat = next(place.seat for place in places if place.seat.id == found.seat_id)
    return Chair(people[found.user_id], seat, found.basis, found.present)


def _roll(session: Session, meeting: Meeting, places: list[Place], aside: frozenset[int]) -> Iterator[Holder]:
    sat = set()
    if meeting.state not in RUNNING:
        stays = select(Attendance.seat_id, Attendance.user_id).where(Attendance.meeting_id == meeting.id)
        sat = {tuple(row) for row in session.execute(stays)}
    for place in places:
        for held in place.mandates if place.seat.is_voting else ():
            if held.user.is_active and held.user.roles & COMMITTEE:
                yield Holder(
                    held.user_id,
                    place.seat.id,
                    place.seat.is_president,
                    held.holding is Holding.ALTERNATE,
                    held.starts_on,
                    present=place.sitting is held.user or (place.seat.id, held.user_id) in sat,
                    recused=held.user_id in aside,
                )


def _aside(session: Session, meeting: Meeting, item: AgendaItem | None, people) -> frozenset[int]:
    """Return who does not preside over an item, or over the minutes of a meeting that is over."""
    if item is not None:
        blind = (user for user in people if Role.LABORATORY in user.roles)
        blind = {user.id for user in blind if not roles_on(session, user, item.dossier) & COMMITTEE}
        return set_aside(session, item.dossier) | blind
    if meeting.state in RUNNING:
        return frozenset()
    return frozenset(user.id for user in people if not may_read_minutes(session, meeting, reader=user))


def is_presiding(session: Session, meeting: Meeting, user: User, item: AgendaItem | None = None) -> bool:
    """Tell whether `user` presides now."""
    chair = find_chair(session, meeting, item)
    return chair is not None and chair.user is user


def list_presiding(session: Session, meeting: Meeting) -> list[User]:
    """List who presides now: nobody, or one."""
    chair = find_chair(session, meeting)
    return [chair.user] if chair else []


def roles_at(session: Session, meeting: Meeting, user: User) -> frozenset[Role]:
    """Return the roles that count for `user` at a meeting: president, whoever presides and nobody else."""
    return in_the_chair(user.roles, presides=is_presiding(session, meeting, user))


def roles_over(session: Session, item: AgendaItem, user: User) -> frozenset[Role]:
    """Return the roles that count for `user` on the dossier of an item; none when recused."""
    held = roles_on(session, user, item.dossier)
    return in_the_chair(held, presides=bool(held) and is_presiding(session, item.meeting, user, item))


def get_presiding(
    session: Session,
    meeting: Meeting,
    user: User,
    item: AgendaItem | None = None,
    *,
    present: bool = False,
    but: User | None = None,
) -> Chair:
    """Return the chair when `user` presides (and, when asked, is there).

    Raises Conflicted for who is recused from the item, NotAllowed for anybody else; the sentence names who presides.
    """
    if item is not None and user.roles & COMMITTEE and user.id in set_aside(session, item.dossier):
        raise Conflicted(N_("A conflict of interest ties you to this dossier: it is closed to you."))
    chair = find_chair(session, meeting, item, but=but)
    if chair is None:
        raise NotAllowed(NOBODY)
    if chair.user is not user:
        raise NotAllowed(N_("Only whoever presides may do this: now %(name)s."), name=chair.user.name)
    if present and not chair.is_present:
        raise NotAllowed(N_("You are not recorded as present: have your arrival recorded first."))
    return chair
