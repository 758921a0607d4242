"""Samples on the screen: the rapporteur takes one, the laboratory answers blind, the rapporteur reads what it found."""

import re
from io import BytesIO

import pytest
from sqlalchemy import select

from certify.extensions import SAFE_METHODS, db
from certify.models import AnalysisResult, Message, Portion, Sample
from certify.operations.delivery import letter_of
from certify.queries.evaluation import find_measurement
from certify.queries.samples import list_samples
from certify.views.helpers import who_may
from certify.workflows.permissions import Right, Role
from tests import factories
from tests.sampling import MOISTURE, PLACE, analysed, contested, taken
from tests.scenes import once

IDENTIFYING = (
    "DEM-", "euphorbe", "Spurge", "الدغموس", "Tighmi", "تيغمي", "Alice", "alice", "Rachid", "rachid", "coop@", "Miel",
    "honey.", "Douar", "M.29", "001561191000066", "dossiers/", "missions/",
)  # fmt: skip
"""What would tell whose product it is, or who examines it."""


@pytest.fixture
def store(app):
    return factories.store_in(app.instance_path)


@pytest.fixture
def dossier(app):
    return once(factories.under_examination)


@pytest.fixture
def sample(dossier, acting):
    found = taken(dossier, acting)
    db.session.commit()
    return found


@pytest.fixture
def page(client_of, sample):
    """The page of the first part, as Lina's browser asks for it."""
    return client_of("lina"), f"/analyses/{sample.portions[0].code}"


def results(**more):
    typed = {"honey_moisture-value": "185 g/kg", "honey_moisture-uncertainty": "20", "honey_hmf-value": "12"}
    day = {"measured_on": "2026-11-23", "version": "2"}
    return typed | day | {"bulletin": (BytesIO(factories.a_pdf()), "bulletin.pdf")} | more


def test_the_rapporteur_takes_a_sample_and_prints_its_labels(client_of, dossier, user):
    rachid, path = client_of("rachid"), f"/missions/{dossier.id}/samples"
    assert "Prélever un échantillon" in rachid.get(f"/missions/{dossier.id}").text
    version = re.search(r'name="version"[^>]*value="(\d+)"', rachid.get(path).text)[1]
    typed = {"taken_on": "2026-11-20", "place": PLACE, "taken_by": "Rachid", "criteria": [MOISTURE], "version": version}
    answer = rachid.post(path, data=typed | {"laboratory": user("lina").id})
    [sample] = db.session.scalars(select(Sample)).all()
    assert (answer.status_code, answer.headers["Location"]) == (303, f"{path}/{sample.id}")
    labels = rachid.get(f"{path}/{sample.id}").text.split("<main")[1]
    sheet = re.search(r'<ul class="labels">.*?</ul>', labels, re.S)[0]
    assert [portion.code in sheet for portion in sample.portions] == [True] * 3
    assert [word for word in IDENTIFYING if word in sheet] == []


@pytest.mark.parametrize(
    ("name", "value"),
    [("taken_on", "2026-11-30"), ("taken_on", "hier"), ("place", ""), ("criteria", []), ("laboratory", "")],
)
def test_an_incomplete_sample_is_told_and_nothing_is_taken(client_of, dossier, user, name, value):
    typed = {"taken_on": "2026-11-20", "place": PLACE, "taken_by": "Rachid", "criteria": [MOISTURE]}
    typed |= {"laboratory": str(user("lina").id), "version": str(dossier.version)} | {name: value}
    assert client_of("rachid").post(f"/missions/{dossier.id}/samples", data=typed).status_code == 422
    assert db.session.scalars(select(Sample)).all() == []


@pytest.mark.parametrize("name", ["alice", "carol", "bob", "pia", "mallory", "aude", "lina"])
def test_nobody_else_takes_a_sample_or_reads_its_labels(client_of, dossier, sample, name):
    client, path = client_of(name), f"/missions/{dossier.id}/samples"
    pages = (path, f"{path}/{sample.id}", f"{path}/{sample.id}/counter-analysis")
    assert [client.get(page).status_code for page in pages] == [403] * 3
    assert client.post(path, data={}).status_code == 403


