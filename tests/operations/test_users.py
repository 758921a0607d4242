"""Accounts: who comes in, with which password, and who keeps the keys of the house."""

from types import SimpleNamespace

import pytest
from sqlalchemy import select

from certify.models import Message, User
from certify.operations import users
from certify.operations.passwords import HASHER, hash_password, is_outdated, is_password, stamp
from certify.workflows.errors import AlreadyDone, Malformed, Refused
from certify.workflows.permissions import Role
from tests.people import PASSWORD

KEY = "only for tests"
NEXT = "olivier amande cumin"
NADIA = SimpleNamespace(name="Nadia Naciri", email="Nadia@example.ma", locale="ar")


def kinds(session):
    return list(session.scalars(select(Message.kind).order_by(Message.id)))


def test_parameters_are_those_of_owasp():
    assert (HASHER.memory_cost, HASHER.time_cost, HASHER.parallelism, HASHER.type.name) == (19456, 2, 1, "ID")


def test_password_is_known_again():
    kept = hash_password(NEXT)
    assert (is_password(NEXT, kept), is_password("other", kept), is_password(NEXT, None)) == (True, False, False)
    assert is_password("nobody has this password", None) is False


def test_sign_in_renews_an_outdated_password(user, acting):
    assert is_outdated(user("alice").password_hash)
    users.sign_in(user("alice"), password=PASSWORD, actor=acting(None))
    assert is_outdated(user("alice").password_hash) is False
    assert is_password(PASSWORD, user("alice").password_hash)


def test_closed_account_does_not_come_in(user, acting):
    user("alice").is_active = False
    with pytest.raises(Refused):
        users.sign_in(user("alice"), password=PASSWORD, actor=acting(None))


def test_unconfirmed_account_does_not_come_in(user, acting):
    user("alice").confirmed_at = None
    with pytest.raises(Refused):
        users.sign_in(user("alice"), password=PASSWORD, actor=acting(None))


@pytest.mark.parametrize(("email", "written"), [("Alice@example.ma", ["reset_password"]), ("nobody@example.ma", [])])
def test_reset_is_written_to_whoever_has_an_account(session, acting, email, written):
    users.ask_reset(email, key=KEY, actor=acting(None))
    assert kinds(session) == written


def test_closed_account_receives_no_reset(session, user, acting):
    user("alice").is_active = False
    users.ask_reset("alice@example.ma", key=KEY, actor=acting(None))
    assert kinds(session) == []


def test_reset_sets_the_password_and_says_so(session, user, acting):
    alice = user("alice")
    users.set_password(alice, NEXT, trace=stamp(alice.password_hash), actor=acting(None))
    assert is_password(NEXT, alice.password_hash)
    assert kinds(session) == ["password_changed"]


def test_reset_serves_once(user, acting):
    trace = stamp(user("alice").password_hash)
    users.set_password(user("alice"), NEXT, trace=trace, actor=acting(None))
    with pytest.raises(Refused):
        users.set_password(user("alice"), NEXT + " encore", trace=trace, actor=acting(None))


def test_reset_refuses_the_address_as_password(user, acting):
    trace = stamp(user("alice").password_hash)
    with pytest.raises(Malformed):
        users.set_password(user("alice"), "alice@example.ma", trace=trace, actor=acting(None))


def test_change_asks_the_present_password(user, acting):
    kept = user("alice").password_hash
    with pytest.raises(Malformed):
        users.change_password(user("alice"), "not mine", NEXT, actor=acting("alice"))
    assert user("alice").password_hash == kept


def test_change_takes_the_new_password(user, acting):
    users.change_password(user("alice"), PASSWORD, NEXT, actor=acting("alice"))
    assert is_password(NEXT, user("alice").password_hash)


def test_opened_account_is_invited(session, acting):
    opened = users.open_account(NADIA, roles={Role.RAPPORTEUR}, key=KEY, actor=acting("adam"))
    assert (opened.email, opened.roles, opened.password_hash) == ("nadia@example.ma", {Role.RAPPORTEUR}, None)
    assert kinds(session) == ["invitation"]


