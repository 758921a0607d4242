"""Everything that the office reads of one dossier on one page, with a fixed number of queries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import CompoundSelect, literal, select, union
from sqlalchemy.orm import Session, joinedload

from certify.models import (
    AgendaItem,
    Complement,
    Document,
    Dossier,
    Event,
    Finding,
    Inadmissibility,
    Licence,
    Measurement,
    Notification,
    Paper,
    Report,
    Reservation,
    User,
    Visit,
)
from certify.models.document import Standing
from certify.models.meeting import ItemEnd
from certify.queries.admissibility import (
    find_inadmissibility,
    last_day_of,
    list_complements,
    list_notifications,
    list_reservations,
    office_facts,
    states_offering,
)
from certify.queries.deadlines import Readings, read_many
from certify.queries.documents import label_of, list_documents, list_entries, list_papers
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.queries.tasks import Assigned, list_tasks
from certify.queries.visits import list_dossier_visits
from certify.workflows.dossier import LIFE, Action, Facts
from certify.workflows.parameters import Appeal
from certify.workflows.permissions import Right, Role, may
from certify.workflows.words import N_, Label

CHECKED = N_("Documents checked")
PROPOSED = N_("Inadmissibility proposed")
LIFTED = N_("A reservation was lifted")
MEASURED = N_("The grid was filled in")
FOUND = N_("A finding was raised")


@dataclass(frozen=True)
class Piece:
    """One document of the file: what it is, and the versions handed in, the latest first.

    `is_listed`: the regulation names it; the others were handed in besides.
    """

    kind: str
    label: Label
    versions: Sequence[Document]
    is_listed: bool
    is_required: bool
    is_expired: bool

    @property
    def document(self) -> Document | None:
        """The version that counts."""
        return self.versions[0] if self.versions else None


@dataclass(frozen=True)
class Change:
    """Something that was done to a dossier: when, by whom (None: the legal clock), and what (a msgid)."""

    at: datetime
    who: User | None
    what: str


@dataclass(frozen=True)
class Casefile:
    """A dossier as the office reads it. `journal` is empty for whoever may not read it; `report` is the last one.

    `turn`: who makes the next ordinary move; `facts`: what the rows say for the guards of the secretariat's moves.
    """

    dossier: Dossier
    readings: Readings
    pieces: Sequence[Piece]
    complements: Sequence[Complement]
    inadmissibility: Inadmissibility | None
    tasks: Sequence[Assigned]
    visits: Sequence[Visit]
    findings: Sequence[Finding]
    report: Report | None
    items: Sequence[AgendaItem]
    reservations: Sequence[Reservation]
    papers: Sequence[Paper]
    notifications: Mapping[int, Notification]
    licence: Licence | None
    journal: Sequence[Event]
    turn: frozenset[Role]
    facts: Facts

    @property
    def handed_in(self) -> list[Piece]:
        """The pieces that were handed in."""
        return [piece for piece in self.pieces if piece.document]

    @property
    def proposal(self) -> Inadmissibility | None:
        """The proposal of inadmissibility that waits for its second signature."""
        act, waits = self.inadmissibility, self.dossier.state in states_offering(Action.DECLARE_INADMISSIBLE)
        return act if act and act.signed_at is None and waits else None

    @property
    def conforming(self) -> int:
        """How many of them were found conforming."""
        return sum(piece.document.standing is Standing.CONFORMING for piece in self.handed_in)


def get_casefile(session: Session, dossier: Dossier, *, reader: User, today: date) -> Casefile:
    """Return the file of a dossier that `reader` was already allowed to fetch."""
    notifications = list_notifications(session, dossier)
    facts = office_facts(session, dossier, today)
    return Casefile(
        dossier=dossier,
        readings=read_many(session, [dossier], today)[dossier.id],
        pieces=list_pieces(session, dossier, reader=reader, today=today),
        complements=list_complements(session, dossier),
        inadmissibility=find_inadmissibility(session, dossier),
        tasks=list_tasks(session, dossier, today) if dossier.rapporteur_id else (),
        visits=list_dossier_visits(session, dossier),
        findings=_list(session, Finding, dossier),
        report=next(iter(_list(session, Report, dossier)[::-1]), None),
        items=_list_items(session, dossier),
        reservations=list_reservations(session, dossier),
        papers=list_papers(session, dossier),
        notifications={notification.paper_id: notification for notification in notifications},
        licence=session.scalars(select(Licence).where(Licence.dossier_id == dossier.id)).one_or_none(),
        journal=_list_journal(session, dossier, reader),
        turn=whose_turn(dossier, facts),
        facts=facts,
    )


def list_pieces(session: Session, dossier: Dossier, *, reader: User, today: date) -> list[Piece]:
    """List the documents of the regulation's list in its order, handed in or not, then what was handed in besides."""
    entries = list_entries(session, dossier, reader=reader, today=today)
    listed = [
        Piece(entry.rule.code, entry.rule.label, entry.versions, True, entry.is_required, entry.is_expired)
        for entry in entries
    ]
    known = {piece.kind for piece in listed}
    further: dict[str, list[Document]] = {}
    for document in list_documents(session, dossier, reader=reader):
        if document.kind not in known:
            further.setdefault(document.kind, []).append(document)
    return listed + [
        Piece(kind, label_of(dossier, kind, today), versions, False, False, False) for kind, versions in further.items()
    ]


