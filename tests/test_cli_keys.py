"""The commands for keys: made, rotated, given up; each drill of docs/proof.md that is a command."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from certify.trust.keyring import NoKeys, read_keyring
from certify.trust.keys import FileSigner, to_bytes
from certify.trust.manifest import Roots, read_manifest
from certify.trust.paper_keys import read_paper_roots, read_paper_sealer
from certify.trust.tokens import Untrusted


@pytest.fixture
def keys(app, tmp_path):
    """`keys("init")` runs the command on keys and roots of its own; returns what it said, or how it failed."""
    app.config["KEYS"], before = str(tmp_path / "keys"), app.config["KEYS"]

    def run(*words: str, roots: bool = True) -> tuple[int, str]:
        arguments = ["keys", *words, *(["--roots", str(tmp_path / "roots")] if roots else [])]
        done = app.test_cli_runner().invoke(args=arguments)
        return done.exit_code, done.output

    yield run
    app.config["KEYS"] = before


def test_keys_of_papers_are_made_shown_and_rotated(keys, tmp_path):
    status, said = keys("init")
    assert (status, "paper-root.key to one" in said) == (0, True)
    assert "paper-seal " in keys("show", roots=False)[1]
    before = (tmp_path / "keys" / "paper-seal.crt").read_bytes()
    assert keys("rotate", "paper")[0] == 0
    assert (tmp_path / "keys" / "paper-seal.crt").read_bytes() != before
    assert [path.read_bytes() for path in (tmp_path / "keys").glob("paper-seal-*.crt")] == [before]


def test_label_older_than_its_sealed_papers_gets_their_keys(keys, tmp_path):
    keys("init")
    for path in (*(tmp_path / "keys").glob("paper-*"), tmp_path / "roots" / "paper-root.key"):
        path.unlink()
    status, said = keys("show", roots=False)
    assert (status, "Papers wait for the key of their seal" in said) == (1, True)
    assert keys("rotate", "paper")[0] == 0
    assert keys("show", roots=False)[0] == 0


def test_without_the_root_of_papers_nothing_is_rotated(keys, tmp_path):
    keys("init")
    shutil.rmtree(tmp_path / "roots")
    status, said = keys("rotate", "paper")
    assert (status, "paper-root.key" in said) == (1, True)
    assert keys("show", roots=False)[0] == 0


OLD, NEW = ("root-a", "root-b", "root-c"), ("root-a2", "root-b2", "root-c2")


def published(tmp_path):
    return json.loads((tmp_path / "keys" / "tdm-trust.json").read_text())


def pinned(folder, names) -> Roots:
    return Roots({name: FileSigner.read(folder / f"{name}.pem").public() for name in names}, 2)


def version_of(statement, roots, seen: int = 0) -> int:
    """The version that a device with these roots takes."""
    return read_manifest(statement, roots, at=datetime.now(UTC), seen=seen).version


def test_roots_are_rotated_and_an_old_device_follows(keys, tmp_path):
    keys("init")
    first, old = published(tmp_path), pinned(tmp_path / "roots", OLD)
    status, said = keys("rotate", "root", "--new-roots", str(tmp_path / "new"))
    assert (status, ", ".join(NEW) in said) == (0, True)
    second, new = published(tmp_path), pinned(tmp_path / "new", NEW)
    assert (version_of(second, old, 1), version_of(second, new)) == (2, 2)
    assert read_manifest(second, old, at=datetime.now(UTC)).roots == new
    with pytest.raises(Untrusted, match="older than 2"):
        version_of(first, old, 2)
    assert keys("rotate", "vc")[0] == 1
    shutil.copytree(tmp_path / "new", tmp_path / "roots", dirs_exist_ok=True)
    assert keys("rotate", "vc")[0] == 0
    assert (version_of(published(tmp_path), new), version_of(published(tmp_path), old)) == (3, 3)


def test_a_stolen_root_does_not_sign_its_own_replacement(keys, tmp_path):
    keys("init")
    (tmp_path / "roots" / "root-c.pem").unlink()
    new = ("--new-roots", str(tmp_path / "new"))
    status, said = keys("compromise", "root-a", *new)
    assert (status, "1 of the 2 roots needed" in said, (tmp_path / "new").exists()) == (1, True, False)
    assert keys("compromise", "root-z", *new)[0] == 1
    assert keys("compromise", "root-c", *new)[0] == 0
    signers = {json.loads(to_bytes(each["protected"]))["kid"] for each in published(tmp_path)["signatures"]}
    assert signers == {"root-a", "root-b", *NEW}


def test_roots_are_not_rotated_into_nowhere(keys):
    keys("init")
    assert keys("rotate", "root")[0] == 2


def test_a_stolen_key_of_opening_numbers_is_put_away(keys, tmp_path):
    keys("init")
    (stolen,) = (tmp_path / "keys").glob("pin-*.key")
    assert keys("compromise", stolen.stem)[0] == 0
    ring = read_keyring(tmp_path / "keys", datetime.now(UTC))
    assert len(ring.pin_key) == 32
    with pytest.raises(NoKeys):
        ring.pin_key_of(int(stolen.stem[4:]))
    assert keys("compromise", stolen.stem)[0] == 1


def test_a_stolen_key_of_papers_is_replaced(keys, tmp_path):
    keys("init")
    before = (tmp_path / "keys" / "paper-seal.crt").read_bytes()
    status, said = keys("compromise", "paper-seal")
    assert (status, "never issued" in said) == (0, True)
    assert (tmp_path / "keys" / "paper-seal.crt").read_bytes() != before


@pytest.mark.parametrize("act", ["rotate", "compromise"])
def test_root_of_papers_is_replaced_without_the_key_of_the_old_one(keys, tmp_path, act):
    keys("init")
    (old,) = read_paper_roots(tmp_path / "keys")
    (tmp_path / "roots" / "paper-root.key").unlink()
    status, said = keys(act, "paper-root", "--new-roots", str(tmp_path / "new"), roots=False)
    assert (status, "another key seals under it" in said, "never issued" in said) == (0, True, act == "compromise")
    new, kept = read_paper_roots(tmp_path / "keys")
    assert (new != old, kept, tuple(read_paper_sealer(tmp_path / "keys").chain)) == (True, old, (new,))
    assert keys("show", roots=False)[1].count("paper-root ") == 1
    assert keys("rotate", "paper", "--roots", str(tmp_path / "new"), roots=False)[0] == 0


@pytest.mark.parametrize(("words", "state"), [(("rotate", "log"), "retired"), (("compromise", "log"), "compromised")])
def test_the_log_takes_another_key(app, keys, words, state):
    keys("init")
    status, said = keys(*words)
    assert status == 0
    assert said.splitlines()[:3] == [
        "The log 127.0.0.1:5000/log ended with 1 entries, signed by 0 witnesses.",
        "127.0.0.1:5000/log2, in a file, goes on from there.",
        "Destroy the key log: it signs nothing any more, but another past.",
    ]
    assert f"127.0.0.1:5000/log          {state}, ended with 1 entries" in keys("show", roots=False)[1].splitlines()
    head = Path(app.instance_path) / "public" / "log" / "checkpoint"
    assert head.read_text().startswith("127.0.0.1:5000/log2\n2\n")
    assert [keys("compromise", name)[0] for name in ("log2", "log", "log7")] == [0, 0, 1]
    assert head.read_text().startswith("127.0.0.1:5000/log3\n3\n")
    shown = keys("show", roots=False)[1].splitlines()
    assert [line.split()[1] for line in shown if "ended with" in line] == ["compromised,", "compromised,"]


def test_root_of_papers_is_not_replaced_by_itself_nor_into_nowhere(keys, tmp_path):
    keys("init")
    before = read_paper_roots(tmp_path / "keys")
    same = ("--new-roots", str(tmp_path / "roots"))
    status, said = keys("compromise", "paper-root", *same, roots=False)
    assert (status, "bring another stick" in said) == (1, True)
    assert keys("compromise", "paper-root", roots=False)[0] == 2
    assert read_paper_roots(tmp_path / "keys") == before


@pytest.mark.parametrize("words", [("rotate", "paper"), ("rotate", "vc"), ("compromise", "paper-seal"), ("init",)])
def test_every_other_act_asks_for_the_roots(keys, words):
    keys("init")
    status, said = keys(*words, roots=False)
    assert (status, "Missing option '--roots'" in said) == (2, True)


@pytest.mark.parametrize(
    "words", [("rotate", "vc"), ("compromise", "seal-27"), ("hosts", "x.example"), ("rotate", "root")]
)
def test_an_old_copy_of_the_keys_is_not_changed(keys, tmp_path, words):
    keys("init")
    shutil.copytree(tmp_path / "keys", tmp_path / "copy")
    keys("rotate", "log")  # which publishes
    shutil.rmtree(tmp_path / "keys")
    shutil.copytree(tmp_path / "copy", tmp_path / "keys")
    status, said = keys(*words)
    assert (status, "put the newest copy of the keys back" in said) == (1, True)
    assert {path.name for path in (tmp_path / "keys").iterdir()} == {
        path.name for path in (tmp_path / "copy").iterdir()
    }


def test_codes_printed_under_the_old_host_stay_ours(keys, tmp_path):
    keys("init")
    assert keys("hosts", "label.example", "127.0.0.1:5000")[0] == 0
    assert read_keyring(tmp_path / "keys", datetime.now(UTC)).manifest.hosts == ("label.example", "127.0.0.1:5000")
    for wrong in (("Label.Example",), ("https://label.example",), ("label.example", "label.example")):
        assert keys("hosts", *wrong)[0] == 1
