"""Marks and labels on screens: print kit, orders, sheets, activation, void; strangers learn nothing of them."""
# ruff: noqa: F811

from datetime import date
from io import BytesIO

import pikepdf
import pytest
import zxingcpp

from certify.models import LabelBatch
from certify.operations import licences
from certify.queries.labels import count_states, list_serials
from certify.trust.seal import SealReading, parse_address, read_seal
from tests.labels import GTIN, ordered, released
from tests.pdf.test_sheets import pictures
from tests.proofs import HOST, RING
from tests.staged import clock, licence_of, played, settled_sqlite, staged, store  # noqa: F401

PACKED = {"first": "1", "last": "4", "declared": "4", "lot": "l 2412", "packed_on": "2026-12-07"}
VOID = {"first": "2", "last": "3", "cause": "stolen"}


@pytest.fixture
def licence(licence_of):
    return licence_of("signed")


@pytest.fixture
def room(licence):
    return f"/dossiers/{licence.dossier_id}"


@pytest.fixture
def batch(licence, acting, session):
    found = released(licence, acting, size=70)
    session.commit()
    return found


@pytest.fixture
def waiting(licence, acting, session):
    found = ordered(licence, acting)
    session.commit()
    return found


def states(session, batch):
    session.expire_all()
    return {state.value: count for state, count in count_states(session, batch).items() if count}


def test_kit_is_shown_in_each_language_with_sizes_and_rules(client_of, room):
    for language, words in {"fr": "le plus petit", "ar": "أصغر", "en": "smallest that is safe"}.items():
        page = client_of("alice").get(f"{room}/marks?package=jar&printer=thermal_203&lang={language}").text
        assert (words in page, "19.9" in page or "19,9" in page) == (True, True), language


def test_kit_offers_the_short_mark_for_a_small_label(client_of, room):
    page = client_of("alice").get(f"{room}/marks?package=small&lang=en").text
    assert (f"HTTP://{HOST}/V/000000000000" in page, "Short mark" in page) == (True, True)


def test_mark_is_downloaded_at_its_exact_size(client_of, room):
    answer = client_of("alice").get(f"{room}/mark.pdf?form=sealed&printer=thermal_203&dots=3")
    with pikepdf.open(BytesIO(answer.data)) as document:
        assert round(float(document.pages[0].MediaBox[2]) / 72 * 25.4, 3) == 19.875
    drawing = client_of("alice").get(f"{room}/mark.svg?form=sealed&printer=thermal_203&dots=3")
    assert (drawing.mimetype, 'width="19.875mm"' in drawing.text) == ("image/svg+xml", True)


@pytest.mark.parametrize("asked", ["dots=1", "dots=x", "form=x", "printer=x", "sold_as=99", "lot=%2F%2F", "package=x"])
def test_what_the_kit_does_not_offer_is_not_printed(client_of, room, asked):
    assert client_of("alice").get(f"{room}/mark.svg?{asked}").status_code == 200
    assert client_of("alice").get(f"{room}/marks?{asked}").status_code == 200
    assert client_of("alice").get(f"{room}/mark.png").status_code == 404


def test_nothing_is_printed_under_a_licence_that_is_not_in_force(client_of, room, licence, acting, session):
    licences.suspend(licence, reason="Analyse défavorable.", actor=acting("sami"))
    session.commit()
    pages = [f"{room}/{page}" for page in ("marks", "mark.svg", "labels", "labels/order")]
    assert {client_of("alice").get(page).status_code for page in pages} == {409}


def test_strangers_find_neither_marks_nor_labels(client_of, room, batch):
    own = [f"{room}/marks", f"{room}/mark.svg", f"{room}/labels", f"{room}/labels/order"]
    pages = [*own, *(f"/labels/{batch.id}{page}" for page in ("", "/sheets.pdf", "/activate", "/void"))]
    assert {client_of("mallory").get(page).status_code for page in pages} == {403}
    for name in ("rachid", "bob", "pia", "adam", "lina"):
        assert {client_of(name).get(page).status_code for page in pages} == {403}, name


def test_order_waits_at_the_office_and_is_released(client_of, room, session):
    typed = {"sold_as": "1", "size": "١٢", "has_pin": "y"}
    answer = client_of("alice").post(f"{room}/labels/order", data=typed | {"sold_as": position_of(client_of, room)})
    session.expire_all()
    found = session.query(LabelBatch).one()
    assert (answer.status_code, answer.location, found.size, found.has_pin) == (303, f"/labels/{found.id}", 12, True)
    assert f"/labels/{found.id}" in client_of("carol").get("/office/labels?lang=en").text
    said = {"version": found.version}
    assert client_of("alice").post(f"/labels/{found.id}/release", data=said).status_code == 403
    assert client_of("carol").post(f"/labels/{found.id}/release", data=said).status_code == 303
    assert client_of("dora").post(f"/labels/{found.id}/release", data=said).status_code in {409, 422}
    assert states(session, found) == {"printed": 12}
    assert "12" in client_of("alice").get(f"{room}/labels?lang=en").text


def position_of(client_of, room):
    page = client_of("alice").get(f"{room}/labels/order").text
    return page.split('name="sold_as"')[1].split('value="')[1].split('"')[0]


@pytest.mark.parametrize("typed", [{}, {"size": "0"}, {"size": "x"}, {"size": "10001"}, {"sold_as": "99", "size": "3"}])
def test_order_that_says_nothing_is_asked_again(client_of, room, session, typed):
    asked = {"sold_as": position_of(client_of, room)} | typed
    assert client_of("alice").post(f"{room}/labels/order", data=asked).status_code == 422
    assert session.query(LabelBatch).count() == 0


