"""The salt of a day: what makes a pseudonym of a telephone, kept in memory alone and overwritten at midnight.

Whoever holds yesterday's rows can then find nobody in them, not even by trying every address there is. The web
processes of one machine share one salt through a piece of anonymous memory that `serve` holds (SCAN_SALT says where),
so that a telephone that reaches two of them is counted once; without it each process has its own. Nothing is ever
written to a disk by us; a machine that swaps should encrypt its swap, or have none.
"""

from __future__ import annotations

import fcntl
import secrets
from datetime import date
from pathlib import Path
from struct import Struct

LENGTH = 32
LAYOUT = Struct(f">I{LENGTH}s")
"""The day, counted from 1/1/1, and its salt."""


class Salt:
    """The salt of the present day. `shared` is the memory that several processes look into, or None."""

    def __init__(self, shared: Path | None = None) -> None:
        self._shared, self._day, self._salt = shared, None, bytearray(LENGTH)

    def of(self, day: date) -> bytearray:
        """Return the salt of a day; asked for another day than before, the earlier salt is destroyed first.

        Not for two threads at once: the bytes returned are those that are overwritten.
        """
        if day != self._day:
            self._salt[:] = self._common(day) or secrets.token_bytes(LENGTH)
            self._day = day
        return self._salt

    def _common(self, day: date) -> bytes | None:
        """Agree with the other processes: the first to come on a day draws, over what was there."""
        if self._shared is None:
            return None
        try:
            with self._shared.open("r+b", buffering=0) as memory:
                fcntl.flock(memory, fcntl.LOCK_EX)
                known, salt = LAYOUT.unpack(memory.read(LAYOUT.size).ljust(LAYOUT.size, b"\0"))
                if known == day.toordinal():
                    return salt
                if known > day.toordinal():  # another process is past midnight already: this one keeps to itself
                    return None
                salt = secrets.token_bytes(LENGTH)
                memory.seek(0)
                memory.write(LAYOUT.pack(day.toordinal(), salt))
                return salt
        except OSError:  # whoever held the memory is gone: each process for itself
            return None
