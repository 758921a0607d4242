"""Who acts, when, and on which session: what every operation is given as `actor`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy.orm import Session

from certify.models import Base, User
from certify.queries.calendar import casablanca_today
from certify.workflows.errors import Stale
from certify.workflows.permissions import Role
from certify.workflows.words import N_


@dataclass(frozen=True)
class Actor:
    """A person at work (or the legal clock, when `user` is None) at one moment (aware, UTC)."""

    session: Session
    user: User | None
    at: datetime

    @property
    def roles(self) -> frozenset[Role]:
        """The roles of the person; the clock has its own."""
        return self.user.roles if self.user else frozenset({Role.CLOCK})

    @property
    def id(self) -> int | None:
        """The person's number, None for the clock."""
        return self.user.id if self.user else None

    @property
    def today(self) -> date:
        """The date in Casablanca."""
        return casablanca_today(self.at)

    def hold(self, row: Base, version: int | None = None, *, shared: bool = False) -> None:
        """Lock `row` until the end of the transaction and read it anew; call it before changing anything.

        `shared`: others may hold it so too, for who changes nothing in it and only needs it to stay as it is.
        Raises Stale when `version`, the one that the person had on the screen, is no longer the saved one.
        """
        self.session.flush()
        self.session.refresh(row, with_for_update={"read": shared})
        if version is not None and version != row.version:
            raise Stale(N_("This was changed while you were working on it."), version=row.version)
