"""The head of the log is time-stamped once a day, and nothing waits for the authority."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from asn1crypto import cms, tsp
from sqlalchemy import select

from certify.extensions import db
from certify.models import LedgerEntry
from certify.operations.anchoring import anchor_head
from certify.operations.patience import Patience
from certify.operations.publishing import publish
from certify.trust.audit import Memory, audit
from certify.trust.keys import to_bytes
from certify.trust.paper import stamp
from certify.trust.stamps import check_stamps
from tests.operations.test_audited import reader
from tests.proofs import ISSUER, RING
from tests.trust.sealing import authority

QUIET = logging.getLogger("anchors")


@pytest.fixture
def public(any_app, clock) -> Path:
    """A published log."""
    folder = Path(any_app.instance_path) / "public"
    publish(db.session, folder, issuer=ISSUER, at=clock())
    return folder


def stamped(content: bytes) -> bytes:
    return stamp(content, authority()[0])


def silent(content: bytes) -> bytes:
    raise OSError("no answer")


def fetched(app, path: str) -> bytes:
    with app.test_client().get(path) as answer:
        return answer.data


def anchors() -> list[str]:
    """The hashes of tokens that the log was told."""
    entries = db.session.scalars(select(LedgerEntry.entry).where(LedgerEntry.kind == "anchor"))
    return [json.loads(entry)["tst"] for entry in entries]


def test_the_head_is_stamped_once_a_day_and_the_log_is_told(public, any_app, clock):
    head = (public / "log" / "checkpoint").read_bytes()
    told = []
    for day in (0, 0, 1):
        told.append(
            anchor_head(db.session, public, stamped, QUIET, at=clock() + timedelta(days=day), patience=Patience())
        )
        db.session.commit()
    first, _ = anchors()
    token, stood = (fetched(any_app, f"/log/anchor/{first}.{kind}") for kind in ("tst", "checkpoint"))
    assert (told, sha256(token).digest()) == ([True, False, True], to_bytes(first))
    assert stood == head
    content = cms.ContentInfo.load(token)["content"]["encap_content_info"]["content"].parsed
    assert isinstance(content, tsp.TSTInfo)
    assert content["message_imprint"]["hashed_message"].native == sha256(head).digest()


def test_an_auditor_finds_every_stamp_to_be_over_the_log(public, any_app, clock):
    for _ in range(2):
        assert anchor_head(db.session, public, stamped, QUIET, at=clock(), patience=Patience())
        db.session.commit()
        publish(db.session, public, issuer=ISSUER, at=clock())
        clock.advance(days=1)
    found = audit(reader(any_app), Memory(RING.manifest.roots), clock())
    assert check_stamps(reader(any_app), found, found.ledger.anchors, workers=1) == 2


def test_an_authority_that_is_silent_stops_nothing_and_is_left_alone_a_while(public, clock, caplog):
    patience, told = Patience(), []
    for asked, minutes in ((silent, 0), (stamped, 9), (stamped, 11)):
        at = clock() + timedelta(minutes=minutes)
        told.append((anchor_head(db.session, public, asked, QUIET, at=at, patience=patience), len(anchors())))
    assert told == [(False, 0), (False, 0), (True, 1)]
    db.session.rollback()
    assert (anchors(), caplog.text.count("no answer")) == ([], 1)
    assert publish(db.session, public, issuer=ISSUER, at=clock()).checkpoint.size == 1


def test_without_an_authority_nothing_is_anchored(public, clock):
    assert not anchor_head(db.session, public, None, QUIET, at=clock(), patience=Patience())
    assert anchors() == []


def test_nothing_else_is_handed_out(public, any_app):
    assert any_app.test_client().get("/log/anchor/..%2Fcheckpoint").status_code == 404
