"""The public log takes another key: its files go on, who followed follows, and nobody believes a thief of the old."""
# ruff: noqa: F811

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from fcntl import LOCK_EX, LOCK_NB, flock
from itertools import count
from pathlib import Path
from threading import Barrier, Event, Thread

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import sessionmaker

from certify.extensions import db
from certify.models import LedgerEntry
from certify.operations import licences, publishing, succession, witnessing
from certify.operations.acting import Actor
from certify.operations.auditing import disagreements
from certify.operations.credentials import Issuer
from certify.operations.ledger import log
from certify.operations.publishing import BUNDLE, log_in, proof_of, publish
from certify.operations.succession import Succession, Witnesses, succeed_log
from certify.operations.witnessing import have_witnessed
from certify.trust import audit, ceremony
from certify.trust.audit import Disagreement, Memory, keep, remember
from certify.trust.ceremony import name_witnesses
from certify.trust.directory import read_bundle
from certify.trust.keyring import NoKeys, read_keyring
from certify.trust.keys import FileSigner, KeyState, to_text
from certify.trust.manifest import sign_manifest
from certify.trust.note import (
    COSIGNATURE,
    BadNote,
    Checkpoint,
    NoteKey,
    open_note,
    read_checkpoint,
    read_tlog_proof,
    sign_checkpoint,
)
from certify.trust.tiles import Forked, Log
from certify.trust.tokens import Untrusted
from certify.trust.witness import Witness, serve
from tests.operations.test_publishing import licence, public, reader, store  # noqa: F401
from tests.operations.test_restored import forget
from tests.proofs import ISSUER, KEYS, RING, ROOTS

MEMORY = Memory(RING.manifest.roots)
NEXT = f"{RING.manifest.hosts[0]}/log2"


@pytest.fixture
def issuer(tmp_path) -> Issuer:
    """Who issues, with keys of the test."""
    shutil.copytree(KEYS, tmp_path / "keys")
    return replace(ISSUER, keys=read_keyring(tmp_path / "keys", RING.at))


PATIENCE = 30.0
"""Seconds after which a thread of a test is given up."""

NOBODY = Witnesses({}, logging.getLogger("witnesses"))


def take(session, public: Path, issuer: Issuer, state: KeyState, at, *, roots=ROOTS, witnesses=NOBODY) -> Succession:
    return succeed_log(session, public, roots, issuer=issuer, state=state, witnesses=witnesses, at=at)


@pytest.fixture
def succeed(session, licence, public, clock, issuer):
    """`succeed(state)` gives the log of a granted licence another key; returns its end and who issues then."""

    def act(state: KeyState = KeyState.COMPROMISED, roots: Path = ROOTS) -> tuple[Checkpoint, Issuer]:
        done = take(session, public, issuer, state, clock(), roots=roots)
        return done.end, done.issuer

    return act


def everything(public: Path, keys: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for room in (public, keys) for path in room.rglob("*") if path.is_file()}


def head(public: Path) -> Checkpoint:
    return read_checkpoint((public / "log" / "checkpoint").read_text())


def test_the_next_log_begins_with_all_of_the_one_before(session, public, clock, succeed):
    end, following = succeed()
    assert (end.size, head(public).size, head(public).origin) == (5, 6, NEXT)
    found = audit.audit(reader(public), MEMORY, clock())
    [ended] = found.manifest.ended
    assert (ended.size, ended.root, ended.state, ended.key) == (5, end.root, KeyState.COMPROMISED, RING.manifest.log)
    assert open_note((public / "log" / "ended" / "log.checkpoint").read_text(), ended.key).checkpoint == end
    assert list(disagreements(session, public, following)) == []


def test_the_log_grows_on_and_takes_a_third_key(session, acting, licence, public, *, clock, succeed):
    _, second = succeed()
    licences.suspend(licence, reason="Analyse.", actor=acting("sami"))
    session.commit()
    third = take(session, public, second, KeyState.RETIRED, clock())
    found = audit.audit(reader(public), MEMORY, clock())
    assert [(each.key.below, each.size) for each in found.manifest.ended] == [("log", 5), ("log2", third.end.size)]
    assert (found.manifest.log.below, found.manifest.log) == ("log3", third.issuer.keys.manifest.log)


