"""What was recorded on a visit: what the server holds by hash, and the visit report put together from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import Dossier, User, Visit, VisitEntry, VisitPhoto
from certify.models.evaluation import Grade
from certify.queries.calendar import casablanca_today
from certify.queries.dossiers import get_dossier
from certify.queries.regulations import get_regulation
from certify.queries.visits import is_named
from certify.workflows.errors import Conflicted, NotAllowed, NotFound
from certify.workflows.parameters import VisitCheck
from certify.workflows.permissions import Right
from certify.workflows.recording import Answer, Entry, Kind, Signatory, corrections, latest_checks, merged, read_entry
from certify.workflows.visit import State
from certify.workflows.words import N_

WORDS = ("fact", "text", "caption", "words", "note", "remarks", "name")
"""Where the words of an entry stand."""

NO_VISIT = N_("There is no such visit.")


@dataclass(frozen=True)
class Line:
    """One entry as the report shows it; `corrections` name it, the last one counts. `is_whole`: its picture is here."""

    row: VisitEntry
    entry: Entry
    corrections: tuple[VisitEntry, ...] = ()
    texts: tuple[Mapping[str, object], ...] = ()
    is_whole: bool = True

    @property
    def body(self) -> Mapping[str, object]:
        """What the entry says."""
        return self.entry.body

    @property
    def is_withdrawn(self) -> bool:
        """Tell whether the last correction takes it back."""
        return bool(self.texts and self.texts[-1]["withdrawn"])

    @property
    def first(self) -> str:
        """What it said when it was recorded; nothing for what has no words."""
        return next((str(self.body[name]) for name in WORDS if self.body.get(name)), "")

    @property
    def said(self) -> str:
        """What it says now: the text of the last correction, or its own."""
        return str((self.texts and self.texts[-1]["text"]) or self.first)

    @property
    def grade(self) -> Grade | None:
        """The grade that an observation proposes."""
        return Grade(self.body["grade"]) if self.body.get("grade") else None

    @property
    def answer(self) -> Answer:
        """The answer of a check."""
        return Answer(self.body["answer"])

    @property
    def signatory(self) -> Signatory:
        """Who signed."""
        return Signatory(self.body["role"])


@dataclass(frozen=True)
class Record:
    """The record of a visit. `checks` pairs each point with its answers, the one that counts last."""

    visit: Visit
    lines: tuple[Line, ...]
    checks: tuple[tuple[VisitCheck, tuple[Line, ...]], ...]

    def of(self, kind: Kind | str) -> tuple[Line, ...]:
        """List the entries of a kind that came in time."""
        return tuple(line for line in self.lines if line.entry.kind == kind and not line.row.is_late)

    def photos_of(self, *seen: Line) -> tuple[Line, ...]:
        """List the photos that say what one of these entries tells."""
        names = {line.row.sha256 for line in seen}
        return tuple(line for line in self.of(Kind.PHOTO) if line.body["about"] in names)

    @property
    def loose(self) -> tuple[Line, ...]:
        """List the photos that are about nothing shown in particular."""
        shown = self.photos_of(*self.of(Kind.OBSERVATION), *self.of(Kind.CHECK))
        return tuple(line for line in self.of(Kind.PHOTO) if line not in shown)

    @property
    def late(self) -> tuple[Line, ...]:
        """List what arrived after the close."""
        return tuple(line for line in self.lines if line.row.is_late)

    @property
    def missing(self) -> tuple[Line, ...]:
        """List the entries whose picture has not arrived."""
        return tuple(line for line in self.lines if not line.is_whole)


def list_entries(session: Session, visit: Visit) -> Sequence[VisitEntry]:
    """List what was received of a visit, in the one order of its entries."""
    found = select(VisitEntry).where(VisitEntry.visit_id == visit.id)
    return session.scalars(found.order_by(VisitEntry.device_at, VisitEntry.sha256)).all()


def list_photos(session: Session, visit: Visit) -> Sequence[VisitPhoto]:
    """List the pictures of a visit that arrived whole."""
    found = select(VisitPhoto).where(VisitPhoto.visit_id == visit.id).order_by(VisitPhoto.sha256)
    return session.scalars(found).all()


def find_entry(session: Session, visit: Visit, name: str) -> VisitEntry | None:
    """Return the entry of a visit with this SHA-256."""
    return session.scalars(select(VisitEntry).filter_by(visit_id=visit.id, sha256=name)).one_or_none()


def find_photo(session: Session, visit: Visit, digest: str) -> VisitPhoto | None:
    """Return the whole picture of a visit with this SHA-256."""
    return session.scalars(select(VisitPhoto).filter_by(visit_id=visit.id, sha256=digest)).one_or_none()


def size_named(session: Session, visit: Visit, digest: str, author: User) -> int | None:
    """Return the size of a picture as an entry of `author` states it; None when none names it."""
    for row in list_entries(session, visit):
        entry = read_entry(row.text, row.sha256)
        if row.author_id == author.id and entry.blob == digest:
            return entry.blob_size
    return None


def checks_of(dossier: Dossier) -> tuple[VisitCheck, ...]:
    """List what is checked on the site of a dossier's product."""
    product = dossier.product
    return get_regulation(dossier.regulation).visit_checks_for(product.filiere, product.usage)


