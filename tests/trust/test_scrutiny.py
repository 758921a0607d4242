"""Whatever is shown of a licence, the auditor holds against the log: each thing changed behind it shows."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from certify.trust import audit, tokens
from certify.trust.audit import Disagreement, Memory, audit_shown
from certify.trust.credential import stated_in
from certify.trust.directory import DIRECTORY, alerts_token, directory_token
from certify.trust.issued import check_licences
from certify.trust.keys import FileSigner, to_bytes
from certify.trust.ledger import entry_of
from certify.trust.note import cosign
from certify.trust.status import Status, status_token
from certify.trust.tiles import tile_path
from tests.trust.given import STATUS_KEY, roots, signer
from tests.trust.published import (
    HASH,
    HOLDER,
    LIST,
    MARKS,
    NOW,
    NUMBERS,
    STANDING,
    WITNESS,
    Site,
    credential,
    listed,
    moved,
    of_keys,
    story,
)
from tests.trust.test_audit import served

BY = {"kid": STATUS_KEY, "signer": signer("status-26")}
PLACES = range(len(NUMBERS))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A label whose every word agrees."""
    return Site(tmp_path / "log", story())


def look(site: Site, numbers=NUMBERS, at=NOW) -> list[str]:
    """Audit everything; return the licences whose credential and proof agree."""
    found, rows = audit_shown(site.get, Memory(roots()), at)
    return list(check_licences(site.get, found, rows, numbers))


def test_everything_that_agrees_is_found_to(site: Site):
    assert look(site) == list(NUMBERS)


def test_keys_that_the_log_does_not_tell_of_are_noticed(tmp_path: Path):
    told = entry_of("keys", NOW - timedelta(days=1), version=1, sha256=HASH)
    with pytest.raises(Disagreement, match="not the one that the log tells of"):
        look(Site(tmp_path / "log", [told, *story()[1:]]))


def test_manifest_that_came_back_after_another_is_noticed(site: Site):
    site.grow([*story(), of_keys(NOW, {"version": 2})])
    with pytest.raises(Disagreement, match="not the one that the log tells of, version 2"):
        look(site)


def test_tile_that_breaks_every_proof_is_noticed(site: Site):
    file = site.log.folder / tile_path(0, 0, len(story()))
    file.write_bytes(bytes(len(file.read_bytes())))
    with pytest.raises(Disagreement, match="tile/0/000"):
        look(site)


def test_tile_that_is_gone_is_noticed(site: Site):
    (site.log.folder / tile_path(0, 0, len(story()))).unlink()
    with pytest.raises(Disagreement, match="tile/0/000"):
        look(site)


def test_tiles_of_every_level_are_held_against_the_entries(tmp_path: Path):
    """A log of 300 entries has two tiles at the bottom and one above."""
    later = [entry_of("journal", NOW, head=HASH, events=place) for place in range(300 - len(story()))]
    site = Site(tmp_path / "log", [*story(), *later])
    assert look(site) == list(NUMBERS)
    for path in (tile_path(0, 0), tile_path(0, 1, 44), tile_path(1, 0, 1)):
        file = site.log.folder / path
        kept = file.read_bytes()
        file.write_bytes(kept[:-1] + bytes([kept[-1] ^ 1]))
        with pytest.raises(Disagreement, match=path):
            look(site)
        file.write_bytes(kept)


ROWS = {
    "missing": lambda rows: rows.pop(),
    "unknown to the log": lambda rows: rows.append(rows[0] | {"number": "TDM-09-2026-0009-X"}),
    "verdict": lambda rows: rows[2].update(verdict="valid"),
    "term": lambda rows: rows[1].update(valid_to="2035-11-21"),
    "beginning": lambda rows: rows[1].update(valid_from="2020-11-21"),
    "history forgotten": lambda rows: rows[2].update(history=rows[2]["history"][:1]),
    "no history": lambda rows: rows[2].update(history=[]),
    "history of another day": lambda rows: rows[2]["history"][1].update(on="2026-11-27"),
    "another ground": lambda rows: rows[2]["history"][1].update(ground="R05"),
    "day of the grant": lambda rows: rows[0]["history"][0].update(on="2024-11-26"),
    "meeting of the grant": lambda rows: rows[0]["history"][0].update(meeting="CH-2026-02"),
    "grant without a meeting": lambda rows: rows[0]["history"][0].pop("meeting"),
    "day of the meeting": lambda rows: rows[0]["meeting"].update(held_on="2024-11-21"),
    "regulation": lambda rows: rows[0].update(regulation="2027-1"),
    "meeting": lambda rows: rows[0]["meeting"].update(number="CH-2026-02"),
    "no meeting": lambda rows: rows[0].update(meeting=None),
    "holder": lambda rows: rows[0].update(holder={"fr": "Autre", "ar": "أخرى"}),
    "product": lambda rows: rows[0].update(product={"fr": "Huile d’argane"}),
    "mark": lambda rows: rows[0].update(mark=rows[1]["mark"]),
    "trade item": lambda rows: rows[0].update(gtins=["06111234567901"]),
    "no number": lambda rows: rows[0].pop("number"),
}


