"""The page behind the mark against a Flask page that renders a constant string: same server, same run, same loader.

Registers of 1,000 and of 1,000,000 licences are made in a folder of their own. `warm` asks one mark again and again;
`cold` asks another mark each time, written with dashes as on the label, so that no answer is found in memory; the line
with gzip is that as a phone asks it, whereas the constant page is compressed for nobody.
The bursts are short and interleaved, and a ratio is taken over all of them: a busy machine slows both sides.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import cycle, repeat
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from cryptography.fernet import Fernet

from bench._servers import Figures, Server, load, request, serve
from certify.workflows.numbering import make_mark, show_mark

FEW, MANY = 1_000, 1_000_000
WORKERS, ROUNDS, SECONDS = 2, 9, 0.6
ASKED, SPREAD = 1_000, 5_000
"""How many marks the cold bursts go through, in a random order: as many of both registers, so that their sizes alone
differ; and more of the large one, to see what a wider choice costs. All are read once beforehand, and few enough to
stay in memory, so that the disk of this machine is not what is measured.
"""

WARM, COLD, FLAT, MEMORY = 0.9, 0.55, 1.1, 150
"""The aims: parts of the constant page; how much slower a million may be; megabytes."""

FACTS = {
    "product": {"fr": "Miel d’euphorbe du Souss", "ar": "عسل الدغموس", "en": "Spurge honey of the Souss"},
    "holder": {"fr": "Coopérative de démonstration Tighmi", "ar": "تعاونية تيغمي (نموذج)"},
    "commune": "Tighmi",
    "province": {"fr": "Tiznit", "ar": "تيزنيت", "en": "Tiznit"},
    "region": {"fr": "Souss-Massa", "ar": "سوس-ماسة", "en": "Souss-Massa"},
    "filiere": {"fr": "Miel", "ar": "العسل", "en": "Honey"},
    "usage": "food",
    "formats": ["250 g", "500 g", "1 kg"],
    "sign": {"kind": "IG", "name": "Miel d’euphorbe Tadla-Azilal"},
    "variety": None,
    "origin_area": "Anti-Atlas",
    "meeting": {"number": "CH-2026-03", "held_on": "2026-03-10"},
    "regulation": "2026-1",
}
HISTORY = [{"on": "2026-03-15", "kind": "granted", "meeting": "CH-2026-03"}]


def main() -> int:
    """Measure, print, and say by the status whether every aim was met."""
    with tempfile.TemporaryDirectory() as folder, ExitStack() as stack:
        constant = stack.enter_context(serve("bench._constant:app", factory=False, workers=WORKERS))
        pages, marks = {}, {}
        for size in (FEW, MANY):
            instance = Path(folder, str(size))
            marks[size] = make_register(instance, size)
            pages[size] = stack.enter_context(serve_certify(instance))
        bursts = measure(constant, pages, marks)
        heaviest = max(server.heaviest_worker() for server in pages.values())
    return report(bursts, heaviest)


def environment(instance: Path) -> dict[str, str]:
    """Return what a production instance needs."""
    secrets = {"SECRET_KEY": "x" * 32, "FIELD_KEY": Fernet.generate_key().decode()}
    return secrets | {"BASE_URL": "https://label.example.ma", "CERTIFY_INSTANCE": str(instance), "DATABASE_URL": ""}


def serve_certify(instance: Path):
    """Serve the product on an instance."""
    return serve("certify:create_app", factory=True, workers=WORKERS, **environment(instance))


def make_register(instance: Path, size: int) -> list[str]:
    """Migrate a database, write `size` licences into its register, and return some of their marks at random."""
    started = time.perf_counter()
    migrate = (sys.executable, "-m", "flask", "--app", "certify", "db", "upgrade")
    subprocess.run(migrate, env=os.environ | environment(instance), check=True, capture_output=True)
    chance = random.Random(size)
    marks = sorted(make_mark(chance.randbytes(11)) for _ in range(size))
    facts, history = json.dumps(FACTS, ensure_ascii=False), json.dumps(HISTORY)
    rows = (
        (
            mark,
            rank,
            f"TDM-09-2026-{rank:07}-K",
            "active",
            "2026-03-15",
            "2029-03-14",
            None,
            facts,
            history,
            "2026-03-15",
        )
        for rank, mark in enumerate(marks, 1)
    )
    with closing(sqlite3.connect(instance / "certify.sqlite", isolation_level=None)) as database:
        for pragma in ("foreign_keys=off", "synchronous=off", "journal_mode=off"):
            database.execute(f"pragma {pragma}")
        database.execute("BEGIN")
        columns = "id, dossier_id, state, created_at, version"  # what the counts of scans refer to
        licences = ((rank, rank, "to_sign", "2026-03-15", 1) for rank in range(1, size + 1))
        database.executemany(f"INSERT INTO licence ({columns}) VALUES (?, ?, ?, ?, ?)", licences)
        columns = "mark, licence_id, number, state, valid_from, valid_to, photo_sha256, facts, history, changed_at"
        database.executemany(f"INSERT INTO register_entry ({columns}) VALUES ({','.join('?' * 10)})", rows)
        database.execute("COMMIT")
        database.execute("pragma journal_mode=wal")
        asked = random.Random(0).sample(marks, min(size, SPREAD))
        for mark in asked:
            database.execute("SELECT facts FROM register_entry WHERE mark = ?", (mark,)).fetchone()
    print(f"register of {size:,} licences made in {time.perf_counter() - started:.0f} s")
    return asked


def measure(constant: Server, pages: dict[int, Server], marks: dict[int, list[str]]) -> dict[str, list[Figures]]:
    """Run the bursts in rounds; the first round is a rehearsal."""
    asked: dict[str, tuple[int, Iterator[bytes]]] = {"constant": (constant.port, repeat(request("/")))}
    for size, server in pages.items():
        asked[f"warm {size:,}"] = server.port, repeat(request(f"/v/{marks[size][0]}"))
        asked[f"cold {size:,}"] = server.port, cycle([request(f"/v/{show_mark(mark)}") for mark in marks[size][:ASKED]])
    spread = [request(f"/v/{show_mark(mark)}") for mark in marks[MANY]]
    asked[f"{SPREAD:,} of them"] = pages[MANY].port, cycle(spread)
    packed = [request(f"/v/{show_mark(mark)}", "Accept-Encoding: gzip, deflate, br") for mark in marks[MANY]]
    asked["gzip, cold"] = pages[MANY].port, cycle(packed)
    bursts: dict[str, list[Figures]] = {name: [] for name in asked}
    for port, requests in asked.values():
        load(port, requests, SECONDS / 2)
    for _ in range(ROUNDS):
        for name in random.sample(list(asked), len(asked)):
            port, requests = asked[name]
            bursts[name].append(load(port, requests, SECONDS))
    return bursts


def report(bursts: dict[str, list[Figures]], heaviest: float) -> int:
    """Print each figure beside its aim; answer 0 when every aim is met."""
    print(f"{'':18}{'req/s':>8}{'p99 ms':>9}{'ratio':>8}{'aim':>8}")
    missed = []
    for name, figures in bursts.items():
        aim = {"warm": WARM, "cold": COLD}.get(name.split()[0])
        ratio = part_of(figures, bursts["constant"])
        rate = statistics.median(one.per_second for one in figures)
        p99 = statistics.median(one.p99_ms for one in figures)
        print(f"{name:18}{rate:8.0f}{p99:9.1f}{ratio:8.2f}{f'≥ {aim}' if aim else '':>8}")
        missed += [name] if aim and ratio < aim else []
    slower = part_of(bursts[f"cold {FEW:,}"], bursts[f"cold {MANY:,}"])
    print(f"{MANY:,} licences against {FEW:,}, cold: {slower:.2f} times slower (≤ {FLAT})")
    print(f"heaviest web worker: {heaviest:.0f} MB (< {MEMORY})")
    missed += (["flatness"] if slower > FLAT else []) + (["memory"] if heaviest >= MEMORY else [])
    print(f"missed: {', '.join(missed)}" if missed else "every aim is met")
    return 1 if missed else 0


def part_of(figures: list[Figures], others: list[Figures]) -> float:
    """Return how many times the requests of the others these are, over all rounds."""
    return sum(one.per_second for one in figures) / sum(other.per_second for other in others)


if __name__ == "__main__":
    sys.exit(main())
