"""What goes wrong has its page: the status, one sentence, nothing of the cause, no half-made change."""

from __future__ import annotations

import shutil
import sqlite3

import pytest
from sqlalchemy.exc import OperationalError

from certify.views.helpers import PUBLIC, access
from certify.workflows import errors
from tests.conftest import build, running


@pytest.fixture
def failing(settled_sqlite, tmp_path, clock):
    """An application of its own, with a page that fails in the way it is told."""
    shutil.copy(settled_sqlite, tmp_path / "certify.sqlite")
    app, faults = build(tmp_path, CLOCK=clock), {}

    @app.get("/test/<name>")
    @access(PUBLIC)
    def fail(name):
        raise faults[name]

    for served in running(app):
        yield served.test_client(), faults


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (errors.NotFound("No such thing."), 404),
        (errors.NotAllowed("Not yours."), 403),
        (errors.Conflicted("Closed to you."), 403),
        (errors.WrongState("Too late."), 409),
        (errors.Refused("A condition."), 409),
        (errors.QuorumMissing("Missing %(n)s.", n=2), 409),
        (errors.AlreadyVoted("Once."), 409),
        (errors.Malformed("Wrong."), 422),
    ],
)
def test_a_refusal_of_the_rules_says_its_sentence(failing, fault, status):
    client, faults = failing
    faults["it"] = fault
    answer = client.get("/test/it", headers={"Accept-Language": "en"})
    assert answer.status_code == status
    assert str(fault) in answer.text


def test_a_method_that_an_address_does_not_take_is_refused_with_those_it_does(failing):
    client, _ = failing
    answer = client.delete("/status/1")
    assert (answer.status_code, set(answer.headers["Allow"].split(", "))) == (405, {"GET", "HEAD", "OPTIONS"})


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (ValueError("the cause"), 500),
        (OperationalError("the cause", None, ValueError()), 503),
        (sqlite3.OperationalError("the cause"), 503),
    ],
)
def test_our_own_fault_gives_a_reference_and_hides_the_cause(failing, caplog, fault, status):
    client, faults = failing
    faults["it"] = fault
    answer = client.get("/test/it")
    assert answer.status_code == status
    assert "the cause" not in answer.text
    reference = next(record.args[0] for record in caplog.records if record.msg == "reference %s")
    assert reference in answer.text


def test_an_unknown_address_is_a_page_in_the_readers_language(app):
    answer = app.test_client().get("/nowhere", headers={"Accept-Language": "ar"})
    assert answer.status_code == 404
    assert '<html lang="ar" dir="rtl">' in answer.text


def test_a_number_that_no_table_holds_leads_nowhere(client_of):
    assert client_of("alice").get("/dossiers/99999999999999999999").status_code == 404
