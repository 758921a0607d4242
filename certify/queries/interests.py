"""The conflicts that the system suggests on an item, member by member, and what was ruled on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import and_, exists, func, select
from sqlalchemy.orm import Session, joinedload

from certify.models import (
    AgendaItem,
    ConflictRuling,
    Declaration,
    Dossier,
    Mandate,
    Organisation,
    Product,
    Report,
    User,
)
from certify.models.meeting import Interest
from certify.queries.calendar import casablanca_today
from certify.queries.committee import in_force, set_aside
from certify.queries.declared import list_ties
from certify.queries.presidency import get_presiding
from certify.queries.regulations import get_regulation
from certify.workflows.errors import NotFound
from certify.workflows.interests import Ground, Known, is_certain, suggest
from certify.workflows.words import N_


@dataclass(frozen=True)
class Suggestion:
    """What is suggested of one member on one item and waits for a ruling."""

    user: User
    grounds: tuple[Ground, ...]

    @property
    def is_certain(self) -> bool:
        """One of the grounds is more than a warning."""
        return any(map(is_certain, self.grounds))


def list_suggestions(session: Session, item: AgendaItem) -> list[Suggestion]:
    """List what is suggested of those who hold a mandate on the day of the meeting, and is not ruled on yet.

    Who is set aside already, by their declaration or by their tie, needs no ruling. An item that ended has none.
    """
    if item.closed_at is not None:
        return []
    aside = set_aside(session, item.dossier)
    ruled = {(each.user_id, each.ground) for each in list_rulings(session, item)}
    held = select(Mandate.user_id).where(in_force(item.meeting.held_on))
    members = select(User).where(User.id.in_(held), User.id.not_in(aside)).order_by(User.id)
    found = _grounds(session, item, session.scalars(members).all())
    waiting = (
        Suggestion(user, tuple(ground for ground in grounds if (user.id, ground) not in ruled))
        for user, grounds in found.items()
    )
    return [suggestion for suggestion in waiting if suggestion.grounds]


def find_suggestion(session: Session, item: AgendaItem, member: User, *, reader: User) -> Suggestion:
    """Return what waits for a ruling of `reader`, who presides, on a member; raises NotAllowed, NotFound for none."""
    get_presiding(session, item.meeting, reader, item, but=member)
    found = next((each for each in list_suggestions(session, item) if each.user.id == member.id), None)
    if found is None or member.id == reader.id:
        raise NotFound(N_("Nothing suggested of this person waits for your ruling."))
    return found


def list_rulings(session: Session, item: AgendaItem) -> Sequence[ConflictRuling]:
    """List what was ruled on an item, in its order, with of whom and by whom."""
    asked = select(ConflictRuling).where(ConflictRuling.item_id == item.id)
    asked = asked.options(joinedload(ConflictRuling.user), joinedload(ConflictRuling.ruled_by))
    return session.scalars(asked.order_by(ConflictRuling.id)).all()


def _grounds(session: Session, item: AgendaItem, members: Sequence[User]) -> dict[User, tuple[Ground, ...]]:
    """Return what is suggested of each member: they are asked about together, however many they are."""
    dossier = item.dossier
    months = get_regulation(item.meeting.regulation).committee.interest_months
    reported = set(session.scalars(select(Report.submitted_by_id).where(Report.dossier_id == dossier.id)))
    tied_on, competing = _tied_on(session, dossier), _competing(session, dossier, members)
    ties = list_ties(session, members, dossier.organisation)
    return {
        user: suggest(
            Known(
                is_of_applicant=user.organisation_id == dossier.organisation_id,
                has_reported=user.id in reported,
                tied_on=tied_on.get(user.id),
                competes=user.organisation_id in competing,
                ties=ties[user.id],
            ),
            today=item.meeting.held_on,
            months=months,
        )
        for user in members
    }


def _tied_on(session: Session, dossier: Dossier) -> dict[int, date]:
    """Return the last day on which each person declared a conflict on another dossier of the same applicant."""
    declared = (
        select(Declaration.user_id, func.max(Declaration.declared_at))
        .join(AgendaItem, AgendaItem.id == Declaration.item_id)
        .join(Dossier, Dossier.id == AgendaItem.dossier_id)
        .where(
            Declaration.interest == Interest.CONFLICT,
            Dossier.organisation_id == dossier.organisation_id,
            Dossier.id != dossier.id,
        )
        .group_by(Declaration.user_id)
    )
    return {user_id: casablanca_today(at) for user_id, at in session.execute(declared)}


def _competing(session: Session, dossier: Dossier, members: Sequence[User]) -> frozenset[int]:
    """Return which organisations of members are of the same province and filed a product of the same value chain."""
    own = {user.organisation_id for user in members} - {None}
    if not own:
        return frozenset()
    filed = exists(
        select(Product.id)
        .join(Dossier, Dossier.id == Product.dossier_id)
        .where(
            Dossier.organisation_id == Organisation.id,
            Dossier.number.is_not(None),
            Product.filiere == dossier.product.filiere,
        )
        .correlate(Organisation)
    )
    near = and_(Organisation.id.in_(own), Organisation.province == dossier.organisation.province)
    return frozenset(session.scalars(select(Organisation.id).where(near, filed)))
