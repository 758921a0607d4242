"""Papers drawn and sealed by the worker: from real acts to whole PDFs, once each, whoever prints."""

import json
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from hashlib import sha256
from io import BytesIO

import pikepdf
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from pyhanko.sign.timestamps import HTTPTimeStamper
from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.extensions import db
from certify.models import Credential, LedgerEntry, Paper, PaperCopy, PaperFile
from certify.models.paper import PaperKind
from certify.operations.patience import Patience
from certify.operations.printing import AGAIN_AFTER, DRAWN_AGAIN_AFTER, paper_bytes, print_pending
from certify.operations.publishing import proof_of, publish
from certify.operations.sealing import Press, complete, gather_inside
from certify.operations.storage import Store
from certify.pdf.facts import from_json
from certify.pdf.render import render
from certify.trust import paper_check
from certify.trust.ceremony import declare_compromised, end_log, name_witnesses
from certify.trust.keyring import read_keyring
from certify.trust.keys import FileSigner, KeyState, to_text
from certify.trust.merkle import leaf_hash, root_from_inclusion
from certify.trust.note import COSIGNATURE, NoteKey, open_note, read_checkpoint, read_tlog_proof
from certify.trust.paper_reading import Trusted, read_paper
from certify.workflows.papers import PaperSeal
from tests.factories import filed, store_in
from tests.presses import press, print_all, sealer
from tests.proofs import ISSUER, KEYS, ROOTS
from tests.scans import granted
from tests.scenes import once
from tests.silence import silent
from tests.times import NOON
from tests.trust.test_scrutiny import HOUSED, alone


@pytest.fixture
def store(app):
    return store_in(app.instance_path)


def add_broken(session, clock):
    """Add a paper that no template can draw."""
    facts = '{"kind": "receipt", "number": "REC-DEM-2026-00099"}'
    paper = Paper(number="REC-DEM-2026-00099", kind=PaperKind.RECEIPT, facts=facts, issued_at=clock(), dossier_id=1)
    session.add(paper)
    session.commit()


@pytest.fixture
def licensed(app):
    """A dossier whose licence is signed; nothing is printed yet."""
    return once(granted).dossier


def certified(acting, clock, store) -> None:
    """A licence is signed, and its certificate printed, the newest of the nine papers."""
    granted(acting, clock, store)
    db.session.commit()
    print_all(store, at=clock(), limit=1)


def bytes_of(session, store, paper, clock) -> bytes | None:
    return paper_bytes(session, store, press(store), paper, at=clock())


def test_the_papers_of_a_real_course_are_printed_and_sealed(session, licensed, clock, store):
    assert print_all(store, at=clock()) == 9
    papers = session.scalars(select(Paper).order_by(Paper.id)).all()
    convened = ["convocation"] * 5
    assert [str(paper.kind) for paper in papers] == ["receipt", *convened, "minutes", "decision", "certificate"]
    for paper in papers:
        content = bytes_of(session, store, paper, clock)
        reading = read_paper(content, Trusted(sealer().chain), at=clock())
        assert reading.digests == (paper.file.sha256, paper.file.bare_sha256)
        assert (reading.seal, reading.number, reading.sealed_at) == (PaperSeal.INTACT, paper.number, clock())
        with pikepdf.open(BytesIO(content)) as pdf:
            assert paper.number in str(pdf.docinfo["/Title"])
            assert pdf.attachments["facts.json"].get_file().read_bytes().decode() == paper.facts
    assert print_all(store, at=clock()) == 0


def test_a_certificate_carries_its_proofs_and_the_log_knows_its_file(session, clock, store):
    once(certified)
    paper = session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
    credential = session.scalars(select(Credential)).one()
    with pikepdf.open(BytesIO(bytes_of(session, store, paper, clock))) as pdf:
        inside = {name: file.get_file().read_bytes().decode() for name, file in pdf.attachments.items()}
    assert inside.keys() == {"facts.json", "credential.jwt", "event.json", "issuance.tlog-proof"}
    assert inside["credential.jwt"] == credential.token
    assert inside["event.json"] == session.get_one(LedgerEntry, credential.position).entry
    index, hashes, note = read_tlog_proof(inside["issuance.tlog-proof"])
    head = open_note(note, ISSUER.keys.manifest.log).checkpoint
    leaf = leaf_hash(inside["event.json"].encode())
    assert (index, root_from_inclusion(leaf, index, head.size, hashes)) == (credential.position, head.root)
    assert told(session) == [to_text(bytes.fromhex(paper.file.sha256))]


