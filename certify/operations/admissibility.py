"""Admissibility: from the file that arrived to its rapporteur, or to the reasoned refusal to examine it (moves 2 to 8).

A proposal of inadmissibility is preparatory work of two people and binds nobody: the journal, which holds moves alone,
hears of it when the second one signs. A proposal that is dropped is removed and leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from sqlalchemy.orm.attributes import flag_modified

from certify.models import Complement, ComplementPoint, Document, Dossier, Inadmissibility, User
from certify.models.document import Standing
from certify.operations.acting import Actor
from certify.operations.ledger import log_decision
from certify.operations.moves import move_dossier
from certify.operations.papers import issue_decision
from certify.queries.admissibility import (
    find_inadmissibility,
    has_interest,
    last_day_of,
    list_current_documents,
    office_facts,
)
from certify.queries.deadlines import read_delay
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.workflows.dossier import LIFE, Action, Facts
from certify.workflows.errors import AlreadyDone, NotFound, Refused
from certify.workflows.mission import Task
from certify.workflows.permissions import Role
from certify.workflows.words import N_

PROPOSED = N_("A proposal of inadmissibility waits for its second signature: sign it or drop it first.")


def take_up(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Take up a filed dossier and begin the check; refused to whoever has an interest in it."""
    actor.hold(dossier, version)
    facts = Facts(is_conflicted=has_interest(actor.session, actor.user, dossier))
    move_dossier(dossier, Action.TAKE_UP, actor=actor, facts=facts)


def check_document(
    document: Document, *, standing: Standing, finding: str | None = None, actor: Actor, version: int | None = None
) -> None:
    """Write what was found of one document; it moves nothing, and holds the dossier that the document belongs to."""
    dossier = actor.session.get_one(Dossier, document.dossier_id)
    check_documents(dossier, {document.id: (standing, finding)}, actor=actor, version=version)


def check_documents(
    dossier: Dossier,
    found: Mapping[int, tuple[Standing | str, str | None]],
    *,
    actor: Actor,
    version: int | None = None,
) -> None:
    """Write what was found of several documents at once: by the number of each, its standing and the finding.

    Raises NotFound for a document that is not the current version of a piece of this dossier, Refused when one that
    does not conform lacks the finding that says why.
    """
    actor.hold(dossier, version)
    decide_now(dossier, Action.DECLARE_ADMISSIBLE, actor=actor)
    current = {document.id: document for document in list_current_documents(actor.session, dossier)}
    for number, (standing, finding) in found.items():
        if number not in current:
            raise NotFound(N_("This document was replaced meanwhile, or belongs to another dossier."))
        _note(current[number], Standing(standing), finding, actor=actor)
    touch(dossier, actor=actor)


def _note(document: Document, standing: Standing, finding: str | None, *, actor: Actor) -> None:
    finding = finding if standing is Standing.NOT_CONFORMING else None
    if standing is Standing.NOT_CONFORMING and not finding:
        raise Refused(N_("Say what is wrong with each document that does not conform."))
    if (document.standing, document.finding) == (standing, finding):
        return
    is_checked = standing is not Standing.TO_CHECK
    document.standing, document.finding = standing, finding
    document.checked_by_id, document.checked_at = (actor.id, actor.at) if is_checked else (None, None)


def request_complement(
    dossier: Dossier,
    points: Sequence[tuple[str, str]],
    message: str | None = None,
    *,
    actor: Actor,
    version: int | None = None,
) -> Complement:
    """Ask the applicant, once, to complete the file: the kinds of document and what is expected of each.

    The applicant has the delay `complement_answer` of the regulation, counted from today; the legal clock stops.
    """
    actor.hold(dossier, version)
    regulation = get_regulation(dossier.regulation)
    wanted = {regulation.document(kind).code: expected for kind, expected in points}
    facts = replace(office_facts(actor.session, dossier, actor.today), listed_pieces=len(wanted))
    decide_now(dossier, Action.REQUEST_COMPLEMENT, facts, actor=actor)
    refuse_while_proposed(dossier, actor=actor)
    complement = Complement(
        dossier_id=dossier.id,
        round=facts.complements_used + 1,
        message=message,
        due_on=last_day_of(dossier, "complement_answer", actor.today),
        requested_by_id=actor.id,
        requested_at=actor.at,
        points=[ComplementPoint(kind=kind, wanted=expected) for kind, expected in wanted.items()],
    )
    actor.session.add(complement)
    listed = [{"kind": kind, "wanted": expected} for kind, expected in wanted.items()]
    move_dossier(
        dossier,
        Action.REQUEST_COMPLEMENT,
        actor=actor,
        facts=facts,
        reason=message,
        particulars={"due_on": complement.due_on, "wanted": listed},
    )
    return complement


