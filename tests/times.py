"""The clock of the tests: the only thing they replace."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

NOON = datetime(2026, 11, 23, 11, 0, tzinfo=UTC)
"""Monday 23 November 2026, noon in Casablanca."""


class Clock:
    """A clock that tests move by hand; the application is given it as `CLOCK`."""

    def __init__(self, at: datetime = NOON) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def advance(self, **spans: float) -> datetime:
        """Move ahead by `days=…`, `hours=…` and so on; return the new moment."""
        self.at += timedelta(**spans)
        return self.at
