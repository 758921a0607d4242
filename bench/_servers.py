"""What the measures of the web share: servers started as `certify.serving` starts them, and a loader of our own.

The loader is one thread that keeps a few connections busy, so that what is measured is the server and not the loader:
its own limit is some 20,000 requests a second.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from certify import serving

PATIENCE = 30.0
CONNECTIONS = 16


@dataclass(frozen=True)
class Figures:
    """What one burst of requests gave: how many a second, and the time under which 99 of 100 were answered."""

    per_second: float
    p99_ms: float


@dataclass(frozen=True)
class Server:
    """A running server: the port it listens on, and the process that watches its workers."""

    port: int
    process: subprocess.Popen[bytes]

    def heaviest_worker(self) -> float:
        """Return the resident memory, in megabytes, of the heaviest process under this server (Linux)."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return max(_resident(child) for child in children)

    def cpu_seconds(self) -> float:
        """Return the time that the processes under this server have computed so far (Linux)."""
        pid = self.process.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        return sum(_computed(child) for child in children)


@contextmanager
def serve(target: str, *, factory: bool, workers: int, **environment: str) -> Iterator[Server]:
    """Run granian on a WSGI target with the flags of the product, on a free port of this machine."""
    port = _free_port()
    flags = ["--factory"] if factory else []
    command = [
        *(sys.executable, "-m", "granian", target, *flags, "--interface", "wsgi", "--host", serving.HOST, "--no-ws"),
        *("--port", str(port), "--workers", str(workers), "--blocking-threads", str(serving.THREADS)),
        *("--log-level", "warning"),
    ]
    process = subprocess.Popen(command, env=os.environ | environment, cwd=Path(__file__).parents[1], process_group=0)
    try:
        _await(port, process)
        yield Server(port, process)
    finally:
        _end(process)


def load(port: int, requests: Iterator[bytes], seconds: float) -> Figures:
    """Keep CONNECTIONS busy for some seconds, each sending the next request as soon as it is answered.

    Raises RuntimeError on an answer that is not 200.
    """
    with selectors.DefaultSelector() as selector:
        for _ in range(CONNECTIONS):
            line = socket.create_connection((serving.HOST, port))
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            selector.register(line, selectors.EVENT_READ, _Talk(line, requests))
        talks = [key.data for key in selector.get_map().values()]
        started = time.perf_counter()
        for talk in talks:
            talk.ask()
        while time.perf_counter() < started + seconds or not all(talk.times for talk in talks):
            for key, _ in selector.select(1.0):
                key.data.hear()
        spent = time.perf_counter() - started
        for talk in talks:
            talk.line.close()
    times = sorted(took for talk in talks for took in talk.times)
    return Figures(len(times) / spent, times[int(len(times) * 0.99)] * 1000)


class _Talk:
    """One connection: asks, gathers the answer, notes how long it took, asks again."""

    def __init__(self, line: socket.socket, requests: Iterator[bytes]) -> None:
        self.line, self.requests, self.times = line, requests, []
        self.heard, self.wanted, self.asked_at = b"", 0, 0.0

    def ask(self) -> None:
        self.heard, self.wanted, self.asked_at = b"", 0, time.perf_counter()
        self.line.sendall(next(self.requests))

    def hear(self) -> None:
        self.heard += self.line.recv(65536)
        if not self.wanted:
            end = self.heard.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self.heard[:end].lower()
            if not head.startswith(b"http/1.1 200"):
                raise RuntimeError(head.decode())
            self.wanted = end + 4 + int(head.split(b"\r\ncontent-length: ", 1)[1].split(b"\r\n", 1)[0])
        if len(self.heard) >= self.wanted:
            self.times.append(time.perf_counter() - self.asked_at)
            self.ask()


def request(path: str, *more: str) -> bytes:
    """Write a GET as a phone sends it, with more headers when named."""
    lines = (f"GET {path} HTTP/1.1", "Host: localhost", "Accept-Language: fr-MA,fr;q=0.9,ar;q=0.8")
    return "\r\n".join((*lines, *more, "", "")).encode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((serving.HOST, 0))
        return probe.getsockname()[1]


def _await(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait for an answer, whatever it is: the port is open long before a worker stands behind it."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), socket.create_connection((serving.HOST, port), 1.0) as line:
            line.settimeout(PATIENCE)
            line.sendall(request("/"))
            if line.recv(1):
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server on port {port} did not start")


def _end(process: subprocess.Popen[bytes]) -> None:
    for number, patience in ((signal.SIGTERM, 10.0), (signal.SIGKILL, 10.0)):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(patience)


def _computed(pid: str) -> float:
    spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(spent[11]) + int(spent[12])) / os.sysconf("SC_CLK_TCK")


def _resident(pid: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return int(next(line for line in status if line.startswith("VmRSS")).split()[1]) / 1024
