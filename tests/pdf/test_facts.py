"""The facts of the papers: stored as JSON at issue, read again for ever, and light enough for any process."""

import json
import subprocess
import sys

import pytest

from certify.pdf.facts import from_json
from tests.pdf import samples

PAPERS = {
    "receipt": samples.receipt(),
    "decision": samples.decision("refused"),
    "lapsed decision": samples.decision("lapsed"),
    "minutes": samples.minutes(),
    "certificate": samples.certificate(),
    "long certificate": samples.long_certificate(),
}


@pytest.mark.parametrize("name", PAPERS)
def test_facts_come_back_from_json_as_they_went(name):
    facts = PAPERS[name]
    assert from_json(facts.kind, facts.to_json()) == facts


def test_json_says_its_kind_and_writes_dates_and_arabic_plainly():
    written = json.loads(samples.certificate().to_json())
    assert written["kind"] == "certificate"
    assert written["valid_from"] == "2026-03-16"
    assert written["issued_at"] == "2026-03-15T09:30:00+00:00"
    assert "تعاونية" in samples.certificate().to_json()


def test_facts_of_another_kind_are_refused():
    with pytest.raises(ValueError, match="facts of a receipt, not of a certificate"):
        from_json("certificate", samples.receipt().to_json())


def test_unknown_kind_is_refused():
    with pytest.raises(KeyError):
        from_json("letter", samples.receipt().to_json())


def test_unknown_field_is_refused():
    changed = json.loads(samples.receipt().to_json()) | {"colour": "green"}
    with pytest.raises(ValueError, match="ReceiptFacts has no field colour"):
        from_json("receipt", json.dumps(changed))


def test_older_facts_take_the_default_of_a_newer_field():
    older = json.loads(samples.receipt(demonstration=False).to_json())
    for newer in ("demonstration", "letterhead", "decision_days"):
        del older[newer]
    assert from_json("receipt", json.dumps(older)) == samples.receipt(demonstration=False)


def test_facts_bring_no_weasyprint():
    loaded = "import certify.pdf.facts, sys; sys.exit('weasyprint' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loaded], check=False).returncode == 0
