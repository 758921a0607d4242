"""Notification: the proof of receipt, once a decision, on a day that can be."""
# ruff: noqa: F811

from datetime import date

import pytest

from certify.models.dossier import Channel
from certify.operations.notifications import record_notification
from certify.queries.admissibility import find_decision, is_notified
from certify.queries.dossiers import list_events
from certify.workflows.errors import NotAllowed, Refused, WrongState
from tests.staged import clock, played, settled_sqlite, staged  # noqa: F401

TODAY = date(2026, 12, 7)


@pytest.fixture
def notify(staged, acting):
    def notify(stage="refused", name="carol", **more):
        said = {"channel": Channel.REGISTERED_MAIL, "received_on": TODAY, "proof": "RR 123"} | more
        return record_notification(staged(stage), **said, actor=acting(name))

    return notify


@pytest.mark.parametrize("stage", ["approved", "reserved", "refused"])
def test_notification_is_kept_beside_its_letter(notify, staged, session, stage):
    told = notify(stage)
    assert (told.paper_id, told.received_on) == (find_decision(session, staged(stage)).id, TODAY)
    assert is_notified(session, staged(stage))


def test_journal_keeps_how_and_when_but_not_the_proof(notify, staged, session):
    notify()
    event = list_events(session, staged("refused"))[-1]
    letter = find_decision(session, staged("refused")).number
    assert event.facts == {"paper": letter, "channel": "registered_mail", "received_on": "2026-12-07"}


def test_decision_is_notified_once(notify):
    notify()
    with pytest.raises(Refused, match="already been notified"):
        notify()


@pytest.mark.parametrize("channel", [Channel.HAND, Channel.REGISTERED_MAIL, Channel.BAILIFF])
def test_paper_leaves_a_trace(notify, channel):
    with pytest.raises(Refused, match="how and when"):
        notify(channel=channel, proof=None)


def test_account_needs_no_paper(notify, staged, session):
    notify(channel="account", proof=None)
    assert is_notified(session, staged("refused"))


@pytest.mark.parametrize("day", [date(2026, 12, 8), date(2026, 12, 6)])
def test_day_is_neither_ahead_nor_before_the_letter(notify, staged, session, day):
    with pytest.raises(Refused):
        notify(received_on=day)
    assert not is_notified(session, staged("refused"))


def test_later_day_of_receipt_is_recorded_as_it_was(notify, clock):
    clock.advance(days=9)
    assert notify(received_on=date(2026, 12, 10)).received_on == date(2026, 12, 10)


@pytest.mark.parametrize("name", ["sami", "aude", "alice", "rachid", "pia"])
def test_only_the_secretariat_records(notify, name):
    with pytest.raises(NotAllowed):
        notify(name=name)


@pytest.mark.parametrize("stage", ["filed", "admissible", "adjourned"])
def test_nothing_decided_is_nothing_to_notify(notify, stage):
    with pytest.raises(WrongState):
        notify(stage)