@pytest.fixture
def certificate(session, clock, store, tmp_path):
    """A certificate as its holder keeps it, and what checks it as anybody does, with these files at hand."""
    once(certified)
    paper = session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
    (tmp_path / "paper.pdf").write_bytes(bytes_of(session, store, paper, clock))
    root = load_der_x509_certificate(sealer().chain[0])
    (tmp_path / "roots.pem").write_bytes(root.public_bytes(Encoding.PEM))
    (tmp_path / "trust.json").write_text(json.dumps(ISSUER.keys.published))

    def check(*known: str, file: str = "paper.pdf") -> subprocess.CompletedProcess[str]:
        names = {"--roots": "roots.pem", "--trust": "trust.json"}
        given = [each for option in known for each in (option, str(tmp_path / names[option]))]
        return alone("certify.trust.paper_check", str(tmp_path / file), *given, without=WITHOUT)

    return check


WITHOUT = tuple(name for name in HOUSED if name != "pikepdf")


def test_a_certificate_alone_proves_what_it_says(certificate, session):
    ran = certificate("--roots", "--trust")
    number, entry = session.scalars(select(Credential)).one().licence.number, "The issue is entry "
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [number in ran.stdout, entry in ran.stdout, "The label signed the credential." in ran.stdout] == [True] * 3
    assert ran.stdout.count("NOT PROVED") == 1
    assert certificate("--roots").stdout.count("NOT PROVED") == 2
    assert certificate().stdout.count("NOT PROVED") == 3


def test_a_certificate_that_was_changed_proves_nothing(certificate, tmp_path):
    content = (tmp_path / "paper.pdf").read_bytes()
    (tmp_path / "changed.pdf").write_bytes(content[:9000] + bytes([content[9000] ^ 1]) + content[9001:])
    (tmp_path / "none.pdf").write_bytes(b"none")
    assert [certificate("--roots", file=name).returncode for name in ("changed.pdf", "none.pdf")] == [1, 2]


STOLEN = (
    "NOT PROVED: that the label signed the log. The key of 127.0.0.1:5000/log was stolen since; 0 witnesses signed "
    "this head. The public log, which goes on from it, tells."
)
SIGNED = "The label signed the log, and 0 witnesses its head."
BY_HASH = "The key of the credential counts no more: that it is genuine, its hash in the log proves."
BOTH_STOLEN = "NOT PROVED: that the label signed the credential. Its key counts no more, nor does that of the log."


@pytest.mark.parametrize(
    ("state", "stolen", "told"),
    [
        (KeyState.RETIRED, False, [SIGNED, "The label signed the credential."]),
        (KeyState.RETIRED, True, [SIGNED, BY_HASH]),
        (KeyState.COMPROMISED, False, [STOLEN, "The label signed the credential."]),
        (KeyState.COMPROMISED, True, [STOLEN, BOTH_STOLEN]),
    ],
)
def test_a_certificate_of_keys_given_up_proves_what_it_can(certificate, clock, tmp_path, *, state, stolen, told):
    folder, content = tmp_path / "keys", (tmp_path / "paper.pdf").read_bytes()
    shutil.copytree(KEYS, folder)
    (note,) = re.findall(r"(?s)\n\n(.+)", proof_inside(content))
    end_log(folder, ROOTS, read_checkpoint(note), clock(), state=state)
    if stolen:
        declare_compromised(folder, ROOTS, "vc-26", clock())
    manifest = read_keyring(folder, clock()).manifest
    said = list(paper_check.check(content, [sealer().chain[0]], manifest, clock()))
    assert said[3:5] == told


