"""The rapporteur's room: each act does it, refuses the stranger, the wrong state and the stale form, loses nothing."""
# ruff: noqa: F811

import re

import pytest
from sqlalchemy import select

from certify.models import Finding, Report, UserRole
from certify.models.meeting import Interest
from certify.operations.agenda import fill_agenda
from certify.operations.ballots import declare_interest
from certify.operations.meetings import convene, plan_meeting
from certify.queries.dossiers import list_events
from certify.workflows.permissions import Role
from tests.clients import Browser
from tests.missions import FINDING, SUMMARY, mission, played, settled_sqlite  # noqa: F401

ACTS = {
    # act: mission, path, what is typed, state after
    "find": (
        "graded",
        "findings",
        {"statement": FINDING, "grade": "minor", "criterion": "general.label", "due_on": "2026-12-20"},
        "examination",
    ),
    "remove": ("found", "findings/{finding}/remove", {}, "examination"),
    "conformity": ("found", "conformity", {}, "conformity"),
    "report": ("graded", "report-as-a-whole", {"move": "submit_report"}, "ready"),
    "pass_over": ("as_it_stands", "report-as-a-whole", {"move": "pass_over"}, "ready"),
}
STRANGERS = ("alice", "mallory", "carol", "bob", "pia", "sami", "adam", "aude")


@pytest.fixture(autouse=True)
def own_contexts(app):
    app.test_client_class = Browser


@pytest.fixture
def path_of(mission, session):
    """The address of the page of an act on a mission."""

    def path_of(act, stage):
        finding = session.scalars(select(Finding.id).where(Finding.dossier_id == mission(stage).id)).first() or 1
        return f"/missions/{mission(stage).id}/{ACTS[act][1].format(finding=finding)}"

    return path_of


@pytest.fixture
def press(client_of, mission, path_of, session):
    """Send the form of an act, as Rachid on its own mission unless told otherwise."""

    def press(act, name="rachid", *, version=None, stage=None, **more):
        stage = stage or ACTS[act][0]
        typed = ACTS[act][2] | more | {"version": mission(stage).version if version is None else version}
        answer = client_of(name).post(path_of(act, stage), data=typed)
        session.expire_all()
        return answer

    return press


@pytest.fixture
def seen(mission, session):
    """What a refused act must leave as it was."""

    def seen(act):
        session.expire_all()
        dossier = mission(ACTS[act][0])
        found = session.scalars(select(Finding.id).where(Finding.dossier_id == dossier.id)).all()
        reports = session.scalars(select(Report.id).where(Report.dossier_id == dossier.id)).all()
        return dossier.state, dossier.version, len(list_events(session, dossier)), found, reports

    return seen


@pytest.fixture
def another(session, user):
    """Give Dora the role of Rachid: a rapporteur, and a stranger to his missions."""
    session.add(UserRole(user_id=user("dora").id, role=Role.RAPPORTEUR))
    session.commit()
    return "dora"


