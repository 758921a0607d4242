"""The visit on a phone, from the server's side: what it is given, what it sends, who may, the report that follows."""

from __future__ import annotations

import json
import re
from hashlib import sha256

import pytest

from certify.extensions import db
from certify.models import Finding, VisitEntry, VisitPhoto
from certify.operations.recording import receive_part
from certify.operations.visits import close_visit
from tests import factories
from tests.operations.test_recording import visited
from tests.recordings import CHECK, entry_text, name_of, photo_body, picture, recorded
from tests.scenes import once


@pytest.fixture
def visit(app):
    return once(visited)


def entry_of(visit, person, **more):
    text = entry_text(visit=visit.id, author=person.id, **more)
    return f"/field/visits/{visit.id}/entries/{name_of(text)}", text


def count(table=VisitEntry):
    return db.session.query(table).count()


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("ar", "rtl"), ("en", "ltr")])
def test_the_page_opens_for_anybody_and_says_nothing_of_anybody(client_of, visit, language, direction):
    answer = client_of("ines").get(f"/field?lang={language}")
    assert f'lang="{language}" dir="{direction}"' in answer.text
    assert [word for word in ("Ines", visit.dossier.number) if word in answer.text] == []
    assert answer.headers["Content-Security-Policy"].count("blob:") == 1
    assert "unsafe" not in answer.headers["Content-Security-Policy"]
    assert "geolocation=(self)" in answer.headers["Permissions-Policy"]


def test_the_worker_keeps_files_that_exist(client_of):
    client = client_of(None)
    script = client.get("/field/worker.js")
    files = json.loads(script.text.split("FILES = ")[1].split(", PAGES")[0])
    assert script.mimetype == "text/javascript"
    assert {path: client.get(path).status_code for path in files if client.get(path).status_code != 200} == {}
    assert len(files) == 9


def test_the_manifest_is_complete(client_of):
    manifest = json.loads(client_of(None).get("/field/manifest.webmanifest?lang=ar").text)
    assert (manifest["start_url"], manifest["display"], manifest["dir"]) == ("/field?lang=ar", "standalone", "rtl")


def test_an_inspector_is_given_the_mission(client_of, visit):
    client = client_of("ines")
    told = client.get("/field/visits").json
    assert [one["visit"] for one in told["visits"]] == [visit.id]
    assert told["token"]
    mission = client.get(f"/field/visits/{visit.id}").json
    assert (mission["number"], mission["entries"], len(mission["checks"])) == (visit.dossier.number, [], 9)
    assert "AB123456" not in json.dumps(mission)


def test_an_entry_gets_its_receipt(client_of, visit, user):
    path, text = entry_of(visit, user("ines"))
    client = client_of("ines")
    receipts = [client.post(path, data=text).json for _ in range(2)]
    assert [(one["sha256"], one["is_late"]) for one in receipts] == [(name_of(text), False)] * 2
    assert count() == 1


@pytest.mark.parametrize(("name", "status"), [(None, 302), ("alice", 403), ("rachid", 403), ("carol", 403)])
def test_a_stranger_sends_nothing(client_of, visit, user, name, status):
    path, text = entry_of(visit, user("ines"))
    assert client_of(name).post(path, data=text).status_code == status
    assert client_of(name).get(f"/field/visits/{visit.id}").status_code == status
    assert count() == 0


def test_a_refusal_is_a_sentence(client_of, visit, user):
    path, text = entry_of(visit, user("ilyas"))
    answer = client_of("ines").post(path, data=text)
    assert (answer.status_code, count()) == (403, 0)
    assert answer.json["message"].startswith("Quelqu’un d’autre")


@pytest.mark.parametrize("body", [b"\xff\xfe", b"", b"{}", b"x" * 50_000])
def test_what_is_no_entry_is_refused(client_of, visit, body):
    answer = client_of("ines").post(f"/field/visits/{visit.id}/entries/{sha256(body).hexdigest()}", data=body)
    assert (answer.status_code, count()) == (422, 0)


def test_without_its_token_nothing_is_received_and_the_phone_knows_why(app, client_of, visit, user):
    client = client_of("ines")
    path, text = entry_of(visit, user("ines"))
    app.config["WTF_CSRF_ENABLED"] = True
    try:
        refused = client.post(path, data=text)
        token = client.get("/field/visits").json["token"]
        received = client.post(path, data=text, headers={"X-CSRFToken": token})
    finally:
        app.config["WTF_CSRF_ENABLED"] = False
    assert (refused.status_code, refused.json["has_session"], received.status_code) == (400, False, 200)
    assert count() == 1


def test_a_picture_goes_on_where_it_stopped(client_of, visit, user):
    client, content = client_of("ines"), picture()
    body = photo_body(content)
    path, text = entry_of(visit, user("ines"), kind="photo", body=body)
    client.post(path, data=text)
    photo = f"/field/visits/{visit.id}/photos/{body['photo']}"
    assert client.get(photo).json["offset"] == 0
    assert client.post(f"{photo}?offset=0", data=content[:700]).json == {
        "sha256": body["photo"], "offset": 700, "is_whole": False,
    }  # fmt: skip
    assert client.get(photo).json["offset"] == 700
    assert client.post(f"{photo}?offset=700", data=content[700:]).json["is_whole"]
    assert client.get(photo).json["is_whole"]
    with client.get(f"/visits/{visit.id}/photos/{body['photo']}") as answer:
        assert answer.data == content
    assert count(VisitPhoto) == 1


