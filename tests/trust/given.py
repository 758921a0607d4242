"""The published vectors (`shared/data/trust_vectors.json`, TDM-1) and the keys that they were made with."""

from __future__ import annotations

import json
from datetime import date
from hashlib import sha256
from pathlib import Path

from certify.trust.keys import FileSigner, KeyState, SealKey
from certify.trust.manifest import Roots
from certify.trust.note import NoteKey

VECTORS = json.loads(Path(__file__).with_name("vectors.json").read_text())
LOG = VECTORS["log"]
ORIGIN = "tdm.ma/log"
STATUS_KEY, CREDENTIAL_KEY = "did:web:tdm.ma#status-26", "did:web:tdm.ma#vc-26"


def signer(name: str) -> FileSigner:
    """The key of a name; the seeds are public, so that everybody's tests agree."""
    return FileSigner.of_seed(sha256(b"TDM test key: " + name.encode()).digest())


def seal_key(kid: int = 26, state: KeyState = KeyState.ACTIVE) -> SealKey:
    """A year's sealing key as the manifest publishes it."""
    return SealKey(kid, signer(f"seal-{kid}").public(), date(2026, 1, 1), date(2031, 12, 31), state)


def log_key() -> NoteKey:
    """The key of the log."""
    return NoteKey.parse(LOG["vkey"])


def witness_keys() -> list[NoteKey]:
    """The keys of the two witnesses."""
    return [NoteKey.parse(text) for text in LOG["witness_vkeys"]]


def roots(threshold: int = 2) -> Roots:
    """The three roots that a reader pins."""
    return Roots({name: signer(name).public() for name in ("root-a", "root-b", "root-c")}, threshold)
