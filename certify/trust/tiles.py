"""The log as static files that any web server can hand out (C2SP tlog-tiles).

tile/<level>/<n>[.p/<width>]     256 hashes of 32 bytes: the roots of the subtrees of height 8·level
tile/entries/<n>[.p/<width>]     256 entries, each behind its length in two bytes
checkpoint                       written last, in one piece: what is under it never changes again
ended/<name>.checkpoint          ours: the last head of each log before this one, whose files are the first of this one
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import lru_cache
from pathlib import Path

from certify.trust.keys import Signer
from certify.trust.manifest import Ended
from certify.trust.merkle import Subtree, in_memory, leaf_hash, tree_hash
from certify.trust.note import BadNote, Checkpoint, NoteKey, open_note, read_checkpoint, sign_checkpoint
from certify.trust.whole import alone, write_whole

WIDTH = 256
HEIGHT = 8
HASH = 32
LONGEST_ENTRY = 65535
CHECKPOINT, ENDED = "checkpoint", "ended"

Fetch = Callable[[str], bytes]
"""Returns the file at a path of the log; raises FileNotFoundError."""

EntriesFrom = Callable[[int], Sequence[bytes]]
"""Returns all entries from a place on, those that are published already among them."""


class Forked(ValueError):
    """What is to be published does not go on from what was: another past, a shorter one, or files that were changed."""


def tile_path(level: int | str, number: int, width: int = WIDTH) -> str:
    """Return the path of a tile; `level` is a number, or "entries"; `width` below 256 names a partial tile."""
    groups = [f"{number % 1000:03}"]
    while number := number // 1000:
        groups.insert(0, f"x{number % 1000:03}")
    partial = f".p/{width}" if width < WIDTH else ""
    return f"tile/{level}/{'/'.join(groups)}{partial}"


def tiles_of(hashes: Sequence[bytes]) -> dict[str, bytes]:
    """Make every tile of a log of these leaves, by its path: the full ones, and the partial one that ends a level."""
    made: dict[str, bytes] = {}
    level, row = 0, list(hashes)
    while row:
        parts = [row[place : place + WIDTH] for place in range(0, len(row), WIDTH)]
        made |= {tile_path(level, number, len(part)): b"".join(part) for number, part in enumerate(parts)}
        row, level = [in_memory(part)(HEIGHT, 0) for part in parts if len(part) == WIDTH], level + 1
    return made


def read_subtrees(size: int, fetch: Fetch) -> Subtree:
    """Return the subtrees of the first `size` leaves, from tiles; the tiles read last are remembered."""
    read = lru_cache(maxsize=512)(lambda level, number: _tile(level, number, size, fetch))

    def subtree(height: int, place: int) -> bytes:
        level, above = divmod(height, HEIGHT)
        first = place << above
        hashes = read(level, first // WIDTH)[first % WIDTH : first % WIDTH + (1 << above)]
        return in_memory(hashes)(above, 0)

    return subtree


def read_entries(begin: int, end: int, size: int, fetch: Fetch) -> Iterator[bytes]:
    """Read the entries from `begin` up to `end` of a log of `size`. Raises ValueError for a bundle that is cut."""
    for number in range(begin // WIDTH, -(-end // WIDTH)):
        first = number * WIDTH
        bundle = unbundle(fetch(tile_path("entries", number, min(WIDTH, size - first))))
        if len(bundle) != min(WIDTH, size - first):
            raise ValueError(f"bundle {number} holds {len(bundle)} entries")
        yield from bundle[max(0, begin - first) : end - first]


def bundle(entries: Sequence[bytes]) -> bytes:
    """Write entries one behind the other, each after its length."""
    return b"".join(len(entry).to_bytes(2) + entry for entry in entries)


def unbundle(content: bytes) -> list[bytes]:
    """Read what `bundle` wrote. Raises ValueError for what is cut."""
    entries, place = [], 0
    while place < len(content):
        length = int.from_bytes(content[place : place + 2])
        entry = content[place + 2 : place + 2 + length]
        if len(entry) != length or place + 2 > len(content):
            raise ValueError("the bundle is cut")
        entries.append(entry)
        place += 2 + length
    return entries


class Log:
    """The log in a folder, for the one who writes it. Only one process writes at a time: the others wait.

    `before` is the log that had another key and left its files here: this one goes on from its end.
    """

    def __init__(self, folder: Path, origin: str, signer: Signer, before: Ended | None = None) -> None:
        self.folder, self.origin, self._signer, self._before = folder, origin, signer, before
        self.key = NoteKey(origin, b"\x01", signer.public())

    def head(self) -> Checkpoint:
        """Return the last checkpoint, verified; size 0 before the first. Raises BadNote."""
        try:
            note = (self.folder / CHECKPOINT).read_text()
        except FileNotFoundError:
            return Checkpoint(self.origin, 0, tree_hash(0, in_memory([])))
        return self._taken_over(note) or open_note(note, self.key).checkpoint

    def _taken_over(self, note: str) -> Checkpoint | None:
        """Return the head of this log that a note is the end of the log before for; None when it is not."""
        if self._before is None or read_checkpoint(note).origin != self._before.key.name:
            return None
        end = open_note(note, self._before.key).checkpoint
        if (end.size, end.root) != (self._before.size, self._before.root):
            raise BadNote(f"the log {end.origin} did not end with this head")
        return Checkpoint(self.origin, end.size, end.root)

    def fetch(self, path: str) -> bytes:
        """Return a file of the log."""
        return (self.folder / path).read_bytes()

    def publish(self, entries_from: EntriesFrom) -> Checkpoint:
        """Append what the log lacks, while nobody else writes. Raises what `append` raises."""
        with self.alone():
            return self.append(entries_from)

    def append(self, entries_from: EntriesFrom) -> Checkpoint:
        """Append what the log lacks and sign it: tiles, entries, checkpoint, in this order; for who holds it still.

        Killed in between, it leaves the last checkpoint as it was, and done again it comes to the same files. Raises
        Forked unless the entries go on from what is published, ValueError for an entry that is too long, BadNote when
        another key signed the head.
        """
        self.take_over()
        head = self.head()
        entries = self.lacking(head, entries_from)
        if any(len(entry) > LONGEST_ENTRY for entry in entries):
            raise ValueError("an entry is too long for the log")
        if not entries and (self.folder / CHECKPOINT).exists():
            return head
        size = head.size + len(entries)
        self._write_hashes(head.size, [leaf_hash(entry) for entry in entries], 0)
        self._write_entries(head.size, entries)
        checkpoint = Checkpoint(self.origin, size, tree_hash(size, read_subtrees(size, self.fetch)))
        self._write(CHECKPOINT, sign_checkpoint(checkpoint, self._signer).encode())
        return checkpoint

    def take_over(self) -> None:
        """Keep the last head of the log before beside this one, and sign it anew; for whoever holds the files still.

        Nothing happens where there was no other log, or that is done.
        """
        path = self.folder / CHECKPOINT
        if self._before is None or not path.exists() or not (end := self._taken_over(path.read_text())):
            return
        self._write(f"{ENDED}/{self._before.key.below}.{CHECKPOINT}", path.read_bytes())
        self._write(CHECKPOINT, sign_checkpoint(end, self._signer).encode())

    def lacking(self, head: Checkpoint, entries_from: EntriesFrom) -> Sequence[bytes]:
        """Return the entries behind a head. Raises Forked unless they go on from it.

        What is held against them is the last tile, and the tiles against the head, so that the cost does not grow with
        the log. Whoever rewrote the past before that tile is found by reading all of it (`flask journal check`).
        """
        first = max(0, head.size - 1) // WIDTH * WIDTH
        entries = entries_from(first)
        held = _tile(0, first // WIDTH, head.size, self.fetch) if head.size else ()
        for place, each in enumerate(held):
            if place >= len(entries):
                raise Forked(f"of the {head.size} entries published, {first + place} alone are there")
            if leaf_hash(entries[place]) != each:
                raise Forked(f"entry {first + place} of the {head.size} published is another")
        if tree_hash(head.size, read_subtrees(head.size, self.fetch)) != head.root:
            raise Forked(f"the published files are not those that the head of {head.size} entries signed")
        return entries[len(held) :]

    def add_signatures(self, note: str, lines: str) -> bool:
        """Put signatures of witnesses under the head `note`; tell whether that was still the head."""
        with self.alone():
            if (self.folder / CHECKPOINT).read_text() != note:
                return False
            self._write(CHECKPOINT, (note + lines).encode())
            return True

    def _write_hashes(self, begin: int, hashes: Sequence[bytes], level: int) -> None:
        """Add hashes to a level behind the `begin` that it has, and the roots of the tiles they fill to the next."""
        first = begin // WIDTH
        held = list(_tile(level, first, begin << HEIGHT * level, self.fetch)) if begin % WIDTH else []
        row, roots = [*held, *hashes], []
        for place in range(0, len(row), WIDTH):
            tile = row[place : place + WIDTH]
            self._write(tile_path(level, first + place // WIDTH, len(tile)), b"".join(tile))
            if len(tile) == WIDTH:
                roots.append(in_memory(tile)(HEIGHT, 0))
        if roots:
            self._write_hashes(first, roots, level + 1)

    def _write_entries(self, begin: int, entries: Sequence[bytes]) -> None:
        first = begin // WIDTH
        held = list(read_entries(first * WIDTH, begin, begin, self.fetch)) if begin % WIDTH else []
        row = [*held, *entries]
        for place in range(0, len(row), WIDTH):
            part = row[place : place + WIDTH]
            self._write(tile_path("entries", first + place // WIDTH, len(part)), bundle(part))

    def _write(self, path: str, content: bytes) -> None:
        """Write a file in one piece, safe on the disk before it bears its name."""
        write_whole(self.folder / path, content, is_durable=True)

    def alone(self) -> AbstractContextManager[None]:
        """Hold the files still: whoever else would write them waits."""
        self.folder.mkdir(parents=True, exist_ok=True)
        return alone(self.folder / ".lock")


def _tile(level: int, number: int, size: int, fetch: Fetch) -> tuple[bytes, ...]:
    """Read a tile as it stands in a log of `size` leaves."""
    width = min(WIDTH, (size >> HEIGHT * level) - number * WIDTH)
    content = fetch(tile_path(level, number, width))
    if len(content) != width * HASH:
        raise ValueError(f"tile {level}/{number} is cut")
    return tuple(content[place : place + HASH] for place in range(0, len(content), HASH))
