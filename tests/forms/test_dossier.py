"""The beginning of a request, its place, what it claims."""

from types import SimpleNamespace

import pytest
from werkzeug.datastructures import MultiDict
from wtforms.fields import SelectChoice

from certify.forms.dossier import Claims, ClaimsForm, FilingForm, PlaceForm, ScopeForm, StartForm

SIGNS = [
    SimpleNamespace(id=1, sign="AO", name="Safran de Taliouine", order_number="1355-10"),
    SimpleNamespace(id=2, sign="IG", name="Argane", order_number="837-10"),
    SimpleNamespace(id=3, sign="IG", name="Huile d’olive Essaouira", order_number="1261-23"),
    SimpleNamespace(id=4, sign="LA", name="Huile d’olive vierge", order_number="99-20"),
]


@pytest.fixture(autouse=True)
def _context(app):
    with app.test_request_context():
        yield


def claims(**typed: str) -> ClaimsForm:
    form = ClaimsForm(MultiDict(typed))
    form.signs = SIGNS
    return form


@pytest.mark.parametrize("typed", ["AO Safran de Taliouine (1355-10)", "taliouine", " SAFRAN  de Taliouine", "1355-10"])
def test_a_sign_is_found_by_part_of_its_name(typed):
    form = claims(sign_name=typed, sign_body="Normacert", sign_certificate="12")
    assert form.validate(), form.errors
    assert form.result() == Claims(1, "Normacert", "12", None)
    assert form.sign_name.data == "AO Safran de Taliouine (1355-10)"


@pytest.mark.parametrize(("typed", "found"), [("huile d'olive", 2), ("figue", 0)])
def test_a_name_that_is_not_one_sign_is_told(typed, found):
    form = claims(sign_name=typed)
    assert not form.validate()
    assert (list(form.errors), len(form.found)) == (["sign_name"], found)


def test_no_sign_is_no_certificate():
    form = claims(sign_body="Normacert", sign_certificate="12", own_brand="Tighmi")
    assert form.validate(), form.errors
    assert form.result() == Claims(None, None, None, "Tighmi")


def test_one_name_is_enough_to_begin():
    chosen = {"filiere": "honey", "usage": "food"}
    nameless, named = (StartForm(MultiDict(chosen | more)) for more in ({}, {"name_ar": "عسل"}))
    for form in (nameless, named):
        form.filiere.choices = [SelectChoice("honey", "Miel")]
    assert (nameless.validate(), list(nameless.errors)) == (False, ["name_fr"])
    assert named.validate(), named.errors


def test_a_use_that_the_value_chain_has_not_is_told():
    form = ScopeForm(MultiDict({"filiere": "honey", "usage": "cosmetic"}))
    form.filiere.choices, form.uses = [SelectChoice("honey", "Miel")], {"honey": ("food",)}
    assert (form.validate(), list(form.errors)) == (False, ["usage"])


@pytest.mark.parametrize(("typed", "site"), [("7", 7), ("", None), (None, None)])
def test_a_place_may_wait(typed, site):
    form = PlaceForm(MultiDict({"site_id": typed} if typed is not None else {}))
    form.site_id.choices = [SelectChoice("7", "Atelier")]
    assert form.validate(), form.errors
    assert form.result() == site


def test_a_place_is_one_of_the_list():
    form = PlaceForm(MultiDict({"site_id": "8"}))
    form.site_id.choices = [SelectChoice("7", "Atelier")]
    assert not form.validate()


def test_the_commitment_is_ticked():
    assert not FilingForm(MultiDict()).validate()
    assert FilingForm(MultiDict({"is_engaged": "y"})).validate()
