"""What the workers of one run make once and share: whoever comes first makes it, the others wait for it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from certify.trust.whole import alone


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], None]) -> Path:
    """Return a folder of the run, which `make` fills the first time that a worker asks for it."""
    room = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        room = room.parent
    folder, begun = room / f"shared-{name}", room / f"begun-{name}"
    begun.mkdir(exist_ok=True)
    with alone(begun / "turn"):
        if not folder.exists():
            shutil.rmtree(begun / "made", ignore_errors=True)
            make(begun / "made")
            (begun / "made").rename(folder)
    return folder
