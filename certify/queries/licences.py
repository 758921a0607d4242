"""Licences, as each person may see them: whoever may not read the dossier sees nothing of its licence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from certify.models import Dossier, Event, Licence, Organisation, Paper, Product, RegisterEntry, Site, User
from certify.queries.admissibility import is_notified
from certify.queries.casefile import Change
from certify.queries.desk import like
from certify.queries.reference import list_provinces
from certify.queries.regulations import list_regulations
from certify.queries.relations import is_recused, visible_to
from certify.workflows.errors import Malformed, NotAllowed, NotFound
from certify.workflows.licence import Action, Facts, State
from certify.workflows.numbering import Kind, licence_number, parse_mark, parse_number
from certify.workflows.permissions import Right
from certify.workflows.words import N_

PAGE = 25
VALID = (State.ACTIVE, State.SUSPENDED)


@dataclass(frozen=True)
class LicenceFilters:
    """What the person looks for; `is_ending` keeps those whose renewal is open, `text` a number, a mark or words."""

    state: State | None = None
    is_ending: bool = False
    region: str | None = None
    filiere: str | None = None
    text: str | None = None
    page: int = 1


@dataclass(frozen=True)
class LicenceList:
    """The figures over everything, and one page of what was asked for."""

    figures: dict[State, int]
    ending: int
    rows: Sequence[Licence]
    total: int
    page: int
    pages: int


def get_licence(session: Session, licence_id: int, *, reader: User, right: Right = Right.READ_DOSSIER) -> Licence:
    """Return a licence on whose dossier `reader` has `right`. Raises NotFound or NotAllowed.

    To somebody recused from the dossier there is no such licence: that there is one says how the committee voted.
    """
    row = session.execute(
        select(Licence, visible_to(reader, right), is_recused(reader))
        .join(Dossier, Dossier.id == Licence.dossier_id)
        .where(Licence.id == licence_id)
    ).one_or_none()
    licence, is_open, is_closed_out = row or (None, False, False)
    if licence is None or is_closed_out:
        raise NotFound(N_("There is no such licence."))
    if not is_open:
        raise NotAllowed(N_("This licence is not open to your account."))
    return licence


def get_licences(session: Session, *, reader: User, filters: LicenceFilters, today: date) -> LicenceList:
    """Return one page of licences with the figures of all that `reader` may read; what is to be signed comes first."""
    seen = select(Licence.id).join(Dossier, Dossier.id == Licence.dossier_id)
    seen = seen.where(visible_to(reader, Right.READ_REPORT))
    counted = select(Licence.state, func.count(), func.count().filter(is_ending(today))).where(Licence.id.in_(seen))
    counts = session.execute(counted.group_by(Licence.state)).all()
    asked = and_(Licence.id.in_(seen), *_conditions(filters, today))
    total = session.scalar(select(func.count()).select_from(Licence).where(asked)) or 0
    pages = max(1, -(-total // PAGE))
    page = min(max(1, filters.page), pages)
    return LicenceList(
        figures={state: count for state, count, _ in counts},
        ending=sum(ending for _, _, ending in counts),
        rows=_rows(session, asked, page),
        total=total,
        page=page,
        pages=pages,
    )


def is_ending(today: date) -> ColumnElement[bool]:
    """Return the condition that the licence still stands and that its renewal is open."""
    notice = max(regulation.licence.renewal_opens_days for regulation in list_regulations())
    return and_(Licence.state.in_(VALID), Licence.valid_to <= today + timedelta(days=notice))


def count_to_sign(session: Session, *, reader: User) -> int:
    """Count the licences that wait for the signatory among those `reader` may read."""
    waiting = select(func.count()).select_from(Licence).join(Dossier, Dossier.id == Licence.dossier_id)
    waiting = waiting.where(Licence.state == State.TO_SIGN, visible_to(reader, Right.READ_REPORT))
    return session.scalar(waiting) or 0


def signing_facts(session: Session, licence: Licence) -> Facts:
    """State what a signature rests on: the contract signed by the holder, the decision received by them."""
    return Facts(
        terms_are_accepted=licence.terms_accepted_at is not None,
        is_notified=is_notified(session, licence.dossier),
    )


def list_licence_events(session: Session, licence: Licence) -> Sequence[Event]:
    """List what happened to a licence, oldest first, with who did it."""
    asked = select(Event).where(Event.licence_id == licence.id).options(joinedload(Event.actor))
    return session.scalars(asked.order_by(Event.sequence)).all()


def list_licence_changes(session: Session, licence: Licence, count: int) -> list[Change]:
    """List the last `count` moves of a licence, the latest first."""
    events = list_licence_events(session, licence)[-count:]
    return [Change(event.at, event.actor, Action(event.action).label) for event in reversed(events)]


def list_certificates(session: Session, licence: Licence) -> Sequence[Paper]:
    """List the certificates issued on a licence, the latest first."""
    asked = select(Paper).where(Paper.licence_id == licence.id).options(joinedload(Paper.file))
    return session.scalars(asked.order_by(Paper.version.desc())).all()


def find_entry(session: Session, licence: Licence) -> RegisterEntry | None:
    """Return what the public register says of a licence; None before its signature."""
    return session.get(RegisterEntry, licence.mark) if licence.mark else None


def _conditions(filters: LicenceFilters, today: date) -> list[ColumnElement[bool]]:
    found = [Licence.state == filters.state] if filters.state else []
    if filters.is_ending:
        found.append(is_ending(today))
    of_dossier = []
    if filters.region:
        provinces = [province.code for province in list_provinces() if province.region == filters.region]
        of_dossier.append(Dossier.site_id.in_(select(Site.id).where(Site.province.in_(provinces))))
    if filters.filiere:
        of_dossier.append(Dossier.id.in_(select(Product.dossier_id).where(Product.filiere == filters.filiere)))
    if of_dossier:
        found.append(Licence.dossier_id.in_(select(Dossier.id).where(*of_dossier)))
    return found + ([_says(filters.text)] if filters.text else [])


def _says(text: str) -> ColumnElement[bool]:
    """The text is a licence number, however typed, a mark, or words of the product or the holder."""
    try:
        number = parse_number(text, Kind.LICENCE, Kind.CERTIFICATE)
        return Licence.number == licence_number(number.region, number.year, number.rank)
    except Malformed:
        pass  # Not a whole number: it may be a mark, a part of a number, or words.
    try:
        return Licence.mark == parse_mark(text)
    except Malformed:
        return and_(*(_says_word(like(word)) for word in text.split()))


def _says_word(pattern: str) -> ColumnElement[bool]:
    names = (Product.name_fr, Product.name_ar, Product.name_en, Organisation.name_fr, Organisation.name_ar)
    named = (
        select(Dossier.id)
        .join(Product, Product.dossier_id == Dossier.id)
        .join(Organisation, Organisation.id == Dossier.organisation_id)
        .where(or_(*(name.ilike(pattern, escape="\\") for name in (*names, Dossier.number))))
    )
    return or_(Licence.number.ilike(pattern, escape="\\"), Licence.dossier_id.in_(named))


def _rows(session: Session, asked: ColumnElement[bool], page: int) -> Sequence[Licence]:
    dossier = joinedload(Licence.dossier)
    rows = (
        select(Licence)
        .where(asked)
        .options(dossier.joinedload(Dossier.product), dossier.joinedload(Dossier.organisation))
        .options(dossier.joinedload(Dossier.site))
        .order_by((Licence.state == State.TO_SIGN).desc(), Licence.signed_at.desc(), Licence.id.desc())
    )
    return session.scalars(rows.offset((page - 1) * PAGE).limit(PAGE)).all()
