"""The evidence pack of a decision: every fact that a court or an appeal body needs, and the files that carry them.

Only plain data leaves here, in an order that depends on nothing but the facts. What law 09-08 protects and no judge of
the decision needs stays out: national identity numbers, telephones, addresses of mail, the identity document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from certify.models import Document, Dossier, Event, Licence, Meeting, Paper, User
from certify.queries.admissibility import find_decision
from certify.queries.decisions import find_licence
from certify.queries.documents import CONFIDENTIAL, label_of
from certify.queries.dossiers import get_dossier
from certify.queries.journal import said
from certify.queries.meetings import may_read_minutes
from certify.queries.pack_committee import list_meetings_of, tell_errata, tell_meetings, tell_minutes
from certify.queries.pack_papers import list_papers, tell_letters, tell_licence, tell_notifications, tell_paper
from certify.queries.pack_words import plain, word
from certify.queries.pack_work import tell_acts, tell_evaluation
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.workflows import dossier as dossiers
from certify.workflows import erratum as errata
from certify.workflows import licence as licences
from certify.workflows import meeting as meetings
from certify.workflows.errors import Conflicted, NotFound
from certify.workflows.evidence import GENESIS, canonical
from certify.workflows.machine import Term
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_

UNDECIDED = N_("There is no decision on this dossier yet.")

SHAPE = 1
"""The shape of the facts that are written today."""

LEFT_OUT = (
    N_("Identity documents, their names included: only their SHA-256 is given, which the journal cites (law 09-08)."),
    N_("National identity numbers, telephones and addresses of mail: no decision rests on them (law 09-08)."),
    N_("Ballots of a vote that was not counted: they stay sealed for ever."),
)
"""What the pack does not hold, and why; the page of the pack says it."""


ACTS = (
    *("uploaded", "requested", "proposed", "signed", "raised", "submitted", "issued", "recorded"),
    *("drawn_up", "answered", "dropped", "ruled", "planned"),
)
PEOPLE = frozenset({"by", "person", "recipient", "rapporteur", *(f"{act}_by" for act in ACTS)})
"""Where the facts hold the number of a person."""


@dataclass(frozen=True)
class Gathered:
    """The facts of a pack, the texts that it holds by their path, and the SHA-256 of the kept files by theirs.

    `at` is the moment of the last event; `unprinted` are papers whose file does not exist yet: no pack before it does.
    """

    facts: dict[str, object]
    texts: dict[str, str]
    files: dict[str, str]
    at: datetime
    unprinted: tuple[Paper, ...]

    @property
    def name(self) -> str:
        """What the file is called."""
        return f"{self.facts['dossier']['number']}.zip"


def get_decided(session: Session, dossier_id: int, *, reader: User) -> Dossier:
    """Return a dossier whose pack `reader` may have. Raises NotFound, Conflicted or NotAllowed.

    The minutes come whole: nobody has the pack to whom one of the dossiers they tell of is closed.
    """
    dossier = get_dossier(session, dossier_id, reader=reader, right=Right.EXPORT_PACK)
    if find_decision(session, dossier) is None:
        raise NotFound(UNDECIDED)
    if not _may_read_all(session, dossier, reader):
        raise Conflicted(N_("The minutes in this evidence pack tell of a dossier that is closed to you."))
    return dossier


def may_export(session: Session, dossier: Dossier, *, reader: User) -> bool:
    """Tell whether there is a pack of a dossier and `reader` may have it."""
    if not may(Right.EXPORT_PACK, roles_on(session, reader, dossier)) or find_decision(session, dossier) is None:
        return False
    return _may_read_all(session, dossier, reader)


def _may_read_all(session: Session, dossier: Dossier, reader: User) -> bool:
    """Tell whether all the minutes that the pack holds are open to `reader`."""
    return all(may_read_minutes(session, meeting, reader=reader) for meeting in list_meetings_of(session, dossier))


def find_decided(session: Session, number: str) -> Dossier:
    """Return a dossier with a decision by its number, for a command; raise NotFound."""
    dossier = session.scalars(select(Dossier).where(Dossier.number == number)).one_or_none()
    if dossier is None or find_decision(session, dossier) is None:
        raise NotFound(UNDECIDED)
    return dossier


def gather_pack(session: Session, dossier: Dossier) -> Gathered:
    """Gather everything on a dossier that was decided; whoever asks has the right already."""
    sat, licence = list_meetings_of(session, dossier), find_licence(session, dossier)
    papers = list_papers(session, dossier, licence, sat)
    documents = session.scalars(
        select(Document).where(Document.dossier_id == dossier.id).order_by(Document.kind, Document.version)
    ).all()
    journals = list(_journals(session, dossier, licence, sat))
    evaluation, texts = tell_evaluation(session, dossier)
    minutes, versions = tell_minutes(session, sat)
    corrections, mended = tell_errata(session, sat)
    facts = {
        "shape": SHAPE,
        "dossier": _dossier(dossier),
        "left_out": list(LEFT_OUT),
        "documents": [_document(dossier, document) for document in documents],
        "acts": tell_acts(session, dossier),
        "evaluation": evaluation,
        "meetings": tell_meetings(session, dossier),
        "minutes": minutes,
        "errata": corrections,
        "papers": [tell_paper(paper) for paper in papers],
        "licence": tell_licence(licence),
        "notifications": tell_notifications(session, dossier, papers),
        "letters": tell_letters(session, dossier, sat),
        "journals": [_chain(*journal) for journal in journals],
    }
    facts["people"] = _people(session, facts)
    texts |= versions | mended
    texts |= {path: "".join(f"{_line(event)}\n" for event in events) for path, _, events in journals}
    return Gathered(
        facts=facts,
        texts=texts,
        files={one["path"]: one["sha256"] for one in _kept(facts)},
        at=max(event.at for _, _, events in journals for event in events),
        unprinted=tuple(paper for paper in papers if paper.file is None),
    )


def _kept(facts: dict[str, object]) -> Iterator[dict[str, str]]:
    """Yield what lies in the store: documents, papers, the photo that the public sees."""
    yield from (one for one in facts["documents"] if "path" in one)
    yield from (one for one in facts["papers"] if "path" in one)
    yield from (photo for visit in facts["evaluation"]["visits"] for photo in visit["photos"])
    if facts["licence"] and facts["licence"]["photo"]:
        yield facts["licence"]["photo"]


def _dossier(dossier: Dossier) -> dict[str, object]:
    product, organisation, site = dossier.product, dossier.organisation, dossier.site
    return {
        "number": dossier.number,
        "regulation": dossier.regulation,
        "state": word(dossier.state),
        "filed_at": plain(dossier.filed_at),
        "product": {"fr": product.name_fr, "ar": product.name_ar, "en": product.name_en},
        "filiere": dict(get_regulation(dossier.regulation).filiere(product.filiere).label),
        "usage": word(product.usage),
        "category": product.category,
        "organisation": {"fr": organisation.name_fr, "ar": organisation.name_ar},
        "ice": organisation.ice,
        "site": {"name": site.name, "commune": site.commune, "sanitary_number": site.sanitary_number} if site else None,
        "rapporteur": dossier.rapporteur_id,
    }


def _document(dossier: Dossier, document: Document) -> dict[str, object]:
    """Tell of one version of a document; of a confidential one nothing but that it exists, and its hash."""
    told = {
        "kind": document.kind,
        "label": dict(label_of(dossier, document.kind, document.uploaded_at.date())),
        "version": document.version,
        "sha256": document.sha256,
        "uploaded_at": plain(document.uploaded_at),
        "uploaded_by": document.uploaded_by_id,
        "standing": word(document.standing),
        "checked_at": plain(document.checked_at),
        "finding": document.finding,
    }
    if document.kind in CONFIDENTIAL:
        return told | {"is_left_out": True, "finding": None}
    told |= {"name": document.file_name, "explanation": document.explanation, "is_left_out": False}
    told |= {"size": document.size, "expires_on": plain(document.expires_on)}
    if document.sha256:
        ending = PurePosixPath(document.file_name).suffix
        told["path"] = f"documents/{document.kind}/{document.version}{ending}"
    return told


Journal = tuple[str, type[Term], list[Event]]


def _journals(session: Session, dossier: Dossier, licence: Licence | None, sat: Iterable[Meeting]) -> Iterator[Journal]:
    """Yield the chains that tell of the dossier: (path, words of the moves, events); each one whole."""

    def chain(subject: ColumnElement[bool]) -> list[Event]:
        return list(session.scalars(select(Event).where(subject).order_by(Event.sequence)))

    yield "journal/dossier.jsonl", dossiers.Action, chain(Event.dossier_id == dossier.id)
    for meeting in sat:
        path = f"journal/meeting-{meeting.number.replace('/', '-')}.jsonl"
        yield path, meetings.Action, chain(Event.meeting_id == meeting.id)
    if licence:
        events = chain(Event.licence_id == licence.id)
        if events:
            yield "journal/licence.jsonl", licences.Action, events


def _chain(path: str, words: type[Term], events: list[Event]) -> dict[str, object]:
    return {
        "path": path,
        "events": len(events),
        "head": events[-1].hash if events else GENESIS,
        "moves": [
            {
                "at": plain(event.at),
                "action": word(_words_of(event, words)),
                "role": word(event.role),
                "by": event.actor_id,
            }
            for event in events
        ],
    }


def _words_of(event: Event, words: type[Term]) -> Term:
    """Return the word of a move; the journal of a meeting keeps the errata to its minutes too."""
    return errata.Action(event.action) if event.action in set(map(str, errata.Action)) else words(event.action)


def _line(event: Event) -> str:
    """Write an event as its hash covers it, the hash beside."""
    return canonical(said(event) | {"hash": event.hash})


def _people(session: Session, facts: dict[str, object]) -> dict[str, str]:
    """Name whoever the facts call by a number; the moves of the journals are among them."""
    found = session.execute(select(User.id, User.name).where(User.id.in_(set(_numbers(facts)))).order_by(User.id))
    return {str(number): name for number, name in found}


def _numbers(told: object) -> Iterator[int]:
    """Yield the numbers of people, wherever they stand."""
    if isinstance(told, Mapping):
        yield from (number for name, number in told.items() if name in PEOPLE and isinstance(number, int))
        yield from told.get("set_aside", ())
    inner = told.values() if isinstance(told, Mapping) else told if isinstance(told, list) else ()
    for one in inner:
        yield from _numbers(one)
