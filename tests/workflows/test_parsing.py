"""A faulty version of the regulations of use is refused, and the message names the key at fault."""

import copy
import tomllib
from pathlib import Path

import pytest

from certify.workflows.regulation import Regulation

FILE = Path(__file__).parents[2] / "certify" / "regulation" / "2026-1.toml"
MAPPING = tomllib.loads(FILE.read_text("utf-8"))


def changed(path, value=None):
    """The shipped mapping with one key set, or removed when no value is given."""
    mapping = copy.deepcopy(MAPPING)
    *way, last = path.split("/")
    section = mapping
    for key in way:
        section = section[key]
    if value is None:
        del section[last]
    else:
        section[last] = value
    return mapping


@pytest.mark.parametrize(
    ("mapping", "fault"),
    [
        (changed("delays/visit"), "delays.visit: missing"),
        (changed("delays/visit/limit"), r"regulation 2026-1\.delays\.visit\.limit: missing"),
        (changed("delays/visit/limit", "45"), r"delays\.visit\.limit: '45' is not a whole number"),
        (changed("delays/visit/limit", True), r"delays\.visit\.limit: True is not a whole number"),
        (changed("delays/visit/limit", -1), r"delays\.visit: -1 is not a length of time"),
        (
            changed("delays/visit/unit", "weeks"),
            r"delays\.visit\.unit: 'weeks' is not one of days, working_days, months",
        ),
        (changed("delays/visit/note", "x"), r"delays\.visit\.note: unknown key"),
        (changed("delays/visit/code", "visit"), r"delays\.visit\.code: unknown key"),
        (changed("delays/visit/source", "hearsay"), "visit: no source 'hearsay'"),
        (changed("delays/visit/label/ar"), r"delays\.visit\.label\.ar: missing"),
        (changed("delays/visit/label/ar", ""), r"delays\.visit\.label\.ar: is empty"),
        (changed("delays/visit", 45), r"delays\.visit: 45 is not a table"),
        (changed("version"), r"without version\.version: missing"),
        (changed("valid_from", "2026-01-01"), r"valid_from: '2026-01-01' is not a date"),
        (changed("committee"), r"committee: missing"),
        (changed("committee", 3), r"committee: 3 is not a table"),
        (changed("committee/quorum_share", "1/2"), r"committee\.quorum_share: '1/2' is not a table with value"),
        (
            changed("committee/quorum_share/value", 0.5),
            r"committee\.quorum_share: 0\.5 is not a number written as a text",
        ),
        (changed("committee/quorum_share/value", "1/0"), r"committee\.quorum_share: '1/0' is not a number"),
        (changed("committee/quorum_share/value", "3/2"), r"quorum_share is not a share"),
        (changed("committee/minimum_voters/source"), r"committee\.minimum_voters\.source: missing"),
        (changed("licence/renewal_reminder_days/value", 30), r"licence\.renewal_reminder_days: 30 is not a list"),
        (changed("documents/statutes/when", ["kolkhoz"]), r"statutes\.when\[0\]: 'kolkhoz' is not one of cooperative"),
        (changed("documents/apiary_register/filieres", ["bees"]), "apiary_register: no filiere 'bees'"),
        (changed("appeals/court/delay", "one_day"), "court: no delay 'one_day'"),
        (changed("filieres/clay/usages", []), "clay: no usage"),
        (changed("filieres/honey/activities", []), "honey: food and only food has sanitary activities"),
        (changed("filieres/honey/categories/honeydew"), "no category 'honeydew'"),
        (changed("filieres/honey/criteria/honey.moisture/upper", 20), "moisture.upper: 20 is not a number written"),
        (changed("filieres/honey/criteria/honey.moisture/upper", "NaN"), "moisture.upper: 'NaN' is not a number"),
        (changed("filieres/honey/criteria/honey.moisture/upper"), "honey.moisture: at_most takes upper"),
        (
            changed("filieres/clay/criteria/honey.moisture", MAPPING["criteria"]["general.origin"]),
            "honey.moisture: given twice",
        ),
        (
            changed("criteria/general.origin/categories", ["blossom"]),
            "general.origin: a shared criterion has no category",
        ),
        (changed("origins", {"x": 1}), r"origins: unknown key"),
        (changed("fees", 0), r"regulation 2026-1\.fees: unknown key"),
    ],
)
def test_faulty_regulation_is_refused_and_the_key_named(mapping, fault):
    with pytest.raises(ValueError, match=fault):
        Regulation.parse(mapping)


def test_what_may_be_left_out_is_left_out():
    assert (
        Regulation.parse(changed("filieres/honey/categories/blossom")).filiere("honey").categories[0].code == "honeydew"
    )
