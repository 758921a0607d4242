"""What time does by itself, and that it does it once, and never approves."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from certify.models import Dossier, Message
from certify.models.document import Standing
from certify.operations.admissibility import (
    appoint_rapporteur,
    check_documents,
    declare_admissible,
    request_complement,
    take_up,
)
from certify.operations.findings import raise_finding, require_conformity
from certify.operations.timekeeping import list_due, settle
from certify.queries.admissibility import list_current_documents
from certify.queries.dossiers import list_events
from certify.workflows.dossier import State
from tests.factories import filed, under_examination
from tests.scenes import once


@pytest.fixture
def dossier(app) -> Dossier:
    """Alice's filed dossier."""
    return once(filed)


@pytest.fixture
def tick(session, acting, clock):
    """Let days pass, then do all that is due; return the messages of a kind written so far."""

    def pass_days(days: int, kind: str = "") -> int:
        clock.advance(days=days)
        for due in list(list_due(acting(None))):
            settle(due, actor=acting(None))
            session.commit()
        return len(session.scalars(select(Message).where(Message.kind == kind)).all())

    return pass_days


def admitted(dossier, acting):
    """Take a dossier to the rapporteur."""
    take_up(dossier, actor=acting("carol"))
    found = {
        piece.id: (Standing.CONFORMING, None) for piece in list_current_documents(acting("carol").session, dossier)
    }
    check_documents(dossier, found, actor=acting("carol"))
    declare_admissible(dossier, actor=acting("carol"))


def asked(dossier, acting):
    """Ask Alice for one document more."""
    take_up(dossier, actor=acting("carol"))
    request_complement(dossier, [("test_reports", "Moins de douze mois.")], actor=acting("carol"))


def test_a_silent_file_is_deemed_complete_after_a_month_and_not_before(dossier, tick):
    tick(30)
    assert dossier.state is State.FILED
    tick(1)
    assert dossier.state is State.ADMISSIBLE


def test_an_applicant_who_stays_silent_is_reminded_twice_then_the_file_lapses(dossier, tick, acting, session):
    asked(dossier, acting)
    session.commit()
    assert [tick(19, "complement_reminder"), tick(1, "complement_reminder")] == [0, 1]
    assert [tick(5, "complement_reminder"), tick(5, "complement_reminder")] == [1, 2]
    tick(15)
    assert dossier.state is State.COMPLEMENT
    tick(1)
    assert dossier.state is State.LAPSED


def test_a_clock_that_slept_still_reminds_and_leaves_the_grace_period(dossier, tick, acting, session):
    asked(dossier, acting)
    session.commit()
    assert [tick(90, "complement_reminder"), tick(0, "complement_reminder")] == [1, 1]
    assert tick(1, "complement_reminder") == 2
    tick(15)
    assert dossier.state is State.COMPLEMENT
    tick(1)
    assert dossier.state is State.LAPSED


def test_the_legal_clock_alerts_on_its_days_and_never_approves(dossier, tick, acting, session):
    admitted(dossier, acting)
    session.commit()
    offices = 3  # Carol, Dora and the signatory
    assert tick(44, "delay_alert") == 0
    assert tick(1, "delay_alert") == offices
    assert tick(0, "delay_alert") == offices
    assert tick(10, "delay_alert") == 2 * offices
    assert tick(5, "delay_alert") == 3 * offices
    assert tick(1, "delay_alert") == 4 * offices
    assert tick(300, "delay_alert") == 4 * offices
    assert dossier.state is State.ADMISSIBLE


def test_two_clocks_at_once_do_it_once(dossier, acting, clock, session):
    clock.advance(days=40)
    dues = [due for due in list_due(acting(None)) if due.duty == "deem_complete"]
    for due in (*dues, *dues):
        settle(due, actor=acting(None))
    session.commit()
    assert dossier.state is State.ADMISSIBLE
    assert [event.action for event in list_events(session, dossier)] == ["file", "deem_complete"]


def test_nothing_is_due_where_nothing_waits(app, acting):
    assert list(list_due(acting(None))) == []


def test_a_rapporteur_at_work_is_left_alone(dossier, tick, acting, user, session):
    admitted(dossier, acting)
    appoint_rapporteur(dossier, rapporteur=user("rachid"), actor=acting("carol"))
    session.commit()
    tick(100)
    assert dossier.state is State.EXAMINATION
    assert dossier.changed_at <= acting(None).at - timedelta(days=100)


def noticed(session):
    """Tell who was reminded to give notice of what was found, and whether it was late, in order."""
    asked = select(Message).where(Message.kind == "notice_due").order_by(Message.id)
    return [(one.recipient.name.split()[0], one.facts["is_late"]) for one in session.scalars(asked)]


def test_notice_of_what_was_found_is_asked_for_then_late(session, acting, app, tick):
    dossier = once(under_examination)
    raise_finding(dossier, grade="minor", statement="x", actor=acting("rachid"))
    session.commit()
    tick(13)
    assert noticed(session) == []
    tick(1)
    tick(1)
    assert noticed(session) == [("Rachid", False)]
    tick(6)
    assert noticed(session) == [("Rachid", False)]
    tick(1)
    tick(1)
    assert noticed(session) == [("Rachid", False), ("Rachid", True), ("Carol", True), ("Dora", True)]


def test_what_was_sent_needs_no_notice(session, acting, app, tick):
    dossier = once(under_examination)
    raise_finding(dossier, grade="minor", statement="x", actor=acting("rachid"))
    require_conformity(dossier, actor=acting("rachid"))
    session.commit()
    tick(40)
    assert noticed(session) == []
