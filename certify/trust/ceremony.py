"""Making, rotating and giving up keys: the acts for which the roots are brought together (`trust.md` §3.9).

Each ends with another trust manifest, one version on, signed by two roots at least and read back before it takes the
place of the one before.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from certify.trust.keyring import PUBLISHED, Keyring, NoKeys, did_of, put_away, read_keyring
from certify.trust.keys import VERIFIES_FOR, FileSigner, KeyState, Signer, to_text
from certify.trust.manifest import Roots, read_manifest, sign_manifest
from certify.trust.note import LOG, Checkpoint, NoteKey
from certify.trust.successors import (
    LOG_NAME,
    STATEMENTS,
    another_key,
    make_secret,
    name_of,
    new_key,
    next_log,
    next_name,
    said_by,
    year_of,
)
from certify.trust.tokens import Untrusted
from certify.trust.whole import alone, write_whole

ROOTS = ("root-a", "root-b", "root-c")
THRESHOLD = 2
LOCK = ".lock"

LIFETIME = timedelta(days=400)
"""How long a manifest stands: a yearly rotation is never late."""

HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")


def make_keys(folder: Path, roots: Path, host: str, at: datetime) -> Keyring:
    """Make every key of a new label, of this year (late in it: of the next), and a manifest signed by three roots.

    `folder` holds the keys that work, `roots` those of the roots: take them apart, offline, at once. Raises
    FileExistsError when keys are there already.
    """
    if (folder / PUBLISHED).exists():
        raise FileExistsError(f"There are keys in {folder} already: rotate them.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)  # it may be there already, for the files that tell of keys in a token
    year, did = year_of(at) % 100, did_of(host)
    statements = [(use, f"{use}-{year}") for use in STATEMENTS]
    signers = {name: FileSigner.make(roots / f"{name}.pem") for name in ROOTS}
    seal, log = new_key(folder, f"seal-{year}"), new_key(folder, LOG_NAME)
    said = {
        "v": 1,
        "threshold": THRESHOLD,
        "roots": [{"kid": name, "x": to_text(signer.public())} for name, signer in signers.items()],
        "hosts": [host],
        "seal": [_seal_entry(year, seal, at)],
        "jwks": [_jwk(did, use, name, new_key(folder, name), at) for use, name in statements],
        "log": str(NoteKey(f"{host}/{LOG_NAME}", LOG, log.public())),
        "witnesses": [],
        "quorum": 0,
        "status": [f"https://{host}/status/1"],
    }
    make_secret(folder / f"pin-{year}.key")
    return _publish(folder, said, version=1, signers=signers, at=at)


def rotate(folder: Path, roots: Path, role: str, at: datetime) -> str:
    """Give a role another key and retire the one before, which goes on verifying; return its name.

    `roots` holds two of the three root keys at least. Raises NoKeys, or Untrusted when the roots are not enough.
    """
    ring = read_keyring(folder, at)
    name = next_name(ring, role, at)
    if role == "pin":
        make_secret(folder / f"{name}.key")
        return name
    _must_be_enough(ring, roots)
    said, signer = said_by(ring), another_key(ring, name)
    if role == "seal":
        for entry in said["seal"]:
            entry["state"] = str(KeyState.RETIRED) if entry["state"] == KeyState.ACTIVE else entry["state"]
        said["seal"].append(_seal_entry(int(name.rpartition("-")[2]), signer, at))
    else:
        said["jwks"].append(_jwk(ring.did, role, name, signer, at))
    _republish(ring, said, roots, at)
    return name


def end_log(folder: Path, roots: Path, end: Checkpoint, at: datetime, *, state: KeyState) -> Keyring:
    """Give the public log another key under another name (TDM-1: new log instead of new key); return the keys then.

    `end` is the last head under the key given up, from which the next log goes on: nobody signs for the former beyond
    it. `state` says whether that key was stolen. Raises what `rotate` raises.
    """
    ring = read_keyring(folder, at)
    _must_be_enough(ring, roots)
    name = next_log(ring)
    key = NoteKey(f"{ring.manifest.hosts[0]}/{name}", LOG, another_key(ring, name).public())
    said = said_by(ring)
    told = {"log": said["log"], "size": end.size, "root": to_text(end.root), "state": str(state)}
    return _republish(ring, said | {"log": str(key), "ended": [*said.get("ended", []), told]}, roots, at)


def declare_log_stolen(folder: Path, roots: Path, name: str, at: datetime) -> None:
    """Say that the key of a log that has ended was stolen since: from then on its signature alone proves nothing.

    Raises NoKeys when no log of that name has ended, and what `rotate` raises.
    """
    ring = read_keyring(folder, at)
    said = said_by(ring)
    ended = [each for each in said.get("ended", []) if NoteKey.parse(each["log"]).below == name]
    if not ended:
        raise NoKeys(f"No log {name} has ended.")
    ended[0]["state"] = str(KeyState.COMPROMISED)
    _republish(ring, said, roots, at)


def name_witnesses(folder: Path, roots: Path, witnesses: Iterable[str], quorum: int, at: datetime) -> None:
    """Say whose signatures under the log count, by their published keys, and how many a head needs.

    Raises ValueError when a key cannot be read or fewer are named than needed, and what `rotate` raises.
    """
    named = [str(NoteKey.parse(text)) for text in witnesses]
    if not 0 <= quorum <= len(named) or len({text.split("+")[0] for text in named}) < len(named):
        raise ValueError("as many different witnesses must be named as a head needs")
    ring = read_keyring(folder, at)
    _republish(ring, said_by(ring) | {"witnesses": named, "quorum": quorum}, roots, at)


def rotate_roots(folder: Path, roots: Path, new_roots: Path, at: datetime, *, without: str | None = None) -> list[str]:
    """Put three new roots, made in `new_roots`, in the place of those in `roots`; return their names.

    Two of the old sign the change, and all the new: whoever pinned the old ones follows, and whoever comes later begins
    with the new. `without` is an old root that may not sign, for it was stolen. Raises what `rotate` raises.
    """
    ring = read_keyring(folder, at)
    old = {name: signer for name, signer in _read_roots(roots).items() if name in ring.manifest.roots.keys}
    old.pop(without, None)
    if len(old) < THRESHOLD:
        raise Untrusted(f"{len(old)} of the {THRESHOLD} roots needed are in {roots}")
    generation = 1 + max(int(name.rpartition("-")[2][1:] or 1) for name in ring.manifest.roots.keys)
    new = {name: FileSigner.make(new_roots / f"{name}.pem") for name in (f"{root}{generation}" for root in ROOTS)}
    said = said_by(ring) | {"roots": [{"kid": name, "x": to_text(signer.public())} for name, signer in new.items()]}
    version, trusted = ring.manifest.version + 1, ring.manifest.roots
    _publish(folder, said, version=version, signers=old | new, at=at, trusted=trusted)
    return list(new)


def name_hosts(folder: Path, roots: Path, hosts: Sequence[str], at: datetime) -> None:
    """Say under which hosts codes of the label are read: the official one first, then all that were ever printed.

    The host is not part of a seal: after a change of domain what is printed goes on being ours. Raises ValueError for
    what is no host, and what `rotate` raises.
    """
    wrong = [host for host in hosts if not HOST.fullmatch(host)]
    if wrong or not hosts or len(set(hosts)) < len(hosts):
        raise ValueError(f"these are not different hosts, written in lower case: {' '.join(wrong or hosts)}")
    ring = read_keyring(folder, at)
    _republish(ring, said_by(ring) | {"hosts": list(hosts)}, roots, at)


def give_up_pins(folder: Path, roots: Path, name: str, at: datetime) -> str:
    """Put a stolen key of opening numbers away, for no number by it proves anything; return the name of the new one."""
    stolen = folder / f"{name}.key"
    if not stolen.exists():
        raise NoKeys(f"There is no key {name} of opening numbers.")
    successor = rotate(folder, roots, "pin", at)
    stolen.replace(put_away(stolen))
    return successor


def declare_compromised(folder: Path, roots: Path, name: str, at: datetime) -> str:
    """Say to the world that a key was stolen, and give its role another; return the name of the new one.

    A seal by it counts from then on only for codes that the register knows; a statement by it counts no more. The
    manifest keeps its name, which no other key ever gets. That of opening numbers is not published: it is put away.
    Raises NoKeys when the manifest knows no such key, or Untrusted when the roots are not enough.
    """
    role, ring = name.partition("-")[0], read_keyring(folder, at)
    if role == "pin":
        return give_up_pins(folder, roots, name, at)
    if name not in (*(f"seal-{kid}" for kid in ring.manifest.seals), *map(name_of, ring.manifest.keys.get(role, ()))):
        raise NoKeys(f"The manifest knows no key {name}.")
    successor = rotate(folder, roots, role, at)
    ring = read_keyring(folder, at)
    said = said_by(ring)
    for entry in said["seal"]:
        if f"seal-{entry['b']}" == name:
            entry["state"] = str(KeyState.COMPROMISED)
    gone = [entry for entry in said["jwks"] if name_of(entry["kid"]) == name]
    said["jwks"] = [entry for entry in said["jwks"] if entry not in gone]
    said["given_up"] = [*said.get("given_up", []), *gone]
    _republish(ring, said, roots, at)
    return successor


def _republish(ring: Keyring, said: dict[str, Any], roots: Path, at: datetime) -> Keyring:
    """Publish another manifest, signed by every root that is at hand: an old one, too, for who did not follow yet."""
    signers, version = _read_roots(roots), ring.manifest.version + 1
    return _publish(ring.folder, said, version=version, signers=signers, at=at, trusted=ring.manifest.roots)


def _must_be_enough(ring: Keyring, roots: Path) -> None:
    """Raise Untrusted when too few roots are at hand: before a key is made, so that no name is spent on none."""
    trusted = ring.manifest.roots
    at_hand = sum(1 for name in _read_roots(roots) if name in trusted.keys)
    if at_hand < trusted.threshold:
        raise Untrusted(f"{at_hand} of the {trusted.threshold} roots needed are in {roots}")


def _read_roots(roots: Path) -> dict[str, FileSigner]:
    return {path.stem: FileSigner.read(path) for path in sorted(roots.glob("root-*.pem"))}


def _publish(
    folder: Path,
    said: dict[str, Any],
    *,
    version: int,
    signers: Mapping[str, Signer],
    at: datetime,
    trusted: Roots | None = None,
) -> Keyring:
    """Sign a manifest and put it in the place of the one before, in one piece, once it is seen to be believed.

    Raises NoKeys when that is not the one before any more: of two ceremonies at once, one must be done again.
    """
    said = said | {"version": version, "iat": int(at.timestamp()), "exp": int((at + LIFETIME).timestamp())}
    published = sign_manifest(said, signers)
    roots = trusted or Roots({name: signer.public() for name, signer in signers.items()}, THRESHOLD)
    manifest = read_manifest(published, roots, at=at, seen=version)
    with alone(folder / LOCK):
        if (folder / PUBLISHED).exists() and read_keyring(folder, at).manifest.version != version - 1:
            raise NoKeys("Somebody else changed the keys meanwhile: look at `keys show`, then do it again.")
        write_whole(folder / PUBLISHED, json.dumps(published).encode(), is_durable=True)
    return Keyring(folder, published, manifest, at)


def _seal_entry(kid: int, signer: Signer, at: datetime) -> dict[str, Any]:
    return {"b": kid, "x": to_text(signer.public()), **_term("seal", at), "state": str(KeyState.ACTIVE)}


def _jwk(did: str, use: str, name: str, signer: Signer, at: datetime) -> dict[str, str]:
    key = {"kty": "OKP", "crv": "Ed25519", "kid": f"{did}#{name}", "use": use, "x": to_text(signer.public())}
    return key | _term(use, at)


def _term(role: str, at: datetime) -> dict[str, str]:
    """Return the first and the last day of a key that is made now: it signs until the end of its year."""
    begins, last = min(at.date(), date(year_of(at), 1, 1)), date(year_of(at) + VERIFIES_FOR[role], 12, 31)
    return {"nbf": begins.isoformat(), "exp": last.isoformat()}
