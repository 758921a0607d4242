"""Coming in: whoever should does, whoever should not learns nothing."""

import re

import pytest
from sqlalchemy import func, select

from certify.extensions import db, limiter
from certify.models import Message, Organisation, User
from certify.operations.tokens import Purpose, make_token
from certify.operations.users import change_roles
from certify.views.auth import own_path
from certify.workflows.permissions import Role
from tests.clients import Browser
from tests.conftest import SETTINGS, build, running
from tests.people import PASSWORD

NEXT = "olivier amande cumin"
CLAIM = {
    "name_fr": "Coopérative Argane", "name_ar": "تعاونية أركان", "kind": "cooperative", "trade": "producer",
    "ice": "000 000 001 0000 70", "name": "Nadia Naciri", "email": "Nadia@Example.ma", "locale": "ar",
    "password": NEXT,
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_contexts(app):
    app.test_client_class = Browser


@pytest.fixture
def visitor(client_of):
    return client_of(None)


@pytest.fixture
def last_path(session):
    """The address in the last message written."""

    def path():
        session.expire_all()
        return session.scalars(select(Message).order_by(Message.id.desc())).first().facts["path"]

    return path


@pytest.fixture
def link_for(user, clock):
    """`link_for("alice", Purpose.RESET)` is the address of a link that Alice received."""
    key = SETTINGS["SECRET_KEY"]
    return lambda name, purpose: f"/{purpose}/{make_token(user(name), purpose, key=key, at=clock())}"


def plain(page):
    """The text of a page, but for what is drawn for each form."""
    return re.sub(r'name="csrf_token" value="[^"]+"', "", page.text)


def counted(session, table):
    return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("page", ["/sign-in", "/sign-up", "/sign-up/sent", "/confirm", "/reset"])
def test_pages_open_to_anybody(visitor, page):
    assert visitor.get(page).status_code == 200


def test_from_sign_up_to_the_room(visitor, last_path, session):
    answer = visitor.post("/sign-up", data=CLAIM)
    assert (answer.status_code, answer.location) == (303, "/sign-up/sent")
    assert "nadia@example.ma" in visitor.get("/sign-up/sent").text
    assert visitor.get(last_path()).status_code == 200
    answer = visitor.post(last_path(), data={"password": NEXT})
    assert (answer.status_code, answer.location) == (303, "/dossiers")
    assert visitor.get("/account").status_code == 200
    with visitor.session_transaction() as kept:
        assert kept["lang"] == "ar"


def test_opening_the_link_alone_confirms_nothing(visitor, last_path, session):
    visitor.post("/sign-up", data=CLAIM)
    visitor.get(last_path())
    visitor.head(last_path())
    assert session.scalars(select(User.confirmed_at).where(User.email == "nadia@example.ma")).one() is None


def test_confirming_asks_for_the_password_of_the_sign_up(visitor, last_path, session):
    visitor.post("/sign-up", data=CLAIM)
    assert visitor.post(last_path(), data={"password": "a password of somebody else"}).status_code == 422
    assert session.scalars(select(User.confirmed_at).where(User.email == "nadia@example.ma")).one() is None


def test_confirmed_link_leads_to_the_sign_in(visitor, client_of, last_path):
    visitor.post("/sign-up", data=CLAIM)
    path = last_path()
    visitor.post(path, data={"password": NEXT})
    answer = client_of(None).get(path)
    assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_unconfirmed_person_is_told_so_once_the_password_is_right(visitor):
    visitor.post("/sign-up", data=CLAIM)
    assert "Confirm your address" in visitor.post("/sign-in?lang=en", data=CLAIM).text
    wrong = visitor.post("/sign-in", data=CLAIM | {"password": "wrong"}).text
    assert "Confirm your address" not in wrong


@pytest.mark.parametrize("known", [{"email": "alice@example.ma"}, {"ice": "001561191000066"}])
def test_sign_up_answers_the_same_whoever_is_known(visitor, client_of, session, known):
    fresh = client_of(None).post("/sign-up", data=CLAIM)
    organisations = counted(session, Organisation)
    other = visitor.post("/sign-up", data=CLAIM | {"email": "nour@example.ma", "ice": "000000002000043"} | known)
    assert (other.status_code, other.location, other.data) == (fresh.status_code, fresh.location, fresh.data)
    assert counted(session, Organisation) == organisations


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("ice", "001561191000065", "This ICE is mistyped"),
        ("ice", "", "Enter the ICE number."),
        ("kind", "kingdom", "Choose the legal form."),
        ("trade", "", "Choose what you do."),
        ("email", "nadia@", "Enter a whole address"),
        ("password", "short", "Use at least 12 characters"),
        ("password", "motdepasse2026", "This is among the first passwords"),
        ("password", "nadia@example.ma", "Choose something other than your e-mail address."),
        ("locale", "xx", "Choose a language."),
        ("name", " ", "Enter a first and last name."),
    ],
)
def test_sign_up_says_what_to_correct_and_keeps_the_rest(visitor, session, field, value, sentence):
    answer = visitor.post("/sign-up?lang=en", data=CLAIM | {field: value})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert ("Coopérative Argane" in answer.text, NEXT in answer.text) == (True, False)
    assert counted(session, Message) == 0


