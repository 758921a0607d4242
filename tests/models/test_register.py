"""The register of the public: whoever writes past the operations, it says of no licence what the licence is not."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from certify.extensions import db
from certify.models import RegisterEntry
from certify.operations import licences
from tests import scans
from tests.scenes import once

BROKEN = (
    "UPDATE register_entry SET state = 'active'",
    "UPDATE register_entry SET valid_from = '2020-01-01'",
    "UPDATE register_entry SET valid_to = '2099-12-31'",
    "UPDATE register_entry SET number = 'TDM-01-2026-0001-X'",
    "UPDATE register_entry SET mark = '7K9M4T2XP8QJ'",
    "UPDATE register_entry SET photo_sha256 = NULL",
    "DELETE FROM register_entry",
)


def test_the_register_tells_what_the_licence_is(any_app, acting, clock):
    licence = once(scans.granted)
    licences.suspend(licence, reason="Analyse.", actor=acting("sami"))
    db.session.commit()
    for statement in BROKEN:
        with pytest.raises(DatabaseError):
            db.session.execute(text(statement))
        db.session.rollback()
    assert db.session.get_one(RegisterEntry, licence.mark).state == "suspended"
    licences.reinstate(licence, reason="Conforme.", actor=acting("sami"))
    db.session.commit()
    assert db.session.get_one(RegisterEntry, licence.mark).state == "active"
