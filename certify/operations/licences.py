"""The licence: born of an approval, signed once the holder has accepted the terms, then suspended, reinstated or ended.

Each move rewrites the public register in the same transaction, so that whoever scans a mark reads the truth of now.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import date, timedelta

from sqlalchemy import select

from certify.models import Credential, Dossier, Licence
from certify.operations.acting import Actor
from certify.operations.credentials import Issuer, issue_credential
from certify.operations.documents import PHOTO
from certify.operations.ledger import log_move
from certify.operations.moves import move_licence
from certify.operations.numbers import next_number
from certify.operations.outbox import about, recipients, write
from certify.operations.papers import issue_certificate
from certify.operations.photos import public_photo
from certify.operations.register import show_evidence, show_move, write_entry
from certify.operations.storage import Store
from certify.queries.admissibility import list_current_documents
from certify.queries.licences import signing_facts
from certify.queries.reference import get_province, get_region
from certify.queries.regulations import get_regulation
from certify.queries.relations import roles_on
from certify.workflows.licence import LIFE, Action, Facts, Ground, State, last_day
from certify.workflows.numbering import MARK_LENGTH, licence_number, make_mark
from certify.workflows.permissions import Role

TOLD = {
    Action.SIGN: "licence_signed",
    Action.SUSPEND: "licence_suspended",
    Action.REINSTATE: "licence_reinstated",
    Action.WITHDRAW: "licence_withdrawn",
}
"""The moves that the holder is written of; the end of validity is announced beforehand, by `timekeeping`."""


def born(dossier: Dossier, *, actor: Actor) -> Licence:
    """Give an approved dossier its licence, to be signed; the journal of the dossier holds the approval it comes of."""
    licence = Licence(dossier=dossier, state=State.TO_SIGN, created_at=actor.at)
    actor.session.add(licence)
    actor.session.flush()
    return licence


def accept_terms(licence: Licence, *, actor: Actor, version: int | None = None) -> None:
    """Sign the contract of use, for the holder: without it nothing is authorised."""
    actor.hold(licence, version)
    facts = Facts(terms_are_accepted=licence.terms_accepted_at is not None)
    LIFE.decide(licence.state, Action.ACCEPT_TERMS, roles_on(actor.session, actor.user, licence.dossier), facts)
    licence.terms_accepted_at, licence.terms_accepted_by_id = actor.at, actor.id
    move_licence(
        licence, Action.ACCEPT_TERMS, actor=actor, facts=facts, particulars={"regulation": licence.dossier.regulation}
    )
    page = f"/office/licences/{licence.id}"
    _tell(licence, "authorisation_to_sign", f"licence-{licence.id}", page, actor=actor, audience=Role.SIGNATORY)


def sign_licence(
    licence: Licence,
    *,
    store: Store,
    issuer: Issuer,
    actor: Actor,
    version: int | None = None,
    randomness: Callable[[int], bytes] = secrets.token_bytes,
) -> None:
    """Sign the authorisation: number, mark, validity from today, public photo, register, certificate, credential and
    entry in the public log, all at once.

    Number and mark are given for ever; two signatures at the same moment give one of each. `issuer` brings the official
    address and the keys.
    """
    actor.hold(licence, version)
    facts = signing_facts(actor.session, licence)
    LIFE.decide(licence.state, Action.SIGN, roles_on(actor.session, actor.user, licence.dossier), facts)
    number, mark = _new_number(licence, actor=actor), _new_mark(actor, randomness)
    photo = _public_photo(licence.dossier, store, actor=actor)
    with actor.session.no_autoflush:  # the tables want number, mark, validity and state to change together
        licence.number, licence.mark, licence.photo_sha256 = number, mark, photo
        licence.valid_from, licence.valid_to = actor.today, _valid_to(licence, actor.today)
        licence.signed_at, licence.signed_by_id = actor.at, actor.id
        _move(
            licence,
            Action.SIGN,
            facts,
            actor=actor,
            documents=[{"name": PHOTO, "sha256": photo}] if photo else [],
            particulars={"number": number, "valid_from": licence.valid_from, "valid_to": licence.valid_to},
        )
    issue_certificate(licence, issuer=issuer, actor=actor)
    show_evidence(issue_credential(licence, issuer=issuer, actor=actor), actor=actor)


def suspend(
    licence: Licence, *, reason: str, actor: Actor, ground: Ground = Ground.STATED, version: int | None = None
) -> None:
    """Suspend the use of the label until a reinstatement, on a ground and for the written reason."""
    _act(licence, Action.SUSPEND, reason, ground, actor=actor, version=version)


def reinstate(licence: Licence, *, reason: str, actor: Actor, version: int | None = None) -> None:
    """End a suspension, for the written reason; refused once the validity is over."""
    _act(licence, Action.REINSTATE, reason, Ground.STATED, actor=actor, version=version)


def withdraw(
    licence: Licence, *, reason: str, actor: Actor, ground: Ground = Ground.STATED, version: int | None = None
) -> None:
    """Withdraw the licence for good, on a ground and for the written reason; the mark says so for ever."""
    _act(licence, Action.WITHDRAW, reason, ground, actor=actor, version=version)


def expire(licence: Licence, *, actor: Actor) -> None:
    """End a licence whose last day is past; the legal clock does it."""
    _act(licence, Action.EXPIRE, None, Ground.STATED, actor=actor, version=None)


def _act(
    licence: Licence, action: Action, reason: str | None, ground: Ground, *, actor: Actor, version: int | None
) -> None:
    actor.hold(licence, version)
    is_past = licence.valid_to is not None and actor.today > licence.valid_to
    facts = Facts(has_reason=bool(reason), is_past_validity=is_past)
    _move(licence, action, facts, actor=actor, reason=reason, particulars={"ground": ground})
    credential = actor.session.get(Credential, licence.id)
    if credential:
        position = log_move(licence, action, place=credential.place, ground=ground, actor=actor)
        show_move(licence, position, actor=actor)


def tell_terms(dossier: Dossier, *, actor: Actor) -> None:
    """Tell the applicant of an approved product, who has the decision now, that the contract of use waits for them."""
    waiting = select(Licence).where(Licence.dossier_id == dossier.id, Licence.terms_accepted_at.is_(None))
    licence = actor.session.scalars(waiting).one_or_none()
    if licence:
        page = f"/dossiers/{dossier.id}/contract"
        _tell(licence, "terms_to_sign", f"licence-{licence.id}", page, actor=actor)


def _move(licence: Licence, action: Action, facts: Facts, *, actor: Actor, **recorded: object) -> None:
    event = move_licence(licence, action, actor=actor, facts=facts, **recorded)
    write_entry(licence, actor=actor)
    if action in TOLD:
        page = f"/dossiers/{licence.dossier_id}/licence"
        _tell(licence, TOLD[action], f"event-{event.id}", page, actor=actor, reason=event.reason)


def _tell(
    licence: Licence,
    kind: str,
    occasion: str,
    path: str,
    *,
    actor: Actor,
    audience: Role = Role.APPLICANT,
    **more: object,
) -> None:
    """Write to everybody who represents the holder, or to another audience; the letter leads to the page at `path`."""
    facts = about(licence.dossier, actor) | more | {"path": path}
    if licence.number:
        facts |= {"licence": licence.number, "valid_from": licence.valid_from, "valid_to": licence.valid_to}
    for user in recipients(licence.dossier, (audience,), actor=actor):
        key = f"{kind}:{occasion}:{user.id}"
        write(user, kind, key=key, facts=facts, dossier=licence.dossier, actor=actor)


def _new_number(licence: Licence, *, actor: Actor) -> str:
    region = get_region(get_province(licence.dossier.site.province).region)
    year = actor.today.year
    return licence_number(region.number, year, next_number(actor.session, "licence", year))


def _new_mark(actor: Actor, randomness: Callable[[int], bytes]) -> str:
    """Draw marks until one is free; the first one is, once in 2^55 marks given."""
    while True:
        mark = make_mark(randomness(MARK_LENGTH - 1))
        if actor.session.scalars(select(Licence.id).where(Licence.mark == mark)).first() is None:
            return mark


def _valid_to(licence: Licence, valid_from: date) -> date:
    terms = get_regulation(licence.dossier.regulation).licence
    return last_day(valid_from, terms.validity_years) - timedelta(days=terms.less_days - 1)


def _public_photo(dossier: Dossier, store: Store, *, actor: Actor) -> str | None:
    """Make the photo that the public sees; None when the applicant handed in none, or something else than a photo."""
    documents = list_current_documents(actor.session, dossier)
    found = next((one for one in documents if one.kind == PHOTO and (one.media_type or "").startswith("image/")), None)
    return store.keep(public_photo(store.read(found.sha256))) if found else None