@pytest.mark.parametrize(
    ("name", "room"),
    [("alice", "/dossiers"), ("carol", "/office"), ("sami", "/office"), ("aude", "/office"), ("pia", "/committee"),
     ("bob", "/committee"), ("adam", "/accounts")],
)  # fmt: skip
def test_sign_in_leads_to_ones_room(visitor, name, room):
    answer = visitor.post("/sign-in", data={"email": f"{name}@example.ma", "password": PASSWORD})
    assert (answer.status_code, answer.location) == (303, room)


def test_sign_in_leads_to_the_page_that_was_asked_for(visitor):
    asked = visitor.get("/account?lang=fr")
    assert asked.status_code == 302
    form = visitor.get(asked.location).text
    path = re.search(r'name="next"[^>]*value="([^"]+)"', form)[1]
    answer = visitor.post("/sign-in", data={"email": "alice@example.ma", "password": PASSWORD, "next": path})
    assert answer.location == "/account?lang=fr"


ELSEWHERE = (
    "https://evil.example", "//evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)", "evil",
    "/\t/evil.example", "/\n//evil.example", "http:/evil", "///evil.example", "", None,
)  # fmt: skip


@pytest.mark.parametrize("target", ELSEWHERE)
def test_sign_in_never_leads_elsewhere(visitor, target):
    assert own_path(target) is None
    data = {"email": "alice@example.ma", "password": PASSWORD, "next": target or ""}
    assert visitor.post("/sign-in", data=data).location == "/dossiers"


@pytest.mark.parametrize("target", [" /account", "/account\x00", "/account\r\nSet-Cookie: a=b"])
def test_address_with_more_than_an_address_is_not_ours(target):
    assert own_path(target) is None


@pytest.mark.parametrize(
    "target", ["/account", "/accounts?search=a&page=2", "/dossiers/7#documents", "/v/7K9M4T2XP8QJ"]
)
def test_own_addresses_are_kept(target):
    assert own_path(target) == target


def test_wrong_password_and_unknown_address_answer_the_same(visitor, client_of):
    wrong = visitor.post("/sign-in", data={"email": "alice@example.ma", "password": "wrong"})
    unknown = client_of(None).post("/sign-in", data={"email": "alicf@example.ma", "password": "wrong"})
    assert (wrong.status_code, unknown.status_code) == (422, 422)
    assert plain(wrong).replace("alice", "x") == plain(unknown).replace("alicf", "x")


def test_closed_account_does_not_come_in(visitor, user, session):
    user("alice").is_active = False
    session.commit()
    answer = visitor.post("/sign-in?lang=en", data={"email": "alice@example.ma", "password": PASSWORD})
    assert (answer.status_code, "This account is closed." in answer.text) == (422, True)
    assert visitor.get("/account").status_code == 302


def test_session_is_new_at_sign_in(visitor):
    with visitor.session_transaction() as before:
        before.update(lang="ar", planted="by somebody else", csrf_token="old")
    visitor.post("/sign-in", data={"email": "alice@example.ma", "password": PASSWORD})
    with visitor.session_transaction() as after:
        assert ("planted" in after, after.get("csrf_token"), after["lang"]) == (False, None, "ar")


def test_session_dies_with_the_password(client_of, user, session, acting):
    here, there = client_of("alice"), client_of("alice")
    answer = here.post("/account/password", data={"present": PASSWORD, "password": NEXT})
    assert answer.status_code == 303
    assert (here.get("/account").status_code, there.get("/account").status_code) == (200, 302)


def test_session_dies_with_the_account(client_of, user, session):
    client = client_of("alice")
    user("alice").is_active = False
    session.commit()
    assert client.get("/account").status_code == 302


def test_role_that_was_taken_no_longer_opens(client_of, user, session, acting):
    client = client_of("carol")
    change_roles(user("carol"), {Role.AUDITOR}, actor=acting("adam"))
    change_roles(user("adam"), {Role.ADMINISTRATOR, Role.AUDITOR}, actor=acting("dora"))
    session.commit()
    assert client.get("/accounts").status_code == 403


def test_forged_session_is_nobody(visitor):
    for kept in ("1-0000000000000000", "1", "-", "x-y", "99999-0000", "1-"):
        with visitor.session_transaction() as forged:
            forged["_user_id"] = kept
        assert visitor.get("/account").status_code == 302


def test_sign_out_ends_the_session(client_of):
    client = client_of("alice")
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").status_code == 303
    assert client.get("/account").status_code == 302


def test_who_is_signed_in_goes_to_their_room(client_of):
    client = client_of("carol")
    assert {client.get(page).location for page in ("/sign-in", "/sign-up")} == {"/office"}


def test_reset_sets_another_password(visitor, client_of, last_path):
    answer = visitor.post("/reset", data={"email": "Alice@example.ma"})
    assert (answer.status_code, answer.location) == (303, "/sign-up/sent")
    assert visitor.get(last_path()).status_code == 200
    answer = visitor.post(last_path(), data={"password": NEXT})
    assert (answer.status_code, answer.location) == (303, "/sign-in?password=set")
    assert visitor.post("/sign-in", data={"email": "alice@example.ma", "password": NEXT}).status_code == 303
    assert visitor.get("/sign-in?password=set").status_code == 303


