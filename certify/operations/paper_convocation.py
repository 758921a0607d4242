"""The convocation of each member: the meeting, its agenda as that member may see it, what to read with its hashes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from certify.models import ConvocationSent, Mandate, Meeting, Message, Paper
from certify.models.paper import PaperKind
from certify.operations.acting import Actor
from certify.operations.paper_minutes import seat_name, seen, told_convocation
from certify.operations.paper_words import SECRETARIAT, is_demonstration, named, person, sector
from certify.pdf import facts
from certify.pdf.tongues import Tongues
from certify.queries.meetings import Line, list_agenda
from certify.queries.regulations import get_regulation
from certify.workflows.meeting import timetable
from certify.workflows.numbering import convocation_number


def issue_convocation(meeting: Meeting, mandate: Mandate, message: Message, *, rank: int, actor: Actor) -> Paper:
    """Issue the convocation of one member and keep with it the message that carries it; `rank` is its place."""
    lines = list_agenda(actor.session, meeting, reader=mandate.user)
    items = [line.item for line in lines if line.item]
    seat = mandate.seat
    said = facts.ConvocationFacts(
        convocation_number(meeting.number, rank),
        actor.at,
        meeting.regulation,
        meeting=meeting.number,
        held_on=meeting.held_on,
        starts_at=meeting.starts_at,
        place=Tongues.written(meeting.place),
        person=person(mandate.user),
        seat=seat_name(seat),
        capacity=str(mandate.holding) if seat.is_voting else "advisory",
        convocation=told_convocation(meeting),
        items=tuple(_points(meeting, lines, actor=actor)),
        secretary=facts.Signatory(person(actor.user), SECRETARIAT),
        demonstration=is_demonstration(*(item.dossier.organisation for item in items)),
    )
    paper = Paper(
        number=said.number,
        kind=PaperKind.CONVOCATION,
        meeting_id=meeting.id,
        facts=said.to_json(),
        issued_at=actor.at,
        issued_by_id=actor.id,
    )
    actor.session.add(paper)
    actor.session.flush()
    sent = {"paper_id": paper.id, "meeting_id": meeting.id, "user_id": mandate.user_id, "message_id": message.id}
    actor.session.add(ConvocationSent(**sent))
    actor.session.flush()
    return paper


def _points(meeting: Meeting, lines: Sequence[Line], *, actor: Actor) -> Iterator[facts.Point]:
    """Yield the items that are open to the member, numbered and timed as on the page of the meeting."""
    minutes = get_regulation(meeting.regulation).committee.minutes_per_item
    for line, hour in zip(lines, timetable(meeting.starts_at, len(lines), minutes), strict=False):
        if line.item is None:
            continue
        dossier = line.item.dossier
        yield facts.Point(
            line.position,
            hour,
            dossier.number,
            named(dossier.product),
            named(dossier.organisation),
            sector(dossier),
            tuple(seen(dossier, actor=actor)),
        )
