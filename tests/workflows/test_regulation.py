"""The regulations of use as data: the shipped version holds what the law says, a faulty file is named by its key."""

import copy
import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from certify.workflows.criteria import Comparison, LimitStatus, Standing
from certify.workflows.errors import NotFound
from certify.workflows.parameters import Fact
from certify.workflows.regulation import DELAYS, Regulation

FILE = Path(__file__).parents[2] / "certify" / "regulation" / "2026-1.toml"
TEXT = FILE.read_text("utf-8")
MAPPING = tomllib.loads(TEXT)
REGULATION = Regulation.parse(MAPPING)

# Domain §3.3 to §3.8, copied by hand: a change of law shows here.
LAW = {
    "receipt": (0, "days"),
    "take_up": (2, "working_days"),
    "completeness": (1, "months"),
    "complement_answer": (30, "days"),
    "complement_grace": (15, "days"),
    "appoint_rapporteur": (5, "working_days"),
    "visit": (45, "days"),
    "documents": (20, "days"),
    "sampling": (45, "days"),
    "finding_notice": (15, "working_days"),
    "finding_minor": (90, "days"),
    "finding_major": (30, "days"),
    "finding_critical": (0, "days"),
    "conformity": (30, "days"),
    "conformity_max": (6, "months"),
    "decision": (60, "days"),
    "adjournment": (60, "days"),
    "minutes": (7, "working_days"),
    "minutes_reading": (3, "working_days"),
    "decision_letter": (5, "working_days"),
    "notification": (5, "working_days"),
    "reservations": (90, "days"),
    "convocation": (10, "days"),
    "convocation_urgent": (3, "days"),
    "second_convocation": (8, "days"),
    "agenda_closes": (5, "days"),
    "appeal_review": (30, "days"),
    "appeal_hierarchical": (30, "days"),
    "appeal_court": (60, "days"),
    "hearing": (15, "days"),
    "suspension_notice": (10, "working_days"),
    "suspension_max": (6, "months"),
    "change_declaration": (15, "days"),
    "stock_run_off": (6, "months"),
    "complaint_acknowledgement": (2, "working_days"),
    "complaint_answer": (30, "days"),
}
ALWAYS = {
    "commitment",
    "power",
    "identity",
    "tax_identity",
    "technical_sheet",
    "traceability",
    "test_reports",
    "label_artwork",
    "product_photo",
    "area_map",
    "terroir_note",
}


def codes(records):
    return {record.code for record in records}


def limits(filiere, usage="food", category=None):
    return {row.code.split(".")[1]: row.limit_shown for row in REGULATION.criteria_for(filiere, usage, category)}


def test_delays_are_those_of_the_law():
    assert {delay.code: (delay.limit, str(delay.unit)) for delay in REGULATION.delays} == LAW
    assert set(DELAYS) == set(LAW)
    assert REGULATION.delay("decision").alerts == (45, 55, 60)
    assert len(REGULATION.delay("complement_answer").alerts) == 2


def test_committee_deliberates_as_the_law_says():
    committee = REGULATION.committee
    assert (committee.quorum_share, committee.majority_share) == (Fraction(1, 2), Fraction(1, 2))
    assert (committee.casting_vote, committee.secret_on_request) == (True, True)
    assert (committee.minimum_voters, committee.second_convocation_minimum) == (3, 3)
    assert (committee.max_adjournments, committee.complements_allowed) == (1, 1)


def test_licence_runs_three_years_less_a_day():
    licence = REGULATION.licence
    assert (licence.validity_years, licence.less_days) == (3, 1)
    assert (licence.renewal_opens_days, licence.renewal_files_by_days) == (180, 90)
    assert licence.renewal_reminder_days == (180, 120, 90, 60, 30)


def test_each_parameter_says_where_it_comes_from():
    assert codes(REGULATION.origins) == {
        f"{section}.{key}" for section in ("committee", "evaluation", "licence", "scanning") for key in MAPPING[section]
    }
    validity = next(origin for origin in REGULATION.origins if origin.code == "licence.validity_years")
    assert (validity.source, validity.status) == ("launch", Standing.SOURCED)


def test_every_source_is_cited():
    cited = {record.source for record in (*REGULATION.delays, *REGULATION.origins, *REGULATION.grounds)}
    cited |= {record.source for record in (*REGULATION.appeals, *REGULATION.documents, *REGULATION.all_criteria)}
    cited |= {source for filiere in REGULATION.filieres for source in filiere.sources}
    assert codes(REGULATION.sources) == cited


def test_grounds_of_inadmissibility_are_the_closed_list():
    assert [ground.code for ground in REGULATION.grounds] == [
        "out_of_scope",
        "not_producer_or_packer",
        "no_sanitary_authorisation",
        "duplicate_authorisation",
        "false_document",
    ]


def test_appeals_have_a_delay_and_an_authority():
    assert {appeal.code: REGULATION.delay(appeal.delay).limit for appeal in REGULATION.appeals} == {
        "review": 30,
        "hierarchical": 30,
        "court": 60,
    }
    assert all(appeal.authority["ar"] for appeal in REGULATION.appeals)


def test_no_certified_copy_is_ever_asked_for():
    asked = TEXT.replace("no certified copy, no legalised signature", "").lower()
    assert [word for word in ("légalis", "certifiée conforme", "certified copy", "مصادق عليها") if word in asked] == []


