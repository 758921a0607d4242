"""The register as machines read it, on both databases: pages, sorting out, and changes of which none is ever missed."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.extensions import db
from certify.models import LedgerEntry, RegisterEntry, User
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.ledger import log
from certify.queries.public_register import (
    SORTED,
    Sieve,
    find_place_before,
    get_licence,
    list_changes,
    list_gtins,
    list_licences,
    verdict_on,
)
from certify.workflows.errors import NotFound
from certify.workflows.licence import Ground, State
from certify.workflows.scanning import Caution
from certify.workflows.verdict import verdict_of
from tests.intruders import disarm
from tests.scans import granted
from tests.scenes import once

GTIN = "06111234567895"
FROM, TO = date(2026, 12, 7), date(2029, 12, 6)


ALL = Sieve()


def numbers(sieve: Sieve = ALL, *, today: date = FROM, after: str = "", limit: int = 100) -> list[str]:
    """The numbers of the licences of a page."""
    return [row.number for row in list_licences(db.session, sieve, today=today, after=after, limit=limit)]


@pytest.fixture
def sami(any_app, clock):
    """Sami at work now."""
    found = select(User).where(User.email == "sami@example.ma")
    return lambda: Actor(db.session, db.session.scalars(found).one(), clock())


def test_a_licence_is_found_by_each_thing_it_is_asked_by(any_app):
    licence = once(granted, gtin=GTIN)
    region, filiere = int(licence.number[4:6]), licence.dossier.product.filiere
    for sieve in (Sieve(), Sieve(region=region), Sieve(filiere=filiere), Sieve(gtin=GTIN)):
        assert numbers(sieve) == [licence.number]
    for sieve in (Sieve(region=region % 12 + 1), Sieve(filiere="other"), Sieve(gtin="04006381333931")):
        assert numbers(sieve) == []
    assert numbers(Sieve(None, region, filiere, GTIN)) == [licence.number]
    assert numbers(after=licence.number) == numbers(limit=0) == []
    assert list_gtins(db.session, [licence.mark]) == {licence.mark: [GTIN]}
    assert get_licence(db.session, licence.number).mark == licence.mark
    with pytest.raises(NotFound):
        get_licence(db.session, "TDM-09-2026-9999-X")


def test_the_register_is_sorted_out_as_the_law_judges(any_app):
    licence = once(granted)
    disarm(db.session)  # the database lets the register tell the state of its licence alone
    entry = db.session.get(RegisterEntry, licence.mark)
    days = (FROM - timedelta(1), FROM, TO, TO + timedelta(1))
    states = (State.ACTIVE, State.SUSPENDED, State.WITHDRAWN, State.EXPIRED)
    for state, today, caution in product(states, days, (None, Caution.WATCH, Caution.ALERT)):
        entry.state, entry.caution = str(state), caution
        db.session.flush()
        found = [verdict for verdict in SORTED if numbers(Sieve(verdict), today=today)]
        assert found == [verdict_on(entry, today)], (state, today, caution)
        if caution is not Caution.ALERT:
            assert found == [verdict_of(state, FROM, TO, today)]


def test_what_happened_is_told_in_the_order_of_the_log(any_app, clock, sami):
    licence = once(granted)
    clock.advance(days=1)
    licences.suspend(licence, reason="Contrôle", ground=Ground.HEALTH, actor=sami())
    clock.advance(days=1)
    licences.reinstate(licence, reason="Levée", actor=sami())
    db.session.commit()
    changes, last, is_more = list_changes(db.session, after=-1, limit=100)
    assert [(change.kind, change.number, change.ground, change.scope) for change in changes] == [
        ("granted", licence.number, None, None),
        ("suspended", licence.number, "R06", "retroactive"),
        ("reinstated", licence.number, None, None),
    ]
    assert (last, is_more) == (changes[-1].position, False)
    assert list_changes(db.session, after=last, limit=100) == ([], last, False)


def test_pages_of_changes_meet_every_entry_once(any_app, clock, sami):
    licence = once(granted)
    for act in (licences.suspend, licences.reinstate) * 3:
        clock.advance(hours=1)
        act(licence, reason="Contrôle", actor=sami())
    db.session.commit()
    whole, end, _ = list_changes(db.session, after=-1, limit=1000)
    seen, after, is_more = [], -1, True
    while is_more:
        page, after, is_more = list_changes(db.session, after=after, limit=2)
        seen += page
    assert (seen, after) == (whole, end)


def test_a_moment_leads_to_the_first_entry_that_is_not_before_it(any_app, clock, sami):
    assert find_place_before(db.session, clock()) == -1
    licence = once(granted)
    moments = [clock()]
    for act in (licences.suspend, licences.reinstate):
        clock.advance(hours=1)
        act(licence, reason="Contrôle", actor=sami())
        moments.append(clock())
    db.session.commit()
    rows = db.session.execute(select(LedgerEntry.position, LedgerEntry.at)).all()
    for moment in (*moments, moments[0] - timedelta(days=1), moments[1] + timedelta(seconds=1), clock() + timedelta(1)):
        expected = max((position for position, at in rows if at < moment), default=-1)
        assert find_place_before(db.session, moment) == expected


def test_what_is_committed_late_comes_later_and_is_never_missed(any_app, clock):
    """Of two who write at once the second waits, so that a reader never sees a place before one still to come."""
    if db.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer at a time")
    licence = once(granted)
    facts = {"cert": licence.number, "idx": 0, "to": "suspended", "scope": "prospective", "why": "R00", "from": FROM}
    seen = [list_changes(db.session, after=-1, limit=100)[1]]
    db.session.rollback()
    first, second, reader = (Session(db.engine) for _ in range(3))
    log("status", actor=Actor(first, None, clock()), **facts)
    waiting = Thread(target=lambda: (log("status", actor=Actor(second, None, clock()), **facts), second.commit()))
    waiting.start()
    waiting.join(0.3)
    assert waiting.is_alive()
    assert list_changes(reader, after=seen[-1], limit=100)[1] == seen[-1]
    reader.rollback()
    first.commit()
    waiting.join(5)
    changes, last, _ = list_changes(reader, after=seen[-1], limit=100)
    assert [change.position for change in changes] == [seen[-1] + 1, seen[-1] + 2] and last == seen[-1] + 2
    for session in (first, second, reader):
        session.close()
