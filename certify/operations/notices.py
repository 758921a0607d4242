"""What is written to people about their own account; asked twice in the same minute, it is written once."""

from __future__ import annotations

from certify.models import User
from certify.operations.acting import Actor
from certify.operations.outbox import write
from certify.operations.passwords import stamp
from certify.operations.tokens import LIFETIMES, Purpose, path_of
from certify.queries.calendar import casablanca_today


def send_confirmation(user: User, *, key: str, actor: Actor) -> None:
    """Send the link that confirms an address."""
    _notify(user, "confirm_address", _link(user, Purpose.CONFIRM, key=key, actor=actor), actor=actor)


def send_reset(user: User, *, key: str, actor: Actor) -> None:
    """Send the link that lets somebody choose another password."""
    hours = LIFETIMES[Purpose.RESET].total_seconds() // 3600
    facts = _link(user, Purpose.RESET, key=key, actor=actor) | {"hours": int(hours)}
    _notify(user, "reset_password", facts, actor=actor)


def invite(user: User, *, key: str, actor: Actor) -> None:
    """Send the link that lets somebody choose their first password."""
    facts = _link(user, Purpose.INVITATION, key=key, actor=actor)
    if user.organisation:
        facts |= {
            "organisation_fr": user.organisation.name_fr,
            "organisation_ar": user.organisation.name_ar or user.organisation.name_fr,
        }
    _notify(user, "invitation", facts, actor=actor)


def know_address(user: User, *, actor: Actor) -> None:
    """Tell somebody who signs up, or asks for a confirmation, that they have an account already."""
    _notify(user, "address_already_known", {"path": "/sign-in"}, actor=actor)


def know_organisation(user: User, *, actor: Actor) -> None:
    """Tell somebody who signs up that their organisation has an account, and that its members can add them."""
    _notify(user, "organisation_already_known", {"path": "/label"}, actor=actor)


def tell_password_changed(user: User, *, actor: Actor) -> None:
    """Tell somebody that their password was changed, in case it was not them."""
    _notify(user, "password_changed", {"path": "/reset", "on": actor.today}, actor=actor)


def _link(user: User, purpose: Purpose, *, key: str, actor: Actor) -> dict[str, object]:
    actor.session.flush()  # the link names the person by a number, which a new one has only now
    until = casablanca_today(actor.at + LIFETIMES[purpose])
    return {"path": path_of(user, purpose, key=key, at=actor.at), "until": until}


def _notify(user: User, kind: str, facts: dict[str, object], *, actor: Actor) -> None:
    actor.session.flush()
    occasion = f"{kind}:{user.id}:{stamp(user.password_hash)}:{actor.at:%Y%m%dT%H%M}"
    write(user, kind, key=occasion, facts=facts, actor=actor)
