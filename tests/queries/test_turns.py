"""Whose turn it is, for what and until when; and the course told in the applicant's words."""

from datetime import timedelta

import pytest
from sqlalchemy import event, select

from certify.extensions import db
from certify.models import Dossier
from certify.queries.timeline import list_points
from certify.queries.turns import get_turn, list_turns
from certify.workflows.machine import Tone
from tests.staged import clock, played, settled_sqlite, staged  # noqa: F401

CARDS = {
    "filed": ("checking", Tone.GOOD, 0),
    "asked": ("complement", Tone.YOURS, 1),
    "answered": ("checking", Tone.GOOD, 0),
    "admissible": ("examining", Tone.GOOD, 0),
    "adjourned": ("adjourned", Tone.YOURS, 0),
    "reserved": ("reservations", Tone.YOURS, 2),
    "refused": ("refused", Tone.BAD, 0),
    "approved": ("contract", Tone.YOURS, 0),
    "notified": ("signing", Tone.GOOD, 0),
    "signed": ("approved", Tone.GOOD, 0),
}


@pytest.fixture
def today(clock, acting):  # noqa: F811
    return acting(None).today


def test_each_state_has_its_card(session, staged, today):  # noqa: F811
    found = {name: get_turn(session, staged(name), today) for name in CARDS}
    assert {name: (turn.card, turn.tone, turn.count) for name, turn in found.items()} == CARDS


def test_the_applicants_days_are_told(session, staged, today):  # noqa: F811
    asked, adjourned = (get_turn(session, staged(name), today) for name in ("asked", "adjourned"))
    assert (asked.due_on, asked.lapses_on) == (today + timedelta(days=30), today + timedelta(days=45))
    assert (adjourned.due_on, adjourned.awaited) == (today + timedelta(days=20), "Une seconde analyse.")


def test_an_overdue_answer_may_still_come(session, staged, today):  # noqa: F811
    turn = get_turn(session, staged("asked"), today + timedelta(days=31))
    assert (turn.is_overdue, turn.is_yours, turn.lapses_on) == (True, True, today + timedelta(days=45))


def test_a_late_administration_is_counted(session, staged, today):  # noqa: F811
    turn = get_turn(session, staged("admissible"), today + timedelta(days=63))
    assert (turn.card, turn.tone, turn.days_late, turn.is_yours) == ("late", Tone.BAD, 3, False)


def test_the_applicant_is_never_late_for_the_administration(session, staged, today):  # noqa: F811
    assert get_turn(session, staged("asked"), today + timedelta(days=300)).days_late == 0


def test_one_dossier_costs_what_a_dozen_cost(session, today):
    every = session.scalars(select(Dossier)).all()
    counts = []
    for some in (every[:1], every):
        seen = []
        for engine in db.engines.values():
            event.listen(engine, "before_cursor_execute", lambda *_, seen=seen: seen.append(1))
        list_turns(session, some, today)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def told(session, dossier, today):
    return [(point.text, point.place) for point in list_points(session, dossier, today)]


def test_the_course_tells_what_happened_and_what_comes(session, staged, today):  # noqa: F811
    assert told(session, staged("asked"), today) == [
        ("filed, receipt issued", "done"),
        ("taken up by the secretariat", "done"),
        ("complement requested", "current"),
        ("Check that the file is complete", "future"),
        ("Examination by the rapporteur", "future"),
        ("Committee", "future"),
        ("Decision, at the latest %(days)s days after the complete file", "future"),
    ]


def test_what_is_asked_for_is_named_under_its_point(session, staged, today):  # noqa: F811
    [point] = [point for point in list_points(session, staged("asked"), today) if point.place == "current"]
    assert [label["fr"] for label in point.details] == ["Statuts"]


def test_a_decided_course_has_no_future_and_tells_no_vote(session, staged, today):  # noqa: F811
    points = list_points(session, staged("refused"), today)
    assert [point.text for point in points][-2:] == ["voted on by the committee, minutes to be signed", "refused"]
    assert [point.details for point in points] == [()] * len(points)
    assert points[-1].tone is Tone.BAD


def test_the_decision_bears_its_day_once_it_is_known(session, staged, today):  # noqa: F811
    last = list_points(session, staged("admissible"), today)[-1]
    assert (last.text, last.facts) == ("Decision, by %(day)s at the latest", {"day": today + timedelta(days=60)})
