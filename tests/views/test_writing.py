"""The report page by page: sections saved one by one, two tabs at once, what is missing, corrections and their end."""
# ruff: noqa: F811

import re

import pytest
from sqlalchemy import select

from certify.models import Report, ReportDraft
from certify.operations.agenda import fill_agenda
from certify.operations.evaluation import submit_report
from certify.operations.meetings import convene, plan_meeting
from certify.queries.reports import read_report
from certify.queries.writing import get_writing
from tests import factories
from tests.clients import Browser
from tests.missions import SUMMARY, mission, played, settled_sqlite  # noqa: F401
from tests.scenes import once
from tests.visiting import made

WHY = "Le lot analysé est précisé."


@pytest.fixture(autouse=True)
def own_contexts(app):
    app.test_client_class = Browser


@pytest.fixture
def page(client_of, mission, session):
    """Read or send a page of the report of a mission, as Rachid."""

    def page(stage, path="report", **typed):
        client, address = client_of("rachid"), f"/missions/{mission(stage).id}/{path}"
        if not typed:
            return client.get(address)
        answer = client.post(address, data={"version": mission(stage).version} | typed)
        session.expire_all()
        return answer

    return page


def seen(answer):
    return re.search(r'name="seen"[^>]*value="(\w+)"', answer.text)[1]


def test_a_section_is_saved_alone_and_leads_to_the_next(page, mission, session):
    answer = page("empty", "report/documents", text="Complet.", seen=seen(page("empty", "report/documents")))
    assert (answer.status_code, answer.location) == (303, f"/missions/{mission('empty').id}/report/visit")
    drafts = session.scalars(select(ReportDraft).filter_by(dossier_id=mission("empty").id)).all()
    assert [(draft.section, draft.text) for draft in drafts] == [("documents", "Complet.")]
    assert "Complet." in page("empty", "report/documents").text


def test_a_section_outside_the_regulation_is_not_found(page):
    assert (page("empty", "report/poem").status_code, page("empty", "report/poem", text="x").status_code) == (404, 404)


def test_two_tabs_on_one_section_lose_nothing_of_each_other(page, mission, session):
    first = second = seen(page("empty", "report/visit"))
    page("empty", "report/visit", text="Vu le rucher.", seen=first)
    answer = page("empty", "report/visit", text="Vu l’atelier.", seen=second)
    assert (answer.status_code, "Vu le rucher." in answer.text, "Vu l’atelier." in answer.text) == (409, True, True)
    assert get_writing(session, mission("empty")).section("visit").text == "Vu le rucher."
    assert page("empty", "report/visit", text="Les deux.", seen=seen(answer)).status_code == 303


def test_two_tabs_on_two_sections_both_save(page, mission, session):
    traces = {code: seen(page("empty", f"report/{code}")) for code in ("visit", "origin")}
    for code, trace in traces.items():
        assert page("empty", f"report/{code}", text=code, seen=trace).status_code == 303
    writing = get_writing(session, mission("empty"))
    assert [writing.section(code).text for code in traces] == ["visit", "origin"]


def test_what_is_missing_is_told_with_a_link_to_each(page, mission):
    answer = page("found", "report-as-a-whole")
    links = re.findall(rf"/missions/{mission('found').id}/report/(\w+)#", answer.text)
    assert links == ["documents", "grid", "origin", "conclusion", "proposal"]
    refused = page("found", "report-as-a-whole", step="submit")
    assert (refused.status_code, mission("found").state) == (422, "examination")


def test_a_missing_proposal_leads_to_its_choice(page):
    page("graded", "report/proposal", text=SUMMARY, proposal="")
    assert "/report/proposal#proposal" in page("graded", "report-as-a-whole").text


def test_a_proposal_that_is_not_offered_is_refused(page, mission, session):
    answer = page("over", "report/proposal", text="Oui.", proposal="favourable")
    assert (answer.status_code, "Oui." in answer.text) == (422, True)
    assert get_writing(session, mission("over")).section("proposal").text == SUMMARY


