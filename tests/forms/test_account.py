"""What is typed about people, organisations and sites: shape checked, plain data returned."""

from datetime import date

import pytest
from werkzeug.datastructures import MultiDict

from certify.forms.auth import Claim, SignUpForm
from certify.forms.organisation import OrganisationForm
from certify.forms.site import SiteForm
from certify.forms.user import Person, RolesForm, StaffForm
from certify.operations.organisations import PARTICULARS, SITE
from certify.workflows.permissions import Role

SAID = {
    "name_fr": " Coopérative Argane ", "kind": "eig", "trade": "both", "ice": "000-000-001-0000-70",
    "name": "Nadia", "email": "Nadia@EXAMPLE.ma ", "locale": "ar", "password": "olivier amande cumin",
}  # fmt: skip
PLACE = {"name": "A", "address": "B", "commune": "C", "province": "9", "sanitary_regime": "authorised"}


def site(**said):
    form = SiteForm(MultiDict(PLACE | said))
    form.today = date(2026, 11, 23)
    return form


def emails(typed):
    form = SignUpForm(MultiDict(SAID | {"email": typed}))
    form.validate()
    return form.email.errors or form.email.data


def test_sign_up_returns_a_claim():
    form = SignUpForm(MultiDict(SAID))
    assert form.validate(), form.errors
    assert form.result() == Claim(
        "Coopérative Argane", None, "eig", "both", "000000001000070", "Nadia", "nadia@example.ma", "ar",
        "olivier amande cumin",
    )  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    [
        "nadia@localhost",
        "nadia",
        "@example.ma",
        "na dia@example.ma",
        "nädia@example.ma",
        "nadia@example.ma\nBcc: x@y.ma",
        "nadia@exa..mple.ma",
    ],
)
def test_address_that_mail_cannot_reach_is_refused(typed):
    assert [str(error) for error in emails(typed)] == ["Enter a whole address, such as name@example.com."]


@pytest.mark.parametrize(
    ("typed", "kept"), [("A.B+c@Example.MA", "a.b+c@example.ma"), ("n@exämple.ma", "n@xn--exmple-cua.ma")]
)
def test_address_is_kept_in_one_form(typed, kept):
    assert emails(typed) == kept


def test_forms_return_what_the_operations_write():
    assert {*OrganisationForm().result()} == {*PARTICULARS, "representative_cnie"}
    assert {*site().result()} == {*SITE}


def test_site_without_a_number_yet_is_kept():
    form = site()
    assert form.validate(), form.errors
    assert (form.result()["sanitary_number"], form.result()["province"]) == (None, 9)


def test_numbers_may_be_typed_in_arabic_digits():
    form = site(latitude="٢٩٫٦", longitude="-٩.٧", sanitary_number="M.٢٩.٧.٢٤")
    assert form.validate(), form.errors
    assert form.result() | {"latitude": 29.6, "longitude": -9.7, "sanitary_number": "M.29.7.24"} == form.result()


@pytest.mark.parametrize("typed", ["nan", "inf", "1e9", "29.6 N", "--9"])
def test_degrees_that_are_none_are_refused(typed):
    assert site(latitude=typed, longitude="-9.7").validate() is False


@pytest.mark.parametrize("typed", ["²", "4.5", "1e3", "99999999"])
def test_count_that_is_none_is_refused(typed):
    form = OrganisationForm(MultiDict({"members_count": typed}))
    form.validate()
    assert form.members_count.errors == ["Enter a number in digits, such as 40."]


def test_staff_is_somebody_with_roles():
    form = StaffForm(MultiDict([("name", "Nadia"), ("email", "n@example.ma"), ("locale", "fr"), ("roles", "auditor")]))
    assert form.validate(), form.errors
    assert (form.result(), form.roles.data) == (Person("Nadia", "n@example.ma", "fr"), [Role.AUDITOR])
    assert StaffForm(MultiDict({"name": "N", "email": "n@example.ma", "locale": "fr"})).validate() is False


def test_no_role_at_all_is_a_choice():
    form = RolesForm(MultiDict({"version": ""}))
    assert (form.validate(), form.result()) == (True, frozenset())
