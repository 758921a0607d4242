"""How a finding is resolved: a plan, its acceptance, the correction with its proof, the verification (move 11).

Each step is asked of both lives: that of the dossier says whether it is open for it, that of the finding what follows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm.attributes import flag_modified

from certify.models import Document, Dossier, Finding, FindingProof, FindingStep, Visit
from certify.operations.acting import Actor
from certify.operations.documents import keep_for_finding
from certify.operations.moves import move_dossier
from certify.operations.storage import StoredFile
from certify.queries.calendar import casablanca_today
from certify.queries.documents import CLOSING, FINDING
from certify.queries.evaluation import list_findings
from certify.queries.findings import latest_day, list_verifying
from certify.queries.relations import roles_on
from certify.workflows import dossier as dossiers
from certify.workflows.errors import Refused
from certify.workflows.finding import LIFE, OWED, Action, Facts, Grade, Method, State
from certify.workflows.words import N_

TOO_LATE = N_("Choose a day from today, and by %(day)s.")


def propose_plan(
    finding: Finding, *, what: str, who: str, by: date, actor: Actor, version: int | None = None
) -> FindingStep:
    """Say what will be done about a finding, by whom and by when; until it is accepted another may replace it."""
    dossier = _hold(finding, version, actor=actor)
    _within(dossier, finding, by, actor=actor)
    facts = Facts(has_plan=bool(what and who))
    return _step(dossier, finding, Action.PROPOSE_PLAN, facts, said=what, who=who, due_on=by, actor=actor)


def accept_plan(finding: Finding, *, actor: Actor, version: int | None = None) -> FindingStep:
    """Accept the plan; its day counts where it is later than the one first given."""
    dossier = _hold(finding, version, actor=actor)
    due_on = max(finding.due_on, finding.plan.due_on) if finding.plan else finding.due_on
    step = _step(dossier, finding, Action.ACCEPT_PLAN, Facts(), due_on=due_on, actor=actor)
    finding.due_on = due_on
    return step


def return_plan(finding: Finding, *, reason: str, actor: Actor, version: int | None = None) -> FindingStep:
    """Send a plan back with the reason; it stays in the history."""
    dossier = _hold(finding, version, actor=actor)
    return _step(dossier, finding, Action.RETURN_PLAN, Facts(has_reason=bool(reason)), said=reason, actor=actor)


def report_correction(
    finding: Finding,
    *,
    done: str,
    proofs: Sequence[StoredFile] = (),
    dated_on: date | None = None,
    explanation: str | None = None,
    actor: Actor,
    version: int | None = None,
) -> FindingStep:
    """Report that it is corrected, with what shows it: files and the day they bear, or why there is no paper.

    The last one sends the dossier back to the rapporteur: the legal clock runs again.
    """
    dossier = _hold(finding, version, actor=actor)
    _check_proofs(proofs, dated_on, actor=actor)
    facts = Facts(
        plan_is_accepted=finding.last(Action.ACCEPT_PLAN) is not None, has_proof=bool(done and (proofs or explanation))
    )
    _decide(dossier, finding, Action.REPORT_CORRECTION, facts, actor=actor)
    kind = f"{FINDING}-{finding.id}"
    kept = [keep_for_finding(dossier, kind, stored=stored, actor=actor) for stored in proofs]
    if not kept:
        kept = [keep_for_finding(dossier, kind, explanation=explanation, actor=actor)]
    step = _step(
        dossier, finding, Action.REPORT_CORRECTION, facts, said=done, proofs=kept, dated_on=dated_on, actor=actor
    )
    _send_when_complete(dossier, actor=actor)
    return step


def close_finding(
    finding: Finding,
    *,
    verified: str,
    method: Method | str,
    visit: Visit | None = None,
    report: StoredFile | None = None,
    actor: Actor,
    version: int | None = None,
) -> FindingStep:
    """Find it resolved: what was verified, and how. On a visit: which one; `report` is what it left on paper, if any.

    Raises Refused for a visit that is not closed, began before the correction was reported or is of another dossier,
    and for a critical finding without one.
    """
    dossier, method = _hold(finding, version, actor=actor), Method(method)
    is_visit = method is Method.VISIT
    visit = next((one for one in list_verifying(actor.session, finding) if visit and one.id == visit.id), None)
    if is_visit and visit is None:
        raise Refused(N_("Choose a visit that began after the correction was reported, and is closed."))
    facts = Facts(
        has_verification=bool(verified),
        is_critical=finding.grade is Grade.CRITICAL,
        visited_since_proof=is_visit,
    )
    _decide(dossier, finding, Action.CLOSE_FINDING, facts, actor=actor)
    document = keep_for_finding(dossier, CLOSING, stored=report, actor=actor) if is_visit and report else None
    return _step(
        dossier,
        finding,
        Action.CLOSE_FINDING,
        facts,
        said=verified,
        method=method,
        visited_on=casablanca_today(visit.begun_at) if is_visit else None,
        visit_id=visit.id if is_visit else None,
        document=document,
        actor=actor,
    )


def reject_correction(
    finding: Finding, *, reason: str, due_on: date | None = None, actor: Actor, version: int | None = None
) -> FindingStep:
    """Find it not resolved, with the reason and perhaps another day; it comes back to the applicant."""
    dossier = _hold(finding, version, actor=actor)
    if due_on is not None:
        _within(dossier, finding, due_on, actor=actor)
    due_on = due_on or finding.due_on
    facts = Facts(has_reason=bool(reason))
    step = _step(dossier, finding, Action.REJECT_CORRECTION, facts, said=reason, due_on=due_on, actor=actor)
    finding.due_on = due_on
    return step


def expire_finding(finding: Finding, *, actor: Actor) -> FindingStep:
    """Let the clock say that the day to correct has passed, on a dossier that the caller holds."""
    dossier = actor.session.get_one(Dossier, finding.dossier_id)
    facts = Facts(is_past_due=actor.today > finding.due_on)
    return _step(dossier, finding, Action.EXPIRE_FINDING, facts, due_on=finding.due_on, actor=actor)


def _hold(finding: Finding, version: int | None, *, actor: Actor) -> Dossier:
    """Lock the dossier, then the finding, and read both anew; raises Stale."""
    dossier = actor.session.get_one(Dossier, finding.dossier_id)
    actor.hold(dossier)
    actor.hold(finding, version)
    return dossier


def _decide(dossier: Dossier, finding: Finding, action: Action, facts: Facts, *, actor: Actor) -> State:
    roles = roles_on(actor.session, actor.user, dossier) if actor.user else actor.roles
    dossiers.LIFE.decide(dossier.state, dossiers.Action(action), roles, dossiers.Facts())
    return LIFE.decide(finding.state, action, roles, facts)


def _step(
    dossier: Dossier,
    finding: Finding,
    action: Action,
    facts: Facts,
    *,
    actor: Actor,
    said: str | None = None,
    due_on: date | None = None,
    document: Document | None = None,
    proofs: Sequence[Document] = (),
    dated_on: date | None = None,
    **more: object,
) -> FindingStep:
    """Take one step: what the rules say, the row, the event of the dossier, the message that it causes."""
    source, target = finding.state, _decide(dossier, finding, action, facts, actor=actor)
    finding.state = target
    flag_modified(finding, "state")  # a plan that replaces another is another version
    step = FindingStep(
        sequence=len(finding.steps) + 1,
        at=actor.at,
        action=action,
        source=source,
        target=target,
        role=next(role for row in LIFE.table if row.action is action for role in row.who),
        actor_id=actor.id,
        said=said,
        due_on=due_on,
        document_id=document.id if document else None,
        proofs=[FindingProof(document_id=proof.id, dated_on=dated_on or actor.today) for proof in proofs],
        **more,
    )
    finding.steps.append(step)
    papers = [paper for paper in (*proofs, document) if paper is not None and paper.sha256]
    move_dossier(
        dossier,
        dossiers.Action(action),
        actor=actor,
        reason=said,
        documents=[{"name": paper.kind, "sha256": paper.sha256} for paper in papers],
        particulars={
            "finding": finding.id,
            "source": source,
            "target": target,
            "due_on": due_on,
            "awaited": finding.statement,
            **{name: str(value) for name, value in more.items() if value is not None},
        },
    )
    return step


def _send_when_complete(dossier: Dossier, *, actor: Actor) -> None:
    """Send the dossier back once nothing is left that the applicant must report."""
    sent = [finding for finding in list_findings(actor.session, dossier) if finding.sent_at is not None]
    if any(finding.state in OWED or finding.state is State.PLAN_PROPOSED for finding in sent):
        return
    last = [finding.correction for finding in sent if finding.correction]
    papers = {proof.document for step in last for proof in step.proofs if proof.document.sha256}
    move_dossier(
        dossier,
        dossiers.Action.PROVE_CONFORMITY,
        actor=actor,
        documents=[{"name": paper.kind, "sha256": paper.sha256} for paper in sorted(papers, key=lambda one: one.id)],
    )


def _within(dossier: Dossier, finding: Finding, day: date, *, actor: Actor) -> None:
    latest = max(latest_day(dossier, casablanca_today(finding.sent_at)), finding.due_on)
    if not actor.today <= day <= latest:
        raise Refused(TOO_LATE, day=latest)


def _check_proofs(proofs: Sequence[StoredFile], dated_on: date | None, *, actor: Actor) -> None:
    if proofs and (dated_on is None or dated_on > actor.today):
        raise Refused(N_("Enter the day that the proof bears, or that the photo was taken: today at the latest."))
