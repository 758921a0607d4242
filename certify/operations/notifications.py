"""Notification: the proof that a decision reached the applicant, from which the periods of appeal run (move 20)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from certify.models import Dossier, Notification, Paper
from certify.models.dossier import Channel
from certify.operations.acting import Actor
from certify.operations.admissibility import decide_now
from certify.operations.licences import tell_terms
from certify.operations.moves import move_dossier
from certify.queries.admissibility import find_decision, office_facts
from certify.queries.calendar import casablanca_today
from certify.workflows.dossier import Action
from certify.workflows.errors import Refused
from certify.workflows.words import N_


def record_notification(
    dossier: Dossier,
    *,
    channel: Channel | str,
    received_on: date,
    proof: str | None = None,
    actor: Actor,
    version: int | None = None,
) -> Notification:
    """Record how and on which day the applicant received the decision that stands.

    `proof` names what shows it (number of the registered letter, signature on the slip); only a letter opened in the
    applicant's account does without. Raises Refused for a day in the future or before the decision.
    """
    actor.hold(dossier, version)
    channel = Channel(channel)
    facts = replace(
        office_facts(actor.session, dossier, actor.today), has_proof=bool(proof) or channel is Channel.ACCOUNT
    )
    decide_now(dossier, Action.NOTIFY, facts, actor=actor)
    decision = find_decision(actor.session, dossier)
    if decision is None:
        raise Refused(N_("No decision letter has been issued on this dossier: there is nothing to notify."))
    _check_day(decision, received_on, actor=actor)
    move_dossier(
        dossier,
        Action.NOTIFY,
        actor=actor,
        facts=facts,
        documents=[{"name": decision.number, "sha256": decision.file.sha256}] if decision.file else (),
        particulars={"paper": decision.number, "channel": channel, "received_on": received_on},
    )
    notification = Notification(
        dossier_id=dossier.id,
        paper_id=decision.id,
        channel=channel,
        received_on=received_on,
        proof=proof,
        recorded_by_id=actor.id,
        recorded_at=actor.at,
    )
    actor.session.add(notification)
    tell_terms(dossier, actor=actor)
    return notification


def _check_day(decision: Paper, received_on: date, *, actor: Actor) -> None:
    """Nobody receives a letter tomorrow, nor before it was written."""
    issued_on = casablanca_today(decision.issued_at)
    if received_on > actor.today:
        raise Refused(N_("The day of receipt cannot be in the future: today is %(today)s."), today=actor.today)
    if received_on < issued_on:
        raise Refused(N_("The letter was issued on %(issued)s: it cannot be received before."), issued=issued_on)