@pytest.mark.parametrize("roles", [{Role.APPLICANT}, {Role.CLOCK}, {Role.RAPPORTEUR, Role.APPLICANT}])
def test_roles_that_are_not_given_are_refused(session, user, acting, roles):
    with pytest.raises(Malformed):
        users.open_account(NADIA, roles=roles, key=KEY, actor=acting("adam"))
    with pytest.raises(Malformed):
        users.change_roles(user("bob"), roles, actor=acting("adam"))


def test_known_address_is_not_opened_again(acting):
    known = SimpleNamespace(name="Bob", email="bob@example.ma", locale="fr")
    with pytest.raises(Refused):
        users.open_account(known, roles={Role.AUDITOR}, key=KEY, actor=acting("adam"))


def test_invitation_is_not_sent_to_who_has_a_password(user, acting):
    with pytest.raises(AlreadyDone):
        users.invite_again(user("bob"), key=KEY, actor=acting("adam"))


def test_roles_are_given_and_taken(user, acting):
    users.change_roles(user("bob"), {Role.RAPPORTEUR, Role.MEMBER}, actor=acting("adam"))
    assert user("bob").roles == {Role.RAPPORTEUR, Role.MEMBER}
    users.change_roles(user("bob"), set(), actor=acting("adam"))
    assert user("bob").roles == frozenset()


def test_applicant_stays_an_applicant(user, acting):
    users.change_roles(user("alice"), {Role.MEMBER}, actor=acting("adam"))
    assert user("alice").roles == {Role.APPLICANT, Role.MEMBER}


def test_who_has_not_confirmed_gets_no_office(user, acting):
    user("bob").confirmed_at = None
    with pytest.raises(Refused):
        users.change_roles(user("bob"), {Role.ADMINISTRATOR}, actor=acting("adam"))


def test_last_administrator_stays(user, acting):
    for act in (
        lambda: users.change_roles(user("adam"), {Role.AUDITOR}, actor=acting("carol")),
        lambda: users.close_account(user("adam"), actor=acting("carol")),
    ):
        with pytest.raises(Refused, match="last administrator"):
            act()


def test_closed_or_unconfirmed_administrators_do_not_count(user, acting):
    users.change_roles(user("bob"), {Role.ADMINISTRATOR}, actor=acting("adam"))
    users.close_account(user("bob"), actor=acting("adam"))
    with pytest.raises(Refused, match="last administrator"):
        users.change_roles(user("adam"), set(), actor=acting("carol"))


def test_nobody_gives_up_their_own_administration(user, acting):
    users.change_roles(user("bob"), {Role.ADMINISTRATOR}, actor=acting("adam"))
    with pytest.raises(Refused, match="from yourself"):
        users.change_roles(user("adam"), set(), actor=acting("adam"))
    users.change_roles(user("adam"), set(), actor=acting("bob"))
    assert user("adam").roles == frozenset()


def test_nobody_closes_their_own_account(user, acting):
    users.change_roles(user("bob"), {Role.ADMINISTRATOR}, actor=acting("adam"))
    with pytest.raises(Refused):
        users.close_account(user("adam"), actor=acting("adam"))


def test_closed_account_is_opened_again(user, acting):
    users.close_account(user("bob"), actor=acting("adam"))
    assert user("bob").is_active is False
    users.reopen_account(user("bob"), actor=acting("adam"))
    assert user("bob").is_active is True


def test_person_of_another_organisation_is_not_taken_over(session, user, acting):
    mallory = SimpleNamespace(name="Mallory", email="mallory@example.ma", locale="fr")
    with pytest.raises(Refused):
        users.add_colleague(user("alice").organisation, mallory, key=KEY, actor=acting("alice"))
    assert session.scalars(select(User.organisation_id).where(User.email == mallory.email)).one() == 2
