"""What the public reads of each licence, held against its journal, its credential and the public log.

The page behind a mark reads one row of the register and nothing else: a row that somebody changed is a false answer.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from certify.models import (
    AgendaItem,
    CopyCase,
    Credential,
    Event,
    LedgerEntry,
    Licence,
    Meeting,
    RegisterEntry,
    RegisterGtin,
    SeenCode,
)
from certify.operations.register import APPROVALS, KINDS, proof_in, told
from certify.trust.credential import called, digest, stated_in
from certify.workflows.case import State as CaseState
from certify.workflows.licence import State
from certify.workflows.scanning import Caution

AT_ONCE = 500
"""How many licences are read together."""


def register_faults(session: Session) -> Iterator[str]:
    """Yield each licence whose credential, row of the register or dates are not what the log and the journal tell."""
    rows = (
        select(Licence, Credential, LedgerEntry.entry, RegisterEntry)
        .outerjoin(Credential, Credential.licence_id == Licence.id)
        .outerjoin(LedgerEntry, LedgerEntry.position == Credential.position)
        .outerjoin(RegisterEntry, RegisterEntry.licence_id == Licence.id)
        .where(Licence.state != State.TO_SIGN)
        .order_by(Licence.id)
    )
    alerted = set(session.scalars(select(CopyCase.licence_id).where(CopyCase.state == CaseState.ALERTED)))
    for part in session.execute(rows.execution_options(yield_per=AT_ONCE)).partitions():
        held = _Held(session, part, alerted)
        for licence, credential, entry, shown in part:
            for fault in held.faults(licence, credential, entry, shown):
                yield f"licence {licence.number}: {fault}"
    yield from _cautions(session)


class _Held:
    """What some licences are held against, read together."""

    def __init__(self, session: Session, rows: Sequence[Row], alerted: set[int | None]) -> None:
        licences = [licence for licence, *_ in rows]
        numbers = [licence.id for licence in licences]
        self._alerted = alerted
        self._moves: dict[int, list[tuple]] = {number: [] for number in numbers}
        moves = select(Event.licence_id, Event.action, Event.at, Event.facts).where(Event.licence_id.in_(numbers))
        moves = moves.where(Event.action.in_([str(action) for action in KINDS])).order_by(Event.sequence)
        for licence_id, *move in session.execute(moves):
            self._moves[licence_id].append(tuple(move))
        held = select(AgendaItem.dossier_id, Meeting.number).join(Meeting, Meeting.id == AgendaItem.meeting_id)
        held = held.where(AgendaItem.dossier_id.in_([licence.dossier_id for licence in licences]))
        approved = held.where(AgendaItem.ended.in_(APPROVALS)).order_by(AgendaItem.id)
        self._meetings: dict[int, str] = dict(session.execute(approved).all())
        places = [(shown.facts.get("evidence") or {}).get("moved") for *_, shown in rows if shown]
        changes = select(LedgerEntry.position, LedgerEntry.entry).where(LedgerEntry.position.in_(filter(None, places)))
        self._changes = {place: json.loads(entry) for place, entry in session.execute(changes)}
        self._gtins: dict[str, list[str]] = {}
        marks = [licence.mark for licence in licences]
        items = select(RegisterGtin).where(RegisterGtin.mark.in_(marks)).order_by(RegisterGtin.gtin)
        for row in session.scalars(items):
            self._gtins.setdefault(row.mark, []).append(row.gtin)

    def faults(
        self, licence: Licence, credential: Credential | None, entry: str | None, shown: RegisterEntry | None
    ) -> Iterator[str]:
        """Yield what is wrong with one licence."""
        issue = json.loads(entry) if entry else {}
        stated = _stated(credential)
        if credential is None:
            yield "it was signed, and has no credential"
        elif (issue.get("cert"), issue.get("idx"), issue.get("vc")) != (
            licence.number,
            credential.place,
            digest(credential.token),
        ):
            yield "its credential is not the one that the public log tells"
        elif (issue.get("nbf"), issue.get("exp")) != (licence.valid_from.isoformat(), licence.valid_to.isoformat()):
            yield "its validity is not the one that the public log tells"
        elif stated.get("mark") != licence.mark:
            yield "its mark is not the one of its credential"
        if shown is None:
            yield "the public register lacks it"
            return
        wanted = self._wanted(licence)
        if stated:
            wanted |= {name: stated[name] for name in ("holder", "product", "gtins")}
            wanted["evidence"] = proof_in(credential) | self._moved(licence, shown)
        said = _said(shown) | {"gtins": self._gtins.get(shown.mark, [])}
        if others := [name for name, value in wanted.items() if said[name] != value]:
            yield f"the public register tells otherwise than its journal and its credential: {', '.join(others)}"

    def _moved(self, licence: Licence, shown: RegisterEntry) -> dict[str, int]:
        """Return where the row says that the log tells of the last change, if the log does so there."""
        place = (shown.facts.get("evidence") or {}).get("moved")
        told = self._changes.get(place, {})
        return {"moved": place} if (told.get("t"), told.get("cert")) == ("status", licence.number) else {}

    def _wanted(self, licence: Licence) -> dict[str, Any]:
        """Return what the row must say, by the licence, its journal and the cases."""
        return {
            "mark": licence.mark,
            "number": licence.number,
            "state": str(licence.state),
            "valid_from": licence.valid_from,
            "valid_to": licence.valid_to,
            "photo": licence.photo_sha256,
            "caution": Caution.ALERT if licence.id in self._alerted else None,
            "history": told(self._moves[licence.id], licence.valid_to, self._meetings.get(licence.dossier_id)),
        }


def _said(shown: RegisterEntry) -> dict[str, Any]:
    facts = shown.facts
    return {
        "mark": shown.mark,
        "number": shown.number,
        "state": shown.state,
        "valid_from": shown.valid_from,
        "valid_to": shown.valid_to,
        "photo": shown.photo_sha256,
        "caution": shown.caution,
        "history": shown.history,
        "holder": called(facts.get("holder") or {}),
        "product": called(facts.get("product") or {}),
        "evidence": facts.get("evidence"),
    }


def _stated(credential: Credential | None) -> dict[str, Any]:
    """Return what a credential says of its licence; nothing where there is none, or another thing in its place."""
    try:
        return stated_in(credential.token) if credential else {}
    except ValueError:
        return {}


def _cautions(session: Session) -> Iterator[str]:
    """Yield each code that is under alert without a case that confirmed it, or not under alert in spite of one."""
    confirmed = select(CopyCase.seen_id).where(CopyCase.state == CaseState.CONFIRMED)
    is_alerted = SeenCode.caution.is_not_distinct_from(Caution.ALERT)
    for path in session.scalars(select(SeenCode.path).where(is_alerted, SeenCode.id.not_in(confirmed))):
        yield f"code {path}: it is under alert, and no case says so"
    for path in session.scalars(select(SeenCode.path).where(~is_alerted, SeenCode.id.in_(confirmed))):
        yield f"code {path}: its copies were confirmed, and it is not under alert"
