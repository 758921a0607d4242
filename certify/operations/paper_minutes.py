"""The facts of the minutes, from the rows of the meeting: who sat when, each item with its quorum, its vote, its end.

Totals are printed, never who voted what, but for the president's ballot where it broke a tie (`domain.md` §3.5).
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, replace
from hashlib import sha256

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
from certify.queries.late import list_answers
from certify.queries.regulations import get_regulation
from certify.queries.relations import inspectors_of
from certify.queries.tallies import Tally, read_tally
from certify.workflows.interests import Ruling
from certify.workflows.voting import Choice, Motion, motions
from certify.workflows.words import N_

OUTCOMES = {ItemEnd.TAKEN_OFF: "removed", ItemEnd.WITHDRAWN: "removed", None: "postponed"}
"""How the paper calls an end that is not the outcome of a vote; the others keep their word."""

ATTENDANCE_SHEET = N_("Attendance sheet")
KEPT_WITH_ITEM = N_(
    "Item %(position)d – papers seen: %(papers)d; declarations of interest: %(declarations)d; rulings on conflicts:"
    " %(rulings)d"
)
REPORT = N_("Report of the rapporteur, version %(version)d")
EVALUATES = N_("rapporteur of the dossier")
VISITED = N_("inspector on the visit of the site, whose report they write")
REPRESENTS = N_("member of the organisation that asks")
CONFIRMED = N_("%(ground)s; confirmed by %(name)s: %(reason)s")
DISMISSED = N_("%(ground)s; dismissed by %(name)s: %(reason)s")


def minutes_facts(meeting: Meeting, number: str, *, actor: Actor) -> facts.MinutesFacts:
    """Gather what the minutes of a closed meeting say, for two people to sign; nothing in it moves afterwards."""
    organisations = [item.dossier.organisation for item in meeting.items]
    items = tuple(_item(item, actor=actor) for item in meeting.items)
    attendance = tuple(_attendances(meeting, actor=actor))
    return facts.MinutesFacts(
        number,
        actor.at,
        meeting.regulation,
        meeting=meeting.number,
        place=Tongues.written(meeting.place),
        opened_at=meeting.opened_at,
        closed_at=meeting.closed_at,
        convocation=told_convocation(meeting),
        attendance=attendance,
        items=items,
        president=None,
        secretary=None,
        annexes=tuple(_annexes(meeting, items, attendance, actor=actor)),
        demonstration=is_demonstration(*organisations),
    )


def signed_minutes(proposal: MinutesProposal, capacity: Tongues, *, actor: Actor) -> facts.MinutesFacts:
    """Add to the frozen text of a version its two signatures and the hash that they bear."""
    signed = {str(each.capacity): each for each in proposal.signatures}
    president, secretary = signed["president"], signed["secretary"]
    return replace(
        facts.from_json("minutes", proposal.facts),
        issued_at=actor.at,
        president=facts.Signature(person(president.user), capacity, president.signed_at),
        secretary=facts.Signature(person(secretary.user), SECRETARIAT, secretary.signed_at),
        version=proposal.version,
        text_sha256=proposal.sha256,
    )


def _annexes(
    meeting: Meeting, items: Sequence[facts.Item], attendance: Sequence[facts.Attendance], *, actor: Actor
) -> Iterator[facts.Annex]:
    """Yield what is kept with the minutes: the attendance sheet; item by item the papers seen, declarations, rulings.

    The fingerprint of each is that of its facts; each paper seen has its own, which the item gives.
    """
    yield facts.Annex(sentence(ATTENDANCE_SHEET), _print_of([asdict(each) for each in attendance]))
    for item, told in zip(meeting.items, items, strict=True):
        if item.opened_at is None:
            continue
        declared = [[each.user_id, each.interest, each.statement, each.declared_at] for each in item.declarations]
        ruled = [[each.user_id, each.ruling, each.reason] for each in list_rulings(actor.session, item)]
        seen = [each.sha256 for each in told.papers]
        counts = {"position": item.position, "papers": len(seen), "declarations": len(declared), "rulings": len(ruled)}
        yield facts.Annex(sentence(KEPT_WITH_ITEM, counts), _print_of([seen, declared, ruled]))


def _print_of(told: list) -> str:
    return sha256(json.dumps(told, default=str, ensure_ascii=False).encode()).hexdigest()


def told_convocation(meeting: Meeting) -> facts.Convocation:
    """Say how a meeting was called."""
    first = meeting.second_of
    return facts.Convocation(
        casablanca_today(meeting.convened_at),
        2 if first else 1,
        meeting.is_urgent,
        first.number if first else None,
        Tongues.written(meeting.urgency) if meeting.urgency else None,
        get_regulation(meeting.regulation).committee.second_convocation_minimum if first else None,
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
        titular = next((each.user for each in holders if each.holding is Holding.TITULAR), None)
        if not stays:
            yield _sat(seat, titular, Holding.TITULAR)
        for stay in stays:
            holding = next((each.holding for each in holders if each.user_id == stay.user_id), Holding.ALTERNATE)
            yield _sat(seat, stay.user, holding, stay, titular)


def _sat(
    seat: Seat, user: User | None, holding: Holding, stay: Attendance | None = None, titular: User | None = None
) -> facts.Attendance:
    stands_in = stay is not None and holding is Holding.ALTERNATE and titular is not None
    return facts.Attendance(
        seat=seat_name(seat),
        body=Tongues(seat.body_fr, seat.body_ar),
        person=person(user) if user else None,
        capacity=str(holding) if seat.is_voting else "advisory",
        arrived_at=stay.arrived_at if stay else None,
        left_at=stay.left_at if stay else None,
        is_remote=stay.is_remote if stay else False,
        represents=person(titular) if stands_in else None,
    )


def seat_name(seat: Seat) -> Tongues:
    """Name a seat: the one that presides, the others by their code."""
    return (
        Tongues("Présidence", "الرئاسة") if seat.is_president else Tongues(f"Siège {seat.code}", f"المقعد {seat.code}")
    )


def _item(item: AgendaItem, *, actor: Actor) -> facts.Item:
    dossier, tally = item.dossier, read_tally(item)
    was_open = item.opened_at is not None
    aside = set_aside(actor.session, dossier)
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
        opinions=tuple(_opinions(item, actor=actor)) if was_open else (),
        present=tuple(_present(item, aside)),
        motions=tuple(_motion(each) for each in motions(tally.steps)) if tally else (),
        correction=_correction(dossier, actor=actor) if was_open else None,
        late=_late(item, actor=actor),
        presided=_presided(tally, actor=actor) if tally and was_open else None,
    )


def _motion(motion: Motion) -> facts.Motion:
    return facts.Motion(str(motion.choice), motion.votes, motion.required, motion.is_carried)


def _correction(dossier: Dossier, *, actor: Actor) -> facts.Correction | None:
    """Say why the last report corrects the one before; None when it corrects none."""
    last = select(Report).where(Report.dossier_id == dossier.id).order_by(Report.version.desc()).limit(1)
    report = actor.session.scalars(last).first()
    if report is None or report.reason is None:
        return None
    return facts.Correction(report.version, Tongues.written(report.reason))


def _present(item: AgendaItem, aside: Collection[int]) -> Iterator[facts.Present]:
    """Yield who was there during an item that was opened, saying when they came or left in its course.

    Who was set aside is told among the interests, with when they left the room.
    """
    if item.opened_at is None:
        return
    for stay in item.meeting.attendances:
        left = stay.left_at
        if stay.user_id in aside:
            continue
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
    inspectors = frozenset(actor.session.scalars(inspectors_of(item.dossier_id)))
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
            nature = sentence(_tie(item.dossier, mandate.user_id, inspectors))
        yield facts.Interest(person(mandate.user), seat_name(mandate.seat), nature, **_departure(item, mandate.user_id))
    for ruling in rulings:
        place = find_place(actor.session, item.meeting, ruling.user)
        if ruling.ruling is Ruling.DISMISSED and place:
            nature = sentence(DISMISSED, _ruled(ruling))
            yield facts.Interest(person(ruling.user), seat_name(place.seat), nature, left_room=False)


def _opinions(item: AgendaItem, *, actor: Actor) -> Iterator[facts.Opinion]:
    for each in list_opinions(actor.session, item):
        statement = Tongues.written(each.statement)
        yield facts.Opinion(person(each.user), seat_name(each.seat), str(each.stance), statement)


def _departure(item: AgendaItem, user_id: int) -> dict[str, object]:
    """Say when somebody set aside left the room and came back.

    Who is on the attendance sheet while the item is dealt with is out of the room from its opening to its close; who
    had left by then, since the hour that the sheet gives.
    """
    stays = [stay for stay in item.meeting.attendances if stay.user_id == user_id]
    before = [stay for stay in stays if stay.arrived_at <= item.opened_at]
    after = [stay.arrived_at for stay in stays if stay.arrived_at >= item.closed_at]
    if not before:
        return {"was_absent": True, "left_room": False}
    left_at = before[-1].left_at
    if left_at is None or left_at > item.closed_at:
        return {"left_at": item.opened_at, "back_at": item.closed_at}
    return {"left_at": min(max(left_at, before[-1].arrived_at), item.opened_at), "back_at": min(after, default=None)}


def _tie(dossier: Dossier, user_id: int, inspectors: frozenset[int]) -> str:
    if user_id == dossier.rapporteur_id:
        return EVALUATES
    return VISITED if user_id in inspectors else REPRESENTS


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
    seat_id = tally.presided.seat_id if tally.presided else actor.session.scalars(presiding).first()
    entry = seated.get(seat_id)
    if entry is None:
        return None
    choice = tally.casting_choice if item.is_secret else entry.choice
    return facts.CastingVote(person(actor.session.get_one(User, entry.user_id)), str(choice))


def _late(item: AgendaItem, *, actor: Actor) -> facts.Late | None:
    """Say why an item came late and what each seat answered; None for any other item."""
    if item.late_reason is None:
        return None
    said = list_answers(actor.session, item)
    agreed, against = (tuple(person(each.user) for each in said if each.agrees is yes) for yes in (True, False))
    return facts.Late(Tongues.written(item.late_reason), agreed, against)


def _presided(tally: Tally, *, actor: Actor) -> facts.Presided | None:
    """Say who presided over an item; None for one that ended before this was kept."""
    kept = tally.presided
    if kept is None:
        return None
    user, seat = actor.session.get_one(User, kept.user_id), actor.session.get_one(Seat, kept.seat_id)
    return facts.Presided(person(user), seat_name(seat), word(kept.basis))


def _adjournment(item: AgendaItem) -> facts.Adjournment | None:
    if item.ended is not ItemEnd.ADJOURNED or not item.awaited:
        return None
    return facts.Adjournment(Tongues.written(item.awaited), word(item.awaited_from), item.awaited_by)
