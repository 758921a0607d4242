"""Papers printed and sealed as `tick` does; apart from `proofs`, for it brings WeasyPrint and makes another key."""

from __future__ import annotations

from datetime import datetime
from functools import cache

from certify.extensions import db
from certify.operations.printing import print_pending
from certify.operations.publishing import publish
from certify.operations.sealing import Press
from certify.operations.storage import Store
from certify.trust.paper_keys import SEAL, FileSealer, make_paper_keys, read_paper_sealer
from tests.proofs import ISSUER, KEYS, MADE, ROOM, ROOTS
from tests.turns import in_turn


@cache
def sealer() -> FileSealer:
    """The key that seals papers, made when a run first prints one: it takes the better part of a second."""
    with in_turn(ROOM):
        if not (KEYS / f"{SEAL}.crt").exists():
            make_paper_keys(KEYS, ROOTS, "Agence pour le développement agricole", MADE)
    return read_paper_sealer(KEYS)


def press(store: Store) -> Press:
    """What papers are sealed with; the log is published beside the files."""
    return Press(sealer(), None, ISSUER, store.root.parent / "public")


def print_all(store: Store, *, at: datetime, limit: int = 100) -> int:
    """Publish the log, then print and seal what is issued."""
    publish(db.session, store.root.parent / "public", issuer=ISSUER, at=at)
    return print_pending(db.session, store, press(store), at=at, limit=limit)
