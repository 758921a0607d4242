"""The body of a report: gathered once when it is submitted, read again for ever from its frozen text.

The text is canonical JSON and its SHA-256 stands in the report and in the journal: what a member reads in the committee
is what the rapporteur submitted, whatever has changed in the dossier since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256

from sqlalchemy.orm import Session

from certify.models import Document, Dossier, Finding, Report, User
from certify.models.evaluation import Grade, Proposal
from certify.queries.admissibility import list_current_documents
from certify.queries.committee import blocking_facts
from certify.queries.declared import owes_item
from certify.queries.documents import CONFIDENTIAL
from certify.queries.dossiers import get_dossier
from certify.queries.evaluation import Judged, Sentence, get_report, judged_grid, list_findings
from certify.queries.measured import Measured
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.workflows.criteria import Criterion, Verdict
from certify.workflows.errors import NotAllowed
from certify.workflows.permissions import Right, Role
from certify.workflows.words import N_

SHAPE = 2
"""The shape of the body that is written today. The first one had no uncertainty, and no unit but the criterion's."""


@dataclass(frozen=True)
class Row:
    """One row of the grid as it was reported; `evidence` is {"kind", "version", "sha256"} of a document, or None."""

    criterion: Criterion
    measured: Measured
    verdict: Verdict
    is_uncertain: bool
    is_blocking: bool
    is_missing: bool
    evidence: Mapping[str, object] | None


@dataclass(frozen=True)
class Correction:
    """A finding as it was reported, with the answer that the applicant had given by then."""

    grade: Grade
    criterion: Criterion | None
    statement: str
    due_on: date
    answer: str | None


@dataclass(frozen=True)
class Reading:
    """A report read back. `blocking`: what forbade the approval that day, whatever the vote.

    `is_whole`: the text still has the fingerprint it was submitted with.
    """

    report: Report
    proposal: Proposal
    summary: str
    rows: tuple[Row, ...]
    corrections: tuple[Correction, ...]
    blocking: tuple[Sentence, ...]
    product: Mapping[str, str | None]
    site: Mapping[str, str | None]
    rapporteur: str
    is_as_it_stands: bool
    is_whole: bool

    @property
    def product_name(self) -> dict[str, str]:
        """The name of the product, by language."""
        return {language: self.product[f"name_{language}"] or "" for language in ("fr", "ar", "en")}

    @property
    def missing(self) -> tuple[Row, ...]:
        """The mandatory rows that had no value or no evidence."""
        return tuple(row for row in self.rows if row.is_missing)


def report_body(
    session: Session,
    dossier: Dossier,
    *,
    proposal: Proposal,
    summary: str,
    is_as_it_stands: bool,
    rapporteur: str,
    at: datetime,
    today: date,
) -> dict[str, object]:
    """Gather in plain JSON everything that a report on `dossier` rests on at this moment."""
    product, site = dossier.product, dossier.site
    return {
        "shape": SHAPE,
        "dossier": dossier.number,
        "regulation": dossier.regulation,
        "submitted_at": at.isoformat(),
        "rapporteur": rapporteur,
        "proposal": str(proposal),
        "summary": summary,
        "is_as_it_stands": is_as_it_stands,
        "product": {name: _text(getattr(product, name)) for name in PRODUCT},
        "site": {name: _text(getattr(site, name)) for name in SITE} if site else {},
        "blocking": [[message, _plain(facts)] for message, facts in blocking_facts(session, dossier, today)],
        "grid": [_row(row) for row in judged_grid(session, dossier)],
        "findings": [_finding(finding) for finding in list_findings(session, dossier)],
        "documents": [
            _document(document)
            for document in list_current_documents(session, dossier)
            if document.kind not in CONFIDENTIAL
        ],
    }


SITTING = frozenset({Role.MEMBER, Role.PRESIDENT})
"""Who reads a dossier for nothing but the committee."""

PRODUCT = ("name_fr", "name_ar", "name_en", "filiere", "usage", "category")
SITE = ("name", "commune", "province", "sanitary_regime", "sanitary_number", "sanitary_valid_to")


