"""The product as `make run` runs it, on a copy of the demonstration, and people who use it in Chromium."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from certify.pdf.facts import Letterhead
from certify.trust.ceremony import name_hosts
from certify.trust.paper_keys import make_paper_keys
from tests import proofs
from tests.backends import CHROMIUM_FLAGS, need_chromium
from tests.browser.person import Person
from tests.conftest import SETTINGS

ROOT = Path(__file__).parents[2]
LANGUAGE = os.environ.get("WALK_LANGUAGE", "fr")
WIDTH = int(os.environ.get("WALK_WIDTH", "1280"))
SHOTS = os.environ.get("WALK_SHOTS")
"""The same walks in another language, at another width, with a picture of every page: for the eyes."""


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def instance(demonstration_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The instance folder of the served product."""
    return copied(demonstration_folder, tmp_path_factory)


@pytest.fixture(scope="module")
def product(instance: Path) -> Iterator[str]:
    """The address of the product, served with its clock beside it."""
    yield from serve(instance)


def copied(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a copy of an instance folder."""
    return Path(shutil.copytree(folder, tmp_path_factory.mktemp("served") / "instance"))


def serve(instance: Path) -> Iterator[str]:
    """Serve an instance folder with the keys that its log tells of, and yield the address; the body of a fixture."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    keys, roots = instance / "keys", instance / "roots"
    shutil.copytree(proofs.KEYS, keys)
    shutil.copytree(proofs.ROOTS, roots)
    name_hosts(keys, roots, [address.removeprefix("http://"), proofs.HOST], datetime.now(UTC))
    if not (keys / "paper-seal.crt").exists():
        make_paper_keys(keys, roots, Letterhead().authority.fr, datetime.now(UTC))
    settings = {"SECRET_KEY": SETTINGS["SECRET_KEY"], "FIELD_KEY": SETTINGS["FIELD_KEY"], "BASE_URL": address}
    settings |= {"CERTIFY_INSTANCE": str(instance), "CERTIFY_DEMONSTRATION": "1", "PORT": str(port)}
    command = [sys.executable, "-m", "flask", "--app", "certify", "serve", "--port", str(port), "--workers", "1"]
    with (instance / "serve.log").open("wb") as log:
        served = subprocess.Popen(
            command, env=os.environ | settings, cwd=ROOT, stdout=log, stderr=log, start_new_session=True
        )
    try:
        wait_for(address, served, instance / "serve.log")
        yield address
    finally:
        os.killpg(served.pid, signal.SIGTERM)
        served.wait(20)


def wait_for(address: str, served: subprocess.Popen[bytes], log: Path) -> None:
    """Wait until the first page answers; fail with what the server said when it does not."""
    for _ in range(300):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            assert served.poll() is None, log.read_text()
            time.sleep(0.2)
    raise AssertionError(log.read_text())


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    path = need_chromium()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=path, args=list(CHROMIUM_FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def person(chromium: Browser, product: str) -> Iterator[Callable[..., Person]]:
    """`person("secretariat")` is somebody at their own browser, signed in; `person(None)` is anybody."""
    people = {}

    def meet(name: str | None, *, role: str | None = "") -> Person:
        if name not in people:
            signed_in = name if role == "" else role
            people[name] = Person(chromium, product, signed_in, language=LANGUAGE, width=WIDTH, shots=SHOTS)
        return people[name]

    yield meet
    for somebody in people.values():
        somebody.leave()
