"""Visits: planned by the rapporteur with notice to the site, begun on their day, closed once by their inspectors."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm.attributes import flag_modified

from certify.models import Dossier, User, Visit, VisitInspector
from certify.operations.acting import Actor
from certify.operations.measurements import touch
from certify.operations.moves import move_dossier
from certify.operations.outbox import about, recipients, write
from certify.queries.admissibility import has_interest
from certify.queries.recording import list_entries
from certify.queries.relations import roles_on
from certify.queries.visits import is_named, list_inspectors, visit_reading
from certify.workflows import dossier as dossiers
from certify.workflows.clock import Reading
from certify.workflows.errors import Malformed, Refused
from certify.workflows.machine import Guard
from certify.workflows.permissions import Role
from certify.workflows.recording import digest_of
from certify.workflows.visit import AHEAD, LIFE, PLANNING, Action, Facts, State
from certify.workflows.words import N_

GONE = N_("The dossier was withdrawn or closed.")


@dataclass(frozen=True)
class Plan:
    """What is announced of a visit; `late_reason` says why its day is after the legal delay."""

    planned_on: date
    starts_at: str
    place: str
    reason: str
    to_prepare: str | None = None
    late_reason: str | None = None


def plan_visit(
    dossier: Dossier,
    plan: Plan,
    *,
    inspectors: Collection[User],
    follows_up: str | None = None,
    actor: Actor,
    version: int | None = None,
) -> Visit:
    """Plan a visit and announce it to the site and the inspectors (move 9). `version` is the dossier's.

    Raises Stale, NotAllowed, WrongState, Malformed without a reason or a place, Refused without an inspector, for one
    who has an interest or is no inspector, for a day that has passed or is after the legal delay without a reason.
    """
    actor.hold(dossier, version)
    roles = roles_on(actor.session, actor.user, dossier)
    dossiers.LIFE.decide(dossier.state, dossiers.Action.PLAN_VISIT, roles)
    _check(dossier, plan, inspectors, actor=actor)
    visit = Visit(
        dossier=dossier,
        state=State.PLANNED,
        follows_up=follows_up,
        created_by_id=actor.id,
        created_at=actor.at,
        announced_at=actor.at,
        **vars(plan),
    )
    actor.session.add(visit)
    actor.session.flush()
    _name(visit, inspectors, actor=actor)
    _record(visit, dossiers.Action.PLAN_VISIT, plan.reason, actor=actor)
    _tell(visit, "visit_planned", inspectors, actor=actor)
    return visit


def change_visit(
    visit: Visit, plan: Plan, *, inspectors: Collection[User], actor: Actor, version: int | None = None
) -> None:
    """Change what was announced of a visit that has not begun, and tell everybody; who is named no more is told too."""
    dossier = _hold(visit, version, actor=actor)
    facts = _facts(dossier, plan, inspectors, actor=actor)
    LIFE.decide(visit.state, Action.CHANGE, roles_on(actor.session, actor.user, dossier), facts)
    _check(dossier, plan, inspectors, actor=actor)
    released = [user for user in visit.inspectors if user.id not in {one.id for one in inspectors}]
    for name, value in vars(plan).items():
        setattr(visit, name, value)
    visit.announced_at = actor.at
    flag_modified(visit, "announced_at")
    _name(visit, inspectors, actor=actor)
    _record(visit, dossiers.Action.CHANGE_VISIT, plan.reason, actor=actor)
    _tell(visit, "visit_planned", inspectors, actor=actor, is_changed=True)
    _tell_people(visit, "visit_cancelled", released, actor=actor, cancellation=None)


def cancel_visit(visit: Visit, *, reason: str, actor: Actor, version: int | None = None) -> None:
    """Cancel a visit that has not begun, for a written reason; the site and the inspectors are told."""
    dossier = _hold(visit, version, actor=actor)
    facts = Facts(has_reason=bool(reason))
    target = LIFE.decide(visit.state, Action.CANCEL, roles_on(actor.session, actor.user, dossier), facts)
    dossiers.LIFE.decide(
        dossier.state, dossiers.Action.CANCEL_VISIT, roles_on(actor.session, actor.user, dossier), dossiers.Facts()
    )
    inspectors = visit.inspectors
    visit.cancellation, visit.state = reason, target
    _record(visit, dossiers.Action.CANCEL_VISIT, reason, actor=actor)
    _tell(visit, "visit_cancelled", inspectors, actor=actor)


def drop_visits(dossier: Dossier, *, actor: Actor) -> None:
    """Cancel what was still to be visited on a dossier that has just left, and tell the inspectors not to travel."""
    ahead = select(Visit).where(Visit.dossier_id == dossier.id, Visit.state.in_(AHEAD)).order_by(Visit.id)
    for visit in actor.session.scalars(ahead).all():
        actor.hold(visit)
        target = LIFE.decide(visit.state, Action.CANCEL, {Role.CLOCK}, Facts(has_reason=True))
        visit.cancellation, visit.state = GONE, target
        actor.session.flush()
        _tell_people(visit, "visit_cancelled", visit.inspectors, actor=actor, cancellation=None)


def begin_visit(visit: Visit, *, actor: Actor, version: int | None = None) -> None:
    """Begin a visit on its day, as one of its inspectors."""
    dossier = _hold(visit, version, actor=actor)
    facts = Facts(is_named=is_named(visit, actor.user), is_its_day=actor.today >= visit.planned_on)
    target = LIFE.decide(visit.state, Action.BEGIN, roles_on(actor.session, actor.user, dossier), facts)
    visit.begun_at, visit.state = actor.at, target
    _record(visit, dossiers.Action.BEGIN_VISIT, None, actor=actor)


def close_visit(visit: Visit, *, summary: str, actor: Actor, version: int | None = None) -> None:
    """Close a visit for good, saying how it went; the rapporteur is told.

    The journal seals what was received until now: how many entries, and their digest. What arrives later is late.
    """
    dossier = _hold(visit, version, actor=actor)
    facts = Facts(is_named=is_named(visit, actor.user), has_summary=bool(summary))
    target = LIFE.decide(visit.state, Action.CLOSE, roles_on(actor.session, actor.user, dossier), facts)
    visit.summary, visit.closed_at, visit.state = summary, actor.at, target
    names = [row.sha256 for row in list_entries(actor.session, visit)]
    sealed = {"entries": len(names), "digest": digest_of(names)}
    _record(visit, dossiers.Action.CLOSE_VISIT, summary, sealed, actor=actor)


def _hold(visit: Visit, version: int | None, *, actor: Actor) -> Dossier:
    """Lock the dossier, then its visit: always in this order."""
    actor.hold(visit.dossier)
    actor.hold(visit, version)
    return visit.dossier


def _check(dossier: Dossier, plan: Plan, inspectors: Collection[User], *, actor: Actor) -> None:
    if not plan.reason or not plan.place:
        raise Malformed(N_("Write why the visit is needed, and where it is made."))
    facts = _facts(dossier, plan, inspectors, actor=actor)
    for guard in PLANNING:
        _keep(guard, facts)
    able = {user.id for user in list_inspectors(actor.session, dossier)}
    if not {user.id for user in inspectors} <= able:
        raise Refused(N_("Only inspectors with an open account, or the rapporteur, make a visit."))


def _keep(guard: Guard, facts: Facts) -> None:
    if not guard.holds(facts):
        raise Refused(guard.sentence)


def _facts(dossier: Dossier, plan: Plan, inspectors: Collection[User], *, actor: Actor) -> Facts:
    return Facts(
        inspectors=len(inspectors),
        conflicted=sum(has_interest(actor.session, user, dossier) for user in inspectors),
        is_to_come=plan.planned_on >= actor.today,
        is_in_time=is_in_time(visit_reading(actor.session, dossier, actor.today), plan.planned_on),
        has_reason=bool(plan.late_reason),
    )


def is_in_time(reading: Reading | None, day: date) -> bool:
    """Tell whether a day is within the legal delay; while the applicant has the file, the delay does not run."""
    return reading is None or reading.due_on is None or day <= reading.due_on


def _name(visit: Visit, inspectors: Collection[User], *, actor: Actor) -> None:
    wanted = {user.id for user in inspectors}
    kept = [one for one in visit.named if one.user_id in wanted]
    new = wanted - {one.user_id for one in kept}
    visit.named = [*kept, *(VisitInspector(user_id=number) for number in sorted(new))]
    actor.session.flush()
    actor.session.refresh(visit, ["named"])


def _record(
    visit: Visit,
    action: dossiers.Action,
    reason: str | None,
    sealed: Mapping[str, object] | None = None,
    *,
    actor: Actor,
) -> None:
    """Write in the journal of the dossier what happened to a visit, as it stands now."""
    actor.session.flush()
    touch(visit.dossier, actor=actor)
    particulars = {
        "visit": visit.id,
        "planned_on": visit.planned_on,
        "starts_at": visit.starts_at,
        "place": visit.place,
        "inspectors": [one.user_id for one in visit.named],
        "late_reason": visit.late_reason,
        "follows_up": visit.follows_up,
        **(sealed or {}),
    }
    move_dossier(visit.dossier, action, actor=actor, reason=reason, particulars=particulars)


def _tell(visit: Visit, kind: str, inspectors: Collection[User], *, actor: Actor, is_changed: bool = False) -> None:
    """Give notice to the site by its applicant, and to the inspectors."""
    people = {user.id: user for user in recipients(visit.dossier, (Role.APPLICANT,), actor=actor)}
    people |= {user.id: user for user in inspectors}
    more = {"is_changed": is_changed, "cancellation": visit.cancellation}
    _tell_people(visit, kind, people.values(), actor=actor, **more)


def _tell_people(visit: Visit, kind: str, people: Collection[User], *, actor: Actor, **more: object) -> None:
    dossier = visit.dossier
    facts = about(dossier, actor) | {
        "held_on": visit.planned_on,
        "starts_at": visit.starts_at,
        "place": visit.place,
        "reason": visit.reason,
        "to_prepare": visit.to_prepare,
        "inspectors": ", ".join(user.name for user in visit.inspectors),
        "is_changed": False,
    }
    for user in people:
        to_site = user.organisation_id == dossier.organisation_id
        path = {"path": f"/dossiers/{dossier.id}" if to_site else "/visits"}
        key = f"{kind}:visit-{visit.id}:{visit.version}:{user.id}"
        write(user, kind, key=key, facts=facts | more | path, dossier=dossier, actor=actor)
