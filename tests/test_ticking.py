"""`tick --forever`: what is published waits for no other machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from certify.trust.keys import to_bytes
from tests.silence import silent

TOP = Path(__file__).parents[1]
FLASK = (sys.executable, "-m", "flask", "--app", "certify")
SOON, LATE = 5.0, 30.0
"""Seconds in which a change must be published, and for which a start is waited for; the mail server may take 30."""


def in_time(holds, seconds: float) -> bool:
    """Whether something comes true within so many seconds."""
    deadline = time.monotonic() + seconds
    while not (came := holds()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return came


@pytest.fixture
def instance(tmp_path, everybody_sqlite):
    """`instance("tick", ...)` makes the command line on an instance of its own, and its environment."""
    shutil.copy(everybody_sqlite, tmp_path)
    secrets = {"SECRET_KEY": "x" * 32, "BASE_URL": "https://label.example", "FIELD_KEY": Fernet.generate_key().decode()}
    rest = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "KEYS", "TSA_URL")}
    rest |= secrets | {"CERTIFY_INSTANCE": str(tmp_path), "CERTIFY_DEMONSTRATION": "0"}
    return lambda *words, **more: {"args": [*FLASK, *words], "cwd": TOP, "env": rest | more}


def test_what_is_published_does_not_wait_for_a_silent_mail_server(instance, tmp_path):
    roots, trust = ("--roots", str(tmp_path / "roots")), tmp_path / "public" / ".well-known" / "tdm-trust.json"
    subprocess.run(**instance("keys", "init", *roots), check=True, capture_output=True)
    subprocess.run(**instance("accounts", "invite", "new@example.ma", "New"), check=True, capture_output=True)

    def version() -> int:
        return json.loads(to_bytes(json.loads(trust.read_text())["payload"]))["version"] if trust.exists() else 0

    with silent() as machine:
        clock = subprocess.Popen(
            **instance("tick", "--forever", MAIL_SERVER="127.0.0.1", MAIL_PORT=str(machine.port)),
            stderr=subprocess.DEVNULL,
        )
        try:
            assert in_time(lambda: machine.asked == 1, LATE)
            subprocess.run(**instance("keys", "rotate", "vc", *roots), check=True, capture_output=True)
            assert in_time(lambda: version() == 2, SOON)
            assert machine.asked == 1
        finally:
            clock.kill()
            clock.wait()
