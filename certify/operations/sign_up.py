"""An applicant opens an account: nothing counts before the address is confirmed, and nothing is told to a stranger.

Whatever an address or an ICE is already, the page answers the same; what is so is written to the address alone. An
organisation belongs to whoever first confirms an address for it: until then the last to sign up stands.
"""

from __future__ import annotations

from typing import Protocol

from sqlalchemy.exc import IntegrityError

from certify.models import Organisation, User, UserRole
from certify.models.organisation import Kind, Trade
from certify.operations.acting import Actor
from certify.operations.notices import invite, know_address, know_organisation, send_confirmation
from certify.operations.passwords import hash_password, stamp
from certify.queries.organisations import find_organisation_by_ice, is_claimed
from certify.queries.users import find_user_by_email, list_members
from certify.workflows.errors import Refused
from certify.workflows.passwords import check_password
from certify.workflows.permissions import Role
from certify.workflows.words import N_

TRIES = 3
"""Two people may sign up with the same ICE or address at the same moment; the loser looks again."""


class Claim(Protocol):
    """What somebody says of themselves and of their organisation at sign-up."""

    name: str
    email: str
    locale: str
    password: str
    name_fr: str
    name_ar: str | None
    kind: str
    trade: str
    ice: str


def sign_up(claim: Claim, *, key: str, actor: Actor) -> None:
    """Open an account that waits for its address to be confirmed, or write to the address why not.

    Raises Malformed for a password that nobody should have.
    """
    check_password(claim.password, claim.email)
    kept = hash_password(claim.password)
    for left in reversed(range(TRIES)):
        try:
            with actor.session.begin_nested():
                return _sign_up(claim, kept, key=key, actor=actor)
        except IntegrityError:
            if not left:
                raise


def resend_confirmation(email: str, *, key: str, actor: Actor) -> None:
    """Send again to `email` what it needs to open its account; nothing happens for an address without one."""
    user = find_user_by_email(actor.session, email)
    if user is None or not user.is_active:
        return
    if user.confirmed_at:
        know_address(user, actor=actor)
    elif is_invited(user):
        invite(user, key=key, actor=actor)
    elif is_waiting(user):
        send_confirmation(user, key=key, actor=actor)
    else:
        know_organisation(user, actor=actor)


def confirm_address(user: User, *, trace: str, actor: Actor) -> None:
    """Take it as proven that `user` reads mail at their address; their organisation is theirs from now on.

    `trace` is that of the password they typed, or of the link they hold: whoever signs up with somebody else's address
    never enters. Raises Refused when the account has changed since, under another sign-up for instance.
    """
    if user.organisation is not None:
        actor.hold(user.organisation)
    actor.hold(user)
    if trace != stamp(user.password_hash):
        raise Refused(N_("This link has served already, or its time is over."))
    if user.confirmed_at is None:
        user.confirmed_at = actor.at


def is_invited(user: User) -> bool:
    """Tell whether an account was opened for somebody who has not chosen a password yet."""
    return user.password_hash is None and bool(user.roles)


def is_waiting(user: User) -> bool:
    """Tell whether somebody signed up and has not confirmed the address yet."""
    return user.password_hash is not None and user.confirmed_at is None


def _sign_up(claim: Claim, kept: str, *, key: str, actor: Actor) -> None:
    organisation = find_organisation_by_ice(actor.session, claim.ice)
    if organisation is not None:
        actor.hold(organisation)
    user = find_user_by_email(actor.session, claim.email)
    if user is not None:
        actor.hold(user)
        if user.confirmed_at or not user.is_active:
            return know_address(user, actor=actor)
        if is_invited(user):
            return invite(user, key=key, actor=actor)
        user.name, user.locale = claim.name, claim.locale
    else:
        user = User(email=claim.email.lower(), name=claim.name, locale=claim.locale, created_at=actor.at)
        actor.session.add(user)
    if organisation is not None and is_claimed(actor.session, organisation):
        detach(user)
        return know_organisation(user, actor=actor)
    user.organisation = _claim_organisation(organisation, claim, user, actor=actor)
    user.password_hash = kept
    user.held_roles = user.held_roles or [UserRole(role=Role.APPLICANT)]
    return send_confirmation(user, key=key, actor=actor)


def _claim_organisation(found: Organisation | None, claim: Claim, user: User, *, actor: Actor) -> Organisation:
    """Make the organisation of an ICE, or take it over from people who never confirmed their address."""
    said = {"name_fr": claim.name_fr, "name_ar": claim.name_ar, "kind": Kind(claim.kind), "trade": Trade(claim.trade)}
    if found is None:
        return Organisation(ice=claim.ice, created_at=actor.at, **said)
    for other in list_members(actor.session, found):
        if other is not user:
            detach(other)
    for field, value in said.items():
        setattr(found, field, value)
    return found


def detach(user: User) -> None:
    """Leave of an account that was never confirmed nothing but its address: its links and its password are dead."""
    user.organisation = None
    user.password_hash = None
    user.held_roles = []
