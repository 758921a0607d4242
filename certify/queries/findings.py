"""The findings of a dossier as people follow them: whose turn, by when, what was said, what may be done now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from certify.models import Dossier, Finding, FindingStep, User, Visit
from certify.queries.admissibility import last_day_of
from certify.queries.calendar import MOROCCAN_HOLIDAYS, casablanca_today
from certify.queries.evaluation import list_findings
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.workflows import dossier as dossiers
from certify.workflows import visit as visits
from certify.workflows.clock import Moment, Reading, Runs, Unit, read
from certify.workflows.criteria import Criterion
from certify.workflows.errors import NotFound
from certify.workflows.finding import AWAITING, LIFE, OWED, Action, Grade, State, waits_for
from certify.workflows.parameters import Source
from certify.workflows.permissions import Role
from certify.workflows.words import N_


@dataclass(frozen=True)
class Case:
    """One finding as it is followed. `number` counts from 1 in the dossier; `source` is the text that it rests on.

    `reading` is the time to correct, or until it is sent the time in which to give notice of it. `latest` is the last
    day that may be agreed; `offers` what the reader may do now.
    """

    number: int
    finding: Finding
    criterion: Criterion | None
    source: Source
    reading: Reading
    turn: Role | None
    latest: date
    offers: tuple[Action, ...]

    @property
    def history(self) -> Sequence[FindingStep]:
        """Every step, the oldest first."""
        return self.finding.steps

    @property
    def is_asked(self) -> bool:
        """Whether asking for conformity now asks for it: it was never sent, or is not resolved."""
        return self.finding.state in (State.NOTED, *OWED)

    @property
    def needs_visit(self) -> bool:
        """Whether it is closed only on a visit."""
        return self.finding.grade is Grade.CRITICAL

    @property
    def first_offer(self) -> Action | None:
        """What to do now."""
        return self.offers[0] if self.offers else None


def due_of(dossier: Dossier, grade: Grade, start: date) -> date:
    """Return by when a finding of this grade is corrected when it is sent on `start`."""
    return last_day_of(dossier, grade.delay, start)


def latest_day(dossier: Dossier, start: date) -> date:
    """Return the last day that may be given to correct what is sent on `start`."""
    return last_day_of(dossier, "conformity_max", start)


def list_verifying(session: Session, finding: Finding) -> Sequence[Visit]:
    """List the visits on which a correction may be verified: of its dossier, closed, begun after its last report."""
    proof = finding.correction
    if proof is None:
        return []
    made = (Visit.dossier_id == finding.dossier_id, Visit.state == visits.State.DONE, Visit.begun_at > proof.at)
    return session.scalars(select(Visit).where(*made).order_by(Visit.begun_at.desc(), Visit.id.desc())).all()


def notice_reading(session: Session, dossier: Dossier, today: date) -> Reading | None:
    """Read the time in which to tell the applicant of what was found, by the oldest finding not sent; None without."""
    unsent = (Finding.dossier_id == dossier.id, Finding.state == State.NOTED)
    found_on = session.scalar(select(func.min(Finding.found_on)).where(*unsent))
    return read_notice(dossier, found_on, today) if found_on else None


def read_notice(dossier: Dossier, found_on: date, today: date) -> Reading:
    """Read the time in which to tell the applicant of what was seen on `found_on`, on a visit or not."""
    notice = get_regulation(dossier.regulation).delay("finding_notice")
    return read([Moment(found_on, Runs.RUNNING)], notice, MOROCCAN_HOLIDAYS, today)


def list_cases(session: Session, dossier: Dossier, *, reader: User, today: date, sent: bool = False) -> list[Case]:
    """List the findings of a dossier that `reader` may read already; `sent`: those that the applicant knows of."""
    roles = roles_on(session, reader, dossier)
    found = [finding for finding in list_findings(session, dossier) if finding.sent_at is not None or not sent]
    return [_case(number, finding, dossier, roles, today) for number, finding in enumerate(found, 1)]


def get_case(session: Session, dossier: Dossier, finding_id: int, *, reader: User, today: date) -> Case:
    """Return one finding that the applicant knows of. Raises NotFound."""
    cases = list_cases(session, dossier, reader=reader, today=today, sent=True)
    found = next((case for case in cases if case.finding.id == finding_id), None)
    if found is None:
        raise NotFound(N_("There is no such finding on this dossier."))
    return found


def count_awaiting(session: Session, dossiers_read: Sequence[Dossier]) -> Mapping[int, int]:
    """Count, by dossier, the findings that wait for the rapporteur: a plan to read, a correction to verify."""
    ids = [dossier.id for dossier in dossiers_read]
    asked = select(Finding.dossier_id).where(Finding.dossier_id.in_(ids), Finding.state.in_(AWAITING))
    counts = dict.fromkeys(ids, 0)
    for dossier_id in session.scalars(asked):
        counts[dossier_id] += 1
    return counts


def _case(number: int, finding: Finding, dossier: Dossier, roles: frozenset[Role], today: date) -> Case:
    regulation = get_regulation(dossier.regulation)
    criterion = regulation.criterion(finding.criterion) if finding.criterion else None
    code = criterion.source if criterion else regulation.delay(finding.grade.delay).source
    open_for = set(dossiers.LIFE.offered(dossier.state, roles))
    offers = (one for one in LIFE.offered(finding.state, roles) if one in open_for)
    return Case(
        number=number,
        finding=finding,
        criterion=criterion,
        source=regulation.source(code),
        reading=_reading(finding, dossier, today),
        turn=waits_for(finding.state),
        latest=max(latest_day(dossier, casablanca_today(finding.raised_at)), finding.due_on),
        offers=tuple(offers),
    )


def _reading(finding: Finding, dossier: Dossier, today: date) -> Reading:
    """Read the time to correct: it stands still while the rapporteur reads, and ends when the finding is resolved."""
    if finding.sent_at is None:
        return read_notice(dossier, finding.found_on, today)
    started_on = casablanca_today(finding.sent_at)
    correction, is_over = finding.correction, finding.state is State.CLOSED
    is_stopped = finding.state in AWAITING
    reported = casablanca_today(correction.at) if correction and (is_over or is_stopped) else today
    limit = (finding.due_on - started_on).days
    used = (reported - started_on).days
    return Reading(
        started_on=started_on,
        used=used,
        remaining=limit - used,
        due_on=None if is_over or is_stopped else finding.due_on,
        is_stopped=is_stopped,
        is_over=is_over,
        is_late=not is_stopped and not is_over and used > limit,
        limit=limit,
        stopped_days=0,
        unit=Unit.DAYS,
    )
