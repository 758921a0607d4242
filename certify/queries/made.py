"""What was made of a mission, as a report freezes it and reads it back: its tasks, visits and samples in plain JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from certify.models import Dossier, Portion, Sample, User, Visit
from certify.queries.calendar import casablanca_today
from certify.queries.recording import list_entries
from certify.queries.samples import list_samples
from certify.queries.tasks import Assigned, list_tasks
from certify.queries.visits import list_dossier_visits
from certify.workflows.mission import Settled, Task
from certify.workflows.sampling import Part, Progress
from certify.workflows.visit import State

Plain = Mapping[str, object]


@dataclass(frozen=True)
class Made:
    """The tasks, visits and samples of a mission, their words and days as the pages write them."""

    tasks: tuple[Plain, ...]
    visits: tuple[Plain, ...]
    samples: tuple[Plain, ...]


def gather_tasks(session: Session, dossier: Dossier, _author: User, today: date) -> list[Plain]:
    """Say how each task stands and what was ruled on it."""
    return [_task(one) for one in list_tasks(session, dossier, today)]


def gather_visits(session: Session, dossier: Dossier, _author: User, _today: date) -> list[Plain]:
    """Say of each visit when, where, by whom, how it went, and the fingerprints of what was recorded."""
    return [_visit(session, visit) for visit in list_dossier_visits(session, dossier)]


def gather_samples(session: Session, dossier: Dossier, _author: User, _today: date) -> list[Plain]:
    """Say of each sample when and where it was taken, and where each of its parts is."""
    return [_sample(sample) for sample in list_samples(session, dossier)]


def read_made(body: Mapping[str, Sequence[Plain]]) -> Made:
    """Read what was made from the body of a report; those of the first shapes say nothing of it."""
    return Made(
        tasks=tuple(_read(one, task=Task, standing=Settled) for one in body.get("tasks", ())),
        visits=tuple(
            _read(one, state=State, planned_on=date.fromisoformat, begun_on=date.fromisoformat)
            for one in body.get("visits", ())
        ),
        samples=tuple(
            {**_read(one, taken_on=date.fromisoformat), "parts": tuple(map(_read_part, one["parts"]))}
            for one in body.get("samples", ())
        ),
    )


def get_made(session: Session, dossier: Dossier, *, reader: User, today: date) -> Made:
    """Return what was made as it stands today, in the form in which a report will freeze it."""
    gathered = {"tasks": gather_tasks, "visits": gather_visits, "samples": gather_samples}
    return read_made({name: gather(session, dossier, reader, today) for name, gather in gathered.items()})


def _task(one: Assigned) -> Plain:
    ruling = one.ruling
    return {
        "task": str(one.task),
        "standing": str(ruling.standing) if ruling else None,
        "statement": ruling.statement if ruling else None,
        "is_closed": one.lack is None,
    }


def _visit(session: Session, visit: Visit) -> Plain:
    return {
        "visit": visit.id,
        "state": str(visit.state),
        "planned_on": visit.planned_on.isoformat(),
        "begun_on": casablanca_today(visit.begun_at).isoformat() if visit.begun_at else None,
        "starts_at": visit.starts_at,
        "place": visit.place,
        "reason": visit.reason,
        "inspectors": [user.name for user in visit.inspectors],
        "summary": visit.summary,
        "cancellation": visit.cancellation,
        "record": [entry.sha256 for entry in list_entries(session, visit)],
    }


def _sample(sample: Sample) -> Plain:
    return {
        "taken_on": sample.taken_on.isoformat(),
        "place": sample.place,
        "taken_by": sample.taken_by,
        "parts": [_part(portion) for portion in sample.portions],
    }


def _part(portion: Portion) -> Plain:
    return {
        "part": str(portion.part),
        "code": portion.code,
        "progress": str(portion.progress),
        "laboratory": portion.laboratory.laboratory_name if portion.laboratory else None,
        "measured_on": portion.measured_on.isoformat() if portion.measured_on else None,
        "bulletin": portion.bulletin.sha256 if portion.bulletin else None,
    }


def _read_part(one: Plain) -> Plain:
    return _read(one, part=Part, progress=Progress, measured_on=date.fromisoformat)


def _read(one: Plain, **kinds: object) -> Plain:
    return {**one, **{name: kind(one[name]) if one[name] else None for name, kind in kinds.items()}}
