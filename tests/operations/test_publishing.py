"""What is published follows from what was committed, and an auditor without a database agrees with it."""

from __future__ import annotations

import json
import zlib
from base64 import urlsafe_b64decode
from datetime import timedelta
from pathlib import Path

import pytest
from joserfc import jws
from joserfc.jwk import KeySet
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from certify.extensions import db
from certify.models import Credential, LedgerEntry, Licence, Paper, User
from certify.models.paper import PaperKind
from certify.operations import licences
from certify.operations.acting import Actor
from certify.operations.ledger import log_decision, log_grant
from certify.operations.papers import issue_decision
from certify.operations.publishing import proof_of, publish
from certify.trust import audit
from certify.trust.credential import digest, read_credential
from certify.trust.ledger import parse
from certify.trust.merkle import leaf_hash, root_from_inclusion
from certify.trust.note import open_note, read_tlog_proof
from certify.trust.status import Status
from certify.workflows.errors import Refused
from certify.workflows.licence import Ground
from certify.workflows.voting import Choice
from tests.decisions import accept, decide_together
from tests.factories import reported, store_in
from tests.proofs import ISSUER, RING
from tests.scenes import once

MEMORY = audit.Memory(RING.manifest.roots)


@pytest.fixture
def public(tmp_path) -> Path:
    return tmp_path / "public"


@pytest.fixture
def store(tmp_path):
    return store_in(tmp_path)


@pytest.fixture
def licence(app) -> Licence:
    """A licence signed and committed, beside a refusal of the same day."""
    return once(decided)


def decided(acting, clock, store) -> Licence:
    """Grant a licence, and refuse another."""
    granted, refused = reported(acting, store=store), reported(acting, store=store)
    decide_together(acting, clock, {granted: Choice.FAVOURABLE, refused: Choice.UNFAVOURABLE})
    found = accept(granted, acting)
    licences.sign_licence(found, store=store, issuer=ISSUER, actor=acting("sami"))
    return found


def reader(public: Path):
    return lambda path: (public / path.removeprefix("/")).read_bytes()


def audited(public: Path, clock, memory=MEMORY):
    return audit.audit(reader(public), memory, clock())


def kinds(session) -> list[str]:
    entries = session.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.position))
    return [f"{said['t']} {said.get('outcome', said.get('to', ''))}".strip() for said in map(json.loads, entries)]


def test_log_tells_a_decision_sealed_and_opens_it_with_the_licence(session, licence):
    assert kinds(session) == ["decision sealed", "decision sealed", "decision granted", "issue"]


def test_an_auditor_without_a_database_agrees(session, licence, public, clock):
    publish(session, public, issuer=ISSUER, at=clock())
    found = audited(public, clock)
    ledger = found.ledger
    assert (found.checkpoint.size, ledger.licences, ledger.statuses) == (5, {licence.number: 0}, [Status.VALID])


@pytest.fixture
def at_work(any_app, clock):
    """Who acts, on the database of each kind in turn."""
    return lambda name: Actor(db.session, db.session.query(User).filter_by(email=f"{name}@example.ma").one(), clock())


def test_no_licence_rests_on_a_decision_that_the_log_was_not_told_of(at_work, clock, store):
    acting = at_work
    dossier = reported(acting, store=store)
    decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    issue_decision(dossier, actor=acting("pia"))
    found = accept(dossier, acting)
    with pytest.raises(Refused, match="no decision of the committee"):
        licences.sign_licence(found, store=store, issuer=ISSUER, actor=acting("sami"))
    assert kinds(db.session) == ["decision sealed"]


def test_no_licence_rests_on_a_decision_that_no_meeting_took(at_work, clock, store):
    acting = at_work
    dossier = reported(acting, store=store)
    letter = {"number": "DEC-DEM-2026-00099", "kind": PaperKind.DECISION, "facts": "{}", "dossier_id": dossier.id}
    paper = Paper(**letter, issued_at=clock())
    db.session.add(paper)
    db.session.flush()
    log_decision(paper, actor=acting("pia"))
    with pytest.raises(Refused, match="no decision of the committee"):
        log_grant(licences.born(dossier, actor=acting("pia")), actor=acting("sami"))
    assert kinds(db.session) == ["decision sealed"]


@pytest.mark.parametrize(
    ("act", "shown"), [("suspend", Status.SUSPENDED), ("withdraw", Status.WITHDRAWN), ("reinstate", Status.VALID)]
)
def test_each_move_is_in_the_log_and_in_the_list(session, acting, clock, licence, public, *, act, shown):
    licences.suspend(licence, ground=Ground.MISUSE, reason="Vu au souk.", actor=acting("sami"))
    if act != "suspend":
        getattr(licences, act)(licence, reason="Revu.", actor=acting("sami"))
    session.commit()
    publish(session, public, issuer=ISSUER, at=clock())
    assert audited(public, clock).ledger.statuses == [shown]


def test_a_row_changed_behind_the_log_is_found_out(session, licence, public, clock):
    session.execute(text("UPDATE licence SET state = 'withdrawn'"))
    session.commit()
    publish(session, public, issuer=ISSUER, at=clock())
    with pytest.raises(audit.Disagreement, match="shows withdrawn, the log valid"):
        audited(public, clock)


