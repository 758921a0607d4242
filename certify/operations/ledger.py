"""What the public log is told, in the transaction of what happened (`trust.md` §3.8); publishing follows from it.

A decision enters the log sealed, under a name that tells nothing and without its outcome, for a member recused from the
dossier reads the log too. That it granted the label is told when the licence is issued, which is public: the entry then
names what was sealed before, with the same meeting and minutes: a licence without such a decision is not issued, and
in a log that was tampered with it shows.
"""

from __future__ import annotations

import secrets
from hashlib import sha256

from sqlalchemy import func, select

from certify.models import AgendaItem, Credential, LedgerEntry, Licence, Meeting, Paper, RegisterEntry, SealedDecision
from certify.models.meeting import ItemEnd
from certify.models.paper import PaperKind
from certify.operations.acting import Actor
from certify.operations.numbers import next_number
from certify.trust.keys import to_text
from certify.trust.ledger import GRANTED, SEALED, entry_of, parse
from certify.workflows.errors import Refused
from certify.workflows.licence import Action, Ground, State
from certify.workflows.scanning import Caution
from certify.workflows.words import N_

TOLD = {
    Action.SUSPEND: "suspended",
    Action.REINSTATE: "valid",
    Action.WITHDRAW: "withdrawn",
    Action.EXPIRE: "expired",
}
"""The moves of a licence that the log tells, and its word for each."""

ALERT = "alert"
"""The word of the log for a licence of which copies were confirmed."""


UNTOLD = N_("The public log tells of no decision of the committee on this product: nothing can be issued.")
DECIDED = (ItemEnd.APPROVED, ItemEnd.APPROVED_WITH_RESERVATIONS, ItemEnd.REFUSED)


def log(kind: str, *, actor: Actor, **facts: object) -> int:
    """Write an entry and return its place in the log; its kind says which facts it holds (`trust.ledger.FIELDS`).

    Do it last in a transaction: it keeps the log for itself until the end, and who waits for the log must not hold
    what its holder needs. An entry is never older than the one before it.
    """
    position = next_number(actor.session, "ledger", 0) - 1
    last = actor.session.scalars(select(func.max(LedgerEntry.at))).one()
    at = max(last, actor.at) if last else actor.at
    actor.session.add(LedgerEntry(position=position, kind=kind, entry=entry_of(kind, at, **facts).decode(), at=at))
    actor.session.flush()
    return position


def log_decision(paper: Paper, *, actor: Actor) -> SealedDecision:
    """Tell the log that a decision was taken, and by which minutes; neither on what nor how."""
    salt = secrets.token_bytes(32)
    ref = to_text(sha256(salt + paper.facts.encode()).digest())
    position = log("decision", actor=actor, ref=ref, outcome=SEALED, **_session(paper, actor))
    sealed = SealedDecision(paper_id=paper.id, ref=ref, salt=salt.hex(), position=position)
    actor.session.add(sealed)
    actor.session.flush()
    return sealed


def log_grant(licence: Licence, *, actor: Actor) -> str:
    """Tell the log that the decision on which a licence rests granted it; return the name of the decision.

    Raises Refused when the log does not tell, of before, that the committee decided: nothing is sealed after the fact.
    """
    asked = select(Paper).where(Paper.kind == PaperKind.DECISION, Paper.dossier_id == licence.dossier_id)
    paper = actor.session.scalars(asked.order_by(Paper.version.desc()).limit(1)).one()
    sealed = actor.session.get(SealedDecision, paper.id)
    told = parse(actor.session.get_one(LedgerEntry, sealed.position).entry.encode()) if sealed else {}
    if not told.get("session") or not told.get("pv"):
        raise Refused(UNTOLD)
    log("decision", actor=actor, ref=sealed.ref, outcome=GRANTED, session=told["session"], pv=told["pv"])
    return sealed.ref


def log_move(licence: Licence, action: Action, *, place: int, ground: Ground, actor: Actor) -> int:
    """Tell the log that a licence was suspended, reinstated – under the alert that stands – withdrawn, or is over.

    Returns the place of the entry.
    """
    to = ALERT if action is Action.REINSTATE and _is_alerted(licence, actor) else TOLD[action]
    return log(
        "status",
        actor=actor,
        cert=licence.number,
        idx=place,
        to=to,
        scope=ground.scope,
        why=str(ground),
        **{"from": actor.today},
    )


def log_alert(licence: Licence, *, actor: Actor) -> int | None:
    """Tell the log that a licence in force came under alert, or no longer is; no ground says a thing of its holder.

    Returns the place of the entry; None for a licence that is not in force.
    """
    credential = actor.session.get(Credential, licence.id)
    if credential is None or licence.state is not State.ACTIVE:
        return None
    return log(
        "status",
        actor=actor,
        cert=licence.number,
        idx=credential.place,
        to=ALERT if _is_alerted(licence, actor) else TOLD[Action.REINSTATE],
        scope=Ground.STATED.scope,
        why=str(Ground.STATED),
        **{"from": actor.today},
    )


def _is_alerted(licence: Licence, actor: Actor) -> bool:
    entry = actor.session.get(RegisterEntry, licence.mark)
    return entry is not None and entry.caution is Caution.ALERT


def log_paper(licence: Licence, pdf: bytes, *, actor: Actor) -> None:
    """Tell the log which file is a certificate."""
    log("doc", actor=actor, cert=licence.number, pdf=to_text(sha256(pdf).digest()))


def _session(paper: Paper, actor: Actor) -> dict[str, str | None]:
    """Return the meeting at which a decision was taken and the hash of its minutes; nothing when none was."""
    held = (
        select(Meeting.number, Paper.facts)
        .join(AgendaItem, AgendaItem.meeting_id == Meeting.id)
        .join(Paper, (Paper.meeting_id == Meeting.id) & (Paper.kind == PaperKind.MINUTES))
        .where(AgendaItem.dossier_id == paper.dossier_id, AgendaItem.ended.in_(DECIDED))
        .order_by(AgendaItem.id.desc())
    )
    found = actor.session.execute(held.limit(1)).first()
    if found is None:
        return {"session": None, "pv": None}
    return {"session": found.number, "pv": to_text(sha256(found.facts.encode()).digest())}
