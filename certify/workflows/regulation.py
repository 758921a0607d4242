"""The regulations of use (règlement d'usage): every parameter of one version, as its TOML file states it.

A dossier keeps the version it was filed under; several versions live side by side. The records that a version is made
of are in `parameters.py`.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Any, Self

from certify.workflows.criteria import Criterion, Usage
from certify.workflows.errors import NotFound
from certify.workflows.parameters import (
    Appeal,
    Committee,
    Delay,
    DocumentRule,
    EvaluationTerms,
    Filiere,
    Ground,
    LicenceTerms,
    Origin,
    ReportSection,
    Source,
    VisitCheck,
    covers,
)
from certify.workflows.parsing import read
from certify.workflows.scanning import ScanningTerms
from certify.workflows.words import N_, Label

DELAYS = (
    "receipt",
    "take_up",
    "completeness",
    "complement_answer",
    "complement_grace",
    "appoint_rapporteur",
    "documents",
    "visit",
    "sampling",
    "finding_notice",
    "finding_minor",
    "finding_major",
    "finding_critical",
    "conformity",
    "conformity_max",
    "decision",
    "adjournment",
    "minutes",
    "minutes_reading",
    "decision_letter",
    "notification",
    "reservations",
    "convocation",
    "convocation_urgent",
    "second_convocation",
    "agenda_closes",
    "appeal_review",
    "appeal_hierarchical",
    "appeal_court",
    "hearing",
    "suspension_notice",
    "suspension_max",
    "change_declaration",
    "stock_run_off",
    "complaint_acknowledgement",
    "complaint_answer",
)


@dataclass(frozen=True)
class Regulation:
    """One version of the regulations of use.

    `criteria` are those that every value chain shares; `origins` say where each parameter of `committee`,
    `evaluation`, `licence` and `scanning` comes from.
    """

    version: str
    valid_from: date
    title: Label
    note: Label
    sources: tuple[Source, ...]
    delays: tuple[Delay, ...]
    committee: Committee
    evaluation: EvaluationTerms
    licence: LicenceTerms
    scanning: ScanningTerms
    origins: tuple[Origin, ...]
    report_sections: tuple[ReportSection, ...]
    grounds: tuple[Ground, ...]
    appeals: tuple[Appeal, ...]
    documents: tuple[DocumentRule, ...]
    visit_checks: tuple[VisitCheck, ...]
    criteria: tuple[Criterion, ...]
    filieres: tuple[Filiere, ...]

    @classmethod
    def parse(cls, mapping: Mapping[str, Any]) -> Self:
        """Read a version from the mapping that its file holds.

        Raises ValueError that names the key when one is missing, unknown, of the wrong type or cites what is not there.
        """
        path = f"regulation {mapping.get('version', 'without version')}"
        if "origins" in mapping:
            raise ValueError(f"{path}.origins: unknown key; each parameter states its own source and status")
        sections: dict[str, Any] = {**mapping, "origins": {}}
        for name in ("committee", "evaluation", "licence", "scanning"):
            entries = mapping.get(name)
            if isinstance(entries, Mapping):
                sections[name] = {key: _value(entry, f"{path}.{name}.{key}") for key, entry in entries.items()}
                sections["origins"] |= {f"{name}.{key}": _origin(entry) for key, entry in entries.items()}
        regulation = read(cls, sections, path)
        for fault in _faults(regulation):
            raise ValueError(f"{path}: {fault}")
        return regulation

    def filiere(self, code: str) -> Filiere:
        """Return the value chain `code`, or raise NotFound."""
        return self._find(self.filieres, code)

    def delay(self, code: str) -> Delay:
        """Return the delay `code`, or raise NotFound."""
        return self._find(self.delays, code)

    def source(self, code: str) -> Source:
        """Return the source `code`, or raise NotFound."""
        return self._find(self.sources, code)

    def ground(self, code: str) -> Ground:
        """Return the ground of inadmissibility `code`, or raise NotFound."""
        return self._find(self.grounds, code)

    def report_section(self, code: str) -> ReportSection:
        """Return the section `code` of the report, or raise NotFound."""
        return self._find(self.report_sections, code)

    def document(self, code: str) -> DocumentRule:
        """Return the rule of the document `code`, or raise NotFound."""
        return self._find(self.documents, code)

    def criterion(self, code: str) -> Criterion:
        """Return the criterion `code` of any grid, as it stands without a declared category, or raise NotFound."""
        return self._find(self.all_criteria, code)

    @property
    def all_criteria(self) -> tuple[Criterion, ...]:
        """List every criterion, shared or of one value chain."""
        return (*self.criteria, *chain.from_iterable(filiere.criteria for filiere in self.filieres))

    def documents_for(self, filiere: str, usage: str, facts: Collection[str]) -> tuple[DocumentRule, ...]:
        """List the documents of an application, in the order of the regulation; some are optional (`mandatory`)."""
        return tuple(rule for rule in self.documents if rule.concerns(filiere, usage, facts))

    def visit_checks_for(self, filiere: str, usage: str) -> tuple[VisitCheck, ...]:
        """List what an inspector checks on the site of such a product, in the order of the regulation."""
        return tuple(
            check for check in self.visit_checks if covers(check.filieres, filiere) and covers(check.usages, usage)
        )

    def criteria_for(self, filiere: str, usage: str, category: str | None = None) -> tuple[Criterion, ...]:
        """List the rows of the grid: those of the value chain, then the shared ones, with the limits of `category`."""
        return tuple(
            criterion.for_category(category or None)
            for criterion in (*self.filiere(filiere).criteria, *self.criteria)
            if covers(criterion.filieres, filiere)
            and covers(criterion.usages, usage)
            and (not category or covers(criterion.categories, category))
        )

    def _find(self, records: Collection[Any], code: str) -> Any:
        found = next((record for record in records if record.code == code), None)
        if found is None:
            raise NotFound(N_("The regulation %(version)s has no “%(code)s”."), version=self.version, code=code)
        return found


CONCLUSION, PROPOSAL = "conclusion", "proposal"
"""The sections that every report has: what the committee reads first, and the reasons of what is proposed."""


def _value(entry: object, path: str) -> object:
    if not isinstance(entry, Mapping) or "value" not in entry:
        raise ValueError(f"{path}: {entry!r} is not a table with value, source and status")
    return entry["value"]


def _origin(entry: Mapping[str, object]) -> dict[str, object]:
    return {key: part for key, part in entry.items() if key != "value"}


def _faults(regulation: Regulation) -> Iterator[str]:
    """Say what contradicts what: a code given twice, a delay not given, a citation of what is not there."""
    yield from _twice(regulation)
    yield from (f"delays.{code}: missing" for code in DELAYS if code not in _codes(regulation.delays))
    needed = {section.code for section in regulation.report_sections if section.mandatory}
    yield from (
        f"report_sections.{code}: missing, or not mandatory" for code in (CONCLUSION, PROPOSAL) if code not in needed
    )
    for record in _citing(regulation):
        cited = getattr(record, "sources", None) or (record.source,)
        yield from (f"{record.code}: no source {code!r}" for code in cited if code not in _codes(regulation.sources))
    for record in (*regulation.documents, *regulation.visit_checks, *regulation.criteria):
        named = (code for code in record.filieres if code not in _codes(regulation.filieres))
        yield from (f"{record.code}: no filiere {code!r}" for code in named)
    for appeal in regulation.appeals:
        if appeal.delay not in _codes(regulation.delays):
            yield f"{appeal.code}: no delay {appeal.delay!r}"
    yield from (
        f"{record.code}: a shared criterion has no category" for record in regulation.criteria if record.categories
    )
    for filiere in regulation.filieres:
        yield from _filiere_faults(filiere)


def _twice(regulation: Regulation) -> Iterator[str]:
    counts = Counter(criterion.code for criterion in regulation.all_criteria)
    yield from (f"criterion {code}: given twice" for code, count in counts.items() if count > 1)


def _citing(regulation: Regulation) -> Iterator[Any]:
    yield from (
        *regulation.delays,
        *regulation.origins,
        *regulation.report_sections,
        *regulation.grounds,
        *regulation.appeals,
    )
    yield from (*regulation.documents, *regulation.visit_checks, *regulation.filieres, *regulation.all_criteria)


def _filiere_faults(filiere: Filiere) -> Iterator[str]:
    if not filiere.usages:
        yield f"{filiere.code}: no usage"
    if (Usage.FOOD in filiere.usages) != bool(filiere.activities):
        yield f"{filiere.code}: food and only food has sanitary activities"
    for criterion in filiere.criteria:
        named = (*criterion.categories, *(limit.code for limit in criterion.by_category))
        yield from (
            f"{criterion.code}: no category {code!r}" for code in named if code not in _codes(filiere.categories)
        )


def _codes(records: Collection[Any]) -> set[str]:
    return {record.code for record in records}
