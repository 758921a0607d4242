"""What a label shows of each licence, held against its public log: status list, register, and what devices keep.

`audit` reads the log; here, in `issued` and in `stamps` everything else that is published is compared with it, by
whoever has no database.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeVar
from urllib.parse import urlencode

from certify.trust import tokens
from certify.trust.directory import Listed, read_alerts, read_directory
from certify.trust.keys import to_bytes
from certify.trust.ledger import EXPIRED, Incoherent, Issue, Ledger
from certify.trust.manifest import Manifest
from certify.trust.merkle import BadProof, Subtree, tree_hash
from certify.trust.note import BadNote, Checkpoint, open_note
from certify.trust.status import Status, StatusList
from certify.workflows.licence import Ground, State
from certify.workflows.verdict import Known, Standing, Verdict, judge

LOG, BUNDLE, REGISTER = "/log/", "/offline/bundle.json", "/api/v1/licences"
ROWS = 1000
"""Rows of the register on a page: the most that the API gives."""

ENDINGS = ("suspended", "withdrawn")
"""The changes of a licence that have a day and a ground of their own."""

HOUR = timedelta(hours=1)
"""How far the clock of Morocco may be from UTC: days are told by the former, moments by the latter."""

Each, Seen = TypeVar("Each"), TypeVar("Seen")

Get = Callable[[str], bytes]
"""Returns what is published under a path of the site; raises OSError, FileNotFoundError for what is not there."""


class Disagreement(Exception):
    """Something published contradicts something else; the message says what."""


@dataclass(frozen=True)
class Audited:
    """What was found to agree: the manifest, the signed head, what the log says, and its tree made anew."""

    manifest: Manifest
    note: str
    checkpoint: Checkpoint
    ledger: Ledger
    subtree: Subtree
    lists: tuple[StatusList, ...]
    witnesses: frozenset[str] = frozenset()

    @property
    def has_quorum(self) -> bool:
        """Whether as many witnesses signed the head as the manifest wants."""
        return len(self.witnesses) >= self.manifest.quorum


UNBELIEVABLE = (AttributeError, LookupError, TypeError, ValueError, FileNotFoundError)
"""What is raised by something that is not shaped as it must be, or not there."""


@contextmanager
def disagreeing(about: str = "") -> Iterator[None]:
    """Turn whatever cannot be believed, read or found into a Disagreement."""
    try:
        yield
    except (BadNote, BadProof, Incoherent, tokens.Untrusted, *UNBELIEVABLE) as error:
        raise Disagreement(f"{about}{error}") from error


def head_of(note: str, manifest: Manifest) -> Checkpoint:
    """Return the head that a note of the log of today says, whoever signed it besides. Raises BadNote."""
    return open_note(note, manifest.log).checkpoint


def is_on_the_way(head: Checkpoint, found: Audited) -> bool:
    """Tell whether a head of the log is the one audited, or one before it."""
    return head.size <= found.checkpoint.size and tree_hash(head.size, found.subtree) == head.root


def side_by_side(look: Callable[[Each], Seen], of: Iterable[Each], workers: int) -> Iterator[Seen]:
    """Look at each thing, `workers` at a time, and yield what was seen, in order; the first fault ends it."""
    with ThreadPoolExecutor(workers) as pool:
        try:
            yield from pool.map(look, of)
        finally:
            pool.shutdown(cancel_futures=True)


def check_list(shown: StatusList, ledger: Ledger, at: datetime) -> None:
    """Raise Disagreement where a status list shows something else than the log, or is too old."""
    if at >= shown.expires_at:
        raise Disagreement(f"the status list {shown.uri} has expired")
    numbers = {place: number for number, place in ledger.licences.items()}
    listed = list(shown)
    for place, status in enumerate(ledger.statuses):
        if place >= len(listed) or listed[place] is not status:
            found = listed[place] if place < len(listed) else "nothing"
            raise Disagreement(f"{numbers[place]}: the status list shows {found}, the log {status}")
    if any(status is not Status.VALID for status in listed[len(ledger.statuses) :]):
        raise Disagreement(f"the status list {shown.uri} shows licences that the log does not know")


def check_offline(get: Get, found: Audited, at: datetime) -> dict[str, Listed]:
    """Hold what devices keep against the log; return the licences that the directory lists, by number."""
    with disagreeing("what devices keep: "):
        parts, keys = json.loads(get(BUNDLE)), found.manifest.keys["status"]
        alerts = get("/status/alerts").decode()
        if parts["alerts"] != alerts or to_bytes(parts["trust"]["payload"]) != found.manifest.payload:
            raise Disagreement("what devices keep: its alerts or its manifest are not those published")
        if not is_on_the_way(head_of(parts["checkpoint"], found.manifest), found):
            raise Disagreement("what devices keep: its head of the log is not on the way to the one published")
        shown = StatusList.read(parts["status"], keys)
        check_list(shown, found.ledger, at)
        void = sum(batch.void for batch in found.ledger.batches.values())
        if len(read_alerts(alerts, keys, beside=shown)) < void:
            raise Disagreement(f"the list of alerts lacks some of the {void} labels that the log declares void")
        listed = {each.number: each for each in read_directory(parts["directory"], keys, beside=shown)}
    _check_directory(listed, found.ledger)
    return listed


def _check_directory(listed: Mapping[str, Listed], ledger: Ledger) -> None:
    _same_numbers("the directory", listed, ledger)
    for number, each in listed.items():
        issue = ledger.issues[number]
        told = (ledger.licences[number], issue.valid_from, issue.valid_to)
        if (each.place, each.valid_from, each.valid_to) != told:
            raise Disagreement(f"{number}: the directory shows another place or other days than the log")
        if (each.ended_on, each.ground) != ended_by(issue):
            raise Disagreement(f"{number}: the directory shows another end, or ground of it, than the log")


def ended_by(issue: Issue) -> tuple[date, Ground] | tuple[None, None]:
    """Return the day and the ground by which a licence is suspended or withdrawn by the log; None twice: it is not."""
    last = issue.moves[-1] if issue.moves else {"to": "valid"}
    if last["to"] not in ENDINGS:
        return None, None
    return date.fromisoformat(last["from"]), Ground(last["why"])


def _same_numbers(what: str, shown: Iterable[str], ledger: Ledger) -> None:
    for number in sorted(set(shown) ^ set(ledger.licences)):
        lacks = "lacks it" if number in ledger.licences else "shows it, the log does not know it"
        raise Disagreement(f"{number}: {what} {lacks}")


def check_register(get: Get, found: Audited, listed: Mapping[str, Listed], at: datetime) -> dict[str, dict[str, Any]]:
    """Hold the public register against the log and the directory; return its rows, by number."""
    with disagreeing("the register: "):
        rows = {row["number"]: row for row in _rows(get)}
        _same_numbers("the register", rows, found.ledger)
        moments = [at, *(each.issued_at for each in found.lists)]
        days = {(moment + late).date() for moment in moments for late in (timedelta(), HOUR)}
        for number, row in rows.items():
            _check_row(row, found.ledger.issues[number], found.ledger, days)
            _check_names(row, listed[number])
    return rows


def _rows(get: Get) -> Iterator[dict[str, Any]]:
    after = ""
    while True:
        page = json.loads(get(f"{REGISTER}?{urlencode({'limit': ROWS} | ({'after': after} if after else {}))}"))
        yield from page["licences"]
        if not page["next"]:
            return
        if not page["licences"] or page["licences"][-1]["number"] <= after:
            raise Disagreement("the register: a page leads nowhere")
        after = page["licences"][-1]["number"]


def _check_row(row: Mapping[str, Any], issue: Issue, ledger: Ledger, days: Iterable[date]) -> None:
    """Compare a row of the register with what the log tells: its days, its meeting, its history, its verdict."""
    number = row["number"]
    if (row["valid_from"], row["valid_to"]) != (issue.valid_from.isoformat(), issue.valid_to.isoformat()):
        raise Disagreement(f"{number}: the register shows other days than the log")
    meeting = row["meeting"]["number"] if row["meeting"] else None
    if meeting != ledger.decisions[issue.decision][1]:
        raise Disagreement(f"{number}: the register shows another meeting than the log")
    state, is_alerted, told = history_of(issue)
    granted = ("granted", issue.valid_from.isoformat(), None, meeting)
    shown = [(line["kind"], line["on"], line.get("ground"), line.get("meeting")) for line in row["history"]]
    if shown != [granted, *((*line, None) for line in told)]:
        raise Disagreement(f"{number}: the register shows another history than the log")
    allowed = {_verdict(state, issue, day, is_alerted) for day in days}
    if state is State.EXPIRED:  # whether there is an alert on a licence that is over is not told to the log
        allowed |= {Verdict.EXPIRED, Verdict.SUSPECT}
    if row["verdict"] not in allowed:
        raise Disagreement(f"{number}: the register shows {row['verdict']}, the log {' or '.join(sorted(allowed))}")


def history_of(issue: Issue) -> tuple[State, bool, list[tuple[str, str, str | None]]]:
    """Return how a licence stands by the log, whether it is under alert, and its changes since: kind, day, ground.

    A suspension ends with `valid`, or with `alert` where one stands; in force, both words tell of an alert alone.
    """
    state, is_alerted, told = State.ACTIVE, False, []
    for event in issue.moves:
        to, on = event["to"], event["from"]
        if to in ENDINGS:
            state = State(to)
            told.append((to, on, event["why"]))
        elif to == EXPIRED:
            state = State.EXPIRED
            told.append((to, issue.valid_to.isoformat(), None))
        else:
            if state is State.SUSPENDED:
                told.append(("reinstated", on, None))
            state, is_alerted = State.ACTIVE, to == "alert"
    return state, is_alerted, told


def _verdict(state: State, issue: Issue, day: date, is_alerted: bool) -> str:
    alerted = is_alerted and state not in (State.SUSPENDED, State.WITHDRAWN)
    standing = Standing(state, issue.valid_from, issue.valid_to, is_alerted=alerted)
    return judge(Known(day, licence=standing)).verdict


def _check_names(row: Mapping[str, Any], each: Listed) -> None:
    """Compare a row of the register with the directory: it shows the same mark, names and trade items."""
    shown = (row["mark"], row["holder"], row["product"], sorted(row["gtins"]))
    if shown != (each.mark, dict(each.holder), dict(each.product), sorted(each.gtins)):
        raise Disagreement(f"{row['number']}: the register and the directory name it otherwise")
