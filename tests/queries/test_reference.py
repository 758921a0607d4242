"""What ships with the package: regions, provinces, activities, recognised signs and the regulations of use."""

import csv
from dataclasses import replace
from datetime import date
from importlib.resources import files

import pytest

from certify.queries import regulations
from certify.queries.reference import (
    ProvinceKind,
    Regime,
    get_activity,
    get_province,
    get_region,
    list_activities,
    list_provinces,
    list_regions,
)
from certify.queries.regulations import get_regulation, get_regulation_in_force, in_force, list_regulations
from certify.workflows.errors import NotFound

LATIN, ARABIC = range(0x20, 0x250), range(0x600, 0x700)


def test_twelve_regions_are_numbered_as_licences_need_them():
    assert [region.number for region in list_regions()] == list(range(1, 13))
    assert get_region("MA-09").label["ar"] == "سوس-ماسة"


def test_seventy_five_provinces_lie_each_in_a_region():
    assert [province.code for province in list_provinces()] == list(range(1, 76))
    assert {province.region for province in list_provinces()} == {region.code for region in list_regions()}


def test_provinces_are_those_of_the_order():
    ifrane = get_province(15)
    assert (ifrane.label["fr"], ifrane.label["ar"], ifrane.region) == ("Ifrane", "إفران", "MA-03")
    assert ifrane.kind is ProvinceKind.PROVINCE
    assert [get_province(code).region for code in (7, 27)] == ["MA-06", "MA-09"]
    assert sum(province.kind is ProvinceKind.PREFECTURE for province in list_provinces()) == 13


def test_thirty_activities_cover_every_filiere():
    known = {activity.code for activity in list_activities()}
    asked = {
        code for regulation in list_regulations() for filiere in regulation.filieres for code in filiere.activities
    }
    assert len(known) == 30
    assert asked <= known
    assert [get_activity(code).regime for code in ("M", "LPL")] == [Regime.AUTHORISATION, Regime.APPROVAL]


@pytest.mark.parametrize(
    "place", [*list_regions(), *list_provinces(), *list_activities()], ids=lambda place: str(place.code)
)
def test_every_name_is_in_three_languages(place):
    assert list(place.label) == ["fr", "ar", "en"]
    assert all(any(ord(letter) in LATIN for letter in place.label[language]) for language in ("fr", "en"))
    assert all(ord(letter) in ARABIC or letter in " -()،" for letter in place.label["ar"])


@pytest.mark.parametrize(("get", "code"), [(get_region, "MA-13"), (get_province, 76), (get_activity, "XYZ")])
def test_unknown_code_is_not_found(get, code):
    with pytest.raises(NotFound, match=str(code)):
        get(code)


def test_official_list_of_signs_ships():
    text = files("certify").joinpath("reference", "signs.tsv").read_text("utf-8")
    rows = list(csv.DictReader(text.splitlines(), delimiter="\t"))
    kinds = [row["type"] for row in rows]
    assert (kinds.count("reconnaissance"), kinds.count("modification")) == (77, 25)


def test_regulation_is_read_once_and_found_by_its_version():
    assert get_regulation("2026-1") is list_regulations()[-1]
    with pytest.raises(NotFound, match="There is no version 2018-1"):
        get_regulation("2018-1")


def test_version_in_force_changes_on_its_day():
    first = get_regulation("2026-1")
    later = replace(first, version="2027-1", valid_from=date(2027, 3, 1))
    days = [date(2026, 1, 1), date(2027, 2, 28), date(2027, 3, 1), date(2030, 1, 1)]
    assert [in_force((first, later), day).version for day in days] == ["2026-1", "2026-1", "2027-1", "2027-1"]


def test_no_version_is_in_force_before_the_first():
    with pytest.raises(NotFound, match="in force on 2015-12-14"):
        get_regulation_in_force(date(2015, 12, 14))


@pytest.mark.parametrize(
    ("name", "text", "fault"),
    [
        ("2027-1.toml", "version = ", "2027-1.toml: Invalid value"),
        ("2027-1.toml", "version = '2027-1'", "2027-1.toml: regulation 2027-1"),
    ],
)
def test_faulty_file_is_named(name, text, fault):
    with pytest.raises(ValueError, match=fault):
        regulations._read(name, text)


def test_file_bears_the_name_of_its_version():
    text = files("certify").joinpath("regulation", "2026-1.toml").read_text("utf-8")
    with pytest.raises(ValueError, match=r"other\.toml: holds version 2026-1"):
        regulations._read("other.toml", text)
