"""What time does with scans: weighs what came, turns old rows into counts, forgets who reported, tells the office."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from sqlalchemy import or_, select

from certify.models import CaseReport, CopyCase, ScanRow, SeenCode
from certify.operations.acting import Actor
from certify.operations.case_letters import tell_cases
from certify.operations.cases import fold_scans, forget_reporters, kept_since, weigh_code
from certify.queries.cases import lots_to_count
from certify.queries.regulations import get_regulation_in_force
from certify.workflows.scanning import Caution

ROWS = {"weigh_code": SeenCode, "fold_scans": SeenCode, "forget_reporters": CopyCase, "tell_cases": CopyCase}

DUTIES: dict[str, Callable[..., None]] = {
    "weigh_code": lambda seen, actor: weigh_code(seen, actor=actor),
    "fold_scans": lambda seen, actor: fold_scans(seen, actor=actor),
    "forget_reporters": lambda case, actor: forget_reporters(case, actor=actor),
    "tell_cases": lambda case, actor: tell_cases(case, actor=actor),
}


def list_scans_due(actor: Actor) -> Iterator[tuple[str, int]]:
    """List the codes to weigh – scanned since, or watched, for a sentence goes as it came, or a lot of which another
    number of labels is in use –, what is to forget, and the first case that the office was not told of.
    """
    terms = get_regulation_in_force(actor.today).scanning
    reported = select(CaseReport.case_id).where(CaseReport.contact.is_not(None))
    old = select(ScanRow.code).where(ScanRow.hour < kept_since(terms, actor=actor))
    closed = CopyCase.decided_at < actor.at - timedelta(days=terms.contact_days)
    to_weigh = or_(SeenCode.is_fresh, SeenCode.caution == Caution.WATCH, SeenCode.id.in_(lots_to_count()))
    for duty, found in (
        ("weigh_code", select(SeenCode.id).where(to_weigh)),
        ("fold_scans", select(SeenCode.id).where(SeenCode.code.in_(old))),
        ("forget_reporters", select(CopyCase.id).where(closed, CopyCase.id.in_(reported))),
        ("tell_cases", select(CopyCase.id).where(CopyCase.told_at.is_(None)).order_by(CopyCase.id).limit(1)),
    ):
        yield from ((duty, row_id) for row_id in sorted(actor.session.scalars(found)))
