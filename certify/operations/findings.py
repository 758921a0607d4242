"""What the rapporteur finds to correct, and the request to correct it before the committee (move 10)."""

from __future__ import annotations

from datetime import date

from certify.models import Dossier, Finding
from certify.models.evaluation import Grade
from certify.operations.acting import Actor
from certify.operations.documents import keep_for_finding
from certify.operations.measurements import check_criterion, hold_grid, touch
from certify.operations.moves import move_dossier
from certify.operations.storage import StoredFile
from certify.queries.calendar import casablanca_today
from certify.queries.documents import EVIDENCE, get_document
from certify.queries.evaluation import list_findings
from certify.queries.findings import due_of, latest_day
from certify.queries.recording import find_observation
from certify.queries.relations import roles_on
from certify.workflows import finding as findings
from certify.workflows.dossier import LIFE, Action, Facts
from certify.workflows.errors import AlreadyDone, NotFound, Refused
from certify.workflows.finding import OWED, State
from certify.workflows.words import N_


def raise_finding(
    dossier: Dossier,
    *,
    grade: Grade | str,
    statement: str,
    due_on: date | None = None,
    criterion: str | None = None,
    evidence: StoredFile | None = None,
    evidence_id: int | None = None,
    found_on: date | None = None,
    observation: str | None = None,
    actor: Actor,
    version: int | None = None,
) -> Finding:
    """Write down something to correct; the applicant learns of it when conformity is asked for.

    `due_on`: the day of its grade in the regulation when none is given. `evidence` is a file that shows it, or
    `evidence_id` a document of the dossier; `found_on` the day it was seen, today unless said. Taken over from an
    `observation` of a visit, named by its fingerprint, the day of that visit counts: its notice is due from there.
    Raises Refused when the applicant would have no day left, or more than the regulation allows.
    """
    hold_grid(dossier, Action.REQUIRE_CONFORMITY, actor=actor, version=version)
    if criterion is not None:
        check_criterion(dossier, criterion)
    grade, found_on = Grade(grade), found_on or actor.today
    if observation is not None:
        found_on = _day_observed(dossier, observation, actor=actor)
    if found_on > actor.today:
        raise Refused(N_("It cannot have been seen after today."))
    if evidence is not None:
        evidence_id = keep_for_finding(dossier, EVIDENCE, stored=evidence, actor=actor).id
    elif evidence_id is not None:
        _check_evidence(dossier, evidence_id, actor=actor)
    finding = Finding(
        dossier_id=dossier.id,
        state=State.NOTED,
        grade=grade,
        criterion=criterion,
        statement=statement,
        evidence_id=evidence_id,
        observation=observation,
        found_on=found_on,
        due_on=_checked_day(dossier, grade, due_on, actor=actor),
        raised_by_id=actor.id,
        raised_at=actor.at,
    )
    actor.session.add(finding)
    touch(dossier, actor=actor)
    return finding


def remove_finding(finding: Finding, *, actor: Actor, version: int | None = None) -> None:
    """Take back a finding that the applicant has not been told of; what was sent stays for ever."""
    dossier = actor.session.get_one(Dossier, finding.dossier_id)
    hold_grid(dossier, Action.REQUIRE_CONFORMITY, actor=actor, version=version)
    if finding.sent_at is not None:
        raise AlreadyDone(N_("The applicant was asked to correct this: it stays in the file."))
    actor.session.delete(finding)
    touch(dossier, actor=actor)


def require_conformity(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Ask the applicant to correct what was found since the last time, or is not resolved; the legal clock stops.

    The time to correct what is new runs from today.
    """
    hold_grid(dossier, Action.REQUIRE_CONFORMITY, actor=actor, version=version)
    asked = [finding for finding in list_findings(actor.session, dossier) if finding.state in (State.NOTED, *OWED)]
    facts = Facts(findings_stated=len(asked))
    roles = roles_on(actor.session, actor.user, dossier)
    LIFE.decide(dossier.state, Action.REQUIRE_CONFORMITY, roles, facts)
    for finding in (finding for finding in asked if finding.sent_at is None):
        finding.due_on = _day_from_now(dossier, finding, actor=actor)
        finding.state = findings.LIFE.decide(finding.state, findings.Action.SEND, roles)
        finding.raised_at = finding.sent_at = actor.at
    dossier.asks_decision_as_is = False
    move_dossier(
        dossier,
        Action.REQUIRE_CONFORMITY,
        actor=actor,
        facts=facts,
        particulars={
            "findings": [finding.id for finding in asked],
            "due_on": max(finding.due_on for finding in asked),
            "wanted": [{"kind": finding.criterion, "wanted": finding.statement} for finding in asked],
        },
    )


def _check_evidence(dossier: Dossier, evidence_id: int, *, actor: Actor) -> None:
    if get_document(actor.session, evidence_id, reader=actor.user, today=actor.today).dossier_id != dossier.id:
        raise NotFound(N_("This document does not belong to this dossier."))


def _day_observed(dossier: Dossier, observation: str, *, actor: Actor) -> date:
    entry = find_observation(actor.session, dossier, observation)
    if entry is None:
        raise NotFound(N_("There is no such observation on a visit of this dossier."))
    return casablanca_today(entry.visit.begun_at)


def _checked_day(dossier: Dossier, grade: Grade, due_on: date | None, *, actor: Actor) -> date:
    usual, latest = due_of(dossier, grade, actor.today), latest_day(dossier, actor.today)
    if due_on in (None, usual):
        return usual
    if not actor.today < due_on <= latest:
        raise Refused(N_("The day by which to correct it must come after today, and by %(day)s."), day=latest)
    return due_on


def _day_from_now(dossier: Dossier, finding: Finding, *, actor: Actor) -> date:
    """Return by when to correct a finding that is sent today: the usual delay runs from now, another day must stand."""
    usual = due_of(dossier, finding.grade, casablanca_today(finding.raised_at))
    chosen = None if finding.due_on == usual else finding.due_on
    if chosen is not None and chosen <= actor.today:
        raise Refused(
            N_("The day given to correct one of these points has passed. Take the point back and write it down again.")
        )
    return chosen or due_of(dossier, finding.grade, actor.today)
