"""Cases of suspected copies, as the office reads them; and the codes under alert, as the world may."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session, joinedload, selectinload

from certify.models import (
    CaseStep,
    CopyCase,
    Dossier,
    LabelActivation,
    LabelBatch,
    LabelVoiding,
    Licence,
    RegisterEntry,
    ScanCount,
    ScanRow,
    SeenCode,
    User,
)
from certify.queries.relations import is_recused, roles_on
from certify.workflows.case import PENDING, State
from certify.workflows.errors import NotFound
from certify.workflows.permissions import Role
from certify.workflows.scanning import SOMEWHERE, Caution, Known, Scan, Tier, lot_path
from certify.workflows.words import N_

PAGE = 30
ENDS = ("suspended", "withdrawn", "expired")


@dataclass(frozen=True)
class CaseList:
    """The figures over everything, and one page of what was asked for."""

    figures: dict[State, int]
    rows: Sequence[CopyCase]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Strip:
    """The scans in one place, day by day: (how many days after the first day of the window, visits)."""

    region: str
    days: tuple[tuple[int, int], ...]
    visits: int
    first_on: date
    last_on: date


@dataclass(frozen=True)
class Picture:
    """Where and when a code was scanned in a window of days; `highest` is the busiest day of one place."""

    begins_on: date
    days: int
    strips: tuple[Strip, ...]
    highest: int

    @property
    def visits(self) -> int:
        """All visits of the window."""
        return sum(strip.visits for strip in self.strips)


def get_case(session: Session, case_id: int, *, reader: User) -> CopyCase:
    """Return a case; to somebody recused from its dossier there is none."""
    asked = select(CopyCase).where(CopyCase.id == case_id, _is_open_to(reader))
    asked = asked.options(joinedload(CopyCase.seen), *_with_licence(), selectinload(CopyCase.reports))
    found = session.scalars(asked.options(selectinload(CopyCase.steps).joinedload(CaseStep.actor))).one_or_none()
    if found is None:
        raise NotFound(N_("There is no such case."))
    return found


def list_cases(session: Session, *, reader: User, state: State | None = None, page: int = 1) -> CaseList:
    """List cases, those that wait first, the strongest evidence before the rest; `state` None is what is pending."""
    seen = _is_open_to(reader)
    counted = select(CopyCase.state, func.count()).where(seen).group_by(CopyCase.state)
    figures = dict(session.execute(counted).all())
    asked = and_(seen, CopyCase.state == state if state else CopyCase.state.in_(PENDING))
    total = session.scalar(select(func.count()).select_from(CopyCase).where(asked)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(1, page), pages)
    rows = select(CopyCase).where(asked).options(joinedload(CopyCase.seen), *_with_licence())
    rows = rows.order_by(CopyCase.regions.desc(), CopyCase.visits.desc(), CopyCase.id.desc())
    found = session.scalars(rows.offset((page - 1) * PAGE).limit(PAGE)).all()
    return CaseList(figures, found, total, page, pages)


def list_waiting(session: Session, numbers: Collection[int], *, reader: User) -> Sequence[CopyCase]:
    """List those of some cases that wait and are open to `reader`, the strongest evidence first."""
    asked = select(CopyCase).where(CopyCase.id.in_(numbers), CopyCase.state.in_(PENDING), _is_open_to(reader))
    asked = asked.options(joinedload(CopyCase.seen), *_with_licence())
    return session.scalars(asked.order_by(CopyCase.regions.desc(), CopyCase.visits.desc(), CopyCase.id)).all()


def count_pending(session: Session, *, reader: User) -> int:
    """Count the cases that wait for somebody."""
    waiting = select(func.count()).select_from(CopyCase)
    return session.scalar(waiting.where(CopyCase.state.in_(PENDING), _is_open_to(reader))) or 0


def case_roles(session: Session, user: User, case: CopyCase) -> frozenset[Role]:
    """Return the roles that count on a case: those on the dossier of its authorisation, when it has one."""
    return roles_on(session, user, case.licence.dossier) if case.licence else user.roles


def list_scans(session: Session, seen: SeenCode, since: datetime) -> list[Scan]:
    """List the scans of a code in the hours that begin at `since` or later."""
    asked = select(*ScanRow.__table__.columns).where(ScanRow.code == seen.code, ScanRow.hour >= since)
    return [Scan(*row) for row in session.execute(asked)]


def list_places(session: Session, case: CopyCase) -> frozenset[str]:
    """List the regions and countries in which the code of a case was scanned since what raised it."""
    asked = select(ScanRow.region).distinct().where(ScanRow.code == case.seen.code, ScanRow.hour >= case.since)
    return frozenset(session.scalars(asked)) - {SOMEWHERE}


def known_of(session: Session, seen: SeenCode) -> Known:
    """Return what the label knows of a code; its authorisation ended on the day of its last change, if it did."""
    entry = session.scalars(select(RegisterEntry).where(RegisterEntry.licence_id == seen.licence_id)).one_or_none()
    last = entry.history[-1] if entry and entry.history else None
    ended_on = date.fromisoformat(last["on"]) if last and last["kind"] in ENDS else None
    return Known(seen.tier, seen.units, seen.packed_on, ended_on)


def lots_to_count() -> Select[tuple[int]]:
    """Choose the lots scanned of which labels were activated, or declared void, since they were last counted."""
    counted_to = func.coalesce(SeenCode.counted_to, -1)
    voided = exists().where(LabelVoiding.batch_id == LabelActivation.batch_id, LabelVoiding.position > counted_to)
    asked = select(SeenCode.id).select_from(LabelActivation).join(LabelActivation.batch)
    asked = asked.join(SeenCode, SeenCode.path == lot_path(LabelBatch.gtin, LabelActivation.lot))
    return asked.where(or_(LabelActivation.position > counted_to, voided))


def picture_of(session: Session, seen: SeenCode, *, today: date, days: int) -> Picture:
    """Draw where and when a code was scanned: a strip a place, the busiest first."""
    begins_on = today - timedelta(days=days - 1)
    since = datetime.combine(begins_on, datetime.min.time(), UTC)
    met = {(scan.region, scan.hour.date(), scan.visitor) for scan in list_scans(session, seen, since)}
    counts = Counter((region, day) for region, day, _ in met)
    strips = tuple(_strips(counts, begins_on))
    return Picture(begins_on, days, strips, max(counts.values(), default=0))


def list_alerts(session: Session) -> list[bytes]:
    """List, in order, the eight bytes of each code under alert: what `/status/alerts` signs (TDM-1, §3.7)."""
    asked = select(SeenCode.code).where(SeenCode.caution == Caution.ALERT, SeenCode.tier != Tier.LICENCE)
    return sorted(session.scalars(asked))


def find_public_entry(session: Session, mark: str) -> RegisterEntry:
    """Return what the public knows of a mark, or raise NotFound."""
    found = session.get(RegisterEntry, mark)
    if found is None:
        raise NotFound(N_("No product that carries the label has this code."))
    return found


def list_counts(session: Session, licence: Licence) -> Sequence[ScanCount]:
    """List what is left of the scans of a licence, the latest month first."""
    asked = select(ScanCount).where(ScanCount.licence_id == licence.id)
    return session.scalars(asked.order_by(ScanCount.month.desc(), ScanCount.region)).all()


def _strips(counts: Mapping[tuple[str, date], int], begins_on: date) -> Iterator[Strip]:
    places = Counter()
    for (region, _), visits in counts.items():
        places[region] += visits
    for region, visits in sorted(places.items(), key=lambda place: (-place[1], place[0])):
        days = sorted(day for place, day in counts if place == region)
        marks = tuple(((day - begins_on).days, counts[region, day]) for day in days)
        yield Strip(region, marks, visits, days[0], days[-1])


def _is_open_to(reader: User) -> ColumnElement[bool]:
    """The case belongs to no authorisation, or to one from whose dossier the reader is not recused."""
    closed = select(Licence.id).join(Dossier, Dossier.id == Licence.dossier_id).where(is_recused(reader))
    return or_(CopyCase.licence_id.is_(None), CopyCase.licence_id.not_in(closed))


def _with_licence():
    dossier = joinedload(CopyCase.licence).joinedload(Licence.dossier)
    return dossier.joinedload(Dossier.product), dossier.joinedload(Dossier.organisation)
