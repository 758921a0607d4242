"""What a draft still lacks before it may be filed, and what is odd in it without being wrong."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from certify.models import Dossier, Product, RecognisedSign, Site, User
from certify.models.organisation import SanitaryRegime
from certify.queries import organisations
from certify.queries.documents import Entry, get_rules, list_entries
from certify.queries.reference import list_activities
from certify.workflows.criteria import Usage
from certify.workflows.dossier import Facts
from certify.workflows.errors import Malformed, NotFound
from certify.workflows.identifiers import (
    format_gtin,
    parse_onssa,
    remark_on_activity,
    remark_on_gtin,
)
from certify.workflows.machine import Term
from certify.workflows.words import N_, Remark, remark

LATIN, ARABIC = re.compile("[A-Za-z\u00c0-\u024f]"), re.compile("[\u0620-\u064a\u066e-\u06d3]")


class Step(Term):
    """Where a missing answer is given: a step of the draft, or a page of the account."""

    PRODUCT = "product", N_("The product")
    MAKING = "making", N_("Origin and making")
    PLACE = "place", N_("Place")
    CLAIMS = "claims", N_("Signs and brand")
    DOCUMENTS = "documents", N_("Documents")
    ORGANISATION = "organisation", N_("Your organisation")
    SITE = "site", N_("Your site")


ANSWERS = (
    (Step.PRODUCT, "name_fr", N_("The name of the product in French")),
    (Step.PRODUCT, "name_ar", N_("The name of the product in Arabic")),
    (Step.MAKING, "origin_area", N_("The area that the product comes from")),
    (Step.MAKING, "raw_material", N_("The raw material and where it comes from")),
    (Step.MAKING, "ingredients", N_("The ingredients")),
    (Step.MAKING, "process", N_("How the product is made")),
    (Step.MAKING, "terroir_link", N_("What the product owes to its place")),
    (Step.MAKING, "storage", N_("How the product is kept")),
    (Step.MAKING, "annual_volume", N_("How much is made in a year")),
)
"""What every application answers, each in one column of the product; the variety is for those that have one."""

SIGN_ANSWERS = (
    (Step.CLAIMS, "sign_body", N_("The certification body of the sign")),
    (Step.CLAIMS, "sign_certificate", N_("The certificate number of the sign")),
)


@dataclass(frozen=True)
class Missing:
    """An answer that is not there: where it is given, in which field, and what it is (a msgid)."""

    step: Step
    field: str
    label: str


@dataclass(frozen=True)
class Check:
    """The whole reading of a draft: answers and documents that are missing, and what is odd, each with its subject."""

    answers: tuple[Missing, ...]
    documents: tuple[Entry, ...]
    remarks: tuple[tuple[str, Remark], ...]

    @property
    def is_complete(self) -> bool:
        """Whether nothing but the commitment stands between the draft and its filing."""
        return not self.answers and not self.documents

    def missing_in(self, step: Step) -> int:
        """Count what a step still lacks."""
        if step is Step.DOCUMENTS:
            return len(self.documents)
        return sum(missing.step is step for missing in self.answers)

    def facts(self, *, is_engaged: bool) -> Facts:
        """State it for the guards of the filing."""
        return Facts(missing_answers=len(self.answers), missing_documents=len(self.documents), is_engaged=is_engaged)


def check_draft(session: Session, dossier: Dossier, *, reader: User, today: date) -> Check:
    """Read a draft from end to end, as it would be filed `today`."""
    entries = list_entries(session, dossier, reader=reader, today=today)
    return Check(
        answers=tuple(_missing(dossier, today)),
        documents=tuple(entry for entry in entries if entry.is_missing),
        remarks=tuple(_remarks(dossier, today)),
    )


def remark_on_place(dossier: Dossier, site: Site, today: date) -> tuple[Remark, ...]:
    """Say what is odd about making this product on this site: province, validity, activity of its number."""
    found = organisations.list_remarks(site, today)
    if not site.sanitary_number or Usage(dossier.product.usage) is not Usage.FOOD:
        return found
    try:
        number = parse_onssa(site.sanitary_number, [activity.code for activity in list_activities()], today)
    except Malformed:
        return found
    expected = get_rules(dossier, today).filiere(dossier.product.filiere).activities
    odd = remark_on_activity(number, expected)
    return (*found, odd) if odd else found


def list_signs(session: Session) -> list[RecognisedSign]:
    """List the recognitions of the official list, by name; amendments are not claimed by themselves."""
    asked = select(RecognisedSign).where(RecognisedSign.nature == "recognition")
    return list(session.scalars(asked.order_by(RecognisedSign.name, RecognisedSign.sign, RecognisedSign.id)))


def get_sign(session: Session, sign_id: int) -> RecognisedSign:
    """Return a recognition of the official list, or raise NotFound."""
    sign = session.get(RecognisedSign, sign_id)
    if sign is None or sign.nature != "recognition":
        raise NotFound(N_("This sign is not on the official list."))
    return sign


def _missing(dossier: Dossier, today: date) -> Iterator[Missing]:
    product = dossier.product
    yield from _unanswered(product, ANSWERS)
    if not product.formats:
        yield Missing(Step.PRODUCT, "formats-0-content", N_("At least one format that the product is sold in"))
    if product.sign_id is not None:
        yield from _unanswered(product, SIGN_ANSWERS)
    yield from _missing_place(dossier, today)
    for gap in organisations.list_gaps(dossier.organisation):
        if gap.site is None and gap.field != "sites":
            yield Missing(Step.ORGANISATION, gap.field, gap.label)


def _unanswered(product: Product, answers: tuple[tuple[Step, str, str], ...]) -> Iterator[Missing]:
    return (Missing(step, field, label) for step, field, label in answers if not getattr(product, field))


def _missing_place(dossier: Dossier, today: date) -> Iterator[Missing]:
    """Yield what is missing about the site; a food product needs its sanitary number, valid today, or the exemption."""
    site = dossier.site
    if site is None:
        yield Missing(Step.PLACE, "site_id", N_("The site where the product is made or packed"))
    elif Usage(dossier.product.usage) is Usage.FOOD and site.sanitary_regime is not SanitaryRegime.EXEMPT:
        if site.sanitary_regime is not SanitaryRegime.AUTHORISED or not site.sanitary_number:
            yield Missing(Step.SITE, "sanitary_number", N_("The ONSSA number of the site, which a food product needs"))
        elif site.sanitary_valid_to and site.sanitary_valid_to < today:
            yield Missing(Step.SITE, "sanitary_valid_to", N_("A sanitary authorisation of the site, still valid"))


def _remarks(dossier: Dossier, today: date) -> Iterator[tuple[str, Remark]]:
    product, site = dossier.product, dossier.site
    if site is not None:
        yield from ((site.name, odd) for odd in remark_on_place(dossier, site, today))
    for each in product.formats:
        odd = remark_on_gtin(each.gtin) if each.gtin else None
        if odd:
            yield format_gtin(each.gtin), odd
    for name, letters, odd in (
        (product.name_fr, LATIN, remark(N_("This is the French name, but it is not written in Latin letters."))),
        (product.name_ar, ARABIC, remark(N_("This is the Arabic name, but it is not written in Arabic letters."))),
    ):
        if name and not letters.search(name):
            yield name, odd
