"""The public log held against the tables, from inside: what `flask journal check` does besides the chains.

From outside, without the database, `python -m certify.trust.audit` does the same with what is published.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import Credential, LedgerEntry, Licence, RegisterEntry
from certify.operations.acting import Actor
from certify.operations.ledger import log
from certify.operations.publishing import statuses_of
from certify.queries.calendar import CASABLANCA
from certify.queries.journal import head_of
from certify.queries.ledger import list_entries, list_entries_of, list_states
from certify.trust.credential import digest
from certify.trust.ledger import Incoherent, Ledger, parse
from certify.workflows.licence import State

ANCHOR = "journal"
SETTLED_AFTER = time(0, 15)
"""When a day of the journal is over: what was begun before midnight is committed by then."""


def anchor_journal(session: Session, *, at: datetime) -> None:
    """Tell the public log, once a day, the hash of the whole journal up to midnight: its past is fixed from then on."""
    local = at.astimezone(CASABLANCA)
    today = local.date()
    if local.time() < SETTLED_AFTER or any(_day(each) == today for each in list_entries_of(session, ANCHOR)[-1:]):
        return
    head, events = head_of(session, before=datetime.combine(today, time.min, CASABLANCA))
    if events:
        log(ANCHOR, actor=Actor(session, None, at), head=head, events=events)


def disagreements(session: Session) -> Iterator[str]:
    """Yield what in the tables contradicts the public log, or in the log itself."""
    ledger = Ledger()
    try:
        ledger.read_all(list_entries(session, 0))
    except Incoherent as fault:
        yield f"public log: {fault}"
        return
    states = statuses_of(list_states(session))
    if states != ledger.statuses:
        yield f"public log: it tells {len(ledger.statuses)} licences, or other states than the tables, {len(states)}"
    without = Licence.id.not_in(select(Credential.licence_id))
    for number in session.scalars(select(Licence.number).where(Licence.state != State.TO_SIGN, without)):
        yield f"licence {number}: it was signed, and has no credential"
    yield from _credentials(session)
    for entry in list_entries_of(session, ANCHOR):
        said = parse(entry.entry.encode())
        if head_of(session, count=said["events"]) != (said["head"], said["events"]):
            yield f"journal: it is not the one that the public log anchored at {said['at']}"


def _credentials(session: Session) -> Iterator[str]:
    rows = (
        select(Licence.number, Credential, LedgerEntry.entry, RegisterEntry.mark)
        .join(Credential, Credential.licence_id == Licence.id)
        .join(LedgerEntry, LedgerEntry.position == Credential.position)
        .outerjoin(RegisterEntry, RegisterEntry.licence_id == Licence.id)
    )
    for number, credential, entry, mark in session.execute(rows):
        said = parse(entry.encode())
        told = (said.get("cert"), said.get("idx"), said.get("vc"))
        if told != (number, credential.place, digest(credential.token)):
            yield f"licence {number}: its credential is not the one that the public log tells"
        if mark is None:
            yield f"licence {number}: the public register lacks it"


def _day(entry: LedgerEntry) -> date:
    return entry.at.astimezone(CASABLANCA).date()
