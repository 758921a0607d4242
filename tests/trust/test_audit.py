"""The auditor finds whatever was changed behind the public's back, and is content with what agrees."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread, get_native_id

import pytest

from certify.trust import audit
from certify.trust.audit import Disagreement, Memory, keep, remember
from certify.trust.keys import FileSigner, to_text
from certify.trust.ledger import Incoherent, Ledger, entry_of, parse
from certify.trust.note import NoteKey, open_note
from certify.trust.status import Status
from tests.trust.given import LOG, VECTORS, roots, signer
from tests.trust.published import HASH, NOW, NUMBERS, STANDING, Site, decided, granted, moved, of_keys, story


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A label whose every word agrees."""
    return Site(tmp_path / "log", story())


def look(site: Site, memory: Memory | None = None, at=NOW) -> audit.Audited:
    return audit.audit(site.get, memory or Memory(roots()), at)


def test_label_that_agrees_is_found_to(site: Site):
    found = look(site)
    assert (found.checkpoint.size, found.ledger.statuses, len(found.lists)) == (len(story()), STANDING, 1)
    assert list(found.ledger.licences) == list(NUMBERS)


def test_auditor_who_came_before_finds_the_log_going_on(site: Site, tmp_path: Path):
    found, file = look(site), tmp_path / "memory.json"
    keep(file, found)
    site.grow([*story(), moved(0, "suspended", NOW)])
    site.show([Status.SUSPENDED, *STANDING[1:]])
    assert look(site, remember(file, None)).checkpoint.size == found.checkpoint.size + 1


def test_forked_log_is_noticed_by_whoever_saw_the_other(site: Site, tmp_path: Path):
    seen = Memory(roots(), 1, look(site).note)
    other = story()[:-1] + [moved(0, "suspended", NOW)] * 2
    fork = Site(tmp_path / "fork", other, [Status.SUSPENDED, *STANDING[1:]])
    assert look(fork).checkpoint.size == len(other)
    with pytest.raises(Disagreement, match="rewritten"):
        look(fork, seen)


def test_log_that_became_shorter_is_noticed(site: Site, tmp_path: Path):
    seen = Memory(roots(), 1, look(site).note)
    with pytest.raises(Disagreement, match="shorter"):
        look(Site(tmp_path / "short", story()[:-1]), seen)


def test_older_status_list_played_again_is_noticed(site: Site):
    site.show([Status.VALID, Status.VALID, Status.WITHDRAWN], NOW - timedelta(hours=3))
    with pytest.raises(Disagreement, match=NUMBERS[1]):
        look(site)


def test_withdrawal_that_the_list_forgot_is_noticed(site: Site):
    site.show([Status.VALID, Status.SUSPENDED, Status.VALID])
    with pytest.raises(Disagreement, match=NUMBERS[2]):
        look(site)


def test_licence_that_the_log_does_not_know_is_noticed(site: Site):
    site.show([*STANDING, Status.VALID, Status.SUSPENDED])
    with pytest.raises(Disagreement, match="does not know"):
        look(site)


def test_list_that_is_too_old_is_not_believed(site: Site):
    with pytest.raises(Disagreement, match="expired"):
        look(site, at=NOW + timedelta(hours=73))


def test_changed_entry_is_noticed(site: Site):
    file = next(site.log.folder.glob("tile/entries/000*")) / str(len(story()))
    file.write_bytes(file.read_bytes().replace(b"withdrawn", b"suspended"))
    with pytest.raises(Disagreement, match="not those that the checkpoint was signed for"):
        look(site)


def test_manifest_of_one_root_or_of_others_is_not_believed(site: Site):
    for names in (("root-a",), ("log", "vc-26")):
        site.trust(*names)
        with pytest.raises(Disagreement):
            look(site)


def test_older_manifest_is_refused(site: Site):
    with pytest.raises(Disagreement, match="older"):
        look(site, replace(Memory(roots()), version=2))


