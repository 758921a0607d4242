"""The report while it is written: its sections as the regulation lists them, and what was saved of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import Dossier, Report, ReportDraft
from certify.models.evaluation import Proposal
from certify.queries.evaluation import list_reports
from certify.queries.regulations import get_regulation
from certify.queries.reports import sections_of
from certify.workflows.errors import NotFound
from certify.workflows.evidence import fingerprint
from certify.workflows.parameters import ReportSection
from certify.workflows.regulation import PROPOSAL
from certify.workflows.words import N_


@dataclass(frozen=True)
class WrittenSection:
    """One section with what is saved of it; `saved_at` is None when nothing ever was."""

    rule: ReportSection
    text: str = ""
    proposal: Proposal | None = None
    saved_at: datetime | None = None

    @property
    def code(self) -> str:
        """The code of the section."""
        return self.rule.code

    @property
    def proposes(self) -> bool:
        """Whether the proposal itself is chosen here."""
        return self.code == PROPOSAL

    @property
    def is_written(self) -> bool:
        """Whether there is a text, and a proposal where one is chosen."""
        return bool(self.text.strip()) and (not self.proposes or self.proposal is not None)

    @property
    def is_missing(self) -> bool:
        """Whether the report cannot be submitted for want of it."""
        return self.rule.mandatory and not self.is_written

    @property
    def trace(self) -> str:
        """The fingerprint of what it holds, by which a page tells that it changed."""
        return trace_of(self.text, self.proposal)


@dataclass(frozen=True)
class Writing:
    """The working draft of a report, in the order of the regulation."""

    sections: Sequence[WrittenSection]

    @property
    def missing(self) -> Sequence[WrittenSection]:
        """The mandatory sections that are not written."""
        return [section for section in self.sections if section.is_missing]

    @property
    def texts(self) -> dict[str, str]:
        """The text of each section, by its code."""
        return {section.code: section.text for section in self.sections}

    @property
    def proposal(self) -> Proposal | None:
        """What is proposed, once chosen."""
        return next((section.proposal for section in self.sections if section.proposes), None)

    def section(self, code: str) -> WrittenSection:
        """Return a section, or raise NotFound."""
        found = next((section for section in self.sections if section.code == code), None)
        if found is None:
            raise NotFound(N_("The report has no such section."))
        return found

    def after(self, code: str) -> WrittenSection | None:
        """Return the section that follows; None after the last."""
        codes = [section.code for section in self.sections]
        return next(iter(self.sections[codes.index(code) + 1 :]), None)


def get_writing(session: Session, dossier: Dossier) -> Writing:
    """Return the working draft of the report on a dossier, as the table holds it now."""
    kept = {draft.section: draft for draft in list_drafts(session, dossier)}
    last = next(iter(list_reports(session, dossier)), None)
    rules = get_regulation(dossier.regulation).report_sections
    return Writing([_written(rule, kept.get(rule.code), last) for rule in rules])


def list_drafts(session: Session, dossier: Dossier) -> Sequence[ReportDraft]:
    """List the sections that were saved."""
    asked = select(ReportDraft).where(ReportDraft.dossier_id == dossier.id).order_by(ReportDraft.id)
    return session.scalars(asked, execution_options={"populate_existing": True}).all()


def missing_sections(dossier: Dossier, texts: Mapping[str, str]) -> tuple[ReportSection, ...]:
    """List the mandatory sections that `texts` leaves empty."""
    rules = get_regulation(dossier.regulation).report_sections
    return tuple(rule for rule in rules if rule.mandatory and not texts.get(rule.code, "").strip())


def trace_of(text: str, proposal: Proposal | str | None) -> str:
    """Return the fingerprint of what a section holds; the ends of lines of a browser count as any other."""
    return fingerprint({"text": text.replace("\r\n", "\n"), "proposal": str(proposal or "")})[:16]


def _written(rule: ReportSection, draft: ReportDraft | None, last: Report | None) -> WrittenSection:
    """Return what is saved of a section, or what the report that stands says there."""
    if draft is None and last is not None:
        chosen = last.proposal if rule.code == PROPOSAL else None
        return WrittenSection(rule, sections_of(last).get(rule.code, ""), chosen, last.submitted_at)
    if draft is None:
        return WrittenSection(rule)
    return WrittenSection(rule, draft.text, draft.proposal, draft.written_at)
