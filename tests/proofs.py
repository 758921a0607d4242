"""The keys of the label in tests, made once a process, and what licences are issued with there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import mkdtemp

from certify.operations.credentials import Issuer
from certify.trust.ceremony import make_keys

HOST = "127.0.0.1:5000"
BASE_URL = f"http://{HOST}"
GDTI = "6111234567895"
ROOM = Path(mkdtemp(prefix="certify-keys-"))
KEYS, ROOTS = ROOM / "keys", ROOM / "roots"
MADE = datetime(2026, 1, 5, tzinfo=UTC)
RING = make_keys(KEYS, ROOTS, HOST, MADE)
ISSUER = Issuer(BASE_URL, RING, GDTI)
