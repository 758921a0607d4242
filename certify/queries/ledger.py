"""The public log and the status list as they are read to be published, and the credential of a licence."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import Credential, LedgerEntry, Licence
from certify.workflows.errors import Malformed, NotFound
from certify.workflows.licence import State
from certify.workflows.numbering import Kind, parse_number
from certify.workflows.words import N_

NO_SUCH = N_("There is no such licence.")


def list_entries(session: Session, begin: int) -> Sequence[bytes]:
    """List the entries of the log from place `begin` on, as bytes."""
    asked = select(LedgerEntry.entry).where(LedgerEntry.position >= begin).order_by(LedgerEntry.position)
    return [entry.encode() for entry in session.scalars(asked)]


def list_states(session: Session) -> Sequence[State]:
    """List the state of every licence that has a credential, in the order of their places."""
    asked = select(Licence.state).join(Credential, Credential.licence_id == Licence.id)
    return session.scalars(asked.order_by(Credential.place)).all()


def find_manifest_entry(session: Session, sha256: str) -> LedgerEntry | None:
    """Return the entry that tells of a trust manifest, by the hash of its payload."""
    asked = select(LedgerEntry).where(LedgerEntry.kind == "keys", LedgerEntry.entry.contains(f'"sha256":"{sha256}"'))
    return session.scalars(asked.limit(1)).first()


def list_entries_of(session: Session, kind: str) -> Sequence[LedgerEntry]:
    """List the entries of a kind, in their order."""
    asked = select(LedgerEntry).where(LedgerEntry.kind == kind).order_by(LedgerEntry.position)
    return session.scalars(asked).all()


def get_credential(session: Session, number: str) -> Credential:
    """Return the credential of a licence by its number, however typed. Raises NotFound."""
    try:
        canonical = str(parse_number(number, Kind.LICENCE))
    except Malformed as fault:
        raise NotFound(NO_SUCH) from fault
    asked = select(Credential).join(Licence, Licence.id == Credential.licence_id).where(Licence.number == canonical)
    found = session.scalars(asked).one_or_none()
    if found is None:
        raise NotFound(NO_SUCH)
    return found
