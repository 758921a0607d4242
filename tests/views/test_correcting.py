"""The pages on which findings are followed: does it, refuses the stranger, the wrong state, and keeps what is typed."""

from datetime import date
from io import BytesIO

import pytest

from certify.models import Dossier
from certify.operations.corrections import propose_plan
from certify.operations.findings import raise_finding, require_conformity
from tests.factories import a_pdf, corrected, planned, under_examination
from tests.scenes import once
from tests.visiting import made

PLAN = {"what": "Réimprimer l’étiquette.", "who": "L’atelier", "by": "2026-12-10"}
DONE = {"done": "C’est fait.", "explanation": "Il suffit de regarder."}
CLOSED = {"verdict": "close", "said": "Étiquette vue.", "method": "documentary"}


@pytest.fixture
def finding(app):
    """A finding that was sent to Alice."""
    return once(raised)


def raised(acting, clock, store):
    """Raise it."""
    dossier = under_examination(acting, store=store)
    due = {"grade": "minor", "due_on": date(2026, 12, 20)}
    made = raise_finding(
        dossier, statement="Le poids net manque.", criterion="general.label", **due, actor=acting("rachid")
    )
    require_conformity(dossier, actor=acting("rachid"))
    return made


def sent_by(client, finding, page, **typed):
    room = "missions" if page in ("ruling", "verification") else "dossiers"
    path = f"/{room}/{finding.dossier_id}/findings/{finding.id}/{page.replace('ruling', 'plan')}"
    return client.post(path, data={"version": finding.version} | typed)


def stage(finding, acting, session, name):
    """Take a finding to where the page of that name serves."""
    if name == "ruling":
        propose_plan(finding, what="Corriger.", who="L’atelier", by=date(2026, 12, 1), actor=acting("alice"))
    if name == "correction":
        planned(finding, acting)
    if name == "verification":
        corrected(finding, acting)
    session.commit()


PAGES = {
    "plan": ("alice", PLAN, "plan_proposed"),
    "ruling": ("rachid", {"ruling": "return", "reason": "Qui vérifie ?"}, "open"),
    "correction": ("alice", DONE, "corrected"),
    "verification": ("rachid", CLOSED, "closed"),
}


@pytest.mark.parametrize("page", PAGES)
def test_each_page_does_what_it_says(client_of, session, acting, finding, page):
    name, typed, state = PAGES[page]
    stage(finding, acting, session, page)
    answer = sent_by(client_of(name), finding, page, **typed)
    session.expire_all()
    assert (answer.status_code, finding.state) == (303, state)


@pytest.mark.parametrize("page", PAGES)
def test_each_page_refuses_the_stranger_and_the_wrong_state(client_of, session, acting, finding, page):
    name, typed, _ = PAGES[page]
    if page == "plan":
        corrected(finding, acting)
        session.commit()
    before = finding.state
    answers = [sent_by(client_of(who), finding, page, **typed).status_code for who in (name, "mallory", "carol", "bob")]
    session.expire_all()
    assert (answers, finding.state) == ([409, 403, 403, 403], before)


@pytest.mark.parametrize(
    "case",
    [
        ("plan", {"who": ""}),
        ("plan", {"what": " "}),
        ("plan", {"by": "2026-11-01"}),
        ("ruling", {"reason": ""}),
        ("correction", {"explanation": ""}),
        ("verification", {"method": ""}),
        ("verification", {"method": "visit"}),
        ("verification", {"verdict": ""}),
    ],
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(client_of, session, acting, finding, case):
    page, wrong = case
    name, typed, _ = PAGES[page]
    stage(finding, acting, session, page)
    before = finding.state
    kept = max((typed | wrong).values(), key=len)
    answer = sent_by(client_of(name), finding, page, **typed | wrong)
    session.expire_all()
    assert (answer.status_code, kept in answer.text, finding.state) == (422, True, before)


def test_the_verification_offers_the_visits_that_qualify(client_of, session, acting, clock, finding):
    stage(finding, acting, session, "verification")
    dossier = session.get_one(Dossier, finding.dossier_id)
    page = f"/missions/{dossier.id}/findings/{finding.id}/verification?lang=en"
    before = client_of("rachid").get(page).text
    assert ("No visit was made" in before, "On which visit?" in before) == (True, False)
    visit = made(dossier, acting, clock)
    session.commit()
    after = client_of("rachid").get(page).text
    assert ("No visit was made" in after, f'value="{visit.id}"' in after) == (False, True)
    wrong = sent_by(client_of("rachid"), finding, "verification", **CLOSED | {"method": "visit", "visit": "999"})
    right = sent_by(client_of("rachid"), finding, "verification", **CLOSED | {"method": "visit", "visit": visit.id})
    session.expire_all()
    assert (wrong.status_code, right.status_code, finding.steps[-1].visit_id) == (422, 303, visit.id)


def test_several_files_are_sent_with_the_day_they_bear(client_of, session, acting, finding):
    stage(finding, acting, session, "correction")
    files = [(BytesIO(a_pdf(pages)), f"preuve {pages}.pdf") for pages in (5, 6)]
    sent_by(client_of("alice"), finding, "correction", done="Fait.", files=files, dated_on="2026-11-20")
    session.expire_all()
    proofs = [(proof.document.file_name, proof.dated_on) for proof in finding.correction.proofs]
    assert proofs == [("preuve 5.pdf", date(2026, 11, 20)), ("preuve 6.pdf", date(2026, 11, 20))]


def test_a_plan_changed_meanwhile_is_not_accepted_unseen(client_of, session, acting, finding):
    stage(finding, acting, session, "ruling")
    answer = sent_by(client_of("rachid"), finding, "ruling", ruling="accept", version=finding.version - 1)
    session.expire_all()
    assert (answer.status_code, finding.state) == (409, "plan_proposed")


def test_the_applicant_reads_every_point_and_its_history(client_of, session, acting, finding):
    path = f"/dossiers/{finding.dossier_id}/conformity?lang=en"
    alice = client_of("alice")
    before = alice.get(path).text
    assert ("Le poids net manque." in before, "Propose a plan" in before) == (True, True)
    corrected(finding, acting)
    session.commit()
    after = alice.get(path).text
    assert ("Il suffit de regarder." in after, "Reported as corrected" in after) == (True, True)
    assert [client_of(name).get(path).status_code for name in ("mallory", "carol")] == [403, 403]


def test_nothing_found_has_no_page(app, client_of, session, acting):
    dossier = once(under_examination)
    raise_finding(dossier, grade="minor", statement="Secret.", actor=acting("rachid"))
    session.commit()
    assert client_of("alice").get(f"/dossiers/{dossier.id}/conformity").status_code == 404


def test_the_office_reads_the_history(client_of, session, acting, finding):
    corrected(finding, acting)
    session.commit()
    assert "Il suffit de regarder." in client_of("carol").get(f"/office/dossiers/{finding.dossier_id}").text
