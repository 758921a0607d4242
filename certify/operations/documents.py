"""What an applicant hands in, piece by piece: a file or an explanation; versions follow each other and none is lost."""

from __future__ import annotations

from datetime import date

from sqlalchemy import func, select

from certify.models import ComplementPoint, Document, Dossier
from certify.models.document import Standing
from certify.operations.acting import Actor
from certify.operations.storage import StoredFile
from certify.queries.documents import BULLETIN, CLOSING, EVIDENCE, FURTHER, get_rules
from certify.queries.relations import roles_on
from certify.workflows.dossier import LIFE, Action
from certify.workflows.errors import Malformed, NotAllowed, NotFound, Refused, WrongState
from certify.workflows.machine import Tone
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_

PHOTO = "product_photo"
"""The one document that must be a photo: it is what the public sees."""


def hand_in(
    dossier: Dossier,
    kind: str,
    *,
    stored: StoredFile | None = None,
    explanation: str | None = None,
    expires_on: date | None = None,
    actor: Actor,
) -> Document:
    """Add the next version of a document of the list: a file, or why it cannot be had where the regulation accepts it.

    The same file sent twice is one version. Raises NotAllowed, WrongState when it is not the applicant's turn, NotFound
    for a kind that the regulation does not know, Refused.
    """
    hold_in_turn(dossier, actor=actor)
    rule = next((rule for rule in get_rules(dossier, actor.today).documents if rule.code == kind), None)
    if rule is None:
        raise NotFound(N_("The regulations of use know no such document."))
    if stored is None and not rule.may_explain:
        raise Refused(N_("An explanation cannot stand for this document: send it."))
    return _add(dossier, kind, stored, explanation, expires_on, actor=actor)


def hand_in_further(dossier: Dossier, *, stored: StoredFile | None, explanation: str | None, actor: Actor) -> Document:
    """Add what the committee or the secretariat waits for besides the list, while the applicant has the file."""
    hold_in_turn(dossier, actor=actor)
    return _add(dossier, _free_kind(dossier, actor), stored, explanation, None, actor=actor)


def answer_point(point: ComplementPoint, *, stored: StoredFile | None, answer: str | None, actor: Actor) -> None:
    """Answer one point of the request to complete the file, with a document or in words; until all is sent."""
    dossier = actor.session.get_one(Dossier, point.complement.dossier_id)
    actor.hold(dossier)
    _may_still(dossier, Action.ANSWER_COMPLEMENT, actor=actor)
    point.answer = answer
    if stored is not None:
        point.document = _add(dossier, point.kind, stored, None, None, actor=actor)


def keep_for_finding(
    dossier: Dossier, kind: str, *, stored: StoredFile | None = None, explanation: str | None = None, actor: Actor
) -> Document:
    """Add what shows a finding, its correction or its verification, on a dossier that the caller holds."""
    if kind in (EVIDENCE, CLOSING):
        kind = _free_kind(dossier, actor, kind)
    return _add(dossier, kind, stored, explanation, None, actor=actor)


def keep_bulletin(dossier: Dossier, portion_id: int, *, stored: StoredFile, actor: Actor) -> Document:
    """Add the bulletin that a laboratory sends with its results, on a dossier that the caller holds."""
    return _add(dossier, f"{BULLETIN}-{portion_id}", stored, None, None, actor=actor)


def hold_in_turn(dossier: Dossier, *, actor: Actor) -> None:
    """Lock `dossier` for its applicant, whose turn it must be: only then does a file change hands."""
    actor.hold(dossier)
    if not may(Right.EDIT_DRAFT, roles_on(actor.session, actor.user, dossier)):
        raise NotAllowed(N_("Only the applicant hands in documents."))
    if dossier.state.tone is not Tone.YOURS:
        raise WrongState(N_("The file is with the administration: nothing can be added to it now."))


def _may_still(dossier: Dossier, action: Action, *, actor: Actor) -> None:
    """Raise unless the regulation offers `action` to the actor on `dossier` as it stands."""
    if action not in LIFE.offered(dossier.state, roles_on(actor.session, actor.user, dossier)):
        raise WrongState(N_("This was already sent, or is no longer asked for."))


def _add(
    dossier: Dossier,
    kind: str,
    stored: StoredFile | None,
    explanation: str | None,
    expires_on: date | None,
    *,
    actor: Actor,
) -> Document:
    if kind == PHOTO and stored and not stored.media_type.startswith("image/"):
        raise Malformed(N_("Send a photo here (JPEG or PNG), not a PDF: it is what the public will see."))
    latest = _latest(dossier, kind, actor)
    if latest and stored and latest.sha256 == stored.sha256:
        latest.expires_on = expires_on or latest.expires_on
        return latest
    document = Document(
        dossier_id=dossier.id,
        kind=kind,
        version=latest.version + 1 if latest else 1,
        file_name=stored.file_name if stored else None,
        media_type=stored.media_type if stored else None,
        size=stored.size if stored else None,
        sha256=stored.sha256 if stored else None,
        explanation=None if stored else explanation,
        expires_on=expires_on if stored else None,
        standing=Standing.TO_CHECK,
        uploaded_by_id=actor.id,
        uploaded_at=actor.at,
    )
    actor.session.add(document)
    actor.session.flush()
    return document


def _latest(dossier: Dossier, kind: str, actor: Actor) -> Document | None:
    asked = select(Document).where(Document.dossier_id == dossier.id, Document.kind == kind)
    return actor.session.scalars(asked.order_by(Document.version.desc()).limit(1)).first()


def _free_kind(dossier: Dossier, actor: Actor, family: str = FURTHER) -> str:
    """Return the next name of a family of documents, each being a document of its own."""
    counted = select(func.count(func.distinct(Document.kind)))
    handed = counted.where(Document.dossier_id == dossier.id, Document.kind.like(f"{family}-%"))
    return f"{family}-{actor.session.scalars(handed).one() + 1}"