def test_a_correction_is_a_new_version_and_the_earlier_one_stays(page, mission, session, client_of):
    page("reported", "report/conclusion", text="Conforme, lot 12.", seen=seen(page("reported", "report/conclusion")))
    assert page("reported", "report-as-a-whole", reason=WHY).status_code == 303
    first, second = session.scalars(select(Report).order_by(Report.version)).all()
    assert (first.reason, second.reason, second.summary) == (None, WHY, "Conforme, lot 12.")
    reader, address = client_of("carol"), f"/dossiers/{mission('reported').id}/report"
    latest, earlier = reader.get(address).text, reader.get(f"{address}?version=1").text
    assert (WHY in latest, second.sha256 in latest, "Conforme, lot 12." in latest) == (True, True, True)
    assert (first.sha256 in earlier, "Conforme, lot 12." in earlier) == (True, False)


def test_a_correction_without_a_reason_or_a_change_is_refused(page, session):
    assert page("reported", "report-as-a-whole", reason=" ").status_code == 422
    assert page("reported", "report-as-a-whole", reason=WHY).status_code == 409
    assert len(session.scalars(select(Report)).all()) == 1


def test_a_dossier_on_the_agenda_is_corrected_until_its_item_opens(page, mission, acting, session):
    on = {"held_on": acting(None).today.replace(month=12, day=14), "starts_at": "10:00", "place": "Rabat"}
    meeting = plan_meeting(**on, actor=acting("carol"))
    fill_agenda(meeting, [mission("reported")], actor=acting("carol"))
    convene(meeting, actor=acting("carol"))
    session.commit()
    page("reported", "report/discussion", text="Peu de volume.")
    assert page("reported", "report-as-a-whole", reason=WHY).status_code == 303
    mission("reported").state = "deliberation"
    session.commit()
    assert [page("reported", path).status_code for path in ("report", "report/visit", "report-as-a-whole")] == [409] * 3
    assert page("reported", "report/visit", text="Trop tard.").status_code == 409


@pytest.mark.parametrize("name", ["alice", "mallory", "carol", "bob", "pia", "sami", "adam", "aude"])
def test_strangers_neither_read_nor_write(client_of, mission, session, name):
    client, address = client_of(name), f"/missions/{mission('reported').id}"
    for path in ("report", "report/visit", "report-as-a-whole"):
        typed = {"text": "x", "reason": WHY, "version": mission("reported").version}
        assert client.get(f"{address}/{path}").status_code == 403
        assert client.post(f"{address}/{path}", data=typed).status_code in (403, 405)
    session.expire_all()
    kept = select(ReportDraft).filter_by(dossier_id=mission("reported").id)
    assert (session.scalars(kept).all(), len(session.scalars(select(Report)).all())) == ([], 1)


def test_the_report_reads_as_one_document_with_its_anchors(client_of, mission):
    text = client_of("carol").get(f"/dossiers/{mission('reported').id}/report").text
    anchors = re.findall(r'<a href="#([\w-]+)">', text)
    assert {"section-conclusion", "grid", "documents", "proof"} <= set(anchors)
    assert [anchor for anchor in anchors if f'id="{anchor}"' not in text] == []


def test_what_was_made_stands_beside_the_sections_and_is_frozen(client_of, session, acting, clock, app):
    dossier = once(factories.graded)
    visit = made(dossier, acting, clock)
    session.commit()
    beside = client_of("rachid").get(f"/missions/{dossier.id}/report/visit?lang=en").text
    assert visit.place in beside
    report = submit_report(
        dossier, proposal="favourable", sections=factories.sections("Conforme."), actor=acting("rachid")
    )
    session.commit()
    [told] = read_report(dossier, report).made.visits
    assert (told["visit"], told["begun_on"], told["state"]) == (visit.id, visit.planned_on, "done")
    page = client_of("rachid").get(f"/dossiers/{dossier.id}/report?lang=en").text
    assert ("What was done" in page, "Tout a été vu." in page) == (True, True)
