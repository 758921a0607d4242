"""The rulings of whoever presides on the conflicts of interest that the system suggests."""

from __future__ import annotations

from certify.models import AgendaItem, ConflictRuling, Declaration, User
from certify.models.meeting import Interest
from certify.operations.acting import Actor
from certify.operations.agenda import hold_item
from certify.operations.moves import move_dossier
from certify.queries.committee import find_declaration, has_voted
from certify.queries.interests import list_suggestions
from certify.queries.presidency import get_presiding
from certify.queries.relations import roles_on
from certify.workflows.dossier import Action, Facts
from certify.workflows.errors import AlreadyDone, NotAllowed, Refused
from certify.workflows.interests import Ruling
from certify.workflows.permissions import in_the_chair
from certify.workflows.words import N_

SELF = N_("Nobody rules on themselves: declare your interest, or let whoever presides in your place rule.")


def rule_on_conflict(
    item: AgendaItem, member: User, *, ruling: Ruling, reason: str | None, actor: Actor, version: int | None = None
) -> None:
    """Confirm or dismiss all that is suggested of a member on an item, for a written reason (ISO/IEC 17065, 4.2).

    A confirmation recuses the member as their own declaration would, for good. `version` is the dossier's. Raises
    NotAllowed for whoever does not preside or would rule on themselves, AlreadyDone when nothing waits, Refused
    without a reason or once the member has voted.
    """
    hold_item(item, actor=actor, version=version)
    if member.id == actor.id:
        raise NotAllowed(SELF)
    chair = get_presiding(actor.session, item.meeting, actor.user, item, but=member)
    roles = in_the_chair(roles_on(actor.session, actor.user, item.dossier), presides=True)
    found = next((each for each in list_suggestions(actor.session, item) if each.user.id == member.id), None)
    if found is None:
        raise AlreadyDone(N_("Nothing suggested of this person waits for a ruling any more."))
    if ruling is Ruling.CONFIRMED and has_voted(actor.session, item, member):
        raise Refused(N_("The ballot of this member is cast: postpone the item instead."))
    told = {"meeting": item.meeting.number, "position": item.position, "member": member.id, "ruling": ruling}
    told["presided"] = chair.told
    told["grounds"] = [str(ground) for ground in found.grounds]
    facts = Facts(has_reason=bool(reason))
    move_dossier(
        item.dossier, Action.RULE_CONFLICT, actor=actor, facts=facts, reason=reason, particulars=told, roles=roles
    )
    ruled = {"item_id": item.id, "user_id": member.id, "ruling": ruling, "reason": reason}
    for ground in found.grounds:
        actor.session.add(ConflictRuling(ground=ground, ruled_by_id=actor.id, ruled_at=actor.at, **ruled))
    if ruling is Ruling.CONFIRMED:
        _recuse(item, member, reason, actor=actor)
    actor.session.flush()


def _recuse(item: AgendaItem, member: User, reason: str, *, actor: Actor) -> None:
    """Close the dossier to a member, whether or not they had declared no interest."""
    declared = find_declaration(actor.session, item, member)
    if declared is None:
        declared = Declaration(item_id=item.id, user_id=member.id)
        actor.session.add(declared)
    declared.interest, declared.statement, declared.declared_at = Interest.CONFLICT, reason, actor.at
