"""The signatory's licences: signed once, never too early, and what the public reads follows at once."""
# ruff: noqa: F811

import json
import re

import pytest
from sqlalchemy import select

from certify.models import LedgerEntry, RegisterEntry
from certify.queries.licences import list_licence_events
from certify.workflows.scanning import Caution
from tests.clients import Browser
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401

REASON = "Analyse défavorable du 3 décembre."
ACTS = {
    # act: stage, what is typed, state after
    "sign": ("notified", {}, "active"),
    "suspend": ("signed", {"ground": "R01", "reason": REASON}, "suspended"),
    "withdraw": ("signed", {"ground": "R06", "reason": REASON}, "withdrawn"),
}
STRANGERS = ("alice", "carol", "aude", "bob", "pia", "rachid", "adam", "mallory")


@pytest.fixture(autouse=True)
def own_contexts(app):
    app.test_client_class = Browser


@pytest.fixture
def press(client_of, licence_of, session, store):
    def press(act, name="sami", *, stage=None, version=None, **more):
        licence = licence_of(stage or ACTS[act][0])
        typed = ACTS[act][1] | {"version": licence.version if version is None else version} | more
        answer = client_of(name).post(f"/licences/{licence.id}/{act}", data=typed)
        session.expire_all()
        return answer

    return press


@pytest.fixture
def seen(licence_of, session):
    def seen(act):
        session.expire_all()
        licence = licence_of(ACTS[act][0])
        return licence.state, licence.version, licence.number, len(list_licence_events(session, licence))

    return seen


@pytest.mark.parametrize("act", ACTS)
def test_act_is_done_and_leads_back_to_the_licence(press, licence_of, session, act):
    answer = press(act)
    licence = licence_of(ACTS[act][0])
    assert (answer.status_code, answer.location) == (303, f"/licences/{licence.id}")
    assert (licence.state, session.get(RegisterEntry, licence.mark).state) == (ACTS[act][2], ACTS[act][2])


def test_suspended_licence_is_reinstated(press, licence_of, session, client_of):
    press("suspend")
    licence = licence_of("signed")
    typed = {"reason": "Analyse favorable.", "version": licence.version}
    assert client_of("sami").post(f"/licences/{licence.id}/reinstate", data=typed).status_code == 303
    session.expire_all()
    kinds = [line["kind"] for line in session.get(RegisterEntry, licence.mark).history]
    assert kinds == ["granted", "suspended", "reinstated"]


def test_office_reads_of_a_licence_under_alert_what_the_public_reads(client_of, licence_of, session):
    licence = licence_of("signed")
    session.get(RegisterEntry, licence.mark).caution = Caution.ALERT
    session.commit()
    url = f"/licences/{licence.id}?lang=en"
    assert 'tone-bad"' in client_of("sami").get(url).text.split('id="public"')[1]


@pytest.mark.parametrize("act", ACTS)
def test_stranger_is_refused(press, seen, act):
    before = seen(act)
    assert [press(act, name).status_code for name in STRANGERS] == [403] * len(STRANGERS)
    assert seen(act) == before


@pytest.mark.parametrize("act", ACTS)
def test_wrong_state_is_refused(press, client_of, licence_of, seen, act):
    wrong = "signed" if act == "sign" else "notified"
    before = seen(act)
    page = client_of("sami").get(f"/licences/{licence_of(wrong).id}/{act}")
    assert (page.status_code, press(act, stage=wrong).status_code) == (409, 409)
    assert seen(act) == before


@pytest.mark.parametrize("act", ACTS)
def test_stale_form_comes_back_whole(press, licence_of, seen, act):
    before = seen(act)
    answer = press(act, version=licence_of(ACTS[act][0]).version - 1)
    assert (answer.status_code, "Ce qui a changé" in answer.text) == (409, True)
    assert all(text in answer.text for text in ACTS[act][1].values())
    assert seen(act) == before


@pytest.mark.parametrize("missing", [{"reason": "  "}, {"ground": ""}, {"ground": "R99"}])
@pytest.mark.parametrize("act", ["suspend", "withdraw"])
def test_ground_and_reason_are_stated(press, seen, act, missing):
    before = seen(act)
    assert press(act, **missing).status_code == 422
    assert seen(act) == before


def test_public_log_holds_the_ground_and_never_the_reason(press, session):
    press("suspend")
    last = session.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.position.desc())).first()
    said = json.loads(last)
    assert (said["t"], said["to"], said["scope"], said["why"]) == ("status", "suspended", "prospective", "R01")
    assert REASON not in last


def test_too_early_a_signature_says_what_is_missing(press, client_of, licence_of, session):
    page = client_of("sami").get(f"/licences/{licence_of('approved').id}/sign").text
    assert "ne peut pas encore être signé" in page
    assert press("sign", stage="approved").status_code == 422
    assert licence_of("approved").number is None


@pytest.mark.parametrize("stage", ["approved", "notified", "signed"])
def test_who_only_reads_has_no_button(client_of, licence_of, stage):
    for name in ("carol", "aude"):
        page = client_of(name).get(f"/licences/{licence_of(stage).id}")
        assert (page.status_code, re.findall(r'class="button [a-z]+" href="/licences', page.text)) == (200, [])


def test_list_finds_by_number_mark_and_words(client_of, licence_of):
    licence, client = licence_of("signed"), client_of("sami")
    for text in (licence.number, licence.number.lower().replace("-", " "), licence.mark.lower(), "euphorbe", "tighmi"):
        assert licence.number in client.get("/licences", query_string={"q": text}).text
    assert licence.number not in client.get("/licences?q=safran").text


def test_figures_open_their_lists(client_of):
    page = client_of("sami").get("/licences").text
    assert dict(re.findall(r'href="/licences\?state=([a-z_]+)"><strong>(\d+)', page)) == {
        "to_sign": "2", "active": "1", "suspended": "0", "withdrawn": "0", "expired": "0",
    }  # fmt: skip