def test_a_certificate_that_too_few_witnesses_saw_is_told(certificate, clock, tmp_path):
    shutil.copytree(KEYS, tmp_path / "keys")
    witness = NoteKey("witness.example/a", COSIGNATURE, FileSigner.make(tmp_path / "witness.pem").public())
    name_witnesses(tmp_path / "keys", ROOTS, [str(witness)], 1, clock())
    manifest, content = read_keyring(tmp_path / "keys", clock()).manifest, (tmp_path / "paper.pdf").read_bytes()
    with pytest.raises(paper_check.Unproved, match="0 of the 1 witnesses needed signed the head of the log"):
        list(paper_check.check(content, [sealer().chain[0]], manifest, clock()))


def proof_inside(content: bytes) -> str:
    with pikepdf.open(BytesIO(content)) as pdf:
        return pdf.attachments["issuance.tlog-proof"].get_file().read_bytes().decode()


def swapped(session, clock, store, **others: bytes) -> str:
    """Seal a certificate with other proofs inside, as a bug of the press would; return what the check says."""
    paper = session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
    inside = gather_inside(session, paper, press(store))
    inside = tuple(replace(each, content=others.get(each.name.split(".")[0], each.content)) for each in inside)
    content = press(store).close(complete(render(from_json("certificate", paper.facts)), paper, inside), clock())
    with pytest.raises(paper_check.Unproved) as fault:
        list(paper_check.check(content, [sealer().chain[0]], ISSUER.keys.manifest, clock()))
    return str(fault.value)


def test_a_proof_of_another_entry_does_not_prove_a_certificate(session, clock, store):
    once(certified)
    other = proof_of(press(store).public, session.get_one(LedgerEntry, 0), ISSUER).encode()
    assert swapped(session, clock, store, issuance=other) == (
        "The proof does not lead from the entry to the head of the log."
    )


def test_an_entry_of_another_kind_does_not_prove_a_certificate(session, clock, store):
    once(certified)
    other = session.get_one(LedgerEntry, 0).entry.encode()
    assert "is not that of the credential" in swapped(session, clock, store, event=other)


def told(session) -> list[str]:
    """What the public log says of files of certificates, in its order."""
    entries = map(json.loads, session.scalars(select(LedgerEntry.entry).order_by(LedgerEntry.position)))
    return [entry["pdf"] for entry in entries if entry["t"] == "doc"]


def test_a_certificate_waits_for_the_log_and_the_others_do_not(session, licensed, clock, store):
    assert print_pending(session, store, press(store), at=clock(), limit=1) == 1
    certificate = session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
    certificate_id = certificate.id
    assert bytes_of(session, store, certificate, clock) is None
    assert print_all(store, at=clock(), limit=1) == 1
    assert sorted(session.scalars(select(PaperFile.paper_id))) == [certificate_id - 1, certificate_id]


def test_a_lost_file_is_made_again_to_the_same_bytes(session, clock, store):
    once(filed)
    session.commit()
    print_all(store, at=clock())
    paper = session.scalars(select(Paper)).one()
    before = bytes_of(session, store, paper, clock)
    store.path(paper.file.sha256).unlink()
    clock.advance(days=3)
    assert bytes_of(session, store, paper, clock) == before
    assert session.scalars(select(PaperCopy)).all() == []


def test_a_lost_file_of_a_paper_older_than_the_seals_is_drawn_as_it_was(session, clock, store):
    once(filed)
    paper = session.scalars(select(Paper)).one()
    drawn = render(from_json("receipt", paper.facts))
    digest = sha256(drawn).hexdigest()
    session.add(PaperFile(paper_id=paper.id, sha256=digest, size=len(drawn), printed_at=clock()))
    session.commit()
    assert bytes_of(session, store, paper, clock) == drawn


