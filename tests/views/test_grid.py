"""The review grid on the screen: what it keeps, what it computes, and two pages open on it at once."""
# ruff: noqa: F811

import re
from html.parser import HTMLParser

import pytest
from sqlalchemy import func, select

from certify.models import Measurement
from certify.queries.admissibility import list_current_documents
from certify.queries.evaluation import Measured, find_measurement, list_measurements, measured_of
from tests.clients import Browser
from tests.missions import mission, played, settled_sqlite  # noqa: F401

MOISTURE, HMF = "honey_moisture", "honey_hmf"


class Filled(HTMLParser):
    """Reads what the form of a page would send."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.typed: dict[str, str] = {}
        self.select = ""
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        """Note the value of each field."""
        named = dict(attributes)
        if tag == "select":
            self.select = named["name"]
        elif tag == "option" and ("selected" in named or self.select not in self.typed):
            self.typed[self.select] = named["value"]
        elif tag in ("input", "textarea") and "name" in named:
            self.typed[named["name"]] = named.get("value") or ""


@pytest.fixture(autouse=True)
def own_contexts(app):
    app.test_client_class = Browser


@pytest.fixture
def kept(session, mission):
    """What a row of the empty grid holds now."""

    def kept(name, stage="empty"):
        session.expire_all()
        return measured_of(find_measurement(session, mission(stage), name.replace("_", ".", 1)))

    return kept


@pytest.fixture
def page(client_of, mission):
    """Open the grid of a mission as Rachid; `page().save(honey_moisture="18")` sends it with that value typed."""

    class Page:
        def __init__(self, stage="empty", name="rachid"):
            self.client, self.path = client_of(name), f"/missions/{mission(stage).id}/grid"
            self.answer = self.client.get(self.path)
            self.typed = Filled(self.answer.text).typed

        def save(self, **values):
            named = {(name if "-" in name else f"{name}-value"): value for name, value in values.items()}
            return self.client.post(self.path, data=self.typed | named)

    return Page


def card(answer, code):
    """The part of the page that shows one criterion."""
    return re.search(rf'<li class="document" id="{code}">.*?</li>', answer.text, re.S)[0]


def test_what_is_typed_is_kept_and_judged(page, kept):
    assert page().save(**{MOISTURE: "20,5 %", f"{MOISTURE}-laboratory": "LOARC"}).status_code == 303
    assert kept(MOISTURE) == Measured(value="20.5", laboratory="LOARC", method="AOAC 969.38")
    assert "Non conforme" in card(page().answer, "honey.moisture")


@pytest.mark.parametrize(("typed", "saved"), [("١٨٫٥", "18.5"), ("18,50", "18.50"), (" 18 % ", "18"), ("-1", "-1")])
def test_numbers_are_read_as_people_type_them(page, kept, typed, saved):
    page().save(**{MOISTURE: typed})
    assert kept(MOISTURE).value == saved


def test_a_value_in_another_unit_is_shown_as_it_was_stated_and_saved_again_unchanged(page, kept):
    other = {f"{MOISTURE}-uncertainty": "2", f"{MOISTURE}-unit": "g/kg"}
    assert page().save(**{MOISTURE: "199"}, **other).status_code == 303
    before = kept(MOISTURE)
    shown = page()
    assert (before.value, before.uncertainty, shown.typed[f"{MOISTURE}-value"]) == ("19.9", "0.2", "199")
    told = card(shown.answer, "honey.moisture")
    assert ("19.9 ± 0.2 %" in told, "199 ± 2 g/kg" in told, "La limite est dans l’incertitude" in told) == (True,) * 3
    assert (shown.save().status_code, kept(MOISTURE)) == (303, before)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("value", "18 mL", "« mL » mesure autre chose que ce qui est demandé ici"),
        ("unit", "mL", "« mL » mesure autre chose que ce qui est demandé ici"),
        ("unit", "abc", "« abc » n’est pas une unité connue ici"),
        ("uncertainty", "10 %", "Saisissez l’incertitude"),
    ],
)
def test_what_does_not_measure_this_is_told_at_its_field(page, session, *, field, typed, sentence):
    answer = page().save(**{MOISTURE: "18", f"{MOISTURE}-{field}": typed, HMF: "12"})
    text = answer.text.replace("\N{NARROW NO-BREAK SPACE}", " ").replace("&#39;", "’")
    assert (answer.status_code, f'href="#{MOISTURE}-{field}"' in text, sentence in text) == (422, True, True)
    assert session.scalar(select(func.count(Measurement.id)).where(Measurement.value == "12")) == 0


@pytest.mark.parametrize("typed", ["abc", "<0,1", "1 000 000 000 000 000", "9" * 5000, "NaN", "=1+1", "18;5"])
def test_one_malformed_value_loses_nothing_of_the_others(page, session, mission, typed):
    answer = page().save(**{MOISTURE: typed, HMF: "12", f"{HMF}-note": "Lot 12"})
    assert (answer.status_code, f'href="#{MOISTURE}-value"' in answer.text) == (422, True)
    sent = Filled(answer.text).typed
    assert (sent[f"{MOISTURE}-value"], sent[f"{HMF}-value"], "Lot 12" in answer.text) == (typed, "12", True)
    assert list_measurements(session, mission("empty")) == []


@pytest.mark.parametrize(
    ("field", "typed"),
    [("note", "x" * 2001), ("laboratory", "x" * 201), ("measured_on", "2026-02-30"), ("measured_on", "demain")],
)
def test_what_is_too_long_or_no_day_is_told_at_its_field(page, session, mission, field, typed):
    answer = page().save(**{HMF: "12", f"{MOISTURE}-{field}": typed})
    assert (answer.status_code, f'href="#{MOISTURE}-{field}"' in answer.text) == (422, True)
    assert list_measurements(session, mission("empty")) == []


def test_a_day_to_come_is_refused_by_its_criterion(page, session, mission):
    answer = page().save(**{MOISTURE: "18", f"{MOISTURE}-measured_on": "2026-11-24", HMF: "12"})
    assert (answer.status_code, "Teneur en eau" in answer.text, 'value="12"' in answer.text) == (422, True, True)
    assert list_measurements(session, mission("empty")) == []


def test_one_report_serves_the_numbers_that_have_none(page, kept, session, mission):
    documents = list_current_documents(session, mission("empty"))
    report = next(document.id for document in documents if document.kind == "test_reports")
    shared = {"shared-evidence_id": report, "shared-laboratory": "LOARC", "shared-measured_on": "2026-11-02"}
    page().save(**shared, **{MOISTURE: "18", f"{MOISTURE}-laboratory": "Autre", "general_origin": "present"})
    assert (kept(MOISTURE).evidence_id, kept(MOISTURE).laboratory) == (report, "Autre")
    assert (kept("general_origin").evidence_id, kept(HMF)) == (None, Measured())


def test_an_answer_that_is_neither_is_refused(page, session, mission):
    assert page().save(general_origin="peut-être").status_code == 422
    assert list_measurements(session, mission("empty")) == []


def test_a_document_of_somebody_else_is_not_found(page, session, mission):
    identity = next(
        document.id for document in list_current_documents(session, mission("empty")) if document.kind == "identity"
    )
    for number in (identity, 999999, "x", "-1"):
        assert page().save(**{MOISTURE: "18", f"{MOISTURE}-evidence_id": number}).status_code == 404
    assert list_measurements(session, mission("empty")) == []


def test_the_identity_card_is_not_offered_as_evidence(page):
    assert "Pièce d’identité" not in page().answer.text


def test_two_pages_keep_what_each_typed(page, kept):
    first, second = page(), page()
    assert first.save(**{MOISTURE: "18"}).status_code == 303
    assert second.save(**{HMF: "12"}).status_code == 303
    assert (kept(MOISTURE).value, kept(HMF).value) == ("18", "12")


def test_two_pages_on_one_row_show_each_other(page, kept):
    first, second = page(), page()
    first.save(**{MOISTURE: "18", "honey_diastase": "9"})
    answer = second.save(**{MOISTURE: "19", HMF: "12"})
    assert (answer.status_code, kept(MOISTURE).value, kept(HMF)) == (409, "18", Measured())
    assert ("Enregistré entre-temps" in card(answer, "honey.moisture"), "Ce qui a changé" in answer.text) == (
        True,
        True,
    )
    sent = Filled(answer.text).typed
    assert (sent[f"{MOISTURE}-value"], sent[f"{HMF}-value"], sent["honey_diastase-value"]) == ("19", "12", "9")
    assert second.client.post(second.path, data=sent).status_code == 303
    assert [kept(name).value for name in (MOISTURE, HMF, "honey_diastase")] == ["19", "12", "9"]


def test_the_grid_is_read_alone_once_reported(page, session, mission):
    shown = page("reported")
    assert ("<textarea" in shown.answer.text, "LOARC" in shown.answer.text) == (False, False)
    version = mission("reported").version
    assert shown.save(**{MOISTURE: "1"}).status_code == 409
    session.expire_all()
    assert mission("reported").version == version


@pytest.mark.parametrize("name", ["alice", "carol", "bob", "pia", "mallory", "aude"])
def test_nobody_else_opens_or_fills_in_the_grid(page, session, mission, name):
    shown = page(name=name)
    assert (shown.answer.status_code, shown.save(**{MOISTURE: "18"}).status_code) == (403, 403)
    assert list_measurements(session, mission("empty")) == []
