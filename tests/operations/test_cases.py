"""Cases: proposed by scans or readers, one at a time, decided by the right people, and what the public is told."""

from __future__ import annotations

import json
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from certify.extensions import db
from certify.models import CaseReport, CaseStep, CopyCase, LedgerEntry, Licence, RegisterEntry, ScanCount, ScanRow, User
from certify.operations import timekeeping
from certify.operations.acting import Actor
from certify.operations.cases import decide_case, propose, report, weigh_code
from certify.operations.publishing import publish
from certify.operations.scanning import Seen
from certify.queries.cases import get_case, list_alerts, list_cases, picture_of
from certify.queries.journal import find_break
from certify.queries.ledger import list_entries
from certify.trust.ledger import Ledger
from certify.trust.status import Status
from certify.workflows.case import Action, State
from certify.workflows.errors import NotAllowed, Refused, Stale, WrongState
from certify.workflows.scanning import Alarm, Caution, Signal, Standing, Tier, code_of, licence_path
from tests.copies import FAR, JAR, cases, code_row, copied, looked
from tests.proofs import ISSUER
from tests.scans import scans

REASON = "Seen in four towns; the shop of Tiznit sells another jar."


@pytest.fixture
def by(any_app, clock):
    """`by("carol")` is Carol at work now; `by(None)` is the clock."""

    def acting(name: str | None) -> Actor:
        found = db.session.query(User).filter_by(email=f"{name}@example.ma").one() if name else None
        return Actor(db.session, found, clock())

    return acting


def tick(actor: Actor) -> None:
    """Let the clock do what is due about scans."""
    for due in list(timekeeping.list_due(actor)):
        timekeeping.settle(due, actor=actor)
        db.session.commit()


def decide(case: CopyCase, action: Action, actor: Actor, reason: str | None = REASON, **more) -> CaseStep:
    step = decide_case(case, action, reason=reason, actor=actor, **more)
    db.session.commit()
    return step


def test_the_clock_opens_one_case_however_often_it_looks_and_brings_it_up_to_date(by, clock):
    looked(*FAR, at=clock())
    tick(by(None))
    tick(by(None))
    (case,) = cases()
    assert (case.state, case.signal, case.visits, case.regions) == (State.OPEN, Signal.SPREAD, 6, 6)
    clock.advance(days=2)
    looked("MA-02", at=clock())
    tick(by(None))
    (case,) = cases()
    assert (case.visits, case.regions, case.changed_at) == (7, 7, clock())
    assert code_row().is_fresh is False


def test_three_regions_make_the_page_careful_until_the_window_has_passed_and_open_nothing(by, clock):
    looked(*FAR[:3], at=clock())
    tick(by(None))
    assert (code_row().caution, code_row().caution_at, cases()) == (Caution.WATCH, clock(), [])
    clock.advance(days=61)
    tick(by(None))
    assert (code_row().caution, code_row().caution_at) == (None, None)


def test_one_case_alone_is_pending_for_a_code_and_a_signal(by):
    case = copied(by(None))
    twin = {name: getattr(case, name) for name in ("seen_id", "signal", "visits", "regions", "since", "opened_at")}
    db.session.add(CopyCase(**twin, state=State.OPEN, changed_at=case.opened_at))
    with pytest.raises(IntegrityError):
        db.session.flush()
    db.session.rollback()
    propose(code_row(), Alarm(Signal.RUSH, 3, 3, by(None).at), actor=by(None))
    db.session.commit()
    assert [one.signal for one in cases()] == [Signal.SPREAD, Signal.RUSH]


def test_a_person_confirms_and_the_code_is_published_until_it_is_lifted(by, clock):
    case = copied(by(None))
    assert list_alerts(db.session) == []
    decide(case, Action.TAKE_UP, by("carol"), None)
    decide(case, Action.CONFIRM, by("carol"))
    assert (case.state, case.decided_at) == (State.CONFIRMED, clock())
    assert (list_alerts(db.session), code_row().caution) == ([code_of(JAR.path)], Caution.ALERT)
    clock.advance(days=100)
    tick(by(None))
    assert code_row().caution is Caution.ALERT
    decide(case, Action.LIFT, by("sami"))
    assert (list_alerts(db.session), code_row().caution, case.state) == ([], None, State.LIFTED)


