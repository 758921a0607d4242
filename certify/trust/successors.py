"""Which key follows which: its name, which no key ever had, and the key itself, in a file or in a token."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from string import ascii_lowercase
from typing import Any

from certify.trust.keyring import Keyring, NoKeys, read_signer, years_of_pins
from certify.trust.keys import FileSigner, Signer, to_text
from certify.trust.note import NoteKey

STATEMENTS = ("vc", "status")
ROLES = ("seal", *STATEMENTS, "pin")
"""What has a key of its own each year; a log keeps its key for as long as it lives, and another follows it."""

LOG_NAME = "log"

NEAR = timedelta(days=60)
"""So long before the year is over a new key is that of the next year."""

EMERGENCY = 128
"""The first key byte of seals made outside the yearly order."""

PIN_LENGTH = 32


def year_of(at: datetime) -> int:
    """Return the year of which a key that is made now is."""
    return (at + NEAR).year


def next_name(ring: Keyring, role: str, at: datetime) -> str:
    """Return the name of the next key of a role: its year; within a year a letter, for seals a byte from 128 on."""
    if role not in ROLES:
        raise ValueError(f"no role {role} has a key that is rotated")
    year = year_of(at) % 100
    name = f"{role}-{year}"
    if role == "pin":
        return f"pin-{max(year, max(years_of_pins(ring.folder)) + 1)}"
    later = range(EMERGENCY, 256) if role == "seal" else [f"{year}{letter}" for letter in ascii_lowercase[1:]]
    return _first_free(ring, (name, *(f"{role}-{each}" for each in later)))


def next_log(ring: Keyring) -> str:
    """Return the name of the log that follows the present one."""
    return _first_free(ring, (f"{LOG_NAME}{number}" for number in count(2)))


def _first_free(ring: Keyring, names: Iterable[str]) -> str:
    """Return the first name that no key ever had, whether its file is still there or not."""
    given = {name for name, _ in _ever_named(ring)}
    free = (name for name in names if name not in given and not (ring.folder / f"{name}.pem").exists())
    if (name := next(free, None)) is None:
        raise NoKeys("There is no name left for another key of this year.")
    return name


def another_key(ring: Keyring, name: str) -> Signer:
    """Make a key, or take the one that `name.toml` tells of. Raises NoKeys for one that ever had another name."""
    signer = new_key(ring.folder, name)
    if to_text(signer.public()) in {public for _, public in _ever_named(ring)}:
        raise NoKeys(f"{name}.toml tells of a key that was in use before: make another one in the token.")
    return signer


def _ever_named(ring: Keyring) -> Iterator[tuple[str, str]]:
    """Yield the name of each key that the manifest names or ever named, and its public part."""
    said = said_by(ring)
    for entry in said["seal"]:
        yield f"seal-{entry['b']}", entry["x"]
    for entry in (*said["jwks"], *said.get("given_up", [])):
        yield name_of(entry["kid"]), entry["x"]
    for log in (said["log"], *(ended["log"] for ended in said.get("ended", []))):
        yield (key := NoteKey.parse(log)).below, to_text(key.public)


def new_key(folder: Path, name: str) -> Signer:
    """Make a key; or take the one that was made in a token, where `name.toml` tells of it."""
    told = (folder / f"{name}.toml").exists()
    return read_signer(folder, name) if told else FileSigner.make(folder / f"{name}.pem")


def make_secret(path: Path) -> None:
    """Make a key of opening numbers. Raises FileExistsError: none is overwritten."""
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(secrets.token_bytes(PIN_LENGTH))


def said_by(ring: Keyring) -> dict[str, Any]:
    """Return what the manifest says, word by word, to be said anew with something changed."""
    return json.loads(ring.manifest.payload)


def name_of(kid: str) -> str:
    """Return the name of a key of statements, `vc-26`, from its id."""
    return kid.partition("#")[2]