def whose_turn(dossier: Dossier, facts: Facts) -> frozenset[Role]:
    """Return who makes the next ordinary move, by the table; nobody once nothing follows but what is already done."""
    following = LIFE.leaving(dossier.state)
    if not following or (following[0].action is Action.NOTIFY and facts.is_notified):
        return frozenset()
    return following[0].who - {Role.CLOCK}


def list_changes(session: Session, dossier: Dossier, count: int) -> list[Change]:
    """List the last `count` things that were done to a dossier, the latest first: moves, checks, proposals, proofs."""
    moves = session.scalars(
        select(Event).where(Event.dossier_id == dossier.id).order_by(Event.sequence.desc()).limit(count)
    )
    found = {Change(event.at, event.actor, Action(event.action).label) for event in moves}
    for at, who, what in session.execute(_quiet_changes(dossier)):
        found.add(Change(at, session.get(User, who), what))
    return sorted(found, key=lambda change: change.at, reverse=True)[:count]


def _quiet_changes(dossier: Dossier) -> CompoundSelect:
    """Select what changes a dossier without moving it: (when, who, what)."""
    checked = select(Document.checked_at, Document.checked_by_id, literal(CHECKED)).where(
        Document.dossier_id == dossier.id, Document.checked_at.is_not(None)
    )
    proposed = select(Inadmissibility.proposed_at, Inadmissibility.proposed_by_id, literal(PROPOSED)).where(
        Inadmissibility.dossier_id == dossier.id
    )
    lifted = (
        select(Reservation.lifted_at, Reservation.lifted_by_id, literal(LIFTED))
        .join(AgendaItem, AgendaItem.id == Reservation.item_id)
        .where(AgendaItem.dossier_id == dossier.id, Reservation.lifted_at.is_not(None))
    )
    measured = select(Measurement.entered_at, Measurement.entered_by_id, literal(MEASURED)).where(
        Measurement.dossier_id == dossier.id
    )
    found = select(Finding.raised_at, Finding.raised_by_id, literal(FOUND)).where(Finding.dossier_id == dossier.id)
    return union(checked, proposed, lifted, measured, found)


def find_adjourned(session: Session, dossier: Dossier) -> AgendaItem | None:
    """Return the item at which the committee last adjourned the dossier; it says what is awaited, from whom."""
    asked = select(AgendaItem).where(AgendaItem.dossier_id == dossier.id, AgendaItem.ended == ItemEnd.ADJOURNED)
    asked = asked.options(joinedload(AgendaItem.meeting)).order_by(AgendaItem.closed_at.desc()).limit(1)
    return session.scalars(asked).first()


def list_appeals(dossier: Dossier, received_on: date) -> list[tuple[Appeal, date]]:
    """List the ways to contest a decision received on a day, each with its last day."""
    appeals = get_regulation(dossier.regulation).appeals
    return [(appeal, last_day_of(dossier, appeal.delay, received_on)) for appeal in appeals]


def _list(session: Session, table: type, dossier: Dossier) -> Sequence:
    return session.scalars(select(table).where(table.dossier_id == dossier.id).order_by(table.id)).all()


def _list_items(session: Session, dossier: Dossier) -> Sequence[AgendaItem]:
    asked = select(AgendaItem).where(AgendaItem.dossier_id == dossier.id).options(joinedload(AgendaItem.meeting))
    return session.scalars(asked.order_by(AgendaItem.id)).all()


def _list_journal(session: Session, dossier: Dossier, reader: User) -> Sequence[Event]:
    if not may(Right.READ_JOURNAL, roles_on(session, reader, dossier)):
        return ()
    asked = select(Event).where(Event.dossier_id == dossier.id).options(joinedload(Event.actor))
    return session.scalars(asked.order_by(Event.sequence)).all()
