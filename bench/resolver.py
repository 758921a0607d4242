"""The page of a sealed code against that of a bare mark, and a bulk check of ten thousand codes.

Both pages come from one server over one register of licences, which also knows their proofs. `warm` asks one code again
and again; `met` goes through codes of which no answer is kept but whose seals were verified before, as when a pack is
scanned a second time; `first` goes through codes that nobody scanned yet, each once: there a signature is verified, and
the line shows what part of that a page and one bare verification would be. Bursts are short and interleaved. The ratio
is that of what is computed for one request, in the burst in the middle, since the loader and whoever else uses this
machine weigh on the requests a second.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import timeit
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, wait
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import psycopg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy.engine import make_url

from bench import verification
from bench._servers import Figures, Server, load, request, serve
from bench.verification import environment, make_register
from certify.serving import THREADS
from certify.trust.ceremony import make_keys
from certify.trust.seal import Identity, make_seal
from tests.backends import POSTGRES_URL, postgres_schema

SIZE, MET, BULK_SIZE = 60_000, 1_000, 10_000
WORKERS, ROUNDS, SECONDS, BULKS = 2, 9, 0.6, 8
PROVED, BULK = 0.9, 1.0
"""The aims: part of the page without proof; seconds of a bulk check of marks, from the question to the last byte: the
quickest of BULKS, since whatever else this machine does comes on top.
"""

GDTI, HOST = "6111234567895", "label.example.ma"
EVIDENCE = {"place": 123, "entry": 1042, "vc": "x" * 43}


def main() -> int:
    """Measure, print, and say by the status whether every aim was met."""
    verification.FACTS["evidence"] = EVIDENCE
    verification.SPREAD = SIZE
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        instance = Path(folder)
        settings = environment(instance) | {"GDTI": GDTI}
        marks = make_register(instance, SIZE)
        paths = seal(marks, instance)
        server = stack.enter_context(serve("certify:create_app", factory=True, workers=WORKERS, **settings))
        bursts = measure(server, marks, paths)
        bare = statistics.median(verify_alone() for _ in range(ROUNDS))
        bulks = measure_bulks(server, marks, paths, "SQLite")
        if answers(POSTGRES_URL):
            url = stack.enter_context(postgres_schema())
            copy(instance, url, settings | {"DATABASE_URL": url})
            settings["DATABASE_URL"] = url
            server = stack.enter_context(serve("certify:create_app", factory=True, workers=WORKERS, **settings))
            bulks |= measure_bulks(server, marks, paths, "PostgreSQL")
    return report(bursts, bare, bulks)


def seal(marks: list[str], instance: Path) -> list[str]:
    """Make the keys of an instance, and the paths of the sealed addresses of its licences."""
    ring = make_keys(instance / "keys", instance / "roots", HOST, datetime.now(UTC))
    identities = [Identity(gdti=GDTI, document=mark) for mark in marks]
    kid, signer = ring.seal_kid, ring.seal_signer
    started = time.perf_counter()
    paths = [f"/{make_seal(identity, kid, signer)}{identity.path}" for identity in identities]
    print(f"marks sealed: {len(paths) / (time.perf_counter() - started):,.0f} a second")
    return paths


@dataclass
class Burst:
    """What one kind of request gave: the figures of each burst, and the µs that the server computed for a request."""

    figures: list[Figures] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)

    @property
    def cost(self) -> float:
        """Microseconds that the server computes for one request, in the burst in the middle."""
        return statistics.median(self.costs)


def measure(server: Server, marks: list[str], paths: list[str]) -> dict[str, Burst]:
    """Run the bursts in rounds, each preceded by a rehearsal of what is to be met."""
    dashed = [f"{mark[:4]}-{mark[4:8]}-{mark[8:]}" for mark in marks]  # written so, no answer of a mark is kept
    asked: dict[str, Iterator[bytes]] = {
        "mark, warm": repeat(request(f"/v/{marks[0]}")),
        "sealed, warm": repeat(request(paths[0])),
        "mark, met": cycle([request(f"/v/{mark}") for mark in dashed[:MET]]),
        "sealed, met": cycle([request(path.lower()) for path in paths[:MET]]),
        "mark, first": (request(f"/v/{mark}") for mark in cycle(dashed[MET:])),
        "sealed, first": (request(path.lower()) for path in paths[MET:]),
    }
    bursts = {name: Burst() for name in asked}
    for name in list(asked)[:4]:
        load(server.port, asked[name], SECONDS * 2)
    for _ in range(ROUNDS):
        for name in random.sample(list(asked), len(asked)):
            started, computed = time.perf_counter(), server.cpu_seconds()
            figures = load(server.port, asked[name], SECONDS)
            bursts[name].figures.append(figures)
            requests = figures.per_second * (time.perf_counter() - started)
            bursts[name].costs.append((server.cpu_seconds() - computed) / requests * 1e6)
    return bursts


def verify_alone() -> float:
    """Return the microseconds computed to verify one signature, while as many threads do so as serve pages."""
    with ProcessPoolExecutor(WORKERS) as pool:
        return statistics.median(pool.map(_verify_many, [2_000] * WORKERS))


def _verify_many(number: int) -> float:
    key, message = Ed25519PrivateKey.generate(), bytes(100)
    verify = partial(key.public_key().verify, key.sign(message), message)
    with ThreadPoolExecutor(THREADS) as pool:
        started = time.process_time()
        wait([pool.submit(timeit.timeit, verify, number=number // THREADS) for _ in range(THREADS)])
        return (time.process_time() - started) / number * 1e6


Bulks = dict[str, list[tuple[float, float]]]
"""Seconds of each bulk check, by kind: those that the reader waited, and those that the server computed."""


def measure_bulks(server: Server, marks: list[str], paths: list[str], database: str) -> Bulks:
    """Take the time of bulk checks of marks, and of sealed addresses, half of which another check held before."""
    times: Bulks = {}
    chance = random.Random(0)
    for round_ in range(BULKS):
        first = 20_000 + round_ * 5_000
        sealed = [f"https://{HOST}{path}" for path in paths[first : first + BULK_SIZE]]
        for kind, codes in (("marks", chance.sample(marks, BULK_SIZE)), ("sealed addresses", sealed)):
            times.setdefault(f"{database}, {kind}", []).append(take(server, codes))
    return times


def take(server: Server, codes: list[str]) -> tuple[float, float]:
    """Return the seconds that one bulk check took, and cost. Raises RuntimeError unless every code is valid."""
    body = json.dumps({"codes": codes})
    with closing(http.client.HTTPConnection("127.0.0.1", server.port)) as line:
        started, computed = time.perf_counter(), server.cpu_seconds()
        line.request("POST", "/api/v1/checks", body, {"Content-Type": "application/json"})
        answer = line.getresponse()
        content = answer.read()
        spent = time.perf_counter() - started
    if answer.status != 200 or content.count(b'"verdict":"valid"') != len(codes):
        raise RuntimeError(f"{answer.status}: {content[:300]!r}")
    return spent, server.cpu_seconds() - computed


def copy(instance: Path, url: str, settings: dict[str, str]) -> None:
    """Migrate a PostgreSQL schema and copy the register into it."""
    migrate = (sys.executable, "-m", "flask", "--app", "certify", "db", "upgrade")
    subprocess.run(migrate, env=os.environ | settings, check=True, capture_output=True)
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with (
        closing(sqlite3.connect(instance / "certify.sqlite")) as source,
        psycopg.connect(address) as target,
        target.cursor() as cursor,
    ):
        cursor.execute("SET session_replication_role = replica")  # the licences behind the register are not there
        with cursor.copy("COPY register_entry FROM STDIN") as writing:
            for row in source.execute("SELECT * FROM register_entry"):
                writing.write_row(row)
        cursor.execute("COMMIT; VACUUM ANALYZE register_entry" if target.autocommit else "ANALYZE register_entry")


def answers(url: str) -> bool:
    """Tell whether PostgreSQL is there."""
    try:
        psycopg.connect(url, connect_timeout=3).close()
    except psycopg.Error as error:
        print(f"no PostgreSQL: {str(error).splitlines()[0]}")
        return False
    return True


def report(bursts: dict[str, Burst], bare: float, bulks: Bulks) -> int:
    """Print each figure beside its aim; answer 0 when every aim is met."""
    missed = []
    print(f"{'':26}{'req/s':>8}{'p99 ms':>9}{'µs each':>9}{'ratio':>8}{'aim':>8}")
    for name, burst in bursts.items():
        form, _, kind = name.partition(", ")
        limit = bursts[f"mark, {kind}"].cost + (bare if name == "sealed, first" else 0)
        ratio, aim = limit / burst.cost, PROVED if form == "sealed" and kind != "first" else None
        rate = statistics.median(one.per_second for one in burst.figures)
        p99 = statistics.median(one.p99_ms for one in burst.figures)
        print(f"{name:26}{rate:8.0f}{p99:9.1f}{burst.cost:9.0f}{ratio:8.2f}{f'≥ {aim}' if aim else '':>8}")
        missed += [name] if aim and ratio < aim else []
    alone = bursts["mark, first"].cost / bursts["sealed, first"].cost
    print(f"one verification, bare: {bare:.0f} µs; against the page of a mark alone, “sealed, first” is {alone:.2f}")
    for name, times in bulks.items():
        spent, aim = min(waited for waited, _ in times), BULK if name.endswith("marks") else None
        median = statistics.median(waited for waited, _ in times)
        cost = statistics.median(computed for _, computed in times)
        more = f"median {median:.2f} s, of which this server computes {cost:.2f} s"
        print(f"{BULK_SIZE:,} {name:26}{spent:6.2f} s {f'≤ {aim} s' if aim else '':>8}   {more}")
        missed += [name] if aim and spent > aim else []
    print(f"missed: {', '.join(missed)}" if missed else "every aim is met")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
