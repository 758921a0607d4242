"""People found: by address, by role, by page."""

import pytest
from sqlalchemy import event

from certify.extensions import db
from certify.models import User
from certify.queries.users import (
    PAGE,
    count_roles,
    find_user_by_email,
    get_user,
    list_members,
    list_users,
    list_users_with,
)
from certify.workflows.errors import NotFound
from certify.workflows.permissions import Role
from tests.people import ROLES
from tests.times import NOON


def first_names(users):
    return [user.email.split("@")[0] for user in users]


@pytest.fixture
def crowd(session):
    session.add_all(
        User(email=f"p{place:03d}@example.ma", name=f"Person {place:03d}", locale="fr", created_at=NOON)
        for place in range(58)
    )
    session.flush()


def test_address_is_found_in_any_case(session, user):
    assert find_user_by_email(session, "ALICE@Example.ma") is user("alice")
    assert find_user_by_email(session, None) is None


def test_unknown_number_is_not_found(session):
    with pytest.raises(NotFound):
        get_user(session, 999)


def test_pages_hold_everybody_once(session, crowd):
    pages = [list_users(session, page=number) for number in (1, 2, 3)]
    seen = [user.id for page in pages for user in page.users]
    assert (len(seen), len(set(seen)), pages[0].total, pages[0].pages) == (75, 75, 75, 3)
    assert [len(page.users) for page in pages] == [PAGE, PAGE, 25]


@pytest.mark.parametrize(("asked", "given"), [(-3, 1), (0, 1), (99, 3)])
def test_page_beyond_the_ends_is_the_nearest(session, crowd, asked, given):
    assert list_users(session, page=asked).number == given


def test_list_makes_a_fixed_number_of_queries(session, crowd):
    session.expire_all()
    asked = []
    event.listen(db.engine, "before_cursor_execute", lambda *_: asked.append(1))
    for user in list_users(session).users:
        assert user.roles is not None
        assert user.organisation is None or user.organisation.name_fr
    assert len(asked) == 3


def test_search_takes_signs_for_what_they_are(session):
    assert [list_users(session, search=sign).total for sign in ("%", "_", "\\", "'")] == [0, 0, 0, 0]


def test_search_reads_names_addresses_and_organisations(session):
    found = [first_names(list_users(session, search=text).users) for text in ("ALICE t", "bob@", "تيغمي", "mallory")]
    assert found == [["alice"], ["bob"], ["alice"], ["mallory"]]


def test_role_narrows(session):
    for role in Role:
        expected = sorted(name for name, roles in ROLES.items() if role in roles)
        assert first_names(list_users(session, role=role).users) == expected


def test_roles_are_counted_on_open_accounts(session, user):
    user("badr").is_active = False
    assert count_roles(session)[Role.MEMBER] == 3


def test_people_who_can_act_are_listed(session, user):
    user("badr").is_active = False
    user("brahim").confirmed_at = None
    assert first_names(list_users_with(session, Role.MEMBER)) == ["bob", "bouchra"]


def test_members_are_those_of_the_organisation(session, user):
    assert first_names(list_members(session, user("alice").organisation)) == ["alice"]
