"""The heads of the log are signed by witnesses over HTTP; what goes into a certificate waits for enough of them."""
# ruff: noqa: F811

from __future__ import annotations

import json
import logging
import shutil
from dataclasses import replace
from threading import Thread

import pytest

from certify.models import LedgerEntry
from certify.operations import licences, witnessing
from certify.operations.publishing import BUNDLE, LOG, WITNESSED, proof_of, publish
from certify.operations.witnessing import have_witnessed, read_witnesses
from certify.trust import audit
from certify.trust.ceremony import name_witnesses
from certify.trust.directory import Bundle, read_bundle
from certify.trust.keyring import read_keyring
from certify.trust.keys import FileSigner
from certify.trust.note import open_note, read_tlog_proof
from certify.trust.status import Status
from certify.trust.tokens import Untrusted
from certify.trust.witness import Witness, serve
from tests.operations.test_publishing import licence, public, reader, store  # noqa: F401
from tests.proofs import ISSUER, KEYS, RING, ROOTS

NAMES = ("witness.one.example/tdm", "witness.two.example/tdm")
QUIET = logging.getLogger("witnesses")


@pytest.fixture
def witnesses(tmp_path, clock):
    """Two witnesses who answer, an issuer whose manifest names both and needs two, and where they are asked."""
    both = [
        Witness(RING.manifest.log, name, FileSigner.make(tmp_path / f"{number}.pem"), tmp_path / f"memory-{number}")
        for number, name in enumerate(NAMES)
    ]
    servers = [serve(witness, 0) for witness in both]
    for server in servers:
        Thread(target=server.serve_forever, daemon=True).start()
    shutil.copytree(KEYS, tmp_path / "keys")
    name_witnesses(tmp_path / "keys", ROOTS, [str(witness.key) for witness in both], 2, clock())
    issuer = replace(ISSUER, keys=read_keyring(tmp_path / "keys", clock()))
    witnessing._failed_at.clear()
    pairs = zip(NAMES, servers, strict=True)
    yield issuer, {name: f"http://127.0.0.1:{server.server_port}" for name, server in pairs}, servers
    for server in servers:
        server.shutdown()
        server.server_close()


def test_both_sign_and_go_on_signing_as_the_log_grows(session, acting, licence, public, *, clock, witnesses):
    issuer, addresses, _ = witnesses
    for act in (licences.suspend, licences.reinstate):
        publish(session, public, issuer=issuer, at=clock())
        assert have_witnessed(public, addresses, issuer, QUIET) == set(NAMES)
        act(licence, reason="Analyse.", actor=acting("sami"))
        session.commit()
    publish(session, public, issuer=issuer, at=clock())
    assert have_witnessed(public, addresses, issuer, QUIET) == set(NAMES)
    found = audit.audit(reader(public), audit.Memory(RING.manifest.roots), clock())
    assert (found.witnesses, found.manifest.quorum) == (set(NAMES), 2)


def test_a_certificate_waits_for_enough_witnesses_and_the_log_does_not(session, licence, public, clock, witnesses):
    issuer, addresses, servers = witnesses
    servers[1].shutdown()
    servers[1].server_close()
    publish(session, public, issuer=issuer, at=clock())
    assert have_witnessed(public, addresses, issuer, QUIET) == {NAMES[0]}
    assert proof_of(public, session.get_one(LedgerEntry, 3), issuer, is_witnessed=True) is None
    index, _, note = read_tlog_proof(proof_of(public, session.get_one(LedgerEntry, 3), issuer))
    assert (index, note) == (3, (public / "log" / "checkpoint").read_text())


def test_what_goes_into_a_certificate_is_signed_by_enough(session, licence, public, clock, witnesses):
    issuer, addresses, _ = witnesses
    publish(session, public, issuer=issuer, at=clock())
    have_witnessed(public, addresses, issuer, QUIET)
    _, _, note = read_tlog_proof(proof_of(public, session.get_one(LedgerEntry, 3), issuer, is_witnessed=True))
    manifest = issuer.keys.manifest
    assert set(open_note(note, manifest.log, manifest.witnesses).seen_at) == set(NAMES)


def test_devices_are_told_of_the_last_head_that_enough_signed(session, acting, licence, public, *, clock, witnesses):
    issuer, addresses, servers = witnesses
    roots = issuer.keys.manifest.roots

    def told() -> Bundle:
        publish(session, public, issuer=issuer, at=clock())
        return read_bundle(json.loads((public / BUNDLE).read_bytes()), roots, at=clock())

    with pytest.raises(Untrusted):
        told()
    have_witnessed(public, addresses, issuer, QUIET)
    first = told()
    servers[1].shutdown()
    servers[1].server_close()
    licences.suspend(licence, reason="Analyse.", actor=acting("sami"))
    session.commit()
    told()
    assert have_witnessed(public, addresses, issuer, QUIET) == {NAMES[0]}
    later = told()
    assert (later.head, later.status[0]) == (first.head, Status.SUSPENDED)


def test_without_a_quorum_no_head_of_an_earlier_one_is_kept(session, licence, public, clock, witnesses):
    issuer, addresses, _ = witnesses
    publish(session, public, issuer=issuer, at=clock())
    have_witnessed(public, addresses, issuer, QUIET)
    assert (public / LOG / WITNESSED).exists()
    have_witnessed(public, {}, ISSUER, QUIET)
    assert not (public / LOG / WITNESSED).exists()


def test_one_who_signs_with_another_key_does_not_count(session, licence, public, *, clock, witnesses, tmp_path):
    issuer, addresses, _ = witnesses
    stranger = Witness(RING.manifest.log, NAMES[0], FileSigner.make(tmp_path / "x.pem"), tmp_path / "memory-x")
    server = serve(stranger, 0)
    Thread(target=server.serve_forever, daemon=True).start()
    publish(session, public, issuer=issuer, at=clock())
    asked = addresses | {NAMES[0]: f"http://127.0.0.1:{server.server_port}"}
    assert have_witnessed(public, asked, issuer, QUIET) == {NAMES[1]}
    server.shutdown()
    server.server_close()


def test_the_setting_names_each_with_its_address():
    assert read_witnesses(" a.example/tdm=https://a.example/ , b=https://b.example:8460") == {
        "a.example/tdm": "https://a.example",
        "b": "https://b.example:8460",
    }
    assert read_witnesses(None) == {}


@pytest.mark.parametrize(("names", "quorum"), [((), 1), (("x+y+z",), 1)])
def test_more_witnesses_than_there_are_cannot_be_needed(tmp_path, clock, names, quorum):
    shutil.copytree(KEYS, tmp_path / "keys")
    with pytest.raises(ValueError):
        name_witnesses(tmp_path / "keys", ROOTS, names, quorum, clock())
