"""One's own pages: everybody keeps their own, and nobody another's."""

import re
from datetime import date

import pytest
from sqlalchemy import select

from certify.models import Message, Organisation, Site, User
from certify.models.organisation import SanitaryRegime
from tests.clients import Browser
from tests.people import PASSWORD

PARTICULARS = {
    "name_fr": "Coopérative Tighmi", "name_ar": "تعاونية تيغمي", "kind": "cooperative", "trade": "both",
    "ice": "001 561 191 0000 66", "tax_number": "40123456", "cooperative_register": "12/2019", "trade_register": "",
    "register_court": "Tiznit", "members_count": "٤٢", "women_count": "40", "address": "Douar Tighmi",
    "commune": "Tighmi", "province": "29", "phone": "06 61 22 33 44", "email": "",
    "representative_name": "Alice Amrani", "representative_capacity": "Présidente", "representative_cnie": "",
}  # fmt: skip
PLACE = {
    "name": "Miellerie", "address": "Route d’Anzi", "commune": "Anzi", "province": "29", "latitude": "29,6975",
    "longitude": "-9.7316", "sanitary_regime": "authorised", "sanitary_number": "m 29 77 24",
    "sanitary_valid_to": "2029-12-31",
}  # fmt: skip


@pytest.fixture(autouse=True)
def own_contexts(app):
    app.test_client_class = Browser


@pytest.fixture
def alice(client_of):
    return client_of("alice")


@pytest.fixture
def tighmi(session):
    return lambda: session.scalars(select(Organisation).where(Organisation.id == 1)).one()


@pytest.fixture
def site_of(session):
    """`site_of(2)` is the site of the second organisation."""
    return lambda number: session.scalars(select(Site).where(Site.organisation_id == number)).one()


def version_of(client, page):
    return re.search(r'name="version"[^>]*value="(\d+)"', client.get(page).text)[1]


@pytest.mark.parametrize("page", ["/account", "/account/password"])
@pytest.mark.parametrize("name", ["alice", "carol", "adam"])
def test_account_is_everybodys(client_of, page, name):
    assert client_of(name).get(page).status_code == 200


PAGES = ("/account/organisation", "/account/organisation/colleagues", "/account/sites", "/account/sites/new",
         "/account/sites/1")  # fmt: skip


@pytest.mark.parametrize("page", PAGES)
def test_organisation_is_for_who_acts_for_one(client_of, alice, page):
    assert alice.get(page).status_code == 200
    assert client_of("carol").get(page).status_code == 403
    assert client_of(None).get(page).status_code == 302


def test_profile_is_kept(alice, user):
    assert alice.post("/account", data={"name": " Alice  Amrani ", "locale": "ar"}).status_code == 303
    assert (user("alice").name, user("alice").locale) == ("Alice  Amrani", "ar")
    assert 'dir="rtl"' in alice.get("/account").text


def test_profile_without_a_name_is_not_kept(alice, user):
    assert alice.post("/account", data={"name": "", "locale": "fr"}).status_code == 422
    assert user("alice").name == "Alice Test"


def test_password_asks_the_present_one(alice, user):
    kept = user("alice").password_hash
    answer = alice.post("/account/password?lang=en", data={"present": "wrong", "password": "olivier amande cumin"})
    assert (answer.status_code, "not the one you typed" in answer.text) == (422, True)
    answer = alice.post("/account/password?lang=en", data={"present": PASSWORD, "password": "alice@example.ma"})
    assert (answer.status_code, "other than your e-mail" in answer.text) == (422, True)
    assert user("alice").password_hash == kept


def test_particulars_are_kept_in_their_canonical_form(alice, tighmi):
    page = "/account/organisation"
    answer = alice.post(page, data=PARTICULARS | {"version": version_of(alice, page)})
    assert answer.status_code == 303
    kept = tighmi()
    assert (kept.ice, kept.phone, kept.members_count, kept.trade) == ("001561191000066", "+212661223344", 42, "both")
    assert (kept.representative_cnie, kept.email, kept.trade_register) == ("AB123456", None, None)


def test_identity_card_is_masked_and_changed_only_when_retyped(alice, tighmi):
    page = "/account/organisation"
    shown = alice.get(page).text
    assert ("AB123456" in shown, "AB••••56" in shown) == (False, True)
    assert len(re.findall(r"data-private", shown)) == 2
    data = PARTICULARS | {"version": version_of(alice, page), "representative_cnie": "jb 77 88 99"}
    assert alice.post(page, data=data).status_code == 303
    assert tighmi().representative_cnie == "JB778899"


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("ice", "123", "An ICE has 15 digits; you typed 3."),
        ("phone", "12", "Enter a Moroccan number"),
        ("representative_cnie", "123456", "A CNIE number is one or two letters"),
        ("tax_number", "40 12 x", "remove “x”"),
        ("women_count", "43", "There cannot be more women than members."),
        ("members_count", "-1", "Enter a number in digits"),
        ("province", "99", "Choose the province."),
        ("email", "coop@", "Enter a whole address"),
    ],
)
def test_particulars_that_cannot_be_are_told(alice, tighmi, field, value, sentence):
    page = "/account/organisation"
    data = PARTICULARS | {"version": version_of(alice, page), "commune": "Autre", field: value}
    answer = alice.post(page + "?lang=en", data=data)
    assert (answer.status_code, sentence in answer.text) == (422, True)
    assert ("Autre" in answer.text, tighmi().commune) == (True, "Tighmi")


