"""The outbox: what a move has to tell, and to whom, written in the move's own transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import select

from certify.models import Dossier, Event, Message, User, UserRole
from certify.operations.acting import Actor
from certify.operations.journal import plain
from certify.queries.relations import conflicts
from certify.workflows.dossier import Action
from certify.workflows.mission import Task
from certify.workflows.permissions import Role

TOLD = {
    Action.FILE: ("dossier_filed", (Role.APPLICANT, Role.SECRETARIAT)),
    Action.TAKE_UP: ("dossier_taken_up", (Role.APPLICANT,)),
    Action.REQUEST_COMPLEMENT: ("complement_requested", (Role.APPLICANT,)),
    Action.ANSWER_COMPLEMENT: ("complement_answered", (Role.SECRETARIAT,)),
    Action.DECLARE_ADMISSIBLE: ("dossier_admissible", (Role.APPLICANT,)),
    Action.DEEM_COMPLETE: ("dossier_deemed_complete", (Role.APPLICANT, Role.SECRETARIAT)),
    Action.DECLARE_INADMISSIBLE: ("decision_taken", (Role.APPLICANT,)),
    Action.APPOINT_RAPPORTEUR: ("rapporteur_appointed", (Role.APPLICANT, Role.RAPPORTEUR)),
    Action.REQUIRE_CONFORMITY: ("conformity_required", (Role.APPLICANT,)),
    Action.PROPOSE_PLAN: ("plan_proposed", (Role.RAPPORTEUR,)),
    Action.ACCEPT_PLAN: ("plan_accepted", (Role.APPLICANT,)),
    Action.RETURN_PLAN: ("plan_returned", (Role.APPLICANT,)),
    Action.REPORT_CORRECTION: ("correction_reported", (Role.RAPPORTEUR,)),
    Action.CLOSE_FINDING: ("finding_closed", (Role.APPLICANT,)),
    Action.REJECT_CORRECTION: ("finding_not_resolved", (Role.APPLICANT,)),
    Action.EXPIRE_FINDING: ("finding_overdue", (Role.APPLICANT, Role.RAPPORTEUR)),
    Action.PROVE_CONFORMITY: ("conformity_proven", (Role.RAPPORTEUR,)),
    Action.SUBMIT_RESULTS: ("results_submitted", (Role.RAPPORTEUR,)),
    Action.CLOSE_VISIT: ("visit_closed", (Role.RAPPORTEUR,)),
    Action.SUBMIT_REPORT: ("report_submitted", (Role.APPLICANT, Role.SECRETARIAT)),
    Action.PASS_OVER: ("report_submitted", (Role.APPLICANT, Role.SECRETARIAT)),
    Action.CORRECT_REPORT: ("report_corrected", (Role.SECRETARIAT,)),
    Action.CLOSE_ITEM: ("item_closed", (Role.APPLICANT,)),
    Action.SIGN_MINUTES: ("decision_taken", (Role.APPLICANT, Role.SECRETARIAT)),
    Action.LIFT_RESERVATIONS: ("reservations_lifted", (Role.APPLICANT,)),
    Action.REFUSE_UNLIFTED: ("decision_taken", (Role.APPLICANT, Role.SECRETARIAT)),
    Action.WITHDRAW: ("dossier_withdrawn", (Role.APPLICANT, Role.SECRETARIAT, Role.RAPPORTEUR)),
    Action.LAPSE: ("dossier_lapsed", (Role.APPLICANT, Role.SECRETARIAT)),
}
"""Which message each move writes, and to whom; a draft withdrawn tells nobody else."""

TELLABLE = ("due_on", "wanted", "awaited", *(f"{task}_by" for task in Task))
"""The particulars of an event that may leave with a message; votes and tallies never do."""


def announce(dossier: Dossier, event: Event, *, actor: Actor) -> None:
    """Write the messages that `event` causes on `dossier`, save to the person who did it (applicants get a copy)."""
    if dossier.number is None or event.action not in TOLD:
        return
    kind, audience = TOLD[Action(event.action)]
    told = {name: event.facts[name] for name in TELLABLE if name in event.facts}
    facts = about(dossier, actor) | {"reason": event.reason} | told
    for user in recipients(dossier, audience, actor=actor):
        if user.id != actor.id or user.organisation_id == dossier.organisation_id:
            write(user, kind, key=f"{kind}:event-{event.id}:{user.id}", facts=facts, dossier=dossier, actor=actor)


def about(dossier: Dossier, actor: Actor) -> dict[str, object]:
    """Return what every message on a dossier says: its number, its product in both languages, its state, the day."""
    return {
        "number": dossier.number,
        "dossier_id": dossier.id,
        "product_fr": dossier.product.name_fr,
        "product_ar": dossier.product.name_ar or dossier.product.name_fr,
        "state": str(dossier.state),
        "on": actor.today,
    }


def recipients(dossier: Dossier, audience: Iterable[Role], *, actor: Actor) -> list[User]:
    """List the active people of `audience` that a message on `dossier` goes to, each once; never who is recused."""
    found: dict[int, User] = {}
    recused = conflicts(dossier.id)
    for role in audience:
        asked = select(User).where(User.is_active, User.confirmed_at.is_not(None)).order_by(User.id)
        asked = asked.where(User.id.not_in(recused))
        if role is Role.RAPPORTEUR:
            asked = asked.where(User.id == dossier.rapporteur_id)
        elif role is Role.APPLICANT:
            asked = asked.where(User.organisation_id == dossier.organisation_id)
        else:
            asked = asked.where(User.id.in_(select(UserRole.user_id).where(UserRole.role == role)))
        found |= {user.id: user for user in actor.session.scalars(asked)}
    return list(found.values())


def write(
    user: User,
    kind: str,
    *,
    key: str,
    facts: Mapping[str, object],
    actor: Actor,
    dossier: Dossier | None = None,
) -> Message | None:
    """Put one message in the outbox; the same `key` is written once, whoever asks again (then None)."""
    if actor.session.scalars(select(Message.id).where(Message.key == key)).first():
        return None
    message = Message(
        key=key,
        kind=kind,
        recipient_id=user.id,
        dossier_id=dossier.id if dossier else None,
        facts=plain(facts),
        written_at=actor.at,
    )
    actor.session.add(message)
    return message
