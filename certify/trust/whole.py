"""Files that are read while they are written: the log, the statement of keys, what a witness remembers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from threading import get_native_id


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one process at a time go on from what it reads; the others wait at the file `lock`. Raises OSError."""
    with lock.open("w") as file:
        flock(file, LOCK_EX)
        yield


def write_whole(path: Path, content: bytes, *, is_durable: bool) -> None:
    """Write a file in one piece: under its name there is what was there before, or all of this, never a part.

    `is_durable` waits for the disk before the file bears its name, so that this holds after a power cut, too; what is
    made again at the next start can do without. Whoever writes at the same time does not disturb.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    half = path.with_name(f".{path.name}.{get_native_id()}")
    with half.open("wb") as file:
        file.write(content)
        if is_durable:
            file.flush()
            os.fsync(file.fileno())
    half.replace(path)