def test_an_alert_stands_while_another_case_holds_it(by):
    first = copied(by(None))
    second = propose(code_row(), Alarm(Signal.RUSH, 3, 3, by(None).at), actor=by(None))
    for case in (first, second):
        decide(case, Action.CONFIRM, by("carol"))
    decide(first, Action.LIFT, by("carol"))
    assert list_alerts(db.session) == [code_of(JAR.path)]
    decide(second, Action.LIFT, by("carol"))
    assert list_alerts(db.session) == []


def test_what_was_dismissed_comes_back_only_with_new_scans(by, clock):
    case = copied(by(None))
    assert code_row().caution is Caution.WATCH
    decide(case, Action.DISMISS, by("carol"))
    assert code_row().caution is None
    clock.advance(hours=2)
    looked("MA-02", at=clock())
    tick(by(None))
    assert (code_row().caution, len(cases())) == (None, 1)
    clock.advance(days=13)
    looked(*FAR, at=clock(), every=24)
    tick(by(None))
    assert [one.state for one in cases()] == [State.DISMISSED, State.OPEN]
    assert (cases()[1].visits, code_row().caution) == (7, Caution.WATCH)


@pytest.mark.parametrize("name", ["alice", "bob", "mallory", None])
def test_nobody_else_decides_and_the_clock_least_of_all(by, name):
    case = copied(by(None))
    with pytest.raises(NotAllowed):
        decide_case(case, Action.CONFIRM, reason=REASON, actor=by(name))
    db.session.rollback()
    assert (cases()[0].state, cases()[0].steps, list_alerts(db.session)) == (State.OPEN, [], [])


def test_what_cannot_be_is_refused_and_changes_nothing(by):
    case = copied(by(None))
    for action, reason, error in (
        (Action.CONFIRM, None, Refused),
        (Action.DISMISS, "", Refused),
        (Action.LIFT, REASON, WrongState),
        (Action.ALERT, REASON, NotAllowed),
    ):
        with pytest.raises(error):
            decide_case(case, action, reason=reason, actor=by("carol"))
        db.session.rollback()
    with pytest.raises(Refused, match="Only an authorisation in force"):
        decide_case(case, Action.ALERT, reason=REASON, actor=by("sami"))
    db.session.rollback()
    assert (cases()[0].state, cases()[0].steps) == (State.OPEN, [])


def test_of_two_who_decide_at_once_the_second_is_told(by):
    case = copied(by(None))
    seen = case.version
    decide(case, Action.DISMISS, by("carol"), version=seen)
    with pytest.raises(Stale):
        decide_case(case, Action.CONFIRM, reason=REASON, actor=by("sami"), version=seen)
    db.session.rollback()
    assert cases()[0].state is State.DISMISSED


def test_each_step_is_chained_and_nothing_of_it_can_be_changed(by):
    case = copied(by(None))
    decide(case, Action.TAKE_UP, by("carol"), None)
    decide(case, Action.CONFIRM, by("sami"))
    assert [(step.sequence, step.action, step.role) for step in cases()[0].steps] == [
        (1, Action.TAKE_UP, "secretariat"),
        (2, Action.CONFIRM, "signatory"),
    ]
    assert find_break(db.session) is None
    for statement in (
        update(CaseStep).values(reason="another"),
        delete(CaseStep),
        delete(CopyCase),
        update(CopyCase).values(signal=Signal.RUSH),
    ):
        with pytest.raises(DBAPIError):
            db.session.execute(statement)
        db.session.rollback()


def test_a_state_that_follows_from_no_step_is_found(by):
    case = copied(by(None))
    db.session.execute(update(CopyCase).values(state=State.CONFIRMED, decided_at=case.opened_at))
    found = find_break(db.session)
    assert (found.subject, found.fault) == (f"copy_case {case.id}", "is confirmed without a single event")


def test_a_burst_of_forged_seals_is_handed_on_and_puts_no_code_under_alert(by, clock):
    forged = Seen("forged", Tier.FORGED, Standing.FORGED)
    looked(*["MA-06"] * 10, at=clock(), seen=forged, every=1)
    tick(by(None))
    (case,) = cases()
    assert (case.signal, case.licence_id) == (Signal.FORGED, None)
    with pytest.raises(Refused, match="not about the code"):
        decide_case(case, Action.CONFIRM, reason=REASON, actor=by("carol"))
    db.session.rollback()
    decide(cases()[0], Action.REFER, by("carol"))
    assert (cases()[0].state, list_alerts(db.session)) == (State.REFERRED, [])


