"""Dossiers that a committee has decided on, and the licences that follow, made by the operations that people use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta
from types import SimpleNamespace

from sqlalchemy import select

from certify.models import AgendaItem, Dossier, Licence, Meeting
from certify.models.meeting import AwaitedFrom, Interest
from certify.operations import agenda, ballots, licences, meetings, minutes, notifications, proposals
from certify.operations.acting import Actor
from certify.queries.committee import list_places
from certify.workflows.voting import Choice
from tests.times import Clock

Acting = Callable[[str | None], Actor]
BASE_URL = "http://127.0.0.1:5000"
SEATED = ("pia", "bob", "brahim", "bouchra")
CONFLICT = "Parent d’une adhérente"
STATEMENTS = {
    Choice.FAVOURABLE_WITH_RESERVATIONS: "Corriger le poids net sur l’étiquette.",
    Choice.UNFAVOURABLE: "L’origine n’est pas établie.",
    Choice.ADJOURN: "Une seconde analyse.",
}


def decide_together(
    acting: Acting, clock: Clock, votes: Mapping[Dossier, Choice], *, recused: str | None = None
) -> Meeting:
    """Take ready dossiers to one meeting, two weeks later, which votes as one on each; the minutes are signed.

    `recused` declares a conflict on the first.
    """
    held_on = acting("carol").today + timedelta(days=14)
    meeting = meetings.plan_meeting(held_on=held_on, starts_at="10:00", place="Rabat", actor=acting("carol"))
    agenda.fill_agenda(meeting, votes, actor=acting("carol"))
    meetings.convene(meeting, actor=acting("carol"))
    clock.advance(days=14)
    for place in list_places(acting("carol").session, meeting):
        meetings.record_arrival(meeting, place.seat, place.titular, actor=acting("carol"))
    for item in meeting.items:
        for name in SEATED:
            has_conflict = name == recused and item.position == 1
            interest, statement = (Interest.CONFLICT, CONFLICT) if has_conflict else (Interest.NONE, None)
            ballots.declare_interest(item, interest=interest, statement=statement, actor=acting(name))
    meetings.open_meeting(meeting, actor=acting("pia"))
    for item in meeting.items:
        vote(item, votes[item.dossier], acting, recused if item.position == 1 else None)
    meetings.close_meeting(meeting, actor=acting("pia"))
    minutes.draw_up_minutes(meeting, actor=acting("carol"))
    sign(meeting, acting)
    return meeting


def sign(meeting: Meeting, acting: Acting, president: str = "pia") -> None:
    """Let everybody who sat approve the minutes, Carol sign them, then who presides."""
    attest(meeting, acting)
    minutes.sign_minutes(meeting, actor=acting(president))


def attest(meeting: Meeting, acting: Acting) -> None:
    """Let everybody who sat approve the minutes, and Carol sign them as secretary."""
    carol = acting("carol")
    for user in dict.fromkeys(stay.user for stay in meeting.attendances):
        proposals.approve_minutes(meeting, actor=Actor(carol.session, user, carol.at))
    proposals.attest_minutes(meeting, actor=carol)


def vote(item: AgendaItem, choice: Choice, acting: Acting, recused: str | None = None) -> None:
    """Open an item, vote as one, close it and state what its end needs."""
    agenda.open_item(item, actor=acting("pia"))
    for name in (name for name in SEATED if name != recused):
        ballots.cast_ballot(item, choice=choice, statement=STATEMENTS.get(choice), actor=acting(name))
    ballots.close_item(item, actor=acting("pia"))
    state_end(item, choice, acting("pia"))


def state_end(item: AgendaItem, choice: Choice, president: Actor) -> None:
    """State what the end of an item needs said, when everybody voted the same."""
    if choice is Choice.UNFAVOURABLE:
        reason = SimpleNamespace(criterion="general.origin", fact=STATEMENTS[choice], evidence="Rapport")
        minutes.state_reasons(item, reasons=[reason], actor=president)
    elif choice is Choice.FAVOURABLE_WITH_RESERVATIONS:
        minutes.confirm_reservations(item, statements=[STATEMENTS[choice], "Fermer le pot."], actor=president)
    elif choice is Choice.ADJOURN:
        terms = {"awaited_from": AwaitedFrom.APPLICANT, "awaited_by": president.today + timedelta(days=20)}
        minutes.state_adjournment(item, awaited=STATEMENTS[choice], **terms, actor=president)


def licence_of(dossier: Dossier, actor: Actor) -> Licence:
    """Return the licence of a dossier."""
    return actor.session.scalars(select(Licence).where(Licence.dossier_id == dossier.id)).one()


def accept(dossier: Dossier, acting: Acting) -> Licence:
    """Notify an approval and accept the terms: the licence may be signed."""
    office = acting("carol")
    notifications.record_notification(dossier, channel="account", received_on=office.today, actor=office)
    licence = licence_of(dossier, office)
    licences.accept_terms(licence, actor=acting("alice"))
    return licence
