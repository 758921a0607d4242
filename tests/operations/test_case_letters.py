"""The office is written to when cases open: once, soon, and never a hundred times, whatever else happens."""
# ruff: noqa: F811

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certify.extensions import db
from certify.models import AgendaItem, CopyCase, Declaration, Licence, Message, User
from certify.models.meeting import Interest
from certify.operations import timekeeping
from certify.operations.acting import Actor
from certify.operations.case_letters import EVERY, KIND, MOST_LISTED
from certify.operations.cases import decide_case, propose, report
from certify.operations.delivery import letter_of
from certify.operations.scanning import Seen
from certify.workflows.case import Action
from certify.workflows.scanning import Alarm, Signal, Standing, Tier, licence_path
from tests import scans
from tests.copies import FAR, JAR, cases, code_row, copied, looked
from tests.operations.test_simultaneous_office import acting, at_once  # noqa: F401
from tests.scenes import once

BASE = "https://label.example.ma"


@pytest.fixture
def clockwork(any_app, clock):
    """The clock at work now."""
    return lambda: Actor(db.session, None, clock())


@pytest.fixture
def tick(clockwork):
    """Let the clock do what is due about scans, and commit each thing."""

    def tick():
        for due in list(timekeeping.list_due(clockwork())):
            timekeeping.settle(due, actor=clockwork())
            db.session.commit()

    return tick


@pytest.fixture
def licence(any_app, clock) -> Licence:
    return once(scans.granted)


def letters() -> list[Message]:
    """List the letters about cases, the oldest first."""
    db.session.expire_all()
    return list(db.session.scalars(select(Message).where(Message.kind == KIND).order_by(Message.id)))


def readers() -> list[str]:
    return [letter.recipient.email.split("@")[0] for letter in letters()]


def flood(number: int, clockwork) -> None:
    """Open a case for each of many jars, as a report of each does."""
    for jar in range(number):
        path = f"/01/06111234567895/21/{jar:012}"
        report(path, Tier.UNIT, licence_id=None, said="Faux", actor=clockwork())
    db.session.commit()


def test_secretariat_reads_what_was_noticed_where_and_since_when(clockwork, tick, clock):
    looked("MA-06", "MA-09", "MA-01", "?", "MA-04", "MA-09", "FR", at=clock())
    tick()
    tick()
    (case,) = cases()
    assert (readers(), case.told_at) == (["carol", "dora"], clock())
    assert letters()[0].facts == {
        "path": f"/office/copies/{case.id}",
        "count": 1,
        "more": 0,
        "cases": [
            {
                "signal": "spread",
                "visits": 7,
                "since": (clock() - timedelta(hours=48 * 6)).date().isoformat(),
                "regions_fr": ["Tanger-Tétouan-Al Hoceïma", "Rabat-Salé-Kénitra", "Casablanca-Settat", "Souss-Massa"],
                "regions_ar": ["طنجة-تطوان-الحسيمة", "الرباط-سلا-القنيطرة", "الدار البيضاء-سطات", "سوس-ماسة"],
                "regions_en": ["Tangier-Tetouan-Al Hoceima", "Rabat-Salé-Kénitra", "Casablanca-Settat", "Souss-Massa"],
                "abroad": ["FR"],
            }
        ],
    }


def test_later_scans_of_the_same_case_write_nothing_and_its_version_stays(tick, clock):
    looked(*FAR, at=clock())
    tick()
    version = cases()[0].version
    tick()
    assert (len(letters()), cases()[0].version) == (2, version)
    clock.advance(days=2)
    looked("MA-02", at=clock())
    tick()
    tick()
    assert (len(letters()), cases()[0].visits) == (2, 7)


def test_letter_is_written_as_its_reader_reads_and_leads_to_the_case(clockwork, licence, tick):
    copied(clockwork(), JAR._replace(licence_id=licence.id))
    tick()
    letter = letters()[0]
    for language, subject in {"fr": "un nouveau cas", "ar": "حالة جديدة", "en": "one new case"}.items():
        letter.recipient.locale = language
        written = letter_of(db.session, letter, base_url=BASE)
        assert written.subject.startswith(licence.dossier.number) and written.subject.endswith(subject)
        assert f"{BASE}/office/copies/{cases()[0].id}" in written.text.splitlines()
    assert letter.dossier_id == licence.dossier_id


