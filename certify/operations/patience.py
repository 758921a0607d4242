"""What the clock remembers between two rounds: who failed, so that nobody is asked again each second."""

from __future__ import annotations

from datetime import datetime, timedelta


class Patience:
    """Whoever failed is left alone for a while; it lives as long as the process that ticks, and nobody shares it."""

    def __init__(self) -> None:
        self._failed_at: dict[str, datetime] = {}

    def note(self, whom: str, at: datetime) -> None:
        """Remember that somebody or something failed."""
        self._failed_at[whom] = at

    def is_over(self, whom: str, at: datetime, pause: timedelta) -> bool:
        """Tell whether it may be tried: it did not fail within `pause`. A clock set back makes nobody wait longer."""
        failed_at = self._failed_at.get(whom)
        if failed_at is not None and timedelta(0) <= at - failed_at < pause:
            return False
        self._failed_at.pop(whom, None)
        return True
