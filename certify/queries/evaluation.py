"""The evaluation of a dossier: its grid with what was measured, what is still missing, its findings, its reports.

The grid is that of the regulation a dossier was filed under, with the limits of the category that its product declares.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from certify.models import Dossier, Finding, Measurement, Report
from certify.models.organisation import SanitaryRegime
from certify.queries.measured import Measured, measured_of, read_value
from certify.queries.regulations import get_regulation
from certify.queries.tasks import list_lacks
from certify.workflows import finding as findings
from certify.workflows.criteria import Criterion, Usage, Verdict, is_blocking
from certify.workflows.dossier import Facts
from certify.workflows.errors import NotFound
from certify.workflows.uncertainty import DecisionRule, is_uncertain, judge_within
from certify.workflows.words import N_

Sentence = tuple[str, Mapping[str, object]]
"""A msgid and what fills it."""

NO_SITE = N_("No site of production is stated, so no sanitary authorisation can be checked.")
NO_SANITARY_NUMBER = N_("The site has no sanitary authorisation.")
SANITARY_EXPIRED = N_("The sanitary authorisation of the site expired on %(day)s.")


@dataclass(frozen=True)
class Judged:
    """One row of the grid: the criterion, what was entered for it (or None), and what the comparison says.

    `is_uncertain`: a limit lies within the uncertainty. `is_blocking`: a limit set by law is not respected, and no
    vote can approve.
    """

    criterion: Criterion
    measurement: Measurement | None
    verdict: Verdict
    is_uncertain: bool
    is_blocking: bool

    @property
    def measured(self) -> Measured:
        """What the row holds."""
        return measured_of(self.measurement)

    @property
    def is_missing(self) -> bool:
        """The criterion is mandatory, and its value or its evidence is not there."""
        if not self.criterion.mandatory:
            return False
        return self.verdict is Verdict.MISSING or self.measurement.evidence_id is None


def list_criteria(dossier: Dossier) -> tuple[Criterion, ...]:
    """List the criteria that a dossier is reviewed against, those of its value chain first."""
    product = dossier.product
    return get_regulation(dossier.regulation).criteria_for(product.filiere, product.usage, product.category)


def list_measurements(session: Session, dossier: Dossier) -> Sequence[Measurement]:
    """List what is entered in the grid of a dossier, with its evidence, as the tables hold it now."""
    asked = select(Measurement).where(Measurement.dossier_id == dossier.id).options(joinedload(Measurement.evidence))
    return session.scalars(asked.order_by(Measurement.id), execution_options={"populate_existing": True}).all()


def find_measurement(session: Session, dossier: Dossier, criterion: str) -> Measurement | None:
    """Return what was entered for one criterion of a dossier; None when nothing was."""
    return session.scalars(select(Measurement).filter_by(dossier_id=dossier.id, criterion=criterion)).one_or_none()


def judged_grid(session: Session, dossier: Dossier) -> tuple[Judged, ...]:
    """Hold what was entered against the grid, criterion by criterion, by the decision rule of the regulation."""
    entered = {measurement.criterion: measurement for measurement in list_measurements(session, dossier)}
    rule = get_regulation(dossier.regulation).evaluation.decision_rule
    return tuple(_judged(criterion, entered.get(criterion.code), rule) for criterion in list_criteria(dossier))


def missing_criteria(session: Session, dossier: Dossier) -> tuple[Criterion, ...]:
    """List the mandatory criteria that still lack a value or its evidence."""
    return tuple(row.criterion for row in judged_grid(session, dossier) if row.is_missing)


def sanitary_faults(dossier: Dossier, today: date) -> tuple[Sentence, ...]:
    """Say why the sanitary standing of the site forbids an approval today; nothing when it does not.

    Law 28-07 asks for an authorisation of whoever makes food, unless the whole output is sold directly to the consumer
    (art. 5); it leaves other products out (art. 2).
    """
    site = dossier.site
    if site is None:
        return ((NO_SITE, {}),)
    if dossier.product.usage is not Usage.FOOD or site.sanitary_regime is SanitaryRegime.EXEMPT:
        return ()
    if site.sanitary_regime is not SanitaryRegime.AUTHORISED or not site.sanitary_number:
        return ((NO_SANITARY_NUMBER, {}),)
    if site.sanitary_valid_to is not None and site.sanitary_valid_to < today:
        return ((SANITARY_EXPIRED, {"day": site.sanitary_valid_to}),)
    return ()


def evaluation_facts(session: Session, dossier: Dossier, today: date) -> Facts:
    """State what the rows say for the guards of the rapporteur's moves; that one is written, its author says."""
    states = [finding.state for finding in list_findings(session, dossier)]
    return Facts(
        findings_stated=sum(state in (findings.State.NOTED, *findings.OWED) for state in states),
        unresolved_findings=sum(state in findings.PENDING for state in states),
        applicant_asks_decision=dossier.asks_decision_as_is,
        missing_criteria=len(missing_criteria(session, dossier)),
        lacks=list_lacks(session, dossier),
        sanitary_is_valid=not sanitary_faults(dossier, today),
    )


def list_findings(session: Session, dossier: Dossier) -> Sequence[Finding]:
    """List what was found to correct, in the order it was raised, with the steps of each."""
    asked = select(Finding).where(Finding.dossier_id == dossier.id).options(joinedload(Finding.evidence))
    return session.scalars(asked.order_by(Finding.id)).all()


def get_finding(session: Session, dossier: Dossier, finding_id: int) -> Finding:
    """Return a finding of a dossier, or raise NotFound."""
    finding = session.scalars(select(Finding).filter_by(id=finding_id, dossier_id=dossier.id)).one_or_none()
    if finding is None:
        raise NotFound(N_("There is no such finding on this dossier."))
    return finding


def list_sent(session: Session, dossier: Dossier) -> frozenset[int]:
    """Return the numbers of the findings that the applicant was asked to correct."""
    asked = select(Finding.id).where(Finding.dossier_id == dossier.id, Finding.sent_at.is_not(None))
    return frozenset(session.scalars(asked))


def list_reports(session: Session, dossier: Dossier) -> Sequence[Report]:
    """List the reports on a dossier, the latest first."""
    asked = select(Report).where(Report.dossier_id == dossier.id).options(joinedload(Report.submitted_by))
    return session.scalars(asked.order_by(Report.version.desc())).all()


def get_report(session: Session, dossier: Dossier, version: int | None = None) -> Report:
    """Return a version of the report on a dossier, the latest when none is named; raises NotFound."""
    reports = list_reports(session, dossier)
    found = next((report for report in reports if version in (None, report.version)), None)
    if found is None:
        raise NotFound(N_("There is no such report on this dossier."))
    return found


def _judged(criterion: Criterion, measurement: Measurement | None, rule: DecisionRule) -> Judged:
    value, uncertainty = read_value(criterion, measured_of(measurement))
    verdict = judge_within(criterion, value, uncertainty, rule)
    return Judged(
        criterion,
        measurement,
        verdict,
        is_uncertain=is_uncertain(criterion, value, uncertainty),
        is_blocking=is_blocking(criterion, verdict),
    )
