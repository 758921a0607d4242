"""Samples as the rapporteur reads them, and as a laboratory does: by its code, and blind to whose product it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, joinedload

from certify.models import AnalysisResult, Dossier, Portion, Sample, User, UserRole
from certify.queries.evaluation import list_criteria
from certify.queries.measured import Measured, read_value
from certify.queries.regulations import get_regulation
from certify.workflows.criteria import Criterion, Verdict
from certify.workflows.errors import NotFound
from certify.workflows.permissions import Role
from certify.workflows.sampling import Part, Prevailing, prevails
from certify.workflows.uncertainty import is_uncertain, judge_within
from certify.workflows.words import N_


@dataclass(frozen=True)
class Analysed:
    """What one laboratory found for one criterion. `prevails`: this analysis is the one that counts in the grid."""

    portion: Portion
    measured: Measured
    verdict: Verdict
    is_uncertain: bool
    prevails: bool
    is_blocking: bool = False


@dataclass(frozen=True)
class Assignment:
    """A part of a sample as its laboratory sees it: nothing here leads to the product or to who makes it."""

    code: str
    sent_at: datetime
    submitted_at: datetime | None
    measured_on: date | None
    criteria: tuple[Criterion, ...]
    found: Mapping[str, Measured]
    bulletin: str | None
    fingerprint: str | None
    version: int


def list_laboratories(session: Session) -> Sequence[User]:
    """List the accounts that samples may be sent to: a laboratory is nothing else, or it would not be blind."""
    other = exists(select(UserRole.user_id).where(UserRole.user_id == User.id, UserRole.role != Role.LABORATORY))
    held = exists(select(UserRole.user_id).where(UserRole.user_id == User.id, UserRole.role == Role.LABORATORY))
    open_accounts = (User.is_active, User.confirmed_at.is_not(None), User.organisation_id.is_(None))
    return session.scalars(select(User).where(held, ~other, *open_accounts).order_by(User.laboratory, User.id)).all()


def list_samples(session: Session, dossier: Dossier) -> Sequence[Sample]:
    """List the samples taken on a dossier with their parts and results, the first taken first."""
    asked = select(Sample).where(Sample.dossier_id == dossier.id).order_by(Sample.id)
    return session.scalars(asked, execution_options={"populate_existing": True}).all()


def get_sample(session: Session, dossier: Dossier, sample_id: int) -> Sample:
    """Return a sample of a dossier, or raise NotFound."""
    found = next((sample for sample in list_samples(session, dossier) if sample.id == sample_id), None)
    if found is None:
        raise NotFound(N_("There is no such sample on this dossier."))
    return found


def part_of(sample: Sample, part: Part) -> Portion:
    """Return one of the three parts of a sample."""
    return next(portion for portion in sample.portions if portion.part is part)


def measured_by(result: AnalysisResult) -> Measured:
    """Return what a laboratory found as a row of the grid holds it."""
    portion = result.portion_of
    return Measured(
        value=result.value,
        method=result.method,
        laboratory=portion.laboratory.laboratory_name,
        measured_on=portion.measured_on,
        evidence_id=portion.bulletin_id,
        uncertainty=result.uncertainty,
        unit=result.unit,
        stated_value=result.stated_value,
        stated_uncertainty=result.stated_uncertainty,
    )


def list_analysed(session: Session, dossier: Dossier) -> Mapping[str, Sequence[Analysed]]:
    """List what the laboratories found, criterion by criterion, in the order of the samples and their parts."""
    rules = get_regulation(dossier.regulation).evaluation
    criteria = {criterion.code: criterion for criterion in list_criteria(dossier)}
    found: dict[str, list[Analysed]] = defaultdict(list)
    samples = list_samples(session, dossier)
    for sample in samples:
        for portion in sample.portions:
            for result in portion.results:
                criterion, measured = criteria[result.criterion], measured_by(result)
                value, uncertainty = read_value(criterion, measured)
                found[result.criterion].append(
                    Analysed(
                        portion,
                        measured,
                        judge_within(criterion, value, uncertainty, rules.decision_rule),
                        is_uncertain(criterion, value, uncertainty),
                        portion is counting(samples, result.criterion, rules.prevailing_analysis),
                    )
                )
    return found


def counting(samples: Sequence[Sample], criterion: str, rule: Prevailing) -> Portion | None:
    """Return the part whose result for a criterion counts: of the last sample that has one, the one that prevails."""
    for sample in reversed(samples):
        submitted = {
            portion.part: portion
            for portion in sample.portions
            if any(result.criterion == criterion for result in portion.results)
        }
        if submitted:
            return submitted[prevails(submitted, rule)]
    return None


def list_assignments(session: Session, *, reader: User) -> Sequence[Assignment]:
    """List what was sent to a laboratory: what it still has to analyse first, the oldest first."""
    asked = select(Portion).where(Portion.laboratory_id == reader.id).order_by(Portion.sent_at, Portion.id)
    asked = asked.options(joinedload(Portion.sample), joinedload(Portion.bulletin))
    found = [assignment_of(portion) for portion in session.scalars(asked)]
    return sorted(found, key=lambda one: one.submitted_at is not None)


def get_portion(session: Session, code: str, *, reader: User) -> Portion:
    """Return the part that bears a code and was sent to `reader`; raises NotFound, also for what is another's."""
    found = session.scalars(select(Portion).filter_by(code=code, laboratory_id=reader.id)).one_or_none()
    if found is None:
        raise NotFound(N_("No sample with this code was sent to you."))
    return found


def assignment_of(portion: Portion) -> Assignment:
    """Return what a laboratory is told of a part sent to it."""
    return Assignment(
        code=portion.code,
        sent_at=portion.sent_at,
        submitted_at=portion.submitted_at,
        measured_on=portion.measured_on,
        criteria=asked_of(portion.sample),
        found={result.criterion: measured_by(result) for result in portion.results},
        bulletin=portion.bulletin.file_name if portion.bulletin else None,
        fingerprint=portion.bulletin.sha256 if portion.bulletin else None,
        version=portion.version,
    )


def asked_of(sample: Sample) -> tuple[Criterion, ...]:
    """List the criteria asked of the laboratories, in the order of the grid."""
    return tuple(criterion for criterion in list_criteria(sample.dossier) if criterion.code in sample.criteria)
