"""What the rapporteur finds to correct, and the request to correct it before the committee (move 10)."""

from __future__ import annotations

from datetime import date

from certify.models import Dossier, Finding
from certify.models.evaluation import Grade
from certify.operations.acting import Actor
from certify.operations.measurements import check_criterion, hold_grid, touch
from certify.operations.moves import move_dossier
from certify.queries.admissibility import last_day_of
from certify.queries.evaluation import list_findings, list_sent
from certify.queries.relations import roles_on
from certify.workflows.dossier import LIFE, Action, Facts
from certify.workflows.errors import AlreadyDone, Refused
from certify.workflows.words import N_


def raise_finding(
    dossier: Dossier,
    *,
    grade: Grade | str,
    statement: str,
    due_on: date,
    criterion: str | None = None,
    actor: Actor,
    version: int | None = None,
) -> Finding:
    """Write down something to correct; the applicant learns of it when conformity is asked for.

    Raises Refused when the applicant would have no day left, or more than the regulation allows.
    """
    hold_grid(dossier, Action.REQUIRE_CONFORMITY, actor=actor, version=version)
    if criterion is not None:
        check_criterion(dossier, criterion)
    latest = last_day_of(dossier, "conformity_max", actor.today)
    if not actor.today < due_on <= latest:
        raise Refused(N_("The day by which to correct it must come after today, and by %(day)s."), day=latest)
    finding = Finding(
        dossier_id=dossier.id,
        grade=Grade(grade),
        criterion=criterion,
        statement=statement,
        due_on=due_on,
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
    if finding.id in list_sent(actor.session, dossier):
        raise AlreadyDone(N_("The applicant was asked to correct this: it stays in the file."))
    actor.session.delete(finding)
    touch(dossier, actor=actor)


def require_conformity(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Ask the applicant to correct what was found since the last time; the legal clock stops (move 10)."""
    hold_grid(dossier, Action.REQUIRE_CONFORMITY, actor=actor, version=version)
    sent = list_sent(actor.session, dossier)
    findings = [finding for finding in list_findings(actor.session, dossier) if finding.id not in sent]
    facts = Facts(findings_stated=len(findings))
    LIFE.decide(dossier.state, Action.REQUIRE_CONFORMITY, roles_on(actor.session, actor.user, dossier), facts)
    for finding in findings:  # the time to correct runs from the day the applicant is told
        finding.raised_at = actor.at
    dossier.asks_decision_as_is = False
    move_dossier(
        dossier,
        Action.REQUIRE_CONFORMITY,
        actor=actor,
        facts=facts,
        particulars={
            "findings": [finding.id for finding in findings],
            "due_on": max(finding.due_on for finding in findings),
            "wanted": [{"kind": finding.criterion, "wanted": finding.statement} for finding in findings],
        },
    )