def test_an_auditor_who_came_before_follows(session, public, clock, tmp_path, *, issuer, succeed):
    publish(session, public, issuer=issuer, at=clock())
    keep(tmp_path / "memory", audit.audit(reader(public), MEMORY, clock()))
    succeed()
    assert audit.audit(reader(public), remember(tmp_path / "memory", None), clock()).checkpoint.size == 6


def test_an_auditor_who_was_shown_what_a_thief_signed_says_so(public, clock, issuer, succeed):
    forged = sign_checkpoint(Checkpoint(RING.manifest.log.name, 4, bytes(32)), issuer.keys.log_signer)
    succeed()
    with pytest.raises(Disagreement, match="rewritten"):
        audit.audit(reader(public), Memory(RING.manifest.roots, 1, forged), clock())


@pytest.mark.parametrize("state", [KeyState.COMPROMISED, KeyState.RETIRED])
def test_what_a_thief_signs_as_the_head_is_not_believed(public, clock, issuer, succeed, state):
    _, following = succeed(state)
    now = head(public)
    for name in (now.origin, RING.manifest.log.name):
        forged = sign_checkpoint(replace(now, origin=name), issuer.keys.log_signer)
        files = {"/log/checkpoint": forged.encode()}
        with pytest.raises(Disagreement, match="the log did not sign this"):
            audit.audit(lambda path, files=files: files.get(path) or reader(public)(path), MEMORY, clock())
        parts = json.loads((public / BUNDLE).read_bytes()) | {"checkpoint": forged}
        with pytest.raises(Untrusted, match="the log did not sign this"):
            read_bundle(parts, RING.manifest.roots, at=clock())
    assert following.keys.manifest.log.name == NEXT


def test_a_device_follows_and_takes_no_older_manifest_back(session, public, clock, issuer, succeed):
    publish(session, public, issuer=issuer, at=clock())
    old = json.loads((public / BUNDLE).read_bytes())
    seen = read_bundle(old, RING.manifest.roots, at=clock())
    succeed()
    new = json.loads((public / BUNDLE).read_bytes())
    found = read_bundle(new, RING.manifest.roots, at=clock(), seen=seen.manifest.version, head=seen.head)
    assert (found.head, found.manifest.version) == (head(public), seen.manifest.version + 1)
    with pytest.raises(Untrusted, match="older"):
        read_bundle(old, RING.manifest.roots, at=clock(), seen=found.manifest.version, head=found.head)


def test_an_end_that_the_log_does_not_go_on_from_is_noticed(public, clock, succeed):
    _, following = succeed()
    said = json.loads(following.keys.manifest.payload)
    said["ended"][0]["root"] = to_text(bytes(32))
    signers = {path.stem: FileSigner.read(path) for path in ROOTS.glob("root-*.pem")}
    files = {"/.well-known/tdm-trust.json": json.dumps(sign_manifest(said, signers)).encode()}
    with pytest.raises(Disagreement, match="does not go on from the end of"):
        audit.audit(lambda path: files.get(path) or reader(public)(path), MEMORY, clock())


STEPS = [
    (ceremony, "another_key", 0),
    (ceremony, "write_whole", 0),
    *((Log, "take_over", nth) for nth in range(2)),
    *((Log, "_write", nth) for nth in range(5)),
    *((publishing, "write", nth) for nth in range(5)),
]
"""What the process dies at the beginning of, and the how manieth time."""


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step[1]} {step[2]}")
def test_killed_anywhere_the_next_publication_comes_to_a_whole_log(
    session, public, clock, *, issuer, succeed, step, monkeypatch
):
    publish(session, public, issuer=issuer, at=clock())
    *place, nth = step
    real, calls = getattr(*place), count()

    def killed(*given, **named):
        if next(calls) == nth:
            raise KeyboardInterrupt
        return real(*given, **named)

    with monkeypatch.context() as dying, pytest.raises(KeyboardInterrupt):
        dying.setattr(*place, killed)
        succeed()
    again = replace(issuer, keys=read_keyring(issuer.keys.folder, clock()))
    assert list(disagreements(session, public, again)) == []
    publish(session, public, issuer=again, at=clock())
    found = audit.audit(reader(public), MEMORY, clock())
    assert found.manifest.log == again.keys.manifest.log
    assert (public / "log" / "ended").exists() == bool(found.manifest.ended)


