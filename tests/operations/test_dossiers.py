"""What an applicant does with a dossier, and what the regulation refuses."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import func, select

from certify.models import Document, Dossier, Event, NumberSeries, Paper
from certify.operations import documents, dossiers
from certify.queries.dossiers import list_events
from certify.workflows import dossier as life
from certify.workflows.dossier import State
from certify.workflows.errors import Malformed, NotAllowed, NotFound, Refused, Stale, WrongState
from tests.factories import Answers, Format, draft, filed, store_in, stored, under_examination
from tests.scenes import once


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


def test_filing_gives_number_date_receipt_and_event(session, acting):
    dossier = once(filed)
    [event], paper = list_events(session, dossier), session.scalars(select(Paper)).one()
    assert (dossier.state, dossier.number, dossier.filed_at) == (State.FILED, "DEM-2026-00001", acting(None).at)
    assert (event.source, event.target, event.facts["regulation"]) == ("draft", "filed", "2026-1")
    assert (paper.number, paper.dossier_id) == ("REC-DEM-2026-00001", dossier.id)


def test_the_journal_names_documents_by_kind_and_hash(session):
    dossier = once(filed)
    [event] = list_events(session, dossier)
    kept = session.execute(select(Document.kind, Document.sha256)).all()
    assert {(one["name"], one["sha256"]) for one in event.documents} == set(kept)


@pytest.mark.parametrize(
    ("answers", "sentence"),
    [
        ({"process": None}, life.ANSWERED.sentence),
        ({"formats": ()}, life.ANSWERED.sentence),
        ({"brand": "Tighmi"}, life.DOCUMENTED.sentence),
    ],
)
def test_an_incomplete_draft_is_not_filed(session, acting, answers, sentence):
    dossier = once(draft)
    said = Answers(**({"formats": (Format(),)} | answers))
    dossiers.write_identity(dossier, said, actor=acting("alice"))
    dossiers.write_making(dossier, said, actor=acting("alice"))
    dossiers.write_claims(dossier, said, actor=acting("alice"))
    with pytest.raises(Refused, match=sentence):
        dossiers.file_dossier(dossier, is_engaged=True, actor=acting("alice"))
    assert (dossier.state, dossier.number, session.scalar(select(func.count(Event.id)))) == (State.DRAFT, None, 0)
    assert session.get(NumberSeries, ("dossier", 2026)) is None


def test_nobody_files_without_the_commitment(acting):
    dossier = once(draft)
    with pytest.raises(Refused, match=life.ENGAGED.sentence):
        dossiers.file_dossier(dossier, is_engaged=False, actor=acting("alice"))
    assert (dossier.state, dossier.number) == (State.DRAFT, None)


def test_a_draft_without_a_site_is_not_filed(acting):
    dossier = once(draft)
    dossiers.write_place(dossier, site_id=None, actor=acting("alice"))
    with pytest.raises(Refused, match=life.ANSWERED.sentence):
        dossiers.file_dossier(dossier, is_engaged=True, actor=acting("alice"))


def test_an_expired_sanitary_authorisation_stops_the_filing(acting):
    dossier = once(draft)
    dossier.site.sanitary_valid_to = date(2026, 11, 22)
    with pytest.raises(Refused, match=life.ANSWERED.sentence):
        dossiers.file_dossier(dossier, is_engaged=True, actor=acting("alice"))


def test_an_expired_document_stops_the_filing(acting, store, clock):
    dossier = once(draft)
    kept = stored(store, "test_reports")
    documents.hand_in(dossier, "test_reports", stored=kept, expires_on=date(2026, 11, 24), actor=acting("alice"))
    clock.advance(days=2)
    with pytest.raises(Refused, match=life.DOCUMENTED.sentence):
        dossiers.file_dossier(dossier, is_engaged=True, actor=acting("alice"))


def test_numbers_follow_each_other(acting, store):
    numbers = [filed(acting("alice"), store=store).number for _ in range(3)]
    assert numbers == ["DEM-2026-00001", "DEM-2026-00002", "DEM-2026-00003"]


def test_a_second_filing_is_stale_and_gives_no_number(session, acting):
    dossier = once(draft)
    seen = dossier.version
    dossiers.file_dossier(dossier, is_engaged=True, version=seen, actor=acting("alice"))
    with pytest.raises(Stale):
        dossiers.file_dossier(dossier, is_engaged=True, version=seen, actor=acting("alice"))
    assert session.get(NumberSeries, ("dossier", 2026)).last == 1


def test_a_filed_dossier_is_not_written_any_more(acting):
    dossier = once(filed)
    with pytest.raises(WrongState):
        dossiers.write_making(dossier, Answers(process="Autre"), actor=acting("alice"))
    assert dossier.product.process == Answers().process


def test_two_tabs_are_two_versions_even_at_the_same_moment(acting):
    dossier = once(draft)
    seen = dossier.version
    dossiers.write_making(dossier, Answers(variety="Noire"), version=seen, actor=acting("alice"))
    with pytest.raises(Stale):
        dossiers.write_making(dossier, Answers(variety="Blanche"), version=seen, actor=acting("alice"))
    assert dossier.product.variety == "Noire"


def test_formats_are_replaced_and_keep_their_order(session, acting):
    dossier = once(draft)
    sizes = tuple(Format(content=str(size)) for size in range(30, 0, -1))
    dossiers.write_identity(dossier, Answers(formats=sizes), actor=acting("alice"))
    session.flush()
    session.expire_all()
    assert [each.content for each in dossier.product.formats] == [size.content for size in sizes]


@pytest.mark.parametrize("name", ["mallory", "carol", "rachid"])
def test_nobody_else_writes_a_draft(acting, name):
    dossier = once(draft)
    with pytest.raises(NotAllowed):
        dossiers.write_making(dossier, Answers(variety="Volée"), actor=acting(name))
    with pytest.raises(NotAllowed):
        dossiers.withdraw_dossier(dossier, actor=acting(name))
    assert (dossier.product.variety, dossier.state) == (None, State.DRAFT)


def test_nobody_starts_a_dossier_for_another_organisation(session, acting, user):
    with pytest.raises(NotAllowed):
        dossiers.start_dossier(user("alice").organisation, filiere="honey", usage="food", actor=acting("mallory"))
    assert session.scalar(select(func.count(Dossier.id))) == 0


def test_the_site_is_one_of_the_organisation(acting, user):
    dossier = once(draft)
    elsewhere = user("mallory").organisation.sites[0]
    with pytest.raises(NotAllowed):
        dossiers.write_place(dossier, site_id=elsewhere.id, actor=acting("alice"))


@pytest.mark.parametrize(("scope", "error"), [({"usage": "cosmetic"}, Malformed), ({"filiere": "plastic"}, NotFound)])
def test_the_regulation_says_which_products_there_are(acting, scope, error):
    dossier = once(draft)
    with pytest.raises(error):
        dossiers.write_identity(dossier, replace(Answers(), **scope), actor=acting("alice"))


def test_a_draft_is_given_up_without_a_number(acting):
    dossier = once(draft)
    dossiers.withdraw_dossier(dossier, actor=acting("alice"))
    assert (dossier.state, dossier.number) == (State.WITHDRAWN, None)


def test_asking_for_a_decision_moves_nothing_and_wants_findings(acting):
    dossier = once(under_examination)
    with pytest.raises(WrongState):
        dossiers.ask_decision(dossier, actor=acting("alice"))
    assert (dossier.asks_decision_as_is, dossier.state) == (False, State.EXAMINATION)
