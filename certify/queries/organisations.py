"""Organisations and their sites: who acts for them, and what they have still to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session

from certify.models import Dossier, Organisation, Site, User
from certify.models.organisation import Kind, SanitaryRegime, Trade
from certify.queries.reference import list_activities
from certify.workflows.errors import Malformed, NotAllowed, NotFound
from certify.workflows.identifiers import parse_onssa, remark_on_province
from certify.workflows.words import N_, Remark, remark

__all__ = [
    "Gap",
    "Kind",
    "SanitaryRegime",
    "Trade",
    "find_organisation_by_ice",
    "get_organisation_of",
    "get_site",
    "is_claimed",
    "list_gaps",
    "list_remarks",
]

REGISTERED_COOPERATIVES = frozenset({Kind.COOPERATIVE, Kind.UNION})
OF_MEMBERS = REGISTERED_COOPERATIVES | {Kind.EIG}

PARTICULARS = (
    ("name_ar", N_("The name in Arabic, which the certificate bears"), None),
    ("trade", N_("Whether you produce, pack, or both"), None),
    ("ice", N_("The ICE number"), None),
    ("cooperative_register", N_("The number in the local register of cooperatives"), REGISTERED_COOPERATIVES),
    ("trade_register", N_("The number in the trade register"), frozenset({Kind.COMPANY})),
    ("members_count", N_("The number of members"), OF_MEMBERS),
    ("address", N_("The address"), None),
    ("commune", N_("The commune"), None),
    ("province", N_("The province"), None),
    ("phone", N_("A telephone number"), None),
    ("representative_name", N_("The name of the representative"), None),
    ("representative_capacity", N_("In what capacity the representative signs"), None),
    ("representative_cnie", N_("The representative’s identity card number"), None),
)
"""What a dossier needs to know of its applicant: the column, what it is called, the legal forms it concerns (all)."""


@dataclass(frozen=True)
class Gap:
    """Something not told yet: the column, what it is called (a msgid), and the site it belongs to, if any.

    A gap of `field` "sites" says that there is no site at all.
    """

    field: str
    label: str
    site: Site | None = None


def find_organisation_by_ice(session: Session, ice: str) -> Organisation | None:
    """Return the organisation that bears an ICE (15 digits)."""
    return session.scalars(select(Organisation).where(Organisation.ice == ice)).one_or_none()


def get_organisation_of(user: User) -> Organisation:
    """Return the organisation a person acts for; raises NotFound for who acts for none."""
    if user.organisation is None:
        raise NotFound(N_("Your account is not tied to an organisation."))
    return user.organisation


def is_claimed(session: Session, organisation: Organisation) -> bool:
    """Tell whether an organisation has somebody confirmed, or a dossier: then no stranger takes it over."""
    member = exists().where(User.organisation_id == organisation.id, User.confirmed_at.is_not(None))
    dossier = exists().where(Dossier.organisation_id == organisation.id)
    return bool(session.scalar(select(or_(member, dossier))))


def get_site(session: Session, site_id: int, *, reader: User) -> Site:
    """Return a site of the reader's own organisation. Raises NotFound or NotAllowed."""
    site = session.get(Site, site_id)
    if site is None:
        raise NotFound(N_("There is no such site."))
    if site.organisation_id != reader.organisation_id:
        raise NotAllowed(N_("This site belongs to another organisation."))
    return site


def list_gaps(organisation: Organisation) -> tuple[Gap, ...]:
    """List what an organisation and its sites have still to tell before a dossier can be filed."""
    asked = ((field, label) for field, label, kinds in PARTICULARS if kinds is None or organisation.kind in kinds)
    own = tuple(Gap(field, label) for field, label in asked if getattr(organisation, field) in (None, ""))
    if not organisation.sites:
        return (*own, Gap("sites", N_("A site: the place where you make, pack or store the product")))
    sites = tuple(
        Gap("sanitary_number", N_("The ONSSA number"), site)
        for site in organisation.sites
        if site.sanitary_regime is SanitaryRegime.AUTHORISED and not site.sanitary_number
    )
    return own + sites


def list_remarks(site: Site, today: date) -> tuple[Remark, ...]:
    """List what is odd about the sanitary standing of a site, without being wrong."""
    said = []
    if site.sanitary_number:
        try:
            number = parse_onssa(site.sanitary_number, [activity.code for activity in list_activities()], today)
            said.append(remark_on_province(number, site.province))
        except Malformed as error:
            said.append(remark(error.message, **error.facts))
    if site.sanitary_valid_to and site.sanitary_valid_to < today:
        said.append(
            remark(N_("This authorisation ended on %(day)s: renew it before you file."), day=site.sanitary_valid_to)
        )
    return tuple(one for one in said if one)
