"""Suspected copies on the screen: the office reads and decides, nobody else does; anybody may report a product."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import Client

from certify.extensions import db, limiter
from certify.models import CaseReport, RegisterEntry
from certify.operations.acting import Actor
from certify.operations.cases import propose, report, see_code
from certify.queries.cases import list_alerts
from certify.workflows.scanning import FORGED_PATH, Alarm, Caution, Signal, Tier, code_of, licence_path
from tests.clients import Browser
from tests.copies import JAR, cases, copied
from tests.scans import UNKNOWN, Scan, scans
from tests.times import NOON

BURST = Alarm(Signal.FORGED, 12, 1, NOON)
STRANGERS = ("alice", "bob", "pia", "rachid", "adam", "mallory", "ines", "lina")
REASON = "Un autre pot, vendu dans quatre villes."
DECISIONS = {
    # decision: who, what is typed, state after
    "take-up": ("carol", {}, "examined"),
    "dismiss": ("carol", {"reason": REASON}, "dismissed"),
    "refer": ("carol", {"reason": REASON}, "referred"),
    "confirm": ("carol", {"reason": REASON}, "confirmed"),
}


@pytest.fixture
def case(app: Flask, acting):
    """A jar looked at all over the country, and its case."""
    app.test_client_class = Browser
    return copied(acting(None))


@pytest.fixture
def press(client_of, case):
    def press(decision, name, *, version=None, **typed):
        data = {"version": cases()[0].version if version is None else version} | typed
        return client_of(name).post(f"/office/copies/{case.id}/{decision}", data=data)

    return press


def test_the_office_reads_the_queue_and_the_case_with_where_and_when(case, client_of):
    for name in ("carol", "sami", "aude"):
        client = client_of(name)
        assert f'href="/office/copies/{case.id}"' in client.get("/office/copies").text
        page = client.get(f"/office/copies/{case.id}?lang=en")
        assert (page.status_code, page.text.count('class="bar-part"'), page.text.count('class="level-4"')) == (
            200,
            6,
            6,
        )
        assert JAR.path in page.text


def test_seals_that_are_not_ours_are_no_code_to_confirm(client_of, app, acting):
    propose(see_code(FORGED_PATH, Tier.FORGED, licence_id=None, actor=acting(None)), BURST, actor=acting(None))
    db.session.commit()
    for name in ("carol", "sami"):
        page = client_of(name).get(f"/office/copies/{cases()[0].id}").text
        assert sorted(set(re.findall(r"/office/copies/\d+/([a-z-]+)", page))) == ["dismiss", "refer", "take-up"]


COUNTED = {
    "fr": ("6 consultations", "1 signalement"),
    "en": ("6 looks", "1 report"),
    "ar": ("6 عمليات تحقق", "تبليغ واحد (1)"),
}


@pytest.mark.parametrize("language", COUNTED)
def test_what_was_noticed_is_counted_as_one_counts(case, client_of, acting, language):
    report(JAR.path, Tier.UNIT, licence_id=None, said="Faux", actor=acting(None))
    db.session.commit()
    client, numbers = client_of("carol"), [case.id, cases()[-1].id]
    pages = [client.get(f"/office/copies/{number}?lang={language}").text for number in numbers]
    assert [f"<bdi>{words}</bdi>" in page for words, page in zip(COUNTED[language], pages, strict=True)] == [True, True]


def test_the_desk_of_the_office_counts_what_waits(case, client_of):
    page = client_of("carol").get("/office?lang=en").text
    assert re.search(r'href="/office/copies"><strong>1</strong> <span>suspected copies', page)


def test_every_place_of_the_picture_stands_in_the_table_too(case, client_of):
    page = client_of("carol").get(f"/office/copies/{case.id}?lang=en").text
    table = page[page.index("<table") : page.index("</table>")]
    for region in ("Casablanca-Settat", "Souss-Massa", "Tangier-Tetouan-Al Hoceima", "Dakhla-Oued Ed-Dahab"):
        assert len(re.findall(region, table)) == 1


@pytest.mark.parametrize("language", ["fr", "ar", "en"])
def test_pages_are_in_the_language_of_the_reader(case, client_of, language):
    headings = {"fr": "Copies soupçonnées", "ar": "نسخ مشتبه فيها", "en": "Suspected copies"}
    page = client_of("carol").get(f"/office/copies?lang={language}").text
    assert f"<h1>{headings[language]}</h1>" in page


@pytest.mark.parametrize("decision", DECISIONS)
def test_a_decision_is_taken_and_leads_back_to_the_case(press, case, decision):
    name, typed, state = DECISIONS[decision]
    answer = press(decision, name, **typed)
    assert (answer.status_code, answer.location) == (303, f"/office/copies/{case.id}")
    assert (cases()[0].state, len(cases()[0].steps)) == (state, 1)


def test_a_confirmed_code_is_published_and_lifted_again(press):
    press("confirm", "carol", reason=REASON)
    assert list_alerts(db.session) == [code_of(JAR.path)]
    db.session.rollback()
    assert press("lift", "sami", reason=REASON).status_code == 303
    assert list_alerts(db.session) == []


@pytest.mark.parametrize("name", STRANGERS)
def test_strangers_read_and_decide_nothing(case, client_of, name):
    client = client_of(name)
    assert [client.get(url).status_code for url in ("/office/copies", f"/office/copies/{case.id}")] == [403, 403]
    for decision in (*DECISIONS, "alert", "lift"):
        assert client.post(f"/office/copies/{case.id}/{decision}", data={"reason": REASON}).status_code == 403
    assert (cases()[0].state, cases()[0].steps) == ("open", [])


def test_the_auditor_reads_and_decides_nothing(press, client_of, case):
    assert "/dismiss" not in client_of("aude").get(f"/office/copies/{case.id}").text
    assert press("dismiss", "aude", reason=REASON).status_code == 403
    assert cases()[0].state == "open"


def test_the_secretariat_puts_no_authorisation_under_alert(press):
    assert press("alert", "carol", reason=REASON).status_code == 403


def test_a_decision_without_its_reason_keeps_the_page(press):
    answer = press("dismiss", "carol", reason=" ")
    assert (answer.status_code, cases()[0].state) == (422, "open")


def test_a_decision_on_what_was_decided_meanwhile_is_told(press, client_of, case):
    seen = case.version
    press("dismiss", "carol", reason=REASON)
    answer = press("confirm", "sami", reason="Copies à Fès.", version=seen)
    assert (answer.status_code, "Copies à Fès." in answer.text) == (409, True)
    assert client_of("sami").get(f"/office/copies/{case.id}/confirm").status_code == 409
    assert (cases()[0].state, list_alerts(db.session)) == ("dismissed", [])


def test_there_is_no_other_case(client_of, case):
    assert client_of("carol").get(f"/office/copies/{case.id + 1}").status_code == 404


@pytest.fixture
def scan(settled_sqlite):
    for one in scans(settled_sqlite):
        one.app.test_client_class = Browser
        yield one


def tell(scan: Scan, mark: str | None = None, **typed: str):
    """Report the product, as somebody without an account."""
    data = {"said": "Le pot est plus petit.", "region": "MA-09", "contact": "lecteur@example.ma"} | typed
    return Client(scan.app).post(f"/report/{mark or scan.mark}", data=data)


def test_anybody_reports_and_is_thanked_and_a_case_opens_for_the_office(scan):
    assert "/report/" in scan.get(scan.url).text
    assert scan.get(f"/report/{scan.mark}").status_code == 200
    answer = tell(scan)
    assert (answer.status_code, answer.location) == (303, f"/report/{scan.mark}/thanks")
    assert scan.get(answer.location).status_code == 200
    tell(scan, said="Une autre étiquette.")
    (case,) = cases()
    assert [(row.said, row.region) for row in case.reports] == [
        ("Le pot est plus petit.", "MA-09"),
        ("Une autre étiquette.", "MA-09"),
    ]
    assert (case.signal, case.licence_id) == ("reported", 1)


def test_what_was_reported_is_on_no_public_page(scan):
    tell(scan, bought="Souk de Tiznit")
    for url in (scan.url, f"{scan.url}.json", f"/report/{scan.mark}", f"/report/{scan.mark}/thanks"):
        assert [word for word in ("plus petit", "Souk", "lecteur@") if word in scan.get(url).text] == []


@pytest.mark.parametrize(
    ("mark", "typed", "status"),
    [
        (None, {"said": " "}, 422),
        (None, {"said": "x" * 2001}, 422),
        (None, {"contact": "x" * 121}, 422),
        (UNKNOWN, {}, 404),
        ("nothing", {}, 422),
    ],
)
def test_what_cannot_be_taken_down_is_refused_and_opens_nothing(scan, mark, typed, status):
    assert tell(scan, mark, **typed).status_code == status
    assert cases() == []


def test_a_region_that_is_none_of_ours_is_none(scan):
    tell(scan, region="<script>")
    assert db.session.scalars(select(CaseReport.region)).all() == [None]


def test_reports_are_slowed_down_and_need_their_token(settled_sqlite, tmp_path):
    for scan in scans(settled_sqlite, RATELIMIT_ENABLED=True):
        limiter.enabled = True
        try:
            assert [tell(scan, said=" ").status_code for _ in range(6)] == [
                422
            ] * 6  # who corrects a form has told nothing
            assert [tell(scan).status_code for _ in range(6)] == [303] * 5 + [429]
        finally:
            limiter.enabled = False
            limiter.reset()
        scan.app.config["WTF_CSRF_ENABLED"] = True
        assert tell(scan).status_code == 400


def test_the_page_of_a_mark_under_alert_warns_and_accuses_nobody(scan):
    entry = db.session.scalars(select(RegisterEntry)).one()
    db.session.commit()
    assert "Des contrefaçons" not in scan.get(scan.url).text
    entry.caution = Caution.ALERT
    db.session.commit()
    scan.clock.advance(seconds=60)
    page = scan.get(f"{scan.url}?lang=fr").text
    assert "Des contrefaçons portant ce code ont été trouvées." in page
    assert "Une différence ne dit rien du magasin" in page


def test_the_signatory_alone_is_offered_the_alert_of_an_authorisation(scan):
    actor = Actor(db.session, None, scan.clock())
    report(licence_path(scan.mark), Tier.LICENCE, licence_id=1, said="Faux", actor=actor)
    db.session.commit()
    offered = {}
    for name in ("carol", "sami"):
        client = scan.app.test_client()
        client.post("/sign-in", data={"email": f"{name}@example.ma", "password": "une-longue-phrase-de-passe"})
        page = client.get(f"/office/copies/{cases()[0].id}").text
        offered[name] = sorted(set(re.findall(r"/office/copies/\d+/([a-z-]+)", page)))
    assert offered == {
        "carol": ["dismiss", "refer", "take-up"],
        "sami": ["alert", "dismiss", "refer", "take-up"],
    }


@pytest.mark.parametrize(("language", "words"), [("fr", "90 jours"), ("ar", "90"), ("en", "90 days")])
def test_the_page_of_privacy_says_what_the_regulation_says(client_of, language, words):
    page = client_of(None).get(f"/privacy?lang={language}")
    assert (page.status_code, words.replace("\N{NO-BREAK SPACE}", " ") in page.text, "09" in page.text) == (
        200,
        True,
        True,
    )