def test_what_readers_write_joins_one_case_is_sealed_and_their_contact_is_forgotten(by, clock):
    for number in range(2):
        report(
            JAR.path,
            JAR.tier,
            licence_id=None,
            said="Le pot est plus petit",
            bought="Souk de Tiznit",
            region="MA-09",
            contact=f"reader{number}@example.ma",
            actor=by(None),
        )
        db.session.commit()
    (case,) = cases()
    assert (case.signal, case.visits, len(case.reports)) == (Signal.REPORTED, 2, 2)
    raw = str(db.session.execute(text("SELECT said, bought, contact FROM case_report")).all())
    assert [word for word in ("Le pot", "Souk", "reader") if word in raw] == []
    decide(case, Action.DISMISS, by("carol"))
    clock.advance(days=91)
    tick(by(None))
    db.session.expire_all()
    kept = db.session.scalars(select(CaseReport)).all()
    assert [(row.contact, row.said) for row in kept] == [(None, "Le pot est plus petit")] * 2
    with pytest.raises(DBAPIError):
        db.session.execute(update(CaseReport).values(said="another"))
    db.session.rollback()


def test_the_picture_shows_where_and_when(by, clock):
    looked("MA-06", "MA-06", "MA-09", at=clock(), every=24)
    picture = picture_of(db.session, code_row(), today=by(None).today, days=60)
    assert [(strip.region, strip.days, strip.visits) for strip in picture.strips] == [
        ("MA-06", ((57, 1), (58, 1)), 2),
        ("MA-09", ((59, 1),), 1),
    ]
    assert (picture.highest, picture.visits, picture.begins_on) == (1, 3, by(None).today - timedelta(days=59))


def test_the_list_puts_what_waits_first_and_counts_the_rest(by):
    case = copied(by(None))
    decide(copied(by(None), JAR._replace(path="/01/06111234567895/21/OTHER")), Action.DISMISS, by("carol"))
    found = list_cases(db.session, reader=by("carol").user)
    assert ([row.id for row in found.rows], found.figures) == ([case.id], {State.OPEN: 1, State.DISMISSED: 1})
    assert get_case(db.session, case.id, reader=by("carol").user) is case


@pytest.fixture
def scan(settled_sqlite):
    yield from scans(settled_sqlite)


@pytest.fixture
def licence(scan):
    """A licence in force, the people of the tests, and its code as it is scanned."""
    row = db.session.scalars(select(Licence)).one()
    people = {name: db.session.query(User).filter_by(email=f"{name}@example.ma").one() for name in ("carol", "sami")}
    seen = Seen(licence_path(scan.mark), Tier.LICENCE, Standing.ENDED, row.id)
    return SimpleNamespace(row=row, scan=scan, seen=seen, **people)


def test_a_licence_long_withdrawn_and_still_scanned_proposes_a_case(licence):
    licence.scan.act("withdraw")
    clock = licence.scan.clock
    clock.advance(days=100)
    looked(*["?"] * 9, at=clock(), seen=licence.seen, every=1)
    weigh_code(code_row(licence.seen), actor=Actor(db.session, None, clock()))
    assert cases() == []
    clock.advance(days=100)
    looked(*["?"] * 9, at=clock(), seen=licence.seen, every=1)
    weigh_code(code_row(licence.seen), actor=Actor(db.session, None, clock()))
    db.session.commit()
    assert [(one.signal, one.licence_id) for one in cases()] == [(Signal.ENDED, licence.row.id)]


def test_only_the_signatory_puts_a_whole_authorisation_under_alert_and_its_state_stays(licence):
    clock = licence.scan.clock
    report(
        licence.seen.path, Tier.LICENCE, licence_id=licence.row.id, said="Faux", actor=Actor(db.session, None, clock())
    )
    db.session.commit()
    (case,) = cases()
    with pytest.raises(NotAllowed):
        decide_case(case, Action.ALERT, reason=REASON, actor=Actor(db.session, licence.carol, clock()))
    db.session.rollback()
    decide(cases()[0], Action.ALERT, Actor(db.session, licence.sami, clock()))
    entry = db.session.scalars(select(RegisterEntry)).one()
    assert (entry.caution, entry.state, licence.row.state) == (Caution.ALERT, "active", "active")
    assert list_alerts(db.session) == []
    decide(cases()[0], Action.LIFT, Actor(db.session, licence.sami, clock()))
    db.session.expire_all()
    assert entry.caution is None


