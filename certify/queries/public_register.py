"""The public register as machines read it: page after page, and what changed since, in the order of the public log."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, func, not_, or_, select
from sqlalchemy.orm import Session

from certify.models import LedgerEntry, Licence, Product, RegisterEntry, RegisterGtin
from certify.queries.register import ENDED
from certify.workflows.errors import NotFound
from certify.workflows.licence import State
from certify.workflows.scanning import Caution
from certify.workflows.verdict import Known, Standing, Verdict, judge
from certify.workflows.words import N_

SORTED = (Verdict.VALID, Verdict.NOT_YET, Verdict.SUSPENDED, Verdict.WITHDRAWN, Verdict.EXPIRED, Verdict.SUSPECT)
"""The verdicts by which the register may be sorted out: those of a licence by itself."""

KINDS = {
    "suspended": "suspended",
    "valid": "reinstated",
    "withdrawn": "withdrawn",
    "expired": "expired",
    "alert": "alerted",
}
"""The words of the log for what happens to a licence, and ours. The end of an alert is told as that of a suspension."""


@dataclass(frozen=True)
class Sieve:
    """Which licences are asked for; None asks for all."""

    verdict: Verdict | None = None
    region: int | None = None
    filiere: str | None = None
    gtin: str | None = None


@dataclass(frozen=True)
class Change:
    """What happened to a licence: its place in the public log, the moment, the word, and for an ending its ground."""

    position: int
    at: str
    number: str
    kind: str
    ground: str | None = None
    scope: str | None = None


def verdict_on(row: RegisterEntry, today: date) -> Verdict:
    """Judge a licence by itself, the alert that people confirmed included."""
    state = State(row.state)
    is_alerted = row.caution is Caution.ALERT and state not in ENDED
    return judge(Known(today, licence=Standing(state, row.valid_from, row.valid_to, is_alerted=is_alerted))).verdict


def list_licences(session: Session, sieve: Sieve, *, today: date, after: str, limit: int) -> Sequence[RegisterEntry]:
    """List the licences after a number, in the order of their numbers."""
    asked = select(RegisterEntry).where(RegisterEntry.number > after)
    if sieve.verdict:
        asked = asked.where(_judged(sieve.verdict, today))
    if sieve.region:
        asked = asked.where(RegisterEntry.number.startswith(f"TDM-{sieve.region:02d}-"))
    if sieve.filiere:
        asked = asked.join(Licence, Licence.id == RegisterEntry.licence_id)
        asked = asked.join(Product, Product.dossier_id == Licence.dossier_id).where(Product.filiere == sieve.filiere)
    if sieve.gtin:
        asked = asked.join(RegisterGtin, RegisterGtin.mark == RegisterEntry.mark).where(RegisterGtin.gtin == sieve.gtin)
    return session.scalars(asked.order_by(RegisterEntry.number).limit(limit)).all()


def get_licence(session: Session, number: str) -> RegisterEntry:
    """Return the row of a licence by its canonical number. Raises NotFound."""
    found = session.scalars(select(RegisterEntry).where(RegisterEntry.number == number)).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such licence."))
    return found


def list_gtins(session: Session, marks: Iterable[str]) -> dict[str, list[str]]:
    """List the GTINs of licences, by mark."""
    found: dict[str, list[str]] = {mark: [] for mark in marks}
    asked = select(RegisterGtin).where(RegisterGtin.mark.in_(found)).order_by(RegisterGtin.gtin)
    for row in session.scalars(asked):
        found[row.mark].append(row.gtin)
    return found


def list_changes(session: Session, *, after: int, limit: int) -> tuple[list[Change], int, bool]:
    """List what happened to licences in the entries of the log after a place; say up to which, and whether more wait.

    Entries get their places in the order in which they are committed, without a gap: whoever goes on from the last
    place never misses one, however late it was committed.
    """
    asked = select(LedgerEntry).where(LedgerEntry.position > after).order_by(LedgerEntry.position).limit(limit + 1)
    entries = session.scalars(asked).all()
    changes = [change for entry in entries[:limit] if (change := _change(entry))]
    last = entries[:limit][-1].position if entries else after
    return changes, last, len(entries) > limit


def list_latest(session: Session, *, limit: int) -> list[Change]:
    """List what happened to licences last, the newest first."""
    asked = select(LedgerEntry).where(LedgerEntry.kind.in_(("issue", "status"))).order_by(LedgerEntry.position.desc())
    return [change for entry in session.scalars(asked.limit(limit)) if (change := _change(entry))]


def find_place_before(session: Session, moment: datetime) -> int:
    """Return the place in the log after which every entry is of `moment` or later; -1 when all are.

    No entry is older than the one before it, so that halving finds the place among ten million in some twenty looks.
    """
    low, high = 0, (session.scalar(select(func.max(LedgerEntry.position))) or 0) + 1
    while low < high:
        middle = (low + high) // 2
        at = session.scalar(select(LedgerEntry.at).where(LedgerEntry.position == middle))
        low, high = (middle + 1, high) if at is not None and at < moment else (low, middle)
    return low - 1


def _judged(verdict: Verdict, today: date) -> ColumnElement[bool]:
    """Say in SQL what `workflows.verdict` says of a licence by itself."""
    is_alerted = and_(RegisterEntry.caution.is_not_distinct_from(Caution.ALERT), RegisterEntry.state.not_in(ENDED))
    if verdict is Verdict.SUSPECT:
        return is_alerted
    return and_(not_(is_alerted), _stands(verdict, today))


def _stands(verdict: Verdict, today: date) -> ColumnElement[bool]:
    state, begins, ends = RegisterEntry.state, RegisterEntry.valid_from, RegisterEntry.valid_to
    is_over = or_(state == State.EXPIRED, and_(state.in_([State.ACTIVE, State.SUSPENDED]), ends < today))
    match verdict:
        case Verdict.WITHDRAWN:
            return state == State.WITHDRAWN
        case Verdict.EXPIRED:
            return is_over
        case Verdict.SUSPENDED:
            return and_(state == State.SUSPENDED, ends >= today)
        case Verdict.NOT_YET:
            return and_(state == State.ACTIVE, begins > today)
    return and_(state == State.ACTIVE, begins <= today, ends >= today)


def _change(entry: LedgerEntry) -> Change | None:
    """Read an entry of the log; None when it tells of something else than what happened to a licence."""
    said: dict[str, Any] = json.loads(entry.entry)
    if said["t"] == "issue":
        return Change(entry.position, said["at"], said["cert"], "granted")
    if said["t"] != "status" or said["to"] not in KINDS:
        return None
    kind = KINDS[said["to"]]
    ending = (said["why"], said["scope"]) if kind in ("suspended", "withdrawn") else ()
    return Change(entry.position, said["at"], said["cert"], kind, *ending)