@pytest.mark.parametrize(
    ("filiere", "usage", "facts", "more"),
    [
        (
            "honey",
            "food",
            {Fact.COOPERATIVE},
            "statutes board_minutes members_list cooperative_register sanitary_authorisation good_practice"
            " apiary_register",
        ),
        (
            "honey",
            "food",
            {"company", "sanitary_exempt"},
            "statutes trade_register sanitary_exemption good_practice apiary_register",
        ),
        ("argan_oil", "cosmetic", {"self_employed"}, "activity_proof cosmetic_file crop_register"),
        ("clay", "other", {"association"}, "statutes board_minutes association_receipt"),
        (
            "dairy",
            "food",
            {"individual", "sign_claimed", "organic_claimed", "brand_owned", "gtin", "wild_harvest"},
            "activity_proof sanitary_authorisation good_practice brand_registration sign_certificate"
            " organic_certificate gtin_certificate animal_identification harvest_permit",
        ),
    ],
)
def test_documents_follow_filiere_usage_and_facts(filiere, usage, facts, more):
    assert codes(REGULATION.documents_for(filiere, usage, facts)) == ALWAYS | set(more.split())


def test_a_fresh_test_report_is_demanded_and_not_explained_away():
    report = REGULATION.document("test_reports")
    assert (report.mandatory, report.may_explain, report.max_age_months) == (True, False, 12)


@pytest.mark.parametrize(
    ("filiere", "category", "code", "limit"),
    [
        ("honey", None, "moisture", "≤ 20 %"),
        ("honey", "blossom", "hmf", "≤ 40 mg/kg"),
        ("honey", "honeydew", "conductivity", "≥ 0.8 mS/cm"),
        ("honey", "arbutus", "conductivity", ""),
        ("honey", "honeydew", "sugars", "≥ 45 g/100 g"),
        ("olive_oil", "extra_virgin", "acidity", "≤ 0.80 g/100 g"),
        ("olive_oil", "virgin", "acidity", "≤ 2.0 g/100 g"),
        ("olive_oil", "ordinary", "acidity", "≤ 3.3 g/100 g"),
        ("argan_oil", "extra_virgin", "peroxide", "≤ 15 meq/kg"),
        ("saffron", "category_1", "colour", "≥ 200"),
        ("saffron", "category_3", "bitterness", "≥ 40"),
        ("saffron", None, "aroma", "20 – 50"),
        ("dates", "invert_sugar", "moisture", "≤ 30 %"),
        ("couscous", "durum_wheat", "granules", "630 – 2000 µm"),
        ("table_olives_capers", "fermented", "ph", "≤ 4.3"),
        ("nuts_dried_fruit", "almond_kernel", "moisture", "≤ 6.5 %"),
        ("fresh_fruit", "clementine", "juice", "≥ 40 %"),
    ],
)
def test_limits_are_those_of_the_review_grids(filiere, category, code, limit):
    assert limits(filiere, category=category)[code] == limit


def test_grid_holds_the_rows_of_the_usage_and_category_only():
    assert "acidity" not in limits("argan_oil", "cosmetic")
    assert "microbiology" not in limits("argan_oil", "cosmetic")
    assert "spines" not in limits("prickly_pear", "cosmetic", "seed_oil")
    assert "veterinary" in limits("honey")
    assert "veterinary" not in limits("olive_oil")


def test_every_grid_has_something_mandatory_of_its_own():
    for filiere in REGULATION.filieres:
        for usage in filiere.usages:
            for category in (None, *codes(filiere.categories)):
                rows = REGULATION.criteria_for(filiere.code, usage, category)
                assert any(row.mandatory and row.code.startswith(filiere.code) for row in rows), filiere.code


def test_a_limit_is_legal_only_where_a_text_on_all_food_sets_it():
    legal = {row.source for row in REGULATION.all_criteria if row.status is LimitStatus.LEGAL}
    assert legal == {"order_293_19", "order_1643_16", "order_156_14", "order_2454_17", "order_1795_14", "law_28_07"}
    judged = {row.comparison for row in REGULATION.all_criteria if row.status is LimitStatus.LEGAL}
    assert judged == {Comparison.PRESENT, Comparison.ABSENT}


def test_cosmetics_and_clay_have_no_sanitary_activity():
    assert REGULATION.filiere("clay").activities == ()
    assert REGULATION.filiere("couscous").activities == ("PAC",)


def test_two_versions_live_side_by_side():
    stricter = copy.deepcopy(MAPPING)
    stricter |= {"version": "2027-1", "valid_from": date(2027, 1, 1)}
    stricter["delays"]["decision"]["limit"] = 30
    stricter["filieres"]["honey"]["criteria"]["honey.moisture"]["upper"] = "18"
    later = Regulation.parse(stricter)
    moisture = [version.criterion("honey.moisture").upper for version in (REGULATION, later)]
    assert moisture == [Decimal("20"), Decimal("18")]
    assert [version.delay("decision").limit for version in (REGULATION, later)] == [60, 30]


@pytest.mark.parametrize("lookup", ["filiere", "delay", "source", "ground", "document", "criterion"])
def test_unknown_code_is_not_found(lookup):
    with pytest.raises(NotFound, match="The regulation 2026-1 has no “nothing”"):
        getattr(REGULATION, lookup)("nothing")
