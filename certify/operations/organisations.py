"""The particulars of an organisation and of its sites, kept up to date by the people who act for it.

Nothing here is frozen by a filing: what changes is declared (actualisation), and papers keep the facts of their day.
"""

from __future__ import annotations

from collections.abc import Mapping

from certify.models import Organisation, Site
from certify.models.organisation import Kind, SanitaryRegime, Trade
from certify.operations.acting import Actor

PARTICULARS = (
    "name_fr",
    "name_ar",
    "kind",
    "trade",
    "ice",
    "tax_number",
    "trade_register",
    "cooperative_register",
    "register_court",
    "address",
    "commune",
    "province",
    "email",
    "phone",
    "representative_name",
    "representative_capacity",
    "members_count",
    "women_count",
)

SITE = (
    "name",
    "address",
    "commune",
    "province",
    "latitude",
    "longitude",
    "sanitary_regime",
    "sanitary_number",
    "sanitary_valid_to",
)

TERMS = {"kind": Kind, "trade": Trade, "sanitary_regime": SanitaryRegime}


def keep_particulars(
    organisation: Organisation, said: Mapping[str, object], *, version: int | None, actor: Actor
) -> None:
    """Write what an organisation says of itself: each of PARTICULARS, and `representative_cnie` when it is retyped.

    Raises Stale when somebody else of the organisation saved meanwhile.
    """
    actor.hold(organisation, version)
    _write(organisation, PARTICULARS, said)
    if said.get("representative_cnie"):
        organisation.representative_cnie = said["representative_cnie"]


def add_site(organisation: Organisation, said: Mapping[str, object], *, actor: Actor) -> Site:
    """Add a place of production, packing or storage; `said` holds each of SITE."""
    site = Site(organisation=organisation, created_at=actor.at)
    _write(site, SITE, said)
    actor.session.add(site)
    actor.session.flush()
    return site


def keep_site(site: Site, said: Mapping[str, object], *, version: int | None, actor: Actor) -> None:
    """Write what is said of a site; `said` holds each of SITE. Raises Stale when somebody else saved meanwhile."""
    actor.hold(site, version)
    _write(site, SITE, said)


def _write(row: Organisation | Site, fields: tuple[str, ...], said: Mapping[str, object]) -> None:
    for field in fields:
        value = said[field]
        setattr(row, field, TERMS[field](value) if field in TERMS and value else value)
