"""Measure the public log at ten million entries: one more entry, and the proof of one, against a log of a thousand.

    python bench/ledger.py [ENTRIES]      10000000 unless told: 350 MB of tiles in a folder that is removed again

Prints one line per figure: name, value, limit, ratio. Exits 1 when a value is above its limit. The large log is written
tile by tile without waiting for the disk; what is timed writes as the product does.
"""

import shutil
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from tempfile import mkdtemp

sys.path.insert(0, str(Path(__file__).parents[1]))

from certify.trust.merkle import in_memory, inclusion_proof, leaf_hash, root_from_inclusion, tree_hash
from certify.trust.note import Checkpoint, sign_checkpoint
from certify.trust.tiles import CHECKPOINT, HEIGHT, WIDTH, Log, bundle, read_subtrees, tile_path
from tests.trust.given import ORIGIN, signer

SMALL, ROUNDS = 1000, 40


def entry(number: int) -> bytes:
    """One entry of the usual length."""
    return f'{{"at":"2026-11-27T09:00:00Z","cert":"TDM-09-2026-{number:08}-X","idx":{number},"t":"doc","v":1}}'.encode()


def lay(folder: Path, size: int) -> Log:
    """Lay a log of `size` entries in a folder; of the entries the last bundle alone, for no other is read."""
    row: Iterator[bytes] = (leaf_hash(entry(number)) for number in range(size))
    level = 0
    while level == 0 or row:
        row = list(_tiles(folder, level, row))
        level += 1
    first = size - size % WIDTH
    if first < size:
        last = [entry(number) for number in range(first, size)]
        _put(folder / tile_path("entries", first // WIDTH, len(last)), bundle(last))
    log = Log(folder, ORIGIN, signer("log"))
    root = tree_hash(size, read_subtrees(size, log.fetch))
    _put(folder / CHECKPOINT, sign_checkpoint(Checkpoint(ORIGIN, size, root), signer("log")).encode())
    return log


def _tiles(folder: Path, level: int, row: Iterator[bytes]) -> Iterator[bytes]:
    """Write the tiles of a level, and yield the root of each that is full."""
    held, number = [], 0
    for each in row:
        held.append(each)
        if len(held) == WIDTH:
            _put(folder / tile_path(level, number), b"".join(held))
            yield in_memory(held)(HEIGHT, 0)
            held, number = [], number + 1
    if held:
        _put(folder / tile_path(level, number, len(held)), b"".join(held))


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def seconds(task: Callable[[], object]) -> float:
    """Time one task."""
    started = time.perf_counter()
    task()
    return time.perf_counter() - started


def append(log: Log) -> None:
    """Append one entry and sign."""
    size = log.head().size
    log.publish(lambda begin: [entry(number) for number in range(begin, size + 1)])


def prove(log: Log, size: int, index: int) -> None:
    """Prove an entry, and follow the proof."""
    subtrees = read_subtrees(size, log.fetch)
    proof = inclusion_proof(index, size, subtrees)
    assert root_from_inclusion(leaf_hash(entry(index)), index, size, proof) == log.head().root


def compare(small: Log, large: Log) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return milliseconds at the large log and its ratio to the small one, for an append and for a proof, in turns."""
    times: dict[str, list[float]] = defaultdict(list)
    for turn in range(ROUNDS):
        for name, log in (("small", small), ("large", large)):
            times[f"append {name}"].append(seconds(lambda log=log: append(log)))
            size = log.head().size
            index = int.from_bytes(sha256(bytes([turn])).digest()) % size
            times[f"prove {name}"].append(seconds(lambda log=log, size=size, index=index: prove(log, size, index)))
    middle = {name: statistics.median(each) for name, each in times.items()}
    pairs = [(middle[f"{act} large"], middle[f"{act} small"]) for act in ("append", "prove")]
    return tuple((large * 1000, large / small) for large, small in pairs)


def main() -> int:
    """Print each figure and tell whether all hold."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    room = Path(mkdtemp(prefix="certify-ledger-"))
    try:
        appended, proved = compare(lay(room / "small", SMALL), lay(room / "large", size))
    finally:
        shutil.rmtree(room)
    figures = (
        (f"append_at_{size}_against_{SMALL}", appended[1], 2),
        (f"proof_at_{size}_against_{SMALL}", proved[1], 3),
        ("append_milliseconds", appended[0], 100),
        ("proof_milliseconds", proved[0], 100),
    )
    for name, value, limit in figures:
        print(f"{name} {value:.2f} {limit} {value / limit:.2f}")
    return int(any(value > limit for _, value, limit in figures))


if __name__ == "__main__":
    sys.exit(main())
