"""The secretariat's desk: each act does it, refuses the stranger, the wrong state and the stale form, loses nothing."""
# ruff: noqa: F811

import re

import pytest

from certify.models import AgendaItem, Declaration, Message
from certify.models.meeting import Interest
from certify.operations import admissibility
from certify.queries.admissibility import find_inadmissibility, list_complements, list_current_documents
from certify.queries.dossiers import list_events
from tests.clients import Browser
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401

REASON = "Ce produit n’entre pas dans le champ du label."
ACTS = {
    # act: stage, path, who, what is typed, state after
    "take_up": ("filed", "take-up", "carol", {}, "checking"),
    "complement": (
        "checking",
        "complement",
        "carol",
        {"points-0-kind": "statutes", "points-0-is_wanted": "y", "points-0-wanted": "Les statuts signés."},
        "complement",
    ),
    "admissible": ("checked", "admissible", "carol", {}, "admissible"),
    "propose": ("checking", "inadmissible", "carol", {"ground": "out_of_scope", "reason": REASON}, "checking"),
    "sign": ("proposed", "inadmissible/signature", "dora", {}, "inadmissible"),
    "drop": ("proposed", "inadmissible/drop", "carol", {}, "checking"),
    "rapporteur": ("admissible", "rapporteur", "carol", {"rapporteur": "rachid"}, "examination"),
    "resume": ("adjourned", "resume", "carol", {}, "examination"),
    "return": ("adjourned", "return", "carol", {}, "ready"),
    "notify": ("refused", "notification", "carol", {"channel": "account", "received_on": "2026-12-07"}, "refused"),
}
STRANGERS = ("alice", "mallory", "bob", "pia", "rachid", "adam", "aude", "sami")
BUTTONS = {
    "filed": ["take-up"],
    "checking": ["documents", "complement", "inadmissible"],
    "checked": ["admissible", "complement", "inadmissible"],
    "answered": ["documents", "inadmissible"],
    "asked": [],
    "proposed": ["inadmissible", "documents"],
    "admissible": ["rapporteur"],
    "adjourned": ["resume", "return"],
    "reserved": ["reservations", "notification"],
    "refused": ["notification"],
    "notified": [],
}
"""What Carol may do at each stage; what would be refused is told, not offered."""
FIGURES = {
    "urgent": "0",
    "to_check": "3",
    "completed": "1",
    "to_sign": "1",
    "to_appoint": "1",
    "late_visit": "0",
    "late_notice": "0",
    "ready": "0",
    "to_notify": "3",
}
ELSEWHERE = {"resume": ("rachid",)}
"""Who else may do an act."""


@pytest.fixture(autouse=True)
def own_contexts(app):
    app.test_client_class = Browser


@pytest.fixture
def press(client_of, staged, user, session):
    """Open the page of an act, then send its form with the version that the page bears."""

    def press(act, name=None, *, version=None, stage=None, **more):
        default, path, who, typed, _ = ACTS[act]
        client, dossier = client_of(name or who), staged(stage or default)
        typed = {key: user(value).id if key == "rapporteur" else value for key, value in (typed | more).items()}
        typed["version"] = dossier.version if version is None else version
        answer = client.post(f"/office/dossiers/{dossier.id}/{path}", data=typed)
        session.expire_all()
        return answer

    return press


@pytest.fixture
def seen(staged, session):
    """What a refused act must leave as it was."""

    def seen(act):
        dossier = staged(ACTS[act][0])
        session.expire_all()
        return (
            dossier.state,
            dossier.version,
            len(list_events(session, dossier)),
            session.query(Message).count(),
            find_inadmissibility(session, dossier) is None,
        )

    return seen


@pytest.mark.parametrize("act", ACTS)
def test_act_is_done_and_leads_back_to_the_dossier(press, staged, act):
    answer = press(act)
    stage, _, _, _, after = ACTS[act]
    assert (answer.status_code, answer.location) == (303, f"/office/dossiers/{staged(stage).id}")
    assert staged(stage).state == after


@pytest.mark.parametrize("act", ACTS)
def test_stranger_is_refused(press, seen, act):
    before = seen(act)
    for name in STRANGERS:
        if name not in ELSEWHERE.get(act, ()):
            assert (name, press(act, name).status_code) == (name, 403)
    assert seen(act) == before


