"""What a demonstration shows besides; nothing of it stands in production."""

import re
import shutil

import pytest
from sqlalchemy import select

from certify.extensions import db
from certify.models import Message, User
from certify.operations.demonstration import PASSWORD
from certify.queries.settings import get_days_ahead
from tests.clients import Browser
from tests.conftest import build, running

CLAIM = {
    "name_fr": "Coopérative <Argane>", "kind": "cooperative", "trade": "producer", "ice": "000000001000070",
    "name": "Nadia Naciri", "email": "nadia@example.ma", "locale": "fr", "password": "olivier amande cumin",
}  # fmt: skip


@pytest.fixture
def demonstration(settled_sqlite, tmp_path, clock):
    shutil.copy(settled_sqlite, tmp_path / "certify.sqlite")
    for app in running(build(tmp_path, CLOCK=clock, DEMONSTRATION=True)):
        app.test_client_class = Browser
        yield app


@pytest.fixture
def visitor(demonstration):
    return demonstration.test_client()


@pytest.mark.parametrize("page", ["/demonstration", "/demonstration/mail"])
def test_production_has_none_of_it(client_of, page):
    assert client_of("adam").get(page).status_code == 404


def test_accounts_are_shown_by_role(visitor):
    for name in ("carol", "pia"):
        db.session.scalars(select(User).where(User.email == f"{name}@example.ma")).one().is_demonstration = True
    text = visitor.get("/demonstration").text
    assert re.findall(r"(\w+)@example\.ma", text) == ["carol", "pia"]
    assert PASSWORD in text


def test_clock_moves_ahead_for_everybody(visitor, demonstration):
    assert visitor.post("/demonstration", data={"ten": "10"}).status_code == 303
    assert visitor.post("/demonstration", data={"one": "1"}).status_code == 303
    assert get_days_ahead(db.session) == 11
    assert "4\N{NO-BREAK SPACE}December" in demonstration.test_client().get("/demonstration?lang=en").text


@pytest.mark.parametrize("data", [{}, {"days": "-5"}, {"hundred": "100"}])
def test_clock_moves_by_its_buttons_only(visitor, data):
    assert visitor.post("/demonstration", data=data).status_code == 200
    assert get_days_ahead(db.session) == 0


def test_link_of_the_confirmation_is_found_in_the_mailbox(visitor):
    visitor.post("/sign-up", data=CLAIM)
    path = re.search(r'href="http://127\.0\.0\.1:5000(/confirm/[^"]+)"', visitor.get("/demonstration/mail").text)[1]
    assert visitor.get(path).status_code == 200


def test_mailbox_shows_letters_as_text(visitor):
    visitor.post("/sign-up", data=CLAIM | {"name": "<script>alert(1)</script>"})
    text = visitor.get("/demonstration/mail").text
    assert ("<script>alert" in text, "&lt;script&gt;alert" in text) == (False, True)


def test_letter_that_cannot_be_written_does_not_close_the_mailbox(visitor, clock):
    db.session.add(Message(key="k", kind="no_such_kind", recipient_id=1, facts={}, written_at=clock()))
    assert visitor.get("/demonstration/mail").status_code == 200