def declare_admissible(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Find the file complete: every current document conforms. The delay of the decision starts today."""
    actor.hold(dossier, version)
    facts = office_facts(actor.session, dossier, actor.today)
    refuse_while_proposed(dossier, actor=actor)
    move_dossier(
        dossier,
        Action.DECLARE_ADMISSIBLE,
        actor=actor,
        facts=facts,
        documents=_handed_in(list_current_documents(actor.session, dossier)),
    )


def propose_inadmissibility(
    dossier: Dossier, *, ground: str, reason: str, actor: Actor, version: int | None = None
) -> Inadmissibility:
    """Propose that the file be declared inadmissible, on a ground of the closed list; a second person signs it."""
    actor.hold(dossier, version)
    if find_inadmissibility(actor.session, dossier):
        raise AlreadyDone(N_("Somebody has already proposed to declare this dossier inadmissible."))
    facts = _grounded(dossier, ground, reason, actor=actor)
    decide_now(dossier, Action.DECLARE_INADMISSIBLE, replace(facts, has_second_signature=True), actor=actor)
    proposal = Inadmissibility(
        dossier_id=dossier.id, ground=ground, reason=reason, proposed_by_id=actor.id, proposed_at=actor.at
    )
    actor.session.add(proposal)
    touch(dossier, actor=actor)
    return proposal


def sign_inadmissibility(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Sign the act that another person of the secretariat proposed, and issue the letter that says why."""
    actor.hold(dossier, version)
    proposal = _standing_proposal(dossier, actor=actor)
    facts = replace(
        _grounded(dossier, proposal.ground, proposal.reason, actor=actor),
        has_second_signature=actor.id != proposal.proposed_by_id,
    )
    decide_now(dossier, Action.DECLARE_INADMISSIBLE, facts, actor=actor)
    proposal.signed_by_id, proposal.signed_at = actor.id, actor.at
    move_dossier(
        dossier,
        Action.DECLARE_INADMISSIBLE,
        actor=actor,
        facts=facts,
        reason=proposal.reason,
        particulars={"ground": proposal.ground, "proposed_by": proposal.proposed_by_id},
    )
    log_decision(issue_decision(dossier, actor=actor), actor=actor)


def drop_inadmissibility(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Drop a proposal that nobody has signed: the check of the file goes on as if it had never been made."""
    actor.hold(dossier, version)
    proposal = _standing_proposal(dossier, actor=actor)
    decide_now(dossier, Action.DECLARE_ADMISSIBLE, actor=actor)
    actor.session.delete(proposal)
    touch(dossier, actor=actor)


def appoint_rapporteur(dossier: Dossier, *, rapporteur: User, actor: Actor, version: int | None = None) -> None:
    """Entrust the examination to a rapporteur who has no interest in the dossier."""
    actor.hold(dossier, version)
    if Role.RAPPORTEUR not in rapporteur.roles or not rapporteur.is_active or rapporteur.confirmed_at is None:
        raise Refused(N_("This person is not a rapporteur with an open account."))
    facts = Facts(is_conflicted=has_interest(actor.session, rapporteur, dossier))
    decide_now(dossier, Action.APPOINT_RAPPORTEUR, facts, actor=actor)
    dossier.rapporteur_id = rapporteur.id
    readings = {task: read_delay(actor.session, dossier, str(task), actor.today) for task in Task}
    due = {f"{task}_by": reading.due_on for task, reading in readings.items() if reading}
    particulars = {"rapporteur": rapporteur.id} | due
    move_dossier(dossier, Action.APPOINT_RAPPORTEUR, actor=actor, facts=facts, particulars=particulars)


def touch(dossier: Dossier, *, actor: Actor) -> None:
    """Count a change that moves nothing: who still has the dossier as it was on the screen is told so."""
    dossier.changed_at = actor.at
    flag_modified(dossier, "changed_at")  # two changes at one moment are still two versions


def decide_now(dossier: Dossier, action: Action, facts: Facts = Facts(), *, actor: Actor) -> None:  # noqa: B008
    """Ask the regulation before anything is written: raises what `move_dossier` would raise."""
    LIFE.decide(dossier.state, action, roles_on(actor.session, actor.user, dossier), facts)


def refuse_while_proposed(dossier: Dossier, *, actor: Actor) -> None:
    """Raise Refused while a proposal of inadmissibility waits: the file does not take two ways at once."""
    proposal = find_inadmissibility(actor.session, dossier)
    if proposal and proposal.signed_at is None:
        raise Refused(PROPOSED)


def _grounded(dossier: Dossier, ground: str, reason: str, *, actor: Actor) -> Facts:
    listed = {rule.code for rule in get_regulation(dossier.regulation).grounds}
    facts = office_facts(actor.session, dossier, actor.today)
    return replace(facts, ground_is_listed=ground in listed, has_reason=bool(reason))


def _standing_proposal(dossier: Dossier, *, actor: Actor) -> Inadmissibility:
    proposal = find_inadmissibility(actor.session, dossier)
    if proposal is None or proposal.signed_at is not None:
        raise AlreadyDone(N_("There is no proposal to sign: it was dropped or signed meanwhile."))
    return proposal


def _handed_in(documents: Iterable[Document]) -> list[dict[str, str]]:
    return [{"name": document.kind, "sha256": document.sha256} for document in documents if document.sha256]
