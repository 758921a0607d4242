"""The report of the rapporteur: submitted once, frozen with its hash, followed by another and never altered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256

from certify.models import Dossier, Report
from certify.models.evaluation import Proposal
from certify.operations.acting import Actor
from certify.operations.moves import move_dossier
from certify.queries.committee import blocking_facts
from certify.queries.evaluation import evaluation_facts, list_reports
from certify.queries.relations import roles_on
from certify.queries.reports import is_as_it_stood, report_body, sections_of
from certify.queries.writing import missing_sections
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import AlreadyDone, Refused
from certify.workflows.evidence import canonical
from certify.workflows.regulation import CONCLUSION
from certify.workflows.words import N_

FAVOURABLE = (Proposal.FAVOURABLE, Proposal.FAVOURABLE_WITH_RESERVATIONS)

Sections = Mapping[str, str]
"""The text of each section of a report, by its code."""


def submit_report(
    dossier: Dossier, *, proposal: Proposal | str | None, sections: Sections, actor: Actor, version: int | None = None
) -> Report:
    """Submit the report: frozen, hashed, and the dossier ready for the committee (move 13).

    Raises Refused while a mandatory section is empty, a mandatory criterion lacks its value or evidence, the sanitary
    standing does not hold today, or approval is proposed although a fact forbids it.
    """
    return _report(dossier, Action.SUBMIT_REPORT, proposal, sections, actor=actor, version=version)


def pass_over(
    dossier: Dossier, *, proposal: Proposal | str | None, sections: Sections, actor: Actor, version: int | None = None
) -> Report:
    """Report on the file as it stands, since the applicant asked for that instead of correcting it (move 12)."""
    return _report(dossier, Action.PASS_OVER, proposal, sections, actor=actor, version=version)


def correct_report(
    dossier: Dossier,
    *,
    proposal: Proposal | str | None,
    sections: Sections,
    reason: str,
    actor: Actor,
    version: int | None = None,
) -> Report:
    """Follow the report by a version that says why, until the committee opens the item; the earlier one stays.

    Raises Refused without a reason, and AlreadyDone when nothing differs from the report that stands.
    """
    return _report(dossier, Action.CORRECT_REPORT, proposal, sections, actor=actor, version=version, reason=reason)


def _report(
    dossier: Dossier,
    action: Action,
    proposal: Proposal | str | None,
    sections: Sections,
    *,
    actor: Actor,
    version: int | None,
    reason: str | None = None,
) -> Report:
    actor.hold(dossier, version)
    reason = (reason or "").strip() or None
    is_written = proposal is not None and not missing_sections(dossier, sections)
    facts = replace(
        evaluation_facts(actor.session, dossier, actor.today), has_report=is_written, has_reason=reason is not None
    )
    LIFE.decide(dossier.state, action, roles_on(actor.session, actor.user, dossier), facts)
    proposal = Proposal(proposal)
    if proposal in FAVOURABLE and blocking_facts(actor.session, dossier, actor.today):
        raise Refused(N_("A fact forbids the approval whatever the vote: only an unfavourable proposal is possible."))
    report = _frozen(dossier, action, proposal, sections, reason, actor=actor)
    actor.session.add(report)
    move_dossier(
        dossier,
        action,
        actor=actor,
        facts=facts,
        reason=reason,
        documents=[{"name": f"report-{report.version}", "sha256": report.sha256}],
        particulars={"report": report.version, "proposal": proposal},
    )
    return report


def _frozen(
    dossier: Dossier, action: Action, proposal: Proposal, sections: Sections, reason: str | None, *, actor: Actor
) -> Report:
    last = next(iter(list_reports(actor.session, dossier)), None)
    if action is Action.CORRECT_REPORT and (last.proposal, sections_of(last)) == (proposal, _filled(sections)):
        raise AlreadyDone(N_("Nothing differs from the report that was submitted: there is nothing to correct."))
    body = canonical(
        report_body(
            actor.session,
            dossier,
            proposal=proposal,
            sections=_filled(sections),
            reason=reason,
            corrects=last if action is Action.CORRECT_REPORT else None,
            is_as_it_stands=is_as_it_stood(last) if action is Action.CORRECT_REPORT else action is Action.PASS_OVER,
            author=actor.user,
            at=actor.at,
            today=actor.today,
        )
    )
    return Report(
        dossier_id=dossier.id,
        version=last.version + 1 if last else 1,
        proposal=proposal,
        summary=sections[CONCLUSION],
        body=body,
        sha256=sha256(body.encode()).hexdigest(),
        submitted_by_id=actor.id,
        submitted_at=actor.at,
        reason=reason,
    )


def _filled(sections: Sections) -> dict[str, str]:
    return {code: text for code, text in sections.items() if text.strip()}