def test_declined_order_tells_its_holder_why(client_of, waiting, session):
    said = {"reason": "Format absent du dossier.", "version": waiting.version}
    assert client_of("carol").post(f"/labels/{waiting.id}/decline", data=said).status_code == 303
    assert "Format absent du dossier." in client_of("alice").get(f"/labels/{waiting.id}").text
    assert client_of("alice").get(f"/labels/{waiting.id}/sheets.pdf").status_code == 409
    assert client_of("alice").get(f"/labels/{waiting.id}/activate").status_code == 409


def test_sheets_hold_every_label_with_a_genuine_seal(client_of, batch, session, tmp_path):
    answer = client_of("alice").get(f"/labels/{batch.id}/sheets.pdf?paper=a4")
    read = {text for page in pictures(answer.data, tmp_path) for text in codes(page)}
    paths = {f"/01/{GTIN}/21/{serial}" for _, serial in list_serials(session, batch)}
    addresses = [parse_address(text.replace(f"http://{HOST}", "https://tdm.ma")) for text in read]
    assert {address.identity.path for address in addresses} == paths
    readings = {
        read_seal(address.identity, address.seal, RING.manifest.seals, date(2026, 11, 27)) for address in addresses
    }
    assert readings == {SealReading.GENUINE}


def codes(page):
    return [each.text for each in zxingcpp.read_barcodes(page)]


def test_auditor_reads_an_order_and_never_its_sheets(client_of, batch):
    assert client_of("aude").get(f"/labels/{batch.id}").status_code == 200
    assert client_of("aude").get(f"/labels/{batch.id}/sheets.pdf").status_code == 403
    assert client_of("carol").get(f"/labels/{batch.id}/sheets.pdf?paper=roll").status_code == 200


def test_labels_are_activated_on_a_phone_with_lot_and_day(client_of, batch, session):
    answer = client_of("alice").post(f"/labels/{batch.id}/activate", data=PACKED)
    assert (answer.status_code, states(session, batch)) == (303, {"printed": 66, "active": 4})
    assert "L2412" in client_of("alice").get(f"/labels/{batch.id}?lang=ar").text
    again = client_of("alice").post(f"/labels/{batch.id}/activate?lang=en", data=PACKED)
    assert (again.status_code, "count both again" in again.text) == (422, True)


@pytest.mark.parametrize(
    "wrong",
    [{"first": "0"}, {"last": "71"}, {"declared": "5"}, {"lot": ""}, {"packed_on": "2026-12-06"}, {"packed_on": "x"}],
)
def test_activation_that_does_not_hold_changes_nothing(client_of, batch, session, wrong):
    answer = client_of("alice").post(f"/labels/{batch.id}/activate", data=PACKED | wrong)
    assert (answer.status_code, states(session, batch)) == (422, {"printed": 70})


def test_only_the_holder_activates_and_holder_or_office_void(client_of, batch, session):
    for name in ("mallory", "carol", "aude", "bob"):
        assert client_of(name).post(f"/labels/{batch.id}/activate", data=PACKED).status_code == 403
    for name in ("mallory", "aude", "sami"):
        assert client_of(name).post(f"/labels/{batch.id}/void", data=VOID).status_code == 403
    assert states(session, batch) == {"printed": 70}
    assert client_of("carol").post(f"/labels/{batch.id}/void", data=VOID).status_code == 303
    assert states(session, batch) == {"printed": 68, "void": 2}
    assert client_of("alice").post(f"/labels/{batch.id}/void", data=VOID).status_code == 422


def test_office_finds_a_label_by_what_is_printed_beside_it(client_of, batch, session):
    client_of("alice").post(f"/labels/{batch.id}/activate", data=PACKED)
    serial = dict(list_serials(session, batch))[2]
    found = client_of("carol").get(f"/office/labels?serial={serial[:4]}-{serial[4:].lower()}")
    assert (found.status_code, found.location) == (303, f"/labels/{batch.id}?serial={serial}")
    page = client_of("carol").get(f"{found.location}&lang=en").text
    assert ("Label 2: Activated" in page, "L2412" in page) == (True, True)
    for typed in ("7K9M4T2XP8QJ", "<b>"):
        assert (
            "No label bears these characters." in client_of("carol").get(f"/office/labels?lang=en&serial={typed}").text
        )
    assert client_of("mallory").get(found.location).status_code == 403


def test_acts_change_nothing_when_read(client_of, batch, waiting, session):
    for page in ("activate", "void"):
        assert client_of("alice").get(f"/labels/{batch.id}/{page}").status_code == 200
    for page in ("release", "decline"):
        assert client_of("carol").get(f"/labels/{waiting.id}/{page}").status_code == 200
        assert client_of("carol").get(f"/labels/{batch.id}/{page}").status_code == 409
    assert states(session, batch) == {"printed": 70}


def test_office_is_asked_for_a_quantity_only_where_the_dossier_states_none(client_of, waiting, session):
    page = f"/labels/{waiting.id}/release?lang=en"
    assert 'name="yearly"' not in client_of("carol").get(page).text
    waiting.licence.dossier.product.annual_volume = "mille pots"
    session.commit()
    assert 'name="yearly"' in client_of("carol").get(page).text
    said = {"version": waiting.version}
    assert client_of("carol").post(page, data=said).status_code == 422
    assert client_of("carol").post(page, data=said | {"yearly": "250 000"}).status_code == 303
    session.expire_all()
    assert waiting.yearly == "250000"
