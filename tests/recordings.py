"""Entries of a visit as a device writes them, for tests."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO

from PIL import Image

from certify.workflows.evidence import canonical

CHECK = {"check": "storage", "answer": "conform", "note": ""}
HASH = "a" * 64


def entry_text(**more: object) -> str:
    """Write an entry: a check of the storage by person 1 on visit 1, but for what `more` says."""
    frame = {
        "id": "01234567-89ab-4def-8123-456789abcdef",
        "visit": 1,
        "author": 1,
        "kind": "check",
        "at": "2026-11-27T10:00:00.000Z",
        "body": CHECK,
    }
    return canonical(frame | more)


def name_of(text: str) -> str:
    """Return what an entry is called."""
    return sha256(text.encode()).hexdigest()


def picture(seed: int = 0, side: int = 64, kind: str = "JPEG") -> bytes:
    """Return a photo that no other seed gives."""
    made = BytesIO()
    Image.effect_noise((side, side), 10 + seed).convert("RGB").save(made, kind)
    return made.getvalue()