def get_reading(
    session: Session, dossier_id: int, *, reader: User, version: int | None = None
) -> tuple[Dossier, Reading]:
    """Return a dossier and a version of its report, the latest when none is named, to somebody who may read it.

    Raises NotFound, Conflicted, NotAllowed; a member first says whether they have an interest.
    """
    dossier = get_dossier(session, dossier_id, reader=reader, right=Right.READ_REPORT)
    if roles_on(session, reader, dossier) <= SITTING and owes_item(session, dossier, reader):
        raise NotAllowed(N_("Say first whether you have an interest in this dossier: its report opens then."))
    return dossier, read_report(dossier, get_report(session, dossier, version))


def read_report(dossier: Dossier, report: Report) -> Reading:
    """Read a report from its frozen text alone; names of criteria come from the regulation of the dossier."""
    body = json.loads(report.body)
    return Reading(
        report=report,
        proposal=Proposal(body["proposal"]),
        summary=body["summary"],
        rows=tuple(_read_row(dossier, body["product"]["category"], row) for row in body["grid"]),
        corrections=tuple(_read_finding(dossier, finding) for finding in body["findings"]),
        blocking=tuple((message, _live(dossier, facts)) for message, facts in body["blocking"]),
        product=body["product"],
        site=body["site"],
        rapporteur=body["rapporteur"],
        is_as_it_stands=body["is_as_it_stands"],
        is_whole=sha256(report.body.encode()).hexdigest() == report.sha256,
    )


def _row(row: Judged) -> dict[str, object]:
    criterion, held = row.criterion, row.measured
    evidence = row.measurement.evidence if row.measurement else None
    return {
        "criterion": criterion.code,
        "limit": criterion.limit_shown,
        "status": str(criterion.status),
        "mandatory": criterion.mandatory,
        "value": held.value,
        "unit": criterion.unit,
        "uncertainty": held.uncertainty,
        "stated": held.as_stated if held.unit else None,
        "verdict": str(row.verdict),
        "is_uncertain": row.is_uncertain,
        "is_blocking": row.is_blocking,
        "is_missing": row.is_missing,
        "method": held.method,
        "laboratory": held.laboratory,
        "measured_on": held.measured_on.isoformat() if held.measured_on else None,
        "evidence": _document(evidence) if evidence else None,
        "note": held.note,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "grade": str(finding.grade),
        "criterion": finding.criterion,
        "statement": finding.statement,
        "due_on": finding.due_on.isoformat(),
        "answer": finding.answer,
        "document": finding.document.sha256 if finding.document else None,
    }


def _document(document: Document) -> dict[str, object]:
    return {"kind": document.kind, "version": document.version, "sha256": document.sha256}


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _plain(facts: Mapping[str, object]) -> dict[str, str]:
    """Write the facts of a sentence: a criterion by its code, a day as ISO 8601."""
    return {
        name: value.code
        if isinstance(value, Criterion)
        else value.isoformat()
        if isinstance(value, date)
        else str(value)
        for name, value in facts.items()
    }


def _live(dossier: Dossier, facts: Mapping[str, str]) -> dict[str, object]:
    readers = {"day": date.fromisoformat, "criterion": get_regulation(dossier.regulation).criterion}
    return {name: readers.get(name, str)(value) for name, value in facts.items()}


def _read_row(dossier: Dossier, category: str | None, row: Mapping[str, object]) -> Row:
    criterion = get_regulation(dossier.regulation).criterion(row["criterion"]).for_category(category)
    return Row(
        criterion=criterion,
        measured=_read_measured(row),
        verdict=Verdict(row["verdict"]),
        is_uncertain=row.get("is_uncertain", False),
        is_blocking=row["is_blocking"],
        is_missing=row["is_missing"],
        evidence=row["evidence"],
    )


def _read_measured(row: Mapping[str, object]) -> Measured:
    stated = row.get("stated") or {}
    return Measured(
        value=row["value"],
        method=row["method"],
        laboratory=row["laboratory"],
        measured_on=date.fromisoformat(row["measured_on"]) if row["measured_on"] else None,
        note=row["note"],
        uncertainty=row.get("uncertainty"),
        unit=stated.get("unit"),
        stated_value=stated.get("value"),
        stated_uncertainty=stated.get("uncertainty"),
    )


def _read_finding(dossier: Dossier, finding: Mapping[str, object]) -> Correction:
    code = finding["criterion"]
    return Correction(
        grade=Grade(finding["grade"]),
        criterion=get_regulation(dossier.regulation).criterion(code) if code else None,
        statement=finding["statement"],
        due_on=date.fromisoformat(finding["due_on"]),
        answer=finding["answer"],
    )