def test_two_colleagues_do_not_overwrite_each_other(alice, tighmi):
    page = "/account/organisation"
    version = version_of(alice, page)
    assert alice.post(page, data=PARTICULARS | {"version": version, "commune": "Première"}).status_code == 303
    late = alice.post(page, data=PARTICULARS | {"version": version, "commune": "Deuxième"})
    assert (late.status_code, "Deuxième" in late.text, tighmi().commune) == (409, True, "Première")
    again = re.search(r'name="version"[^>]*value="(\d+)"', late.text)[1]
    assert alice.post(page, data=PARTICULARS | {"version": again, "commune": "Deuxième"}).status_code == 303
    assert tighmi().commune == "Deuxième"


def test_ice_of_another_organisation_is_not_taken(alice, tighmi):
    page = "/account/organisation"
    data = PARTICULARS | {"version": version_of(alice, page), "ice": "002136093000040"}
    assert alice.post(page, data=data).status_code == 409
    assert tighmi().ice == "001561191000066"


def test_what_is_missing_is_listed_with_links(alice, tighmi, session):
    assert "Still missing" in alice.get("/account/organisation?lang=en").text
    tighmi().cooperative_register = "12/2019"
    tighmi().name_ar = None
    session.commit()
    listed = re.findall(r'<li><a href="#(\w+)">', alice.get("/account/organisation").text)
    assert listed == ["name_ar"]


def test_colleague_is_invited(alice, session):
    data = {"name": "Nadia Naciri", "email": "nadia@example.ma", "locale": "ar"}
    assert alice.post("/account/organisation/colleagues", data=data).status_code == 303
    nadia = session.scalars(select(User).where(User.email == "nadia@example.ma")).one()
    assert (nadia.organisation_id, nadia.confirmed_at) == (1, None)
    assert session.scalars(select(Message.kind)).all() == ["invitation"]
    assert "nadia@example.ma" in alice.get("/account/organisation").text


def test_somebody_elses_colleague_is_not_taken(alice, user):
    data = {"name": "M", "email": "mallory@example.ma", "locale": "fr"}
    assert alice.post("/account/organisation/colleagues", data=data).status_code == 422
    assert user("mallory").organisation_id == 2


def test_site_is_added(alice, session):
    assert alice.post("/account/sites/new", data=PLACE).status_code == 303
    site = session.scalars(select(Site).order_by(Site.id.desc())).first()
    assert (site.organisation_id, site.latitude, site.longitude) == (1, 29.6975, -9.7316)
    assert (site.sanitary_number, site.sanitary_valid_to) == ("M.29.77.24", date(2029, 12, 31))
    assert "Miellerie" in alice.get("/account/sites").text


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("sanitary_number", "XYZ.29.1.24", "“XYZ” is not an ONSSA activity code."),
        ("sanitary_number", "M.29.1.27", "2027 is in the future."),
        ("sanitary_number", "M.99.1.24", "Province codes go from 1 to 75; you typed 99."),
        ("sanitary_number", "hello", "An ONSSA number has four parts"),
        ("sanitary_valid_to", "2029-02-30", "Enter a day that exists"),
        ("sanitary_regime", "", "Choose the standing of the site."),
        ("province", "", "Choose the province."),
        ("province", "76", "Choose the province."),
        ("latitude", "48.85", "This is not in Morocco"),
        ("latitude", "north", "Enter decimal degrees"),
        ("longitude", "", "Enter the latitude and the longitude, or neither."),
        ("commune", "", "Enter the commune."),
    ],
)
def test_site_that_cannot_be_is_told(alice, session, field, value, sentence):
    answer = alice.post("/account/sites/new?lang=en", data=PLACE | {field: value})
    assert (answer.status_code, sentence in answer.text, "Miellerie" in answer.text) == (422, True, True)
    assert len(session.scalars(select(Site)).all()) == 2


def test_number_of_another_province_is_kept_and_remarked(alice, site_of):
    page = f"/account/sites/{site_of(1).id}"
    data = PLACE | {"version": version_of(alice, page), "sanitary_number": "M.30.77.24"}
    assert alice.post(page, data=data).status_code == 303
    for seen in ("/account/sites?lang=en", page + "?lang=en"):
        assert "given in province 30, and your site is in province 29" in alice.get(seen).text


def test_number_goes_with_the_authorisation(alice, site_of):
    page = f"/account/sites/{site_of(1).id}"
    data = PLACE | {"version": version_of(alice, page), "sanitary_regime": "exempt"}
    assert alice.post(page, data=data).status_code == 303
    site = site_of(1)
    assert (site.sanitary_regime, site.sanitary_number, site.sanitary_valid_to) == (SanitaryRegime.EXEMPT, None, None)


def test_site_of_another_is_closed(alice, site_of):
    page = f"/account/sites/{site_of(2).id}"
    assert (alice.get(page).status_code, alice.post(page, data=PLACE).status_code) == (403, 403)
    assert (site_of(2).name, alice.get("/account/sites/999").status_code) == ("Atelier de Tighmi", 404)


def test_stale_site_is_not_overwritten(alice, site_of):
    page = f"/account/sites/{site_of(1).id}"
    version = version_of(alice, page)
    assert alice.post(page, data=PLACE | {"version": version, "name": "Première"}).status_code == 303
    late = alice.post(page, data=PLACE | {"version": version, "name": "Deuxième"})
    assert (late.status_code, "Deuxième" in late.text, site_of(1).name) == (409, True, "Première")
