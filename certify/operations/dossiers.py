"""What an applicant does with a dossier: writes, files, answers, may withdraw it (moves 1, 4 and 23).

A step takes whatever was typed and asks for nothing more; completeness is the business of the filing alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from sqlalchemy.orm.attributes import flag_modified

from certify.models import Complement, Document, Dossier, Organisation, Product, ProductFormat
from certify.models.dossier import Usage
from certify.operations.acting import Actor
from certify.operations.agenda import strike_withdrawn
from certify.operations.moves import move_dossier
from certify.operations.numbers import next_number
from certify.operations.papers import issue_receipt
from certify.operations.visits import drop_visits
from certify.queries.admissibility import list_complements, list_current_documents
from certify.queries.drafts import check_draft, get_sign
from certify.queries.organisations import get_site
from certify.queries.regulations import get_regulation_in_force
from certify.queries.relations import roles_on
from certify.workflows.dossier import LIFE, Action, Facts, State
from certify.workflows.errors import Malformed, NotAllowed, WrongState
from certify.workflows.numbering import dossier_number
from certify.workflows.permissions import Right, may
from certify.workflows.words import N_


class Format(Protocol):
    """One size the product is sold in; `content` is a decimal as text, `gtin` has 14 digits."""

    content: str
    unit: str
    packaging: str | None
    gtin: str | None


class Identity(Protocol):
    """What the product is."""

    filiere: str
    usage: str
    category: str | None
    name_fr: str | None
    name_ar: str | None
    name_en: str | None
    formats: Sequence[Format]


class Making(Protocol):
    """Where the product comes from and how it is made."""

    variety: str | None
    origin_area: str | None
    raw_material: str | None
    ingredients: str | None
    process: str | None
    terroir_link: str | None
    storage: str | None
    annual_volume: str | None


class Claims(Protocol):
    """The recognised sign claimed, if any, who certified it, and the applicant's own brand."""

    sign_id: int | None
    sign_body: str | None
    sign_certificate: str | None
    brand: str | None


MAKING = tuple(Making.__annotations__)


def start_dossier(
    organisation: Organisation,
    *,
    filiere: str,
    usage: str,
    name_fr: str | None = None,
    name_ar: str | None = None,
    actor: Actor,
) -> Dossier:
    """Open a draft for one product of the actor's organisation, under the regulation in force."""
    if not may(Right.START_DOSSIER, actor.roles) or actor.user.organisation_id != organisation.id:
        raise NotAllowed(N_("Only its representative starts a dossier for an organisation."))
    _check_scope(filiere, usage, actor.today)
    dossier = Dossier(
        organisation=organisation,
        state=State.DRAFT,
        regulation=get_regulation_in_force(actor.today).version,
        created_by_id=actor.id,
        created_at=actor.at,
        changed_at=actor.at,
        product=Product(filiere=filiere, usage=Usage(usage), name_fr=name_fr or "", name_ar=name_ar),
    )
    actor.session.add(dossier)
    actor.session.flush()
    return dossier


def write_identity(dossier: Dossier, identity: Identity, *, actor: Actor, version: int | None = None) -> None:
    """Write the first step: what the product is, and the formats it is sold in, which replace the earlier ones."""
    _hold_draft(dossier, actor=actor, version=version)
    _check_scope(identity.filiere, identity.usage, actor.today, identity.category)
    product = dossier.product
    product.filiere, product.usage = identity.filiere, Usage(identity.usage)
    product.category = identity.category
    product.name_fr, product.name_ar, product.name_en = identity.name_fr or "", identity.name_ar, identity.name_en
    product.formats.clear()
    actor.session.flush()  # the old lines leave before the new ones take their places
    product.formats.extend(
        ProductFormat(position=place, content=each.content, unit=each.unit, packaging=each.packaging, gtin=each.gtin)
        for place, each in enumerate(identity.formats, 1)
    )


def write_making(dossier: Dossier, making: Making, *, actor: Actor, version: int | None = None) -> None:
    """Write the second step: origin and making."""
    _hold_draft(dossier, actor=actor, version=version)
    for name in MAKING:
        setattr(dossier.product, name, getattr(making, name))


def write_place(dossier: Dossier, *, site_id: int | None, actor: Actor, version: int | None = None) -> None:
    """Write the third step: the site, one of the organisation's own."""
    _hold_draft(dossier, actor=actor, version=version)
    dossier.site = None if site_id is None else get_site(actor.session, site_id, reader=actor.user)