@pytest.mark.parametrize("change", ROWS.values(), ids=ROWS)
def test_row_of_the_register_changed_behind_the_log_is_noticed(site: Site, change):
    change(site.rows)
    with pytest.raises(Disagreement):
        look(site)


def test_register_and_directory_changed_together_contradict_the_credential(site: Site):
    others = {
        "holder": {"fr": "Autre", "ar": HOLDER["fr"]},
        "product": {"fr": "Huile"},
        "gtins": ["06111234567901"],
        "mark": MARKS[0][1:],
    }
    for name, other in others.items():
        changed = Site(site.log.folder.with_name(f"log-{name}"), story())
        changed.rows[0][name] = other
        said = listed(0).said() | {name: other}
        token = directory_token([type(listed(0)).of(said), listed(1), listed(2)], at=NOW, **BY)
        changed.keep(directory=token)
        with pytest.raises(Disagreement, match=f"{NUMBERS[0]}: the register names it otherwise .* credential: {name}$"):
            look(changed)


ADDRESSES = {
    f"https://tdm.ma/253/6111234567895{MARKS[0]}": MARKS[0],
    f"http://127.0.0.1:8000/v/{MARKS[0]}": MARKS[0],
    f"https://tdm.ma/253/611123456789{MARKS[0][1:]}": None,
    f"https://tdm.ma/v/{MARKS[0]}/photo.jpg": None,
    f"https://tdm.ma/w/{MARKS[0]}": None,
}


@pytest.mark.parametrize(("address", "mark"), ADDRESSES.items())
def test_mark_is_read_from_the_whole_of_an_address(address: str, mark: str | None):
    said = credential(0, address=address)
    if mark is None:
        with pytest.raises(ValueError, match="no credential of a licence"):
            stated_in(said)
    else:
        assert stated_in(said)["mark"] == mark


def statuses(*, at=NOW, of=STANDING, by=BY) -> str:
    return status_token(of, uri=LIST, at=at, **by)


def directory(*, at=NOW, places=PLACES, by=BY, of=0, **changed) -> str:
    """The directory; `changed` is what it says otherwise of a licence, the first unless said, None for no such word."""
    said = json.loads(to_bytes(directory_token(map(listed, places), at=at, **by).split(".")[1]))
    for entry in said["entries"]:
        others = entry | (changed if entry["idx"] == of else {})
        entry.clear()
        entry |= {name: word for name, word in others.items() if word is not None}
    return tokens.sign(said, kind=DIRECTORY, **by)


OTHER = {"kid": STATUS_KEY, "signer": signer("vc-26")}
KEPT = {
    "directory of another key": {"directory": directory(by=OTHER)},
    "alerts of another key": {"alerts": alerts_token([], at=NOW, **OTHER)},
    "directory of another age": {"directory": directory(at=NOW - timedelta(hours=1))},
    "alerts of another age": {"alerts": alerts_token([], at=NOW - timedelta(hours=1), **BY)},
    "list of another age": {"status": statuses(at=NOW - timedelta(hours=1))},
    "list that forgets": {"status": statuses(of=[Status.VALID] * 3)},
    "licence left out": {"directory": directory(places=(0, 1))},
    "another number": {"directory": directory(number="TDM-09-2026-0009-X")},
    "another term": {"directory": directory(exp="2035-01-01")},
    "places that are exchanged": {"directory": directory(places=(1, 2), idx=0)},
    "no directory": {"directory": None},
    "trade item": {"directory": directory(gtins=["06111234567901"])},
    "another head": {"checkpoint": "tdm.ma/log\n1\n"},
}


@pytest.mark.parametrize("parts", KEPT.values(), ids=KEPT)
def test_what_devices_keep_changed_behind_the_log_is_noticed(site: Site, parts):
    site.keep(**parts)
    with pytest.raises(Disagreement):
        look(site)


ENDED = {
    "another day": {"of": 1, "from": "2026-11-25"},
    "another ground": {"of": 1, "why": "R05"},
    "scope of another ground": {"of": 1, "scope": "retroactive"},
    "ground of another scope": {"of": 2, "why": "R07"},
    "danger to health": {"of": 2, "why": "R06", "scope": "retroactive"},
    "end forgotten": {"of": 2, "from": None, "scope": None, "why": None},
    "end that the log does not tell": {"of": 0, "from": "2026-11-26", "scope": "prospective", "why": "R04"},
}