def test_who_publishes_meanwhile_with_the_old_key_is_stopped(
    session, acting, licence, public, clock, *, issuer, succeed
):
    succeed()
    licences.suspend(licence, reason="Analyse.", actor=acting("sami"))
    session.commit()
    before = everything(public, issuer.keys.folder)
    with pytest.raises(BadNote):
        publish(session, public, issuer=issuer, at=clock())
    assert everything(public, issuer.keys.folder) == before


def test_nobody_else_publishes_while_a_log_ends(public, succeed, monkeypatch):
    def ending(*given, **named):
        with (public / "log" / ".lock").open("w") as lock, pytest.raises(BlockingIOError):
            flock(lock, LOCK_EX | LOCK_NB)
        return ceremony.end_log(*given, **named)

    monkeypatch.setattr(succession, "end_log", ending)
    end, following = succeed()
    assert (end.size, following.keys.manifest.log.name) == (5, NEXT)


def test_one_root_changes_no_key_of_the_log(session, public, clock, tmp_path, *, issuer, succeed):
    publish(session, public, issuer=issuer, at=clock())
    shutil.copytree(ROOTS, tmp_path / "one", ignore=shutil.ignore_patterns("root-b*", "root-c*"))
    before = everything(public, issuer.keys.folder)
    with pytest.raises(Untrusted, match="1 of the 2 roots"):
        succeed(roots=tmp_path / "one")
    assert everything(public, issuer.keys.folder) == before


def test_on_a_database_that_parts_from_the_log_no_key_is_changed(session, public, clock, issuer, succeed):
    publish(session, public, issuer=issuer, at=clock())
    forget(session)
    before = everything(public, issuer.keys.folder)
    with pytest.raises(Forked):
        succeed()
    assert everything(public, issuer.keys.folder) == before


WITNESS = "witness.one.example/tdm"


@pytest.fixture
def asked(public, tmp_path):
    """`asked(issuer, log)` asks a witness that runs for a log, with the memory it has; returns who has signed then."""
    key = FileSigner.make(tmp_path / "witness.pem")

    @contextmanager
    def running(log: NoteKey) -> Iterator[dict[str, str]]:
        witnessing._failed_at.clear()
        server = serve(Witness(log, WITNESS, key, tmp_path / "memory"), 0)
        Thread(target=server.serve_forever, daemon=True).start()
        yield {WITNESS: f"http://127.0.0.1:{server.server_port}"}
        server.shutdown()
        server.server_close()

    def ask(issuer: Issuer, log: NoteKey) -> frozenset[str]:
        with running(log) as addresses:
            return have_witnessed(public, addresses, issuer, NOBODY.log)

    ask.key, ask.running = str(NoteKey(WITNESS, COSIGNATURE, key.public())), running
    return ask


def test_a_witness_goes_on_with_the_memory_that_it_has(session, licence, public, clock, *, issuer, asked):
    name_witnesses(issuer.keys.folder, ROOTS, [asked.key], 1, clock())
    before = replace(issuer, keys=read_keyring(issuer.keys.folder, clock()))
    publish(session, public, issuer=before, at=clock())
    assert asked(before, before.keys.manifest.log) == {WITNESS}
    done = take(session, public, before, KeyState.RETIRED, clock())
    after, entry = done.issuer, session.get_one(LedgerEntry, 3)
    ended = (public / "log" / "ended" / "log.checkpoint").read_text()
    manifest = before.keys.manifest
    assert done.witnesses == set(open_note(ended, manifest.log, manifest.witnesses).seen_at) == {WITNESS}
    assert proof_of(public, entry, after, is_witnessed=True) is None
    assert [asked(after, each.keys.manifest.log) for each in (before, after)] == [set(), {WITNESS}]
    assert read_tlog_proof(proof_of(public, entry, after, is_witnessed=True))[2].startswith(f"{NEXT}\n")
    assert audit.audit(reader(public), MEMORY, clock()).has_quorum


def test_what_waits_is_published_and_witnessed_before_the_end(
    session, acting, licence, public, clock, *, issuer, asked
):
    name_witnesses(issuer.keys.folder, ROOTS, [asked.key], 1, clock())
    before = replace(issuer, keys=read_keyring(issuer.keys.folder, clock()))
    publish(session, public, issuer=before, at=clock())
    licences.suspend(licence, reason="Analyse.", actor=acting("sami"))
    session.commit()
    with asked.running(before.keys.manifest.log) as addresses:
        done = take(
            session, public, before, KeyState.COMPROMISED, clock(), witnesses=replace(NOBODY, addresses=addresses)
        )
    assert (done.end.size, done.witnesses) == (6, {WITNESS})


