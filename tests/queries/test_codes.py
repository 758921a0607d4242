"""Codes looked up together, on both databases; and which of several licences answers for a trade item."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from certify.extensions import db
from certify.models import RegisterGtin
from certify.queries.codes import Reading, check_codes, current
from certify.queries.register import Entry, SQLiteRegister, open_register
from certify.trust.seal import Identity
from certify.workflows.errors import Malformed
from certify.workflows.licence import State
from certify.workflows.verdict import SealReading, Verdict
from tests import proofs
from tests.scans import UNKNOWN, granted
from tests.scenes import once
from tests.times import NOON

GTIN = "06111234567895"


def test_codes_of_all_kinds_are_found_together_on_every_database(any_app, clock):
    licence = once(granted)
    db.session.add(RegisterGtin(gtin=GTIN, mark=licence.mark))
    db.session.commit()
    readings = [
        Reading(licence.mark),
        Reading(UNKNOWN),
        Reading(identity=Identity(gtin=GTIN), seal=SealReading.GENUINE),
        Reading(identity=Identity(gdti=proofs.GDTI, document=licence.mark)),
        Reading(identity=Identity(gtin="04006381333931")),
        Reading(identity=Identity(gtin=GTIN), seal=SealReading.FORGED),
        Reading(fault=Malformed("no code")),
        Reading(licence.mark, host="evil.example"),
    ]
    checks = check_codes(open_register(db.engine.url), readings, at=clock(), gdti=proofs.GDTI)
    assert [check.verdict for check in checks] == [
        *("valid", "unknown", "valid", "valid", "unknown", "counterfeit", "mistyped", "foreign"),
    ]
    good = [check.entry.mark for check in checks if check.verdict is Verdict.VALID]
    assert good == [licence.mark] * 3


def test_a_trade_item_of_the_signed_product_leads_to_its_licence(any_app):
    """The GTIN that the applicant stated is in the register from the signature on."""
    licence = once(granted, gtin=GTIN)
    found = open_register(db.engine.url).find_by_gtin([GTIN, "04006381333931"])
    assert {gtin: [entry.mark for entry in entries] for gtin, entries in found.items()} == {GTIN: [licence.mark]}


def test_without_our_own_key_no_document_is_ours(any_app, clock):
    licence = once(granted)
    reading = Reading(identity=Identity(gdti=proofs.GDTI, document=licence.mark))
    (check,) = check_codes(open_register(db.engine.url), [reading], at=clock(), gdti=None)
    assert check.verdict is Verdict.UNKNOWN


def test_when_the_register_does_not_answer_what_needs_no_register_is_still_judged(tmp_path):
    readings = [Reading(UNKNOWN), Reading(fault=Malformed("no code")), Reading(UNKNOWN, host="evil.example")]
    checks = check_codes(SQLiteRegister(tmp_path / "gone"), readings, at=NOON, gdti=None)
    assert [check.verdict for check in checks] == ["cannot_check", "mistyped", "foreign"]


LICENCES = [
    Entry("A", "1", State.EXPIRED, date(2026, 1, 1), date(2028, 12, 31), None, {}, []),
    Entry("B", "2", State.ACTIVE, date(2028, 12, 1), date(2031, 11, 30), None, {}, []),
    Entry("C", "3", State.ACTIVE, date(2031, 12, 1), date(2034, 11, 30), None, {}, []),
]


@pytest.mark.parametrize(
    ("today", "mark"),
    [
        (date(2025, 12, 31), "A"),
        (date(2026, 1, 1), "A"),
        (date(2028, 11, 30), "A"),
        (date(2028, 12, 1), "B"),
        (date(2031, 11, 30), "B"),
        (date(2031, 12, 1), "C"),
        (date(2040, 1, 1), "C"),
    ],
)
def test_the_newest_licence_that_has_begun_answers(today, mark):
    assert current(LICENCES, today).mark == current(reversed(LICENCES), today).mark == mark


def test_a_withdrawn_licence_answers_until_a_newer_one_begins():
    withdrawn = replace(LICENCES[1], state=State.WITHDRAWN)
    assert current([LICENCES[0], withdrawn, LICENCES[2]], date(2029, 1, 1)) is withdrawn