def test_the_laboratory_submits_once_and_the_rapporteur_reads_it(page, client_of, dossier, session):
    client, path = page
    assert client.post(path, data=results()).status_code == 303
    shown = client.get(path).text
    assert ("18.5 ± 2 %" in shown, "185 ± 20 g/kg" in shown, '<form class="form"' in shown) == (True, True, False)
    assert client.post(path, data=results(version="3")).status_code == 409
    session.expire_all()
    assert find_measurement(session, dossier, MOISTURE).laboratory == "LOARC Agadir"
    grid = client_of("rachid").get(f"/missions/{dossier.id}/grid").text
    assert "Du laboratoire" in grid


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"honey_moisture-value": "18 mL"}, "honey_moisture-value"),
        ({"honey_hmf-unit": "g/L"}, "honey_hmf-unit"),
        ({"honey_hmf-uncertainty": "beaucoup"}, "honey_hmf-uncertainty"),
        ({"measured_on": ""}, "measured_on"),
        ({"bulletin": (BytesIO(b""), "")}, "bulletin"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field(page, changed, field):
    client, path = page
    answer = client.post(path, data=results(**changed))
    assert (answer.status_code, f'href="#{field}"' in answer.text, "12" in answer.text) == (422, True, True)
    assert db.session.scalars(select(AnalysisResult)).all() == []


def test_a_bulletin_that_is_no_pdf_or_a_page_overtaken_changes_nothing(page):
    client, path = page
    photo = {"bulletin": (BytesIO(factories.a_photo()), "bulletin.jpg")}
    assert client.post(path, data=results(**photo)).status_code == 422
    assert client.post(path, data=results(version="1")).status_code == 409
    assert db.session.scalars(select(AnalysisResult)).all() == []


def test_another_laboratory_does_not_learn_that_a_code_exists(client_of, sample):
    client = client_of("lotfi")
    answers = [client.get(f"/analyses/{code}") for code in (sample.portions[0].code, "4T2X-P8QJ", "x")]
    assert [answer.status_code for answer in answers] == [404] * 3
    assert sample.portions[0].code not in client.get("/analyses").text


def test_a_counter_analysis_stands_beside_the_first(client_of, dossier, sample, acting, store):
    analysed(sample, acting, store)
    db.session.commit()
    rachid, path = client_of("rachid"), f"/missions/{dossier.id}/samples/{sample.id}/counter-analysis"
    assert path in rachid.get(f"/missions/{dossier.id}").text
    typed = {"reason": "Contestée.", "laboratory": acting("lotfi").id, "version": dossier.version}
    assert rachid.post(path, data=typed).status_code == 303
    lotfi, code = client_of("lotfi"), sample.portions[1].code
    assert lotfi.post(f"/analyses/{code}", data=results(**{"honey_moisture-value": "19,5"})).status_code == 303
    grid = rachid.get(f"/missions/{dossier.id}/grid").text
    shown = re.search(r'id="honey.moisture">.*?</li>\s*</ul>', grid, re.S)[0]
    assert ["LOARC Agadir" in shown, "Laboratoire du Souss" in shown, "l’emporte" in shown] == [True] * 3
    assert path not in rachid.get(f"/missions/{dossier.id}").text


def addresses(app, dossier, sample, code):
    """Every address that answers a GET, for this dossier and this sample."""
    filled = {"dossier_id": dossier.id, "sample_id": sample.id, "code": code, "number": dossier.number}
    for rule in app.url_map.iter_rules():
        if "GET" in rule.methods & SAFE_METHODS and rule.endpoint not in ("static", "auth.sign_out"):
            named = {name: filled.get(name, sample.portions[0].bulletin_id or 1) for name in rule.arguments}
            yield app.url_map.bind("localhost").build(rule.endpoint, named)


def traces(text):
    """What identifies the product in the part of a page that is not the same for everybody."""
    return [word for word in IDENTIFYING if word in text.split("<main")[-1].split("</main>")[0]]


@pytest.fixture
def walked(app, client_of, dossier, sample):
    """Every page that opens to a laboratory in a language, by address; what everybody may read is left out."""

    def walked(name, code, lang):
        client, pages = client_of(name), {}
        for address in addresses(app, dossier, sample, code):
            with client.get(f"{address}?lang={lang}", follow_redirects=True) as answer:
                if answer.mimetype == "text/html" and address not in ("/", "/label"):
                    pages[address] = answer.text
        return pages

    return walked


@pytest.mark.parametrize("lang", ["fr", "ar", "en"])
def test_no_page_tells_a_laboratory_whose_product_it_is(walked, sample, acting, store, lang):
    contested(analysed(sample, acting, store), acting)
    db.session.commit()
    for name, code in (("lina", sample.portions[0].code), ("lotfi", sample.portions[1].code)):
        pages = walked(name, code, lang)
        assert {where: traces(text) for where, text in pages.items() if traces(text)} == {}
        assert (code in pages["/analyses"], code in pages[f"/analyses/{code}"]) == (True, True)


def test_the_same_words_are_found_where_they_may_stand(client_of, dossier, sample):
    shown = client_of("rachid").get(f"/missions/{dossier.id}").text
    assert set(traces(shown)) >= {"DEM-", "euphorbe", "Tighmi", "Rachid", "missions/"}


def test_no_message_tells_a_laboratory_whose_product_it_is(dossier, sample, acting, store):
    contested(analysed(sample, acting, store), acting)
    db.session.commit()
    laboratories = {acting("lina").id, acting("lotfi").id}
    written = [one for one in db.session.scalars(select(Message)) if one.recipient_id in laboratories]
    assert [one.kind for one in written] == ["sample_sent", "sample_sent"]
    for message in written:
        for locale in ("fr", "ar", "en"):
            message.recipient.locale = locale
            letter = letter_of(db.session, message, base_url="https://label.example.ma")
            assert traces(letter.subject + letter.text) == []
            assert letter.subject.startswith(message.facts["number"])


def test_a_refusal_tells_a_laboratory_nothing_either(page, dossier, sample, acting, store):
    dossier.state = "withdrawn"
    db.session.commit()
    client, path = page
    answer = client.post(path, data=results())
    assert (answer.status_code, traces(answer.text)) == (409, [])


def test_who_analyses_a_product_reads_nothing_of_it_whatever_else_they_become(client_of, dossier, sample, user):
    lina = user("lina")
    lina.held_roles += [type(lina.held_roles[0])(role=role) for role in (Role.SECRETARIAT, Role.AUDITOR)]
    db.session.commit()
    client = client_of("lina")
    assert client.get(f"/office/dossiers/{dossier.id}").status_code == 403
    assert dossier.number not in client.get("/office").text


def test_a_laboratory_has_its_room_and_no_other():
    assert [right for right in Right if Role.LABORATORY in who_may(right)] == [Right.WORK_LABORATORY]


def test_parts_and_samples_are_listed_as_taken(dossier, sample):
    assert list_samples(db.session, dossier) == [sample]
    assert len(db.session.scalars(select(Portion)).all()) == 3
