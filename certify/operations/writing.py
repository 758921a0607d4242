"""The report written section by section: each saved by itself; two pages open on one lose nothing of each other."""

from __future__ import annotations

from certify.models import Dossier, ReportDraft
from certify.models.evaluation import Proposal
from certify.operations.acting import Actor
from certify.operations.measurements import hold_grid, touch
from certify.queries.missions import REPORTING
from certify.queries.writing import get_writing, list_drafts, trace_of
from certify.workflows.dossier import Action
from certify.workflows.errors import Stale
from certify.workflows.words import N_

WRITING = (*REPORTING, Action.CORRECT_REPORT)
"""While one of these moves is offered, the report may be written."""


def write_section(
    dossier: Dossier,
    code: str,
    *,
    text: str,
    proposal: Proposal | str | None = None,
    seen: str | None = None,
    actor: Actor,
) -> bool:
    """Save one section of the working draft, and tell whether it changed.

    `seen` is the trace of the section as it was shown: left as it was it is not written, and one that was changed
    meanwhile raises Stale. Raises NotFound, NotAllowed, WrongState once the committee has opened the item.
    """
    hold_grid(dossier, *WRITING, actor=actor)
    stands = get_writing(actor.session, dossier).section(code)
    text, proposal = text.replace("\r\n", "\n"), Proposal(proposal) if proposal and stands.proposes else None
    if trace_of(text, proposal) in (seen, stands.trace):
        return False
    if seen not in (None, stands.trace):
        raise Stale(N_("This was changed while you were working on it."))
    kept = {draft.section: draft for draft in list_drafts(actor.session, dossier)}
    draft = kept.get(code) or ReportDraft(dossier_id=dossier.id, section=code)
    draft.text, draft.proposal = text, proposal
    draft.written_by_id, draft.written_at = actor.id, actor.at
    actor.session.add(draft)
    touch(dossier, actor=actor)
    return True