def visible(answer):
    """What the page says, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.parametrize("act", ACTS)
def test_act_is_done(press, mission, act):
    answer = press(act)
    assert (answer.status_code, mission(ACTS[act][0]).state) == (303, ACTS[act][3])


@pytest.mark.parametrize("act", ACTS)
def test_strangers_are_refused(press, seen, another, act):
    before = seen(act)
    assert {name: press(act, name).status_code for name in (*STRANGERS, another)} == dict.fromkeys(
        (*STRANGERS, another), 403
    )
    assert seen(act) == before


BEFORE = ("find", "remove", "conformity")
"""What is over once the report is submitted; the report itself may still be corrected."""


@pytest.mark.parametrize("act", BEFORE)
def test_wrong_state_is_refused_before_and_after_the_button(client_of, press, path_of, mission, act):
    before = mission("reported").version
    page = client_of("rachid").get(path_of(act, "reported"))
    assert (page.status_code, press(act, stage="reported").status_code) in {(409, 409), (409, 404), (404, 404)}
    assert (mission("reported").state, mission("reported").version) == ("ready", before)


@pytest.mark.parametrize("act", ACTS)
def test_stale_form_comes_back_whole_with_what_changed(press, seen, mission, act):
    before = seen(act)
    answer = press(act, version=mission(ACTS[act][0]).version - 1)
    assert (answer.status_code, "Ce qui a changé" in answer.text) == (409, True)
    assert all(text in answer.text for text in ACTS[act][2].values() if " " in text)
    assert seen(act) == before


def test_the_missions_are_sorted_by_whose_turn_it_is(client_of, mission):
    page = client_of("rachid").get("/missions").text
    mine, others = page.split('id="others"')
    numbers = {name: mission(name).number for name in ("empty", "graded", "asked", "as_it_stands", "reported")}
    assert [name for name, number in numbers.items() if number in mine] == ["empty", "graded", "as_it_stands"]
    assert [name for name, number in numbers.items() if number in others] == ["asked", "reported"]


def test_another_rapporteur_has_an_empty_desk(client_of, another, mission):
    client = client_of(another)
    assert mission("graded").number not in client.get("/missions").text
    assert client.get(f"/missions/{mission('graded').id}").status_code == 403


def test_a_mission_says_what_is_missing_and_offers_what_may_be_done(client_of, mission):
    page = visible(client_of("rachid").get(f"/missions/{mission('empty').id}"))
    assert ("Coopérative Tighmi" in page, "Demander la mise en conformité" in page) == (True, True)


def test_a_blocking_fact_is_told_loudly_and_leaves_no_favourable_proposal(client_of, mission):
    client = client_of("rachid")
    for path in ("", "/grid", "/report", "/report/proposal"):
        answer = client.get(f"/missions/{mission('over').id}{path}")
        assert ("card tone-bad" in answer.text, "Résidus de pesticides" in answer.text) == (True, True)
    assert re.findall(r'name="proposal"[^>]*value="(\w+)"', answer.text) == ["unfavourable"]


def test_an_incomplete_grid_is_told_and_refused(client_of, press, mission):
    page = client_of("rachid").get(f"/missions/{mission('empty').id}/report")
    assert f"/missions/{mission('empty').id}/grid#honey.moisture" in page.text
    assert press("report", stage="empty").status_code == 422
    assert mission("empty").state == "examination"


@pytest.mark.parametrize(
    "typed", [{"due_on": "2027-12-20"}, {"found_on": "2027-01-01"}, {"statement": " "}, {"grade": "grave"}]
)
def test_a_finding_that_cannot_be_is_refused_with_what_was_typed(press, seen, typed):
    before = seen("find")
    answer = press("find", **typed)
    assert (answer.status_code, "2026-12-20" in answer.text or FINDING in answer.text) == (422, True)
    assert seen("find") == before


def test_a_report_is_submitted_once_from_two_pages(press, mission, session):
    version = mission("graded").version
    assert [press("report", version=version).status_code for _ in range(2)] == [303, 409]
    reports = select(Report).where(Report.dossier_id == mission("graded").id)
    assert len(session.scalars(reports).all()) == 1


@pytest.mark.parametrize(
    ("name", "status"),
    [("rachid", 200), ("carol", 200), ("sami", 200), ("aude", 200), ("alice", 403), ("bob", 403), ("adam", 403)],
)
def test_the_report_is_open_to_whoever_may_read_it(client_of, mission, name, status):
    answer = client_of(name).get(f"/dossiers/{mission('reported').id}/report")
    assert answer.status_code == status


def test_the_report_shows_its_fingerprint_and_its_grid(client_of, mission, session):
    page = client_of("carol").get(f"/dossiers/{mission('reported').id}/report").text
    report = session.scalars(select(Report)).one()
    assert (report.sha256 in page, "Conforme." in page, "LOARC Agadir" in page) == (True, True, True)


@pytest.mark.parametrize("version", ["9", "-1", "0"])
def test_a_version_that_is_not_there_is_not_found(client_of, mission, version):
    answer = client_of("carol").get(f"/dossiers/{mission('reported').id}/report?version={version}")
    assert answer.status_code == 404


def test_a_member_declares_before_reading_and_a_recused_one_never_reads(client_of, mission, acting, clock):
    dossier = mission("reported")
    on = {"held_on": acting(None).today.replace(month=12, day=14), "starts_at": "10:00", "place": "Rabat"}
    meeting = plan_meeting(**on, actor=acting("carol"))
    [item] = fill_agenda(meeting, [dossier], actor=acting("carol"))
    convene(meeting, actor=acting("carol"))
    path = f"/dossiers/{dossier.id}/report"
    assert client_of("bob").get(path).status_code == 403
    declare_interest(item, interest=Interest.NONE, actor=acting("bob"))
    declare_interest(item, interest=Interest.CONFLICT, statement="Parente", actor=acting("brahim"))
    assert [client_of(name).get(path).status_code for name in ("bob", "brahim", "bouchra")] == [200, 403, 403]
