"""The tables held against the public log from inside: whoever rewrites the past is found out."""
# ruff: noqa: F811

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from certify.operations.auditing import anchor_journal, disagreements
from certify.queries.ledger import list_entries_of
from tests.intruders import disarm
from tests.operations.test_publishing import licence, public, store  # noqa: F401


def found(session) -> list[str]:
    return list(disagreements(session))


def test_all_agree(session, licence, clock):
    anchor_journal(session, at=clock() + timedelta(days=1))
    assert found(session) == []


def test_the_journal_is_anchored_once_a_day(session, licence, clock):
    tomorrow = clock() + timedelta(days=1)
    for at in (tomorrow, tomorrow + timedelta(hours=1), tomorrow + timedelta(days=1)):
        anchor_journal(session, at=at)
    assert len(list_entries_of(session, "journal")) == 2


def test_a_journal_rewritten_with_all_its_hashes_is_found_out(session, licence, clock):
    anchor_journal(session, at=clock() + timedelta(days=1))
    disarm(session)
    session.execute(text("UPDATE event SET hash = replace(hash, 'a', 'b') WHERE id = 3"))
    assert [fault.partition(" at ")[0] for fault in found(session)] == [
        "journal: it is not the one that the public log anchored"
    ]


@pytest.mark.parametrize(
    ("rewritten", "fault"),
    [
        (
            "UPDATE licence SET state = 'suspended'",
            "public log: it tells 1 licences, or other states than the tables, 1",
        ),
        ("DELETE FROM register_entry", "the public register lacks it"),
    ],
)
def test_a_table_rewritten_is_found_out(session, licence, rewritten, fault):
    disarm(session)
    session.execute(text(rewritten))
    assert [each.removeprefix(f"licence {licence.number}: ") for each in found(session)] == [fault]


def test_a_credential_exchanged_is_found_out(session, licence):
    disarm(session)
    session.execute(text("UPDATE credential SET token = token || 'x'"))
    assert found(session) == [f"licence {licence.number}: its credential is not the one that the public log tells"]
