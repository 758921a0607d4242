"""The yearly declarations of interest: who owes one, who made one, and what it says to whoever may read it.

Personal: a declaration opens to its author and to whoever carries READ_INTERESTS. A tie to an organisation one of whose
dossiers is closed to the reader stays closed with it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from certify.models import (
    AgendaItem,
    Declaration,
    DeclaredTie,
    Dossier,
    Mandate,
    Organisation,
    Seat,
    User,
    YearlyDeclaration,
)
from certify.queries.committee import in_force
from certify.queries.organisations import find_organisation_by_ice
from certify.queries.relations import is_recused
from certify.workflows.errors import Malformed, NotAllowed, NotFound
from certify.workflows.identifiers import parse_ice
from certify.workflows.interests import Span, check_declared
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_, tidy


@dataclass(frozen=True)
class Owing:
    """Somebody who sits on the committee, and their declaration of the year; None while they owe it."""

    mandate: Mandate
    declaration: YearlyDeclaration | None


@dataclass(frozen=True)
class Declared:
    """A declaration as its reader sees it: `closed` counts the ties that are not told to them."""

    declaration: YearlyDeclaration
    ties: tuple[DeclaredTie, ...]
    closed: int


def list_years(session: Session, user: User) -> frozenset[int]:
    """Return the years for which somebody declared their interests."""
    return frozenset(session.scalars(select(YearlyDeclaration.year).where(YearlyDeclaration.user_id == user.id)))


def has_declared(session: Session, user: User, today: date) -> bool:
    """Tell whether somebody declared their interests for the year of `today`."""
    return today.year in list_years(session, user)


def check_has_declared(session: Session, user: User, today: date) -> None:
    """Raise Refused unless somebody declared their interests for the year of `today`."""
    check_declared(list_years(session, user), today)


def list_declarations_of(session: Session, user: User) -> Sequence[YearlyDeclaration]:
    """List what somebody declared, the latest first."""
    asked = select(YearlyDeclaration).where(YearlyDeclaration.user_id == user.id)
    asked = asked.options(selectinload(YearlyDeclaration.ties)).order_by(YearlyDeclaration.id.desc())
    return session.scalars(asked).all()


def find_in_force(session: Session, user: User, *, at: datetime | None = None) -> YearlyDeclaration | None:
    """Return the declaration of somebody that stands, or stood at a moment: their last one."""
    made = list_declarations_of(session, user)
    return next((one for one in made if at is None or one.declared_at <= at), None)


def list_owing(session: Session, today: date) -> list[Owing]:
    """List everybody who holds a mandate today, titular or alternate, with their declaration of the year."""
    asked = select(Mandate).join(Seat).where(in_force(today))
    asked = asked.options(joinedload(Mandate.user), joinedload(Mandate.seat))
    held = session.scalars(asked.order_by(Seat.is_president.desc(), Seat.id, Mandate.holding.desc(), Mandate.id)).all()
    made = {one.user_id: one for one in session.scalars(_latest(today.year))}
    return [Owing(mandate, made.get(mandate.user_id)) for mandate in held]


def _latest(year: int) -> Select[tuple[YearlyDeclaration]]:
    last = select(func.max(YearlyDeclaration.id)).where(YearlyDeclaration.year == year)
    return select(YearlyDeclaration).where(YearlyDeclaration.id.in_(last.group_by(YearlyDeclaration.user_id)))


def count_missing(session: Session, today: date) -> int:
    """Count those who owe the declaration of the year."""
    return sum(owing.declaration is None for owing in list_owing(session, today))


def get_declared(session: Session, declaration_id: int, *, reader: User) -> Declared:
    """Return a declaration as `reader` may see it. Raises NotFound, or NotAllowed to whoever it does not concern."""
    declaration = session.get(YearlyDeclaration, declaration_id)
    if declaration is None:
        raise NotFound(N_("There is no such declaration."))
    if declaration.user_id != reader.id and not may(Right.READ_INTERESTS, reader.roles):
        raise NotAllowed(N_("A declaration of interests opens to its author, the presidency and the secretariat."))
    if declaration.user_id == reader.id:
        return Declared(declaration, tuple(declaration.ties), 0)
    closed = set(session.scalars(select(Dossier.organisation_id).where(is_recused(reader))))
    told = tuple(tie for tie in declaration.ties if tie.organisation_id not in closed)
    return Declared(declaration, told, len(declaration.ties) - len(told))


def list_ties(session: Session, users: Sequence[User], organisation: Organisation) -> dict[int, tuple[Span, ...]]:
    """Map each person's number to the ties to an organisation that their declaration in force states.

    The organisation is known by its number or by its name.
    """
    last = select(func.max(YearlyDeclaration.id)).where(YearlyDeclaration.user_id.in_([user.id for user in users]))
    asked = select(YearlyDeclaration).where(YearlyDeclaration.id.in_(last.group_by(YearlyDeclaration.user_id)))
    found = {user.id: () for user in users}
    for declaration in session.scalars(asked.options(selectinload(YearlyDeclaration.ties))):
        ties = ties_to(declaration, organisation)
        found[declaration.user_id] = tuple(Span(tie.since, tie.until) for tie in ties)
    return found


def ties_to(declaration: YearlyDeclaration, organisation: Organisation) -> tuple[DeclaredTie, ...]:
    """Return the ties of a declaration to one organisation, by number or by name."""
    names = {folded(organisation.name_fr), folded(organisation.name_ar)} - {""}
    return tuple(
        tie
        for tie in declaration.ties
        if tie.organisation_id == organisation.id or folded(tie.organisation_name) in names
    )


def find_named(session: Session, typed: str) -> Organisation | None:
    """Return the organisation that bears an ICE or a name as typed; nothing tells who typed it whether there is one."""
    try:
        return find_organisation_by_ice(session, parse_ice(typed))
    except Malformed:
        known = session.scalars(select(Organisation).order_by(Organisation.id))
        return next((one for one in known if folded(typed) in {folded(one.name_fr), folded(one.name_ar)}), None)


def folded(name: str | None) -> str:
    """Return a name without case, and with single spaces."""
    return " ".join((tidy(name or "") or "").casefold().split())


def owes_item(session: Session, dossier: Dossier, reader: User) -> bool:
    """Tell whether the item on which the committee will decide still lacks the reader's declaration."""
    said = select(Declaration.id).where(Declaration.item_id == AgendaItem.id, Declaration.user_id == reader.id)
    awaited = (AgendaItem.dossier_id == dossier.id, AgendaItem.closed_at.is_(None), ~exists(said.correlate(AgendaItem)))
    return session.scalars(select(AgendaItem.id).where(*awaited)).first() is not None
