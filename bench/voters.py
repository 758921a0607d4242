"""Thirty members of one committee vote in the same second, over HTTP, on SQLite and on PostgreSQL.

Each has a session and a connection of their own, open before the moment; then all thirty ballots leave at once, from
one thread, and the time of each runs until its last byte is back. That is repeated for some items, the first of which
is a rehearsal. After each the ballots in the database are counted: one for each seat, all of them. The load of the
machine stands beside the figures, for whoever else works on it makes every vote wait.
"""

from __future__ import annotations

import http.client
import os
import re
import selectors
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).parents[1]))

import pytest
from cryptography.fernet import Fernet
from flask_migrate import upgrade

from bench._servers import PATIENCE, serve
from certify import create_app, serving
from certify.extensions import db
from certify.models import AgendaItem, Ballot
from certify.operations import ballots
from certify.workflows.voting import Choice
from tests import backends, people
from tests.assembly import EVERYBODY, assemble, deliberate
from tests.sittings import acting_at
from tests.times import Clock

ITEMS, WORKERS, LIMIT = 4, 2, 500
"""Items voted on; processes of the server; milliseconds under which 99 of 100 votes are answered."""

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


def main() -> int:
    """Measure on each database, print, and say by the status whether every aim was met."""
    print(f"{len(EVERYBODY)} members vote at once, {ITEMS} times; {WORKERS} processes, {os.cpu_count()} cores")
    met = []
    for name, lend in (("SQLite", own_file), ("PostgreSQL", own_schema)):
        try:
            with lend() as url, tempfile.TemporaryDirectory() as folder:
                met.append(report(name, *measure(Path(folder), url)))
        except pytest.skip.Exception as absent:
            print(f"{name:12} not measured: {absent}")
    return 0 if all(met) else 1


@contextmanager
def own_file() -> Iterator[str]:
    """Lend the address that means SQLite in the instance."""
    yield ""


def own_schema() -> Iterator[str]:
    """Lend a schema of its own on PostgreSQL."""
    return backends.postgres_schema()


def measure(instance: Path, url: str) -> tuple[list[float], list[int]]:
    """Serve an instance with its committee, let it vote on each item; return the times, and the ballots of each."""
    settings = {"SECRET_KEY": "x" * 32, "FIELD_KEY": Fernet.generate_key().decode(), "DATABASE_URL": url}
    settings |= {"BASE_URL": "https://label.example.ma", "CERTIFY_INSTANCE": str(instance)}
    app = create_app(settings | {"INSTANCE": str(instance)})
    clock = Clock(datetime.now(UTC) - timedelta(days=14))
    times, counted = [], []
    with app.app_context(), ExitStack() as stack:
        prepare(instance, clock)
        server = stack.enter_context(serve("certify:create_app", factory=True, workers=WORKERS, **settings))
        voters = [Voter(server.port, name) for name in EVERYBODY]
        acting = acting_at(clock, db.session)
        for item in [row.id for row in db.session.query(AgendaItem).order_by(AgendaItem.position)]:
            deliberate(db.session.get(AgendaItem, item), acting)
            db.session.commit()
            times += burst([voter.ballot(item) for voter in voters], server.port)
            counted.append(db.session.query(Ballot.seat_id).filter_by(item_id=item).distinct().count())
            ballots.close_item(db.session.get(AgendaItem, item), actor=acting("pia"))
            db.session.commit()
        release()
    return times, counted


def prepare(instance: Path, clock: Clock) -> None:
    """Migrate, and gather the thirty around their agenda."""
    upgrade()
    people.settle(db.session)
    assemble(db.session, acting_at(clock, db.session), clock, instance, items=ITEMS)
    db.session.commit()


def release() -> None:
    """Leave no connection behind."""
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()


class Voter:
    """A member with a session of their own."""

    def __init__(self, port: int, name: str) -> None:
        self.port, self.cookie = port, ""
        typed = {"csrf_token": self.token("/sign-in"), "email": f"{name}@example.ma", "password": people.PASSWORD}
        if self.ask("POST", "/sign-in", urlencode(typed)).status != 303:
            raise RuntimeError(f"{name} could not sign in")

    def ask(
        self, method: str, path: str, body: str | None = None, more: dict[str, str] | None = None
    ) -> http.client.HTTPResponse:
        """Send one request, keep the cookie that comes back, and read the answer to its end."""
        line = http.client.HTTPConnection(serving.HOST, self.port, timeout=PATIENCE)
        line.request(method, path, body, self.headers() | (more or {}))
        answer = line.getresponse()
        answer.text = answer.read().decode()
        self.cookie = (answer.headers.get("Set-Cookie") or self.cookie).split(";", 1)[0]
        line.close()
        return answer

    def headers(self) -> dict[str, str]:
        return {"Cookie": self.cookie, "Content-Type": "application/x-www-form-urlencoded"}

    def token(self, path: str) -> str:
        return TOKEN.search(self.ask("GET", path).text)[1]

    def ballot(self, item: int) -> bytes:
        """Open the ballot page of an item, and write the request that casts it."""
        path = f"/committee/items/{item}/ballot"
        body = urlencode({"csrf_token": self.token(path), "choice": Choice.FAVOURABLE})
        headers = {"Host": "localhost", "Content-Length": len(body), "Connection": "close"} | self.headers()
        lines = (f"POST {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()))
        return "\r\n".join((*lines, "", body)).encode()


def burst(requests: list[bytes], port: int) -> list[float]:
    """Send every request at once, each on a connection already open; return how long each took, in milliseconds.

    Raises RuntimeError when one is not answered by 303.
    """
    times, heard = [], {}
    with selectors.DefaultSelector() as selector:
        for request in requests:
            line = socket.create_connection((serving.HOST, port), PATIENCE)
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line, selectors.EVENT_READ, request)
        left = list(selector.get_map().values())
        started = {}
        for key in left:
            started[key.fileobj] = time.perf_counter()
            key.fileobj.sendall(key.data)
        while selector.get_map():
            for key, _ in selector.select(PATIENCE):
                line, piece = key.fileobj, key.fileobj.recv(65536)
                heard[line] = heard.get(line, b"") + piece
                if piece:
                    continue
                times.append((time.perf_counter() - started[line]) * 1000)
                selector.unregister(line)
                line.close()
    if not all(answer.startswith(b"HTTP/1.1 303") for answer in heard.values()):
        raise RuntimeError("a ballot was refused")
    return times


def report(name: str, times: list[float], counted: list[int]) -> bool:
    """Print the figures of a database beside their aims; answer whether they are met."""
    heard = sorted(times[len(EVERYBODY) :])
    p99 = heard[int(len(heard) * 0.99)]
    whole = counted == [len(EVERYBODY)] * ITEMS
    print(f"{name:12} ballots counted: {sum(counted)} of {len(EVERYBODY) * ITEMS}, {'each once' if whole else 'WRONG'}")
    print(f"{name:12} p99 of a vote: {p99:.0f} ms, {p99 / LIMIT:.2f} of the limit of {LIMIT} ms (≤ 1)")
    print(f"{name:12} load of the machine in that minute: {os.getloadavg()[0]:.1f}")
    return whole and p99 <= LIMIT


if __name__ == "__main__":
    sys.exit(main())