def test_the_list_is_signed_again_when_it_changes_or_grows_old(session, acting, licence, public, clock):
    first = publish(session, public, issuer=ISSUER, at=clock()).status
    assert publish(session, public, issuer=ISSUER, at=clock() + timedelta(minutes=4)).status == first
    later = publish(session, public, issuer=ISSUER, at=clock() + timedelta(minutes=5)).status
    assert (later.issued_at - first.issued_at, later.packed) == (timedelta(minutes=5), first.packed)
    licences.suspend(licence, reason="Analyse.", actor=acting("sami"))
    session.commit()
    changed = publish(session, public, issuer=ISSUER, at=clock() + timedelta(minutes=5, seconds=1)).status
    assert (changed[0], changed.issued_at - later.issued_at) == (Status.SUSPENDED, timedelta(seconds=1))


def test_a_licence_is_proved_by_its_credential_and_its_entry(session, licence, public, clock):
    publish(session, public, issuer=ISSUER, at=clock())
    credential = session.get_one(Credential, licence.id)
    said = read_credential(credential.token, RING.manifest.keys["vc"])
    index, hashes, note = read_tlog_proof(proof_of(public, session.get_one(LedgerEntry, credential.position), ISSUER))
    entry = session.get_one(LedgerEntry, index).entry.encode()
    checkpoint = open_note(note, RING.manifest.log).checkpoint
    assert root_from_inclusion(leaf_hash(entry), index, checkpoint.size, hashes) == checkpoint.root
    assert parse(entry)["vc"] == digest(credential.token)
    assert said["credentialSubject"]["id"] == f"{ISSUER.base_url}/253/{ISSUER.gdti}{licence.mark}"


def test_an_entry_not_published_yet_has_no_proof(session, licence, public, clock):
    assert proof_of(public, session.get_one(LedgerEntry, 0), ISSUER) is None
    publish(session, public, issuer=ISSUER, at=clock())
    assert proof_of(public, LedgerEntry(position=5, kind="doc", entry="{}", at=clock()), ISSUER) is None


def test_publishing_twice_changes_nothing(session, licence, public, clock):
    publish(session, public, issuer=ISSUER, at=clock())
    before = {path: path.read_bytes() for path in public.rglob("*") if path.is_file()}
    publish(session, public, issuer=ISSUER, at=clock())
    assert {path: path.read_bytes() for path in public.rglob("*") if path.is_file()} == before


ATTACKS = (
    "UPDATE ledger_entry SET entry = '{}'",
    "DELETE FROM ledger_entry",
    "INSERT INTO ledger_entry (position, kind, entry, at) VALUES (9, 'doc', '{}', '2026-12-07 00:00:00')",
    "UPDATE credential SET token = 'x'",
    "DELETE FROM credential",
    "UPDATE sealed_decision SET position = 0",
    "DELETE FROM sealed_decision",
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_the_database_keeps_the_log(session, licence, attack):
    with pytest.raises(IntegrityError):
        session.execute(text(attack))


def test_postgresql_keeps_the_log_too(any_app):
    first = "INSERT INTO ledger_entry (position, kind, entry, at) VALUES (0, 'doc', 'a', '2026-12-07 00:00:00')"
    db.session.execute(text(first))
    db.session.commit()
    for attack in ATTACKS[:3]:
        with pytest.raises(IntegrityError):
            db.session.execute(text(attack))
        db.session.rollback()
    assert db.session.scalars(select(LedgerEntry.entry)).all() == ["a"]


def test_nothing_is_issued_without_keys(session, acting, clock, *, app, client_of, tmp_path):
    dossier = once(reported)
    decide_together(acting, clock, {dossier: Choice.FAVOURABLE})
    found = accept(dossier, acting)
    session.commit()
    app.config["KEYS"], kept = str(tmp_path / "nowhere"), app.config["KEYS"]
    try:
        answer = client_of("sami").post(f"/licences/{found.id}/sign", data={"version": found.version})
    finally:
        app.config["KEYS"] = kept
    session.expire_all()
    assert (answer.status_code, found.state, kinds(session)) == (422, "to_sign", ["decision sealed"])


def test_another_library_reads_credential_and_list_with_the_published_keys(session, licence, public, clock):
    publish(session, public, issuer=ISSUER, at=clock())
    keys = KeySet.import_key_set(json.loads((public / ".well-known" / "jwks.json").read_text()))
    credential = jws.deserialize_compact(session.get_one(Credential, licence.id).token, keys, algorithms=["Ed25519"])
    shown = jws.deserialize_compact((public / "status" / "1").read_text(), keys, algorithms=["Ed25519"])
    said = json.loads(credential.payload)
    packed = zlib.decompress(urlsafe_b64decode(json.loads(shown.payload)["status_list"]["lst"] + "=="))
    assert (credential.headers()["typ"], shown.headers()["typ"]) == ("vc+jwt", "statuslist+jwt")
    assert (said["credentialSubject"]["name"], said["status"]["status_list"]) == (
        licence.number,
        {"idx": 0, "uri": json.loads(shown.payload)["sub"]},
    )
    assert packed == b"\x00"
