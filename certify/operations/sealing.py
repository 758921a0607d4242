"""What a paper gets before it leaves: what machines read put inside, then the seal of the label."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

from pyhanko.sign.timestamps import TimeStamper
from sqlalchemy.orm import Session

from certify.models import Credential, LedgerEntry, Paper
from certify.operations.anchoring import Stamp
from certify.operations.credentials import Issuer
from certify.operations.publishing import proof_of
from certify.trust.paper import Attachment, attach, seal_pdf, stamp
from certify.trust.paper_keys import PaperSealer


class NotPublished(Exception):
    """The issue of a licence is not in the published log yet, so that its certificate cannot prove it."""


@dataclass(frozen=True)
class Press:
    """What papers are closed with. `stamper` is the time-stamp authority, if one is used; `public`, the folder of the
    published log.
    """

    sealer: PaperSealer
    stamper: TimeStamper | None
    issuer: Issuer
    public: Path

    def close(self, content: bytes, at: datetime) -> bytes:
        """Seal a paper that is complete."""
        return seal_pdf(content, self.sealer, at, self.stamper)

    @property
    def stamp(self) -> Stamp | None:
        """What time-stamps a content; None without an authority."""
        return partial(stamp, stamper=self.stamper) if self.stamper else None


def gather_inside(session: Session, paper: Paper, press: Press) -> tuple[Attachment, ...]:
    """Return what goes inside a paper besides its own facts: a certificate carries its proofs, the others nothing.

    The credential of the licence, the entry of the log that tells of its issue, byte for byte, and the proof that this
    entry is in the log. Raises NotPublished, or Forked when another entry was published in its place; a licence older
    than the log has none of the three.
    """
    credential = session.get(Credential, paper.licence_id) if paper.licence_id else None
    if credential is None:
        return ()
    issue = session.get_one(LedgerEntry, credential.position)
    proof = proof_of(press.public, issue, press.issuer, is_witnessed=True)
    if proof is None:
        raise NotPublished(f"{paper.number}: the issue of its licence is not in the published log yet.")
    return (
        Attachment(
            "credential.jwt",
            credential.token.encode(),
            "application/vc+jwt",
            "Source",
            "L’attestation vérifiable (W3C) · الشهادة القابلة للتحقق",
        ),
        Attachment(
            "event.json",
            issue.entry.encode(),
            "application/json",
            "Data",
            "L’inscription au journal public · القيد في السجل",
        ),
        Attachment(
            "issuance.tlog-proof",
            proof.encode(),
            "text/plain",
            "Supplement",
            "La preuve de cette inscription · إثبات هذا القيد",
        ),
    )


def complete(content: bytes, paper: Paper, inside: tuple[Attachment, ...]) -> bytes:
    """Put the number and the attachments inside a drawn paper; dated by the paper, so that its bytes never change."""
    return attach(content, paper.number, inside, at=paper.issued_at)