def test_reset_serves_once(visitor, link_for):
    path = link_for("alice", Purpose.RESET)
    visitor.post(path, data={"password": NEXT})
    assert visitor.post(path, data={"password": NEXT + " encore"}).status_code == 410
    assert visitor.post("/sign-in", data={"email": "alice@example.ma", "password": NEXT}).status_code == 303


def test_reset_answers_the_same_for_an_unknown_address(visitor, client_of, session):
    known = client_of(None).post("/reset", data={"email": "alice@example.ma"})
    unknown = visitor.post("/reset", data={"email": "nobody@example.ma"})
    assert (known.status_code, known.location, known.data) == (unknown.status_code, unknown.location, unknown.data)
    assert counted(session, Message) == 1


def test_reset_says_what_a_password_must_be(visitor, link_for):
    answer = visitor.post(link_for("alice", Purpose.RESET) + "?lang=en", data={"password": "alice@example.ma"})
    assert (answer.status_code, "other than your e-mail" in answer.text) == (422, True)


@pytest.mark.parametrize("purpose", [Purpose.CONFIRM, Purpose.INVITATION])
def test_link_opens_its_own_page_only(visitor, link_for, purpose):
    token = link_for("alice", Purpose.RESET).split("/")[-1]
    assert visitor.get(f"/{purpose}/{token}").status_code == 410


def test_late_link_says_how_to_get_another(visitor, link_for, clock):
    path = link_for("alice", Purpose.RESET)
    clock.advance(hours=3)
    answer = visitor.get(path + "?lang=en")
    assert (answer.status_code, "/reset" in answer.text, "its time is over" in answer.text) == (410, True, True)


def test_invitation_opens_the_account(client_of, last_path, visitor):
    data = {"name": "Nadia Naciri", "email": "nadia@example.ma", "locale": "fr", "roles": ["rapporteur"]}
    assert client_of("adam").post("/accounts/new", data=data).status_code == 303
    assert visitor.post(last_path(), data={"password": NEXT}).status_code == 303
    assert visitor.post("/sign-in", data={"email": "nadia@example.ma", "password": NEXT}).location == "/missions"


@pytest.fixture
def guarded(settled_sqlite, tmp_path, clock):
    """The application with everything that tests switch off: limits on tries, and tokens in forms."""
    (tmp_path / "certify.sqlite").write_bytes(settled_sqlite.read_bytes())
    for app in running(build(tmp_path, CLOCK=clock, RATELIMIT_ENABLED=True, WTF_CSRF_ENABLED=True)):
        app.test_client_class = Browser
        yield app
    limiter.enabled = False


def token_of(page):
    return re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]


def attempt(client, email, password, path="/sign-in", **more):
    data = {"email": email, "password": password, "csrf_token": token_of(client.get(path))}
    return client.post(path, data=data, **more).status_code


def test_guesses_on_one_address_are_counted(guarded):
    tries = [
        attempt(guarded.test_client(), "Alice@example.ma", "wrong", environ_base={"REMOTE_ADDR": f"10.0.0.{place}"})
        for place in range(12)
    ]
    assert tries == [422] * 10 + [429] * 2


def test_guesses_from_one_place_are_counted(guarded):
    client = guarded.test_client()
    assert [attempt(client, f"user{n}@example.ma", "wrong") for n in range(31)] == [422] * 30 + [429]


def test_who_gets_in_is_not_counted(guarded):
    assert {attempt(guarded.test_client(), "alice@example.ma", PASSWORD) for _ in range(12)} == {303}


@pytest.mark.parametrize("path", ["/reset", "/confirm"])
def test_mail_to_one_address_is_counted(guarded, path):
    tries = [attempt(guarded.test_client(), "alice@example.ma", "", path) for _ in range(6)]
    assert tries == [303] * 5 + [429]


@pytest.mark.parametrize("path", ["/sign-in", "/sign-up", "/sign-out", "/reset", "/confirm"])
def test_form_without_its_token_does_nothing(guarded, path):
    assert guarded.test_client().post(path, data=CLAIM).status_code == 400
    assert db.session.scalar(select(func.count()).select_from(Message)) == 0


def test_token_of_another_session_does_nothing(guarded):
    stolen = token_of(guarded.test_client().get("/sign-in"))
    victim = guarded.test_client()
    victim.get("/sign-in")
    data = {"email": "alice@example.ma", "password": PASSWORD, "csrf_token": stolen}
    assert victim.post("/sign-in", data=data).status_code == 400


def test_cookie_is_kept_from_scripts_and_plain_connections(visitor):
    data = {"email": "alice@example.ma", "password": PASSWORD}
    answer = visitor.post("/sign-in", data=data, base_url="https://localhost")
    cookie = answer.headers["Set-Cookie"]
    assert ["Secure" in cookie, "HttpOnly" in cookie, "SameSite=Lax" in cookie] == [True] * 3
