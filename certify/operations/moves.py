"""The one way a dossier, a meeting or a licence changes state: decide, change, record, tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from certify.models import Dossier, Event, Licence, Meeting
from certify.operations.acting import Actor
from certify.operations.journal import record
from certify.operations.outbox import announce
from certify.queries.presidency import roles_at
from certify.queries.relations import roles_on
from certify.workflows import dossier as dossiers
from certify.workflows import licence as licences
from certify.workflows import meeting as meetings
from certify.workflows.machine import Machine, Term
from certify.workflows.permissions import Role


def move_dossier(
    dossier: Dossier,
    action: dossiers.Action,
    *,
    actor: Actor,
    facts: dossiers.Facts = dossiers.Facts(),  # noqa: B008 - frozen
    version: int | None = None,
    reason: str | None = None,
    documents: Iterable[Mapping[str, str]] = (),
    particulars: Mapping[str, object] | None = None,
    roles: frozenset[Role] | None = None,
) -> Event:
    """Take `dossier` where `action` leads, record it and write the messages it causes.

    `reason` is written for the applicant and the court; `documents` are {"name", "sha256"} of the papers concerned;
    `particulars` what the event keeps besides; `roles` those that count, when they are not the actor's own capacities
    (whoever presides). Call `actor.hold(dossier, version)` first when rows are changed before
    the move; giving `version` here does it for a move that changes nothing else.
    Raises Stale, WrongState, NotAllowed, Conflicted or Refused, and then nothing has changed.
    """
    if version is not None:
        actor.hold(dossier, version)
    if roles is None:
        roles = roles_on(actor.session, actor.user, dossier) if actor.user else actor.roles
    event = _move(
        dossiers.LIFE, dossier, action, roles, facts, actor=actor, reason=reason, documents=documents, more=particulars
    )
    dossier.changed_at = actor.at
    announce(dossier, event, actor=actor)
    return event


def move_meeting(
    meeting: Meeting,
    action: meetings.Action,
    *,
    actor: Actor,
    facts: meetings.Facts = meetings.Facts(),  # noqa: B008 - frozen
    version: int | None = None,
    reason: str | None = None,
    documents: Iterable[Mapping[str, str]] = (),
    particulars: Mapping[str, object] | None = None,
) -> Event:
    """Take `meeting` where `action` leads and record it; arguments and errors as for `move_dossier`."""
    if version is not None:
        actor.hold(meeting, version)
    return _move(
        meetings.LIFE,
        meeting,
        action,
        roles_at(actor.session, meeting, actor.user) if actor.user else actor.roles,
        facts,
        actor=actor,
        reason=reason,
        documents=documents,
        more=particulars,
    )


def move_licence(
    licence: Licence,
    action: licences.Action,
    *,
    actor: Actor,
    facts: licences.Facts = licences.Facts(),  # noqa: B008 - frozen
    version: int | None = None,
    reason: str | None = None,
    documents: Iterable[Mapping[str, str]] = (),
    particulars: Mapping[str, object] | None = None,
) -> Event:
    """Take `licence` where `action` leads and record it; arguments and errors as for `move_dossier`."""
    if version is not None:
        actor.hold(licence, version)
    roles = roles_on(actor.session, actor.user, licence.dossier) if actor.user else actor.roles
    return _move(
        licences.LIFE, licence, action, roles, facts, actor=actor, reason=reason, documents=documents, more=particulars
    )


def _move(
    life: Machine,
    subject: Dossier | Meeting | Licence,
    action: Term,
    roles: frozenset[Role],
    facts: object,
    *,
    actor: Actor,
    reason: str | None,
    documents: Iterable[Mapping[str, str]],
    more: Mapping[str, object] | None,
) -> Event:
    source = subject.state
    subject.state = life.decide(source, action, roles, facts)
    who = next(row.who for row in life.table if row.source is source and row.action is action)
    role = next(role for role in Role if role in roles and role in who)
    return record(
        subject, actor=actor, role=role, action=action, source=source, reason=reason, documents=documents, facts=more
    )
