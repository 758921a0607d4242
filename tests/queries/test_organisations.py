"""Organisations and sites read: what is missing, what is odd, whose they are."""

from datetime import date

import pytest

from certify.models import Site
from certify.models.organisation import Kind, SanitaryRegime
from certify.queries.organisations import (
    find_organisation_by_ice,
    get_organisation_of,
    get_site,
    is_claimed,
    list_gaps,
    list_remarks,
)
from certify.workflows.errors import NotAllowed, NotFound

TODAY = date(2026, 11, 23)


@pytest.fixture
def tighmi(user):
    organisation = user("alice").organisation
    organisation.cooperative_register = "12/2019"
    return organisation


def gaps(organisation):
    return [gap.field for gap in list_gaps(organisation)]


def test_whole_organisation_lacks_nothing(tighmi):
    assert gaps(tighmi) == []


@pytest.mark.parametrize("field", ["name_ar", "ice", "address", "province", "phone", "representative_cnie"])
def test_empty_particular_is_missing(tighmi, field):
    setattr(tighmi, field, None)
    assert gaps(tighmi) == [field]


@pytest.mark.parametrize(
    ("kind", "missing"),
    [
        (Kind.COOPERATIVE, ["cooperative_register", "members_count"]),
        (Kind.EIG, ["members_count"]),
        (Kind.COMPANY, ["trade_register"]),
        (Kind.PERSON, []),
    ],
)
def test_legal_form_decides_what_is_asked(tighmi, kind, missing):
    tighmi.kind, tighmi.cooperative_register, tighmi.members_count = kind, None, None
    assert gaps(tighmi) == missing


def test_no_member_is_a_number_too(tighmi):
    tighmi.members_count = tighmi.women_count = 0
    assert gaps(tighmi) == []


def test_site_and_its_number_are_missing(tighmi):
    tighmi.sites[0].sanitary_number = None
    assert [(gap.field, gap.site) for gap in list_gaps(tighmi)] == [("sanitary_number", tighmi.sites[0])]
    tighmi.sites[0].sanitary_regime = SanitaryRegime.NOT_FOOD
    assert gaps(tighmi) == []
    tighmi.sites = []
    assert gaps(tighmi) == ["sites"]


def said_of(**said):
    place = {"province": 29, "sanitary_number": "M.29.1.24", "sanitary_valid_to": None} | said
    return [str(one) for one in list_remarks(Site(**place), TODAY)]


def test_site_in_order_has_no_remark():
    assert said_of(sanitary_valid_to=TODAY) == said_of() == said_of(sanitary_number=None) == []


def test_site_is_remarked_upon():
    assert said_of(province=30) == ["This number was given in province 29, and your site is in province 30."]
    assert said_of(sanitary_number="ZZ.29.1.24")[0].startswith("“ZZ” is not an ONSSA activity code.")
    assert said_of(sanitary_number="M.29.1.27")[0].endswith("2027 is in the future.")
    assert len(said_of(sanitary_valid_to=date(2026, 11, 22))) == 1


def test_organisation_is_found_by_its_ice(session, tighmi):
    assert find_organisation_by_ice(session, "001561191000066") is tighmi
    assert find_organisation_by_ice(session, "000000001000070") is None


def test_organisation_is_claimed_by_a_confirmed_person(session, tighmi, user):
    assert is_claimed(session, tighmi) is True
    user("alice").confirmed_at = None
    assert is_claimed(session, tighmi) is False


def test_person_of_no_organisation_has_none(user):
    with pytest.raises(NotFound):
        get_organisation_of(user("carol"))


def test_site_is_read_by_its_own_people(session, tighmi, user):
    site = tighmi.sites[0]
    assert get_site(session, site.id, reader=user("alice")) is site
    for name in ("mallory", "carol"):
        with pytest.raises(NotAllowed):
            get_site(session, site.id, reader=user(name))
    with pytest.raises(NotFound):
        get_site(session, 999, reader=user("alice"))
