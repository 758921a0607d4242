"""Links: for one person, one purpose, a while, and once."""

import pytest

from certify.operations.passwords import hash_password
from certify.operations.tokens import LIFETIMES, Purpose, get_bearer, make_token
from certify.workflows.errors import NotFound, Refused

KEY = "only for tests"


@pytest.fixture
def reset(user, clock):
    return make_token(user("alice"), Purpose.RESET, key=KEY, at=clock())


def opened(session, token, clock, purpose=Purpose.RESET, key=KEY):
    return get_bearer(session, token, purpose, key=key, at=clock())


def test_link_opens_for_its_owner(session, reset, user, clock):
    assert opened(session, reset, clock) is user("alice")


@pytest.mark.parametrize("purpose", list(Purpose))
def test_link_serves_to_the_end_of_its_time(session, user, clock, purpose):
    token = make_token(user("alice"), purpose, key=KEY, at=clock())
    clock.at += LIFETIMES[purpose]
    assert opened(session, token, clock, purpose) is user("alice")
    clock.advance(seconds=2)
    with pytest.raises(Refused):
        opened(session, token, clock, purpose)


@pytest.mark.parametrize("purpose", [Purpose.CONFIRM, Purpose.INVITATION])
def test_link_serves_no_other_purpose(session, reset, clock, purpose):
    with pytest.raises(NotFound):
        opened(session, reset, clock, purpose)


def test_link_of_another_key_is_not_ours(session, reset, clock):
    with pytest.raises(NotFound):
        opened(session, reset, clock, key="another key")


def test_link_altered_anywhere_is_not_ours(session, reset, clock):
    for place in range(0, len(reset), 7):
        letter = "A" if reset[place] != "A" else "B"
        with pytest.raises(NotFound):
            opened(session, reset[:place] + letter + reset[place + 1 :], clock)


@pytest.mark.parametrize("token", ["", ".", "é", "W10.x", "a" * 5000])
def test_nonsense_is_not_ours(session, clock, token):
    with pytest.raises(NotFound):
        opened(session, token, clock)


def test_link_dies_with_the_password(session, reset, user, clock):
    user("alice").password_hash = hash_password("une autre phrase longue")
    with pytest.raises(Refused):
        opened(session, reset, clock)


def test_link_of_a_closed_account_is_dead(session, reset, user, clock):
    user("alice").is_active = False
    with pytest.raises(Refused):
        opened(session, reset, clock)


def test_link_from_the_future_is_dead(session, reset, clock):
    clock.advance(hours=-1)
    with pytest.raises(Refused):
        opened(session, reset, clock)
