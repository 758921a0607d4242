"""The desk: what waits, in the order of the legal clock, found however it is typed, with a fixed number of queries."""
# ruff: noqa: F811

from datetime import timedelta

import pytest
from sqlalchemy import event, update

from certify.extensions import db
from certify.models import Site
from certify.queries import desk as desks
from certify.queries.desk import Filters, Task, get_desk, like
from certify.workflows.dossier import State
from tests.staged import clock, played, settled_sqlite, staged  # noqa: F401


@pytest.fixture
def desk(session, user, clock):
    """The desk of Carol, or of somebody else, on a day."""

    def desk(name="carol", *, days=0, **asked):
        return get_desk(session, reader=user(name), filters=Filters(**asked), today=clock().date() + timedelta(days))

    return desk


@pytest.fixture
def names(desk, staged, played):
    """The names of the stages on the page, in order."""

    def names(*who, **asked):
        known = {number: name for name, number in played.dossiers.items()}
        return [known[row.dossier.id] for row in desk(*who, **asked).rows]

    return names


@pytest.fixture
def queries(app):
    """Count the statements that read while something is done."""

    def queries(act):
        sent = []

        def note(_connection, _cursor, statement, *_rest):
            sent.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        act()
        event.remove(db.engine, "before_cursor_execute", note)
        return sum(statement.startswith("SELECT") for statement in sent)

    return queries


def test_in_hand_is_what_a_clock_still_follows(names):
    assert set(names()) == {
        "filed", "checking", "checked", "asked", "answered", "proposed", "admissible", "adjourned",
    }  # fmt: skip


def test_what_waits_for_the_applicant_comes_last(names):
    assert set(names()[-2:]) == {"asked", "adjourned"}


def test_nearest_end_comes_first(desk):
    ends = [row.readings.current.due_on for row in desk(days=3).rows if row.readings.current.due_on]
    assert (ends, len(ends)) == (sorted(ends), 6)


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        (Task.TO_CHECK, {"filed", "checking", "checked"}),
        (Task.COMPLETED, {"answered"}),
        (Task.TO_SIGN, {"proposed"}),
        (Task.TO_APPOINT, {"admissible"}),
        (Task.READY, set()),
        (Task.TO_NOTIFY, {"approved", "reserved", "refused"}),
        (Task.URGENT, set()),
    ],
)
def test_each_figure_counts_its_list(desk, names, task, expected):
    assert (set(names(task=task)), desk().figures[task]) == (expected, len(expected))


def test_delay_under_five_days_is_urgent_until_it_ends(desk):
    counts = [desk(days=days).figures[Task.URGENT] for days in (25, 26, 40)]
    assert counts == [0, 5, 5]


def test_state_shows_what_is_decided_too(names):
    assert set(names(state=State.APPROVED)) == {"approved", "notified", "signed"}


@pytest.mark.parametrize(
    "text",
    ["DEM-2026-00007", "dem 2026 7", "REC-DEM-2026-00007", "00007", "safran", "SAFRAN", "الزعفران", "tighmi saf"],
)
def test_dossier_is_found_however_it_is_typed(names, staged, text):
    assert staged("filed").number == "DEM-2026-00007"
    assert names(text=text) == ["filed"]


def test_any_apostrophe_finds_any_other(names):
    assert len(names(text="d'euphorbe")) == len(names(text="d’euphorbe")) == 12


@pytest.mark.parametrize("text", ["%", "_", "\\", "safran miel", "DEM-2031-00001"])
def test_signs_of_the_database_are_mere_text(names, text):
    assert names(text=text) == []


def test_region_is_that_of_the_site(names, session):
    assert len(names(region="MA-09")) == 8
    session.execute(update(Site).values(province=1))
    assert (len(names(region="MA-09")), len(names(region="MA-04"))) == (0, 8)


def test_pages_hold_everything_once(desk, monkeypatch):
    monkeypatch.setattr(desks, "PAGE", 3)
    pages = [desk(text="miel", page=page) for page in (1, 2, 3, 4)]
    numbers = [row.dossier.id for page in pages for row in page.rows]
    assert (pages[0].pages, pages[0].total, len(numbers), len(set(numbers))) == (4, 12, 12, 12)
    assert desk(text="miel", page=99).page == 4


@pytest.mark.parametrize("name", ["alice", "adam", "mallory"])
def test_nobody_else_has_a_desk(desk, name):
    found = desk(name)
    assert (found.total, set(found.figures.values())) == (0, {0})


def test_number_of_queries_does_not_grow(desk, queries, user):
    user("carol")
    few, many = queries(lambda: desk(task=Task.TO_APPOINT)), queries(lambda: desk(text="miel"))
    assert (few, many) == (many, few)


def test_pattern_escapes_what_the_database_reads():
    assert like("50%_d’or\\") == "%50\\%\\_d_or\\\\%"