def test_log_of_another_key_is_not_believed(site: Site, tmp_path: Path):
    shutil.rmtree(site.log.folder)
    site.trust(log=str(NoteKey("tdm.ma/log", b"\x01", signer("seal-27").public())))
    site.log.publish(lambda size: story()[size:])
    with pytest.raises(Disagreement):
        look(site)


LATER = NOW + timedelta(days=1)
ISSUED = granted(0, LATER)[2]
NAMED = moved(0, "suspended", LATER)
KEYS = of_keys(LATER)
FOLLOWING = {
    "issued without a decision": ISSUED.replace(b"DEC-DEM-2026-00000", b"DEC-DEM-2026-00009"),
    "issued twice": ISSUED,
    "second licence of a decision": ISSUED.replace(NUMBERS[0].encode(), b"TDM-09-2026-0009-X").replace(
        b'"idx":0', b'"idx":3'
    ),
    "granted, and never sealed": decided("DEC-DEM-2026-00009", "granted", LATER),
    "sealed twice": decided("DEC-DEM-2026-00000", "sealed", LATER),
    "granted twice": decided("DEC-DEM-2026-00000", "granted", LATER),
    "refusal told": decided("DEC-DEM-2026-00009", "sealed", LATER).replace(b"sealed", b"refused"),
    "never issued": NAMED.replace(NUMBERS[0].encode(), b"TDM-09-2026-0009-X"),
    "under another place": NAMED.replace(b'"idx":0', b'"idx":1'),
    "withdrawn comes back": moved(2, "valid", LATER),
    "backdated": moved(0, "suspended", NOW - timedelta(days=9)),
    "unknown kind": NAMED.replace(b'"t":"status"', b'"t":"secret"'),
    "unknown state": NAMED.replace(b"suspended", b"forgotten"),
    "more than it may": NAMED.replace(b'"why"', b'"name":"Amina","why"'),
    "name as a ground": NAMED.replace(b"R04", b"Amina El Idrissi"),
    "unknown ground": NAMED.replace(b"R04", b"R08"),
    "no ground": NAMED.replace(b'"R04"', b"null"),
    "scope of another ground": NAMED.replace(b"prospective", b"retroactive"),
    "ground of another scope": NAMED.replace(b"R04", b"R06"),
    "unknown scope": NAMED.replace(b"prospective", b"perspective"),
    "name as a number": ISSUED.replace(NUMBERS[0].encode(), b"Amina El Idrissi"),
    "day that is none": NAMED.replace(LATER.date().isoformat().encode() + b'"', b'soon"', 1),
    "older manifest": KEYS,
    "manifest without a version": KEYS.replace(b'"version":1', b'"version":true'),
    "not canonical": NAMED.replace(b",", b", ", 1),
    "no JSON": b"{",
    "no object": b"[1]",
    "paper of nobody": entry_of("doc", LATER, cert="TDM-09-2026-0009-X", pdf=HASH),
    "skipped place": b"",
}


@pytest.mark.parametrize("entry", FOLLOWING.values(), ids=FOLLOWING)
def test_entry_that_cannot_follow_is_noticed(entry: bytes):
    ledger = Ledger()
    ledger.read_all(story())
    with pytest.raises(Incoherent, match=f"entry {len(story())}"):
        ledger.read(entry)


@pytest.mark.parametrize(
    ("sealed", "opened"),
    [
        (("CH-2026-01", HASH), ("CH-2026-02", HASH)),
        (("CH-2026-01", HASH), ("CH-2026-01", HASH.replace("A", "B", 1))),
        ((None, None), ("CH-2026-01", HASH)),
    ],
)
def test_decision_opened_as_another_is_noticed(sealed, opened):
    ledger = Ledger()
    ledger.read_all([*story(), decided("another", "sealed", LATER, *sealed)])
    with pytest.raises(Incoherent, match="no sealed one of the same meeting"):
        ledger.read(decided("another", "granted", LATER, *opened))


