"""People with an account."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload

from certify.models import Organisation, User, UserRole
from certify.workflows.errors import NotFound
from certify.workflows.permissions import Role
from certify.workflows.words import N_

PAGE = 25


@dataclass(frozen=True)
class Page:
    """One page of the people found: the rows, its number, how many pages and people there are."""

    users: Sequence[User]
    number: int
    pages: int
    total: int


def find_user(session: Session, user_id: int) -> User | None:
    """Return the person of a number, None when there is none."""
    return session.get(User, user_id)


def get_user(session: Session, user_id: int) -> User:
    """Return the person of a number, or raise NotFound."""
    user = find_user(session, user_id)
    if user is None:
        raise NotFound(N_("There is no such account."))
    return user


def find_user_by_email(session: Session, email: str | None) -> User | None:
    """Return the person of an address, in whatever case it was typed."""
    return session.scalars(select(User).where(User.email == (email or "").lower())).one_or_none()


def list_users(session: Session, *, search: str | None = None, role: Role | None = None, page: int = 1) -> Page:
    """Return one page of people by name; `search` is a part of a name, an address or an organisation's name."""
    found = _matching(search, role)
    total = session.scalar(select(func.count()).select_from(found.subquery())) or 0
    pages = max(1, -(-total // PAGE))
    number = min(max(page, 1), pages)
    rows = found.options(joinedload(User.organisation)).order_by(func.lower(User.name), User.id)
    return Page(session.scalars(rows.limit(PAGE).offset((number - 1) * PAGE)).all(), number, pages, total)


def count_roles(session: Session) -> dict[Role, int]:
    """Count the open accounts that hold each role."""
    counted = select(UserRole.role, func.count()).join(User).where(User.is_active).group_by(UserRole.role)
    return {row.role: row[1] for row in session.execute(counted)}


def list_members(session: Session, organisation: Organisation) -> Sequence[User]:
    """List the people who act for an organisation."""
    return session.scalars(select(User).where(User.organisation_id == organisation.id).order_by(User.name)).all()


def list_users_with(session: Session, role: Role) -> Sequence[User]:
    """List the people who hold a role and may sign in, by name."""
    able = and_(User.is_active, User.confirmed_at.is_not(None), holds(role))
    return session.scalars(select(User).where(able).order_by(func.lower(User.name), User.id)).all()


def list_demonstration_users(session: Session) -> Sequence[User]:
    """List the invented people of a demonstration who can sign in."""
    return session.scalars(select(User).where(User.is_demonstration, User.is_active).order_by(User.id)).all()


def holds(role: Role) -> ColumnElement[bool]:
    """The person holds `role`."""
    return exists(select(UserRole.user_id).where(UserRole.user_id == User.id, UserRole.role == role).correlate(User))


def _matching(search: str | None, role: Role | None) -> Select[tuple[User]]:
    found = select(User)
    if search:
        told = search.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        inside = f"%{told}%"
        named = exists(
            select(Organisation.id).where(
                Organisation.id == User.organisation_id,
                or_(
                    func.lower(Organisation.name_fr).like(inside, escape="\\"),
                    Organisation.name_ar.like(inside, escape="\\"),
                ),
            )
        )
        found = found.where(
            or_(func.lower(User.name).like(inside, escape="\\"), User.email.like(inside, escape="\\"), named)
        )
    return found.where(holds(role)) if role else found
