"""`serve` starts the web server and the clock, and neither outlives it, however it ends."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

TOP = Path(__file__).parents[1]
PATIENCE = 30.0


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture
def serving(port, tmp_path, everybody_sqlite):
    """Start `serve` on an instance of its own, and wait until it says its address."""
    shutil.copy(everybody_sqlite, tmp_path)
    secrets = {"SECRET_KEY": "x" * 32, "BASE_URL": "https://label.example", "FIELD_KEY": Fernet.generate_key().decode()}
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    environment |= {**secrets, "CERTIFY_INSTANCE": str(tmp_path), "CERTIFY_DEMONSTRATION": "0"}
    flask = (sys.executable, "-m", "flask", "--app", "certify")
    process = subprocess.Popen([*flask, "serve", "--port", str(port)], cwd=TOP, env=environment, text=True,
                               stdout=subprocess.PIPE, start_new_session=True)  # fmt: skip
    while "certify answers at" not in (line := process.stdout.readline()):
        assert line or process.poll() is None, f"serve ended with status {process.wait()}"
    yield process
    process.stdout.close()
    if process.poll() is None:
        process.kill()
    process.wait()


def family(pid):
    """List a process and all that descend from it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(member for child in children for member in family(int(child)))]


def runs(pid):
    """Say whether a process does; a zombie that nobody has collected yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def left(pids):
    """Answer which of these still run after a decent while."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and any(map(runs, pids)):
        time.sleep(0.05)
    return [pid for pid in pids if runs(pid)]


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_serve_leaves_nothing_behind(serving, port, number):
    pids = family(serving.pid)
    assert len(pids) >= 4  # itself, the clock, the web server, a worker
    os.killpg(serving.pid, number)
    assert (serving.wait(PATIENCE), left(pids)) == (-9 if number == signal.SIGKILL else 0, [])
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_serve_refuses_a_port_in_use(port):
    with socket.socket() as occupant:
        occupant.bind(("127.0.0.1", port))
        occupant.listen()
        program = f"from certify.serving import serve; raise SystemExit(serve({port}, 1))"
        done = subprocess.run([sys.executable, "-c", program], cwd=TOP, capture_output=True, text=True, check=False)
    said = f"Port {port} is in use: stop what uses it, or choose another: PORT={port + 1} make run\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)