def test_a_lost_certificate_becomes_another_file_that_the_log_knows_too(session, clock, store):
    once(certified)
    publish(session, press(store).public, issuer=ISSUER, at=clock())
    paper = session.scalars(select(Paper).where(Paper.kind == PaperKind.CERTIFICATE)).one()
    store.path(paper.file.sha256).unlink()
    again = bytes_of(session, store, paper, clock)
    session.expire_all()
    assert sha256(again).hexdigest() == paper.kept.sha256 != paper.file.sha256
    assert told(session) == [to_text(bytes.fromhex(each.sha256)) for each in (paper.file, paper.kept)]
    assert bytes_of(session, store, paper, clock) == again


@dataclass(frozen=True)
class Absent(Press):
    """A press whose token was taken out."""

    def close(self, content: bytes, at: object) -> bytes:
        """Fail."""
        raise OSError("no token")


def test_without_the_key_no_paper_leaves_and_none_is_lost(session, clock, store, caplog):
    once(filed)
    session.commit()
    absent = Absent(sealer(), None, ISSUER, press(store).public)
    assert print_pending(session, store, absent, at=clock()) == 0
    assert session.scalars(select(PaperFile)).all() == []
    assert "no token" in caplog.text
    assert print_all(store, at=clock()) == 1


def test_a_paper_that_cannot_be_drawn_stops_no_other(session, acting, clock, store, caplog):
    once(filed)
    add_broken(session, clock)
    filed(acting("alice"), store=store)
    session.commit()
    assert print_all(store, at=clock(), limit=2) == 2
    assert session.scalars(select(Paper.number).join(PaperFile).order_by(Paper.id)).all() == [
        "REC-DEM-2026-00001",
        "REC-DEM-2026-00002",
    ]
    assert "Paper REC-DEM-2026-00099 cannot be printed" in caplog.text


def test_a_paper_that_cannot_be_drawn_is_left_alone_for_a_while(session, acting, clock, store, caplog):
    filed(acting("alice"), store=store)
    add_broken(session, clock)
    patience = Patience()

    def look() -> tuple[int, int]:
        printed = print_pending(session, store, press(store), at=clock(), patience=patience)
        return printed, caplog.text.count("cannot be printed")

    assert [look(), look()] == [(1, 1), (0, 1)]
    clock.at += DRAWN_AGAIN_AFTER
    assert look() == (0, 2)


def test_a_silent_time_stamp_authority_costs_one_wait_whatever_waits(session, acting, clock, store):
    for _ in range(3):
        filed(acting("alice"), store=store)
    session.commit()
    patience = Patience()
    with silent() as machine:
        stamper = HTTPTimeStamper(f"http://127.0.0.1:{machine.port}", timeout=0.2)
        waiting = replace(press(store), stamper=stamper)
        publish(session, waiting.public, issuer=ISSUER, at=clock())

        def look() -> tuple[int, int]:
            return print_pending(session, store, waiting, at=clock(), patience=patience), machine.asked

        assert [look(), look()] == [(0, 1), (0, 1)]
        clock.at += AGAIN_AFTER
        assert look() == (0, 2)
    assert print_pending(session, store, press(store), at=clock() + AGAIN_AFTER, patience=patience) == 3


def test_no_more_than_asked_is_printed(session, acting, clock, store):
    once(filed)
    filed(acting("alice"), store=store)
    session.commit()
    assert [print_all(store, at=clock(), limit=1) for _ in range(3)] == [1, 1, 0]


@dataclass(frozen=True)
class Overtaken(Store):
    """A store beside which another worker prints the same paper a moment earlier."""

    def keep(self, content: bytes) -> str:
        """Let the other worker be faster, once."""
        digest = super().keep(content)
        with Session(db.engine) as other:
            other.add(PaperFile(paper_id=1, sha256=digest, size=len(content), printed_at=NOON))
            other.commit()
        return digest


def test_two_workers_print_a_paper_once(any_app, acting, clock):
    store = store_in(any_app.instance_path)
    filed(acting("alice"), store=store)
    db.session.commit()
    assert print_pending(db.session, Overtaken(store.root), press(store), at=clock()) == 0
    assert db.session.scalars(select(PaperFile.paper_id)).all() == [1]
