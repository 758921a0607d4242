"""Counts scans without anybody in them: noted in memory while a page is answered, written a little later, all at once.

An address lives as long as its request: it gives a place and a pseudonym, and is gone. The rows of some seconds are
written by a thread of their own, in their own transaction, so that no answer waits for the database; what a killed
process had not written yet is lost, and nothing else.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from ipaddress import IPv6Address
from logging import Logger
from threading import Event, Lock, Thread
from typing import NamedTuple

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session

from certify.models import ScanRow, SeenCode
from certify.operations.salt import Salt
from certify.queries.calendar import casablanca_today
from certify.workflows.scanning import VISITOR_LENGTH, Channel, Standing, Tier, code_of

EVERY = 5.0
"""Seconds between two writings; as much is lost when a process is killed."""

MOST_ROWS, MOST_BY_ADDRESS = 20_000, 300
"""Rows that one process notes in one hour, of everybody and of one address (many telephones may share one)."""

HOUR = timedelta(hours=1)
INSERTS = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


class Seen(NamedTuple):
    """What a page was asked about: a printed path, what carries it, how it stood, and of which licence it is."""

    path: str
    tier: Tier
    standing: Standing
    licence_id: int | None = None
    packed_on: date | None = None


class Look(NamedTuple):
    """One row to be: somebody looked at something within an hour."""

    seen: Seen
    hour: datetime
    region: str
    visitor: bytes
    channel: Channel


class Recorder:
    """Notes the scans of one process. `place_of` is of `operations.places`; `open_session` opens a transaction."""

    def __init__(
        self,
        *,
        salt: Salt,
        place_of: Callable[[str], str],
        open_session: Callable[[], AbstractContextManager[Session]],
        log: Logger,
        by_itself: bool = True,
    ) -> None:
        self._salt, self._place_of, self._open_session, self._log = salt, place_of, open_session, log
        self._lock, self._stopped = Lock(), Event()
        self._hour = self._until = datetime.min.replace(tzinfo=UTC)
        self._day = date.min
        self._noted: set[tuple[str, str, bytes]] = set()
        self._waiting: list[Look] = []
        self._by_address: Counter[bytes] = Counter()
        self._thread = None if by_itself else Thread()

    def note(self, seen: Seen, *, address: str, agent: str, channel: Channel, at: datetime) -> None:
        """Note one look; the same telephone in the same hour is noted once, and too many are left out.

        Nothing is computed while the lock is held: a digest lets other threads run, and they would queue behind it.
        """
        if not self._hour <= at < self._until:
            with self._lock:
                self._turn(at)
        salt, network = self._salt.of(self._day), network_of(address)
        source = hmac.digest(salt, network.encode(), "sha256")[:VISITOR_LENGTH]
        if self._by_address[source] >= MOST_BY_ADDRESS or len(self._noted) >= MOST_ROWS:
            return
        visitor = hmac.digest(salt, f"{network}\n{agent}".encode(), "sha256")[:VISITOR_LENGTH]
        key, look = (seen.path, seen.standing._value_, visitor), None
        if key not in self._noted:
            look = Look(seen, self._hour, self._place_of(address), visitor, channel)
        with self._lock:
            if look is None or key in self._noted or self._by_address[source] >= MOST_BY_ADDRESS:
                return
            self._by_address[source] += 1
            self._noted.add(key)
            self._waiting.append(look)
        if self._thread is None:
            self._begin()

    def flush(self) -> None:
        """Write what waits, in a transaction of its own; while the database does not answer, it waits on."""
        with self._lock:
            batch, self._waiting = self._waiting, []
        if not batch:
            return
        try:
            with self._open_session() as session:
                keep_scans(session, batch)
        except OperationalError:  # its text would repeat the rows
            self._log.warning("%s scans wait: the database does not answer", len(batch))
            with self._lock:
                self._waiting = (batch + self._waiting)[:MOST_ROWS]
        except SQLAlchemyError as error:
            self._log.error("%s scans are lost: the database refuses them (%s)", len(batch), type(error).__name__)

    def forget(self, at: datetime) -> None:
        """Destroy the salt of a day that is over, though nobody scans."""
        with self._lock:
            if at >= self._until:
                self._turn(at)
                self._salt.of(self._day)

    def stop(self) -> None:
        """End the thread."""
        self._stopped.set()

    def _turn(self, at: datetime) -> None:
        """Begin another hour, with nothing noted in it."""
        hour, day = at.replace(minute=0, second=0, microsecond=0), casablanca_today(at)
        self._salt.of(day)
        self._day, self._hour, self._until = day, hour, hour + HOUR
        self._noted.clear()
        self._by_address.clear()

    def _begin(self) -> None:
        """Start the thread that writes: at the first look, so after the server has made its processes."""
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._go_on, name="scans", daemon=True)
                self._thread.start()

    def _go_on(self) -> None:
        while not self._stopped.wait(EVERY):
            self.flush()
            self.forget(datetime.now(UTC))


def keep_scans(session: Session, batch: Collection[Look]) -> None:
    """Write looks and what they were at; a row that is there already stays one row."""
    insert = INSERTS[session.get_bind().dialect.name]
    seen = {look.seen.path: look.seen for look in batch}
    codes = {path: code_of(path) for path in sorted(seen)}
    known = [_known(one, codes[path]) for path, one in sorted(seen.items())]
    session.execute(insert(SeenCode).on_conflict_do_nothing(), known)
    for row in known:
        told = {name: row[name] for name in ("packed_on", "licence_id") if row[name] is not None}
        session.execute(update(SeenCode).where(SeenCode.code == row["code"]).values(is_fresh=True, **told))
    rows = {_row(look, codes[look.seen.path]) for look in batch}
    session.execute(
        insert(ScanRow).on_conflict_do_nothing(), [dict(zip(COLUMNS, row, strict=True)) for row in sorted(rows)]
    )


COLUMNS = ("code", "hour", "region", "visitor", "channel", "standing")


def _row(look: Look, code: bytes) -> tuple[object, ...]:
    return code, look.hour, look.region, look.visitor, look.channel, look.seen.standing


def _known(seen: Seen, code: bytes) -> dict[str, object]:
    return {
        "code": code,
        "path": seen.path,
        "tier": seen.tier,
        "licence_id": seen.licence_id,
        "packed_on": seen.packed_on,
        "is_fresh": True,
    }


def network_of(address: str) -> str:
    """Return what tells one line from another: an IPv4 address, or the half of an IPv6 address that stays."""
    if ":" not in address:
        return address
    try:
        return str(int(IPv6Address(address.partition("%")[0])) >> 64)
    except ValueError:
        return address
