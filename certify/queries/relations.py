"""What ties a person to a dossier, and which roles they really have on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import BindParameter, ColumnElement, Integer, Select, and_, bindparam, exists, false, or_, select, true
from sqlalchemy.orm import Session

from certify.models import (
    AgendaItem,
    Declaration,
    Dossier,
    Mandate,
    Meeting,
    Portion,
    Sample,
    User,
    Visit,
    VisitInspector,
)
from certify.models.meeting import Interest, ItemEnd
from certify.workflows import meeting as meetings
from certify.workflows import visit as visits
from certify.workflows.permissions import MAY, Relation, Right, Role, capacities

PAPERS_ARE_OUT = tuple(state for state in meetings.State if state is not meetings.State.DRAFT)
"""Members see a dossier once the meeting that takes it is convened."""


def relations_of(session: Session, user: User, dossier: Dossier) -> frozenset[Relation]:
    """Return the ties of `user` to `dossier`."""
    tests = _tests_of(user.organisation_id is not None, user.roles)
    who = {"user_id": user.id, "organisation_id": user.organisation_id, "dossier_id": dossier.id}
    row = session.execute(tests, who).one()
    return frozenset(relation for relation, holds in zip(TIES, row, strict=True) if holds)


def roles_on(session: Session, user: User, dossier: Dossier) -> frozenset[Role]:
    """Return the roles that count for `user` on `dossier`; none when recused."""
    return capacities(user.roles, relations_of(session, user, dossier))


@dataclass(frozen=True)
class Anybody:
    """Whoever the statement is executed for: a user of whom all but the numbers is known."""

    organisation_id: BindParameter[int] | None
    roles: frozenset[Role]
    id: BindParameter[int] = field(default_factory=lambda: bindparam("user_id", type_=Integer))


def anybody(is_of_an_organisation: bool, roles: frozenset[Role]) -> Anybody:
    """Return whoever holds these roles: the statement is then told `user_id`, and `organisation_id` if any."""
    return Anybody(bindparam("organisation_id", type_=Integer) if is_of_an_organisation else None, roles)


@cache
def _tests_of(is_of_an_organisation: bool, roles: frozenset[Role]) -> Select:
    """Return the tests of TIES in one statement, put together once for all people with the same roles.

    Every act and every page of a dossier asks it, and putting it together takes longer than the answer.
    """
    tests = (test(anybody(is_of_an_organisation, roles)) for test in TIES.values())
    return select(*tests).where(Dossier.id == bindparam("dossier_id", type_=Integer))


def is_owner(user: User | Anybody) -> ColumnElement[bool]:
    """The dossier is the user's organisation's."""
    return Dossier.organisation_id == user.organisation_id if user.organisation_id is not None else false()


def is_seated(user: User | Anybody) -> ColumnElement[bool]:
    """The dossier is on the agenda of a convened meeting at whose date the user holds a mandate."""
    return exists(
        select(AgendaItem.id)
        .join(Meeting, Meeting.id == AgendaItem.meeting_id)
        .join(
            Mandate,
            and_(
                Mandate.user_id == user.id,
                Mandate.starts_on <= Meeting.held_on,
                or_(Mandate.ends_on.is_(None), Mandate.ends_on >= Meeting.held_on),
            ),
        )
        .where(
            AgendaItem.dossier_id == Dossier.id,
            Meeting.state.in_(PAPERS_ARE_OUT),
            or_(AgendaItem.ended.is_(None), AgendaItem.ended != ItemEnd.TAKEN_OFF),
        )
        .correlate(Dossier)
    )


def is_inspecting(user: User | Anybody) -> ColumnElement[bool]:
    """The user is named on a visit of the dossier that was not cancelled."""
    return exists(inspectors_of(Dossier.id).where(VisitInspector.user_id == user.id).correlate(Dossier))


def inspectors_of(dossier_id: ColumnElement[int] | int) -> Select[tuple[int]]:
    """Select the people who are named on a visit of a dossier that was not cancelled."""
    named = select(VisitInspector.user_id).join(Visit, Visit.id == VisitInspector.visit_id)
    return named.where(Visit.dossier_id == dossier_id, Visit.state != visits.State.CANCELLED)


def is_recused(user: User | Anybody) -> ColumnElement[bool]:
    """The user declared a conflict on this dossier, at whichever meeting."""
    return exists(conflicts(Dossier.id).where(Declaration.user_id == user.id).correlate(Dossier))


def conflicts(dossier_id: ColumnElement[int] | int) -> Select[tuple[int]]:
    """Select the people to whom a dossier is closed by a conflict of interest, at whichever meeting it was declared."""
    declared = select(Declaration.user_id).join(AgendaItem, AgendaItem.id == Declaration.item_id)
    return declared.where(AgendaItem.dossier_id == dossier_id, Declaration.interest == Interest.CONFLICT)


def is_analysing(user: User | Anybody) -> ColumnElement[bool]:
    """A part of a sample of the product was sent to the user."""
    if Role.LABORATORY not in user.roles:
        return false()
    sent = select(Portion.id).join(Sample, Sample.id == Portion.sample_id).where(Portion.laboratory_id == user.id)
    return exists(sent.where(Sample.dossier_id == Dossier.id).correlate(Dossier))


TIES = {
    Relation.OWNER: is_owner,
    Relation.APPOINTED: lambda user: Dossier.rapporteur_id == user.id,
    Relation.INSPECTING: is_inspecting,
    Relation.SEATED: is_seated,
    Relation.ANALYSING: is_analysing,
    Relation.RECUSED: is_recused,
}
"""How each tie is found out."""


def visible_to(user: User | Anybody, right: Right = Right.READ_DOSSIER) -> ColumnElement[bool]:
    """Return the condition that `user` has `right` on a dossier: the guard of every list, count, search and export.

    The same law as `capacities`, said in SQL (a test holds the two together), and what was never filed is its
    applicant's alone.
    """
    allowed = MAY[right] & user.roles
    seated = and_(is_seated(user), or_(Dossier.rapporteur_id.is_(None), Dossier.rapporteur_id != user.id))
    seated = and_(seated, ~is_inspecting(user))
    ties = {
        Role.RAPPORTEUR: Dossier.rapporteur_id == user.id,
        Role.INSPECTOR: is_inspecting(user),
        Role.MEMBER: seated,
        Role.PRESIDENT: seated,
    }
    own = is_owner(user) if Role.APPLICANT in allowed else false()
    official = or_(false(), *(ties.get(role, true()) for role in allowed - {Role.APPLICANT}))
    return and_(
        ~is_recused(user), ~is_analysing(user), or_(own, and_(~is_owner(user), Dossier.number.is_not(None), official))
    )
