"""The demonstration is played by the rules: its journal, its log and its tables tell the same."""

from certify.extensions import db
from certify.operations.auditing import disagreements
from certify.queries.journal import find_break


def test_the_demonstration_holds_together(demonstration):
    assert (find_break(db.session), list(disagreements(db.session))) == (None, [])
