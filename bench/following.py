"""What it costs that thirty members of a committee follow one item: each asks every second whether anything changed.

Each has a session of their own and asks once a second for some seconds, spread over it, showing the present revision.
Measured are the processor time of the server, by member, and how long the slowest of a hundred questions takes.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography.fernet import Fernet

from bench._servers import Server, serve
from bench.voters import WORKERS, Voter, prepare, release
from certify import create_app
from certify.extensions import db
from certify.models import AgendaItem
from tests.assembly import EVERYBODY, deliberate
from tests.sittings import acting_at
from tests.times import Clock

SECONDS, LIMIT = 10, 3.0
"""How long they follow; per cent of one core that a member may cost."""


def main() -> int:
    """Measure on SQLite, print, and say by the status whether the aim was met."""
    with tempfile.TemporaryDirectory() as folder:
        share, p99 = measure(Path(folder))
    print(f"{len(EVERYBODY)} members follow an item, each asking every second, for {SECONDS} s; {WORKERS} processes")
    print(f"processor time of a member: {share:.2f} % of a core, {share / LIMIT:.2f} of the limit of {LIMIT} % (≤ 1)")
    print(f"p99 of a question: {p99:.0f} ms; load of the machine in that minute: {os.getloadavg()[0]:.1f}")
    return 0 if share <= LIMIT else 1


def measure(instance: Path) -> tuple[float, float]:
    """Gather the thirty around an open item and let them follow; return per cent of a core by member, and the p99."""
    settings = {"SECRET_KEY": "x" * 32, "FIELD_KEY": Fernet.generate_key().decode(), "DATABASE_URL": ""}
    settings |= {"BASE_URL": "https://label.example.ma", "CERTIFY_INSTANCE": str(instance)}
    app, clock = create_app(settings | {"INSTANCE": str(instance)}), Clock(datetime.now(UTC) - timedelta(days=14))
    with app.app_context(), serve("certify:create_app", factory=True, workers=WORKERS, **settings) as server:
        prepare(instance, clock)
        item = db.session.query(AgendaItem).order_by(AgendaItem.position).first()
        deliberate(item, acting_at(clock, db.session))
        path = f"/meetings/{item.meeting_id}/pulse"
        db.session.commit()
        voters = [Voter(server.port, name) for name in EVERYBODY]
        members = [(voter, voter.ask("GET", path).headers["ETag"]) for voter in voters]
        list(follow(members, path, 1))  # a rehearsal
        before, started = busy(server), time.perf_counter()
        times = sorted(follow(members, path, SECONDS))
        spent = (busy(server) - before) / (time.perf_counter() - started)
        release()
    return spent * 100 / len(members), times[int(len(times) * 0.99)] * 1000


def follow(members: list[tuple[Voter, str]], path: str, seconds: int) -> Iterator[float]:
    """Let each ask once a second, one after the other; yield how long each waited, in seconds.

    Raises RuntimeError when one is not answered by 304.
    """
    begin = time.perf_counter()
    for turn in range(seconds * len(members)):
        voter, revision = members[turn % len(members)]
        time.sleep(max(0.0, begin + turn / len(members) - time.perf_counter()))
        asked = time.perf_counter()
        if voter.ask("GET", path, more={"If-None-Match": revision}).status != 304:
            raise RuntimeError("a page that had not changed was told that it had")
        yield time.perf_counter() - asked


def busy(server: Server) -> float:
    """Return the seconds of processor time that the processes of a server have used (Linux)."""
    pid = server.process.pid
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    stats = [Path(f"/proc/{child}/stat").read_text().rsplit(")", 1)[1].split() for child in children]
    return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    sys.exit(main())