@pytest.mark.parametrize("changed", ENDED.values(), ids=ENDED)
def test_end_that_devices_are_told_otherwise_than_the_log_is_noticed(site: Site, changed):
    site.keep(directory=directory())
    assert look(site) == list(NUMBERS)
    site.keep(directory=directory(**changed))
    with pytest.raises(Disagreement, match=NUMBERS[changed["of"]]):
        look(site)


def test_end_of_a_licence_that_was_reinstated_or_is_over_is_noticed(site: Site):
    """The last word of the log counts: an alert that took the place of a suspension, the end of the validity."""
    for to, status in (("valid", Status.VALID), ("alert", Status.ALERT), ("expired", Status.VALID)):
        over = Site(site.log.folder.with_name(f"log-{to}"), [*story(), moved(1, to, NOW)], STANDING)
        over.show([Status.VALID, status, Status.WITHDRAWN])
        with pytest.raises(Disagreement, match=f"{NUMBERS[1]}: the directory shows another end"):
            look(over)


@pytest.mark.parametrize("word", ["from", "scope", "why"])
def test_end_that_is_told_by_half_is_not_believed(site: Site, word: str):
    site.keep(directory=directory(of=1, **{word: None}))
    with pytest.raises(Disagreement, match=f"what devices keep: '{word}'"):
        look(site)


def test_head_that_devices_keep_may_not_be_of_another_log(site: Site, tmp_path: Path):
    fork = Site(tmp_path / "fork", story()[:-1])
    site.keep(checkpoint=fork.log.fetch("checkpoint").decode())
    assert look(site) == list(NUMBERS)
    fork.grow([*story()[:-1], moved(0, "suspended", NOW)])
    longer = Site(tmp_path / "longer", [*story(), moved(0, "suspended", NOW)])
    for other in (fork, longer):
        site.keep(checkpoint=other.log.fetch("checkpoint").decode())
        with pytest.raises(Disagreement, match="head of the log is not on the way"):
            look(site)


def test_alerts_published_besides_are_those_that_devices_keep(site: Site):
    site.files["/status/alerts"] = alerts_token([bytes(8)], at=NOW, **BY).encode()
    with pytest.raises(Disagreement, match="alerts"):
        look(site)


def test_alerts_that_lack_void_labels_are_noticed(site: Site):
    batch = entry_of("batch", NOW, cert=NUMBERS[0], gtin="06111234567895", kid=26, n=5, root=HASH)
    site.grow([*story(), batch, entry_of("void", NOW, batch=len(story()), n=2, root=HASH)])
    site.keep(alerts=alerts_token([bytes(8)], at=NOW, **BY))
    with pytest.raises(Disagreement, match="lacks some of the 2 labels"):
        look(site)
    site.keep(alerts=alerts_token([bytes(8), bytes([1] * 8)], at=NOW, **BY))
    assert look(site) == list(NUMBERS)


def test_what_devices_keep_too_long_is_noticed(site: Site):
    site.files["/status/1"] = statuses(at=NOW + timedelta(hours=73)).encode()
    with pytest.raises(Disagreement, match="expired"):
        look(site, at=NOW + timedelta(hours=73))


SIGNED_ELSEWHERE = f"{credential(0).rpartition('.')[0]}.{credential(1).rpartition('.')[2]}"


@pytest.mark.parametrize("token", [credential(1), SIGNED_ELSEWHERE, credential(0, holder="Autre"), "x"])
def test_credential_that_is_not_the_one_told_is_noticed(site: Site, token: str):
    site.files[f"/c/{NUMBERS[0]}/vc.jwt"] = token.encode()
    with pytest.raises(Disagreement, match=f"{NUMBERS[0]}: its credential is not the one that the log tells"):
        look(site)


def test_proof_of_another_entry_or_another_log_is_noticed(site: Site, tmp_path: Path):
    fork = Site(tmp_path / "fork", [*story()[:-1], moved(0, "suspended", NOW)])
    good = site.proof(3)
    for wrong in (site.proof(2), good.replace("index 3", "index 7"), fork.proof(3), "x"):
        site.files[f"/c/{NUMBERS[0]}/proof"] = wrong.encode()
        with pytest.raises(Disagreement):
            look(site)
    site.files[f"/c/{NUMBERS[0]}/proof"] = good.encode()
    assert look(site) == list(NUMBERS)


def test_proof_under_a_newer_head_is_followed(site: Site, tmp_path: Path):
    found, rows = audit_shown(site.get, Memory(roots()), NOW)
    site.grow([*story(), moved(0, "suspended", NOW)])
    assert list(check_licences(site.get, found, rows, NUMBERS)) == list(NUMBERS)
    fork = Site(tmp_path / "fork", [*story()[:-1], moved(0, "suspended", NOW), moved(0, "suspended", NOW)])
    site.files[f"/c/{NUMBERS[0]}/proof"] = fork.proof(3).encode()
    with pytest.raises(Disagreement, match="head of a proof"):
        list(check_licences(site.get, found, rows, NUMBERS))


