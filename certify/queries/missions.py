"""The missions of a rapporteur: the dossiers they were appointed to, by legal clock, and whose turn each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from certify.models import Dossier, Finding, Report, Sample, User, Visit
from certify.queries.admissibility import office_facts
from certify.queries.casefile import Piece, list_pieces, whose_turn
from certify.queries.committee import blocking_facts
from certify.queries.comparisons import Compared, compare
from certify.queries.deadlines import Readings, read_many
from certify.queries.dossiers import list_dossiers
from certify.queries.evaluation import (
    Judged,
    Sentence,
    evaluation_facts,
    judged_grid,
    list_findings,
    list_reports,
    list_sent,
)
from certify.queries.findings import Case, count_awaiting, list_cases
from certify.queries.relations import roles_on
from certify.queries.samples import Analysed, list_analysed, list_samples
from certify.queries.tasks import Assigned, list_tasks
from certify.queries.visits import list_clashes, list_dossier_visits
from certify.workflows.clock import Runs
from certify.workflows.dossier import LIFE, Action, Facts
from certify.workflows.errors import Refused
from certify.workflows.machine import Term
from certify.workflows.permissions import Right, Role
from certify.workflows.words import N_

REPORTING = frozenset({Action.SUBMIT_REPORT, Action.PASS_OVER})
"""The moves that the grid leads to: it may be filled in while one of them is offered."""

LAST = 10**6
"""Where a dossier without a running clock stands in the order."""


class Turn(Term):
    """Whose turn a mission is."""

    MINE = "mine", N_("Your turn")
    OTHERS = "others", N_("With others")
    OVER = "over", N_("Finished")


@dataclass(frozen=True)
class Mission:
    """One dossier of a rapporteur: its clocks, whose turn it is, how many findings wait for them."""

    dossier: Dossier
    readings: Readings
    turn: Turn
    awaiting: int = 0

    @property
    def is_late(self) -> bool:
        """Whether the clock that runs now is past its last day."""
        reading = self.readings.current
        return reading is not None and reading.is_late and not reading.is_over

    @property
    def urgency(self) -> tuple[int, int]:
        """Sort the one with the fewest days left first; a stopped clock presses nobody."""
        reading = self.readings.current
        stands = reading is None or reading.is_stopped or reading.is_over
        return (LAST if stands else reading.remaining, self.dossier.id)


@dataclass(frozen=True)
class Offer:
    """A move that the regulation offers the rapporteur, and the refusal it would meet now, if any."""

    action: Action
    refusal: Refused | None


@dataclass(frozen=True)
class Examination:
    """One dossier as its rapporteur works on it. `cases`: its findings as they are followed.

    `blocking` is what forbids the approval today, whatever the vote.

    `analysed`: what the laboratories found, `compared`: what each value is held beside, by criterion. `sent` are the
    numbers of the findings that the applicant was told of; `is_open`: the grid may still be filled in.
    """

    mission: Mission
    turn: frozenset[Role]
    grid: Sequence[Judged]
    blocking: Sequence[Sentence]
    findings: Sequence[Finding]
    cases: Sequence[Case]
    sent: frozenset[int]
    pieces: Sequence[Piece]
    reports: Sequence[Report]
    samples: Sequence[Sample]
    tasks: Sequence[Assigned]
    visits: Sequence[Visit]
    clashes: Mapping[int, Sequence[tuple[str, str]]]
    analysed: Mapping[str, Sequence[Analysed]]
    offers: Sequence[Offer]
    is_open: bool
    compared: Mapping[str, Compared]

    @property
    def mandatory(self) -> int:
        """How many criteria must have a value and its evidence."""
        return sum(row.criterion.mandatory for row in self.grid)

    @property
    def missing(self) -> Sequence[Judged]:
        """The mandatory criteria that still lack one or the other."""
        return [row for row in self.grid if row.is_missing]

    @property
    def unsent(self) -> Sequence[Finding]:
        """The findings that the applicant does not know of yet."""
        return [finding for finding in self.findings if finding.id not in self.sent]


def get_examination(session: Session, dossier: Dossier, *, reader: User, today: date) -> Examination:
    """Return a dossier that `reader` was already allowed to fetch, as its rapporteur sees it."""
    facts = replace(evaluation_facts(session, dossier, today), has_report=True, has_reason=True)
    roles = roles_on(session, reader, dossier)
    offered = LIFE.offered(dossier.state, roles)
    grid = judged_grid(session, dossier)
    visits = list_dossier_visits(session, dossier)
    return Examination(
        mission=_mission(dossier, read_many(session, [dossier], today), count_awaiting(session, [dossier])),
        turn=whose_turn(dossier, office_facts(session, dossier, today)),
        grid=grid,
        blocking=blocking_facts(session, dossier, today),
        findings=list_findings(session, dossier),
        cases=list_cases(session, dossier, reader=reader, today=today),
        sent=list_sent(session, dossier),
        pieces=list_pieces(session, dossier, reader=reader, today=today),
        reports=list_reports(session, dossier),
        samples=list_samples(session, dossier),
        tasks=list_tasks(session, dossier, today),
        visits=visits,
        clashes=list_clashes(session, visits),
        analysed=list_analysed(session, dossier),
        offers=[Offer(action, _refusal(dossier, action, roles, facts)) for action in offered],
        is_open=not REPORTING.isdisjoint(offered),
        compared=compare(session, dossier, grid, reader=reader),
    )


def list_missions(session: Session, *, rapporteur: User, today: date) -> Mapping[Turn, Sequence[Mission]]:
    """List the missions of a rapporteur by whose turn it is, the most pressing first; the finished ones last."""
    dossiers = list_dossiers(session, reader=rapporteur, right=Right.FILL_GRID)
    readings = read_many(session, dossiers, today)
    awaiting = count_awaiting(session, dossiers)
    missions = [_mission(dossier, readings, awaiting) for dossier in dossiers]
    return {
        turn: sorted((mission for mission in missions if mission.turn is turn), key=lambda mission: mission.urgency)
        for turn in Turn
    }


def _mission(dossier: Dossier, readings: Mapping[int, Readings], awaiting: Mapping[int, int]) -> Mission:
    awaited = awaiting[dossier.id] if Action.CLOSE_FINDING in LIFE.offered(dossier.state, {Role.RAPPORTEUR}) else 0
    return Mission(dossier, readings[dossier.id], turn_of(dossier, awaited), awaited)


def turn_of(dossier: Dossier, awaiting: int = 0) -> Turn:
    """Tell whose turn it is: the rapporteur's when the next move is theirs, or the applicant waits for them."""
    following = LIFE.leaving(dossier.state)
    asks = dossier.asks_decision_as_is and any(row.action in REPORTING for row in following)
    asked = asks or (awaiting and any(Role.RAPPORTEUR in row.who for row in following))
    if asked or (following and Role.RAPPORTEUR in following[0].who):
        return Turn.MINE
    return Turn.OVER if dossier.state.runs is Runs.ENDED else Turn.OTHERS


def _refusal(dossier: Dossier, action: Action, roles: frozenset[Role], facts: Facts) -> Refused | None:
    try:
        LIFE.decide(dossier.state, action, roles, facts)
    except Refused as refusal:
        return refusal
    return None