def test_with_an_older_manifest_nothing_is_published(session, licence, public, clock, issuer):
    older = replace(issuer, keys=read_keyring(issuer.keys.folder, clock()))
    name_witnesses(issuer.keys.folder, ROOTS, [], 0, clock())
    publish(session, public, issuer=replace(issuer, keys=read_keyring(issuer.keys.folder, clock())), at=clock())
    before = everything(public, issuer.keys.folder)
    with pytest.raises(NoKeys, match="tells of another trust manifest than the one here, of version 2"):
        publish(session, public, issuer=older, at=clock())
    assert everything(public, issuer.keys.folder) == before


def test_with_another_manifest_of_the_same_version_nothing_is_published(
    session, licence, public, clock, *, issuer, tmp_path
):
    """As when an old copy of the keys was put back, and one of them rotated."""
    shutil.copytree(issuer.keys.folder, tmp_path / "restored")
    for folder, role in ((issuer.keys.folder, "seal"), (tmp_path / "restored", "vc")):
        ceremony.rotate(folder, ROOTS, role, clock())
    publish(session, public, issuer=replace(issuer, keys=read_keyring(issuer.keys.folder, clock())), at=clock())
    before = everything(public, issuer.keys.folder)
    with pytest.raises(NoKeys, match="put the newest copy of the keys back"):
        publish(session, public, issuer=replace(issuer, keys=read_keyring(tmp_path / "restored", clock())), at=clock())
    assert everything(public, issuer.keys.folder) == before


def test_nobody_who_waits_for_their_turn_holds_the_database_up(any_app, public, clock):
    """One who read the hour of a demonstration has a transaction open; whoever has the turn waits for the database."""
    with ThreadPoolExecutor(1) as pool:
        with log_in(public, ISSUER).alone():
            begun = Event()
            waiting = pool.submit(waits, any_app, public, clock(), begun)
            assert begun.wait(PATIENCE)
            said = {"version": RING.manifest.version, "sha256": RING.manifest.digest}
            log("keys", actor=Actor(db.session, None, clock()), **said)
            db.session.commit()
            assert not waiting.done()
        assert waiting.result() == 1


def waits(app, public: Path, at, begun: Event) -> int:
    with app.app_context():
        log("keys", actor=Actor(db.session, None, at), version=9, sha256="A" * 43)  # never committed
        begun.set()
        return publish(db.session, public, issuer=ISSUER, at=at).checkpoint.size


def test_the_log_tells_a_manifest_once_on_either_engine(any_app, clock, tmp_path):
    publish(db.session, tmp_path / "public", issuer=ISSUER, at=clock())
    for version in (RING.manifest.version, RING.manifest.version - 1):
        with pytest.raises(IntegrityError, match="newer manifest"):
            log("keys", actor=Actor(db.session, None, clock()), version=version, sha256="A" * 43)
        db.session.rollback()


@pytest.mark.parametrize("at_once", range(3))
def test_two_who_publish_new_keys_at_once_tell_them_once(any_app, clock, tmp_path, at_once):
    """Each on a machine of its own, so that no file holds the other up."""
    together, sessions = Barrier(2), sessionmaker(db.engine)

    def go(number: int) -> None:
        with sessions() as session:
            together.wait()
            publish(session, tmp_path / f"public-{number}", issuer=ISSUER, at=clock())

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(go, range(2)))
    told = db.session.scalars(select(LedgerEntry.kind)).all()
    assert (told, head(tmp_path / "public-0")) == (["keys"], head(tmp_path / "public-1"))


@pytest.mark.parametrize("state", [KeyState.RETIRED, KeyState.COMPROMISED])
@pytest.mark.parametrize("size", [5, 6])
def test_no_head_at_or_beyond_the_end_is_a_thiefs(issuer, succeed, state, size):
    end, following = succeed(state)
    forged = sign_checkpoint(replace(end, size=size, root=bytes(32)), issuer.keys.log_signer)
    with pytest.raises(BadNote, match="ended with"):
        following.keys.manifest.open_head(forged)
