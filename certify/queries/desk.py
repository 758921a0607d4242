"""The secretariat's desk: what waits, in which order, counted and found with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true
from sqlalchemy.orm import Session, aliased, joinedload

from certify.models import (
    Complement,
    Dossier,
    Finding,
    Inadmissibility,
    Notification,
    Organisation,
    Paper,
    Product,
    Site,
    TaskRuling,
    User,
    Visit,
)
from certify.models.paper import PaperKind
from certify.queries.admissibility import states_offering
from certify.queries.deadlines import Readings, read_many
from certify.queries.findings import read_notice
from certify.queries.reference import list_provinces
from certify.queries.relations import visible_to
from certify.workflows.clock import Reading, Runs
from certify.workflows.dossier import Action, State
from certify.workflows.errors import Malformed
from certify.workflows.finding import State as Followed
from certify.workflows.machine import Term
from certify.workflows.mission import Settled
from certify.workflows.mission import Task as Mission
from certify.workflows.numbering import Kind, dossier_number, parse_number
from certify.workflows.permissions import Right
from certify.workflows.visit import AHEAD
from certify.workflows.visit import State as Made
from certify.workflows.words import N_

PAGE = 25
URGENT_DAYS = 5
OPEN = tuple(state for state in State if state.runs is not Runs.ENDED)
"""The states in which a legal clock runs, or waits for the applicant."""


class Task(Term):
    """What waits at the desk; the label stands under its figure."""

    URGENT = "urgent", N_("delays under 5 days")
    TO_CHECK = "to_check", N_("to check")
    COMPLETED = "completed", N_("complements received")
    TO_SIGN = "to_sign", N_("waiting for a second signature")
    TO_APPOINT = "to_appoint", N_("without a rapporteur")
    LATE_VISIT = "late_visit", N_("visits late")
    LATE_NOTICE = "late_notice", N_("findings not notified in time")
    READY = "ready", N_("ready for the committee")
    TO_NOTIFY = "to_notify", N_("decisions to notify")


@dataclass(frozen=True)
class Filters:
    """What the person looks for; `region` is an ISO code, `text` a number or words of a product or applicant."""

    task: Task | None = None
    state: State | None = None
    region: str | None = None
    filiere: str | None = None
    text: str | None = None
    page: int = 1


@dataclass(frozen=True)
class Row:
    """One line of the queue: the dossier with its clocks, and what its state does not say."""

    dossier: Dossier
    readings: Readings
    is_completed: bool
    is_proposed: bool


@dataclass(frozen=True)
class Desk:
    """The figures over everything, and one page of what was asked for (`total` rows on `pages` pages)."""

    figures: Mapping[Task, int]
    rows: list[Row]
    total: int
    page: int
    pages: int


def get_desk(session: Session, *, reader: User, filters: Filters, today: date) -> Desk:
    """Return the desk of `reader`: figures of all they may read, then the rows asked for, by legal clock.

    Nothing asked means what is in hand. What is decided comes after what still runs, the latest first.
    """
    seen = visible_to(reader, Right.READ_REPORT)
    clocks = _open_clocks(session, seen, today)
    urgent = {number for number, readings in clocks.items() if is_urgent(readings.current)}
    late = {number for number, readings in clocks.items() if readings.visit and readings.visit.is_late}
    late &= set(session.scalars(select(Dossier.id).where(seen, waiting(Task.LATE_VISIT))))
    untold = _late_notices(session, seen, today)
    running, ended = _matching(session, seen, filters)
    read = {Task.URGENT: urgent, Task.LATE_VISIT: late, Task.LATE_NOTICE: untold}
    narrowed = read.get(filters.task)
    if narrowed is not None:
        running, ended = [number for number in running if number in narrowed], false()
    running.sort(key=lambda number: (_order(clocks[number].current), number))
    count = session.scalar(select(func.count()).select_from(Dossier).where(ended)) or 0
    total = len(running) + count
    pages = max(1, -(-total // PAGE))
    page = min(max(1, filters.page), pages)
    numbers = _on_page(session, running, ended, page)
    figures = _count_tasks(session, seen) | {task: len(numbers) for task, numbers in read.items()}
    return Desk(figures, _rows(session, numbers, today), total, page, pages)


def is_urgent(reading: Reading | None) -> bool:
    """Tell whether a running delay ends within five days, or has ended."""
    return (
        reading is not None
        and not reading.is_stopped
        and not reading.is_over
        and (reading.is_late or reading.remaining <= URGENT_DAYS)
    )


def waiting(task: Task) -> ColumnElement[bool]:
    """Return the condition that a dossier waits for `task`; what is urgent, or late, is read from the clock."""
    proposed, completed = _is_proposed(), _is_completed()
    in_check = states_offering(Action.DECLARE_ADMISSIBLE)
    return {
        Task.URGENT: true(),
        Task.TO_CHECK: and_(
            Dossier.state.in_((*states_offering(Action.TAKE_UP), *in_check)), ~completed, ~proposed
        ),
        Task.COMPLETED: and_(Dossier.state.in_(in_check), completed, ~proposed),
        Task.TO_SIGN: proposed,
        Task.TO_APPOINT: Dossier.state.in_(states_offering(Action.APPOINT_RAPPORTEUR)),
        Task.LATE_VISIT: and_(Dossier.state.in_(states_offering(Action.PLAN_VISIT)), _is_unvisited()),
        Task.LATE_NOTICE: and_(Dossier.state.in_(states_offering(Action.REQUIRE_CONFORMITY)), _has_unsent()),
        Task.READY: Dossier.state.in_(states_offering(Action.PUT_ON_AGENDA)),
        Task.TO_NOTIFY: and_(Dossier.state.in_(states_offering(Action.NOTIFY)), _is_untold()),
    }[task]  # fmt: skip


def _open_clocks(session: Session, seen: ColumnElement[bool], today: date) -> dict[int, Readings]:
    rows = session.execute(select(Dossier.id, Dossier.regulation).where(seen, Dossier.state.in_(OPEN))).all()
    return read_many(session, rows, today)


def _late_notices(session: Session, seen: ColumnElement[bool], today: date) -> set[int]:
    """Return the numbers of the dossiers whose applicant should have been told by now of what was found."""
    oldest = select(Dossier.id, Dossier.regulation, func.min(Finding.found_on).label("found_on"))
    oldest = oldest.join(Finding, Finding.dossier_id == Dossier.id)
    oldest = oldest.where(seen, waiting(Task.LATE_NOTICE), Finding.state == Followed.NOTED)
    rows = session.execute(oldest.group_by(Dossier.id, Dossier.regulation)).all()
    return {row.id for row in rows if read_notice(row, row.found_on, today).is_late}


def _count_tasks(session: Session, seen: ColumnElement[bool]) -> dict[Task, int]:
    tasks = [task for task in Task if task is not Task.URGENT]
    counted = (func.count().filter(waiting(task)) for task in tasks)
    return dict(zip(tasks, session.execute(select(*counted).select_from(Dossier).where(seen)).one(), strict=True))


def _matching(session: Session, seen: ColumnElement[bool], filters: Filters) -> tuple[list[int], ColumnElement[bool]]:
    """Return the numbers of what matches and is in hand, and the condition for what matches and is decided."""
    asked = and_(seen, *_conditions(filters))
    found = select(Dossier.id).where(asked, Dossier.state.in_(OPEN))
    is_narrow = filters.task or filters.state or filters.text
    decided = and_(asked, Dossier.state.not_in(OPEN)) if is_narrow else false()
    return list(session.scalars(found)), decided


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    found = [waiting(filters.task)] if filters.task else []
    if filters.state:
        found.append(Dossier.state == filters.state)
    if filters.region:
        provinces = [province.code for province in list_provinces() if province.region == filters.region]
        found.append(Dossier.site_id.in_(select(Site.id).where(Site.province.in_(provinces))))
    if filters.filiere:
        found.append(Dossier.id.in_(select(Product.dossier_id).where(Product.filiere == filters.filiere)))
    if filters.text:
        found.extend(_says(word) for word in _searched(filters.text))
    return found


def _searched(text: str) -> list[str]:
    """Return the words to look for; the number of a dossier, or of its papers, however typed, is one word."""
    try:
        number = parse_number(text, Kind.DOSSIER, Kind.RECEIPT, Kind.DECISION)
    except Malformed:
        return text.split()
    return [dossier_number(number.year, number.rank)]


def _says(word: str) -> ColumnElement[bool]:
    """One word stands in the number, the product's names or the applicant's; any apostrophe stands for any other."""
    pattern = like(word)
    product = select(Product.dossier_id).where(
        or_(*(name.ilike(pattern, escape="\\") for name in (Product.name_fr, Product.name_ar, Product.name_en)))
    )
    applicant = select(Organisation.id).where(
        or_(
            *(name.ilike(pattern, escape="\\") for name in (Organisation.name_fr, Organisation.name_ar)),
            Organisation.ice == word,
        )
    )
    return or_(
        Dossier.number.ilike(pattern, escape="\\"), Dossier.id.in_(product), Dossier.organisation_id.in_(applicant)
    )


def like(word: str) -> str:
    """Return the pattern of LIKE (escape “\\”) that finds `word` anywhere, whichever apostrophe was typed."""
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped.replace('’', '_').replace(chr(39), '_')}%"


def _order(reading: Reading | None) -> tuple[int, date]:
    """Order what runs by its last day; what waits for the applicant follows, the longest first; the rest is last."""
    if reading is None:
        return 2, date.max
    return (1, reading.started_on) if reading.due_on is None else (0, reading.due_on)


def _on_page(session: Session, running: list[int], ended: ColumnElement[bool], page: int) -> list[int]:
    start = (page - 1) * PAGE
    numbers = running[start : start + PAGE]
    room = PAGE - len(numbers)
    if room:
        after = max(0, start - len(running))
        latest = select(Dossier.id).where(ended).order_by(Dossier.changed_at.desc(), Dossier.id.desc())
        numbers += session.scalars(latest.offset(after).limit(room))
    return numbers


def _rows(session: Session, numbers: list[int], today: date) -> list[Row]:
    asked = (
        select(Dossier, _is_completed(), _is_proposed())
        .where(Dossier.id.in_(numbers))
        .options(joinedload(Dossier.product), joinedload(Dossier.organisation), joinedload(Dossier.site))
    )
    found = {row[0].id: row for row in session.execute(asked)}
    readings = read_many(session, (row[0] for row in found.values()), today)
    return [
        Row(dossier, readings[dossier.id], is_completed, is_proposed)
        for dossier, is_completed, is_proposed in (found[number] for number in numbers)
    ]


def _is_completed() -> ColumnElement[bool]:
    """The applicant answered a request for completion, and the check goes on."""
    answered = select(Complement.id).where(Complement.dossier_id == Dossier.id, Complement.answered_at.is_not(None))
    in_check = Dossier.state.in_(states_offering(Action.DECLARE_ADMISSIBLE))
    return and_(in_check, exists(answered.correlate(Dossier)))


def _is_proposed() -> ColumnElement[bool]:
    """A proposal of inadmissibility waits for its second signature."""
    waits = select(Inadmissibility.id).where(
        Inadmissibility.dossier_id == Dossier.id, Inadmissibility.signed_at.is_(None)
    )
    in_check = Dossier.state.in_(states_offering(Action.DECLARE_INADMISSIBLE))
    return and_(in_check, exists(waits.correlate(Dossier)))


def _is_unvisited() -> ColumnElement[bool]:
    """A visit is planned or under way, or none is made and none was ruled out."""
    ahead = exists(select(Visit.id).where(Visit.dossier_id == Dossier.id, Visit.state.in_(AHEAD)).correlate(Dossier))
    made = exists(select(Visit.id).where(Visit.dossier_id == Dossier.id, Visit.state == Made.DONE).correlate(Dossier))
    last = select(TaskRuling.standing).where(TaskRuling.dossier_id == Dossier.id, TaskRuling.task == Mission.VISIT)
    last = last.order_by(TaskRuling.id.desc()).limit(1).correlate(Dossier).scalar_subquery()
    return or_(ahead, and_(~made, or_(last.is_(None), last != Settled.NOT_NEEDED)))


def _has_unsent() -> ColumnElement[bool]:
    """Something was found that the applicant was not told of."""
    unsent = select(Finding.id).where(Finding.dossier_id == Dossier.id, Finding.state == Followed.NOTED)
    return exists(unsent.correlate(Dossier))


def _is_untold() -> ColumnElement[bool]:
    """The last decision letter has not been notified."""
    later = aliased(Paper)
    superseded = exists().where(
        later.dossier_id == Paper.dossier_id, later.kind == PaperKind.DECISION, later.id > Paper.id
    )
    told = exists().where(Notification.paper_id == Paper.id)
    untold = select(Paper.id).where(
        Paper.dossier_id == Dossier.id, Paper.kind == PaperKind.DECISION, ~superseded, ~told
    )
    return exists(untold.correlate(Dossier))
