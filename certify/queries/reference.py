"""Regions, provinces and sanitary activities, read once from files of the package: no session is needed."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from certify.workflows.errors import NotFound
from certify.workflows.machine import Term
from certify.workflows.words import N_, Label


class ProvinceKind(Term):
    """What the territory is: a préfecture (urban) or a province."""

    PREFECTURE = "prefecture", N_("Prefecture")
    PROVINCE = "province", N_("Province")


class Regime(Term):
    """Which permission law 28-07 asks for an activity: the authorisation, or the stricter approval (agrément)."""

    AUTHORISATION = "authorisation", N_("Sanitary authorisation")
    APPROVAL = "approval", N_("Sanitary approval")


@dataclass(frozen=True)
class Region:
    """One of the twelve regions; `code` is its ISO 3166-2 code (MA-09)."""

    code: str
    label: Label

    @property
    def number(self) -> int:
        """Return the number that licences bear: 9 for MA-09."""
        return int(self.code.removeprefix("MA-"))


@dataclass(frozen=True)
class Province:
    """A préfecture or province; `code` is the one in ONSSA numbers (1 to 75), `region` the code of its region."""

    code: int
    kind: ProvinceKind
    region: str
    label: Label


@dataclass(frozen=True)
class Activity:
    """A sanitary activity; `code` are the letters that an ONSSA number begins with."""

    code: str
    regime: Regime
    label: Label


@lru_cache(maxsize=1)
def list_regions() -> tuple[Region, ...]:
    """List the twelve regions in the order of their codes."""
    return tuple(Region(row["code"], _label(row)) for row in _rows("regions.tsv"))


@lru_cache(maxsize=1)
def list_provinces() -> tuple[Province, ...]:
    """List the préfectures and provinces in the order of their codes."""
    return tuple(
        Province(int(row["code"]), ProvinceKind(row["kind"]), row["region"], _label(row))
        for row in _rows("provinces.tsv")
    )


@lru_cache(maxsize=1)
def list_activities() -> tuple[Activity, ...]:
    """List the sanitary activities that concern terroir products, in the order of the decree's annex."""
    return tuple(Activity(row["code"], Regime(row["regime"]), _label(row)) for row in _rows("activities.tsv"))


def get_region(code: str) -> Region:
    """Return the region of an ISO code, or raise NotFound."""
    for region in list_regions():
        if region.code == code:
            return region
    raise NotFound(N_("There is no region %(code)s."), code=code)


def get_province(code: int) -> Province:
    """Return the province of an ONSSA code, or raise NotFound."""
    for province in list_provinces():
        if province.code == code:
            return province
    raise NotFound(N_("There is no province %(code)s."), code=code)


def get_activity(code: str) -> Activity:
    """Return the sanitary activity of a code, or raise NotFound."""
    for activity in list_activities():
        if activity.code == code:
            return activity
    raise NotFound(N_("There is no sanitary activity %(code)s."), code=code)


def _rows(name: str) -> list[dict[str, str]]:
    text = files("certify").joinpath("reference", name).read_text("utf-8")
    return list(csv.DictReader((line for line in text.splitlines() if not line.startswith("#")), delimiter="\t"))


def _label(row: Mapping[str, str]) -> Label:
    return Label(row["fr"], row["ar"], row["en"])
