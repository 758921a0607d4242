"""The demonstration is played by the rules: its journal, its log and its tables tell the same."""

from pathlib import Path

from certify.extensions import db
from certify.operations.auditing import disagreements
from certify.queries.journal import find_break
from tests.proofs import ISSUER


def test_the_demonstration_holds_together(demonstration):
    found = list(disagreements(db.session, Path(demonstration.instance_path) / "public", ISSUER))
    assert (find_break(db.session), found) == (None, [])
