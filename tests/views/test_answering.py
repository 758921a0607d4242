"""What an applicant answers: point by point, sent once, and only in their turn."""

from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select

from certify.models import Complement, Document, Finding
from certify.operations import findings
from certify.queries.admissibility import list_complements
from certify.workflows.dossier import State
from tests.factories import a_pdf, under_examination
from tests.scenes import once
from tests.staged import clock, played, settled_sqlite, staged, store  # noqa: F401


@pytest.fixture
def alice(client_of):
    return client_of("alice")


@pytest.fixture
def asked(session, staged):  # noqa: F811
    """The dossier whose statutes are asked for, and the point."""
    dossier = staged("asked")
    [complement] = list_complements(session, dossier)
    return dossier, complement.points[0]


@pytest.fixture
def found(app, session):
    """A dossier with one finding to correct."""
    dossier = once(to_correct)
    return dossier, session.scalars(select(Finding).where(Finding.dossier_id == dossier.id)).one()


def to_correct(acting, clock, store):  # noqa: F811
    """Raise one finding."""
    dossier = under_examination(acting, store=store)
    due_on = acting(None).today + timedelta(days=20)
    findings.raise_finding(
        dossier, grade="minor", statement="Le poids net manque.", due_on=due_on, actor=acting("rachid")
    )
    findings.require_conformity(dossier, actor=acting("rachid"))
    return dossier


def a_file(pages: int = 4) -> tuple[BytesIO, str]:
    return BytesIO(a_pdf(pages)), "nouveaux statuts.pdf"


def test_a_point_is_answered_with_a_new_version(session, alice, asked):
    dossier, point = asked
    answer = alice.post(f"/dossiers/{dossier.id}/complement/{point.id}", data={"file": a_file()})
    session.expire_all()
    assert (answer.status_code, answer.location) == (303, f"/dossiers/{dossier.id}/complement#point-{point.id}")
    assert (point.document.kind, point.document.version, point.document.file_name) == ("statutes", 2, a_file()[1])


def test_a_point_is_answered_in_words(session, alice, asked):
    dossier, point = asked
    alice.post(f"/dossiers/{dossier.id}/complement/{point.id}", data={"answer": "Ils sont signés page 9."})
    session.expire_all()
    assert (point.answer, point.document_id) == ("Ils sont signés page 9.", None)


def test_a_point_without_answer_or_with_a_bad_file_keeps_the_words(session, alice, asked):
    dossier, point = asked
    address = f"/dossiers/{dossier.id}/complement/{point.id}"
    empty = alice.post(address, data={"answer": ""})
    bad = alice.post(address, data={"answer": "Voici", "file": (BytesIO(b"MZ"), "a.pdf")})
    session.expire_all()
    assert (empty.status_code, bad.status_code, "Voici" in bad.text, point.answer) == (422, 422, True, None)


def test_the_complement_goes_once_every_point_is_answered(session, alice, asked):
    dossier, point = asked
    address = f"/dossiers/{dossier.id}/complement"
    early = alice.post(address, data={"version": dossier.version})
    alice.post(f"{address}/{point.id}", data={"answer": "Les voici."})
    session.expire_all()
    sent = alice.post(address, data={"version": dossier.version})
    session.expire_all()
    answered_at = session.scalars(select(Complement.answered_at).where(Complement.dossier_id == dossier.id)).one()
    assert (early.status_code, sent.status_code, dossier.state) == (422, 303, State.CHECKING)
    assert answered_at is not None


def test_the_complement_sent_twice_arrives_once(session, alice, asked):
    dossier, point = asked
    alice.post(f"/dossiers/{dossier.id}/complement/{point.id}", data={"answer": "Les voici."})
    session.expire_all()
    data = {"version": dossier.version}
    first, second = (alice.post(f"/dossiers/{dossier.id}/complement?lang=en", data=data) for _ in range(2))
    assert (first.status_code, second.status_code) == (303, 409)
    assert "already sent" in second.text


@pytest.mark.parametrize(("name", "status"), [("alice", 409), ("mallory", 403), ("carol", 403)])
def test_nothing_is_answered_that_is_not_asked(client_of, staged, name, status):  # noqa: F811
    client, room = client_of(name), f"/dossiers/{staged('filed').id}"
    pages = ("complement", "complement/1", "as-it-stands")
    assert {send(f"{room}/{page}").status_code for page in pages for send in (client.get, client.post)} == {status}


def test_nobody_answers_for_another(session, client_of, asked):
    dossier, point = asked
    stranger = client_of("mallory").post(f"/dossiers/{dossier.id}/complement/{point.id}", data={"answer": "Moi"})
    session.expire_all()
    assert (stranger.status_code, point.answer) == (403, None)


def test_one_may_ask_for_a_decision_instead(session, alice, found):
    dossier, _ = found
    page = alice.get(f"/dossiers/{dossier.id}/as-it-stands?lang=en").text
    alice.post(f"/dossiers/{dossier.id}/as-it-stands", data={"version": dossier.version})
    session.expire_all()
    assert ("may then refuse the label" in page, dossier.asks_decision_as_is) == (True, True)
    assert dossier.state is State.CONFORMITY


def test_what_the_committee_awaits_is_sent_without_moving_anything(session, alice, staged):  # noqa: F811
    dossier = staged("adjourned")
    assert "Une seconde analyse." in alice.get(f"/dossiers/{dossier.id}/further").text
    answer = alice.post(f"/dossiers/{dossier.id}/further", data={"file": a_file()})
    session.expire_all()
    kinds = session.scalars(select(Document.kind).where(Document.dossier_id == dossier.id)).all()
    assert (answer.status_code, dossier.state, "further-1" in kinds) == (303, State.ADJOURNED, True)


def test_nothing_further_is_sent_out_of_turn(session, alice, staged):  # noqa: F811
    dossier = staged("filed")
    answer = alice.post(f"/dossiers/{dossier.id}/further", data={"answer": "Encore ceci."})
    kinds = session.scalars(select(Document.kind).where(Document.dossier_id == dossier.id)).all()
    assert (answer.status_code, "further-1" in kinds) == (409, False)