def write_claims(dossier: Dossier, claims: Claims, *, actor: Actor, version: int | None = None) -> None:
    """Write the fourth step: the recognised sign claimed, or none, and the brand."""
    _hold_draft(dossier, actor=actor, version=version)
    product = dossier.product
    product.sign = None if claims.sign_id is None else get_sign(actor.session, claims.sign_id)
    product.sign_body, product.sign_certificate, product.brand = claims.sign_body, claims.sign_certificate, claims.brand


def file_dossier(dossier: Dossier, *, is_engaged: bool, actor: Actor, version: int | None = None) -> None:
    """File a complete draft: number, date, regulation of the day and receipt, all at once or not at all.

    `is_engaged`: the applicant commits to respect the regulations of use in force today. Raises Refused with the
    condition that does not hold, Stale or WrongState when it was changed or filed meanwhile.
    """
    actor.hold(dossier, version)
    check = check_draft(actor.session, dossier, reader=actor.user, today=actor.today)
    facts = check.facts(is_engaged=is_engaged)
    _decide(dossier, Action.FILE, facts, actor=actor)
    year = actor.today.year
    dossier.number = dossier_number(year, next_number(actor.session, "dossier", year))
    dossier.filed_at = actor.at
    dossier.regulation = get_regulation_in_force(actor.today).version
    dossier.is_engaged = is_engaged
    move_dossier(
        dossier,
        Action.FILE,
        actor=actor,
        facts=facts,
        documents=_named(list_current_documents(actor.session, dossier)),
        particulars={"number": dossier.number, "regulation": dossier.regulation},
    )
    issue_receipt(dossier, actor=actor)


def answer_complement(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Send the complement: every point asked for has its answer, and the secretariat has the file again (move 4)."""
    actor.hold(dossier, version)
    complement = _open_complement(dossier, actor)
    points = complement.points if complement else []
    facts = Facts(unanswered_pieces=sum(not point.answer and point.document_id is None for point in points))
    move_dossier(
        dossier,
        Action.ANSWER_COMPLEMENT,
        actor=actor,
        facts=facts,
        documents=_named(point.document for point in points if point.document),
        particulars={"answered": [point.kind for point in points]},
    )
    complement.answered_at = actor.at


def ask_decision(dossier: Dossier, *, actor: Actor, version: int | None = None) -> None:
    """Ask for a decision on the file as it stands instead of correcting: the rapporteur may then report (move 12)."""
    actor.hold(dossier, version)
    _decide(dossier, Action.PROVE_CONFORMITY, Facts(), actor=actor)
    dossier.asks_decision_as_is = True
    dossier.changed_at = actor.at


def withdraw_dossier(dossier: Dossier, *, reason: str | None = None, actor: Actor, version: int | None = None) -> None:
    """Withdraw the request (move 23); an item of an agenda, or a visit, that waits for it ends."""
    actor.hold(dossier, version)
    move_dossier(dossier, Action.WITHDRAW, actor=actor, reason=reason)
    drop_visits(dossier, actor=actor)
    strike_withdrawn(dossier, actor=actor)


def _hold_draft(dossier: Dossier, *, actor: Actor, version: int | None) -> None:
    """Lock a draft for its applicant and count the change; raises Stale, NotAllowed, or WrongState once it is filed."""
    actor.hold(dossier, version)
    roles = roles_on(actor.session, actor.user, dossier)
    if not may(Right.EDIT_DRAFT, roles):
        raise NotAllowed(N_("This dossier is not open to your account."))
    if Action.FILE not in LIFE.offered(dossier.state, roles):
        raise WrongState(N_("This file is no longer a draft: what it says stands as it was filed."))
    dossier.changed_at = actor.at
    flag_modified(dossier, "changed_at")  # two changes at one moment are still two versions


def _check_scope(filiere: str, usage: str, today: date, category: str | None = None) -> None:
    known = get_regulation_in_force(today).filiere(filiere)
    if usage not in known.usages:
        raise Malformed(N_("This value chain has no product for that use. Choose another use."))
    if category is not None and category not in {each.code for each in known.categories}:
        raise Malformed(N_("Choose a category of this value chain, or none."))


def _decide(dossier: Dossier, action: Action, facts: Facts, *, actor: Actor) -> None:
    LIFE.decide(dossier.state, action, roles_on(actor.session, actor.user, dossier), facts)


def _named(documents: Iterable[Document]) -> list[dict[str, str]]:
    """Name documents for the journal by their kind: a file's own name may say more than the act needs."""
    return [{"name": document.kind, "sha256": document.sha256} for document in documents if document.sha256]


def _open_complement(dossier: Dossier, actor: Actor) -> Complement | None:
    return next((each for each in list_complements(actor.session, dossier) if each.answered_at is None), None)