@pytest.mark.parametrize("taken", [(None, HASH), ("CH-2026-01", None)])
def test_grant_without_meeting_or_minutes_cannot_be_written(taken):
    assert decided("another", "sealed", LATER, *taken)
    with pytest.raises(ValueError, match="not written as it must be"):
        decided("another", "granted", LATER, *taken)


def test_entries_of_the_vectors_are_read():
    for text in LOG["entries"]:
        assert parse(text.encode())["v"] == 1


@pytest.fixture
def witness(tmp_path: Path, monkeypatch) -> Callable[[Site], int]:
    """Audits a site as a witness that pins the roots and has a memory; returns how it ended."""
    FileSigner.make(tmp_path / "witness.pem")
    monkeypatch.setattr(audit, "datetime", type("Still", (audit.datetime,), {"now": staticmethod(lambda zone: NOW)}))
    kids = ("root-a", "root-b", "root-c")
    keys = [{"kid": kid, "x": to_text(bytes.fromhex(VECTORS["keys"][kid]["pub_hex"]))} for kid in kids]
    (tmp_path / "roots.json").write_text(json.dumps({"threshold": 2, "roots": keys}))
    known = ["--roots", f"{tmp_path}/roots.json", "--memory", f"{tmp_path}/memory.json"]

    def run(site: Site) -> int:
        with served(site) as address:
            return audit.main([address, *known, "--witness", "witness.example/a", f"{tmp_path}/witness.pem"])

    return run


def test_witness_signs_what_it_checked_and_kept(site: Site, tmp_path: Path, witness, capsys):
    assert witness(site) == 0
    line = capsys.readouterr().out.splitlines()[-1] + "\n"
    key = NoteKey("witness.example/a", b"\x04", FileSigner.read(tmp_path / "witness.pem").public())
    opened = open_note(site.get("/log/checkpoint").decode() + line, site.log.key, [key])
    assert opened.seen_at == {"witness.example/a": NOW}
    assert remember(tmp_path / "memory.json", None).checkpoint == site.get("/log/checkpoint").decode()


def test_witness_never_signs_two_pasts(site: Site, tmp_path: Path, witness, capsys):
    assert witness(site) == 0
    capsys.readouterr()
    other = story()[:-1] + [moved(0, "suspended", NOW)] * 2
    assert witness(Site(tmp_path / "fork", other, [Status.SUSPENDED, *STANDING[1:]])) == 1
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "DISAGREES  the log was rewritten\n")


def test_witness_without_a_memory_is_refused(tmp_path: Path, capsys):
    with pytest.raises(SystemExit) as refused:
        audit.main(["http://127.0.0.1:1", "--witness", "witness.example/a", f"{tmp_path}/witness.pem"])
    assert (refused.value.code, capsys.readouterr().out) == (2, "")


def test_witness_whose_memory_cannot_be_kept_signs_nothing(site: Site, tmp_path: Path, witness, capsys):
    (tmp_path / f".memory.json.{get_native_id()}").mkdir()  # where it would be written
    assert (witness(site), capsys.readouterr().out) == (2, "")


def test_witness_whose_memory_is_damaged_does_not_begin_anew(site: Site, tmp_path: Path, witness, capsys):
    (tmp_path / "memory.json").write_text("{")
    assert (witness(site), capsys.readouterr().out) == (2, "")


def test_disagreement_and_silence_have_their_own_exit(site: Site, capsys):
    site.show([Status.VALID] * 3)
    with served(site) as address:
        assert audit.main([address]) == 1
    assert "DISAGREES" in capsys.readouterr().err
    assert audit.main([address]) == 2
    assert "CANNOT READ" in capsys.readouterr().err


@contextmanager
def served(site: Site) -> Iterator[str]:
    """Serve a site over HTTP on this machine; yield its address."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self):
            content = site.get(self.path)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *said):
            pass

    with HTTPServer(("127.0.0.1", 0), Pages) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
