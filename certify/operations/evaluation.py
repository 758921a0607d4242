"""The report of the rapporteur: submitted once, frozen with its hash, followed by another and never altered."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

from certify.models import Dossier, Report
from certify.models.evaluation import Proposal
from certify.operations.acting import Actor
from certify.operations.moves import move_dossier
from certify.queries.committee import blocking_facts
from certify.queries.evaluation import evaluation_facts, list_reports
from certify.queries.relations import roles_on
from certify.queries.reports import report_body
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import Refused
from certify.workflows.evidence import canonical
from certify.workflows.words import N_

FAVOURABLE = (Proposal.FAVOURABLE, Proposal.FAVOURABLE_WITH_RESERVATIONS)


def submit_report(
    dossier: Dossier, *, proposal: Proposal | str, summary: str, actor: Actor, version: int | None = None
) -> Report:
    """Submit the report: frozen, hashed, and the dossier ready for the committee (move 13).

    Raises Refused while a mandatory criterion lacks its value or evidence, the sanitary standing does not hold today,
    or approval is proposed although a fact forbids it.
    """
    return _report(dossier, Action.SUBMIT_REPORT, proposal, summary, actor=actor, version=version)


def pass_over(
    dossier: Dossier, *, proposal: Proposal | str, summary: str, actor: Actor, version: int | None = None
) -> Report:
    """Report on the file as it stands, since the applicant asked for that instead of correcting it (move 12)."""
    return _report(dossier, Action.PASS_OVER, proposal, summary, actor=actor, version=version)


def _report(
    dossier: Dossier, action: Action, proposal: Proposal | str, summary: str, *, actor: Actor, version: int | None
) -> Report:
    actor.hold(dossier, version)
    proposal = Proposal(proposal)
    facts = replace(evaluation_facts(actor.session, dossier, actor.today), has_report=bool(summary))
    LIFE.decide(dossier.state, action, roles_on(actor.session, actor.user, dossier), facts)
    if proposal in FAVOURABLE and blocking_facts(actor.session, dossier, actor.today):
        raise Refused(N_("A fact forbids the approval whatever the vote: only an unfavourable proposal is possible."))
    report = _frozen(dossier, action, proposal, summary, actor=actor)
    actor.session.add(report)
    move_dossier(
        dossier,
        action,
        actor=actor,
        facts=facts,
        documents=[{"name": f"report-{report.version}", "sha256": report.sha256}],
        particulars={"report": report.version, "proposal": proposal},
    )
    return report


def _frozen(dossier: Dossier, action: Action, proposal: Proposal, summary: str, *, actor: Actor) -> Report:
    body = canonical(
        report_body(
            actor.session,
            dossier,
            proposal=proposal,
            summary=summary,
            is_as_it_stands=action is Action.PASS_OVER,
            rapporteur=actor.user.name,
            at=actor.at,
            today=actor.today,
        )
    )
    earlier = list_reports(actor.session, dossier)
    return Report(
        dossier_id=dossier.id,
        version=earlier[0].version + 1 if earlier else 1,
        proposal=proposal,
        summary=summary,
        body=body,
        sha256=sha256(body.encode()).hexdigest(),
        submitted_by_id=actor.id,
        submitted_at=actor.at,
    )