def test_rows_become_counts_by_region_and_month_and_are_gone(licence):
    clock = licence.scan.clock
    looked("MA-06", "MA-06", "MA-09", at=clock(), seen=licence.seen, every=1)
    clock.advance(days=85)
    looked("MA-06", at=clock(), seen=licence.seen)
    clock.advance(days=6)
    actor = Actor(db.session, None, clock())
    for _ in range(2):
        for due in list(timekeeping.list_due(actor)):
            timekeeping.settle(due, actor=actor)
    db.session.commit()
    month = (clock() - timedelta(days=91)).date().replace(day=1)
    counts = db.session.execute(select(ScanCount.region, ScanCount.month, ScanCount.count)).all()
    assert sorted(counts) == [("MA-06", month, 2), ("MA-09", month, 1)]
    assert [row.region for row in db.session.scalars(select(ScanRow))] == ["MA-06"]


def test_two_clocks_at_once_open_one_case(by, clock):
    looked(*FAR, at=clock())
    number = code_row().id
    db.session.rollback()
    for _ in range(2):
        with Session(db.engine) as session, session.begin():
            timekeeping.settle(timekeeping.Due("weigh_code", number), actor=Actor(session, None, clock()))
    assert len(cases()) == 1


def reported(licence) -> None:
    """Have somebody report the product of the licence."""
    actor = Actor(db.session, None, licence.scan.clock())
    report(licence.seen.path, Tier.LICENCE, licence_id=licence.row.id, said="Faux", actor=actor)
    db.session.commit()


def told(kind: str = "status") -> list[str]:
    """List the words of the log about the status of the licence."""
    entries = [json.loads(row.entry) for row in db.session.scalars(select(LedgerEntry).order_by(LedgerEntry.position))]
    return [entry["to"] for entry in entries if entry["t"] == kind]


def shown(licence, folder) -> Status:
    """Publish, hold the list against the log, and return what it shows of the licence."""
    db.session.commit()
    published = publish(db.session, folder, issuer=ISSUER, at=licence.scan.clock())
    ledger = Ledger()
    ledger.read_all(list_entries(db.session, 0))
    assert [published.status[0]] == ledger.statuses
    db.session.rollback()
    return published.status[0]


def test_an_alert_is_in_the_log_and_in_the_status_list_until_it_is_lifted(licence, tmp_path):
    clock = licence.scan.clock
    folder = tmp_path / "public"
    reported(licence)
    assert shown(licence, folder) is Status.VALID
    decide(cases()[0], Action.ALERT, Actor(db.session, licence.sami, clock()))
    assert (told(), shown(licence, folder)) == (["alert"], Status.ALERT)
    licence.scan.act("suspend")
    assert shown(licence, folder) is Status.SUSPENDED
    licence.scan.act("reinstate")
    assert (told(), shown(licence, folder)) == (["alert", "suspended", "alert"], Status.ALERT)
    decide(cases()[0], Action.LIFT, Actor(db.session, licence.sami, clock()))
    assert (told(), shown(licence, folder)) == (["alert", "suspended", "alert", "valid"], Status.VALID)


@pytest.mark.parametrize("act", ["suspend", "withdraw"])
def test_what_is_not_in_force_comes_under_no_alert_and_an_alert_ends_with_the_validity(licence, act, tmp_path):
    clock = licence.scan.clock
    reported(licence)
    licence.scan.act(act)
    with pytest.raises(Refused, match="in force"):
        decide_case(cases()[0], Action.ALERT, reason=REASON, actor=Actor(db.session, licence.sami, clock()))
    db.session.rollback()
    if act == "suspend":
        clock.advance(days=3 * 366)
        licence.scan.act("expire")
        assert (told(), shown(licence, tmp_path / "public")) == (["suspended", "expired"], Status.VALID)
