"""Having the head of the public log signed by witnesses, who are other people on other machines (`trust.md` §3.8).

A head that too few signed is served all the same, for the log must not stop when a witness does; but what goes inside a
certificate refers to the last one that enough of them signed, kept beside it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from logging import Logger
from pathlib import Path
from time import monotonic
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from certify.operations.credentials import Issuer
from certify.operations.publishing import LOG, WITNESSED, log_in, write
from certify.trust.merkle import consistency_proof
from certify.trust.note import BadNote, open_note
from certify.trust.tiles import CHECKPOINT, Log, read_subtrees
from certify.trust.witness import PATH, request_of

PATIENCE, AGAIN_AFTER = 5, 30.0
"""Seconds that a witness may take to answer, and after which one that did not is asked again."""

_failed_at: dict[str, float] = {}


def read_witnesses(setting: str | None) -> dict[str, str]:
    """Read the setting WITNESSES, `name=address` separated by commas: where each witness of the manifest is asked."""
    pairs = (each.partition("=") for each in (setting or "").split(",") if each.strip())
    return {name.strip(): address.strip().rstrip("/") for name, _, address in pairs}


def have_witnessed(folder: Path, addresses: Mapping[str, str], issuer: Issuer, log: Logger) -> frozenset[str]:
    """Ask the witnesses who have not signed the present head; return the names of those who have now."""
    manifest, place = issuer.keys.manifest, folder / LOG
    public = log_in(folder, issuer)
    for name, address in addresses.items():
        note = (place / CHECKPOINT).read_text()
        if name in _signed_by(note, issuer) or monotonic() - _failed_at.get(name, -AGAIN_AFTER) < AGAIN_AFTER:
            continue
        try:
            lines = _ask(address, note, public)
            if name not in _signed_by(note + lines, issuer):
                raise BadNote("it answered with another signature than its own")
            public.add_signatures(note, lines)
        except (OSError, ValueError) as fault:
            _failed_at[name] = monotonic()
            log.warning("The witness %s did not sign: %s", name, fault)
    note = (place / CHECKPOINT).read_text()
    signed = _signed_by(note, issuer)
    if len(signed) >= manifest.quorum > 0:
        write(place / WITNESSED, note.encode())
    if manifest.quorum == 0:  # were one wanted again, this one would be older than what devices have seen since
        (place / WITNESSED).unlink(missing_ok=True)
    return signed


def _signed_by(note: str, issuer: Issuer) -> frozenset[str]:
    manifest = issuer.keys.manifest
    return frozenset(open_note(note, manifest.log, manifest.witnesses).seen_at)


def _ask(address: str, note: str, public: Log, old: int = 0, *, is_last: bool = False) -> str:
    """Ask a witness for its cosignature, from the size it knows: when that is another, it says which."""
    size = int(note.split("\n")[1])
    proof = consistency_proof(old, size, read_subtrees(size, public.fetch)) if 0 < old < size else []
    asked = Request(address + PATH, request_of(old, proof, note).encode(), {"Content-Type": "text/plain"})
    try:
        with urlopen(asked, timeout=PATIENCE) as answer:
            return answer.read(4096).decode()
    except HTTPError as refusal:
        known = refusal.read(32).decode()
        if refusal.code != 409 or is_last or not re.fullmatch(r"\d{1,18}\n", known) or int(known) > size:
            raise OSError(f"{refusal.code} {known.strip()}") from refusal
    return _ask(address, note, public, int(known), is_last=True)
