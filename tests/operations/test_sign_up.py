"""An applicant opens an account: whoever they are the page is the same, and nobody takes what is another's."""

from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select

from certify.models import Message, Organisation, User
from certify.operations.passwords import is_password, stamp
from certify.operations.sign_up import confirm_address, resend_confirmation, sign_up
from certify.operations.tokens import Purpose, get_bearer
from certify.operations.users import add_colleague, set_password
from certify.queries.users import find_user_by_email
from certify.workflows.errors import Malformed, Refused
from certify.workflows.permissions import Role

KEY = "only for tests"
PASSWORD = "olivier amande cumin"
TIGHMI = "001561191000066"
NEW_ICE = "000000001000070"


def claim(**said):
    known = {
        "name": "Nadia Naciri", "email": "nadia@example.ma", "locale": "ar", "password": PASSWORD,
        "name_fr": "Coopérative Argane", "name_ar": "تعاونية أركان", "kind": "cooperative", "trade": "producer",
        "ice": NEW_ICE,
    }  # fmt: skip
    return SimpleNamespace(**known | said)


@pytest.fixture
def come(session, acting):
    """`come(email=…)` signs up and returns the account of that address."""

    def sign(**said):
        sign_up(claim(**said), key=KEY, actor=acting(None))
        session.flush()
        return find_user_by_email(session, said.get("email", "nadia@example.ma"))

    return sign


def letters(session):
    """List (kind, address) of what was written, in order."""
    found = select(Message.kind, User.email).join(User, User.id == Message.recipient_id).order_by(Message.id)
    return [tuple(row) for row in session.execute(found)]


def test_new_ice_is_an_ice():
    assert int(NEW_ICE) % 97 == 0


def test_sign_up_opens_an_account_that_waits(come, session):
    user = come()
    assert (user.confirmed_at, user.roles, user.locale) == (None, frozenset({Role.APPLICANT}), "ar")
    assert (user.organisation.ice, user.organisation.name_ar) == (NEW_ICE, "تعاونية أركان")
    assert letters(session) == [("confirm_address", "nadia@example.ma")]


def test_link_leads_to_its_owner(come, session, acting, clock):
    user = come()
    path = session.scalars(select(Message)).one().facts["path"]
    token = path.removeprefix("/confirm/")
    assert get_bearer(session, token, Purpose.CONFIRM, key=KEY, at=clock()) is user
    confirm_address(user, trace=stamp(user.password_hash), actor=acting(None))
    assert user.confirmed_at == clock()


def test_known_address_gets_a_letter_and_nothing_else(come, session, user):
    before = (user("alice").password_hash, user("alice").name)
    come(email="alice@example.ma")
    assert (user("alice").password_hash, user("alice").name) == before
    assert letters(session) == [("address_already_known", "alice@example.ma")]
    assert session.scalars(select(Organisation).where(Organisation.ice == NEW_ICE)).all() == []


def test_known_organisation_is_not_joined_by_a_stranger(come, session):
    user = come(ice=TIGHMI)
    assert (user.organisation, user.roles, user.password_hash) == (None, frozenset(), None)
    assert letters(session) == [("organisation_already_known", "nadia@example.ma")]


def test_known_organisation_keeps_its_particulars(come, session, user):
    come(ice=TIGHMI, name_fr="Autre nom")
    assert user("alice").organisation.name_fr == "Coopérative Tighmi"


def test_second_sign_up_before_confirming_replaces_the_first(come, session):
    first = come()
    old = first.password_hash
    again = come(password="une autre phrase longue", name_fr="Coopérative Arganier")
    assert (again is first, again.password_hash == old) == (True, False)
    assert again.organisation.name_fr == "Coopérative Arganier"
    assert is_password("une autre phrase longue", again.password_hash)


def test_link_of_a_replaced_sign_up_is_dead(come, session, clock):
    come()
    token = session.scalars(select(Message)).one().facts["path"].removeprefix("/confirm/")
    come(password="une autre phrase longue")
    with pytest.raises(Refused):
        get_bearer(session, token, Purpose.CONFIRM, key=KEY, at=clock())


def test_unconfirmed_squatter_loses_the_organisation(come, session, acting):
    squatter = come(email="squatter@example.ma")
    trace = stamp(squatter.password_hash)
    rightful = come(email="nadia@example.ma")
    assert (squatter.organisation, rightful.organisation.ice) == (None, NEW_ICE)
    with pytest.raises(Refused):
        confirm_address(squatter, trace=trace, actor=acting(None))


def test_squatter_with_a_victims_address_never_enters(come, session, acting):
    come(email="victim@example.ma", password="phrase du squatteur")
    user = come(email="victim@example.ma", password="phrase de la victime")
    confirm_address(user, trace=stamp(user.password_hash), actor=acting(None))
    assert is_password("phrase du squatteur", user.password_hash) is False


def test_confirmed_address_cannot_be_signed_up_again(come, session, acting):
    user = come()
    confirm_address(user, trace=stamp(user.password_hash), actor=acting(None))
    kept = user.password_hash
    assert come(password="une autre phrase longue").password_hash == kept


def test_closed_account_stays_closed(come, session):
    user = come()
    user.is_active = False
    kept = user.password_hash
    again = come(password="une autre phrase longue")
    assert (again.is_active, again.password_hash) == (False, kept)


def test_invited_colleague_who_signs_up_is_invited_again(come, session, acting, clock, user):
    colleague = add_colleague(user("alice").organisation, claim(), key=KEY, actor=acting("alice"))
    clock.advance(minutes=5)
    come(ice="002136093000040")
    assert (colleague.organisation, colleague.password_hash) == (user("alice").organisation, None)
    assert letters(session) == [("invitation", "nadia@example.ma")] * 2


def test_person_of_a_known_organisation_can_be_added_by_its_members(come, session, acting, user):
    come(ice=TIGHMI)
    colleague = add_colleague(user("alice").organisation, claim(), key=KEY, actor=acting("alice"))
    assert (colleague.organisation.ice, colleague.roles) == (TIGHMI, frozenset({Role.APPLICANT}))
    set_password(colleague, PASSWORD, trace=stamp(None), actor=acting(None))
    assert colleague.confirmed_at is not None


def test_twice_in_a_minute_is_written_once(come, session, acting):
    come()
    resend_confirmation("nadia@example.ma", key=KEY, actor=acting(None))
    resend_confirmation("nadia@example.ma", key=KEY, actor=acting(None))
    assert letters(session) == [("confirm_address", "nadia@example.ma")]


@pytest.mark.parametrize(
    ("email", "kinds"),
    [
        ("alice@example.ma", ["address_already_known"]),
        ("nobody@example.ma", []),
        ("NADIA@example.ma", ["confirm_address"]),
    ],
)
def test_resend_writes_what_the_address_needs(come, session, acting, email, kinds):
    come()
    session.execute(delete(Message))
    resend_confirmation(email, key=KEY, actor=acting(None))
    assert [kind for kind, _ in letters(session)] == kinds


def test_bad_password_opens_nothing(session, acting):
    with pytest.raises(Malformed):
        sign_up(claim(password="motdepasse2026"), key=KEY, actor=acting(None))
    assert find_user_by_email(session, "nadia@example.ma") is None
