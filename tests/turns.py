"""What the workers of one run make once and share: whoever comes first makes it, the others wait for it."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def in_turn(room: Path) -> Iterator[None]:
    """Let one process of the run at a time do something in a folder."""
    with (room / "turn").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the run, which `make` fills the first time that a worker asks for it."""
    room = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        room = room.parent
    folder, begun = room / f"shared-{name}", room / f"begun-{name}"
    begun.mkdir(exist_ok=True)
    with in_turn(begun):
        if not folder.exists():
            shutil.rmtree(begun / "made", ignore_errors=True)
            make(begun / "made")
            (begun / "made").rename(folder)
    return folder
