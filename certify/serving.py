"""Serve the product: one process watches the web server and the clock, and neither outlives it.

The web server is granian: a few processes that answer pages. The clock is ``tick --forever``:
it publishes and does what time does; beside that, in one thread, as WeasyPrint wants it, it sends messages and draws
papers.
"""

import contextlib
import ctypes
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import click

HOST = "127.0.0.1"
# Several threads in each process, so that a password being hashed or a write waiting for its turn does not hold up the
# pages behind it: with one thread those pages take 0.4 to 1 s (99 of 100), with four 35 ms, and no page is slower.
THREADS = 4
SIGNS = Path(__file__).parent / "reference" / "signs.tsv"
FLASK = (sys.executable, "-m", "flask", "--app", "certify")
PATIENCE = 60.0  # seconds the web server may take to answer
PAUSE = 5.0  # seconds before a clock that stopped is started again
GRACE = 10.0  # seconds the children may take to stop


def serve(port: int, workers: int) -> int:
    """Serve on 127.0.0.1:``port`` until told to stop; answers the exit status of the command.

    In demonstration mode the database is made ready and filled first. SIGINT and SIGTERM stop everything in order.
    """
    if _is_taken(port):
        click.echo(f"Port {port} is in use: stop what uses it, or choose another: PORT={port + 1} make run", err=True)
        return 1
    demonstration = os.environ.get("CERTIFY_DEMONSTRATION") == "1"
    accounts = _prepare_demonstration() if demonstration else []
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    if shared := _share_memory():
        os.environ["SCAN_SALT"] = shared
    web, clock = _start_web(port, workers), _start_clock()
    try:
        if _answers(port, web, stop):
            _announce(port, accounts)
        while not stop.wait(0.5) and web.poll() is None:
            if clock.poll() is not None:
                click.echo(f"The clock stopped (status {clock.returncode}); it starts again.", err=True)
                stop.wait(PAUSE)
                clock = _start_clock()
    finally:
        _end(web, clock)
    return 0 if stop.is_set() else 1


def _is_taken(port: int) -> bool:
    """Say whether somebody listens there. Asked first, because granian shares a port without a word."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError:
            return True
    return False


def _share_memory() -> str | None:
    """Make a piece of memory that the web processes share while this one lives, and tell where they find it (Linux).

    In it they keep the salt of the day, by which the telephones that scan are told apart: never in a file.
    """
    if not hasattr(os, "memfd_create"):
        return None
    return f"/proc/{os.getpid()}/fd/{os.memfd_create('certify-salt')}"


def _prepare_demonstration() -> list[dict[str, str]]:
    """Migrate the database, fill it the first time, and answer the accounts one can sign in with."""
    _run("db", "upgrade")
    accounts = _accounts()
    if not accounts:
        click.echo("Loading the demonstration, once; this takes a minute.")
        _run("signs", "import", str(SIGNS))
        _run("demo", "load")
        accounts = _accounts()
    return accounts


def _accounts() -> list[dict[str, str]]:
    return json.loads(_run("demo", "show", "--json"))["accounts"]


def _run(*arguments: str) -> str:
    """Run one of our own commands and answer what it printed; stop here, showing why, if it fails."""
    done = subprocess.run([*FLASK, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        click.echo(done.stderr, err=True)
        raise click.ClickException(f"flask --app certify {' '.join(arguments)} failed; the lines above say why.")
    return done.stdout


def _start_web(port: int, workers: int) -> subprocess.Popen[bytes]:
    options = {
        "interface": "wsgi",
        "host": HOST,
        "port": port,
        "workers": workers,
        "blocking-threads": THREADS,
        "log-level": "warning",
        "workers-kill-timeout": 5,
    }
    flags = [f"--{name}={value}" for name, value in options.items()]
    return _start(
        sys.executable,
        "-m",
        "granian",
        "certify:create_app",
        "--factory",
        "--no-ws",
        "--respawn-failed-workers",
        *flags,
    )


def _start_clock() -> subprocess.Popen[bytes]:
    return _start(*FLASK, "tick", "--forever")


def _start(*command: str) -> subprocess.Popen[bytes]:
    # This process has no second thread, for which alone preexec_fn would be unsafe.
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0, preexec_fn=_follow_parent)  # noqa: PLW1509


def _follow_parent() -> None:
    """Make this child end when its parent does (Linux only)."""
    if sys.platform == "linux":
        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGTERM)


def _answers(port: int, web: subprocess.Popen[bytes], stop: threading.Event) -> bool:
    """Wait until the web server takes connections; false when it ended, was told to stop, or took too long."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and web.poll() is None and not stop.wait(0.05):
        with socket.socket() as probe:
            if probe.connect_ex((HOST, port)) == 0:
                return True
    return False


def _announce(port: int, accounts: list[dict[str, str]]) -> None:
    click.echo(f"\n  certify answers at http://{HOST}:{port}   (Ctrl-C stops it)\n")
    for account in accounts:
        click.echo(f"  {account['role']:<14} {account['email']:<36} {account['password']}")


def _end(*children: subprocess.Popen[bytes]) -> None:
    """End the children and theirs: politely, politely again for one that was still starting, then firmly."""
    for number, patience in ((signal.SIGTERM, 1.0), (signal.SIGTERM, GRACE), (signal.SIGKILL, 1.0)):
        deadline = time.monotonic() + patience
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, number)
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.0, deadline - time.monotonic()))
