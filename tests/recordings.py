"""Entries of a visit as a device writes them, for tests."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from uuid import uuid4

from PIL import Image

from certify.models import Visit
from certify.operations.acting import Actor
from certify.operations.recording import receive_entry
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


def recorded(visit: Visit, actor: Actor, /, kind: str = "check", body: dict[str, object] | None = None, **more: object):
    """Receive an entry of somebody, another one each time; return its row."""
    frame = {"id": str(uuid4()), "visit": visit.id, "author": actor.id, "kind": kind, "body": body or CHECK}
    text = entry_text(**(frame | more))
    return receive_entry(visit, text, name=name_of(text), actor=actor)


def photo_body(content: bytes, **more: object) -> dict[str, object]:
    """Return what an entry says of a photo."""
    digest = sha256(content).hexdigest()
    return {"photo": digest, "size": len(content), "caption": "", "about": "", "reduced": False, **more}
