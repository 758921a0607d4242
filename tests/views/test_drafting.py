"""Writing a request: steps keep what was typed, two tabs do not overwrite each other, one filing gives one number."""

from io import BytesIO

import pytest
from sqlalchemy import func, select

from certify.models import Document, Dossier, NumberSeries
from certify.workflows.dossier import State
from tests.factories import a_pdf, draft, filed, store_in
from tests.scenes import once

STEPS = ("product", "making", "place", "claims", "documents", "check")
PRODUCT = {"filiere": "honey", "usage": "food", "name_fr": "Miel de thym", "name_ar": "عسل الزعتر"}


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


@pytest.fixture
def alice(client_of):
    return client_of("alice")


@pytest.fixture
def begun(app):
    return once(draft, is_complete=False)


@pytest.fixture
def complete(app):
    return once(draft)


def sent(name: str = "statuts.pdf", content: bytes | None = None, **more: str) -> dict[str, object]:
    return {"file": (BytesIO(a_pdf() if content is None else content), name), **more}


def test_before_starting_one_sees_what_is_needed(alice):
    page = alice.get("/dossiers/new?filiere=honey&usage=food&lang=fr").text
    assert "Registre d’élevage du rucher" in page
    assert "Dossier cosmétique" not in page
    assert "Dossier cosmétique" in alice.get("/dossiers/new?filiere=argan_oil&usage=cosmetic&lang=fr").text


def test_a_request_begins_with_a_name(session, alice):
    answer = alice.post("/dossiers/new", data=PRODUCT)
    dossier = session.scalars(select(Dossier)).one()
    assert (answer.status_code, answer.location) == (303, f"/dossiers/{dossier.id}/product")
    assert (dossier.state, dossier.product.name_ar, dossier.regulation) == (State.DRAFT, "عسل الزعتر", "2026-1")


@pytest.mark.parametrize(
    "typed", [{"name_fr": "", "name_ar": ""}, {"filiere": "plastic"}, {"usage": "cosmetic"}, {"usage": ""}]
)
def test_a_request_without_name_or_scope_is_not_begun(session, alice, typed):
    answer = alice.post("/dossiers/new", data=PRODUCT | typed)
    assert answer.status_code in (200, 422)
    assert session.scalar(select(func.count(Dossier.id))) == 0


@pytest.mark.parametrize(("name", "status"), [("alice", 200), ("mallory", 403), ("carol", 403), ("adam", 403)])
def test_a_draft_is_its_applicants_alone(client_of, begun, name, status):
    client = client_of(name)
    assert {client.get(f"/dossiers/{begun.id}/{step}").status_code for step in STEPS} == {status}


def test_a_filed_dossier_has_no_steps(session, alice):
    dossier = once(filed)
    session.commit()
    assert {alice.get(f"/dossiers/{dossier.id}/{step}").status_code for step in STEPS} == {409}


def test_a_step_takes_half_an_answer(session, alice, begun):
    answer = alice.post(
        f"/dossiers/{begun.id}/making", data={"process": "", "steps": "À froid", "version": begun.version}
    )
    session.expire_all()
    assert (answer.status_code, answer.location) == (303, f"/dossiers/{begun.id}/place")
    assert (begun.product.process, begun.product.origin_area) == ("À froid", None)


def test_a_wrong_format_comes_back_with_everything_typed(session, alice, begun):
    typed = PRODUCT | {"formats-0-content": "beaucoup", "formats-0-unit": "g", "formats-0-packaging": "Pot bleu"}
    answer = alice.post(f"/dossiers/{begun.id}/product", data=typed | {"version": begun.version})
    assert answer.status_code == 422
    assert all(word in answer.text for word in ("beaucoup", "Pot bleu", "Miel de thym", "formats-0-content-error"))
    session.expire_all()
    assert begun.product.name_fr == "Miel d’euphorbe"


def test_a_category_is_declared_among_those_of_the_value_chain(session, alice, begun):
    alice.post(f"/dossiers/{begun.id}/product", data=PRODUCT | {"category": "blossom", "version": begun.version})
    session.expire_all()
    assert begun.product.category == "blossom"
    moved = PRODUCT | {"filiere": "olive_oil", "category": "blossom", "version": begun.version}
    answer = alice.post(f"/dossiers/{begun.id}/product", data=moved)
    assert (answer.status_code, "category-error" in answer.text, "extra_virgin" in answer.text) == (422, True, True)
    session.expire_all()
    assert (begun.product.filiere, begun.product.category) == ("honey", "blossom")


def test_another_value_chain_asks_for_its_category(session, alice, begun):
    moved = PRODUCT | {"filiere": "olive_oil", "version": begun.version}
    answer = alice.post(f"/dossiers/{begun.id}/product", data=moved)
    assert answer.location == f"/dossiers/{begun.id}/product#category"


def test_lines_are_added_and_removed_without_a_script(session, alice, begun):
    typed = PRODUCT | {"formats-0-content": "250", "formats-0-unit": "g", "version": begun.version, "add": "1"}
    answer = alice.post(f"/dossiers/{begun.id}/product", data=typed)
    assert "formats-1-content" in alice.get(answer.location).text
    session.expire_all()
    again = typed | {
        "formats-0-remove": "y",
        "formats-1-content": "1",
        "formats-1-unit": "kg",
        "version": begun.version,
    }
    alice.post(f"/dossiers/{begun.id}/product", data=again)
    session.expire_all()
    assert [(each.content, each.unit) for each in begun.product.formats] == [("1", "kg")]


