"""The administrator's pages: for administrators, and never without one."""

import pytest
from sqlalchemy import select

from certify.models import Message, User
from certify.workflows.permissions import Role
from tests.clients import Browser

NADIA = {"name": "Nadia Naciri", "email": "Nadia@example.ma", "locale": "fr", "roles": ["rapporteur", "auditor"]}


@pytest.fixture(autouse=True)
def own_contexts(app):
    app.test_client_class = Browser


@pytest.fixture
def adam(client_of):
    return client_of("adam")


@pytest.fixture
def number(user):
    return lambda name: user(name).id


ACTS = ("", "/roles", "/closing", "/reopening")


@pytest.mark.parametrize("page", ["", "/new", *(f"/1{act}" for act in ACTS)])
def test_accounts_are_the_administrators(client_of, adam, page):
    assert adam.get(f"/accounts{page}").status_code == 200
    assert {client_of(name).get(f"/accounts{page}").status_code for name in ("alice", "carol", "aude", "pia")} == {403}


@pytest.mark.parametrize("act", ["/roles", "/closing", "/reopening", "/invitation"])
def test_others_change_nothing(client_of, user, number, act):
    page = f"/accounts/{number('bob')}{act}"
    assert client_of("carol").post(page, data={"roles": ["administrator"]}).status_code == 403
    assert (user("bob").roles, user("bob").is_active) == ({Role.MEMBER}, True)


def test_account_is_opened_and_invited(adam, session):
    answer = adam.post("/accounts/new", data=NADIA)
    nadia = session.scalars(select(User).where(User.email == "nadia@example.ma")).one()
    assert (answer.status_code, answer.location) == (303, f"/accounts/{nadia.id}")
    assert (nadia.roles, nadia.confirmed_at) == ({Role.RAPPORTEUR, Role.AUDITOR}, None)
    assert session.scalars(select(Message.kind)).all() == ["invitation"]


@pytest.mark.parametrize("wrong", [{"roles": []}, {"email": "bob@example.ma"}, {"roles": ["applicant"]}, {"name": ""},
                                   {"roles": ["clock"]}, {"roles": ["king"]}])  # fmt: skip
def test_account_that_cannot_be_is_not_opened(adam, session, wrong):
    before = len(session.scalars(select(User)).all())
    answer = adam.post("/accounts/new", data=NADIA | wrong)
    assert (answer.status_code, len(session.scalars(select(User)).all())) == (422, before)


def test_invitation_is_sent_again(adam, session, clock):
    adam.post("/accounts/new", data=NADIA)
    nadia = session.scalars(select(User).where(User.email == "nadia@example.ma")).one()
    clock.advance(hours=1)
    assert adam.post(f"/accounts/{nadia.id}/invitation").status_code == 303
    assert session.scalars(select(Message.kind)).all() == ["invitation", "invitation"]
    assert adam.post("/accounts/1/invitation").status_code == 409


def test_roles_are_changed(adam, user, number):
    page = f"/accounts/{number('bob')}/roles"
    assert adam.get(page).text.count("checked") == 1
    assert adam.post(page, data={"roles": ["rapporteur", "member"]}).status_code == 303
    assert user("bob").roles == {Role.RAPPORTEUR, Role.MEMBER}
    assert adam.post(page).status_code == 303
    assert user("bob").roles == frozenset()


def test_administrator_keeps_their_own_role(adam, user, number):
    page = f"/accounts/{number('adam')}/roles"
    answer = adam.post(page + "?lang=en", data={"roles": ["auditor"]})
    assert (answer.status_code, "This is the last administrator" in answer.text) == (422, True)
    adam.post(f"/accounts/{number('bob')}/roles", data={"roles": ["administrator"]})
    answer = adam.post(page + "?lang=en", data={"roles": ["auditor"]})
    assert (answer.status_code, "from yourself" in answer.text) == (422, True)
    assert user("adam").roles == {Role.ADMINISTRATOR}


def test_administrator_cannot_close_themselves(adam, user, number):
    assert adam.post(f"/accounts/{number('adam')}/closing").status_code == 422
    assert user("adam").is_active is True
    assert "/closing" not in adam.get(f"/accounts/{number('adam')}").text


def test_account_is_closed_and_reopened(adam, client_of, user, number):
    bob, page = client_of("bob"), f"/accounts/{number('bob')}"
    assert adam.post(f"{page}/closing").status_code == 303
    assert (user("bob").is_active, bob.get("/account").status_code) == (False, 302)
    assert adam.post(f"{page}/reopening").status_code == 303
    assert (user("bob").is_active, bob.get("/account").status_code) == (True, 200)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("search=bouch", ["bouchra"]),
        ("search=TIGHMI", ["alice"]),
        ("search=%D8%AA%D9%8A%D8%BA%D9%85%D9%8A", ["alice"]),
        ("role=president", ["pia"]),
        ("search=%25", []),
        ("search=nobody", []),
        ("search=b&role=member&page=9", ["badr", "bob", "bouchra", "brahim"]),
    ],
)
def test_list_is_narrowed(adam, query, found):
    text = adam.get(f"/accounts?{query}").text
    names = ("alice", "badr", "bob", "bouchra", "brahim", "carol", "pia")
    assert [name for name in names if f"{name}@example.ma" in text] == found


def test_unknown_account_is_not_found(adam):
    assert {adam.get(f"/accounts/999{act}").status_code for act in ACTS} == {404}
