"""The facts of the minutes, from the rows of the meeting: who sat when, each item with its quorum, its vote, its end.

Totals are printed, never who voted what, but for the president's ballot where it broke a tie (`domain.md` §3.5).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from sqlalchemy import select

from certify.models import (
    AgendaItem,
    Attendance,
    ConflictRuling,
    Dossier,
    Mandate,
    Meeting,
    MinutesProposal,
    Report,
    Seat,
    User,
)
from certify.models.committee import Holding
from certify.models.meeting import Interest, ItemEnd
from certify.operations.acting import Actor
from certify.operations.paper_words import (
    PRESIDENCY,
    SECRETARIAT,
    is_demonstration,
    named,
    named_document,
    person,
    sector,
    told_blocking_facts,
    told_reasons,
)
from certify.pdf import facts
from certify.pdf.phrases import sentence, word
from certify.pdf.tongues import Tongues
from certify.queries.admissibility import list_current_documents
from certify.queries.calendar import casablanca_today
from certify.queries.committee import find_place, in_force, list_opinions, list_roll, set_aside
from certify.queries.documents import CONFIDENTIAL
from certify.queries.interests import list_rulings
from certify.queries.tallies import Tally, read_tally
from certify.workflows.interests import Ruling
from certify.workflows.voting import Choice
from certify.workflows.words import N_

OUTCOMES = {ItemEnd.TAKEN_OFF: "removed", ItemEnd.WITHDRAWN: "removed", None: "postponed"}
"""How the paper calls an end that is not the outcome of a vote; the others keep their word."""

REPORT = N_("Report of the rapporteur, version %(version)d")
EVALUATES = N_("rapporteur of the dossier")
REPRESENTS = N_("member of the organisation that asks")
CONFIRMED = N_("%(ground)s; confirmed by %(name)s: %(reason)s")
DISMISSED = N_("%(ground)s; dismissed by %(name)s: %(reason)s")


def minutes_facts(meeting: Meeting, number: str, *, actor: Actor) -> facts.MinutesFacts:
    """Gather what the minutes of a closed meeting say, for two people to sign; nothing in it moves afterwards."""
    organisations = [item.dossier.organisation for item in meeting.items]
    return facts.MinutesFacts(
        number,
        actor.at,
        meeting.regulation,
        meeting=meeting.number,
        place=Tongues.written(meeting.place),
        opened_at=meeting.opened_at,
        closed_at=meeting.closed_at,
        convocation=told_convocation(meeting),
        attendance=tuple(_attendances(meeting, actor=actor)),
        items=tuple(_item(item, actor=actor) for item in meeting.items),
        president=None,
        secretary=None,
        demonstration=is_demonstration(*organisations),
    )


def signed_minutes(proposal: MinutesProposal, *, actor: Actor) -> facts.MinutesFacts:
    """Add to the frozen text of a version its two signatures and the hash that they bear."""
    signed = {str(each.capacity): each for each in proposal.signatures}
    president, secretary = signed["president"], signed["secretary"]
    return replace(
        facts.from_json("minutes", proposal.facts),
        issued_at=actor.at,
        president=facts.Signature(person(president.user), PRESIDENCY, president.signed_at),
        secretary=facts.Signature(person(secretary.user), SECRETARIAT, secretary.signed_at),
        version=proposal.version,
        text_sha256=proposal.sha256,
    )


def told_convocation(meeting: Meeting) -> facts.Convocation:
    """Say how a meeting was called."""
    first = meeting.second_of
    return facts.Convocation(
        casablanca_today(meeting.convened_at),
        2 if first else 1,
        meeting.is_urgent,
        first.number if first else None,
        Tongues.written(meeting.urgency) if meeting.urgency else None,
    )


def _attendances(meeting: Meeting, *, actor: Actor) -> Iterator[facts.Attendance]:
    """Yield each stay on each seat that stood that day; a seat on which nobody sat is absent, its titular named."""
    held = select(Mandate).join(Seat).where(in_force(meeting.held_on))
    held = held.order_by(Seat.is_president.desc(), Seat.id, Mandate.holding.desc(), Mandate.id)
    mandates = actor.session.scalars(held)
    seats: dict[Seat, list[Mandate]] = {}
    for mandate in mandates:
        seats.setdefault(mandate.seat, []).append(mandate)
    for seat, holders in seats.items():
        stays = [stay for stay in meeting.attendances if stay.seat_id == seat.id]
        if not stays:
            titular = next((each.user for each in holders if each.holding is Holding.TITULAR), None)
            yield _sat(seat, titular, Holding.TITULAR)
        for stay in stays:
            holding = next((each.holding for each in holders if each.user_id == stay.user_id), Holding.ALTERNATE)
            yield _sat(seat, stay.user, holding, stay)


def _sat(seat: Seat, user: User | None, holding: Holding, stay: Attendance | None = None) -> facts.Attendance:
    return facts.Attendance(
        seat=seat_name(seat),
        body=Tongues(seat.body_fr, seat.body_ar),
        person=person(user) if user else None,
        capacity=str(holding) if seat.is_voting else "advisory",
        arrived_at=stay.arrived_at if stay else None,
        left_at=stay.left_at if stay else None,
        is_remote=stay.is_remote if stay else False,
    )


def seat_name(seat: Seat) -> Tongues:
    """Name a seat: the one that presides, the others by their code."""
    return (
        Tongues("Présidence", "الرئاسة") if seat.is_president else Tongues(f"Siège {seat.code}", f"المقعد {seat.code}")
    )


def _item(item: AgendaItem, *, actor: Actor) -> facts.Item:
    dossier, tally = item.dossier, read_tally(item)
    was_open = item.opened_at is not None
    return facts.Item(
        rank=item.position,
        dossier=dossier.number,
        product=named(dossier.product),
        applicant=named(dossier.organisation),
        sector=sector(dossier),
        outcome=OUTCOMES.get(item.ended) or str(item.ended),
        regulation=dossier.regulation if dossier.regulation != item.meeting.regulation else None,
        rapporteur=person(dossier.rapporteur) if dossier.rapporteur else None,
        opened_at=item.opened_at,
        closed_at=item.closed_at if was_open else None,
        quorum=_quorum(tally) if tally else None,
        interests=tuple(_interests(item, actor=actor)),
        papers=tuple(seen(dossier, actor=actor)) if was_open else (),
        debate=_told(item),
        is_secret=item.is_secret,
        totals=tuple(facts.Total(str(choice), tally.totals.get(choice, 0)) for choice in Choice)
        if tally and tally.totals
        else (),
        reasoning=tuple(sentence(message, named_facts) for message, named_facts in tally.steps) if tally else (),
        casting_vote=_casting_vote(item, tally, actor=actor) if tally and tally.casting_vote else None,
        reasons=told_reasons(dossier, item.reasons),
        blocking_facts=told_blocking_facts(dossier, tally.blocking_facts, actor=actor) if tally else (),
        reservations=tuple(facts.Reservation(Tongues.written(each.statement)) for each in item.reservations),
        adjournment=_adjournment(item),
        present=tuple(_present(item)),
        opinions=tuple(_opinions(item, actor=actor)) if was_open else (),
    )


def _present(item: AgendaItem) -> Iterator[facts.Present]:
    """Yield who was there during an item that was opened, saying when they came or left in its course."""
    if item.opened_at is None:
        return
    for stay in item.meeting.attendances:
        left = stay.left_at
        if stay.arrived_at <= item.closed_at and (left is None or left >= item.opened_at):
            yield facts.Present(
                person(stay.user),
                seat_name(stay.seat),
                stay.is_remote,
                stay.arrived_at if stay.arrived_at > item.opened_at else None,
                left if left is not None and left < item.closed_at else None,
            )


def _quorum(tally: Tally) -> facts.Quorum:
    quorum = tally.quorum
    said = sentence(quorum.message, quorum.facts)
    return facts.Quorum(quorum.base, quorum.required, quorum.present, quorum.is_reached, said)


def _told(item: AgendaItem) -> Tongues | None:
    """Give the summary of the debate; why the item left the agenda, where there was none.

    A sentence of the rules is said in both languages, what the president or the secretariat typed in its own.
    """
    text = item.debate or item.end_reason
    if not text:
        return None
    said = sentence(text)
    return Tongues.written(text) if said.fr == said.ar == text else said


def _interests(item: AgendaItem, *, actor: Actor) -> Iterator[facts.Interest]:
    """Yield who was set aside from an item that was opened: by a ruling, their declaration, or else their tie.

    Then who was not, though the system suggested it: the suggestion was dismissed.
    """
    if item.opened_at is None:
        return
    aside = set_aside(actor.session, item.dossier)
    held = select(Mandate).where(in_force(item.meeting.held_on), Mandate.user_id.in_(aside)).order_by(Mandate.id)
    declared = {each.user_id: each for each in item.declarations if each.interest is Interest.CONFLICT}
    rulings = list_rulings(actor.session, item)
    confirmed = {each.user_id: each for each in rulings if each.ruling is Ruling.CONFIRMED}
    for mandate in actor.session.scalars(held):
        declaration, ruling = declared.get(mandate.user_id), confirmed.get(mandate.user_id)
        if ruling:
            nature = sentence(CONFIRMED, _ruled(ruling))
        elif declaration:
            nature = Tongues.written(declaration.statement)
        else:
            nature = sentence(EVALUATES if mandate.user_id == item.dossier.rapporteur_id else REPRESENTS)
        yield facts.Interest(person(mandate.user), seat_name(mandate.seat), nature)
    for ruling in rulings:
        place = find_place(actor.session, item.meeting, ruling.user)
        if ruling.ruling is Ruling.DISMISSED and place:
            nature = sentence(DISMISSED, _ruled(ruling))
            yield facts.Interest(person(ruling.user), seat_name(place.seat), nature, left_room=False)


def _opinions(item: AgendaItem, *, actor: Actor) -> Iterator[facts.Opinion]:
    for each in list_opinions(actor.session, item):
        statement = Tongues.written(each.statement)
        yield facts.Opinion(person(each.user), seat_name(each.seat), str(each.stance), statement)


def _ruled(ruling: ConflictRuling) -> dict[str, object]:
    return {"ground": ruling.ground, "name": ruling.ruled_by.name, "reason": ruling.reason}


def seen(dossier: Dossier, *, actor: Actor) -> Iterator[facts.PaperSeen]:
    """Yield what the committee had before it: the last report, and the current version of each document it may open."""
    reports = select(Report).where(Report.dossier_id == dossier.id).order_by(Report.version.desc()).limit(1)
    for report in actor.session.scalars(reports):
        yield facts.PaperSeen(sentence(REPORT, {"version": report.version}), report.sha256)
    for document in list_current_documents(actor.session, dossier):
        if document.sha256 and document.kind not in CONFIDENTIAL:
            yield facts.PaperSeen(named_document(dossier, document, actor.today), document.sha256)


def _casting_vote(item: AgendaItem, tally: Tally, *, actor: Actor) -> facts.CastingVote | None:
    """Say how the president broke a tie: by their ballot, or in a secret vote by what they stated openly."""
    seated = {entry.seat_id: entry for entry in list_roll(actor.session, item)}
    presiding = select(Seat.id).where(Seat.is_president, Seat.id.in_(seated))
    entry = seated.get(actor.session.scalars(presiding).first())
    if entry is None:
        return None
    choice = tally.casting_choice if item.is_secret else entry.choice
    return facts.CastingVote(person(actor.session.get_one(User, entry.user_id)), str(choice))


def _adjournment(item: AgendaItem) -> facts.Adjournment | None:
    if item.ended is not ItemEnd.ADJOURNED or not item.awaited:
        return None
    return facts.Adjournment(Tongues.written(item.awaited), word(item.awaited_from), item.awaited_by)