def test_credential_or_proof_that_is_gone_is_noticed(site: Site):
    for name in ("vc.jwt", "proof"):
        gone = f"/c/{NUMBERS[1]}/{name}"

        def get(path: str, gone: str = gone) -> bytes:
            if path == gone:
                raise FileNotFoundError(path)
            return site.get(path)

        found, rows = audit_shown(get, Memory(roots()), NOW)
        with pytest.raises(Disagreement, match=NUMBERS[1]):
            list(check_licences(get, found, rows, NUMBERS))


@pytest.fixture
def still(monkeypatch) -> None:
    """The clock of the commands stands at the moment of the story."""
    monkeypatch.setattr(audit, "datetime", type("Still", (audit.datetime,), {"now": staticmethod(lambda zone: NOW)}))


def test_head_that_too_few_witnesses_signed_has_its_own_exit(tmp_path: Path, still, capsys):
    site = Site(tmp_path / "log", story())
    with served(site) as address:
        assert audit.main([address]) == 0
        text, gap, lines = site.log.fetch("checkpoint").decode().partition("\n\n")
        (site.log.folder / "checkpoint").write_text(text + gap + lines.splitlines()[0] + "\n")
        assert audit.main([address]) == 3
    said = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[0] for line in said] == ["AGREES", "TOO FEW WITNESSES"]


def test_an_auditor_on_its_way_follows_a_log_that_takes_another_key(tmp_path: Path, still, capsys):
    site, asked = Site(tmp_path / "log", story()), []
    plain = site.get

    def get(path: str) -> bytes:
        if path.endswith("/proof") and not asked:
            asked.append(site.succeed())
        return plain(path)

    site.get = get
    with served(site) as address:
        assert audit.main([address, "--workers", "1"]) == 0
    assert capsys.readouterr().out.startswith(f"AGREES  entries={len(story()) + 1} ")


def test_a_false_cosignature_is_no_cosignature(site: Site):
    note = site.log.fetch("checkpoint").decode().partition("— witness")[0]
    false = cosign(note, WITNESS[0], signer(WITNESS[1]), NOW - timedelta(hours=1)).replace("AAAA", "AAAB", 1)
    (site.log.folder / "checkpoint").write_text(note + false)
    with pytest.raises(Disagreement, match="false"):
        look(site)


@pytest.mark.parametrize(("asked", "checked"), [((), 3), (("--sample", "2"), 2), (("--sample", "9"), 3)])
def test_a_sample_is_as_large_as_asked(site: Site, still, capsys, *, asked, checked):
    with served(site) as address:
        assert audit.main([address, "--workers", "2", *asked]) == 0
    assert f"licences=3 credentials={checked} " in capsys.readouterr().out


HOUSED = ("flask", "werkzeug", "jinja2", "sqlalchemy", "wtforms", "babel", "alembic", "weasyprint", "pikepdf", "PIL")
ALONE = "import runpy, sys\nfor name in {0}: sys.modules[name] = None\nrunpy.run_module({1!r}, run_name='__main__')"


def alone(module: str, *arguments: str, without: tuple[str, ...] = HOUSED) -> subprocess.CompletedProcess[str]:
    """Run a module of ours where the framework and the database cannot be imported."""
    command = [sys.executable, "-c", ALONE.format(without, module), *arguments]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)


def test_the_auditor_needs_neither_framework_nor_database(site: Site):
    site.show([Status.VALID] * 3)
    with served(site) as address:
        ran = alone("certify.trust.audit", address, without=(*HOUSED, "pyhanko"))
    assert (ran.returncode, ran.stderr.split("  ")[0]) == (1, "DISAGREES")


def test_the_witness_needs_neither_framework_nor_database(tmp_path: Path):
    FileSigner.make(tmp_path / "key.pem")
    ran = alone("certify.trust.witness", "--help", without=(*HOUSED, "pyhanko"))
    assert (ran.returncode, ran.stderr) == (0, "")


def test_a_package_that_cannot_be_imported_is_seen():
    ran = alone("certify.cli")
    assert ran.returncode == 1
    assert "import of flask halted" in ran.stderr or "import of sqlalchemy halted" in ran.stderr


def test_the_register_is_read_page_after_page(site: Site):
    asked = []

    def get(path: str) -> bytes:
        if not path.startswith("/api/v1/licences"):
            return site.get(path)
        asked.append(path)
        place = next((NUMBERS.index(number) + 1 for number in NUMBERS if path.endswith(f"after={number}")), 0)
        return json.dumps({"licences": site.rows[place : place + 1], "next": path if place < 2 else None}).encode()

    found, rows = audit_shown(get, Memory(roots()), NOW)
    assert (list(rows), len(asked), found.has_quorum) == (list(NUMBERS), 3, True)
