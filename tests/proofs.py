"""The keys of the label in tests, made once a run, and what licences are issued with there."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import mkdtemp

from certify.operations.credentials import Issuer
from certify.trust.ceremony import make_keys
from certify.trust.keyring import PUBLISHED, read_keyring
from certify.trust.keys import FileSigner
from certify.trust.manifest import sign_manifest

HOST = "127.0.0.1:5000"
BASE_URL = f"http://{HOST}"
GDTI = "6111234567895"
HELD = "CERTIFY_TEST_KEYS"
"""Where the first process of a run tells its workers the folder of its keys: they share what is signed, too."""

ROOM = Path(os.environ.get(HELD) or mkdtemp(prefix="certify-keys-"))
KEYS, ROOTS = ROOM / "keys", ROOM / "roots"
MADE = datetime(2026, 1, 5, tzinfo=UTC)
FAR = date(2126, 12, 31)


def make() -> None:
    """Make the keys, and stretch their terms: tests run in any year."""
    said = json.loads(make_keys(KEYS, ROOTS, HOST, MADE).manifest.payload)
    for key in (*said["seal"], *said["jwks"]):
        key["exp"] = FAR.isoformat()
    said["exp"] = int(datetime(FAR.year, 1, 1, tzinfo=UTC).timestamp())
    roots = {name: FileSigner.read(ROOTS / f"{name}.pem") for name in ("root-a", "root-b", "root-c")}
    (KEYS / PUBLISHED).write_text(json.dumps(sign_manifest(said, roots)))
    os.environ[HELD] = str(ROOM)


if HELD not in os.environ:
    make()
RING = read_keyring(KEYS, MADE)
ISSUER = Issuer(BASE_URL, RING, GDTI)