@pytest.mark.parametrize("digest", ["x", "a" * 63, "A" * 64, "..%2F" + "a" * 59])
def test_a_strange_hash_leads_nowhere(client_of, visit, digest):
    client = client_of("ines")
    assert client.get(f"/field/visits/{visit.id}/photos/{digest}").status_code in {404, 422}
    assert client.post(f"/field/visits/{visit.id}/photos/{digest}?offset=0", data=b"x").status_code in {404, 405, 422}


def test_what_breaks_is_told_with_a_reference(app, client_of, visit, user, monkeypatch):
    client = client_of("ines")
    path, text = entry_of(visit, user("ines"))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.config, "CLOCK", None)
    answer = client.post(path, data=text)
    app.config["PROPAGATE_EXCEPTIONS"] = None
    assert (answer.status_code, len(answer.json["reference"]), count()) == (500, 8, 0)


def test_the_report_is_read_by_others_once_the_visit_is_closed(client_of, visit, acting):
    fact = {"fact": "Le lot 12 ne figure pas au registre.", "check": "", "grade": "major", "measure": "Le retrouver."}
    seen = recorded(visit, acting("ines"), "observation", fact)
    recorded(visit, acting("ilyas"), body=CHECK | {"note": "Au frais et au sec."})
    db.session.commit()
    path = f"/visits/{visit.id}/report"
    before = {name: client_of(name).get(path).status_code for name in ("ines", "rachid", "carol", "alice", "mallory")}
    close_visit(visit, summary="Visite faite avec la gérante.", actor=acting("ines"))
    db.session.commit()
    after = {name: client_of(name).get(path).status_code for name in ("ines", "rachid", "carol", "alice", "mallory")}
    assert before == {"ines": 200, "rachid": 200, "carol": 403, "alice": 403, "mallory": 403}
    assert after == {"ines": 200, "rachid": 200, "carol": 200, "alice": 200, "mallory": 403}
    page = client_of("alice").get(path).text
    for told in (
        fact["fact"],
        fact["measure"],
        "Au frais et au sec.",
        "Visite faite avec la gérante.",
        seen.sha256[:12],
    ):
        assert told in page
    assert "observation=" not in page


def test_an_observation_begins_a_finding(client_of, visit, acting):
    fact = {"fact": "Lot 12 absent.", "check": "", "grade": "major", "measure": "Le retrouver."}
    seen = recorded(visit, acting("ines"), "observation", fact)
    body = {"of": seen.sha256, "text": "Lot 13 absent.", "reason": "Relu", "withdrawn": False}
    recorded(visit, acting("ilyas"), "correction", body)
    db.session.commit()
    client = client_of("rachid")
    link = f"/missions/{visit.dossier_id}/findings?observation={seen.sha256}"
    assert link.replace("&", "&amp;") in client.get(f"/visits/{visit.id}/report").text
    page = client.get(link).text
    assert "Lot 13 absent." in page
    assert "Le retrouver." in page
    assert re.search(r'checked[^>]*value="major"', page)
    assert client.get(f"/missions/{visit.dossier_id}/findings?observation=x").status_code == 200


def test_a_photo_stands_beside_what_it_shows_and_shows_the_finding(app, client_of, visit, acting):
    fact = {"fact": "Lot 12 absent.", "check": "", "grade": "major", "measure": ""}
    seen, content = recorded(visit, acting("ines"), "observation", fact), picture()
    body = photo_body(content, about=seen.sha256, caption="La page du registre")
    recorded(visit, acting("ines"), "photo", body)
    store = factories.store_in(app.instance_path)
    sent = {"digest": body["photo"], "offset": 0, "limit": len(content), "store": store, "actor": acting("ines")}
    receive_part(visit, content, **sent)
    db.session.commit()
    client, link = client_of("rachid"), f"/missions/{visit.dossier_id}/findings?observation={seen.sha256}"
    observed = client.get(f"/visits/{visit.id}/report").text.split('id="observations"')[1].split("<h2")[0]
    assert (observed.count("<img"), "La page du registre" in observed) == (1, True)
    page = client.get(link).text
    assert re.search(rf'<option selected value="{body["photo"]}">La page du registre', page)
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    said = {"statement": "Lot 12 absent.", "grade": "major", "photo": body["photo"], "version": version}
    assert client.post(link, data=said).status_code == 303
    finding = db.session.query(Finding).one()
    assert (finding.evidence.sha256, finding.evidence.size) == (body["photo"], len(content))


def test_a_photo_of_nothing_that_was_observed_is_no_evidence(client_of, visit, acting):
    db.session.commit()
    client, link = client_of("rachid"), f"/missions/{visit.dossier_id}/findings"
    page = client.get(link).text
    version = re.search(r'name="version"[^>]*value="(\d+)"', page)[1]
    said = {"statement": "Lot 12 absent.", "grade": "major", "photo": "a" * 64, "version": version}
    assert client.post(link, data=said).status_code == 303
    assert ('name="photo"' in page, db.session.query(Finding).one().evidence_id) == (False, None)
