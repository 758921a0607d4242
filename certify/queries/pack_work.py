"""What the evidence pack tells of the work on a dossier: requests to complete it, an act of inadmissibility, the grid,
the tasks and visits, the findings and the frozen reports."""

from __future__ import annotations

from sqlalchemy.orm import Session

from certify.models import ComplementPoint, Dossier, Finding, FindingStep, Report, TaskRuling, Visit
from certify.queries.admissibility import find_inadmissibility, list_complements
from certify.queries.evaluation import Judged, judged_grid, list_findings, list_reports
from certify.queries.pack_visits import tell_record
from certify.queries.pack_words import plain, word
from certify.queries.tasks import list_rulings
from certify.queries.visits import list_dossier_visits
from certify.workflows.criteria import Answer


def tell_acts(session: Session, dossier: Dossier) -> dict[str, object]:
    """Tell what the secretariat asked for and was answered, and the act of inadmissibility if one was signed."""
    act = find_inadmissibility(session, dossier)
    return {
        "complements": [
            {
                "requested_at": plain(asked.requested_at),
                "requested_by": asked.requested_by_id,
                "message": asked.message,
                "due_on": plain(asked.due_on),
                "answered_at": plain(asked.answered_at),
                "points": [_point(point) for point in asked.points],
            }
            for asked in list_complements(session, dossier)
        ],
        "inadmissibility": {
            "ground": act.ground,
            "reason": act.reason,
            "proposed_by": act.proposed_by_id,
            "proposed_at": plain(act.proposed_at),
            "signed_by": act.signed_by_id,
            "signed_at": plain(act.signed_at),
        }
        if act and act.signed_at
        else None,
    }


def tell_evaluation(session: Session, dossier: Dossier) -> tuple[dict[str, object], dict[str, str]]:
    """Tell what the evaluation found; return it with the frozen text of each report by its path."""
    reports = list_reports(session, dossier)[::-1]
    visits = [(visit, *tell_record(session, visit)) for visit in list_dossier_visits(session, dossier)]
    told = {
        "grid": [_row(row) for row in judged_grid(session, dossier)],
        "findings": [_finding(finding) for finding in list_findings(session, dossier)],
        "tasks": [_ruling(ruling) for ruling in list_rulings(session, dossier)],
        "visits": [_visit(visit) | record for visit, record, _ in visits],
        "reports": [_report(report) for report in reports],
    }
    texts = {path: text for *_, written in visits for path, text in written.items()}
    return told, texts | {_path(report): report.body for report in reports}


def _point(point: ComplementPoint) -> dict[str, object]:
    document = point.document
    return {
        "kind": point.kind,
        "wanted": point.wanted,
        "answer": point.answer,
        "document": document.sha256 if document else None,
    }


def _row(row: Judged) -> dict[str, object]:
    held, evidence = row.measured, row.measurement.evidence if row.measurement else None
    return {
        "criterion": row.criterion.code,
        "label": dict(row.criterion.label),
        "limit": row.criterion.limit_shown,
        "source": row.criterion.source,
        "mandatory": row.criterion.mandatory,
        "value": held.value,
        "answer": _answer(row),
        "unit": row.criterion.unit_shown,
        "verdict": word(row.verdict),
        "is_blocking": row.is_blocking,
        "method": held.method,
        "laboratory": held.laboratory,
        "measured_on": plain(held.measured_on),
        "note": held.note,
        "evidence": evidence.sha256 if evidence else None,
    }


def _answer(row: Judged) -> dict[str, str] | None:
    """Write a value that is a word of the grid, with the label by which people know it; None for any other."""
    if row.criterion.answer is not Answer.PRESENCE:
        return None
    labels = dict(row.criterion.choices)
    value = row.measured.value
    return {"code": value, "label": labels[value]} if value in labels else None


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "number": finding.id,
        "grade": word(finding.grade),
        "criterion": finding.criterion,
        "statement": finding.statement,
        "raised_at": plain(finding.raised_at),
        "raised_by": finding.raised_by_id,
        "found_on": plain(finding.found_on),
        "observation": finding.observation,
        "sent_at": plain(finding.sent_at),
        "due_on": plain(finding.due_on),
        "state": word(finding.state),
        "evidence": finding.evidence.sha256 if finding.evidence else None,
        "steps": [_step(step) for step in finding.steps],
    }


def _step(step: FindingStep) -> dict[str, object]:
    return {
        "at": plain(step.at),
        "by": step.actor_id,
        "role": word(step.role),
        "action": word(step.action),
        "target": word(step.target),
        "said": step.said,
        "who": step.who,
        "due_on": plain(step.due_on),
        "method": word(step.method) if step.method else None,
        "visited_on": plain(step.visited_on),
        "visit": step.visit_id,
        "report": step.document.sha256 if step.document else None,
        "proofs": [
            {
                "document": proof.document.sha256,
                "explanation": proof.document.explanation,
                "dated_on": plain(proof.dated_on),
            }
            for proof in step.proofs
        ],
    }


def _ruling(ruling: TaskRuling) -> dict[str, object]:
    return {
        "task": word(ruling.task),
        "standing": word(ruling.standing),
        "statement": ruling.statement,
        "ruled_by": ruling.ruled_by_id,
        "ruled_at": plain(ruling.ruled_at),
    }


def _visit(visit: Visit) -> dict[str, object]:
    """Tell of a visit with who makes it: each inspector by their number, under `by`, so that the pack names them."""
    told = ("planned_on", "starts_at", "place", "reason", "to_prepare", "late_reason", "follows_up")
    moments = ("announced_at", "begun_at", "closed_at")
    return {
        "number": visit.id,
        "state": word(visit.state),
        **{name: plain(getattr(visit, name)) for name in (*told, *moments, "summary", "cancellation")},
        "planned_by": visit.created_by_id,
        "inspectors": [{"by": one.user_id} for one in visit.named],
    }


def _report(report: Report) -> dict[str, object]:
    return {
        "version": report.version,
        "proposal": word(report.proposal),
        "summary": report.summary,
        "submitted_at": plain(report.submitted_at),
        "submitted_by": report.submitted_by_id,
        "reason": report.reason,
        "path": _path(report),
        "sha256": report.sha256,
    }


def _path(report: Report) -> str:
    return f"reports/{report.version}.json"