@pytest.mark.parametrize("act", ACTS)
def test_wrong_state_is_refused_before_and_after_the_button(client_of, press, staged, seen, act):
    wrong = "approved" if act == "take_up" else "filed"
    before, events = seen(act), staged(wrong).version
    page = client_of(ACTS[act][2]).get(f"/office/dossiers/{staged(wrong).id}/{ACTS[act][1]}")
    assert (page.status_code, press(act, stage=wrong).status_code) == (409, 409)
    assert (seen(act), staged(wrong).version) == (before, events)


@pytest.mark.parametrize("act", ACTS)
def test_stale_form_comes_back_whole_with_what_changed(press, staged, seen, act):
    before = seen(act)
    answer = press(act, version=staged(ACTS[act][0]).version - 1)
    assert answer.status_code == 409
    assert "Ce qui a changé" in answer.text
    assert all(text in answer.text for text in ACTS[act][3].values() if " " in text)
    assert seen(act) == before


def test_text_is_not_lost_when_the_dossier_has_moved_on(press, staged, acting, session):
    seen = staged("checking").version
    admissibility.request_complement(staged("checking"), [("power", "Le pouvoir.")], actor=acting("dora"))
    answer = press("complement", version=seen, message="Merci de répondre vite.")
    assert (answer.status_code, "Merci de répondre vite." in answer.text) == (409, True)
    assert ("Dora Test" in answer.text, len(list_complements(session, staged("checking")))) == (True, 1)


def test_own_proposal_is_not_signed(press, seen):
    before = seen("sign")
    assert press("sign", "carol").status_code == 422
    assert seen("sign") == before


def test_refused_complement_keeps_what_was_typed(press, staged):
    answer = press("complement", stage="answered", message="Merci de répondre vite.")
    assert (answer.status_code, "Merci de répondre vite." in answer.text) == (422, True)
    assert "Les statuts signés." in answer.text


def test_complement_without_what_is_expected_says_so(press, staged, session):
    answer = press("complement", **{"points-0-wanted": ""})
    assert (answer.status_code, 'href="#points-0-wanted"' in answer.text) == (422, True)
    assert list_complements(session, staged("checking")) == []


def test_checklist_is_saved_at_once(client_of, staged, session):
    documents = list_current_documents(session, staged("checking"))
    typed = {"version": staged("checking").version}
    for place, document in enumerate(documents):
        typed |= {f"checks-{place}-document": document.id, f"checks-{place}-standing": "conforming"}
    typed |= {"checks-0-standing": "not_conforming", "checks-0-finding": "Illisible."}
    answer = client_of("carol").post(f"/office/dossiers/{staged('checking').id}/documents", data=typed)
    session.expire_all()
    assert answer.status_code == 303
    assert [one.standing for one in documents[:2]] == ["not_conforming", "conforming"]
    assert [one.finding for one in documents[:2]] == ["Illisible.", None]


def test_checklist_asks_why(client_of, staged, session):
    document = list_current_documents(session, staged("checking"))[0]
    typed = {"version": staged("checking").version, "checks-0-document": document.id,
             "checks-0-standing": "not_conforming", "checks-0-finding": " "}  # fmt: skip
    answer = client_of("carol").post(f"/office/dossiers/{staged('checking').id}/documents", data=typed)
    session.expire_all()
    assert (answer.status_code, document.standing) == (422, "to_check")


def test_reservations_are_lifted_one_by_one_then_all(client_of, staged, session):
    client, path = client_of("rachid"), f"/office/dossiers/{staged('reserved').id}/reservations"
    for number in re.findall(rf"{path}/(\d+)", client.get(path).text):
        typed = {"proof": "Photo de l’étiquette.", "version": staged("reserved").version}
        assert client.post(f"{path}/{number}", data=typed).location == path
        session.expire_all()
    assert client.post(path, data={"version": staged("reserved").version}).status_code == 303
    session.expire_all()
    assert staged("reserved").state == "approved"


def test_reservation_without_proof_stays(client_of, staged, session):
    client, path = client_of("carol"), f"/office/dossiers/{staged('reserved').id}/reservations"
    number = re.search(rf"{path}/(\d+)", client.get(path).text)[1]
    assert client.post(f"{path}/{number}", data={"version": staged("reserved").version}).status_code == 422
    assert client.post(path, data={"version": staged("reserved").version}).status_code == 422
    session.expire_all()
    assert staged("reserved").state == "approved_with_reservations"


@pytest.mark.parametrize("day", ["2026-12-08", "2026-12-06", "", "demain"])
def test_impossible_day_of_receipt_is_refused(press, seen, day):
    before = seen("notify")
    assert press("notify", received_on=day).status_code == 422
    assert seen("notify") == before


