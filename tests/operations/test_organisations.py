"""The particulars of an organisation and of its sites."""

from datetime import date

import pytest
from sqlalchemy import text

from certify.models.organisation import Kind, SanitaryRegime
from certify.operations.organisations import PARTICULARS, SITE, add_site, keep_particulars, keep_site
from certify.workflows.errors import Stale

PLACE = {
    "name": "Dépôt", "address": "Route", "commune": "Anzi", "province": 29, "latitude": None, "longitude": None,
    "sanitary_regime": "authorised", "sanitary_number": "M.29.5.24", "sanitary_valid_to": date(2029, 1, 1),
}  # fmt: skip


@pytest.fixture
def tighmi(user):
    return user("alice").organisation


def said_by(organisation, **changes):
    return {field: getattr(organisation, field) for field in PARTICULARS} | changes


def test_particulars_are_kept(tighmi, acting):
    before = tighmi.version
    said = said_by(tighmi, kind="eig", commune="Anzi")
    keep_particulars(tighmi, said, version=before, actor=acting("alice"))
    acting("alice").session.flush()
    assert (tighmi.kind, tighmi.commune, tighmi.version) == (Kind.EIG, "Anzi", before + 1)


def test_identity_card_stays_until_it_is_retyped(tighmi, acting):
    keep_particulars(tighmi, said_by(tighmi), version=None, actor=acting("alice"))
    assert tighmi.representative_cnie == "AB123456"
    keep_particulars(tighmi, said_by(tighmi) | {"representative_cnie": "JB1"}, version=None, actor=acting("alice"))
    assert tighmi.representative_cnie == "JB1"


def test_stale_particulars_are_refused(tighmi, acting):
    with pytest.raises(Stale):
        keep_particulars(tighmi, said_by(tighmi, commune="Anzi"), version=tighmi.version - 1, actor=acting("alice"))
    assert tighmi.commune == "Tighmi"


def test_personal_numbers_are_sealed_at_rest(tighmi, session):
    row = session.execute(text("SELECT phone, representative_cnie FROM organisation WHERE id = 1")).one()
    assert [value.startswith("gAAAA") for value in row] == [True, True]


def test_site_is_added_and_changed(tighmi, acting):
    site = add_site(tighmi, PLACE, actor=acting("alice"))
    assert (site.organisation, site.sanitary_regime) == (tighmi, SanitaryRegime.AUTHORISED)
    keep_site(site, PLACE | {"name": "Atelier", "sanitary_regime": "exempt"}, version=1, actor=acting("alice"))
    assert (site.name, site.sanitary_regime, {*PLACE}) == ("Atelier", SanitaryRegime.EXEMPT, {*SITE})


def test_stale_site_is_refused(tighmi, acting):
    with pytest.raises(Stale):
        keep_site(tighmi.sites[0], PLACE, version=0, actor=acting("alice"))
