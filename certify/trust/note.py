"""Signed notes: checkpoints of the log, their signatures and those of witnesses (C2SP signed-note, tlog-checkpoint).

origin LF size LF base64(root) LF  LF  — name base64(key id ‖ signature) LF …
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256

from certify.trust.keys import Signer, is_signed

LOG, COSIGNATURE = b"\x01", b"\x04"
"""What a key is: it signs the text itself, or the text under a date."""

ID_LENGTH, TIME_LENGTH = 4, 8
PROOF = "c2sp.org/tlog-proof@v1"


class BadNote(ValueError):
    """A note is not what it must be, or nobody who counts signed it."""


@dataclass(frozen=True)
class NoteKey:
    """A key that signs notes, as it is published: `name+id+base64(kind ‖ public key)`."""

    name: str
    kind: bytes
    public: bytes

    @classmethod
    def parse(cls, text: str) -> NoteKey:
        """Read a published key. Raises BadNote when its id is not that of the key."""
        try:
            name, written, encoded = text.split("+", 2)
            blob = b64decode(encoded, validate=True)
        except ValueError as error:
            raise BadNote("this is no key of notes") from error
        key = cls(name, blob[:1], blob[1:])
        if key.id.hex() != written or key.kind not in (LOG, COSIGNATURE):
            raise BadNote("this is no key of notes that we read")
        return key

    @property
    def below(self) -> str:
        """What it is called below its host: `log`; the log that follows it, `log2`."""
        return self.name.rpartition("/")[2]

    @property
    def id(self) -> bytes:
        """The four bytes that name it in a signature."""
        return sha256(self.name.encode() + b"\n" + self.kind + self.public).digest()[:ID_LENGTH]

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{b64encode(self.kind + self.public).decode()}"


@dataclass(frozen=True)
class Checkpoint:
    """What a note of the log says: so many entries, under this root."""

    origin: str
    size: int
    root: bytes

    def __str__(self) -> str:
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


@dataclass(frozen=True)
class Opened:
    """A note that was verified: what it says, who signed it, and when each witness saw it."""

    checkpoint: Checkpoint
    signed_by: frozenset[str]
    seen_at: dict[str, datetime]


def sign_checkpoint(checkpoint: Checkpoint, signer: Signer) -> str:
    """Return the note of a checkpoint, signed by the log, whose name is the origin."""
    key = NoteKey(checkpoint.origin, LOG, signer.public())
    return f"{checkpoint}\n{_line(key, signer.sign(str(checkpoint).encode()))}"


def cosign(note: str, name: str, signer: Signer, at: datetime) -> str:
    """Return the line that a witness adds to a note: it saw this at `at`, and nothing that contradicts it."""
    key, seconds = NoteKey(name, COSIGNATURE, signer.public()), int(at.timestamp())
    signature = signer.sign(_dated(_text(note), seconds))
    return _line(key, seconds.to_bytes(TIME_LENGTH) + signature)


def open_note(note: str, log: NoteKey, witnesses: Iterable[NoteKey] = ()) -> Opened:
    """Read a checkpoint that the log signed. Signatures of others are passed over; a false one of a known key is not.

    Raises BadNote.
    """
    text = _text(note)
    known = {(key.name, key.id): key for key in (log, *witnesses)}
    signed_by, seen_at = set(), {}
    for name, blob in _signatures(note):
        key = known.get((name, blob[:ID_LENGTH]))
        if key is None:
            continue
        seconds, signature = _taken_apart(key, blob[ID_LENGTH:])
        if not is_signed(_dated(text, seconds) if seconds is not None else text.encode(), signature, key.public):
            raise BadNote(f"the signature of {name} is false")
        signed_by.add(name)
        if seconds is not None:
            seen_at[name] = datetime.fromtimestamp(seconds, UTC)
    if log.name not in signed_by:
        raise BadNote("the log did not sign this")
    return Opened(_checkpoint(text, log.name), frozenset(signed_by), seen_at)


def read_checkpoint(note: str) -> Checkpoint:
    """Read what a note says, whoever signed it or not: for who has not the key of the log. Raises BadNote."""
    text = _text(note)
    return _checkpoint(text, text.split("\n")[0])


def _checkpoint(text: str, origin: str) -> Checkpoint:
    lines = text.split("\n")
    try:
        said, size, root = lines[0], int(lines[1]), b64decode(lines[2], validate=True)
    except (IndexError, ValueError) as error:
        raise BadNote("this is no checkpoint") from error
    if said != origin or str(size) != lines[1] or size < 0 or len(root) != sha256().digest_size:
        raise BadNote("this is no checkpoint of this log")
    return Checkpoint(said, size, root)


def _text(note: str) -> str:
    text, gap, _ = note.rpartition("\n\n")
    if not gap:
        raise BadNote("the note bears no signature")
    return f"{text}\n"


def _signatures(note: str) -> Iterable[tuple[str, bytes]]:
    for line in note.rpartition("\n\n")[2].splitlines():
        try:
            dash, name, encoded = line.split(" ")
            blob = b64decode(encoded, validate=True)
        except ValueError as error:
            raise BadNote("a line of signature is malformed") from error
        if dash != "—" or len(blob) <= ID_LENGTH:
            raise BadNote("a line of signature is malformed")
        yield name, blob


def _taken_apart(key: NoteKey, blob: bytes) -> tuple[int | None, bytes]:
    if key.kind == LOG:
        return None, blob
    return int.from_bytes(blob[:TIME_LENGTH]), blob[TIME_LENGTH:]


def _dated(text: str, seconds: int) -> bytes:
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def _line(key: NoteKey, signature: bytes) -> str:
    return f"— {key.name} {b64encode(key.id + signature).decode()}\n"


def tlog_proof(index: int, hashes: Sequence[bytes], note: str) -> str:
    """Write the proof that the entry at `index` is in the log: its hashes up to the root, then the checkpoint."""
    lines = (PROOF, f"index {index}", *(b64encode(each).decode() for each in hashes))
    return "\n".join(lines) + f"\n\n{note}"


def read_tlog_proof(text: str) -> tuple[int, list[bytes], str]:
    """Take a proof apart: the index, the hashes, the checkpoint, which is not verified here. Raises BadNote."""
    head, gap, note = text.partition("\n\n")
    lines = head.split("\n")
    try:
        said, index = lines[0], int(lines[1].removeprefix("index "))
        hashes = [b64decode(line, validate=True) for line in lines[2:]]
    except (IndexError, ValueError) as error:
        raise BadNote("this is no proof") from error
    is_headed = said == PROOF and lines[1] == f"index {index}"
    if not gap or not is_headed or any(len(each) != sha256().digest_size for each in hashes):
        raise BadNote("this is no proof")
    return index, hashes, note
