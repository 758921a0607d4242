"""Check a paper from the file alone, on any machine and without network: its seal, and the proofs inside a certificate.

    python -m certify.trust.paper_check FILE.pdf [--roots FILE.pem] [--trust FILE.json] [--pinned FILE.json]

`--roots` are the root certificates that seals are trusted under (`/.well-known/paper-roots.pem`); without them the root
inside the file is taken, and its fingerprint said, to be compared. `--trust` is the trust manifest
(`/.well-known/tdm-trust.json`), `--pinned` the roots that must have signed it, as for the auditor: with it the
signatures of the credential, of the log and of its witnesses are verified, without it what hangs together is. Needs
pyHanko, pikepdf and cryptography; no framework, no database. The exit status is 0 when nothing is false (what is NOT
PROVED is said, and never told by the status), 1 when something is, 2 when it could not be read.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader

from certify.trust.audit import read_roots
from certify.trust.credential import digest, read_credential
from certify.trust.keys import KeyState, to_bytes
from certify.trust.ledger import parse
from certify.trust.manifest import Manifest, read_manifest
from certify.trust.merkle import leaf_hash, root_from_inclusion
from certify.trust.note import read_checkpoint, read_tlog_proof
from certify.trust.paper_reading import UNREADABLE, Trusted, read_paper
from certify.workflows.errors import Malformed
from certify.workflows.papers import PaperSeal

CREDENTIAL, EVENT, PROOF, FACTS = "credential.jwt", "event.json", "issuance.tlog-proof", "facts.json"

SEALS = {
    PaperSeal.BROKEN: "it was changed after it was sealed, or its seal is false",
    PaperSeal.FOREIGN: "it was sealed by somebody whom these roots do not know",
    PaperSeal.MISSING: "it bears no seal",
}


class Unproved(Exception):
    """Something in the paper is not as it must be; the message says what."""


def check(content: bytes, roots: list[bytes], manifest: Manifest | None, at: datetime) -> Iterator[str]:
    """Yield, sentence by sentence, what a paper proves. Raises Unproved at what is false, Malformed: no PDF.

    `roots` are certificates (DER); none trusts the root inside the file. `manifest` is one that was verified.
    """
    trusted = roots or _roots_inside(content)
    reading = read_paper(content, Trusted(trusted), at=at)
    if reading.seal is not PaperSeal.INTACT:
        raise Unproved(f"The paper cannot be believed: {SEALS[reading.seal]}.")
    moment = f"{reading.sealed_at:%Y-%m-%d %H:%M} UTC" + ("" if reading.is_stamped else ", by its own word")
    yield f"Paper {reading.number}: not one byte was changed since it was sealed ({moment})."
    if not roots:
        told = ", ".join(sha256(root).hexdigest() for root in trusted)
        yield f"NOT PROVED: who sealed it. Compare the SHA-256 of the root inside it: {told}."
    inside = _inside(content)
    if CREDENTIAL not in inside:
        yield "It carries no credential, so it is no certificate: the seal is all it proves."
        return
    try:
        yield from _check_certificate(inside, manifest)
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unproved(f"The proofs inside it do not hold: {error}") from error
    yield "NOT PROVED: that the licence still stands today. Its code, or the status list, tells."


def _check_certificate(inside: Mapping[str, bytes], manifest: Manifest | None) -> Iterator[str]:
    token, entry, facts = inside[CREDENTIAL].decode(), inside[EVENT], json.loads(inside[FACTS])
    index, hashes, note = read_tlog_proof(inside[PROOF].decode())
    said, event = _said(token, manifest), parse(entry)
    if event["t"] != "issue" or event["vc"] != digest(token):
        raise Unproved("The entry of the log inside it is not that of the credential inside it.")
    number, placed = said["credentialSubject"]["name"], said["status"]["status_list"]
    if (number, placed["idx"]) != (event["cert"], event["idx"]):
        raise Unproved("The credential and the entry of the log are of two licences.")
    if (facts["licence"], facts["valid_from"], facts["valid_to"]) != (number, event["nbf"], event["exp"]):
        raise Unproved("What is printed is of another licence, or of another term, than the credential.")
    yield f"Licence {number} was granted from {event['nbf']} to {event['exp']}, to {_holder(said)}."
    checkpoint = read_checkpoint(note)
    if root_from_inclusion(leaf_hash(entry), index, checkpoint.size, hashes) != checkpoint.root:
        raise Unproved("The proof does not lead from the entry to the head of the log.")
    yield f"The issue is entry {index} of {checkpoint.size} in the public log {checkpoint.origin}."
    if manifest is None:
        yield "NOT PROVED: the signatures of credential and log themselves, but for the seal. Give --trust."
        return
    is_signed, sentence = _signed_by(note, manifest)
    yield sentence
    if _kid(token) in manifest.keys["vc"]:
        yield "The label signed the credential."
    elif is_signed:
        yield "The key of the credential counts no more: that it is genuine, its hash in the log proves."
    else:
        yield "NOT PROVED: that the label signed the credential. Its key counts no more, nor does that of the log."


def _signed_by(note: str, manifest: Manifest) -> tuple[bool, str]:
    """Tell whether the head of the log in a paper is proved, and by whom. Raises BadNote, Unproved: too few witnesses.

    A log that has ended may have had fewer witnesses than are wanted today: how many there were is said.
    """
    opened, ended = manifest.open_head(note)
    witnesses = len(opened.seen_at)
    if ended and ended.state is KeyState.COMPROMISED:
        return False, (
            f"NOT PROVED: that the label signed the log. The key of {ended.key.name} was stolen since; {witnesses} "
            "witnesses signed this head. The public log, which goes on from it, tells."
        )
    if ended is None and witnesses < manifest.quorum:
        raise Unproved(f"{witnesses} of the {manifest.quorum} witnesses needed signed the head of the log.")
    return True, f"The label signed the log, and {witnesses} witnesses its head."


def _said(token: str, manifest: Manifest | None) -> dict[str, Any]:
    """Return what a credential says, verified where the manifest is at hand and still names its key."""
    if manifest is None or _kid(token) not in manifest.keys["vc"]:
        return json.loads(to_bytes(token.split(".")[1]))
    return read_credential(token, manifest.keys["vc"])


def _kid(token: str) -> str:
    return json.loads(to_bytes(token.split(".", maxsplit=1)[0]))["kid"]


def _holder(said: Mapping[str, Any]) -> str:
    subject = said["credentialSubject"]
    products = ", ".join(each["product"]["name"] for each in subject["assessment"][0]["assessedProduct"][:1])
    return f"{subject['issuedToParty']['name']}, for {products}"


def _inside(content: bytes) -> dict[str, bytes]:
    with pikepdf.open(BytesIO(content)) as pdf:
        return {name: file.get_file().read_bytes() for name, file in pdf.attachments.items()}


def _roots_inside(content: bytes) -> list[bytes]:
    """Return the certificates inside the seal that signed themselves."""
    try:
        (seal, *_) = PdfFileReader(BytesIO(content), strict=False).embedded_regular_signatures
        return [each.dump() for each in seal.other_embedded_certs if each.self_signed != "no"]
    except UNREADABLE:
        return []


def _read_manifest(path: Path, pinned: Path | None, at: datetime) -> Manifest:
    signed = json.loads(path.read_text())
    roots = read_roots(pinned) if pinned else Manifest.of(to_bytes(signed["payload"]), at.date()).roots
    return read_manifest(signed, roots, at=at)


def main(arguments: list[str] | None = None) -> int:
    """Check a paper and say what it proves."""
    parser = argparse.ArgumentParser(prog="python -m certify.trust.paper_check", description=__doc__.partition("\n")[0])
    parser.add_argument("file", type=Path, help="the paper, as PDF")
    parser.add_argument("--roots", type=Path, help="the root certificates that seals are trusted under, PEM")
    parser.add_argument("--trust", type=Path, help="the trust manifest, as the site publishes it")
    parser.add_argument("--pinned", type=Path, help="the root keys that must have signed it, as JSON")
    asked, at = parser.parse_args(arguments), datetime.now(UTC)
    try:
        pem = asked.roots.read_bytes() if asked.roots else b""
        roots = [root.public_bytes(Encoding.DER) for root in x509.load_pem_x509_certificates(pem)] if pem else []
        manifest = _read_manifest(asked.trust, asked.pinned, at) if asked.trust else None
        for sentence in check(asked.file.read_bytes(), roots, manifest, at):
            print(sentence)
    except Unproved as fault:
        print(f"FALSE  {fault}", file=sys.stderr)
        return 1
    except Malformed as fault:
        print(f"CANNOT READ  {fault.message}", file=sys.stderr)
        return 2
    except (OSError, ValueError, KeyError) as fault:
        print(f"CANNOT READ  {fault}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
