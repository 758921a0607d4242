"""The body of a report: gathered once when it is submitted, read again for ever from its frozen text.

The text is canonical JSON and its SHA-256 stands in the report and in the journal: what a member reads in the committee
is what the rapporteur submitted, whatever has changed in the dossier since.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from hashlib import sha256

from sqlalchemy.orm import Session

from certify.models import Document, Dossier, Finding, FindingStep, Report, User
from certify.models.evaluation import Grade, Proposal
from certify.queries.admissibility import list_current_documents
from certify.queries.calendar import casablanca_today
from certify.queries.committee import blocking_facts
from certify.queries.comparisons import Compared, Earlier, closed_numbers, compare
from certify.queries.declared import check_has_declared, owes_item
from certify.queries.documents import CONFIDENTIAL
from certify.queries.dossiers import get_dossier
from certify.queries.evaluation import Judged, Sentence, get_report, judged_grid, list_findings
from certify.queries.made import Made, gather_samples, gather_tasks, gather_visits, read_made
from certify.queries.measured import Measured
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.workflows.criteria import Criterion, Verdict
from certify.workflows.distribution import Spread
from certify.workflows.errors import NotAllowed
from certify.workflows.finding import PENDING, Method, State
from certify.workflows.finding import Action as FindingAction
from certify.workflows.parameters import ReportSection
from certify.workflows.permissions import Right, Role
from certify.workflows.regulation import CONCLUSION
from certify.workflows.words import N_

SHAPE = 4
"""The shape of the body that is written today. The first one had no uncertainty, and no unit but the criterion's; the
second had one summary in place of sections, nothing to be held beside, and no steps of a finding; the third said
nothing of tasks, visits and samples."""


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
    compared: Compared = Compared()


@dataclass(frozen=True)
class Correction:
    """A finding as it was reported, with all that was done about it by then.

    `answer` is what the applicant had said last; reports of the first two shapes say no state and no steps.
    """

    grade: Grade
    criterion: Criterion | None
    statement: str
    due_on: date
    answer: str | None
    state: State | None = None
    steps: tuple[Mapping[str, object], ...] = ()

    @property
    def is_unresolved(self) -> bool:
        """Whether it was reported as not resolved."""
        return self.state in PENDING


@dataclass(frozen=True)
class Reading:
    """A report read back. `blocking`: what forbade the approval that day, whatever the vote.

    `is_whole`: the text still has the fingerprint it was submitted with.
    """

    report: Report
    proposal: Proposal
    sections: tuple[tuple[ReportSection, str], ...]
    rows: tuple[Row, ...]
    corrections: tuple[Correction, ...]
    blocking: tuple[Sentence, ...]
    product: Mapping[str, str | None]
    site: Mapping[str, str | None]
    rapporteur: str
    is_as_it_stands: bool
    is_whole: bool
    documents: tuple[Mapping[str, object], ...]
    made: Made

    @property
    def product_name(self) -> dict[str, str]:
        """The name of the product, by language."""
        return {language: self.product[f"name_{language}"] or "" for language in ("fr", "ar", "en")}

    @property
    def unresolved(self) -> tuple[Correction, ...]:
        """The findings that were not resolved; in reports of the first shapes, those that had no answer."""
        return tuple(one for one in self.corrections if (one.is_unresolved if one.state else not one.answer))

    @property
    def missing(self) -> tuple[Row, ...]:
        """The mandatory rows that had no value or no evidence."""
        return tuple(row for row in self.rows if row.is_missing)


def report_body(
    session: Session,
    dossier: Dossier,
    *,
    proposal: Proposal,
    sections: Mapping[str, str],
    is_as_it_stands: bool,
    author: User,
    at: datetime,
    today: date,
    reason: str | None = None,
    corrects: Report | None = None,
) -> dict[str, object]:
    """Gather in plain JSON everything that a report on `dossier` rests on at this moment.

    The facts come from `GATHERED`, one name each; `corrects` is the version that this one follows, and `reason` why.
    """
    product, site = dossier.product, dossier.site
    return {
        **{name: gather(session, dossier, author, today) for name, gather in GATHERED.items()},
        "shape": SHAPE,
        "dossier": dossier.number,
        "regulation": dossier.regulation,
        "submitted_at": at.isoformat(),
        "rapporteur": author.name,
        "proposal": str(proposal),
        "sections": dict(sections),
        "reason": reason,
        "corrects": {"version": corrects.version, "sha256": corrects.sha256} if corrects else None,
        "is_as_it_stands": is_as_it_stands,
        "product": {name: _text(getattr(product, name)) for name in PRODUCT},
        "site": {name: _text(getattr(site, name)) for name in SITE} if site else {},
    }


def _gather_blocking(session: Session, dossier: Dossier, _author: User, today: date) -> list[object]:
    return [[message, _plain(facts)] for message, facts in blocking_facts(session, dossier, today)]


def _gather_grid(session: Session, dossier: Dossier, author: User, _today: date) -> list[object]:
    grid = judged_grid(session, dossier)
    compared = compare(session, dossier, grid, reader=author)
    return [_row(row, compared[row.criterion.code]) for row in grid]


def _gather_findings(session: Session, dossier: Dossier, _author: User, _today: date) -> list[object]:
    return [_finding(finding) for finding in list_findings(session, dossier)]


def _gather_documents(session: Session, dossier: Dossier, _author: User, _today: date) -> list[object]:
    documents = list_current_documents(session, dossier)
    return [_document(document) for document in documents if document.kind not in CONFIDENTIAL]


GATHERED: Mapping[str, Callable[[Session, Dossier, User, date], object]] = {
    "blocking": _gather_blocking,
    "grid": _gather_grid,
    "findings": _gather_findings,
    "documents": _gather_documents,
    "tasks": gather_tasks,
    "visits": gather_visits,
    "samples": gather_samples,
}
"""What a report freezes beside its words: each fact by its name in the body."""


SITTING = frozenset({Role.MEMBER, Role.PRESIDENT})
"""Who reads a dossier for nothing but the committee."""

PRODUCT = ("name_fr", "name_ar", "name_en", "filiere", "usage", "category")
SITE = ("name", "commune", "province", "sanitary_regime", "sanitary_number", "sanitary_valid_to")


def get_reading(
    session: Session, dossier_id: int, *, reader: User, today: date, version: int | None = None
) -> tuple[Dossier, Reading]:
    """Return a dossier and a version of its report, the latest when none is named, to somebody who may read it.

    Raises NotFound, Conflicted, NotAllowed; a member first says whether they have an interest, and Refused is raised to
    one who owes the declaration of the year.
    """
    dossier = get_dossier(session, dossier_id, reader=reader, right=Right.READ_REPORT)
    if roles_on(session, reader, dossier) <= SITTING:
        check_has_declared(session, reader, today)
        if owes_item(session, dossier, reader):
            raise NotAllowed(N_("Say first whether you have an interest in this dossier: its report opens then."))
    reading = read_report(dossier, get_report(session, dossier, version))
    return dossier, _shielded(reading, closed_numbers(session, reader, dossier.product.filiere))


def read_report(dossier: Dossier, report: Report) -> Reading:
    """Read a report from its frozen text alone; names of criteria come from the regulation of the dossier."""
    body, texts = json.loads(report.body), sections_of(report)
    return Reading(
        report=report,
        proposal=Proposal(body["proposal"]),
        sections=tuple(
            (rule, texts[rule.code])
            for rule in get_regulation(dossier.regulation).report_sections
            if texts.get(rule.code)
        ),
        rows=tuple(_read_row(dossier, body["product"]["category"], row) for row in body["grid"]),
        corrections=tuple(_read_finding(dossier, finding) for finding in body["findings"]),
        blocking=tuple((message, _live(dossier, facts)) for message, facts in body["blocking"]),
        product=body["product"],
        site=body["site"],
        rapporteur=body["rapporteur"],
        is_as_it_stands=body["is_as_it_stands"],
        is_whole=sha256(report.body.encode()).hexdigest() == report.sha256,
        documents=tuple(body["documents"]),
        made=read_made(body),
    )


def sections_of(report: Report) -> dict[str, str]:
    """Return the texts of a report by section; one written before there were sections has its conclusion alone."""
    body = json.loads(report.body)
    return body["sections"] if "sections" in body else {CONCLUSION: body["summary"]}


def is_as_it_stood(report: Report) -> bool:
    """Tell whether a report was made on the file as it stood, at the request of the applicant."""
    return json.loads(report.body)["is_as_it_stands"]


def _shielded(reading: Reading, closed: frozenset[str]) -> Reading:
    """Return a report without what would tell its reader of a dossier that is closed to them.

    A distribution may count such a dossier, so none is shown then; nothing says that there was one.
    """
    if not closed:
        return reading
    rows = (
        replace(
            row, compared=Compared(tuple(one for one in row.compared.earlier if one.number not in closed), spread=None)
        )
        for row in reading.rows
    )
    return replace(reading, rows=tuple(rows))


def _row(row: Judged, compared: Compared) -> dict[str, object]:
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
        "earlier": [_earlier(one) for one in compared.earlier],
        "spread": {name: str(figure) for name, figure in vars(compared.spread).items()} if compared.spread else None,
    }


def _earlier(one: Earlier) -> dict[str, object]:
    return {
        "dossier": one.number,
        "on": one.on.isoformat(),
        "value": one.measured.value,
        "uncertainty": one.measured.uncertainty,
        "verdict": str(one.verdict),
        "moved": one.moved,
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "grade": str(finding.grade),
        "criterion": finding.criterion,
        "statement": finding.statement,
        "due_on": finding.due_on.isoformat(),
        "answer": finding.correction.said if finding.correction else None,
        "state": str(finding.state),
        "evidence": finding.evidence.sha256 if finding.evidence else None,
        "steps": [_step(step) for step in finding.steps],
    }


def _step(step: FindingStep) -> dict[str, object]:
    return {
        "on": casablanca_today(step.at).isoformat(),
        "action": str(step.action),
        "role": str(step.role),
        "said": step.said,
        "who": step.who,
        "due_on": step.due_on.isoformat() if step.due_on else None,
        "method": str(step.method) if step.method else None,
        "visited_on": step.visited_on.isoformat() if step.visited_on else None,
        "documents": [
            {"dated_on": proof.dated_on.isoformat(), "explanation": proof.document.explanation}
            | _document(proof.document)
            for proof in step.proofs
        ],
        "report": _document(step.document) if step.document else None,
    }


def _read_step(step: Mapping[str, object]) -> dict[str, object]:
    """Read a step back, its words and its days as the pages write them."""
    words = {"action": FindingAction, "role": Role, "method": Method}
    days = ("on", "due_on", "visited_on")
    read = {name: kind(step[name]) if step[name] else None for name, kind in words.items()}
    papers = [{**paper, "dated_on": date.fromisoformat(paper["dated_on"])} for paper in step["documents"]]
    moments = {name: date.fromisoformat(step[name]) if step[name] else None for name in days}
    return {**step, **read, **moments, "documents": papers}


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
        compared=Compared(tuple(_read_earlier(one) for one in row.get("earlier", ())), _read_spread(row.get("spread"))),
    )


def _read_earlier(one: Mapping[str, object]) -> Earlier:
    held = Measured(value=one["value"], uncertainty=one["uncertainty"])
    return Earlier(one["dossier"], date.fromisoformat(one["on"]), held, Verdict(one["verdict"]), one["moved"])


def _read_spread(figures: Mapping[str, str] | None) -> Spread | None:
    if figures is None:
        return None
    numbers = {name: Decimal(figure) for name, figure in figures.items() if name != "count"}
    return Spread(**numbers, count=int(figures["count"]))


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
        state=State(finding["state"]) if "state" in finding else None,
        steps=tuple(_read_step(step) for step in finding.get("steps", ())),
    )