def test_a_stale_tab_sees_what_was_saved_beside_what_it_typed(session, alice, begun):
    seen = begun.version
    alice.post(f"/dossiers/{begun.id}/making", data={"variety": "Noire", "version": seen})
    answer = alice.post(
        f"/dossiers/{begun.id}/making", data={"variety": "Blanche", "storage": "Au frais", "version": seen}
    )
    session.expire_all()
    assert (answer.status_code, begun.product.variety, begun.product.storage) == (409, "Noire", None)
    assert all(word in answer.text for word in ("Noire", "Blanche", "Au frais", f'value="{begun.version}"'))


def test_after_reading_the_difference_one_may_save_anyway(session, alice, begun):
    alice.post(f"/dossiers/{begun.id}/making", data={"variety": "Noire", "version": begun.version})
    session.expire_all()
    answer = alice.post(f"/dossiers/{begun.id}/making", data={"variety": "Blanche", "version": begun.version})
    session.expire_all()
    assert (answer.status_code, begun.product.variety) == (303, "Blanche")


def test_the_place_is_chosen_among_ones_own(session, alice, begun, user):
    mine, theirs = (user(name).organisation.sites[0].id for name in ("alice", "mallory"))
    refused = alice.post(f"/dossiers/{begun.id}/place", data={"site_id": theirs, "version": begun.version})
    chosen = alice.post(f"/dossiers/{begun.id}/place", data={"site_id": mine, "version": begun.version})
    session.expire_all()
    assert (refused.status_code, chosen.status_code, begun.site_id) == (422, 303, mine)


def test_a_document_is_sent_alone(session, alice, begun):
    answer = alice.post(f"/dossiers/{begun.id}/documents/statutes", data=sent())
    document = session.scalars(select(Document)).one()
    assert (answer.status_code, answer.location) == (303, f"/dossiers/{begun.id}/documents#statutes")
    assert (document.kind, document.file_name, document.size) == ("statutes", "statuts.pdf", len(a_pdf()))


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (sent(content=b""), "vide"),
        (sent(content=b"MZ"), ".pdf"),
        ({"explanation": "Perdus."}, "explication"),
        ({}, "photo"),
    ],
)
def test_a_fault_is_told_on_the_page_of_the_document(session, alice, begun, data, sentence):
    answer = alice.post(f"/dossiers/{begun.id}/documents/statutes?lang=fr", data=dict(data))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert "Statuts" in answer.text
    assert session.scalar(select(func.count(Document.id))) == 0


@pytest.mark.parametrize(("megabytes", "status"), [(11, 422), (13, 413)])
def test_a_huge_file_has_its_own_sentence(session, alice, begun, megabytes, status):
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n%PDF-'
    answer = alice.post(
        f"/dossiers/{begun.id}/documents/statutes?lang=en",
        data=head + bytes(megabytes * 2**20) + b"\r\n--x--\r\n",
        content_type="multipart/form-data; boundary=x",
    )
    assert (answer.status_code, "This file is too large" in answer.text) == (status, True)
    assert session.scalar(select(func.count(Document.id))) == 0


def test_a_test_report_bears_its_date(session, alice, begun):
    address = f"/dossiers/{begun.id}/documents/test_reports"
    assert alice.post(address, data=sent(issued_on="2024-01-01")).status_code == 422
    assert alice.post(address, data=sent(issued_on="2026-06-30")).status_code == 303
    assert str(session.scalars(select(Document)).one().expires_on) == "2027-06-30"


def test_the_check_leads_to_what_is_missing(alice, begun):
    page = alice.get(f"/dossiers/{begun.id}/check").text
    links = (
        f"/dossiers/{begun.id}/making#steps",
        f"/dossiers/{begun.id}/documents/identity",
        f"/dossiers/{begun.id}/place#",
    )
    assert all(link in page for link in links)
    assert "is_engaged" not in page


def test_filing_leads_to_the_number_and_the_receipt(session, alice, complete):
    answer = alice.post(f"/dossiers/{complete.id}/check", data={"is_engaged": "y", "version": complete.version})
    session.expire_all()
    assert (answer.status_code, complete.state) == (303, State.FILED)
    page = alice.get(answer.location).text
    assert all(word in page for word in (complete.number, f"/papers/REC-{complete.number}.pdf"))


def test_filing_without_the_commitment_is_told_at_the_box(session, alice, complete):
    answer = alice.post(f"/dossiers/{complete.id}/check", data={"version": complete.version})
    session.expire_all()
    assert (answer.status_code, complete.state) == (422, State.DRAFT)
    assert "is_engaged-error" in answer.text


def test_filing_an_incomplete_draft_is_refused_by_the_rule(session, alice, begun):
    answer = alice.post(f"/dossiers/{begun.id}/check", data={"is_engaged": "y", "version": begun.version})
    session.expire_all()
    assert (answer.status_code, begun.state, session.get(NumberSeries, ("dossier", 2026))) == (422, State.DRAFT, None)


def test_filing_twice_gives_one_number(session, alice, complete):
    data = {"is_engaged": "y", "version": complete.version}
    first, second = (alice.post(f"/dossiers/{complete.id}/check?lang=en", data=data) for _ in range(2))
    session.expire_all()
    assert (first.status_code, second.status_code) == (303, 409)
    assert "not filed twice" in second.text
    assert session.get(NumberSeries, ("dossier", 2026)).last == 1


@pytest.mark.parametrize(("language", "direction"), [("fr", "ltr"), ("ar", "rtl"), ("en", "ltr")])
def test_every_step_speaks_every_language(alice, complete, language, direction):
    pages = [alice.get(f"/dossiers/{complete.id}/{step}?lang={language}").text for step in STEPS]
    assert all(f'<html lang="{language}" dir="{direction}">' in page for page in pages)
