"""The public log and the status list as they are read to be published, and the credential of a licence."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import closing

from sqlalchemy import Row, false, func, select
from sqlalchemy.orm import Session

from certify.models import Credential, LedgerEntry, Licence, Product, ProductFormat, RegisterEntry
from certify.workflows.errors import Malformed, NotFound
from certify.workflows.licence import State
from certify.workflows.numbering import Kind, parse_number
from certify.workflows.scanning import Caution
from certify.workflows.words import N_

NO_SUCH = N_("There is no such licence.")


def list_entries(session: Session, begin: int) -> Sequence[bytes]:
    """List the entries of the log from place `begin` on, as bytes."""
    asked = select(LedgerEntry.entry).where(LedgerEntry.position >= begin).order_by(LedgerEntry.position)
    return [entry.encode() for entry in session.scalars(asked)]


def find_last_position(session: Session) -> int | None:
    """Return the place of the last entry that is there for good; None while there is none.

    Places are given under a lock that lasts until the commit: what an entry before it tells of can be read, too.
    """
    return session.scalar(select(func.max(LedgerEntry.position)))


def get_entry(session: Session, position: int) -> LedgerEntry:
    """Return the entry at a place of the log; NotFound when there is none."""
    found = session.get(LedgerEntry, position)
    if found is None:
        raise NotFound(N_("The log has no such part."))
    return found


def stream_entries(session: Session) -> Generator[bytes]:
    """Yield all entries of the log as bytes, in their order, without holding them all."""
    asked = select(LedgerEntry.entry).order_by(LedgerEntry.position).execution_options(yield_per=1000)
    with closing(session.scalars(asked)) as found:
        for entry in found:
            yield entry.encode()


def list_states(session: Session) -> list[tuple[State, bool]]:
    """List, of every licence that has a credential, its state and whether it is under alert, by their places."""
    is_alerted = func.coalesce(RegisterEntry.caution == Caution.ALERT, false())
    asked = select(Licence.state, is_alerted).join(Credential, Credential.licence_id == Licence.id)
    asked = asked.outerjoin(RegisterEntry, RegisterEntry.licence_id == Licence.id)
    return [(state, bool(alerted)) for state, alerted in session.execute(asked.order_by(Credential.place))]


def list_places(session: Session) -> Sequence[Row[tuple[int, RegisterEntry]]]:
    """List what the public may know of every licence that has a credential, with its place in the status list."""
    asked = select(Credential.place, RegisterEntry).join(
        RegisterEntry, RegisterEntry.licence_id == Credential.licence_id
    )
    return session.execute(asked.order_by(Credential.place)).all()


def list_gtins(session: Session) -> Mapping[int, tuple[str, ...]]:
    """List the GTINs of the product of every licence, by the row of the licence; none where the sizes have none."""
    asked = select(Licence.id, ProductFormat.gtin).join(Product, Product.dossier_id == Licence.dossier_id)
    asked = asked.join(ProductFormat, ProductFormat.product_id == Product.id).where(ProductFormat.gtin.is_not(None))
    found: dict[int, tuple[str, ...]] = {}
    for licence, gtin in session.execute(asked.order_by(Licence.id, ProductFormat.position)):
        found[licence] = (*found.get(licence, ()), gtin)
    return found


def get_issue(session: Session, number: str) -> LedgerEntry:
    """Return the entry that tells of the issue of a licence, by its number, however typed. Raises NotFound."""
    return session.get_one(LedgerEntry, get_credential(session, number).position)


def find_last_of(session: Session, kind: str) -> LedgerEntry | None:
    """Return the last entry of a kind; None while there is none."""
    asked = select(LedgerEntry).where(LedgerEntry.kind == kind).order_by(LedgerEntry.position.desc())
    return session.scalars(asked.limit(1)).one_or_none()


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
