"""A product held beside others: its earlier dossiers, and the spread of its value chain, where nobody is told apart.

Only what was reported counts, and never a dossier that is closed to the reader: a recused person finds no trace of it,
not even in a quartile.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import ColumnElement, exists, or_, select
from sqlalchemy.orm import Session, joinedload

from certify.models import Dossier, Measurement, Product, Report, User
from certify.queries.calendar import casablanca_today
from certify.queries.evaluation import Judged
from certify.queries.measured import Measured, measured_of, read_value
from certify.queries.regulations import get_regulation
from certify.queries.relations import is_analysing, is_recused
from certify.workflows.criteria import Answer, Criterion, Verdict
from certify.workflows.distribution import Plot, Spread, plot, spread_of
from certify.workflows.uncertainty import judge_within
from certify.workflows.words import tidy

JUDGED = frozenset({Verdict.CONFORM, Verdict.NOT_CONFORM})


@dataclass(frozen=True)
class Earlier:
    """What an earlier dossier of the same product had for a criterion; `verdict` is by the limit of today.

    `on` is the day of the result, or that of the filing. `moved`: between the two the value went across the limit.
    """

    number: str
    on: date
    measured: Measured
    verdict: Verdict
    moved: bool


@dataclass(frozen=True)
class Compared:
    """What one criterion is held beside."""

    earlier: tuple[Earlier, ...] = ()
    spread: Spread | None = None

    def plot(self, criterion: Criterion, held: Measured) -> Plot:
        """Lay the spread out for a drawing, with the limits and the value of the product."""
        limits = [limit for limit in (criterion.lower, criterion.upper) if limit is not None]
        return plot(self.spread, limits, Decimal(held.value) if held.value else None)


def compare(session: Session, dossier: Dossier, grid: Sequence[Judged], *, reader: User) -> Mapping[str, Compared]:
    """Hold a grid beside earlier ones and its value chain, by code of criterion: two queries, whatever its size."""
    earlier, spreads = _earlier(session, dossier, grid, reader), _spreads(session, dossier, grid, reader)
    return {
        row.criterion.code: Compared(earlier.get(row.criterion.code, ()), spreads.get(row.criterion.code))
        for row in grid
    }


def closed_numbers(session: Session, reader: User, filiere: str) -> frozenset[str]:
    """Return the numbers of the dossiers of a value chain closed to `reader` by a conflict or as a laboratory."""
    asked = select(Dossier.number).join(Dossier.product).where(Product.filiere == filiere, ~_open_to(reader))
    return frozenset(number for number in session.scalars(asked) if number)


def _open_to(reader: User) -> ColumnElement[bool]:
    return ~or_(is_recused(reader), is_analysing(reader))


def _reported(dossier: Dossier, reader: User) -> tuple[ColumnElement[bool], ...]:
    """What makes another dossier comparable: reported, of the same value chain and use, and open to the reader."""
    product = dossier.product
    return (
        Dossier.id != dossier.id,
        Product.filiere == product.filiere,
        Product.usage == product.usage,
        exists(select(Report.id).where(Report.dossier_id == Dossier.id).correlate(Dossier)),
        _open_to(reader),
    )


def _earlier(
    session: Session, dossier: Dossier, grid: Sequence[Judged], reader: User
) -> Mapping[str, tuple[Earlier, ...]]:
    asked = (
        select(Measurement, Dossier)
        .join(Dossier, Dossier.id == Measurement.dossier_id)
        .join(Product, Product.dossier_id == Dossier.id)
        .where(*_reported(dossier, reader), Dossier.organisation_id == dossier.organisation_id)
        .where(Dossier.filed_at < dossier.filed_at)
        .options(joinedload(Dossier.product))
        .order_by(Dossier.filed_at.desc(), Dossier.id.desc())
    )
    rows, found = {row.criterion.code: row for row in grid}, defaultdict(list)
    for measurement, other in session.execute(asked).unique():
        if measurement.criterion in rows and measurement.value and _is_same(dossier.product, other.product):
            found[measurement.criterion].append(_held_beside(rows[measurement.criterion], measurement, other, dossier))
    return {code: tuple(listed) for code, listed in found.items()}


def _held_beside(row: Judged, measurement: Measurement, other: Dossier, dossier: Dossier) -> Earlier:
    held = measured_of(measurement)
    rule = get_regulation(dossier.regulation).evaluation.decision_rule
    verdict = judge_within(row.criterion, *read_value(row.criterion, held), rule)
    moved = verdict is not row.verdict and {verdict, row.verdict} <= JUDGED
    return Earlier(other.number, measurement.measured_on or casablanca_today(other.filed_at), held, verdict, moved)


def _is_same(product: Product, other: Product) -> bool:
    """Tell whether two products of one organisation bear the same name, in French or in Arabic."""
    pairs = ((product.name_fr, other.name_fr), (product.name_ar, other.name_ar))
    return any(one and two and tidy(one).casefold() == tidy(two).casefold() for one, two in pairs)


def _spreads(session: Session, dossier: Dossier, grid: Sequence[Judged], reader: User) -> Mapping[str, Spread]:
    """Return the spread of each numeric criterion behind which enough other organisations stand."""
    numeric = {row.criterion.code for row in grid if row.criterion.answer is Answer.NUMBER}
    asked = (
        select(Measurement.criterion, Dossier.organisation_id, Measurement.value)
        .join(Dossier, Dossier.id == Measurement.dossier_id)
        .join(Product, Product.dossier_id == Dossier.id)
        .where(*_reported(dossier, reader), Dossier.organisation_id != dossier.organisation_id)
        .where(Measurement.criterion.in_(numeric), Measurement.value.is_not(None))
    )
    values, behind = defaultdict(list), defaultdict(set)
    for code, organisation_id, value in session.execute(asked):
        values[code].append(Decimal(value))
        behind[code].add(organisation_id)
    least = get_regulation(dossier.regulation).evaluation.spread_minimum
    return {code: spread_of(found) for code, found in values.items() if len(behind[code]) >= least}