@pytest.mark.parametrize("act", ACTS)
def test_page_of_an_act_writes_nothing(client_of, staged, seen, act):
    stage, path, who, _, _ = ACTS[act]
    before = seen(act)
    assert client_of(who).get(f"/office/dossiers/{staged(stage).id}/{path}").status_code == 200
    assert seen(act) == before


@pytest.mark.parametrize("stage", BUTTONS)
def test_buttons_are_what_can_be_done(client_of, staged, stage):
    page = client_of("carol").get(f"/office/dossiers/{staged(stage).id}").text
    found = re.findall(rf'class="button [a-z]+" href="/office/dossiers/{staged(stage).id}/([a-z-]+)', page)
    assert found == BUTTONS[stage]


@pytest.mark.parametrize("name", ["sami", "aude"])
@pytest.mark.parametrize("stage", BUTTONS)
def test_who_only_reads_has_no_button(client_of, staged, name, stage):
    page = client_of(name).get(f"/office/dossiers/{staged(stage).id}")
    assert (page.status_code, re.findall(r'class="button [a-z]+" href="/office', page.text)) == (200, [])


@pytest.fixture
def read_by(client_of, staged):
    """Tell who of the office reads a text on the page of a dossier."""

    def read_by(stage, text):
        path = f"/office/dossiers/{staged(stage).id}"
        return [name for name in ("carol", "aude", "sami") if text in client_of(name).get(path).text]

    return read_by


def test_journal_is_for_the_secretariat_and_the_auditor(read_by, staged, session):
    assert read_by("signed", list_events(session, staged("signed"))[0].hash[:10]) == ["carol", "aude"]


def test_telephone_and_identity_number_are_masked(read_by):
    assert (read_by("filed", "AB123456"), read_by("filed", "612345678")) == ([], [])
    assert read_by("filed", "AB••••56") == ["carol", "aude", "sami"]


def test_identity_document_is_for_the_secretariat(read_by):
    assert read_by("filed", "Pièce d’identité") == ["carol"]


@pytest.mark.parametrize("path", ["/office", "/licences", "/office/dossiers/{}", "/licences/{}"])
@pytest.mark.parametrize("name", ["alice", "bob", "pia", "rachid", "adam"])
def test_desk_is_not_for_everybody(client_of, staged, licence_of, name, path):
    number = staged("signed").id if "dossiers" in path else licence_of("signed").id
    assert client_of(name).get(path.format(number)).status_code == 403


def test_who_declared_a_conflict_sees_nothing(client_of, staged, acting, session, licence_of):
    item = session.query(AgendaItem).filter_by(dossier_id=staged("signed").id).one()
    who = {"item_id": item.id, "user_id": acting("sami").id, "declared_at": acting("sami").at}
    session.add(Declaration(**who, interest=Interest.CONFLICT, statement="Parent."))
    client = client_of("sami")
    assert client.get(f"/office/dossiers/{staged('signed').id}").status_code == 403
    assert client.get(f"/licences/{licence_of('signed').id}").status_code == 404  # 403 would tell that it was granted
    assert staged("signed").number not in client.get("/office?state=approved").text
    assert licence_of("signed").number not in client.get("/licences").text


def test_own_dossier_is_not_read_as_staff(client_of, staged, user):
    user("carol").organisation_id = staged("filed").organisation_id
    client = client_of("carol")
    assert client.get(f"/office/dossiers/{staged('filed').id}").status_code == 403
    assert staged("filed").number not in client.get("/office").text


def test_figures_open_their_lists(client_of):
    page = client_of("carol").get("/office").text
    figures = dict(re.findall(r'href="/office\?task=([a-z_]+)"><strong>(\d+)', page))
    assert figures == FIGURES
    for name, count in figures.items():
        assert f"· {count}</h2>" in client_of("carol").get(f"/office?task={name}").text


@pytest.mark.parametrize(
    "asked",
    ["q=%", "q=_", "q=%27", f"q={'x' * 300}", "state=nonsense", "region=MA-99", "page=99", "page=x", "task=nothing"],
)
def test_odd_filters_are_no_error(client_of, asked):
    client = client_of("carol")
    assert [client.get(f"{path}?{asked}").status_code for path in ("/office", "/licences")] == [200, 200]


def test_unknown_dossier_is_not_found(client_of):
    paths = ["", "/documents", "/reservations", *(f"/{path}" for _, path, *_ in ACTS.values())]
    client = client_of("carol")
    assert {client.get(f"/office/dossiers/4242{path}").status_code for path in paths} == {404}
