"""The links that mails carry: signed, timed, for one person and one purpose, each good for one use.

A token names the person, the moment it was made and a trace of the password of that moment; once the password is set
or the address confirmed, the trace or the state has changed and the token is dead. Nothing is stored.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer
from sqlalchemy.orm import Session

from certify.models import User
from certify.operations.passwords import stamp
from certify.queries.users import find_user
from certify.workflows.errors import NotFound, Refused
from certify.workflows.words import N_


class Purpose(StrEnum):
    """What a link is for; the value is the first word of its address."""

    CONFIRM = "confirm"
    RESET = "reset"
    INVITATION = "invitation"


LIFETIMES = {
    Purpose.CONFIRM: timedelta(days=3),
    Purpose.RESET: timedelta(hours=2),
    Purpose.INVITATION: timedelta(days=7),
}


def make_token(user: User, purpose: Purpose, *, key: str, at: datetime) -> str:
    """Return a token that lets whoever holds it act for `user`, for `purpose` alone, from `at` on."""
    return _signer(purpose, key).dumps([user.id, int(at.timestamp()), stamp(user.password_hash)])


def path_of(user: User, purpose: Purpose, *, key: str, at: datetime) -> str:
    """Return the address of the page that the link opens, without the host."""
    return f"/{purpose}/{make_token(user, purpose, key=key, at=at)}"


def get_bearer(session: Session, token: str, purpose: Purpose, *, key: str, at: datetime) -> User:
    """Return the person a token was made for.

    Raises NotFound when we did not make it for this purpose, Refused when its time is over or it has served.
    """
    try:
        user_id, made, trace = _signer(purpose, key).loads(token)
    except BadData as error:
        raise NotFound(
            N_("This link is not complete. Copy it whole from our message, up to its last letter.")
        ) from error
    user = find_user(session, user_id)
    is_timely = timedelta() <= at - datetime.fromtimestamp(made, UTC) <= LIFETIMES[purpose]
    if user is None or not user.is_active or trace != stamp(user.password_hash) or not is_timely:
        raise Refused(N_("This link has served already, or its time is over."))
    return user


def _signer(purpose: Purpose, key: str) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt=f"certify {purpose}", signer_kwargs={"digest_method": sha256})
