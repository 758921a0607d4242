"""The Go toolchain's own `sumdb/note` and `sumdb/tlog` read our log: signatures, root, tile, both kinds of proof."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from base64 import b64encode
from pathlib import Path

import pytest

from certify.trust.merkle import consistency_proof, inclusion_proof
from certify.trust.tiles import CHECKPOINT, Log, read_subtrees, tile_path
from tests.trust.given import ORIGIN, signer

pytestmark = pytest.mark.skipif(not shutil.which("go"), reason="the Go toolchain (golang-go) is not on this machine")

VENDORED = (("mod", "sumdb/note"), ("mod", "sumdb/tlog"), ("crypto", "ed25519"))
OLD, NEW, INDEX = 300, 1000, 299


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built once with the packages that Go ships for its own use."""
    room = tmp_path_factory.mktemp("go")
    root = subprocess.run(["go", "env", "GOROOT"], check=True, capture_output=True, text=True).stdout.strip()
    shutil.copy(Path(__file__).with_name("crosscheck.go"), room / "main.go")
    needs = ""
    for module, package in VENDORED:
        name = f"golang.org/x/{module}"
        shutil.copytree(Path(root, "src/cmd/vendor", name, package), room / module / package, dirs_exist_ok=True)
        (room / module / "go.mod").write_text(f"module {name}\n")
        needs += f"require {name} v0.0.0\nreplace {name} => ./{module}\n"
    (room / "go.mod").write_text(f"module crosscheck\n{needs}")
    offline = os.environ | {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": str(room / "cache")}
    subprocess.run(["go", "build", "-o", "crosscheck", "."], cwd=room, env=offline, check=True, timeout=120)
    return room / "crosscheck"


@pytest.fixture
def said(tmp_path) -> dict[str, object]:
    """What the reader is given: two heads of one log, all its entries, a proof of each kind."""
    entries = [f"entry {number}".encode() for number in range(NEW)]
    log = Log(tmp_path, ORIGIN, signer("log"))
    notes = []
    for size in (OLD, NEW):
        log.publish(lambda begin, size=size: entries[begin:size])
        notes.append((tmp_path / CHECKPOINT).read_text())
    subtrees = read_subtrees(NEW, log.fetch)
    return {
        "key": str(log.key),
        "Old": notes[0],
        "New": notes[1],
        "Entries": texts(entries),
        "Index": INDEX,
        "Inclusion": texts(inclusion_proof(INDEX, NEW, subtrees)),
        "Consistency": texts(consistency_proof(OLD, NEW, subtrees)),
        "Tile": texts([log.fetch(tile_path(0, 0))])[0],
    }


def texts(raw: list[bytes]) -> list[str]:
    return [b64encode(each).decode() for each in raw]


def read(reader: Path, said: dict[str, object], room: Path) -> tuple[int, str]:
    (room / "said.json").write_text(json.dumps(said))
    found = subprocess.run([reader, room / "said.json"], check=False, capture_output=True, text=True, timeout=30)
    return found.returncode, found.stdout.strip()


def test_go_agrees_with_our_log(reader, said, tmp_path):
    assert read(reader, said, tmp_path) == (0, f"agrees {OLD} {NEW}")


def test_go_refuses_another_past(reader, said, tmp_path):
    said["Entries"][7] = texts([b"entry 8"])[0]
    assert read(reader, said, tmp_path) == (1, "the tile is another at 7")


def test_go_refuses_a_false_signature(reader, said, tmp_path):
    said["New"] = said["New"].replace(f"\n{NEW}\n", f"\n{NEW + 1}\n")
    assert read(reader, said, tmp_path)[0] == 1
