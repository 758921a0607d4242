"""The whole product read from outside, as anybody may: what is changed in the database behind the log shows."""

from __future__ import annotations

from contextvars import copy_context
from pathlib import Path

import pytest
from sqlalchemy import select, text

from certify.extensions import db
from certify.models import LedgerEntry, RegisterEntry
from certify.operations import licences
from certify.operations.publishing import publish
from certify.trust.audit import Disagreement, Memory, audit_shown
from certify.trust.issued import check_licences
from certify.trust.ledger import parse
from certify.trust.merkle import leaf_hash, root_from_inclusion
from certify.trust.note import open_note, read_tlog_proof
from certify.workflows.licence import Ground
from certify.workflows.voting import Choice
from tests.decisions import accept, decide_together
from tests.factories import reported
from tests.intruders import disarm
from tests.proofs import ISSUER, RING
from tests.scenes import once


def two_licences(acting, clock, store) -> None:
    """Two licences, one suspended twice, and one to be signed."""
    *dossiers, waiting = [reported(acting, store=store) for _ in range(3)]
    decide_together(acting, clock, dict.fromkeys([*dossiers, waiting], Choice.FAVOURABLE))
    first, _ = (signed(dossier, acting, store) for dossier in dossiers)
    licences.suspend(first, ground=Ground.MISUSE, reason="Vu au souk.", actor=acting("sami"))
    clock.advance(days=1)
    licences.reinstate(first, reason="Revu.", actor=acting("sami"))
    licences.suspend(first, ground=Ground.HEALTH, reason="Analyse.", actor=acting("sami"))


@pytest.fixture
def audited(any_app, clock):
    """The two licences on the database of each kind; returns what audits the site and tells who agrees."""
    once(two_licences)

    def look() -> list[str]:
        publish(db.session, Path(any_app.instance_path) / "public", issuer=ISSUER, at=clock())
        found, rows = audit_shown(reader(any_app), Memory(RING.manifest.roots), clock())
        return list(check_licences(reader(any_app), found, rows, rows, workers=1))

    return look


def signed(dossier, acting, store):
    found = accept(dossier, acting)
    licences.sign_licence(found, store=store, issuer=ISSUER, actor=acting("sami"))
    return found


def reader(app):
    """Read the site as a stranger does; the auditor asks from a thread of its own, which has not our context."""
    context = copy_context()

    def get(path: str) -> bytes:
        answer = context.run(app.test_client().get, path)
        if answer.status_code == 404:
            raise FileNotFoundError(path)
        assert answer.status_code == 200, answer.text
        content = answer.data
        answer.close()
        return content

    return get


def test_the_whole_product_agrees(audited):
    assert len(audited()) == 2


def test_the_answer_on_a_suspended_licence_leads_to_the_proof_of_the_suspension(audited, any_app):
    audited()
    client = any_app.test_client()
    row = db.session.scalars(select(RegisterEntry).where(RegisterEntry.state == "suspended")).one()
    shown = client.get(f"/api/v1/codes?code={row.mark}").json["evidence"]["status"]
    told = db.session.get_one(LedgerEntry, shown["entry"]).entry
    assert [parse(told.encode())[name] for name in ("cert", "to", "why")] == [row.number, "suspended", "R06"]
    assert shown["proof"] == f"{ISSUER.base_url}/proof/{shown['entry']}"
    index, hashes, note = read_tlog_proof(client.get(f"/proof/{shown['entry']}").text)
    head = open_note(note, RING.manifest.log).checkpoint
    root = root_from_inclusion(leaf_hash(told.encode()), index, head.size, hashes)
    assert (index, root) == (shown["entry"], head.root)
    assert [client.get(f"/proof/{place}").status_code for place in (0, head.size, "x")] == [200, 404, 404]


CHANGED = {
    "state = 'active'": "the directory shows another end",
    "valid_to = '2040-01-01'": "the directory shows another place or other days than the log",
    "number = 'TDM-09-2026-9999-X'": "the (directory|register) (lacks|shows) it",
    "history = '[]'": "the directory shows another end",
    "mark = '0000000000AA'": "the register names it otherwise than its credential",
}


def falsify(change: str) -> None:
    disarm(db.session)
    db.session.execute(text(f"UPDATE register_entry SET {change} WHERE state = 'suspended'"))
    db.session.commit()


@pytest.mark.parametrize(("change", "said"), CHANGED.items(), ids=CHANGED)
def test_a_row_of_the_register_changed_behind_the_log_is_found_out(audited, change, said):
    falsify(change)
    with pytest.raises(Disagreement, match=said):
        audited()


LATER = {
    "state = 'active'": "the register shows valid, the log suspended",
    "history = '[]'": "the register shows another history than the log",
    "caution = 'alert', state = 'active'": "the register shows suspect, the log suspended",
}


@pytest.mark.parametrize(("change", "said"), LATER.items(), ids=LATER)
def test_a_row_changed_after_the_directory_was_made_of_it_is_found_out(audited, change, said):
    assert len(audited()) == 2
    falsify(change)
    with pytest.raises(Disagreement, match=said):
        audited()


def test_a_holder_changed_in_the_register_contradicts_the_credential(audited):
    for entry in db.session.scalars(select(RegisterEntry)):
        entry.facts = entry.facts | {"holder": {"fr": "Une autre", "ar": "أخرى"}}
    db.session.commit()
    with pytest.raises(Disagreement, match="otherwise than its credential"):
        audited()


def test_a_licence_put_into_the_register_alone_is_found_out(audited):
    copied = "'active', valid_from, valid_to, facts, history, changed_at FROM register_entry WHERE state = 'suspended'"
    into = "mark, number, licence_id, state, valid_from, valid_to, facts, history, changed_at"
    waiting = "(SELECT id FROM licence WHERE state = 'to_sign')"
    added = f"INSERT INTO register_entry ({into}) SELECT '0000000000AA', 'TDM-09-2026-0099-X', {waiting}, {copied}"
    db.session.execute(text(added))
    db.session.commit()
    with pytest.raises(Disagreement, match="TDM-09-2026-0099-X: the register shows it"):
        audited()