def test_a_flood_is_one_letter_at_once_and_one_an_hour_later(clockwork, tick, clock):
    flood(25, clockwork)
    tick()
    assert readers() == ["carol", "dora"]
    told = letters()[0].facts
    assert (told["count"], len(told["cases"]), told["more"]) == (25, MOST_LISTED, 25 - MOST_LISTED)
    assert (told["path"], letters()[0].dossier_id) == ("/office/copies", None)
    for _ in range(3):
        clock.advance(minutes=19)
        copied(clockwork(), JAR._replace(path=f"/01/06111234567895/21/{clock().minute:012}"))
        tick()
        tick()
    assert (len(cases()), len(letters())) == (28, 2)
    clock.advance(minutes=3)
    tick()
    assert [letter.facts["count"] for letter in letters()] == [25, 25, 3, 3]


def test_two_clocks_at_once_write_once(clockwork, at_once):
    case = copied(clockwork())
    due = timekeeping.Due("tell_cases", case.id)

    def press(actor):
        timekeeping.settle(due, actor=Actor(actor.session, None, actor.at))

    assert at_once(("carol", press), ("dora", press)) == 2
    assert readers() == ["carol", "dora"]


def test_a_clock_killed_before_its_commit_tells_again(clockwork, tick, clock):
    due = timekeeping.Due("tell_cases", copied(clockwork()).id)
    db.session.rollback()
    with Session(db.engine) as session:
        timekeeping.settle(due, actor=Actor(session, None, clock()))
        assert session.scalar(select(func.count()).select_from(Message).where(Message.kind == KIND)) == 2
    assert (letters(), cases()[0].told_at) == ([], None)
    db.session.rollback()
    tick()
    assert len(letters()) == 2


def test_what_was_closed_before_the_letter_is_not_in_it(clockwork, tick, acting):
    first = copied(clockwork())
    copied(clockwork(), JAR._replace(path="/01/06111234567895/21/7K9M4T2XP8QK"))
    decide_case(first, Action.DISMISS, reason="Une foire", actor=acting("carol"))
    db.session.commit()
    tick()
    assert [letter.facts["count"] for letter in letters()] == [1, 1]
    assert None not in {case.told_at for case in cases()}


def test_nothing_a_reader_wrote_leaves_in_a_letter(clockwork, tick):
    given = {"said": "Vendu par Hassan", "bought": "Souk", "region": "MA-09", "contact": "reader@example.ma"}
    report(JAR.path, JAR.tier, licence_id=None, **given, actor=clockwork())
    db.session.commit()
    tick()
    (told,) = letters()[0].facts["cases"]
    assert (told["signal"], told["visits"], told["regions_fr"], told["abroad"]) == ("reported", 1, [], [])
    text = letter_of(db.session, letters()[0], base_url=BASE).text
    assert [word for word in ("Hassan", "Souk", "reader", JAR.path) if word in text] == []


def recuse(name: str, licence: Licence, clock) -> None:
    """Let somebody declare a conflict on the dossier of a licence."""
    item = db.session.scalars(select(AgendaItem).where(AgendaItem.dossier_id == licence.dossier_id)).one()
    user = db.session.scalars(select(User).where(User.email == f"{name}@example.ma")).one()
    said = {"interest": Interest.CONFLICT, "statement": "Parent", "declared_at": clock()}
    db.session.add(Declaration(item_id=item.id, user_id=user.id, **said))
    db.session.commit()


def test_whoever_is_recused_reads_of_the_other_cases_alone(clockwork, licence, tick, clock):
    recuse("dora", licence, clock)
    copied(clockwork(), JAR._replace(licence_id=licence.id))
    tick()
    assert readers() == ["carol"]
    clock.advance(hours=2)
    seen = Seen(licence_path(licence.mark), Tier.LICENCE, Standing.IN_USE, licence.id)
    report(seen.path, seen.tier, licence_id=licence.id, said="Faux", actor=clockwork())
    other = copied(clockwork(), JAR._replace(path="/01/06111234567895/21/7K9M4T2XP8QK"))
    tick()
    ours, theirs = letters()[1:]
    assert (ours.facts["count"], ours.dossier_id, ours.facts.get("number")) == (2, None, None)
    assert (theirs.recipient.email, theirs.facts["path"]) == ("dora@example.ma", f"/office/copies/{other.id}")


def test_another_case_of_the_same_code_is_told_with_it(clockwork, tick, clock):
    looked(*FAR, at=clock())
    tick()
    propose(code_row(), Alarm(Signal.RUSH, 3, 3, clock()), actor=clockwork())
    db.session.commit()
    tick()
    assert [told["signal"] for told in letters()[0].facts["cases"]] == ["spread", "rush"]


def test_nobody_is_told_a_second_time_however_often_the_clock_looks(clockwork, tick, clock):
    copied(clockwork())
    for _ in range(4):
        tick()
        clock.advance(minutes=30 + EVERY.seconds // 60)
    assert (len(letters()), db.session.scalar(select(func.count()).where(CopyCase.told_at.is_(None)))) == (2, 0)