def get_recorded(session: Session, visit_id: int, *, reader: User) -> Visit:
    """Return a visit whose record `reader` may read: its inspectors and the rapporteur always, others once it is done.

    Raises NotFound, also for a dossier closed to the reader, or NotAllowed.
    """
    visit = session.get(Visit, visit_id)
    if visit is None:
        raise NotFound(NO_VISIT)
    try:
        dossier = get_dossier(session, visit.dossier_id, reader=reader, right=Right.READ_DOSSIER)
    except Conflicted as refusal:
        raise NotFound(NO_VISIT) from refusal
    if visit.state is not State.DONE and not is_named(visit, reader) and dossier.rapporteur_id != reader.id:
        raise NotAllowed(N_("The report of this visit can be read once the visit is closed."))
    return visit


def get_record(session: Session, visit: Visit) -> Record:
    """Put together what was recorded on a visit."""
    rows = {row.sha256: row for row in list_entries(session, visit)}
    entries = merged(read_entry(row.text, row.sha256) for row in rows.values())
    here = {photo.sha256 for photo in list_photos(session, visit)}
    corrected = corrections(entries)
    lines = {
        entry.sha256: Line(
            rows[entry.sha256],
            entry,
            tuple(rows[one.sha256] for one in corrected.get(entry.sha256, ())),
            tuple(one.body for one in corrected.get(entry.sha256, ())),
            entry.blob is None or entry.blob in here,
        )
        for entry in entries
    }
    return Record(visit, tuple(lines.values()), tuple(_checks(visit, lines)))


def _checks(visit: Visit, lines: Mapping[str, Line]) -> Iterable[tuple[VisitCheck, tuple[Line, ...]]]:
    in_time = [line.entry for line in lines.values() if not line.row.is_late]
    answers = latest_checks(in_time)
    for check in checks_of(visit.dossier):
        yield check, tuple(lines[entry.sha256] for entry in answers.get(check.code, ()))


def find_observation(session: Session, dossier: Dossier, name: str) -> VisitEntry | None:
    """Return an observation of a visit of this dossier by its fingerprint, or None."""
    asked = select(VisitEntry).join(Visit, Visit.id == VisitEntry.visit_id).where(Visit.dossier_id == dossier.id)
    return session.scalars(asked.where(VisitEntry.sha256 == name, VisitEntry.kind == Kind.OBSERVATION)).first()


def observed(session: Session, dossier: Dossier, name: str) -> dict[str, object]:
    """Return what an observation of a visit of this dossier says, as a finding begins; nothing when there is none."""
    row = find_observation(session, dossier, name)
    if row is None:
        return {}
    line = next(line for line in get_record(session, row.visit).lines if line.row is row)
    said = {"statement": "\n".join(filter(None, (line.said, str(line.body["measure"]))))}
    said["found_on"] = casablanca_today(row.visit.begun_at)
    return said | ({"grade": str(line.body["grade"])} if line.body["grade"] else {})


def photos_of(session: Session, dossier: Dossier, name: str) -> tuple[tuple[Line, VisitPhoto], ...]:
    """List the photos of an observation of this dossier that have arrived, each with its row; none of a stranger."""
    row = find_observation(session, dossier, name)
    if row is None:
        return ()
    record, here = get_record(session, row.visit), {photo.sha256: photo for photo in list_photos(session, row.visit)}
    line = next(line for line in record.lines if line.row is row)
    found = [photo for photo in record.photos_of(line) if photo.is_whole and not photo.is_withdrawn]
    return tuple((photo, here[photo.body["photo"]]) for photo in found)
