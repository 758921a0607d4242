"""The public log: vectors to the byte, proofs of every leaf of small trees, rewritten pasts, a killed writer."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from pathlib import Path

import pytest

from certify.trust import merkle, tiles
from certify.trust.keys import KeyState
from certify.trust.manifest import Ended
from certify.trust.merkle import BadProof, check_consistency, in_memory, leaf_hash, root_from_inclusion, tree_hash
from certify.trust.note import BadNote, Checkpoint, NoteKey, cosign, open_note, sign_checkpoint
from certify.trust.tiles import Forked, Log, read_entries, read_subtrees, tile_path
from tests.trust.given import LOG, ORIGIN, log_key, signer, witness_keys

ENTRIES = [text.encode() for text in LOG["entries"]]
HASHES = [leaf_hash(entry) for entry in ENTRIES]
TREE = in_memory(HASHES)
WITNESSES = {"witness.um6p.example/tdm": "witness-uni", "witness.gs1.example/tdm": "witness-gs1"}

REFERENCE = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
REFERENCE_ROOT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
"""The eight leaves that implementations of RFC 6962 are compared by, and their root."""


def test_leaves_and_roots_are_those_of_the_vectors():
    assert [each.hex() for each in HASHES] == LOG["leaf_hashes_hex"]
    leaves = in_memory([leaf_hash(bytes.fromhex(text)) for text in REFERENCE])
    assert tree_hash(8, leaves).hex() == REFERENCE_ROOT


@pytest.mark.parametrize("size", [3, 6])
def test_checkpoint_and_its_witnesses_are_those_of_the_vectors(size):
    given = LOG[f"checkpoint_{size}"]
    opened = open_note(given, log_key(), witness_keys())
    note = sign_checkpoint(Checkpoint(ORIGIN, size, tree_hash(size, TREE)), signer("log"))
    for name, key in WITNESSES.items():
        note += cosign(note, name, signer(key), opened.seen_at[name])
    assert note == given
    assert opened.signed_by == {ORIGIN, *WITNESSES}


def test_consistency_is_that_of_the_vector():
    proof = merkle.consistency_proof(3, 6, TREE)
    assert [b64encode(each).decode() for each in proof] == LOG["consistency_3_6"]


def test_every_leaf_of_every_small_tree_is_proved_and_no_other():
    leaves = [leaf_hash(bytes([place])) for place in range(69)]
    tree = in_memory(leaves)
    for size in range(1, len(leaves) + 1):
        root = tree_hash(size, tree)
        for index in range(size):
            proof = merkle.inclusion_proof(index, size, tree)
            assert root_from_inclusion(leaves[index], index, size, proof) == root
            assert root_from_inclusion(leaf_hash(b"other"), index, size, proof) != root


def test_every_beginning_of_every_small_tree_is_proved():
    tree = in_memory([leaf_hash(bytes([place])) for place in range(69)])
    for new in range(1, 70):
        for old in range(new + 1):
            proof = merkle.consistency_proof(old, new, tree)
            check_consistency(old, tree_hash(old, tree), new, tree_hash(new, tree), proof)


def test_rewritten_past_is_noticed():
    changed = in_memory([leaf_hash(b"another decision"), *HASHES[1:]])
    for old in range(1, 6):
        proof = merkle.consistency_proof(old, 6, changed)
        with pytest.raises(BadProof):
            check_consistency(old, tree_hash(old, TREE), 6, tree_hash(6, changed), proof)
    with pytest.raises(BadProof):
        check_consistency(6, tree_hash(6, TREE), 6, tree_hash(6, changed), [])
    with pytest.raises(BadProof):
        check_consistency(6, tree_hash(6, TREE), 3, tree_hash(3, TREE), [])


def test_proof_cut_or_prolonged_is_refused():
    proof = merkle.inclusion_proof(2, 6, TREE)
    for wrong in (proof[:-1], [*proof, proof[0]]):
        with pytest.raises(BadProof):
            root_from_inclusion(HASHES[2], 2, 6, wrong)
    with pytest.raises(BadProof):
        root_from_inclusion(HASHES[2], 6, 6, proof)
    consistency = merkle.consistency_proof(3, 6, TREE)
    for wrong in (consistency[:-1], [*consistency, consistency[0]], []):
        with pytest.raises(BadProof):
            check_consistency(3, tree_hash(3, TREE), 6, tree_hash(6, TREE), wrong)


@pytest.mark.parametrize(
    "change",
    [
        lambda note: note.replace("\n6\n", "\n7\n"),
        lambda note: note.replace("tdm.ma/log\n6", "tdm.mb/log\n6"),
        lambda note: note.partition("\n\n")[0] + "\n\n",
        lambda note: note.partition("— tdm.ma")[0] + "— witness" + note.partition("— witness")[2],
        lambda note: note.replace("— tdm.ma/log VkFQk5", "— tdm.ma/log VkFQk6"),
        lambda note: note.replace("57sGMgAAAABrAr0l", "57sGMgAAAABrAr0m"),
        lambda note: "",
    ],
)
def test_changed_note_is_not_opened(change):
    changed = change(LOG["checkpoint_6"])
    assert changed != LOG["checkpoint_6"]
    with pytest.raises(BadNote):
        open_note(changed, log_key(), witness_keys())


def test_key_whose_id_is_not_its_own_is_refused():
    with pytest.raises(BadNote):
        NoteKey.parse(LOG["vkey"].replace("56415093", "56415094"))
    assert str(log_key()) == LOG["vkey"]


@pytest.mark.parametrize(
    ("number", "width", "path"),
    [(0, 256, "tile/0/000"), (1234067, 256, "tile/0/x001/x234/067"), (5, 9, "tile/0/005.p/9")],
)
def test_tiles_are_where_the_standard_says(number, width, path):
    assert tile_path(0, number, width) == path


def test_a_growing_tree_has_the_root_of_the_whole_at_each_size():
    grown, hashes = merkle.Growing(), [leaf_hash(b"%d" % place) for place in range(130)]
    roots = [grown.root()]
    for each in hashes:
        grown.add(each)
        roots.append(grown.root())
    assert roots == [tree_hash(size, in_memory(hashes[:size] or [b""])) for size in range(131)]


@pytest.fixture
def log(tmp_path: Path) -> Log:
    """An empty log in a folder."""
    return Log(tmp_path / "log", ORIGIN, signer("log"))


def grow(log: Log, *sizes: int) -> list[bytes]:
    """Publish entries up to each size in turn; return them all."""
    entries = [b"entry %d" % place for place in range(max(sizes))]
    for size in sizes:
        assert log.publish(lambda begin, size=size: entries[begin:size]).size == size
    return entries


def test_published_files_prove_every_entry_whatever_the_steps(log: Log):
    entries = grow(log, 1, 255, 256, 257, 700, 65_536, 66_000)
    head, hashes = log.head(), [leaf_hash(entry) for entry in entries]
    assert head.root == tree_hash(len(entries), in_memory(hashes))
    subtrees = read_subtrees(head.size, log.fetch)
    for index in (0, 255, 256, 65_535, 65_536, 65_999):
        proof = merkle.inclusion_proof(index, head.size, subtrees)
        assert root_from_inclusion(hashes[index], index, head.size, proof) == head.root
    assert list(read_entries(0, head.size, head.size, log.fetch)) == entries
    assert list(read_entries(250, 260, head.size, log.fetch)) == entries[250:260]


def test_steps_leave_the_files_of_one_publication(tmp_path: Path):
    logs = [Log(tmp_path / name, ORIGIN, signer("log")) for name in ("once", "often")]
    grow(logs[0], 600)
    grow(logs[1], *range(1, 601, 37), 600)
    for path in (path for path in logs[0].folder.rglob("*") if path.is_file() and path.name != ".lock"):
        assert (logs[1].folder / path.relative_to(logs[0].folder)).read_bytes() == path.read_bytes()


def test_writer_killed_anywhere_leaves_the_old_log_or_the_new(tmp_path: Path, monkeypatch):
    whole = Log(tmp_path / "whole", ORIGIN, signer("log"))
    entries = grow(whole, 250, 600)
    steps, real = 0, Log._write
    while True:
        steps += 1
        log = Log(tmp_path / str(steps), ORIGIN, signer("log"))
        grow(log, 250)
        left = iter(range(steps))

        def killed(self, path, content, left=left):
            if next(left, None) is None:
                raise KeyboardInterrupt
            real(self, path, content)

        monkeypatch.setattr(Log, "_write", killed)
        try:
            log.publish(lambda begin: entries[begin:])
            break
        except KeyboardInterrupt:
            assert log.head().size == 250
        finally:
            monkeypatch.setattr(Log, "_write", real)
        assert log.publish(lambda begin: entries[begin:]) == whole.head()
        assert list(read_entries(0, 600, 600, log.fetch)) == entries
    assert steps > 6


def test_nothing_new_signs_nothing_anew(log: Log):
    entries = grow(log, 5)
    before = log.fetch("checkpoint")
    assert log.publish(lambda begin: entries[begin:]).size == 5
    assert log.fetch("checkpoint") == before


def test_checkpoint_of_another_key_stops_the_writer(log: Log):
    grow(log, 5)
    foreign = Log(log.folder, ORIGIN, signer("seal-26"))
    with pytest.raises(BadNote):
        foreign.publish(lambda begin: [b"x"])


@pytest.mark.parametrize("told", [{"size": 4}, {"root": bytes(32)}])
def test_a_log_goes_on_from_the_very_end_that_the_roots_signed(log: Log, told):
    entries = grow(log, 5)
    end = log.head()
    ended = Ended(log.key, end.size, end.root, KeyState.RETIRED)
    following = Log(log.folder, f"{ORIGIN}2", signer("log2"), replace(ended, **told))
    with pytest.raises(BadNote, match="did not end with this head"):
        following.publish(lambda begin: [*entries, b"more"][begin:])
    following = Log(log.folder, f"{ORIGIN}2", signer("log2"), ended)
    assert following.publish(lambda begin: entries[begin:]) == replace(end, origin=f"{ORIGIN}2")


@pytest.mark.parametrize("size", [5, 256, 300])
@pytest.mark.parametrize("change", [lambda entries: entries[:-1], lambda entries: [*entries[:-1], b"another", b"more"]])
def test_another_past_is_never_gone_on_from(log: Log, size, change):
    entries = grow(log, size)
    before = {path: path.read_bytes() for path in log.folder.rglob("*") if path.is_file()}
    with pytest.raises(Forked):
        log.publish(lambda begin: change(entries)[begin:])
    assert {path: path.read_bytes() for path in log.folder.rglob("*") if path.is_file()} == before


def test_files_that_are_not_those_signed_stop_the_writer(log: Log):
    entries = grow(log, 300)
    file = log.folder / tile_path(1, 0, 1)
    file.write_bytes(bytes(32))
    with pytest.raises(Forked, match="the published files are not those"):
        log.publish(lambda begin: [*entries, b"more"][begin:])


def test_entry_that_is_too_long_is_refused_whole(log: Log):
    with pytest.raises(ValueError):
        log.publish(lambda begin: [b"a", b"x" * (tiles.LONGEST_ENTRY + 1)])
    assert log.head().size == 0


def test_cut_tile_or_bundle_is_noticed(log: Log):
    grow(log, 300)
    for path in (tile_path(0, 0), tile_path("entries", 0)):
        file = log.folder / path
        file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(ValueError):
        merkle.inclusion_proof(5, 300, read_subtrees(300, log.fetch))
    with pytest.raises(ValueError):
        list(read_entries(0, 10, 300, log.fetch))


def test_checkpoint_may_be_compared_with_what_was_seen():
    seen = Checkpoint(ORIGIN, 3, tree_hash(3, TREE))
    assert replace(seen, size=3) == open_note(LOG["checkpoint_3"], log_key()).checkpoint
