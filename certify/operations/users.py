"""Accounts: signing in, passwords, who somebody is, and what the administrator opens, gives and closes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from sqlalchemy import select

from certify.models import Organisation, User, UserRole
from certify.operations.acting import Actor
from certify.operations.notices import invite, send_reset, tell_password_changed
from certify.operations.passwords import hash_password, is_outdated, is_password
from certify.operations.sign_up import confirm_address, is_invited, is_waiting
from certify.queries.users import find_user_by_email, holds
from certify.workflows.errors import AlreadyDone, Malformed, Refused
from certify.workflows.passwords import check_password
from certify.workflows.permissions import HUMAN_ROLES, Role
from certify.workflows.words import N_

OFFICES = tuple(role for role in HUMAN_ROLES if role is not Role.APPLICANT)
"""The roles that an administrator gives; an applicant’s comes with their organisation, at sign-up."""


class Newcomer(Protocol):
    """Somebody to open an account for."""

    name: str
    email: str
    locale: str


def sign_in(user: User, *, password: str, actor: Actor) -> None:
    """Let in somebody whose password was just checked; keep the password anew when the parameters have changed.

    Raises Refused for an account that is not confirmed or is closed: both are told to whoever knows the password only.
    """
    if not user.is_active:
        raise Refused(N_("This account is closed. If it should not be, write to the secretariat of the committee."))
    if user.confirmed_at is None:
        raise Refused(
            N_("Confirm your address first: open the link that we sent to %(email)s, or ask for it again below."),
            email=user.email,
        )
    if is_outdated(user.password_hash):
        actor.hold(user)
        user.password_hash = hash_password(password)


def ask_reset(email: str, *, key: str, actor: Actor) -> None:
    """Send to `email` the link that lets its owner choose another password; nothing happens for an unknown address."""
    user = find_user_by_email(actor.session, email)
    if user is None or not user.is_active:
        return
    if is_invited(user):
        invite(user, key=key, actor=actor)
    elif user.password_hash is not None:
        send_reset(user, key=key, actor=actor)


def set_password(user: User, password: str, *, trace: str, actor: Actor) -> None:
    """Set the password of somebody who holds a link, which proves their address too.

    `trace` is the one of the password when the link was opened. Raises Malformed, or Refused when it has served.
    """
    check_password(password, user.email)
    is_first = user.password_hash is None
    confirm_address(user, trace=trace, actor=actor)
    user.password_hash = hash_password(password)
    if not is_first:
        tell_password_changed(user, actor=actor)


def change_password(user: User, present: str, new: str, *, actor: Actor) -> None:
    """Change the password of who is signed in. Raises Malformed when `present` is not it, or `new` cannot be one."""
    check_password(new, user.email)
    actor.hold(user)
    if not is_password(present, user.password_hash):
        raise Malformed(N_("Your present password is not the one you typed."))
    user.password_hash = hash_password(new)
    tell_password_changed(user, actor=actor)


def keep_profile(user: User, *, name: str, locale: str, actor: Actor) -> None:
    """Write how somebody is called, and in which language they are written to."""
    actor.hold(user)
    user.name, user.locale = name, locale


def open_account(
    newcomer: Newcomer, *, roles: Collection[Role], key: str, actor: Actor, laboratory: str | None = None
) -> User:
    """Open an account for somebody of the house and send them the link that lets them choose a password.

    `laboratory` is the name of the one that they answer for. Raises Refused for an address that has an account.
    """
    _check_offices(roles)
    user = find_user_by_email(actor.session, newcomer.email)
    if user is not None and (user.roles or user.confirmed_at):
        raise Refused(N_("%(email)s has an account already: change its roles instead."), email=user.email)
    opened = _open(user, newcomer, roles, None, key=key, actor=actor)
    opened.laboratory = laboratory
    return opened


def add_colleague(organisation: Organisation, newcomer: Newcomer, *, key: str, actor: Actor) -> User:
    """Open an account for somebody who acts for the same organisation, and send them their link.

    Raises Refused for an address that has an account: nobody is moved from one organisation to another.
    """
    user = find_user_by_email(actor.session, newcomer.email)
    if user is not None and (user.roles or user.confirmed_at):
        raise Refused(N_("%(email)s has an account already and cannot be added."), email=user.email)
    return _open(user, newcomer, {Role.APPLICANT}, organisation, key=key, actor=actor)


def invite_again(user: User, *, key: str, actor: Actor) -> None:
    """Send its link again to an account that has no password yet. Raises AlreadyDone when it has one."""
    if not is_invited(user):
        raise AlreadyDone(N_("This person has chosen a password already."))
    invite(user, key=key, actor=actor)


def change_roles(user: User, roles: Collection[Role], *, actor: Actor) -> None:
    """Give somebody exactly these offices; what they are as an applicant stays.

    Raises Refused when nobody would be left to manage the accounts, or an administrator gives up their own office.
    """
    _check_offices(roles)
    _hold_administrators(actor)
    actor.hold(user)
    if is_waiting(user):
        raise Refused(N_("This person has not confirmed their address yet: no office before that."))
    if Role.ADMINISTRATOR in user.roles and Role.ADMINISTRATOR not in roles:
        _check_not_last(user, actor=actor)
    wanted = {*roles, *(user.roles & {Role.APPLICANT})}
    user.held_roles = [held for held in user.held_roles if held.role in wanted] + [
        UserRole(role=role) for role in HUMAN_ROLES if role in wanted - user.roles
    ]


def close_account(user: User, *, actor: Actor) -> None:
    """Close an account: its sessions end and its links are dead. What the person did stays in the journal.

    Raises Refused for one's own account and for the last administrator's.
    """
    _hold_administrators(actor)
    actor.hold(user)
    if Role.ADMINISTRATOR in user.roles and user.is_active:
        _check_not_last(user, actor=actor)
    if user.id == actor.id:
        raise Refused(N_("You cannot close your own account: another administrator can."))
    user.is_active = False


def reopen_account(user: User, *, actor: Actor) -> None:
    """Open a closed account again, with its password and its roles."""
    actor.hold(user)
    user.is_active = True


def _open(
    user: User | None,
    newcomer: Newcomer,
    roles: Collection[Role],
    organisation: Organisation | None,
    *,
    key: str,
    actor: Actor,
) -> User:
    if user is None:
        user = User(email=newcomer.email.lower(), name=newcomer.name, locale=newcomer.locale, created_at=actor.at)
        actor.session.add(user)
    user.name, user.locale, user.organisation = newcomer.name, newcomer.locale, organisation
    user.held_roles = [UserRole(role=role) for role in HUMAN_ROLES if role in roles]
    actor.session.flush()
    invite(user, key=key, actor=actor)
    return user


def _check_offices(roles: Collection[Role]) -> None:
    if not set(roles) <= set(OFFICES):
        raise Malformed(N_("An applicant’s role comes with an organisation; it is not given here."))


def _hold_administrators(actor: Actor) -> None:
    """Make whoever changes administrators wait for each other, always in the same order."""
    able = select(User.id).where(holds(Role.ADMINISTRATOR)).order_by(User.id)
    actor.session.flush()
    actor.session.execute(able.with_for_update()).all()


def _check_not_last(user: User, *, actor: Actor) -> None:
    """Refuse to take its administrator from the house, or from oneself."""
    others = select(User.id).where(
        holds(Role.ADMINISTRATOR), User.is_active, User.confirmed_at.is_not(None), User.id != user.id
    )
    if actor.session.scalars(others.limit(1)).first() is None:
        raise Refused(N_("This is the last administrator: give the role to somebody else first."))
    if user.id == actor.id:
        raise Refused(N_("You cannot take this role from yourself: another administrator can."))
