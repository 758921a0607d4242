"""Every route says who may come in, and holds to it: walked for every role over a population in every state."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule

from certify.extensions import SAFE_METHODS, db
from certify.models import Base, Paper, RegisterEntry, User, UserRole
from certify.operations.demonstration import PASSWORD
from certify.views.helpers import PUBLIC, SIGNED_IN, who_may
from certify.workflows.permissions import HUMAN_ROLES

TEXTS = {"number": Paper.number, "mark": RegisterEntry.mark, "licence_number": RegisterEntry.number}
"""What an address takes that is not the number of a row; anything else is a word that means nothing."""


ASKING = {"/api/v1/checks"}
"""What is a POST for the size of the question alone: it knows nobody and writes nothing, so that it needs no token."""


@pytest.fixture(scope="module")
def walked(demonstration) -> Flask:
    """The demonstration, on a copy that this module alone walks."""
    return demonstration


@pytest.fixture(scope="module")
def visitors(walked) -> dict[str, FlaskClient]:
    """A browser signed in for each role, and one for nobody."""
    clients = {"nobody": walked.test_client()}
    for role in HUMAN_ROLES:
        clients[role] = walked.test_client()
        somebody = select(User.email).join(UserRole).where(UserRole.role == role).order_by(User.id).limit(1)
        answer = clients[role].post("/sign-in", data={"email": db.session.scalar(somebody), "password": PASSWORD})
        assert answer.status_code == 303, role
    return clients


READING = {"/check/paper"}
"""What is posted and changes nothing, a file to be judged: devices keep the page that posts it, without a token."""


def rules(app: Flask) -> list[Rule]:
    """Every address but the files that everybody may have."""
    return [rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"]


def view(app: Flask, rule: Rule):
    """The function behind an address."""
    return app.view_functions[rule.endpoint]


def address(app: Flask, rule: Rule) -> str:
    """Fill an address with what the population holds."""
    return app.url_map.bind("localhost").build(rule.endpoint, {name: filling(name) for name in rule.arguments})


def filling(name: str) -> object:
    """Return the first thing that an argument may name; `dossier_id` is the number of a row of `dossier`."""
    if name in TEXTS:
        return db.session.scalars(select(TEXTS[name]).limit(1)).first()
    table = {"user_id": "user_account", "item_id": "agenda_item"}.get(name, name.removesuffix("_id"))
    if table in Base.metadata.tables:
        return db.session.scalars(select(Base.metadata.tables[table].c.id).limit(1)).first() or 1
    return 1 if name.endswith("_id") else "x"


def is_open_to(what: tuple, visitor: str) -> bool:
    """Whether the first door of a view opens: the queries behind it hold the second."""
    if PUBLIC in what:
        return True
    return visitor != "nobody" and (SIGNED_IN in what or any(visitor in who_may(each) for each in what))


def test_every_route_says_who_may_come_in_and_every_post_commits_in_one_place(walked):
    silent = [rule.rule for rule in rules(walked) if not hasattr(view(walked, rule), "access")]
    posting = [rule for rule in rules(walked) if rule.methods - SAFE_METHODS]
    loose = {rule.rule for rule in posting if not hasattr(view(walked, rule), "writes")}
    assert (silent, loose) == ([], READING)


@pytest.mark.parametrize("visitor", ["nobody", *HUMAN_ROLES])
def test_every_page_for_every_role(walked, visitors, visitor):
    wrong = []
    for rule in rules(walked):
        if "GET" not in rule.methods or rule.endpoint == "auth.sign_out":
            continue
        with visitors[visitor].get(address(walked, rule)) as answer:
            status = answer.status_code
        what = view(walked, rule).access
        if is_open_to(what, visitor):
            good = status in {200, 202, 302, 303, 308, 403, 404, 409, 410, 422}
        else:
            good = status == (302 if visitor == "nobody" else 403)
        if not good:
            wrong.append((rule.rule, status))
    assert wrong == []


@pytest.mark.parametrize("visitor", ["nobody", *HUMAN_ROLES])
def test_every_post_is_refused_to_whoever_may_not(walked, visitors, visitor):
    wrong = []
    for rule in rules(walked):
        if rule.methods <= SAFE_METHODS or is_open_to(view(walked, rule).access, visitor):
            continue
        status = visitors[visitor].post(address(walked, rule)).status_code
        if status != (302 if visitor == "nobody" else 403):
            wrong.append((rule.rule, status))
    assert wrong == []


def test_every_post_without_its_token_is_refused(walked, visitors):
    walked.config["WTF_CSRF_ENABLED"] = True
    try:
        posting = [rule for rule in rules(walked) if rule.methods - SAFE_METHODS and rule.rule not in ASKING]
        answers = {rule.rule: visitors["nobody"].post(address(walked, rule)).status_code for rule in posting}
    finally:
        walked.config["WTF_CSRF_ENABLED"] = False
    assert {rule for rule, status in answers.items() if status != 400} == READING
    assert len(answers) > 20


def test_the_people_of_the_walk_are_one_for_each_role(walked):
    held = {role for user in db.session.scalars(select(User)) for role in user.roles}
    assert held == set(HUMAN_ROLES)
